"""Lines: numbers along time or another order."""

from typing import TYPE_CHECKING, Any

from report_engine import look, options
from report_engine.chart import ChartType
from report_engine.drawing import Chart
from report_engine.numbers import plain
from report_engine.plots import plot_of
from report_engine.scales import scale_of
from report_engine.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from report_engine.fonts import Fonts

DASHES = ("solid", "dashed", "dotted", "dashdot", (0, (1, 1)))
ECHARTS_DASHES: tuple[Any, ...] = ("solid", "dashed", "dotted", [8, 3, 2, 3], [1, 1])
MARKERS = ("o", "s", "^", "D", "v")
SYMBOLS = ("circle", "rect", "triangle", "diamond", "arrow")
SETTINGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"labels": {"type": "boolean", "default": False}},
}


def option(chart: Chart, table: Table, locale: str) -> dict[str, Any]:
    """Give the lines as ECharts draws them; each has its own tone, dash and mark."""
    plot = plot_of(table, locale)
    made = options.base(chart, plot, locale)
    made["tooltip"]["trigger"] = "axis"
    made["grid"] = options.grid(chart, plot)
    made["legend"] = options.legend(chart, [series.name for series in plot.series])
    made["xAxis"], made["yAxis"] = options.category_axis(plot), options.value_axis(scale_of(plot))
    made["series"] = [
        {
            "type": "line",
            "name": series.name,
            "data": options.points(series),
            "connectNulls": False,
            "symbol": SYMBOLS[index % len(SYMBOLS)],
            "symbolSize": 6,
            "itemStyle": {"color": look.colour(index)},
            "lineStyle": {
                "color": look.colour(index),
                "width": 2,
                "type": ECHARTS_DASHES[index % len(ECHARTS_DASHES)],
            },
            "label": {"show": _labels(chart), "position": "top", "color": look.INK_2},
        }
        for index, series in enumerate(plot.series)
    ]
    return made


def figure(chart: Chart, table: Table, locale: str, fonts: "Fonts") -> "Figure":
    """Draw the same lines as a picture; a gap stays a gap."""
    from report_engine import canvas

    plot = plot_of(table, locale)
    made = canvas.figure(chart, fonts)
    if plot.is_empty:
        return canvas.no_data(made, locale, fonts, plot.mark)
    plane = canvas.axes(made, chart.top(len(plot.series) > 1))
    places = list(range(len(plot.categories)))
    handles = []
    for index, series in enumerate(plot.series):
        heights = [float("nan") if value is None else float(value) for value in series.values]
        handles += plane.plot(
            places,
            heights,
            color=look.colour(index),
            linestyle=DASHES[index % len(DASHES)],
            marker=MARKERS[index % len(MARKERS)],
            markersize=4.5,
            linewidth=1.8,
            label=series.name,
        )
        if _labels(chart):
            for at, (value, label) in enumerate(zip(series.values, series.labels, strict=True)):
                if value is not None:
                    plane.annotate(
                        label,
                        (at, plain(value) or 0),
                        xytext=(0, 6),
                        textcoords="offset points",
                        ha="center",
                        color=look.INK_2,
                        fontproperties=canvas.text(fonts),
                    )
    step = canvas.every(plot.categories, chart.size[0])
    plane.set_xticks(places[::step], list(plot.categories)[::step])
    plane.set_xlim(-0.5, len(places) - 0.5)
    canvas.numbers(plane, scale_of(plot))
    canvas.settle(plane, fonts)
    canvas.legend(made, chart, handles, [series.name for series in plot.series], fonts)
    return made


def _labels(chart: Chart) -> bool:
    return bool(chart.settings.get("labels", False))


CHART = ChartType(
    id="line",
    labels={"zh-CN": "折线图", "en": "Lines"},
    icon="line-chart",
    order=20,
    dimensions=(1, 2),
    measures=(1, 5),
    settings_schema=SETTINGS,
    option=option,
    figure=figure,
)
