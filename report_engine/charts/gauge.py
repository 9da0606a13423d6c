"""Gauges: one number on a scale, with the target it is held against."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from report_engine import look, options
from report_engine.chart import ChartType
from report_engine.drawing import Chart
from report_engine.numbers import plain, show
from report_engine.plots import plot_of
from report_engine.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from report_engine.fonts import Fonts

NUMBER = {"type": "string", "pattern": r"^-?[0-9]{1,28}(\.[0-9]{1,12})?$"}
SETTINGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"from": NUMBER, "to": NUMBER, "target": NUMBER},
}
BAND = 30
FROM, SWEEP = 210, 240
"""The scale runs clockwise from 210 degrees through 240."""


def option(chart: Chart, table: Table, locale: str) -> dict[str, Any]:
    """Give the scale as ECharts draws it."""
    plot = plot_of(table, locale)
    made = options.base(chart, plot, locale)
    value, label = _first(table, locale)
    low, high, target = _scale(chart, table)
    tones: list[list[Any]] = [[1, look.COLOURS[2]]]
    if target is not None:
        share = plain(_share(target, low, high)) or 0
        tones = [[share, look.COLOURS[2]], [1, look.COLOURS[4]]]
    made["series"] = [
        {
            "type": "gauge",
            "startAngle": FROM,
            "endAngle": FROM - SWEEP,
            "min": plain(low),
            "max": plain(high),
            "center": ["50%", "58%"],
            "radius": "88%",
            "axisLine": {"lineStyle": {"width": BAND, "color": tones}},
            "progress": {"show": True, "width": BAND, "itemStyle": options.item(0)},
            "pointer": {"show": False},
            "axisTick": {"show": False},
            "splitLine": {"show": False},
            "axisLabel": {"show": False},
            "title": {
                "offsetCenter": [0, "38%"],
                "color": look.INK_3,
                "fontSize": look.TEXT_SIZE,
            },
            "detail": {
                "formatter": options.literal(label),
                "color": look.INK,
                "fontSize": 32,
                "offsetCenter": [0, 0],
            },
            "data": [
                {
                    "value": plain(value),
                    "name": plot.categories[0] if plot.categories else "",
                    "place": [0, 0],
                }
            ],
        }
    ]
    return made


def figure(chart: Chart, table: Table, locale: str, fonts: "Fonts") -> "Figure":
    """Draw the same scale as a picture."""
    from matplotlib.patches import Wedge

    from report_engine import canvas

    plot = plot_of(table, locale)
    made = canvas.figure(chart, fonts)
    value, label = _first(table, locale)
    if value is None:
        return canvas.no_data(made, locale, fonts, plot.mark)
    low, high, target = _scale(chart, table)
    plane = made.add_axes((0.1, 0.02, 0.8, 0.8))
    plane.set_axis_off()
    plane.set_aspect("equal")
    plane.set_xlim(-1.3, 1.3)
    plane.set_ylim(-0.8, 1.15)
    arcs = [(0.0, 1.0, look.COLOURS[2])]
    if target is not None:
        share = float(_share(target, low, high))
        arcs = [(0.0, share, look.COLOURS[2]), (share, 1.0, look.COLOURS[4])]
    arcs.append((0.0, float(_share(value, low, high)), look.colour(0)))
    for begin, end, tone in arcs:
        wedge = Wedge((0, 0), 1, FROM - SWEEP * end, FROM - SWEEP * begin, width=0.2, color=tone)
        plane.add_patch(wedge)
    large = canvas.text(fonts, 32, bold=True)
    plane.text(0, 0.05, label, fontproperties=large, color=look.INK, ha="center", va="center")
    name = plot.categories[0] if plot.categories else ""
    plane.text(
        0,
        -0.38,
        name,
        fontproperties=canvas.text(fonts),
        color=look.INK_3,
        ha="center",
        va="center",
    )
    return made


def _first(table: Table, locale: str) -> tuple[Decimal | None, str]:
    if not table.rows or not table.measures:
        return None, show(None, table.columns[0].format, locale) if table.columns else ""
    value = table.rows[0][len(table.dimensions)]
    number = value if isinstance(value, Decimal) else None
    return number, table.said(0, 0, locale)


def _scale(chart: Chart, table: Table) -> tuple[Decimal, Decimal, Decimal | None]:
    """Give the ends of the scale and the target; a share runs from nothing to one."""
    percent = bool(table.measures) and table.measures[0].format.percent
    low = Decimal(chart.settings.get("from", "0"))
    high = Decimal(chart.settings.get("to", "1" if percent else "100"))
    target = chart.settings.get("target")
    return low, max(high, low + 1 if not percent else high), Decimal(target) if target else None


def _share(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    if high <= low:
        return Decimal(0)
    return min(Decimal(1), max(Decimal(0), (value - low) / (high - low)))


CHART = ChartType(
    id="gauge",
    labels={"zh-CN": "仪表", "en": "Gauge"},
    icon="gauge",
    order=40,
    dimensions=(0, 0),
    measures=(1, 1),
    settings_schema=SETTINGS,
    option=option,
    figure=figure,
)
