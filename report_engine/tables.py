"""Tables: the numbers of a tile as rows, before they are drawn, mailed or written to Excel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app_definitions.sheets import Cell, Sheet
from report_engine.numbers import Format, show
from report_engine.words import NOTHING, short

Value = str | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """A dimension, whose values are codes or lengths of time, or a measure, a number.

    `labels` says what people read for a code.
    """

    id: str
    label: str
    kind: str
    format: Format = field(default_factory=Format)
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, dimensions first, and rows in the order in which they are shown.

    `untold` lists numbers (row, measure) that stand for too few people: `mark` is said instead.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    untold: frozenset[tuple[int, int]] = frozenset()
    mark: str = ""

    @property
    def dimensions(self) -> tuple[Column, ...]:
        """List the columns that split."""
        return tuple(column for column in self.columns if column.kind == "dimension")

    @property
    def measures(self) -> tuple[Column, ...]:
        """List the columns that count."""
        return tuple(column for column in self.columns if column.kind == "measure")

    def sheet(self, name: str, locale: str) -> Sheet:
        """Give the table as a sheet: labels for codes, numbers as numbers."""
        rows = tuple(
            tuple(Cell(self._value(place, at, locale)) for at in range(len(row)))
            for place, row in enumerate(self.rows)
        )
        return Sheet(name, tuple(column.label for column in self.columns), rows)

    def said(self, place: int, measure: int, locale: str) -> str:
        """Write a number of a row as people read it."""
        if (place, measure) in self.untold:
            return self.mark
        first = len(self.dimensions)
        value = self.rows[place][first + measure]
        shape = self.columns[first + measure].format
        return show(value if isinstance(value, Decimal) else None, shape, locale)

    def _value(self, place: int, at: int, locale: str) -> Value:
        column, value = self.columns[at], self.rows[place][at]
        if column.kind != "measure":
            return label_of(column, value, locale)
        untold = (place, at - len(self.dimensions)) in self.untold
        return self.mark if untold else value


def label_of(column: Column, value: Value, locale: str) -> str:
    """Say a value of a dimension as people read it."""
    if value is None or value == "":
        return NOTHING[short(locale)]
    if isinstance(value, Decimal):
        return show(value, column.format, locale)
    return column.labels.get(value, value)
