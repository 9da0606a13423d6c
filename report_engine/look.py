"""How charts look: tones of one accent and patterns, never hue alone (look/tokens.css)."""

INK = "#15191e"
INK_2 = "#444c55"
INK_3 = "#5b646e"
PAPER = "#ffffff"
LINE = "#d8dde2"
LINE_STRONG = "#7a848e"
RED = "#b3261e"

COLOURS = ("#0f4f8b", "#5f8ebb", "#b4cee6", "#7a848e", "#c9d0d7")
"""c1 to c5."""

HATCHES = ("", "///", "...", "\\\\\\", "xxx")
"""matplotlib's pattern of each tone."""

_STROKE = "rgba(255, 255, 255, 0.85)"
DECALS: tuple[dict[str, object], ...] = (
    {"symbol": "none"},
    {"symbol": "rect", "rotation": -0.785, "dashArrayX": [1, 0], "dashArrayY": [2, 5]},
    {"symbol": "circle", "symbolSize": 0.5, "dashArrayX": [4, 4], "dashArrayY": [4, 4]},
    {"symbol": "rect", "rotation": 0.785, "dashArrayX": [1, 0], "dashArrayY": [2, 5]},
    {"symbol": "rect", "rotation": 0, "dashArrayX": [1, 0], "dashArrayY": [2, 4]},
)
"""ECharts' pattern of each tone, in the order of HATCHES."""

TEXT_SIZE = 12
TITLE_SIZE = 15
WIDTH, HEIGHT = 720, 405
"""The size of a picture in pixels at 96 dots an inch."""


def colour(index: int) -> str:
    """Give the tone of a series."""
    return COLOURS[index % len(COLOURS)]


def hatch(index: int) -> str:
    """Give the pattern of a series for matplotlib."""
    return HATCHES[index % len(HATCHES)]


def decal(index: int) -> dict[str, object]:
    """Give the pattern of a series for ECharts."""
    return {"color": _STROKE, **DECALS[index % len(DECALS)]}
