"""Chart types: what a chart is, what it needs, and its two drawings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any

from report_engine.drawing import Chart
from report_engine.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from report_engine.fonts import Fonts

GROUP = "gcrm.chart_types"


Option = Callable[[Chart, Table, str], dict[str, Any]]
Draw = Callable[[Chart, Table, str, "Fonts"], "Figure"]


@dataclass(frozen=True, slots=True)
class ChartType:
    """One kind of chart: palette entry, demands, schema of its settings, and two renderers.

    `dimensions` and `measures` are the smallest and largest number it can show.
    """

    id: str
    labels: Mapping[str, str] = field(hash=False)
    icon: str
    order: int
    dimensions: tuple[int, int]
    measures: tuple[int, int]
    settings_schema: Mapping[str, Any] = field(hash=False)
    option: Option
    figure: Draw

    def echarts_option(self, chart: Chart, table: Table, locale: str) -> dict[str, Any]:
        """Give the option that ECharts draws on the screen; plain JSON, no functions."""
        return self.option(chart, table, locale)

    def draw(
        self, chart: Chart, table: Table, locale: str, *, fonts: "Fonts", kind: str = "png"
    ) -> bytes:
        """Give the same chart as a picture, `png` or `svg`."""
        from report_engine import canvas

        return canvas.picture(self.figure(chart, table, locale, fonts), kind)

    def to_json(self, locale: str) -> dict[str, Any]:
        """Give what the designer's palette and panel need."""
        return {
            "id": self.id,
            "label": self.labels.get(locale, self.labels["zh-CN"]),
            "icon": self.icon,
            "order": self.order,
            "dimensions": list(self.dimensions),
            "measures": list(self.measures),
            "settings": dict(self.settings_schema),
        }


@dataclass(frozen=True, slots=True)
class ChartTypes:
    """The chart types that a board may use, by id."""

    types: tuple[ChartType, ...]

    def get(self, type_id: str) -> ChartType | None:
        """Find a type by its id."""
        return next((each for each in self.types if each.id == type_id), None)

    def ids(self) -> tuple[str, ...]:
        """List the ids in the order of the palette."""
        return tuple(each.id for each in sorted(self.types, key=lambda each: each.order))

    def to_json(self, locale: str) -> list[dict[str, Any]]:
        """Give the palette of the designer."""
        return [each.to_json(locale) for each in sorted(self.types, key=lambda e: e.order)]


def with_plug_ins(types: tuple[ChartType, ...]) -> ChartTypes:
    """Add the chart types of installed packages (entry points `gcrm.chart_types`).

    Raises ValueError where one takes an id that is taken.
    """
    found = {each.id: each for each in types}
    for entry in metadata.entry_points(group=GROUP):
        extra: ChartType = entry.load()
        if extra.id in found:
            raise ValueError(f'The chart type "{extra.id}" of {entry.value} is there already.')
        found[extra.id] = extra
    return ChartTypes(tuple(found.values()))
