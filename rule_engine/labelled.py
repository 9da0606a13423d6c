"""Labelled text: expressions as staff type and see them, with labels in place of ids and codes.

Only text over ids is stored, so that a renamed label breaks nothing.
"""

from collections.abc import Callable, Mapping

from app_definitions.problem import Problem, Problems
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import tree
from rule_engine.cursor import Fault
from rule_engine.expression import problem_of
from rule_engine.functions.known import FUNCTIONS
from rule_engine.functions.registry import FeelFunction
from rule_engine.lexer import NAME, NUMBER, tokens_of
from rule_engine.names import Names
from rule_engine.parser import parse_expression
from rule_engine.printer import text_of
from rule_engine.properties import NAMES as PROPERTIES
from rule_engine.renaming import Deeper, renamed


def to_labels(
    text: str,
    vocabulary: Vocabulary,
    *,
    functions: Mapping[str, FeelFunction] = FUNCTIONS,
) -> str:
    """Show stored text with labels; what cannot be read is shown as it is."""
    ids = [entry.id for entry in vocabulary if "." not in entry.id]
    node, faults = parse_expression(text, Names([*ids, "parameters"], functions, PROPERTIES))
    if faults:
        return text
    labels = {entry.id: entry.label for entry in vocabulary if _is_usable(entry, vocabulary)}
    by_id = {entry.id: entry for entry in vocabulary}
    shown = _mapped(node, lambda name: labels.get(name, name), by_id.get, _label_of)
    return text_of(shown)


def from_labels(
    text: str,
    vocabulary: Vocabulary,
    *,
    functions: Mapping[str, FeelFunction] = FUNCTIONS,
    path: str = "",
) -> tuple[str | None, Problems]:
    """Read typed text with labels (or ids) and give text over ids."""
    by_label: dict[str, list[Input]] = {}
    for entry in vocabulary:
        if "." not in entry.id:
            by_label.setdefault(entry.label, []).append(entry)
            by_label.setdefault(entry.id, [entry])
    names = [label for label in by_label if label]
    node, faults = parse_expression(text, Names([*names, "parameters"], functions, PROPERTIES))
    faults = faults or _ambiguous(node, by_label)
    if faults:
        return None, _problems(faults, text, path)
    first = {label: entries[0] for label, entries in by_label.items()}
    meant = _mapped(
        node,
        lambda name: first[name].id if name in first else name,
        first.get,
        _code_of,
    )
    return text_of(meant), ()


def _problems(faults: list[Fault], text: str, path: str) -> tuple[Problem, ...]:
    return tuple(problem_of(fault, text, path) for fault in faults)


def _ambiguous(node: tree.Node, by_label: Mapping[str, list[Input]]) -> list[Fault]:
    return [
        Fault(
            "feel_label_twice",
            name.span,
            {"name": name.name, "ids": "、".join(entry.id for entry in by_label[name.name])},
        )
        for name in tree.walk(node)
        if isinstance(name, tree.Name) and len(by_label.get(name.name, ())) > 1
    ]


def _is_usable(entry: Input, vocabulary: Vocabulary) -> bool:
    """Tell whether a label can stand in a text: written as one name, and nobody else's."""
    kinds = [token.kind for token in tokens_of(entry.label)[:-1]]
    readable = bool(kinds) and kinds[0] == NAME and set(kinds) <= {NAME, NUMBER}
    others = [other for other in vocabulary if entry.label in (other.label, other.id)]
    return readable and len(others) == 1 and entry.label not in FUNCTIONS


def _label_of(entry: Input, code: str) -> str:
    return entry.label_of(code)


def _code_of(entry: Input, label: str) -> str:
    found = [option.code for option in entry.options if option.label == label]
    known = any(option.code == label for option in entry.options)
    return found[0] if len(found) == 1 and not known else label


def _mapped(
    node: tree.Node,
    rename: Callable[[str], str],
    find: Callable[[str], Input | None],
    recode: Callable[[Input, str], str],
) -> tree.Node:
    def entry_of(old: tree.Node) -> Input | None:
        return find(old.name) if isinstance(old, tree.Name) else None

    def coded(entry: Input | None, old: tree.Node, deeper: Deeper) -> tree.Node:
        if entry is not None and entry.options:
            if isinstance(old, tree.StringLiteral):
                return tree.StringLiteral(recode(entry, old.value), span=old.span)
            if isinstance(old, tree.ListLiteral):
                return tree.ListLiteral(tuple(coded(entry, item, deeper) for item in old.items))
            if isinstance(old, tree.Test):
                return tree.Test(old.operator, coded(entry, old.operand, deeper))
        return deeper(old)

    def special(old: tree.Node, deeper: Deeper) -> tree.Node | None:
        if isinstance(old, tree.Comparison):
            left, right = entry_of(old.left), entry_of(old.right)
            return tree.Comparison(
                old.operator, coded(right, old.left, deeper), coded(left, old.right, deeper)
            )
        if isinstance(old, tree.Membership):
            entry = entry_of(old.value)
            tests = tuple(coded(entry, test, deeper) for test in old.tests)
            return tree.Membership(deeper(old.value), tests)
        if isinstance(old, tree.Call) and isinstance(old.function, tree.Name):
            entry = entry_of(old.arguments[0].value) if old.arguments else None
            arguments = tuple(
                tree.Argument(coded(entry, argument.value, deeper), argument.name)
                for argument in old.arguments
            )
            return tree.Call(old.function, arguments)
        return None

    return renamed(node, rename, special)
