"""Plots: what a chart shows, worked out once for both renderers.

Names, order, numbers and their labels are decided here, so that the mailed picture and the
screen cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from report_engine.numbers import MISSING, show
from report_engine.tables import Table, label_of

MOST_CATEGORIES = 200
MOST_SERIES = 20


@dataclass(frozen=True, slots=True)
class Series:
    """A row of numbers under one name; `labels` are the numbers as people read them.

    `places` tells for each number its row and measure in the table: what a click opens.
    """

    name: str
    values: tuple[Decimal | None, ...]
    labels: tuple[str, ...]
    places: tuple[tuple[int, int] | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """Categories along the axis, and for each series a number in each of them."""

    categories: tuple[str, ...]
    series: tuple[Series, ...]
    mark: str = ""  # said for numbers that stand for too few people; empty where all are told

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to show."""
        return not any(value is not None for series in self.series for value in series.values)


def plot_of(table: Table, locale: str) -> Plot:
    """Turn a table into a plot.

    Without a dimension each measure is a category; with one each measure is a series; with two
    the second one makes the series of the first measure. The order is the table's.
    """
    dimensions, measures = table.dimensions, table.measures
    first = len(dimensions)
    if not dimensions:
        row = table.rows[0] if table.rows else (None,) * len(measures)
        values = tuple(_number(value) for value in row)
        labels = tuple(
            table.said(0, at, locale) if table.rows else show(None, column.format, locale)
            for at, column in enumerate(measures)
        )
        places = tuple((0, at) for at in range(len(measures)))
        alone = Series("", values, labels, places)
        return Plot(tuple(column.label for column in measures), (alone,), table.mark)
    rows = table.rows[:MOST_CATEGORIES] if first == 1 else table.rows
    if first == 1:
        categories = tuple(label_of(dimensions[0], row[0], locale) for row in rows)
        series = [
            _series(
                table,
                column.label,
                [_number(row[first + at]) for row in rows],
                [(place, at) for place in range(len(rows))],
                locale,
            )
            for at, column in enumerate(measures)
        ]
        return Plot(categories, tuple(series), table.mark)
    return _crossed(table, locale)


def _crossed(table: Table, locale: str) -> Plot:
    outer, inner = table.dimensions[:2]
    at = len(table.dimensions)
    keys = list(dict.fromkeys(row[0] for row in table.rows))[:MOST_CATEGORIES]
    names = list(dict.fromkeys(row[1] for row in table.rows))[:MOST_SERIES]
    cells = {(row[0], row[1]): _number(row[at]) for row in table.rows}
    places = {(row[0], row[1]): (place, 0) for place, row in enumerate(table.rows)}
    series = tuple(
        _series(
            table,
            label_of(inner, name, locale),
            [cells.get((key, name)) for key in keys],
            [places.get((key, name)) for key in keys],
            locale,
        )
        for name in names
    )
    return Plot(tuple(label_of(outer, key, locale) for key in keys), series, table.mark)


def _series(
    table: Table,
    name: str,
    values: Sequence[Decimal | None],
    places: Sequence[tuple[int, int] | None],
    locale: str,
) -> Series:
    labels = tuple(table.said(*place, locale) if place is not None else MISSING for place in places)
    return Series(name, tuple(values), labels, tuple(places))


def _number(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None
