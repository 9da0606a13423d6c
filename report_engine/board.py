"""Boards compiled: each tile with its chart type, its columns and its conditions, all checked."""

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema

from app_definitions import ids
from app_definitions.board import Board, Dimension, Measure, Tile
from app_definitions.problem import Problem, Problems, error, has_errors
from app_definitions.vocabulary import Input, Vocabulary
from report_engine.chart import ChartType, ChartTypes
from report_engine.measures_sql import sql_problems
from report_engine.numbers import Format
from report_engine.uses import CompiledBoard, CompiledTile, DimensionUse, MeasureUse
from rule_engine.expression import Expression

Compile = Callable[[str, Vocabulary], tuple[Expression | None, Problems]]

NUMBERS = frozenset(("sum", "average", "median", "min", "max"))
TIMES = frozenset(("date", "date and time"))
NEED_A_FIELD = frozenset(("count_distinct", "sum", "average", "median", "min", "max"))


def compile_board(
    board: Board,
    part: str,
    charts: ChartTypes,
    sources: Mapping[str, Vocabulary],
    compile_expression: Compile,
) -> tuple[CompiledBoard | None, Problems]:
    """Compile a board; all problems come back together.

    `sources` gives for each form and for `cases`, `tasks`, … the inputs that have columns.
    """
    worker = _Worker(part, charts, sources, compile_expression)
    tiles = tuple(made for tile in board.tiles if (made := worker.tile(tile)) is not None)
    filters = worker.filters(board)
    if has_errors(worker.problems):
        return None, tuple(worker.problems)
    return CompiledBoard(board, tiles, filters), tuple(worker.problems)


class _Worker:
    def __init__(
        self,
        part: str,
        charts: ChartTypes,
        sources: Mapping[str, Vocabulary],
        compile_expression: Compile,
    ) -> None:
        self.part = part
        self.charts = charts
        self.sources = sources
        self.compile = compile_expression
        self.problems: list[Problem] = []

    def filters(self, board: Board) -> dict[str, Input]:
        found: dict[str, Input] = {}
        for each in board.filters:
            known = next(
                (v.get(each.field) for v in self.sources.values() if each.field in v), None
            )
            if known is None:
                self._wrong([each.id], "field", "board_field_unknown", field=each.field)
            else:
                found[each.id] = known
        return found

    def tile(self, tile: Tile) -> CompiledTile | None:
        chart = self.charts.get(tile.type)
        vocabulary = self.sources.get(tile.source)
        if chart is None:
            known = ", ".join(self.charts.ids())
            self._wrong([tile.id], "type", "board_chart_unknown", type=tile.type, known=known)
        if vocabulary is None:
            known = ", ".join(sorted(self.sources))
            self._wrong(
                [tile.id], "source", "board_source_unknown", source=tile.source, known=known
            )
        if chart is None or vocabulary is None:
            return None
        self._fits(tile, chart)
        measures = [self._measure(tile, measure, vocabulary) for measure in tile.measures]
        dimensions = [self._dimension(tile, each, vocabulary) for each in tile.dimensions]
        return CompiledTile(
            tile,
            chart,
            tuple(measures),
            tuple(each for each in dimensions if each is not None),
            self._condition([tile.id], tile.where, vocabulary),
        )

    def _fits(self, tile: Tile, chart: ChartType) -> None:
        """A chart has as many dimensions and measures as it can show, and settings it knows."""
        for name, (low, high), count in (
            ("dimensions", chart.dimensions, len(tile.dimensions)),
            ("measures", chart.measures, len(tile.measures)),
        ):
            if not low <= count <= high:
                values: dict[str, Any] = {"low": low, "high": high, "count": count}
                self._wrong([tile.id], name, f"board_{name}_count", **values)
        if len(tile.dimensions) > 1 and len(tile.measures) > 1:
            self._wrong([tile.id], "measures", "board_crossed_measures")
        validator = jsonschema.Draft202012Validator(dict(chart.settings_schema))
        for fault in validator.iter_errors(dict(tile.settings)):
            place = ".".join(str(step) for step in fault.path) or "-"
            self._wrong(
                [tile.id], "settings", "board_setting", place=place, text=fault.message[:120]
            )

    def _measure(self, tile: Tile, measure: Measure, vocabulary: Vocabulary) -> MeasureUse:
        path = [tile.id, measure.id]
        found: Input | None = None
        if measure.field is not None:
            found = self._field(path, measure.field, vocabulary)
        elif measure.aggregate in NEED_A_FIELD:
            self._wrong(path, "field", "board_field_missing", label=measure.label)
        if found is not None and measure.aggregate in NUMBERS and found.type != "number":
            self._wrong(path, "aggregate", "board_not_a_number", label=found.label)
        if measure.aggregate == "share" and not measure.where.strip():
            self._wrong(path, "where", "board_share_of_what", label=measure.label)
        where = self._condition(path, measure.where, vocabulary)
        return MeasureUse(measure, found, where, _format(measure, found))

    def _dimension(
        self, tile: Tile, dimension: Dimension, vocabulary: Vocabulary
    ) -> DimensionUse | None:
        path = [tile.id, dimension.id]
        found = self._field(path, dimension.field, vocabulary)
        if found is None:
            return None
        if dimension.grain and found.type not in TIMES:
            self._wrong(path, "grain", "board_grain", label=found.label)
        if found.type.startswith("list") or found.type == "context":
            self._wrong(path, "field", "board_dimension_list", label=found.label)
        return DimensionUse(dimension, found)

    def _field(self, path: list[str], name: str, vocabulary: Vocabulary) -> Input | None:
        found = vocabulary.get(name)
        if found is None:
            self._wrong(path, "field", "board_field_unknown", field=name)
        elif found.sealed:
            self._wrong(path, "field", "board_field_sealed", label=found.label)
        elif found.column is None:
            self._wrong(path, "field", "board_field_unrecorded", label=found.label)
        else:
            return found
        return None

    def _condition(self, path: list[str], text: str, vocabulary: Vocabulary) -> Expression | None:
        if not text.strip():
            return None
        expression, problems = self.compile(text, vocabulary)
        place = ids.path(self.part, path, "where")
        self.problems += [Problem(place, p.code, p.values, p.severity) for p in problems]
        if expression is not None:
            for name in sorted(expression.inputs):
                self._field(path, name, vocabulary)
            self.problems += sql_problems(expression, vocabulary, place)
        return expression

    def _wrong(self, path: list[str], prop: str, code: str, /, **values: str | int) -> None:
        self.problems.append(error(ids.path(self.part, path, prop), code, **values))


def _format(measure: Measure, found: Input | None) -> Format:
    """Write counts whole, shares in per cent, and sums as the field is written."""
    if measure.aggregate == "share":
        return Format(1, percent=True)
    if measure.aggregate in ("count", "count_distinct") or found is None:
        return Format()
    places = found.scale or 0
    if measure.aggregate in ("average", "median"):
        places = max(places, 1)
    return Format(places, found.unit or "")
