"""The report of a decision table: what no row decides, what two rows decide, what is never reached.

It is exact for comparisons, ranges, options and null tests joined by and, or and not over the
column's value; a cell with anything else is listed as not analysed, its row then may match
anything: no gap is claimed where it could match, and no overlap with it. A column's value is taken
as free: two columns that ask about one input are one dimension. Null belongs to a column only
where a cell tests for it; elsewhere a missing input is unknown to the table, and no gap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app_definitions import decision as definitions
from app_definitions.vocabulary import Vocabulary
from rule_engine import tree
from rule_engine.expression import compile_expression
from rule_engine.functions.known import FUNCTIONS
from rule_engine.functions.registry import FeelFunction
from rule_engine.gap_columns import Column, Columns
from rule_engine.gap_cover import Box, Cover, TooMuch, meet, overlapping
from rule_engine.running import EvaluationContext

MAX_FINDINGS = 100
Kind = Literal["gap", "overlap", "conflict", "hidden", "never", "not_analysed", "not_finished"]


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
        self.limit = limit
        self.findings: list[GapFinding] = []
        self.left_off = 0
        read = Columns(table, vocabulary, context, functions)
        self.known, self.unsure = read.known, read.unsure
        self.boxes: list[Box] = [tuple(box) for box in read.boxes]
        for one in read.unread:
            self.add(GapFinding("not_analysed", one.rows, None, one.column, one.text))

    @property
    def full(self) -> bool:
        return len(self.findings) >= self.limit

    def add(self, finding: GapFinding) -> None:
        if not self.full:
            self.findings.append(finding)
        else:
            self.left_off += 1

    def report(self) -> GapReport:
        sizes = [len(c.domain.atoms) if c.domain else 1 for c in self.known]
        full = tuple((1 << size) - 1 for size in sizes)
        try:
            self._never(self.boxes)
            cover = Cover(sizes, self.boxes)
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
