"""What the ECharts options of all charts share: title, legend, patterns, axes, description."""

from typing import Any

from report_engine import look
from report_engine.drawing import Chart
from report_engine.numbers import plain
from report_engine.plots import Plot, Series
from report_engine.scales import Scale
from report_engine.words import NO_DATA, short


def base(chart: Chart, plot: Plot, locale: str) -> dict[str, Any]:
    """Begin an option. It is plain JSON: a strict content policy allows no functions."""
    option: dict[str, Any] = {
        "animation": False,
        "title": {
            "show": chart.titled,
            "text": chart.title,
            "left": "2%",
            "top": 8,
            "textStyle": {"color": look.INK, "fontSize": look.TITLE_SIZE, "fontWeight": 600},
        },
        "color": list(look.COLOURS),
        "textStyle": {"color": look.INK_2, "fontSize": look.TEXT_SIZE},
        "tooltip": {"renderMode": "richText"},
        "aria": {"enabled": True, "label": {"description": describe(chart, plot, locale)}},
        "series": [],
    }
    if plot.is_empty:
        option["graphic"] = {
            "type": "text",
            "left": "center",
            "top": "middle",
            "style": {"text": plot.mark or NO_DATA[short(locale)], "fill": look.INK_3},
        }
    return option


def grid(chart: Chart, plot: Plot) -> dict[str, Any]:
    """Give the same margins as the picture has."""
    top = f"{round(chart.top(len(plot.series) > 1) * 100)}%"
    return {"left": "10%", "right": "4%", "top": top, "bottom": "14%"}


def legend(chart: Chart, names: list[str]) -> dict[str, Any]:
    """Give the legend; a single series needs none."""
    top = 34 if chart.titled else 4
    return {"show": len(names) > 1, "data": names, "left": "2%", "top": top, "itemGap": 16}


def category_axis(plot: Plot) -> dict[str, Any]:
    """Give the axis with the categories."""
    return {
        "type": "category",
        "data": list(plot.categories),
        "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": look.LINE_STRONG}},
        "axisLabel": {"color": look.INK_2},
    }


def value_axis(scale: Scale) -> dict[str, Any]:
    """Give the axis with the numbers."""
    return {
        "type": "value",
        "min": plain(scale.low),
        "max": plain(scale.high),
        "interval": plain(scale.step),
        "splitLine": {"lineStyle": {"color": look.LINE}},
        "axisLabel": {"color": look.INK_2},
    }


def points(series: Series) -> list[dict[str, Any]]:
    """Give the numbers of a series, each with the label that the picture shows too.

    `place` is where the number stands in the table: what a click opens.
    """
    return [
        {"value": plain(value), "label": {"formatter": literal(label)}, "place": _listed(place)}
        for value, label, place in zip(series.values, series.labels, series.places, strict=True)
    ]


def _listed(place: tuple[int, int] | None) -> list[int] | None:
    return None if place is None else list(place)


def item(index: int) -> dict[str, Any]:
    """Give the tone and pattern of a series."""
    return {"color": look.colour(index), "decal": look.decal(index)}


def describe(chart: Chart, plot: Plot, locale: str) -> str:
    """Say the chart in one sentence for those who do not see it."""
    several = any(series.name for series in plot.series)
    said = "; ".join(
        (f"{series.name}: " if several else "")
        + ", ".join(
            f"{name} {label}" for name, label in zip(plot.categories, series.labels, strict=True)
        )
        for series in plot.series
    )
    return f"{chart.title}: {said or NO_DATA[short(locale)]}"[:2000]


def literal(label: str) -> str:
    """Keep ECharts from reading `{…}` in a label as a template."""
    return label.replace("{", "｛").replace("}", "｝")
