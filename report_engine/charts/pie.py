"""Pies: the shares of a whole."""

from typing import TYPE_CHECKING, Any

from report_engine import look, options
from report_engine.chart import ChartType
from report_engine.drawing import Chart
from report_engine.numbers import plain
from report_engine.plots import Series, plot_of
from report_engine.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from report_engine.fonts import Fonts

SETTINGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"ring": {"type": "boolean", "default": False}},
}
HOLE, RADIUS = 0.55, 0.7


def option(chart: Chart, table: Table, locale: str) -> dict[str, Any]:
    """Give the slices as ECharts draws them, the first one from twelve o'clock."""
    plot = plot_of(table, locale)
    made = options.base(chart, plot, locale)
    slices = _slices(plot.categories, plot.series)
    made["series"] = [
        {
            "type": "pie",
            "startAngle": 90,
            "clockwise": True,
            "center": ["50%", "56%"],
            "radius": [f"{round(RADIUS * HOLE * 100)}%" if _ring(chart) else "0%", "70%"],
            "data": [
                {
                    "name": name,
                    "value": value,
                    "itemStyle": {**options.item(index), "borderColor": look.PAPER},
                    "label": {"formatter": options.literal(f"{name} {label}")},
                    "place": list(place) if place is not None else None,
                }
                for index, (name, value, label, place) in enumerate(slices)
            ],
        }
    ]
    return made


def figure(chart: Chart, table: Table, locale: str, fonts: "Fonts") -> "Figure":
    """Draw the same slices as a picture."""
    from report_engine import canvas

    plot = plot_of(table, locale)
    made = canvas.figure(chart, fonts)
    slices = _slices(plot.categories, plot.series)
    if not any(value for _, value, _, _ in slices):
        return canvas.no_data(made, locale, fonts, plot.mark)
    plane = made.add_axes((0.1, 0.05, 0.8, 0.78))
    plane.set_aspect("equal")
    drawn = plane.pie(
        [value for _, value, _, _ in slices],
        labels=[f"{name} {label}" for name, _, label, _ in slices],
        colors=[look.colour(index) for index in range(len(slices))],
        hatch=[look.hatch(index) for index in range(len(slices))],
        startangle=90,
        counterclock=False,
        wedgeprops={
            "edgecolor": look.PAPER,
            "linewidth": 1.0,
            "width": 1 - HOLE if _ring(chart) else None,
        },
        textprops={"color": look.INK_2},
    )
    for label in drawn[1]:
        label.set_fontproperties(canvas.text(fonts))
    return made


def _slices(
    categories: tuple[str, ...], series: tuple[Series, ...]
) -> list[tuple[str, int | float, str, tuple[int, int] | None]]:
    """Give name, number, label and place of each slice; what is missing or below zero has none."""
    if not series:
        return []
    first = series[0]
    return [
        (name, plain(value) or 0, label, place)
        for name, value, label, place in zip(
            categories, first.values, first.labels, first.places, strict=True
        )
        if value is not None and value > 0
    ]


def _ring(chart: Chart) -> bool:
    return bool(chart.settings.get("ring", False))


CHART = ChartType(
    id="pie",
    labels={"zh-CN": "饼图", "en": "Pie"},
    icon="pie-chart",
    order=30,
    dimensions=(0, 1),
    measures=(1, 5),
    settings_schema=SETTINGS,
    option=option,
    figure=figure,
)
