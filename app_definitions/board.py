"""Boards: tiles that say what to count and how to split it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from app_definitions import ids, reading
from app_definitions.problem import Problem, Problems, error
from app_definitions.shapes import Feel, Id, Mark, Number, Text

Column = Annotated[int, Mark("column", minimum=0, maximum=11)]
Span = Annotated[int, Mark("span", minimum=1, maximum=12)]
Line = Annotated[int, Mark("line", minimum=0, maximum=500)]
COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Measure:
    """A number: what is counted or added up, over the rows for which `where` is true.

    A share is the part of the rows for which `where` is true.
    """

    id: Id
    label: Text
    aggregate: Literal["count", "count_distinct", "share", "sum", "average", "median", "min", "max"]
    field: Id | None = None
    where: Feel = ""


@dataclass(frozen=True, slots=True)
class Dimension:
    """How the numbers are split; `grain` cuts moments into lengths of time."""

    id: Id
    label: Text
    field: Id
    grain: Literal["", "year", "quarter", "month", "week", "day", "hour"] = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The line from which a number calls for attention, and the sentence that says so."""

    id: Id
    measure: Id
    relation: Literal[">", ">=", "<", "<="]
    value: Number
    message: Text
    level: Literal["yellow", "red"] = "red"


@dataclass(frozen=True, slots=True)
class Tile:
    """One chart, number or table, and its place on twelve columns.

    `note` says in words what is counted; what can be told from the measures is told beside it.
    """

    id: Id
    type: Id
    title: Text
    source: Id
    measures: tuple[Measure, ...]
    x: Column
    y: Line
    width: Span
    height: Span
    dimensions: tuple[Dimension, ...] = ()
    where: Feel = ""
    thresholds: tuple[Threshold, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above all tiles."""

    id: Id
    label: Text
    field: Id


@dataclass(frozen=True, slots=True)
class Board:
    """A page of tiles. `source` of a tile is a form of the app, or `cases`, `tasks`, `ratings`."""

    FORMAT: ClassVar[str] = "gcrm.board/1"

    id: Id
    title: Text
    filters: tuple[Filter, ...] = ()
    tiles: tuple[Tile, ...] = ()


def read_board(document: Any, part: str) -> tuple[Board | None, Problems]:
    """Read a board; all problems come back together."""
    return reading.read(Board, document, part, check=_check, scopes=(Tile,))


def write_board(board: Board) -> dict[str, Any]:
    """Give the canonical document."""
    return reading.write(board)


def _check(board: Board, part: str) -> list[Problem]:
    problems: list[Problem] = []
    for tile in board.tiles:
        if tile.x + tile.width > COLUMNS:
            problems.append(
                error(ids.path(part, [tile.id], "width"), "tile_too_wide", columns=COLUMNS)
            )
        measures = {measure.id for measure in tile.measures}
        problems += [
            error(
                ids.path(part, [tile.id, threshold.id], "measure"),
                "measure_unknown",
                measure=threshold.measure,
            )
            for threshold in tile.thresholds
            if threshold.measure not in measures
        ]
    return problems
