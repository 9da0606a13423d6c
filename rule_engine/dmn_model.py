"""DMN models as values: requirements, boxed expressions, item definitions (DMN 1.5, 6 to 10)."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal expression."""

    text: str
    type: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A column of a table: what it asks or answers, and the values that are allowed."""

    name: str
    text: str = ""
    type: str = ""
    allowed: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class TableRule:
    """One row of a table."""

    id: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableBox:
    """A decision table."""

    hit_policy: str
    aggregation: str
    inputs: tuple[Clause, ...]
    outputs: tuple[Clause, ...]
    rules: tuple[TableRule, ...]


@dataclass(frozen=True, slots=True)
class EntryBox:
    """An entry of a boxed context; the result has no name."""

    name: str
    type: str
    value: "Box | None"


@dataclass(frozen=True, slots=True)
class ContextBox:
    """A boxed context."""

    entries: tuple[EntryBox, ...]


@dataclass(frozen=True, slots=True)
class ListBox:
    """A boxed list."""

    items: tuple["Box | None", ...]
    type: str = ""


@dataclass(frozen=True, slots=True)
class RelationBox:
    """A boxed relation: a list of contexts."""

    columns: tuple[str, ...]
    rows: tuple[tuple["Box | None", ...], ...]


@dataclass(frozen=True, slots=True)
class InvocationBox:
    """A boxed invocation."""

    called: "Box | None"
    bindings: tuple[EntryBox, ...]


@dataclass(frozen=True, slots=True)
class FunctionBox:
    """A boxed function; other kinds than FEEL cannot be run."""

    kind: str
    parameters: tuple[Clause, ...]
    body: "Box | None"
    type: str = ""


@dataclass(frozen=True, slots=True)
class IfBox:
    """A boxed conditional."""

    condition: "Box | None"
    yes: "Box | None"
    no: "Box | None"


@dataclass(frozen=True, slots=True)
class FilterBox:
    """A boxed filter."""

    source: "Box | None"
    match: "Box | None"


@dataclass(frozen=True, slots=True)
class IteratorBox:
    """A boxed `for`, `some` or `every`."""

    kind: str
    variable: str
    source: "Box | None"
    body: "Box | None"


Box = (
    Literal
    | TableBox
    | ContextBox
    | ListBox
    | RelationBox
    | InvocationBox
    | FunctionBox
    | IfBox
    | FilterBox
    | IteratorBox
)


@dataclass(frozen=True, slots=True)
class InputElement:
    """An input of the model."""

    id: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class DecisionElement:
    """A decision; `needs` are the ids of what its logic may name."""

    id: str
    name: str
    type: str
    needs: tuple[str, ...]
    logic: Box | None


@dataclass(frozen=True, slots=True)
class KnowledgeElement:
    """A business knowledge model."""

    id: str
    name: str
    type: str
    needs: tuple[str, ...]
    function: FunctionBox | None


@dataclass(frozen=True, slots=True)
class ServiceElement:
    """A decision service; the ids of its parts."""

    id: str
    name: str
    type: str
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]


Element = InputElement | DecisionElement | KnowledgeElement | ServiceElement


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A declared type."""

    name: str
    base: str = ""
    collection: bool = False
    components: tuple["ItemDefinition", ...] = ()
    allowed: str = ""
    parameters: tuple[Clause, ...] | None = None
    result: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """Another model that this one names; without a name its elements are named directly."""

    name: str
    namespace: str


@dataclass(frozen=True, slots=True)
class DmnModel:
    """A model: its elements by id, and its types; ids elsewhere are `namespace#id`."""

    name: str
    namespace: str
    elements: dict[str, Element] = field(default_factory=dict)
    items: tuple[ItemDefinition, ...] = ()
    imports: tuple[Import, ...] = ()

    def named(self, name: str) -> Element | None:
        """Find an element by its name; decisions and services come before the rest."""
        found = [element for element in self.elements.values() if element.name == name]
        found.sort(key=lambda e: not isinstance(e, DecisionElement | ServiceElement))
        return found[0] if found else None
