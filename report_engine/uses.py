"""Compiled boards: tiles with their chart type, inputs and conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app_definitions.board import Board, Dimension, Measure, Tile
from app_definitions.vocabulary import Input
from report_engine.chart import ChartType
from report_engine.numbers import Format
from rule_engine.expression import Expression


@dataclass(frozen=True, slots=True)
class MeasureUse:
    """A measure with the input it counts and the condition on its rows."""

    definition: Measure
    input: Input | None
    where: Expression | None
    format: Format


@dataclass(frozen=True, slots=True)
class DimensionUse:
    """A dimension with the input it splits by."""

    definition: Dimension
    input: Input


@dataclass(frozen=True, slots=True)
class CompiledTile:
    """A tile that can be asked and drawn."""

    definition: Tile
    chart: ChartType
    measures: tuple[MeasureUse, ...]
    dimensions: tuple[DimensionUse, ...]
    where: Expression | None


@dataclass(frozen=True, slots=True)
class CompiledBoard:
    """A board whose tiles can all be asked and drawn."""

    definition: Board
    tiles: tuple[CompiledTile, ...]
    filters: Mapping[str, Input] = field(hash=False)

    def tile(self, tile_id: str) -> CompiledTile | None:
        """Find a tile by its id."""
        return next((tile for tile in self.tiles if tile.definition.id == tile_id), None)
