"""A board in another language: its titles, labels and notes, and the words of its sources."""

from dataclasses import replace

from app_definitions import ids
from app_definitions.vocabulary import Input, Vocabulary
from gcrm.apps.board_sources import sources
from gcrm.apps.compiled import CompiledApp
from report_engine.uses import CompiledBoard, CompiledTile, DimensionUse, MeasureUse
from rule_engine import Expression


def in_language(app: CompiledApp, board: CompiledBoard, locale: str) -> CompiledBoard:
    """Give the board in a language; what is not translated stays Chinese."""
    if locale.lower().startswith("zh"):
        return board
    return _Translator(app, board, locale).board()


class _Translator:
    def __init__(self, app: CompiledApp, board: CompiledBoard, locale: str) -> None:
        self.app = app
        self.given = board
        self.locale = locale
        self.part = f"boards/{board.definition.id}.json"
        self.sources = sources(app.forms, locale)

    def board(self) -> CompiledBoard:
        definition = self.given.definition
        tiles = tuple(self._tile(tile) for tile in self.given.tiles)
        filters = tuple(
            replace(each, label=self._say([each.id], "label", each.label))
            for each in definition.filters
        )
        said = replace(
            definition,
            title=self._say([definition.id], "title", definition.title),
            filters=filters,
            tiles=tuple(tile.definition for tile in tiles),
        )
        return CompiledBoard(said, tiles, self.given.filters)

    def _tile(self, tile: CompiledTile) -> CompiledTile:
        own = tile.definition
        known = self.sources[own.source]
        measures = tuple(self._measure(own.id, use, known) for use in tile.measures)
        dimensions = tuple(self._dimension(own.id, use, known) for use in tile.dimensions)
        said = replace(
            own,
            title=self._say([own.id], "title", own.title),
            note=self._say([own.id], "note", own.note),
            measures=tuple(use.definition for use in measures),
            dimensions=tuple(use.definition for use in dimensions),
            thresholds=tuple(
                replace(each, message=self._say([own.id, each.id], "message", each.message))
                for each in own.thresholds
            ),
        )
        where = _within(tile.where, known)
        return replace(tile, definition=said, measures=measures, dimensions=dimensions, where=where)

    def _measure(self, tile: str, use: MeasureUse, known: Vocabulary) -> MeasureUse:
        own = use.definition
        shown = self._input(use.input, known) if use.input is not None else None
        unit = shown.unit if shown is not None and use.format.unit else None
        return replace(
            use,
            definition=replace(own, label=self._say([tile, own.id], "label", own.label)),
            input=shown,
            where=_within(use.where, known),
            format=replace(use.format, unit=unit or use.format.unit),
        )

    def _dimension(self, tile: str, use: DimensionUse, known: Vocabulary) -> DimensionUse:
        own = use.definition
        return DimensionUse(
            replace(own, label=self._say([tile, own.id], "label", own.label)),
            self._input(use.input, known),
        )

    def _input(self, given: Input, known: Vocabulary) -> Input:
        return known.get(given.id) or given

    def _say(self, place: list[str], prop: str, source: str) -> str:
        return self.app.say(ids.path(self.part, place, prop), source, self.locale)


def _within(expression: Expression | None, known: Vocabulary) -> Expression | None:
    return None if expression is None else replace(expression, vocabulary=known)
