"""Numbers: figures side by side, each with its name; the first line of a board."""

from typing import TYPE_CHECKING, Any

from report_engine import look, options
from report_engine.chart import ChartType
from report_engine.drawing import Chart
from report_engine.plots import Plot, plot_of
from report_engine.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from report_engine.fonts import Fonts

SIZE = 34
SETTINGS = {"type": "object", "additionalProperties": False, "properties": {}}


def option(chart: Chart, table: Table, locale: str) -> dict[str, Any]:
    """Give the figures as ECharts draws them: texts at fixed shares of the width."""
    plot = plot_of(table, locale)
    made = options.base(chart, plot, locale)
    if plot.is_empty:
        return made
    made["graphic"] = [
        {
            "type": "text",
            "left": f"{round(place * 100)}%",
            "top": top,
            "style": {"text": options.literal(text), "fill": tone, "font": font},
        }
        for name, label, place in _placed(plot)
        for text, top, tone, font in (
            (name, "30%", look.INK_3, f"{look.TEXT_SIZE}px sans-serif"),
            (label, "42%", look.INK, f"600 {SIZE}px sans-serif"),
        )
    ]
    return made


def figure(chart: Chart, table: Table, locale: str, fonts: "Fonts") -> "Figure":
    """Draw the same figures as a picture."""
    from report_engine import canvas

    plot = plot_of(table, locale)
    made = canvas.figure(chart, fonts)
    if plot.is_empty:
        return canvas.no_data(made, locale, fonts, plot.mark)
    below = (SIZE + look.TEXT_SIZE) * 0.72 / chart.size[1]
    for name, label, place in _placed(plot):
        small, large = canvas.text(fonts), canvas.text(fonts, SIZE, bold=True)
        made.text(place, 0.6, name, fontproperties=small, color=look.INK_3, va="center")
        made.text(place, 0.6 - below, label, fontproperties=large, color=look.INK, va="center")
    return made


def _placed(plot: Plot) -> list[tuple[str, str, float]]:
    """Give each figure with its name and the share of the width at which it begins."""
    labels = plot.series[0].labels
    step = 0.96 / max(len(labels), 1)
    return [
        (name, label, 0.02 + at * step)
        for at, (name, label) in enumerate(zip(plot.categories, labels, strict=True))
    ]


CHART = ChartType(
    id="number",
    labels={"zh-CN": "数字", "en": "Numbers"},
    icon="number",
    order=50,
    dimensions=(0, 0),
    measures=(1, 6),
    settings_schema=SETTINGS,
    option=option,
    figure=figure,
)
