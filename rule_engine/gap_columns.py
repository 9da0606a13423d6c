"""The columns of a table as dimensions, and its rows as boxes of atoms over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app_definitions import decision as definitions
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import tree
from rule_engine.compile_decision import subject_of
from rule_engine.expression import Expression, compile_expression, compile_unary_tests
from rule_engine.functions.registry import FeelFunction
from rule_engine.gap_cells import CellReader, NotAnalysed
from rule_engine.gap_domain import ORDERED, Domain, NotComparable, make_domain
from rule_engine.running import EvaluationContext


@dataclass(frozen=True, slots=True)
class Column:
    """A dimension of the table: what is asked, with its label, and the domain it was cut into."""

    id: str
    entry: Input
    domain: Domain | None
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """A cell, or a column where no row is named, that is no set of values."""

    rows: tuple[str, ...]
    column: str
    text: str


class Columns:
    """Reads a table: `known` are its dimensions, `boxes` its rows, `unsure` those not all read."""

    def __init__(
        self,
        table: definitions.Table,
        vocabulary: Vocabulary,
        context: EvaluationContext,
        functions: Mapping[str, FeelFunction],
    ) -> None:
        """Read the table; all texts of it compile."""
        self.table, self.vocabulary, self.functions = table, vocabulary, functions
        self.context = context
        self.known: list[Column] = []
        self.boxes: list[list[int]] = [[] for _ in table.rows]
        self.unsure: set[int] = set()
        self.unread: list[Unread] = []
        self._read()

    def _read(self) -> None:
        groups: dict[str, list[int]] = {}
        subjects: list[tuple[Expression | None, Input | None, Any]] = []
        for place, column in enumerate(self.table.inputs):
            expression, _ = compile_expression(
                column.expression, self.vocabulary, functions=self.functions
            )
            entry, kind = subject_of(column, expression, self.vocabulary)
            subjects.append((expression, entry, kind))
            node = expression.tree if expression else None
            name = node.name if isinstance(node, tree.Name) else f"column {column.id}"
            groups.setdefault(name, []).append(place)
        for places in groups.values():
            self._dimension(places, subjects, groups)

    def _dimension(
        self,
        places: list[int],
        subjects: Sequence[tuple[Expression | None, Input | None, Any]],
        groups: Mapping[str, list[int]],
    ) -> None:
        column = self.table.inputs[places[0]]
        expression, entry, kind = subjects[places[0]]
        plain = expression is not None and isinstance(expression.tree, tree.Name)
        name = expression.tree.name if expression and isinstance(expression.tree, tree.Name) else ""
        type_name = entry.type if entry is not None else str(kind)
        shown = Input(
            name or column.id,
            column.label or (entry.label if entry else column.id),
            type_name,
            scale=entry.scale if entry else _scale(expression),
            unit=entry.unit if entry else None,
            options=entry.options if entry else (),
        )
        reader = CellReader(name or None, self.functions, self.context)
        cells = self._cells(places, subjects, reader)
        domain = None
        if not plain and expression is not None and self._shared(expression, places, subjects):
            self.unread.append(Unread((), shown.label, column.expression))
        else:
            domain = self._domain(shown, cells, reader)
            if domain is None:
                self.unread.append(Unread((), shown.label, column.expression))
        self.known.append(Column(shown.id, shown, domain, tuple(places)))
        self._masks(domain, cells, reader, shown)

    def _shared(
        self,
        expression: Expression,
        places: list[int],
        subjects: Sequence[tuple[Expression | None, Input | None, Any]],
    ) -> bool:
        """Tell whether a computed column and another one hang on the same input."""
        others = [e for at, (e, _, _) in enumerate(subjects) if at not in places and e is not None]
        return any(expression.inputs & other.inputs for other in others)

    def _cells(
        self,
        places: list[int],
        subjects: Sequence[tuple[Expression | None, Input | None, Any]],
        reader: CellReader,
    ) -> list[list[tuple[str, tree.Node, bool]]]:
        """Give for each row the trees of its cells, and whether they can be seen as sets."""
        read: dict[tuple[int, str], tuple[tree.Node, bool]] = {}
        rows = []
        for row in self.table.rows:
            cells = []
            for place in places:
                text = row.inputs[place]
                if (place, text) not in read:
                    _, subject, kind = subjects[place]
                    compiled, _ = compile_unary_tests(
                        text,
                        self.vocabulary,
                        subject=subject,
                        subject_type=kind,
                        functions=self.functions,
                    )
                    node = compiled.tree if compiled else tree.Broken()
                    read[place, text] = (node, compiled is not None and _is_set(node, reader))
                cells.append((text, *read[place, text]))
            rows.append(cells)
        return rows

    def _domain(
        self, shown: Input, cells: list[list[tuple[str, tree.Node, bool]]], reader: CellReader
    ) -> Domain | None:
        if shown.type not in (*ORDERED, "string", "boolean"):
            return None
        nodes = {text: node for row in cells for text, node, is_set in row if is_set}
        found = [one for node in nodes.values() for one in reader.constants(node)]
        try:
            return make_domain(
                shown.type,
                (one.value for one in found),
                options=[option.code for option in shown.options],
                scale=shown.scale,
                with_null=any(reader.asks_null(node) for node in nodes.values()),
                with_order=any(one.ordered for one in found),
            )
        except NotComparable:
            return None

    def _masks(
        self,
        domain: Domain | None,
        cells: list[list[tuple[str, tree.Node, bool]]],
        reader: CellReader,
        shown: Input,
    ) -> None:
        """Add this dimension to the box of each row."""
        known: dict[str, int | None] = {}
        full = domain.full if domain else 1
        for number, row in enumerate(cells):
            mask = full
            for text, node, is_set in row:
                if text not in known:
                    known[text] = self._mask(node, domain, reader) if is_set else None
                found = known[text]
                if found is not None:
                    mask &= found
                else:
                    self.unsure.add(number)
                    if domain is not None:
                        row_id = self.table.rows[number].id
                        self.unread.append(Unread((row_id,), shown.label, text))
            self.boxes[number].append(mask)

    def _mask(self, node: tree.Node, domain: Domain | None, reader: CellReader) -> int | None:
        if domain is None:
            return 1 if node == tree.UnaryTests(()) else None
        try:
            return reader.mask(node, domain)
        except NotAnalysed:
            return None


_WHOLE_MEMBERS = frozenset({"year", "month", "day", "weekday", "hour", "minute", "second"})
_WHOLE_FUNCTIONS = frozenset(
    {
        "age",
        "months between",
        "days between",
        "working days between",
        "count",
        "string length",
        "day of year",
        "week of year",
    }
)


def _scale(expression: Expression | None) -> int | None:
    """Give 0 for a computed column that has whole numbers only."""
    return 0 if expression is not None and _is_whole(expression.tree) else None


def _is_whole(node: tree.Node) -> bool:
    if isinstance(node, tree.NumberLiteral):
        return node.value == node.value.to_integral_value()
    if isinstance(node, tree.Arithmetic):
        return node.operator in ("+", "-", "*") and _is_whole(node.left) and _is_whole(node.right)
    if isinstance(node, tree.Path):
        return node.member in _WHOLE_MEMBERS
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
        one = node.function.name in ("floor", "ceiling") and len(node.arguments) == 1
        return one or node.function.name in _WHOLE_FUNCTIONS
    return False


def _is_set(node: tree.Node, reader: CellReader) -> bool:
    try:
        reader.asks_null(node)
    except NotAnalysed:
        return False
    return True
