"""A board ready to show: figures, charts with their tables, filters, all with their addresses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from flask import g

from app_definitions.board import Filter, Threshold
from gcrm.access import Accessor
from gcrm.runtime.boards import MOMENTS, PERIODS, PLACES, BoardAnswer, Chosen, Desk, TileAnswer
from gcrm.web import board_links
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from report_engine.drawing import Chart
from report_engine.numbers import show
from report_engine.options import describe
from report_engine.plots import plot_of
from report_engine.tables import label_of

NUMBER = "number"
MOST_PLACES = 400
LEVELS_SHOWN = 2  # below the viewer's own place

_RELATIONS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    ">": gt,
    ">=": ge,
    "<": lt,
    "<=": le,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a tile's table; numbers lead to the cases behind them."""

    shown: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the numbers on top; `level` is set where it calls for attention."""

    label: str
    shown: str
    unit: str
    link: str
    level: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class TileView:
    """A tile ready to show."""

    id: str
    title: str
    width: int
    first: bool
    figures: tuple[Figure, ...]
    option: str
    links: str
    said: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str
    meaning: tuple[str, ...]
    why: str  # why numbers are not told
    mark: str  # what is said instead of them
    picture: str
    is_number: bool
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter; `depth` is how far a place lies inside."""

    value: str
    words: str
    chosen: bool
    depth: int = 0


@dataclass(frozen=True, slots=True)
class FilterView:
    """A filter with its choices; `begin` and `end` are days typed by hand."""

    id: str
    label: str
    options: tuple[Option, ...]
    is_time: bool
    begin: str = ""
    end: str = ""
    wrong: bool = False


def filters_of(desk: Desk) -> list[tuple[Filter, bool]]:
    """List the filters, each with whether it chooses a time."""
    board = desk.board
    return [(each, board.filters[each.id].type in MOMENTS) for each in board.definition.filters]


def show_filters(
    desk: Desk, accessor: Accessor, chosen: Chosen, wrong: Mapping[str, str]
) -> list[FilterView]:
    """Make the filters ready."""
    found = []
    for each, is_time in filters_of(desk):
        value = chosen.of(each.id)
        if is_time:
            found.append(_times(each, wrong.get(each.id, value), each.id in wrong))
        elif each.field in PLACES:
            options = (
                Option("", _("全部范围"), not value),
                *_places(desk, accessor, value),
            )
            found.append(FilterView(each.id, each.label, options, False))
        else:
            listed = desk.board.filters[each.id].options
            options = (
                Option("", _("全部"), not value),
                *(Option(o.code, o.label, o.code == value) for o in listed),
            )
            found.append(FilterView(each.id, each.label, options, False))
    return found


def _times(each: Filter, value: str, wrong: bool) -> FilterView:
    words = {
        "": _("全部时间"),
        "30d": _("近30天"),
        "90d": _("近90天"),
        "year": _("今年"),
        "last_year": _("去年"),
    }
    begin, dots, end = value.partition("..")
    custom = bool(dots) or wrong
    options = [Option(name, words[name], name == value and not wrong) for name in ("", *PERIODS)]
    options.append(Option(board_links.CUSTOM, _("自选日期"), custom))
    days = (begin, end) if dots else ("", "")
    return FilterView(each.id, each.label, tuple(options), True, *days, wrong)


def _places(desk: Desk, accessor: Accessor, value: str) -> list[Option]:
    """Offer the viewer's own places and two levels below."""
    places = desk.lists.places
    roots = sorted({post.region_code for post in accessor.keys.posts if post.region_code})
    found: list[Option] = []
    waiting = [(code, 0) for code in reversed(roots)]
    while waiting and len(found) < MOST_PLACES:
        code, depth = waiting.pop()
        region = places.get(code)
        if region is None:
            continue
        found.append(Option(code, region.name, code == value, depth))
        if depth < LEVELS_SHOWN:
            inside = places.children(code)
            waiting += [(each.code, depth + 1) for each in reversed(inside)]
    return found


