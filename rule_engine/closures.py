"""Closures of literals, names and paths, and what all closures share."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from rule_engine import temporal, tree
from rule_engine.calls import Closure, as_value
from rule_engine.feel_types import Type
from rule_engine.functions.registry import FeelFunction
from rule_engine.properties import ABSENT, property_of
from rule_engine.running import Run, Scope
from rule_engine.values import Unknown, kind_of, unknown_of

Maker = Callable[[Any, Any], Closure]

_NOT_THERE = object()


class Closures:
    """Turns nodes into closures; knows the functions, the declared inputs and types."""

    makers: ClassVar[Mapping[type, Maker]] = {}

    def __init__(
        self,
        functions: Mapping[str, FeelFunction],
        inputs: Iterable[str] = (),
        types: Mapping[str, Type] | None = None,
        *,
        callables: Iterable[str] = (),
    ) -> None:
        """Know what names mean outside the tree; `callables` are inputs that are functions."""
        self.functions = functions
        self.inputs = frozenset(inputs)
        self.types = types or {}
        self.callables = frozenset(callables)
        self._locals: list[dict[str, str | None]] = []

    def compile(self, node: tree.Node) -> Closure:
        """Make the closure of a node."""
        return self.makers[type(node)](self, node)

    def root_of(self, node: tree.Node) -> str | None:
        """Name the input that a value is taken from, where it is taken from one."""
        if isinstance(node, tree.Name):
            for layer in reversed(self._locals):
                if node.name in layer:
                    return layer[node.name]
            return node.name if node.name in self.inputs else None
        if isinstance(node, tree.Path | tree.Filter):
            return self.root_of(node.base)
        return None

    def is_local(self, name: str) -> bool:
        """Tell whether a name is declared inside the expression."""
        return any(name in layer for layer in self._locals)

    def inside(self, names: Mapping[str, str | None], node: tree.Node) -> Closure:
        """Make the closure of a node that sees more names."""
        self._locals.append(dict(names))
        try:
            return self.compile(node)
        finally:
            self._locals.pop()

    # Literals and names

    def _number(self, node: tree.NumberLiteral) -> Closure:
        return constant(node.value)

    def _string(self, node: tree.StringLiteral) -> Closure:
        return constant(node.value)

    def _boolean(self, node: tree.BooleanLiteral) -> Closure:
        return constant(node.value)

    def _null(self, node: tree.NullLiteral) -> Closure:
        return constant(None)

    def _at(self, node: tree.AtLiteral) -> Closure:
        return constant(temporal.read_any(node.text))

    def _name(self, node: tree.Name) -> Closure:
        name, span = node.name, node.span
        if name == "parameters" and name not in self.inputs and not self.is_local(name):
            return lambda run, scope: run.context.parameters
        hidden = self.is_local(name) or name in self.inputs
        known = None if hidden else self.functions.get(name)
        function = None if known is None else as_value(known)
        root = self._locals[-1].get("item") if self._locals and "item" in self._locals[-1] else None

        def look(run: Run, scope: Scope) -> Any:
            inner: Scope | None = scope
            while inner is not None:
                value = inner.values.get(name, _NOT_THERE)
                if value is not _NOT_THERE:
                    if value is None and inner.outer is None and name != "?":
                        return Unknown(frozenset((name,))) if run.verdict else _missing(run, node)
                    return value
                inner = inner.outer
            if function is not None:
                return function
            if run.verdict and (name in self.inputs or root):
                return Unknown(frozenset((name if name in self.inputs else root or name,)))
            if name in self.inputs:
                return _missing(run, node)
            run.error("feel_unknown_name", span, name=name)
            return None

        return look

    def _path(self, node: tree.Path) -> Closure:
        base, member, span = self.compile(node.base), node.member, node.span
        root = self.root_of(node.base)
        is_parameter = isinstance(node.base, tree.Name) and node.base.name == "parameters"

        def take(run: Run, value: Any) -> Any:
            if type(value) is Unknown:
                return value
            found = property_of(value, member)
            if found is ABSENT or (found is None and root):
                if root and (isinstance(value, dict) or value is None):
                    if run.verdict:
                        return Unknown(frozenset((root,)))
                    run.missing(root, span)
                elif is_parameter:
                    run.error("feel_unknown_parameter", span, name=member)
                elif value is not None:
                    run.error("feel_unknown_member", span, name=member, type=kind_of(value))
                return None
            return found

        def follow(run: Run, scope: Scope) -> Any:
            value = base(run, scope)
            if isinstance(value, list):
                run.step(len(value))
                return whole([take(run, item) for item in value])
            return take(run, value)

        return follow


def constant(value: Any) -> Closure:
    """Give always the same value."""
    return lambda run, scope: value


def whole(values: list[Any]) -> Any:
    """Give a list, or what is unknown in it."""
    unknown = unknown_of(*values)
    return values if unknown is None else unknown


def _missing(run: Run, node: tree.Name) -> None:
    run.missing(node.name, node.span)
