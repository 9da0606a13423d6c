"""What the profile `gcrm` refuses: unknown names, wrong types, values that are no option."""

import difflib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import temporal, tree
from rule_engine.check_types import KINDS, LENGTHS, MEMBERS, fits, has_zone, result_of, usage
from rule_engine.cursor import Fault, short
from rule_engine.feel_types import (
    ANY,
    BOOLEAN,
    CONTEXT,
    FUNCTION,
    LIST,
    MOMENT,
    NULL,
    NUMBER,
    STRING,
    Type,
    agrees,
    common,
    list_of,
    type_of_name,
)
from rule_engine.functions.registry import FeelFunction, arranged
from rule_engine.parser import parse_type
from rule_engine.values import kind_of


@lru_cache(maxsize=256)
def type_of(text: str) -> Type:
    """Read the type of an input or output; `any` where the name is none."""
    node, faults = parse_type(text)
    return (type_of_name(node) if node and not faults else None) or ANY


class Checker:
    """Finds the type of each node, and what is wrong."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        functions: Mapping[str, FeelFunction],
        *,
        subject: Input | None = None,
        subject_type: Type = ANY,
    ) -> None:
        """Know the names; `subject` is what `?` stands for."""
        self.vocabulary = {entry.id: entry for entry in vocabulary}
        self.functions = functions
        self.parameters = {
            entry.id.removeprefix("parameters."): entry
            for entry in vocabulary
            if entry.id.startswith("parameters.")
        }
        self.subject = subject
        self.subject_type = subject_type
        self.faults: list[Fault] = []
        self._locals: list[dict[str, Type] | None] = []

    def type(self, node: tree.Node) -> Type:
        """Give the type of a node, noting faults on the way."""
        checker = _CHECKS.get(type(node))
        return ANY if checker is None else checker(self, node)

    def fault(self, code: str, node: tree.Node, **values: str | int) -> Type:
        """Note a fault at a node."""
        self.faults.append(Fault(code, node.span, dict(values)))
        return ANY

    def option_input(self, node: tree.Node) -> Input | None:
        """Give the input with options that a node names."""
        if isinstance(node, tree.Name):
            entry = self.subject if node.name == "?" else self.vocabulary.get(node.name)
            if entry is not None and entry.options:
                return entry
        return None

    def option(self, entry: Input | None, node: tree.Node) -> None:
        """Refuse a text that is none of the options."""
        if entry is None or not isinstance(node, tree.StringLiteral):
            return
        if any(option.code == node.value for option in entry.options):
            return
        named = next((o.code for o in entry.options if o.label == node.value), None)
        close = named or next(
            iter(difflib.get_close_matches(node.value, [o.code for o in entry.options], 1)), None
        )
        values: dict[str, str | int] = {"value": short(node.value), "input": entry.label}
        if close:
            label = entry.label_of(close)
            shown = close if label == close else f"{close}（{label}）"
            self.fault("feel_unknown_option_close", node, meant=shown, **values)
        else:
            listed = "、".join(option.code for option in entry.options[:8])
            self.fault("feel_unknown_option", node, options=listed, **values)

    # Names

    def _name(self, node: tree.Name) -> Type:
        if node.name == "?":
            return self.subject_type
        for layer in reversed(self._locals):
            if layer is None:
                return ANY
            if node.name in layer:
                return layer[node.name]
        entry = self.vocabulary.get(node.name)
        if entry is not None:
            return type_of(entry.type)
        if node.name == "parameters":
            return CONTEXT
        if node.name in self.functions:
            return FUNCTION
        return self._unknown(node)

    def _unknown(self, node: tree.Name) -> Type:
        labels = {entry.label: entry.id for entry in self.vocabulary.values()}
        known = [*self.vocabulary, *labels, *self.functions]
        by_label = labels.get(node.name)
        close = by_label or next(iter(difflib.get_close_matches(node.name, known, 1, 0.6)), None)
        if close is None:
            return self.fault("feel_unknown_name", node, name=short(node.name))
        close = labels.get(close, close)
        entry = self.vocabulary.get(close)
        shown = f"{close}（{entry.label}）" if entry and entry.label != close else close
        return self.fault("feel_unknown_name_close", node, name=short(node.name), meant=shown)

    def _path(self, node: tree.Path) -> Type:
        if isinstance(node.base, tree.Name) and node.base.name == "parameters":
            if self.parameters and node.member not in self.parameters:
                return self.fault("feel_unknown_parameter", node, name=node.member)
            entry = self.parameters.get(node.member)
            return type_of(entry.type) if entry else ANY
        base = self.type(node.base)
        many = base.name == "list"
        inner = base.element if many else base
        if inner.name in MEMBERS:
            found = MEMBERS[inner.name].get(node.member)
            if found is None:
                return self.fault("feel_unknown_member", node, name=node.member, type=inner.name)
            return list_of(found) if many else found
        if inner.name in ("string", "number", "boolean"):
            return self.fault("feel_unknown_member", node, name=node.member, type=inner.name)
        if inner.name == "context" and inner.names and node.member not in inner.names:
            return self.fault("feel_unknown_member", node, name=node.member, type=inner.name)
        found = inner.member(node.member)
        return list_of(found) if many else found

    # Operators

    def _literal(self, node: tree.Node) -> Type:
        return _LITERALS[type(node)]

    def _at(self, node: tree.AtLiteral) -> Type:
        return KINDS.get(kind_of(temporal.read_any(node.text)), ANY)

    def _negation(self, node: tree.Negation) -> Type:
        kind = self.type(node.operand)
        if kind.name not in {"any", "null", "number", *LENGTHS}:
            return self.fault("feel_wrong_operand", node, operator="-", type=str(kind))
        return kind

    def _arithmetic(self, node: tree.Arithmetic) -> Type:
        left, right = self.type(node.left), self.type(node.right)
        if left.name in ("any", "null") or right.name in ("any", "null"):
            if node.operator in ("*", "/", "**") and {left.name, right.name} & {"string"}:
                return self._wrong(node, node.operator, left, right)
            return ANY
        result = result_of(node.operator, left.name, right.name)
        return self._wrong(node, node.operator, left, right) if result is None else result

    def _wrong(self, node: tree.Node, operator: str, left: Type, right: Type) -> Type:
        if FUNCTION in (left, right):  # often a field of the same name that is gone
            return self.fault("feel_bare_function", node)
        return self.fault(
            "feel_wrong_operands", node, operator=operator, left=str(left), right=str(right)
        )

    def _comparison(self, node: tree.Comparison) -> Type:
        left, right = self.type(node.left), self.type(node.right)
        self._comparable(node, node.operator, left, right)
        if left == right == MOMENT:
            self._mixed(node, node.left, node.right)
        if node.operator in ("=", "!="):
            self.option(self.option_input(node.left), node.right)
            self.option(self.option_input(node.right), node.left)
        return BOOLEAN

    def _mixed(self, node: tree.Node, first: tree.Node, second: tree.Node) -> None:
        """Refuse a moment without a zone beside one with a zone; inputs always have one."""
        zones = {has_zone(first), has_zone(second)}
        if zones == {True, False}:
            self.fault("feel_mixed_moments", node)

    def _comparable(self, node: tree.Node, operator: str, left: Type, right: Type) -> None:
        if not agrees(left, right) or (
            operator not in ("=", "!=") and left.name in ("boolean", "list", "context")
        ):
            self._wrong(node, operator, left, right)

    def _logical(self, node: tree.Logical) -> Type:
        for operand in node.operands:
            kind = self.type(operand)
            if not agrees(kind, BOOLEAN):
                self.fault("feel_not_boolean", operand, operator=node.operator, type=str(kind))
        return BOOLEAN

    def _between(self, node: tree.Between) -> Type:
        value = self.type(node.value)
        for end in (node.low, node.high):
            kind = self.type(end)
            self._comparable(end, "between", value, kind)
            if value == kind == MOMENT:
                self._mixed(end, node.value, end)
        return BOOLEAN

    def _membership(self, node: tree.Membership) -> Type:
        value = self.type(node.value)
        entry = self.option_input(node.value)
        for test in node.tests:
            self._one_test(test, value, entry)
        return BOOLEAN

    def _unary_tests(self, node: tree.UnaryTests) -> Type:
        for test in node.tests:
            self._one_test(test, self.subject_type, self.subject)
        return BOOLEAN

    def _one_test(self, test: tree.Node, value: Type, entry: Input | None) -> None:
        if isinstance(test, tree.Test):
            self._comparable(test, test.operator, value, self.type(test.operand))
            if entry is not None and entry.options:
                self.option(entry, test.operand)
            return
        kind = self.type(test)
        if kind.name == "list":
            items = test.items if isinstance(test, tree.ListLiteral) else ()
            for item in items:
                self._one_test(item, value, entry)
            return
        if kind.name == "range":
            if value.name != "any" and not agrees(value, kind.element):
                self._wrong(test, "in", value, kind.element)
            return
        if kind == BOOLEAN and value.name != "boolean":
            return
        if not agrees(value, kind):
            self._wrong(test, "in", value, kind)
        if entry is not None and entry.options:
            self.option(entry, test)

    def _test(self, node: tree.Test) -> Type:
        return Type("range", (self.type(node.operand),))

    def _range(self, node: tree.RangeLiteral) -> Type:
        low, high = self.type(node.low), self.type(node.high)
        self._comparable(node, "..", low, high)
        return Type("range", (common(low, high),))

    # Control and structures

    def _if(self, node: tree.If) -> Type:
        kind = self.type(node.condition)
        if not agrees(kind, BOOLEAN):
            self.fault("feel_not_boolean", node.condition, operator="if", type=str(kind))
        return common(self.type(node.yes), self.type(node.no))

    def _iterators(self, iterators: tuple[tree.Iterator, ...]) -> dict[str, Type]:
        names: dict[str, Type] = {}
        self._locals.append(names)
        for iterator in iterators:
            kind = self.type(iterator.source)
            if iterator.end is not None:
                self._comparable(iterator, "..", kind, self.type(iterator.end))
                names[iterator.name] = kind
            else:
                names[iterator.name] = kind.element if kind.name in ("list", "range") else kind
        self._locals.pop()
        return names

    def _for(self, node: tree.For) -> Type:
        names = self._iterators(node.iterators)
        self._locals.append({**names, "partial": LIST})
        body = self.type(node.body)
        self._locals.pop()
        return list_of(body)

    def _quantified(self, node: tree.Quantified) -> Type:
        self._locals.append(self._iterators(node.iterators))
        kind = self.type(node.condition)
        self._locals.pop()
        if not agrees(kind, BOOLEAN):
            self.fault("feel_not_boolean", node.condition, operator=node.kind, type=str(kind))
        return BOOLEAN

    def _filter(self, node: tree.Filter) -> Type:
        base = self.type(node.base)
        element = base.element if base.name == "list" else base
        names = dict(zip(element.names, element.arguments, strict=False))
        if element.name in ("any", "context") and not element.names:
            self._locals.append(None)
        self._locals.append({**names, "item": element})
        kind = self.type(node.condition)
        self._locals.pop()
        if element.name in ("any", "context") and not element.names:
            self._locals.pop()
        if not agrees(kind, BOOLEAN) and kind != NUMBER:
            self.fault("feel_not_boolean", node.condition, operator="[ ]", type=str(kind))
        return element if kind == NUMBER else list_of(element)

    def _function(self, node: tree.FunctionLiteral) -> Type:
        if node.external:
            self.fault("feel_external_function", node)
        names = {}
        for parameter in node.parameters:
            kind = type_of_name(parameter.type) if parameter.type else ANY
            if kind is None:
                self.fault("feel_unknown_type", parameter, name=str(parameter.type))
            names[parameter.name] = kind or ANY
        self._locals.append(names)
        self.type(node.body)
        self._locals.pop()
        return ANY

    def _context(self, node: tree.ContextLiteral) -> Type:
        names: dict[str, Type] = {}
        self._locals.append(names)
        for entry in node.entries:
            if entry.key in names:
                self.fault("feel_key_twice", entry, name=entry.key)
            names[entry.key] = self.type(entry.value)
        self._locals.pop()
        return Type("context", tuple(names.values()), tuple(names))

    def _list(self, node: tree.ListLiteral) -> Type:
        kinds = [self.type(item) for item in node.items]
        element = kinds[0] if kinds else ANY
        for kind in kinds[1:]:
            element = common(element, kind)
        return list_of(element)

    def _instance_of(self, node: tree.InstanceOf) -> Type:
        self.type(node.value)
        if type_of_name(node.type) is None:
            self.fault("feel_unknown_type", node.type, name=node.type.name)
        return BOOLEAN

    def _call(self, node: tree.Call) -> Type:
        function = node.function
        kinds = [self.type(argument.value) for argument in node.arguments]
        if not isinstance(function, tree.Name) or self._is_local(function.name):
            self.type(function)
            return ANY
        known = self.functions.get(function.name)
        if known is None and function.name in self.vocabulary:
            kind = self.type(function)
            if kind.name in ("any", "function"):
                return ANY
            return self.fault("feel_not_a_function", function, type=kind.name)
        if known is None:
            return self._unknown(function)
        shapes = arranged(known, tuple(argument.name for argument in node.arguments))
        if not shapes:
            ways = " / ".join(usage(way) for way in known.signatures)
            return self.fault("feel_wrong_argument_count", node, name=known.name, usage=ways)
        if not any(fits(known.signatures[number], places, kinds) for number, places in shapes):
            given = ", ".join(map(str, kinds))
            return self.fault("feel_wrong_argument_types", node, name=known.name, given=given)
        self._arguments(known, node)
        return known.result

    def _arguments(self, known: FeelFunction, node: tree.Call) -> None:
        values = [argument.value for argument in node.arguments]
        first = values[0] if values else None
        readers = _READERS.get(known.name, ()) if len(values) == 1 else ()
        if readers and isinstance(first, tree.StringLiteral):
            text = first.value
            if all(reader(text) is None for reader in readers):
                self.fault("feel_bad_date", first, found=short(text))
        if known.name == "list contains" and len(values) == 2 and first is not None:
            self.option(self.option_input(first), values[1])

    def _is_local(self, name: str) -> bool:
        return any(layer is None or name in layer for layer in self._locals) and (
            name not in self.functions
        )

    def _broken(self, node: tree.Node) -> Type:
        return ANY


_LITERALS: dict[type, Type] = {
    tree.NumberLiteral: NUMBER,
    tree.StringLiteral: STRING,
    tree.BooleanLiteral: BOOLEAN,
    tree.NullLiteral: NULL,
}
_READERS: dict[str, tuple[Callable[[str], object], ...]] = {
    "date": (temporal.read_date,),
    "time": (temporal.read_time,),
    "date and time": (temporal.read_moment,),
    "duration": (temporal.read_days, temporal.read_months),
}
_CHECKS: dict[type, Callable[[Checker, Any], Type]] = {
    tree.NumberLiteral: Checker._literal,
    tree.StringLiteral: Checker._literal,
    tree.BooleanLiteral: Checker._literal,
    tree.NullLiteral: Checker._literal,
    tree.AtLiteral: Checker._at,
    tree.Name: Checker._name,
    tree.Path: Checker._path,
    tree.Negation: Checker._negation,
    tree.Arithmetic: Checker._arithmetic,
    tree.Comparison: Checker._comparison,
    tree.Logical: Checker._logical,
    tree.Between: Checker._between,
    tree.Membership: Checker._membership,
    tree.UnaryTests: Checker._unary_tests,
    tree.Test: Checker._test,
    tree.RangeLiteral: Checker._range,
    tree.If: Checker._if,
    tree.For: Checker._for,
    tree.Quantified: Checker._quantified,
    tree.Filter: Checker._filter,
    tree.FunctionLiteral: Checker._function,
    tree.ContextLiteral: Checker._context,
    tree.ListLiteral: Checker._list,
    tree.InstanceOf: Checker._instance_of,
    tree.Call: Checker._call,
}
