"""From tree to text: FEEL that reads as the same tree again, in one canonical form."""

from collections.abc import Callable
from typing import Any

from rule_engine import tree
from rule_engine.lexer import NAME, NUMBER, quoted, tokens_of
from rule_engine.numeric import plain

_OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _UNARY, _POSTFIX = range(1, 9)
_LOGICAL = {"or": _OR, "and": _AND}
_ARITHMETIC = {"+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY, "**": _POWER}


def text_of(node: tree.Node) -> str:
    """Write a tree as text."""
    return _PRINTERS[type(node)](node)


def _level(node: tree.Node) -> int:
    if isinstance(node, tree.Logical):
        return _LOGICAL[node.operator]
    if isinstance(node, tree.Arithmetic):
        return _ARITHMETIC[node.operator]
    if isinstance(node, tree.Comparison | tree.Between | tree.Membership):
        return _COMPARE
    if isinstance(node, tree.Negation):
        return _UNARY
    if isinstance(node, tree.If | tree.For | tree.Quantified | tree.FunctionLiteral):
        return 0
    if isinstance(node, tree.NumberLiteral) and node.value.is_signed():
        return _UNARY
    return _POSTFIX


def _at(node: tree.Node, level: int) -> str:
    text = text_of(node)
    return text if _level(node) >= level else f"({text})"


def _negation(node: tree.Negation) -> str:
    return f"-{_at(node.operand, _UNARY)}"


def _arithmetic(node: tree.Arithmetic) -> str:
    level = _ARITHMETIC[node.operator]
    return f"{_at(node.left, level)} {node.operator} {_at(node.right, level + 1)}"


def _comparison(node: tree.Comparison) -> str:
    return f"{_at(node.left, _COMPARE)} {node.operator} {_at(node.right, _ADD)}"


def _logical(node: tree.Logical) -> str:
    level = _LOGICAL[node.operator] + 1
    return f" {node.operator} ".join(_at(operand, level) for operand in node.operands)


def _between(node: tree.Between) -> str:
    low, high = _at(node.low, _ADD), _at(node.high, _ADD)
    return f"{_at(node.value, _COMPARE)} between {low} and {high}"


def _membership(node: tree.Membership) -> str:
    tests = ", ".join(map(_test, node.tests))
    return f"{_at(node.value, _COMPARE)} in ({tests})"


def _test(node: tree.Node) -> str:
    if isinstance(node, tree.Test):
        return f"{node.operator} {_at(node.operand, _ADD)}"
    return text_of(node)


def _unary_tests(node: tree.UnaryTests) -> str:
    if not node.tests:
        return "-"
    tests = ", ".join(map(_test, node.tests))
    return f"not({tests})" if node.negated else tests


def _range(node: tree.RangeLiteral) -> str:
    opening, closing = "[" if node.low_closed else "(", "]" if node.high_closed else ")"
    return f"{opening}{_at(node.low, _ADD)}..{_at(node.high, _ADD)}{closing}"


def _if(node: tree.If) -> str:
    return f"if {text_of(node.condition)} then {text_of(node.yes)} else {text_of(node.no)}"


def _iterators(iterators: tuple[tree.Iterator, ...]) -> str:
    done = []
    for iterator in iterators:
        end = f"..{_at(iterator.end, _ADD)}" if iterator.end is not None else ""
        done.append(f"{iterator.name} in {_at(iterator.source, _ADD)}{end}")
    return ", ".join(done)


def _for(node: tree.For) -> str:
    return f"for {_iterators(node.iterators)} return {text_of(node.body)}"


def _quantified(node: tree.Quantified) -> str:
    return f"{node.kind} {_iterators(node.iterators)} satisfies {text_of(node.condition)}"


def _filter(node: tree.Filter) -> str:
    return f"{_at(node.base, _POSTFIX)}[{text_of(node.condition)}]"


def _path(node: tree.Path) -> str:
    base = _at(node.base, _POSTFIX)
    if isinstance(node.base, tree.NumberLiteral):
        base = f"({base})"
    return f"{base}.{node.member}"


def _type(node: tree.TypeName) -> str:
    text = node.name
    if node.arguments:
        inner = [_type(argument) for argument in node.arguments]
        if node.names:
            inner = [f"{name}: {kind}" for name, kind in zip(node.names, inner, strict=True)]
        text += f"<{', '.join(inner)}>"
    return f"{text} -> {_type(node.result)}" if node.result is not None else text


def _function(node: tree.FunctionLiteral) -> str:
    names = ", ".join(
        f"{p.name}: {_type(p.type)}" if p.type is not None else p.name for p in node.parameters
    )
    external = " external" if node.external else ""
    return f"function({names}){external} {text_of(node.body)}"


def _call(node: tree.Call) -> str:
    given = ", ".join(
        (f"{argument.name}: " if argument.name else "") + text_of(argument.value)
        for argument in node.arguments
    )
    return f"{_at(node.function, _POSTFIX)}({given})"


def _context(node: tree.ContextLiteral) -> str:
    entries = ", ".join(f"{_key(entry.key)}: {text_of(entry.value)}" for entry in node.entries)
    return "{" + entries + "}"


def _key(key: str) -> str:
    kinds = [token.kind for token in tokens_of(key)[:-1]]
    plain_key = bool(kinds) and kinds[0] == NAME and set(kinds) <= {NAME, NUMBER}
    return key if plain_key else quoted(key)


def _list(node: tree.ListLiteral) -> str:
    return "[" + ", ".join(map(text_of, node.items)) + "]"


def _instance_of(node: tree.InstanceOf) -> str:
    return f"{_at(node.value, _POSTFIX)} instance of {_type(node.type)}"


def _boolean(node: tree.BooleanLiteral) -> str:
    return "true" if node.value else "false"


_PRINTERS: dict[type, Callable[[Any], str]] = {
    tree.NumberLiteral: lambda node: plain(node.value),
    tree.StringLiteral: lambda node: quoted(node.value),
    tree.BooleanLiteral: _boolean,
    tree.NullLiteral: lambda node: "null",
    tree.AtLiteral: lambda node: f"@{quoted(node.text)}",
    tree.Name: lambda node: node.name,
    tree.Path: _path,
    tree.Negation: _negation,
    tree.Arithmetic: _arithmetic,
    tree.Comparison: _comparison,
    tree.Logical: _logical,
    tree.Between: _between,
    tree.Membership: _membership,
    tree.Test: lambda node: f"({node.operator} {_at(node.operand, _ADD)})",
    tree.UnaryTests: _unary_tests,
    tree.RangeLiteral: _range,
    tree.If: _if,
    tree.For: _for,
    tree.Quantified: _quantified,
    tree.Filter: _filter,
    tree.FunctionLiteral: _function,
    tree.Call: _call,
    tree.ContextLiteral: _context,
    tree.ListLiteral: _list,
    tree.InstanceOf: _instance_of,
}
