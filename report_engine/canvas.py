"""The drawing ground of pictures: matplotlib's Figure and Agg, fixed margins, our fonts.

No pyplot (it keeps figures for ever and is not safe among threads) and no layout engine
(it makes the same chart look different with each label).
"""

import io
import math
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from report_engine import look
from report_engine.drawing import Chart
from report_engine.fonts import Fonts
from report_engine.scales import Scale
from report_engine.words import NO_DATA, short

DOTS = 96
MARGINS = {"left": 0.1, "right": 0.96, "bottom": 0.14}

matplotlib.rcParams.update(
    {
        "text.parse_math": False,  # `$…$` in a label is money, not mathematics
        "axes.unicode_minus": True,
        "svg.fonttype": "path",
        "svg.hashsalt": "gcrm",
    }
)
_drawing = threading.Lock()


@lru_cache(maxsize=64)
def text(fonts: Fonts, size: float = look.TEXT_SIZE, *, bold: bool = False) -> FontProperties:
    """Give the font of a text; sizes are pixels."""
    path = fonts.bold if bold else fonts.regular
    return FontProperties(fname=str(path), size=size * 72 / DOTS)


def figure(chart: Chart, fonts: Fonts) -> Figure:
    """Begin a picture, with its title unless the page shows it."""
    width, height = chart.size
    made = Figure(figsize=(width / DOTS, height / DOTS), dpi=DOTS, facecolor=look.PAPER)
    FigureCanvasAgg(made)
    if not chart.titled:
        return made
    font = text(fonts, look.TITLE_SIZE, bold=True)
    made.text(0.02, 0.95, chart.title, fontproperties=font, color=look.INK, va="center", ha="left")
    return made


def axes(made: Figure, above: float = 0.2, *, horizontal: bool = False) -> Axes:
    """Add axes below a share of the height: hairlines across, one line at zero, no frame."""
    left = MARGINS["left"] + (0.08 if horizontal else 0)
    right = MARGINS["right"] - (0.08 if horizontal else 0)
    bottom, top = MARGINS["bottom"], 1 - above
    plane = made.add_axes((left, bottom, right - left, top - bottom))
    for side, spine in plane.spines.items():
        spine.set_visible(side == ("left" if horizontal else "bottom"))
        spine.set_color(look.LINE_STRONG)
    plane.set_axisbelow(True)
    plane.grid(axis="x" if horizontal else "y", color=look.LINE, linewidth=0.8)
    plane.tick_params(length=0, colors=look.INK_2)
    return plane


def every(names: Sequence[str], width: int) -> int:
    """Tell how many names to go on by, so that those shown along the axis do not meet."""
    longest = max(
        (sum(2 if ord(sign) > 0x2E7F else 1 for sign in name) for name in names), default=0
    )
    room = width * (MARGINS["right"] - MARGINS["left"]) / max(len(names), 1)
    return max(1, math.ceil((longest * 0.58 + 1.4) * look.TEXT_SIZE / room))


def numbers(plane: Axes, scale: Scale, *, horizontal: bool = False) -> None:
    """Put a scale on the axis of numbers, written with separators as ECharts does."""
    places = [float(tick) for tick in scale.ticks]
    labels = [f"{tick.normalize():,f}" for tick in scale.ticks]
    ends = float(scale.low), float(scale.high)
    if horizontal:
        plane.set_xlim(*ends)
        plane.set_xticks(places, labels)
    else:
        plane.set_ylim(*ends)
        plane.set_yticks(places, labels)


def settle(plane: Axes, fonts: Fonts) -> None:
    """Put the labels of the axes into our font; called last, when the ticks are known."""
    font = text(fonts)
    for label in (*plane.get_xticklabels(), *plane.get_yticklabels()):
        label.set_fontproperties(font)


def legend(made: Figure, chart: Chart, handles: list[Any], names: list[str], fonts: Fonts) -> None:
    """Show what each tone and pattern stands for, below the title."""
    if len(names) < 2:
        return
    shown = made.legend(
        handles,
        names,
        loc="upper left",
        bbox_to_anchor=(0.015, 0.915 if chart.titled else 0.99),
        ncols=min(len(names), 6),
        frameon=False,
        prop=text(fonts),
        handlelength=1.2,
        handleheight=0.9,
        columnspacing=1.2,
    )
    for label in shown.get_texts():
        label.set_color(look.INK_2)


def no_data(made: Figure, locale: str, fonts: Fonts, mark: str = "") -> Figure:
    """Say that there is nothing to show, or by a mark that it may not be shown."""
    said = mark or NO_DATA[short(locale)]
    made.text(0.5, 0.45, said, fontproperties=text(fonts), color=look.INK_3, ha="center")
    return made


def picture(made: Figure, kind: str = "png") -> bytes:
    """Give the bytes of a picture; the same figure gives the same bytes.

    Text in SVG becomes outlines, so that no reader needs the font.
    """
    if kind not in ("png", "svg"):
        raise ValueError(f'A picture is png or svg, not "{kind}".')
    out = io.BytesIO()
    metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
    with _drawing:
        made.savefig(out, format=kind, metadata=metadata)
    return out.getvalue()
