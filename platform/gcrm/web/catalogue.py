"""The service catalogue on the portal: lists with filters, the search, and a page for each item."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, g, redirect, render_template, request
from sqlalchemy import Connection
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from gcrm.apps.themes import themes
from gcrm.runtime import service_catalogue
from gcrm.runtime.service_catalogue import (
    AUDIENCES,
    Ask,
    Choice,
    Found,
    Item,
    OfficeNames,
    Shelves,
)
from gcrm.store.names import name_in
from gcrm.web.definitions import CHINESE, Service, services
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.site import given, house, is_chinese

bp = Blueprint("catalogue", __name__)

FILTERS = ("department", "audience", "theme", "letter")
COMMON = 6
NAMES = {"department": 120, "audience": 24, "theme": 40, "letter": 1}  # longest values


@dataclass(frozen=True, slots=True)
class Row:
    """A service in the list. `apply` leads to the form where an app serves it."""

    name: str
    link: str
    about: str
    office: str
    apply: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A value of a filter with the address that sets it, or takes it away where it is on."""

    value: str
    words: Any
    link: str
    count: int
    on: bool


@bp.get("/services")
def listing() -> str:
    """List services, or what answers to a search, page by page."""
    ask = asked()
    with house().store.read() as reader:
        offered = services(reader, g.tenant.id)
        found = service_catalogue.find(reader, house().services, g.tenant.id, ask, g.now)
        words = house().services.reference.words(reader, g.tenant.id, g.now, g.today)
        named = office_names(reader)
    return render_template(
        "citizen/services.html",
        query=ask.query,
        ask=ask,
        rows=rows(found.items, offered, named),
        total=found.total,
        page=found.page,
        page_count=found.pages,
        pages=_pages(ask, found),
        audiences=[_audience_chip(ask, value, found) for value in ("", *AUDIENCES)],
        offices=[
            _chip(ask, "department", each, given(office(named, each.value)))
            for each in found.departments
        ],
        shelves=_shelves(ask, found.themes),
        letters=[_chip(ask, "letter", each, each.value) for each in found.letters],
        filtered=any(getattr(ask, name) for name in FILTERS),
        all_link=_link(Ask(query=ask.query)),
        common=[] if found.total else common(words.common),
    )


def asked() -> Ask:
    """Read what a request asks for; what makes no sense is left out."""
    given_page = request.args.get("page", "1")
    page = int(given_page) if given_page.isascii() and given_page.isdigit() else 1
    values = {
        name: request.args.get(name, "").replace("\x00", "")[:longest]
        for name, longest in NAMES.items()
    }
    if values["audience"] not in AUDIENCES:
        values["audience"] = ""
    query = request.args.get("q", "").replace("\x00", "").strip()
    return Ask(query[: service_catalogue.LONGEST_QUESTION], **values, page=min(page, 10_000) - 1)


def office_names(reader: Connection) -> OfficeNames:
    """Give the names of offices in other languages, nothing for a Chinese page."""
    if locale() == CHINESE:
        return {}
    return service_catalogue.office_names(reader, house().services, g.tenant.id, g.now)


def office(named: OfficeNames, name: str) -> str:
    """Name an office in the language of the page."""
    return name_in(locale(), name, named.get(name))


def rows(items: tuple[Item, ...], offered: tuple[Service, ...], named: OfficeNames) -> list[Row]:
    """Make the rows of a list: an app's services stand under the item that it serves."""
    by_app: dict[str, list[Service]] = {}
    for service in offered:
        by_app.setdefault(service.app_id, []).append(service)
    made: list[Row] = []
    for each in items:
        served = by_app.get(each.app_id or "", [])
        where = office(named, each.department)
        made += [Row(one.name, one.link, one.summary, where, one.link) for one in served]
        if not served:
            about = each.group or each.text
            made.append(Row(each.name, f"/services/{each.id}", about, where, ""))
    return made


