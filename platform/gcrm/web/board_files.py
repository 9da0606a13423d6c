"""Boards as files: an Excel workbook with a sheet for each tile, and pictures."""

from urllib.parse import quote

from flask import Response, g

from app_definitions.sheets import Cell, Sheet
from gcrm.runtime.boards import BoardAnswer
from gcrm.web import dates
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from report_engine import poster
from report_engine.drawing import Chart
from report_engine.fonts import find
from report_engine.workbook import write_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PNG = "image/png"


def workbook(answer: BoardAnswer, chosen: list[tuple[str, str]]) -> Response:
    """Give the workbook: first what it is and how it counts, then a sheet for each tile."""
    title = answer.board.definition.title
    sheets = [_about(answer, chosen)]
    sheets += [each.table.sheet(each.tile.definition.title, locale()) for each in answer.tiles]
    return _file(write_workbook(sheets, g.zone), XLSX, _name(answer, title), "xlsx")


def _about(answer: BoardAnswer, chosen: list[tuple[str, str]]) -> Sheet:
    rows = [
        (_("看板"), answer.board.definition.title),
        (_("数据到"), dates.moment(answer.as_of)),
        (_("谁的办件"), answer.scope),
        *chosen,
    ]
    for each in answer.tiles:
        told = " ".join((each.meaning.note, *each.meaning.lines, each.note)).strip()
        rows.append((each.tile.definition.title, told))
    cells = tuple((Cell(name), Cell(told)) for name, told in rows)
    return Sheet(_("说明"), (_("内容"), _("说明")), cells)


def picture(answer: BoardAnswer, tile_id: str) -> Response | None:
    """Give one tile as a picture with its title; None where there is no such tile."""
    found = answer.tile(tile_id)
    if found is None:
        return None
    own = found.tile.definition
    chart = Chart(own.title, own.settings)
    content = found.tile.chart.draw(chart, found.table, locale(), fonts=find())
    return _file(content, PNG, _name(answer, own.title), "png")


def whole(answer: BoardAnswer, chosen: list[tuple[str, str]]) -> Response:
    """Give the whole board as one picture."""
    title = answer.board.definition.title
    said = [_("数据到%(time)s", time=dates.moment(answer.as_of)), answer.scope]
    said += [_("%(title)s：%(what)s", title=name, what=value) for name, value in chosen]
    tiles = [poster.Hung(each.tile, each.table) for each in answer.tiles]
    content = poster.draw(title, [" · ".join(said)], tiles, locale(), find())
    return _file(content, PNG, _name(answer, title), "png")


def _name(answer: BoardAnswer, title: str) -> str:
    return f"{title} {answer.as_of.astimezone(g.zone):%Y-%m-%d}"


def _file(content: bytes, kind: str, name: str, ending: str) -> Response:
    """Send a file under a Chinese name, with a plain one for old programs."""
    answer = Response(content, content_type=kind)
    safe = quote(f"{name}.{ending}")
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=board.{ending}; filename*=UTF-8''{safe}"
    )
    return answer
