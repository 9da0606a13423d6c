"""The tree of an expression: what was written, as frozen nodes with their place in the text."""

from dataclasses import dataclass, field, fields
from decimal import Decimal

Span = tuple[int, int]
NO_SPAN: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression; two nodes are equal if they say the same, wherever they stand."""

    span: Span = field(default=NO_SPAN, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class NumberLiteral(Node):
    """`1.50`."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class StringLiteral(Node):
    """`"text"`."""

    value: str


@dataclass(frozen=True, slots=True)
class BooleanLiteral(Node):
    """`true`, `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class NullLiteral(Node):
    """`null`."""


@dataclass(frozen=True, slots=True)
class AtLiteral(Node):
    """`@"2026-11-24"`."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable, a function, or `?`, the value under test."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`base.member`."""

    base: Node
    member: str


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """`-operand`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`left + right`, and `-`, `*`, `/`, `**`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`left < right`, and `<=`, `>`, `>=`, `=`, `!=`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """`a and b and c`, or with `or`."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`value between low and high`."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Test(Node):
    """A unary test with an operator: `< 5`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """`value in (test, test)`; a test is a Test, a RangeLiteral or an expression."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """The text of a cell; no tests at all is `-`."""

    tests: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class RangeLiteral(Node):
    """`[low..high]`, each end closed or open."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition then yes else no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Iterator(Node):
    """`name in source`, or `name in source..end`."""

    name: str
    source: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for iterators return body`."""

    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some iterators satisfies condition`, or `every`."""

    kind: str
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`base[condition]`."""

    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """A type: `number`, `list<number>`, `context<a: string>`, `function<number> -> string`."""

    name: str
    arguments: tuple["TypeName", ...] = ()
    names: tuple[str, ...] = ()
    result: "TypeName | None" = None


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A parameter of a function literal."""

    name: str
    type: TypeName | None = None


@dataclass(frozen=True, slots=True)
class FunctionLiteral(Node):
    """`function(a, b: number) body`."""

    parameters: tuple[Parameter, ...]
    body: Node
    external: bool = False


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """An argument; a named one has a name."""

    value: Node
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(arguments)`."""

    function: Node
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Entry(Node):
    """`key: value` of a context."""

    key: str
    value: Node


@dataclass(frozen=True, slots=True)
class ContextLiteral(Node):
    """`{key: value}`."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """`value instance of type`."""

    value: Node
    type: TypeName


@dataclass(frozen=True, slots=True)
class Broken(Node):
    """Where the text could not be understood; never evaluated."""


def children(node: Node) -> tuple[Node, ...]:
    """List the nodes directly below, in the order in which they are written."""
    found: list[Node] = []
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(item for item in value if isinstance(item, Node))
    return tuple(found)


def walk(node: Node) -> list[Node]:
    """List a node and all below it."""
    found, waiting = [], [node]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting.extend(children(current))
    return found


def _fields(kind: type[Node]) -> tuple[str, ...]:
    known = _FIELDS.get(kind)
    if known is None:
        known = tuple(field.name for field in fields(kind) if field.name != "span")
        _FIELDS[kind] = known
    return known


_FIELDS: dict[type, tuple[str, ...]] = {}