def show_tiles(answer: BoardAnswer, chosen: Chosen) -> list[TileView]:
    """Make all tiles ready, in the order in which they are read."""
    path = board_links.base(answer.app.id, answer.board.definition.id)
    placed = sorted(answer.tiles, key=lambda each: (each.tile.definition.y, each.tile.definition.x))
    return [_tile(each, path, chosen) for each in placed]


def _tile(answer: TileAnswer, path: str, chosen: Chosen) -> TileView:
    own, table = answer.tile.definition, answer.table
    first = len(table.dimensions)
    links = [
        [
            board_links.cases(
                path,
                own.id,
                column.id,
                zip((d.id for d in table.dimensions), row[:first], strict=True),
                chosen,
            )
            for column in table.measures
        ]
        for row in table.rows
    ]
    chart = Chart(own.title, own.settings, titled=False)
    number = own.type == NUMBER
    plot = plot_of(table, locale())
    option = {} if number else answer.tile.chart.echarts_option(chart, table, locale())
    return TileView(
        id=own.id,
        title=own.title,
        width=own.width,
        first=own.x == 0,
        figures=tuple(_figures(answer, links)) if number else (),
        option=json.dumps(option, ensure_ascii=False, separators=(",", ":")),
        links=json.dumps(links, separators=(",", ":")),
        said=describe(chart, plot, locale()),
        heads=tuple(column.label for column in table.columns),
        rows=tuple(_row(answer, at, links[at]) for at in range(len(table.rows))),
        note=answer.meaning.note,
        meaning=answer.meaning.lines,
        why=answer.note,
        mark=table.mark,
        picture=board_links.with_choice(f"{path}/{own.id}.svg", chosen),
        is_number=number,
        is_empty=plot.is_empty,
    )


def _row(answer: TileAnswer, at: int, links: list[str]) -> tuple[Cell, ...]:
    table = answer.table
    first = len(table.dimensions)
    row = table.rows[at]
    names = [
        Cell(label_of(column, value, locale()))
        for column, value in zip(table.dimensions, row[:first], strict=True)
    ]
    numbers = [
        Cell(table.said(at, nth, locale()), link if value else "")
        for nth, (value, link) in enumerate(zip(row[first:], links, strict=True))
    ]
    return (*names, *numbers)


def _figures(answer: TileAnswer, links: list[list[str]]) -> list[Figure]:
    row = answer.table.rows[0] if answer.table.rows else (None,) * len(answer.table.columns)
    found = []
    for at, (use, value) in enumerate(zip(answer.tile.measures, row, strict=True)):
        line = crossed(answer, use.definition.id, value)
        counts = use.definition.aggregate in ("count", "count_distinct")
        shape = use.format
        number = show(value if isinstance(value, Decimal) else None, shape, locale())
        if (0, at) in answer.table.untold:
            number = answer.table.mark
        found.append(
            Figure(
                label=use.definition.label,
                shown=number.removesuffix(shape.unit).strip() if shape.unit else number,
                unit="" if value is None else _("件") if counts else shape.unit,
                link=links[0][at] if links and value else "",
                level=line.level if line is not None else "",
                message=line.message if line is not None else "",
            )
        )
    return found


def crossed(answer: TileAnswer, measure_id: str, value: Any) -> Threshold | None:
    """Find the line that a number has crossed, the graver one first."""
    if not isinstance(value, Decimal):
        return None
    crossed = [
        each
        for each in answer.tile.definition.thresholds
        if each.measure == measure_id and _RELATIONS[each.relation](value, Decimal(each.value))
    ]
    return min(crossed, key=lambda each: each.level, default=None)


def heading(answer: BoardAnswer, tile_id: str, keys: dict[str, str | None]) -> str:
    """Name a number by its tile and what it is split by: 各街道办件：长安街道."""
    found = answer.tile(tile_id)
    if found is None:
        return ""
    said = [
        label_of(column, keys[column.id], locale())
        for column in found.table.dimensions
        if column.id in keys
    ]
    title = found.tile.definition.title
    return _("%(title)s：%(what)s", title=title, what=_("，").join(said)) if said else title


def as_of(answer: BoardAnswer) -> str:
    """Say up to when the numbers are: today's time alone."""
    return answer.as_of.astimezone(g.zone).strftime("%-H:%M")