@bp.get("/services/<id:item_id>")
def item(item_id: int) -> str | Response:
    """Show what is known of a service that no app serves, and say what is not."""
    with house().store.read() as reader:
        found = service_catalogue.read_item(reader, house().services, g.tenant.id, item_id, g.now)
        offered = services(reader, g.tenant.id) if found is not None and found.app_id else ()
        named = office_names(reader)
    if found is None:
        raise NotFound
    served = [each for each in offered if each.app_id == found.app_id]
    if served:
        return redirect(served[0].link)
    theme = themes().get(found.theme)
    return render_template(
        "citizen/service_item.html",
        item=found,
        office=office(named, found.department),
        host=urlsplit(found.link).hostname or "",
        item_type=item_type(found.item_type),
        audience=audience(found.audience),
        unsure="audience" in found.guessed,
        typed="item_type" not in found.guessed,
        theme={"words": theme.name(locale()), "link": _link(Ask(theme=theme.id))},
        office_link=_link(Ask(department=found.department)),
    )


def start_page(
    offered: tuple[Service, ...], shelves: Shelves, words: tuple[str, ...]
) -> dict[str, Any]:
    """Give the start page what it shows of the catalogue and of what is often looked for."""
    return {
        "shelves": _shelves(Ask(), shelves.themes),
        "service_count": shelves.total,
        "recent": rows(shelves.recent, offered, shelves.offices),
        "common": common(words[:COMMON]),
    }


def common(words: tuple[str, ...]) -> list[dict[str, str]]:
    """Link what is often looked for to its search; on English pages no words in Chinese."""
    return [
        {"words": each, "link": _link(Ask(query=each))}
        for each in words
        if locale() == CHINESE or not is_chinese(each)
    ]


def audience(code: str) -> str:
    """Say for whom a service is."""
    return {"natural": _("个人"), "organisation": _("企业和单位")}.get(code) or _(
        "个人、企业都可以"
    )


def item_type(code: str) -> str:
    """Say what kind of service it is in the words of the law."""
    named = {
        "licence": _("行政许可"),
        "penalty": _("行政处罚"),
        "coercion": _("行政强制"),
        "levy": _("行政征收"),
        "benefit": _("行政给付"),
        "inspection": _("行政检查"),
        "confirmation": _("行政确认"),
        "award": _("行政奖励"),
        "ruling": _("行政裁决"),
        "other_power": _("其他行政权力"),
    }
    return named.get(code) or _("公共服务")


def _audience_chip(ask: Ask, value: str, found: Found) -> Chip:
    words = audience(value) if value else _("全部")
    count = next((each.count for each in found.audiences if each.value == value), 0)
    return Chip(value, words, _link(_with(ask, "audience", value)), count, ask.audience == value)


def _shelves(ask: Ask, choices: tuple[Choice, ...]) -> list[Chip]:
    """Give the themes in their own order, those with services only."""
    counts = {each.value: each for each in choices}
    return [
        _chip(ask, "theme", counts[theme.id], theme.name(locale()))
        for theme in themes().all
        if theme.id in counts
    ]


def _chip(ask: Ask, name: str, choice: Choice, words: Any) -> Chip:
    on = getattr(ask, name) == choice.value
    link = _link(_with(ask, name, "" if on else choice.value))
    return Chip(choice.value, words, link, choice.count, on)


def _with(ask: Ask, name: str, value: str) -> Ask:
    values = {each: getattr(ask, each) for each in FILTERS} | {name: value}
    return Ask(ask.query, **values)


def _link(ask: Ask, page: int = 0) -> str:
    values = {"q": ask.query, **{name: getattr(ask, name) for name in FILTERS}}
    kept = {name: value for name, value in values.items() if value}
    if page:
        kept["page"] = str(page + 1)
    return f"/services?{urlencode(kept)}" if kept else "/services"


def _pages(ask: Ask, found: Found) -> dict[str, str]:
    return {
        "before": _link(ask, found.page - 1) if found.page else "",
        "after": _link(ask, found.page + 1) if found.page + 1 < found.pages else "",
    }
