"""Types declared by item definitions, and whether values have them (DMN 1.5, 7.3.2)."""

from collections.abc import Callable, Mapping
from typing import Any

from rule_engine.calls import Closure
from rule_engine.dmn_model import DmnModel, ItemDefinition
from rule_engine.feel_types import ANY, MISMATCH, Type, coerced, type_of_name
from rule_engine.parser import parse_type
from rule_engine.running import Run, Scope

Compile = Callable[[str], Closure]


class Types:
    """The types of a model by their names."""

    def __init__(
        self,
        model: DmnModel,
        compile_tests: Compile,
        imported: Mapping[str, "Types"] | None = None,
    ) -> None:
        """Read the item definitions; types may name each other, and those of imported models."""
        self._imported = imported or {}
        self._items = {item.name: item for item in model.items}
        self._known: dict[str, Type] = {}
        self._making: set[str] = set()
        self._compile_tests = compile_tests
        for name in self._items:
            self.get(name)

    @property
    def known(self) -> Mapping[str, Type]:
        """Give all declared types."""
        return self._known

    def get(self, name: str) -> Type:
        """Give the type of a name; `any` where nobody declared it."""
        if not name:
            return ANY
        bare = name.rpartition(":")[2] if ":" in name and "<" not in name else name
        if bare in self._known:
            return self._known[bare]
        item = self._items.get(bare)
        if item is None:
            return self._foreign(bare) or self._written(bare)
        if bare in self._making:
            return ANY
        self._making.add(bare)
        made = self._made(item)
        self._making.discard(bare)
        self._known[bare] = made
        return made

    def _foreign(self, name: str) -> Type | None:
        for prefix, types in self._imported.items():
            inner = name.removeprefix(f"{prefix}.") if prefix else name
            if (inner != name or not prefix) and inner in types.known:
                return types.known[inner]
        return None

    def _written(self, text: str) -> Type:
        node, faults = parse_type(text)
        return (type_of_name(node, self._known) if node is not None and not faults else None) or ANY

    def _made(self, item: ItemDefinition) -> Type:
        if item.parameters is not None:
            arguments = tuple(self.get(parameter.type) for parameter in item.parameters)
            kind = Type("function", arguments, (), self.get(item.result))
        elif item.components:
            names = tuple(component.name for component in item.components)
            kind = Type("context", tuple(self._made(c) for c in item.components), names)
        else:
            kind = self.get(item.base)
        if item.allowed:
            allowed = self._compile_tests(item.allowed)
            kind = Type(kind.name, kind.arguments, kind.names, kind.result, (kind.allowed, allowed))
        return Type("list", (kind,)) if item.collection else kind


def conformed(value: Any, kind: Type, run: Run, scope: Scope) -> Any:
    """Convert a value to a type, or give MISMATCH; allowed values are checked at all depths."""
    done = coerced(value, kind)
    if done is MISMATCH or done is None:
        return done
    return done if _allowed(done, kind, run, scope) else MISMATCH


def _allowed(value: Any, kind: Type, run: Run, scope: Scope) -> bool:
    checks = kind.allowed
    while checks is not None:
        checks, test = checks
        if value is not None and test(run, Scope({"?": value}, scope)) is not True:
            return False
    if isinstance(value, list) and kind.name == "list" and kind.arguments:
        return all(_allowed(item, kind.element, run, scope) for item in value)
    if isinstance(value, dict) and kind.names:
        return all(_allowed(value.get(n), kind.member(n), run, scope) for n in kind.names)
    return True
