"""Posters: a whole board as one picture, its tiles where the board has them."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from PIL import Image

from report_engine import look
from report_engine.drawing import Chart
from report_engine.fonts import Fonts
from report_engine.tables import Table
from report_engine.uses import CompiledTile

COLUMN = 120  # pixels of one of the twelve columns
LINE = 88  # pixels of one line of height
MARGIN = 24
LARGE = 22
STEP = 24


@dataclass(frozen=True, slots=True)
class Hung:
    """A tile with its numbers, ready to be hung."""

    tile: CompiledTile
    table: Table


def draw(
    title: str, lines: Sequence[str], tiles: Iterable[Hung], locale: str, fonts: Fonts
) -> bytes:
    """Give the picture (PNG): title and lines on top, then every tile in its place."""
    hung = list(tiles)
    rows = max((each.tile.definition.y + each.tile.definition.height for each in hung), default=1)
    head = MARGIN * 2 + LARGE + STEP * len(lines)
    width = COLUMN * 12 + MARGIN * 2
    sheet = Image.new("RGB", (width, head + rows * LINE + MARGIN), look.PAPER)
    sheet.paste(_head(title, lines, (width, head), fonts), (0, 0))
    for each in hung:
        own = each.tile.definition
        size = (own.width * COLUMN, own.height * LINE)
        chart = Chart(own.title, own.settings, size=size)
        content = each.tile.chart.draw(chart, each.table, locale, fonts=fonts)
        with Image.open(io.BytesIO(content)) as picture:
            sheet.paste(picture.convert("RGB"), (MARGIN + own.x * COLUMN, head + own.y * LINE))
    out = io.BytesIO()
    sheet.save(out, "PNG", optimize=True)
    return out.getvalue()


def _head(title: str, lines: Sequence[str], size: tuple[int, int], fonts: Fonts) -> Image.Image:
    from report_engine import canvas

    made = canvas.figure(replace(Chart(title), titled=False, size=size), fonts)
    width, height = size
    large = canvas.text(fonts, LARGE, bold=True)
    place = MARGIN / width
    at = height - MARGIN - LARGE / 2
    made.text(place, at / height, title, fontproperties=large, color=look.INK, va="center")
    for line in lines:
        at -= STEP
        small = canvas.text(fonts)
        made.text(place, at / height, line, fontproperties=small, color=look.INK_3, va="center")
    with Image.open(io.BytesIO(canvas.picture(made))) as picture:
        return picture.convert("RGB")
