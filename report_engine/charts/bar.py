"""Bars: one for each category, side by side or stacked, upright or lying."""

from typing import TYPE_CHECKING, Any

from report_engine import look, options
from report_engine.chart import ChartType
from report_engine.drawing import Chart
from report_engine.numbers import plain
from report_engine.plots import Plot, plot_of
from report_engine.scales import scale_of
from report_engine.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from report_engine.fonts import Fonts

WIDTH = 0.68
SETTINGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "lying": {"type": "boolean", "default": False},
        "stacked": {"type": "boolean", "default": False},
        "labels": {"type": "boolean", "default": True},
    },
}


def option(chart: Chart, table: Table, locale: str) -> dict[str, Any]:
    """Give the bars as ECharts draws them."""
    plot = plot_of(table, locale)
    made = options.base(chart, plot, locale)
    lying, stacked = _flag(chart, "lying"), _flag(chart, "stacked")
    category, value = (
        options.category_axis(plot),
        options.value_axis(scale_of(plot, stacked=stacked)),
    )
    if lying:
        category["inverse"] = True
    made["grid"] = {
        **options.grid(chart, plot),
        **({"left": "18%", "right": "12%"} if lying else {}),
    }
    made["legend"] = options.legend(chart, [series.name for series in plot.series])
    made["xAxis"], made["yAxis"] = (value, category) if lying else (category, value)
    made["series"] = [
        {
            "type": "bar",
            "name": series.name,
            "data": options.points(series),
            "itemStyle": options.item(index),
            "barCategoryGap": f"{round((1 - WIDTH) * 100)}%",
            "barGap": "0%",
            "label": {
                "show": _flag(chart, "labels", True),
                "position": "inside" if stacked else ("right" if lying else "top"),
                **(
                    {"color": look.INK, "backgroundColor": look.PAPER, "padding": [1, 2]}
                    if stacked
                    else {"color": look.INK_2}
                ),
            },
            **({"stack": "all"} if stacked else {}),
        }
        for index, series in enumerate(plot.series)
    ]
    return made


def figure(chart: Chart, table: Table, locale: str, fonts: "Fonts") -> "Figure":
    """Draw the same bars as a picture."""
    from report_engine import canvas

    plot = plot_of(table, locale)
    made = canvas.figure(chart, fonts)
    if plot.is_empty:
        return canvas.no_data(made, locale, fonts, plot.mark)
    lying, stacked = _flag(chart, "lying"), _flag(chart, "stacked")
    plane = canvas.axes(made, chart.top(len(plot.series) > 1), horizontal=lying)
    handles = []
    below = [0.0] * len(plot.categories)
    for index, series in enumerate(plot.series):
        width = WIDTH if stacked else WIDTH / len(plot.series)
        shift = 0.0 if stacked else (index + 0.5) * width - WIDTH / 2
        places = [at + shift for at in range(len(plot.categories))]
        heights = [plain(value) or 0 for value in series.values]
        look_of: dict[str, Any] = {
            "color": look.colour(index),
            "hatch": look.hatch(index),
            "edgecolor": look.PAPER,
            "linewidth": 0.6,
            "label": series.name,
        }
        if lying:
            bars = plane.barh(places, heights, width, left=below, **look_of)
        else:
            bars = plane.bar(places, heights, width, bottom=below, **look_of)
        handles.append(bars)
        if stacked:
            below = [low + height for low, height in zip(below, heights, strict=True)]
        if _flag(chart, "labels", True):
            shown = plane.bar_label(
                bars,
                labels=[
                    "" if value is None and label != plot.mark else label
                    for value, label in zip(series.values, series.labels, strict=True)
                ],
                label_type="center" if stacked else "edge",
                padding=0 if stacked else 3,
            )
            for label in shown:
                label.set_fontproperties(canvas.text(fonts))
                label.set_color(look.INK if stacked else look.INK_2)
                if stacked and label.get_text():
                    label.set_bbox({"facecolor": look.PAPER, "edgecolor": "none", "pad": 1.5})
    _ticks(plane, plot, lying)
    canvas.numbers(plane, scale_of(plot, stacked=stacked), horizontal=lying)
    canvas.settle(plane, fonts)
    canvas.legend(made, chart, handles, [series.name for series in plot.series], fonts)
    return made


def _ticks(plane: Any, plot: Plot, lying: bool) -> None:
    places = range(len(plot.categories))
    if lying:
        plane.set_yticks(places, list(plot.categories))
        plane.invert_yaxis()
    else:
        plane.set_xticks(places, list(plot.categories))


def _flag(chart: Chart, name: str, default: bool = False) -> bool:
    return bool(chart.settings.get(name, default))


CHART = ChartType(
    id="bar",
    labels={"zh-CN": "柱状图", "en": "Bars"},
    icon="bar-chart",
    order=10,
    dimensions=(0, 2),
    measures=(1, 5),
    settings_schema=SETTINGS,
    option=option,
    figure=figure,
)
