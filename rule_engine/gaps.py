"""The report of a decision table: what no row decides, what two rows decide, what is never reached.

It is exact for comparisons, ranges, options and null tests joined by and, or and not over the
column's value; a cell with anything else is listed as not analysed, its row then may match
anything: no gap is claimed where it could match, and no overlap with it. A column's value is taken
as free: two columns that ask about one input are one dimension. Null belongs to a column only
where a cell tests for it; elsewhere a missing input is unknown to the table, and no gap.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app_definitions import decision as definitions
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import tree
from rule_engine.compile_decision import subject_of
from rule_engine.decision import Decision
from rule_engine.expression import Expression, compile_expression, compile_unary_tests
from rule_engine.functions.known import FUNCTIONS
from rule_engine.functions.registry import FeelFunction
from rule_engine.gap_cells import CellReader, NotAnalysed
from rule_engine.gap_cover import Box, Cover, TooMuch, meet, overlapping
from rule_engine.gap_domain import ORDERED, Domain, NotComparable, make_domain
from rule_engine.running import EvaluationContext

MAX_FINDINGS = 100
Kind = Literal["gap", "overlap", "conflict", "hidden", "never", "not_analysed", "not_finished"]


@dataclass(frozen=True, slots=True)
class Column:
    """A dimension of the table: what is asked, with its label, and the domain it was cut into."""

    id: str
    entry: Input
    domain: Domain | None
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GapFinding:
    """One finding. `rows` are ids in table order; `example` is a context that shows it.

    `column` and `text` are the place that was not analysed; `box` are the values of a gap by
    column id, as atoms.
    """

    kind: Kind
    rows: tuple[str, ...] = ()
    example: Mapping[str, Any] | None = None
    column: str = ""
    text: str = ""
    box: Box = ()


@dataclass(frozen=True, slots=True)
class GapReport:
    """All findings of a table; `left_off` more were found than are listed."""

    hit_policy: str
    columns: tuple[Column, ...]
    findings: tuple[GapFinding, ...]
    left_off: int = 0

    def of(self, *kinds: Kind) -> tuple[GapFinding, ...]:
        """Give the findings of some kinds."""
        return tuple(finding for finding in self.findings if finding.kind in kinds)


def find_gaps(
    table: definitions.Table,
    vocabulary: Vocabulary,
    context: EvaluationContext,
    *,
    functions: Mapping[str, FeelFunction] = FUNCTIONS,
    limit: int = MAX_FINDINGS,
) -> GapReport:
    """Analyse a table that compiles; parameters have the values of the context."""
    return _Analysis(table, vocabulary, context, functions, limit).report()


def tables_of(
    decision: Decision, version_id: str | None = None
) -> Iterator[tuple[str, str, definitions.Table, Vocabulary]]:
    """List the tables of a decision: version, step ("" for the decision's own), table, names."""
    for version in decision.versions:
        definition = version.definition
        if version_id not in (None, definition.id):
            continue
        if definition.table is not None:
            yield definition.id, "", definition.table, decision.vocabulary
        for node in definition.nodes:
            if node.table is not None:
                yield definition.id, node.id, node.table, version.vocabulary


class _Analysis:
    """One table under analysis."""

    def __init__(
        self,
        table: definitions.Table,
        vocabulary: Vocabulary,
        context: EvaluationContext,
        functions: Mapping[str, FeelFunction],
        limit: int,
    ) -> None:
        self.table, self.vocabulary, self.functions = table, vocabulary, functions
        self.context, self.limit = context, limit
        self.findings: list[GapFinding] = []
        self.left_off = 0
        self.known: list[Column] = []
        self.boxes: list[list[int]] = [[] for _ in table.rows]
        self.unsure: set[int] = set()

    @property
    def full(self) -> bool:
        return len(self.findings) >= self.limit

    def add(self, finding: GapFinding) -> None:
        if not self.full:
            self.findings.append(finding)
        else:
            self.left_off += 1

    def report(self) -> GapReport:
        self._columns()
        boxes = [tuple(box) for box in self.boxes]
        sizes = [len(c.domain.atoms) if c.domain else 1 for c in self.known]
        cover = Cover(sizes, boxes)
        full = tuple((1 << size) - 1 for size in sizes)
        try:
            self._never(boxes)
            self._gaps(cover, full)
            if self.table.hit_policy == "FIRST":
                self._hidden(cover)
            elif self.table.hit_policy in ("UNIQUE", "ANY"):
                self._overlaps(cover)
        except TooMuch:
            self.add(GapFinding("not_finished"))
        order = {kind: place for place, kind in enumerate(_ORDER)}
        found = sorted(self.findings, key=lambda finding: order[finding.kind])
        return GapReport(self.table.hit_policy, tuple(self.known), tuple(found), self.left_off)

    # Columns and cells

    def _columns(self) -> None:
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
            self.add(GapFinding("not_analysed", (), None, shown.label, column.expression))
        else:
            domain = self._domain(shown, cells, reader)
            if domain is None:
                self.add(GapFinding("not_analysed", (), None, shown.label, column.expression))
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
                        self.add(GapFinding("not_analysed", (row_id,), None, shown.label, text))
            self.boxes[number].append(mask)

    def _mask(self, node: tree.Node, domain: Domain | None, reader: CellReader) -> int | None:
        if domain is None:
            return 1 if node == tree.UnaryTests(()) else None
        try:
            return reader.mask(node, domain)
        except NotAnalysed:
            return None

    # Findings

    def _never(self, boxes: Sequence[Box]) -> None:
        for number, box in enumerate(boxes):
            if not all(box):
                self.add(GapFinding("never", (self.table.rows[number].id,)))

    def _hidden(self, cover: Cover) -> None:
        sure = 0
        for number, box in enumerate(cover.rows):
            if number not in self.unsure and all(box):
                if sure and not cover.uncovered(box, sure, 1):
                    rows = self._hiding(cover, number, sure)
                    self.add(GapFinding("hidden", rows, self._example(box)))
                sure |= 1 << number

    def _hiding(self, cover: Cover, number: int, sure: int) -> tuple[str, ...]:
        """Name the hidden row and the one before it that hides it alone, if one does."""
        box = cover.rows[number]
        for other in range(number):
            if sure >> other & 1 and all(
                a & b == a for a, b in zip(box, cover.rows[other], strict=True)
            ):
                return (self.table.rows[number].id, self.table.rows[other].id)
        return (self.table.rows[number].id,)

    def _overlaps(self, cover: Cover) -> None:
        sure = sum(1 << number for number in range(len(cover.rows)) if number not in self.unsure)
        for number, later in enumerate(overlapping(cover)):
            later = later & sure if number not in self.unsure else 0
            while later:
                if self.full and self.table.hit_policy == "UNIQUE":
                    self.left_off += later.bit_count()
                    break
                low = later & -later
                later ^= low
                self._overlap(cover, number, low.bit_length() - 1)

    def _overlap(self, cover: Cover, number: int, other: int) -> None:
        common = meet(cover.rows[number], cover.rows[other])
        if common is None:  # a row that never matches meets nothing
            return
        if self.table.hit_policy == "UNIQUE":
            ids = (self.table.rows[number].id, self.table.rows[other].id)
            self.add(GapFinding("overlap", ids, self._example(common), box=common))
        else:
            self._differing(number, other, common)

    def _differing(self, number: int, other: int, common: Box) -> None:
        """Rows of ANY may meet where they give the same."""
        first, second = self.table.rows[number], self.table.rows[other]
        for place, column in enumerate(self.table.outputs):
            texts = [
                first.outputs[place].strip() or "null",
                second.outputs[place].strip() or "null",
            ]
            nodes = [
                compile_expression(text, self.vocabulary, functions=self.functions)[0]
                for text in texts
            ]
            trees = [node.tree if node else None for node in nodes]
            if trees[0] == trees[1]:
                continue
            literal = all(isinstance(node, _LITERALS) for node in trees)
            kind: Kind = "conflict" if literal else "not_analysed"
            found = GapFinding(
                kind, (first.id, second.id), self._example(common), column.label, texts[0], common
            )
            self.add(found)
            return

    def _gaps(self, cover: Cover, full: Box) -> None:
        room = max(1, self.limit // 2)
        boxes = cover.uncovered(full, (1 << len(cover.rows)) - 1, room + 1)
        self.left_off += len(boxes[room:])
        for box in boxes[:room]:
            self.add(GapFinding("gap", (), self._example(box), box=box))

    def _example(self, box: Box) -> dict[str, Any]:
        """Choose a value of each column out of a box."""
        return {
            column.id: column.domain.samples(mask)
            for column, mask in zip(self.known, box, strict=True)
            if column.domain is not None and column.domain.atoms
        }


_ORDER: tuple[Kind, ...] = (
    "overlap",
    "conflict",
    "gap",
    "hidden",
    "never",
    "not_analysed",
    "not_finished",
)
_LITERALS = (tree.NumberLiteral, tree.StringLiteral, tree.BooleanLiteral, tree.NullLiteral)


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
