"""Boards of staff: the page, the cases behind each number, pictures."""

from typing import Any

from flask import Blueprint, Response, abort, g, render_template, request
from sqlalchemy import Connection
from werkzeug.exceptions import NotFound

from gcrm.access import Denied
from gcrm.runtime import boards, rating_answers
from gcrm.runtime.board_exports import EXPORT, Export
from gcrm.runtime.boards import Chosen, Desk
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t
from gcrm.web import (
    board_files,
    board_links,
    board_page,
    casebook,
    dates,
    office,
    rating_desk,
    refusals,
)
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import access, staff
from gcrm.web.site import house
from report_engine.drawing import Chart
from report_engine.fonts import find

bp = Blueprint("boards", __name__)

PICTURES = {"svg": "image/svg+xml; charset=utf-8", "png": "image/png"}
SORTS = ("new", "old", "number")


@bp.get("/staff/boards")
@staff
def index() -> str:
    """List the boards that the viewer may read."""
    with house().store.read() as reader:
        found = boards.list_boards(reader, house().services, access(reader), locale())
    return render_template("staff/boards.html", active="boards", boards=found)


@bp.get("/staff/boards/<app_id>/<board_id>")
@staff
def show(app_id: str, board_id: str) -> str:
    """Show a board: all tiles answered by this one request."""
    with house().store.read() as reader:
        desk = _open(reader, app_id, board_id)
        chosen, wrong = _chosen(desk)
        answer = desk.answer(chosen)
        own = access(reader)
        filters = board_page.show_filters(desk, own, chosen, wrong)
        may_export = boards.may(own, app_id, "export")
    return render_template(
        "staff/board.html",
        active="boards",
        board=desk.board.definition,
        address=board_links.base(app_id, board_id),
        tiles=board_page.show_tiles(answer, chosen),
        filters=filters,
        chosen=chosen.values,
        as_of=board_page.as_of(answer),
        scope_sentence=answer.scope,
        may_export=may_export,
    )


@bp.get("/staff/boards/<app_id>/<board_id>/<tile_id>/cases")
@staff
def cases(app_id: str, board_id: str, tile_id: str) -> str:
    """List exactly the cases that a number counts; of ratings, these and not their cases."""
    keys = board_links.keys_of(request.args)
    measure = request.args.get("m", "")
    sort = request.args.get("sort", "new")
    page = office.page_number()
    with house().store.read() as reader:
        desk = _open(reader, app_id, board_id)
        chosen, _wrong = _chosen(desk)
        if desk.counts_ratings(tile_id):
            return _ratings(desk, tile_id, measure, keys, page)
        own = access(reader)
        try:
            condition = desk.cases(tile_id, measure, keys, chosen)
        except LookupError as unknown:
            raise NotFound from unknown
        answer = desk.answer(chosen, only=tile_id)
        found = own.select("case").where(condition)
        lines, total = casebook.page_of(own, found, page, _order(sort))
    named = {"new": _("新的在前"), "old": _("旧的在前"), "number": _("按编号")}
    here = board_links.base(app_id, board_id)
    kept = {name: value for name, value in request.args.items() if name not in ("page", "sort")}
    return render_template(
        "staff/board_cases.html",
        active="boards",
        heading=board_page.heading(answer, tile_id, keys),
        measure=_measure(desk, tile_id, measure),
        total=total,
        cases=lines,
        back=board_links.with_choice(here, chosen),
        chips=[
            {
                "words": words,
                "on": sort == name or (sort not in SORTS and name == "new"),
                "link": board_links.with_choice(request.path, Chosen({**kept, "sort": name})),
            }
            for name, words in named.items()
        ],
        pages=office.pages(page, total, casebook.PAGE),
    )


def _ratings(desk: Desk, tile_id: str, measure: str, keys: dict[str, str | None], page: int) -> str:
    """List the ratings that a number counts: no name, no number, no words, no way to the case."""
    chosen, _wrong = _chosen(desk)
    few = ""
    try:
        condition = desk.ratings(tile_id, measure, keys, chosen)
        lines, total = rating_answers.list_behind(desk.accessor, condition, page, desk.least)
    except LookupError as unknown:
        raise NotFound from unknown
    except Refused as refusal:
        (lines, total), few = ((), 0), " ".join(refusals.said(refusal))
    return render_template(
        "staff/board_ratings.html",
        active="boards",
        heading=board_page.heading(desk.answer(chosen, only=tile_id), tile_id, keys),
        measure=_measure(desk, tile_id, measure),
        total=total,
        few=few,
        ratings=[
            {
                "month": dates.month(line.rated_at),
                **rating_desk.words_of(line.score, line.tags),
                "state": "" if line.counted else _("不计入"),
            }
            for line in lines
        ],
        back=board_links.with_choice(
            board_links.base(desk.app.id, desk.board.definition.id), chosen
        ),
        pages=office.pages(page, total, rating_answers.PAGE),
    )


def _order(sort: str) -> tuple[Any, ...]:
    if sort == "number":
        return (t.case.c.number, t.case.c.id)
    if sort == "old":
        return (t.case.c.submitted_at, t.case.c.id)
    return casebook.NEWEST


def _measure(desk: Desk, tile_id: str, measure_id: str) -> str:
    tile = desk.board.tile(tile_id)
    uses = tile.measures if tile is not None else ()
    return next((use.definition.label for use in uses if use.definition.id == measure_id), "")


@bp.get("/staff/boards/<app_id>/<board_id>/<tile_id>.<kind>")
@staff
def picture(app_id: str, board_id: str, tile_id: str, kind: str) -> Response:
    """Draw one tile as a picture: what a browser without scripts shows."""
    if kind not in PICTURES:
        abort(404)
    with house().store.read() as reader:
        desk = _open(reader, app_id, board_id)
        chosen, _wrong = _chosen(desk)
        found = desk.answer(chosen, only=tile_id).tile(tile_id)
    if found is None:
        abort(404)
    own = found.tile.definition
    chart = Chart(own.title, own.settings, titled=False)
    content = found.tile.chart.draw(chart, found.table, locale(), fonts=find(), kind=kind)
    return Response(content, content_type=PICTURES[kind])


@bp.post("/staff/boards/<app_id>/<board_id>/export")
@staff
def export(app_id: str, board_id: str) -> Response:
    """Send the board as a workbook or a picture; who takes it is written down first."""
    kind, _colon, tile_id = request.form.get("what", "").partition(":")
    if kind not in ("xlsx", "png"):
        abort(400)
    with house().store.read() as reader:
        desk = _open(reader, app_id, board_id)
        filters = board_page.filters_of(desk)
        chosen, _wrong = board_links.chosen_of(filters, request.form)
        told = [
            (view.label, next((o.words for o in view.options if o.chosen), ""))
            for view in board_page.show_filters(desk, access(reader), chosen, {})
        ]
    ask = Export(app_id, board_id, kind, chosen, tile_id, locale())
    answer = refusals.run(EXPORT, ask)
    if kind == "xlsx":
        return board_files.workbook(answer, told)
    if not tile_id:
        return board_files.whole(answer, told)
    return board_files.picture(answer, tile_id) or abort(404)


def _open(reader: Connection, app_id: str, board_id: str) -> Desk:
    try:
        return boards.open_board(
            reader,
            house().services,
            access(reader),
            app_id,
            board_id,
            g.now,
            locale=locale(),
        )
    except Denied as denied:
        raise NotFound from denied


def _chosen(desk: Desk) -> tuple[Chosen, dict[str, str]]:
    return board_links.chosen_of(board_page.filters_of(desk), request.args)
