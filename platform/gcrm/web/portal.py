"""The way in: start page, services, their guides, settings, help."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, current_app, g, render_template, request
from werkzeug.exceptions import NotFound

from app_definitions.app import ItemVariant
from app_definitions.deadline import Duration
from gcrm.apps import CompiledApp
from gcrm.runtime import drafts, service_catalogue
from gcrm.runtime.clocks import Term
from gcrm.runtime.service_catalogue import Shelves
from gcrm.web import casebook, catalogue, language
from gcrm.web.addresses import local_path
from gcrm.web.casebook import Shown
from gcrm.web.definitions import Service, services, words
from gcrm.web.language import gettext as _
from gcrm.web.language import ngettext
from gcrm.web.preferences import CHOICES, View
from gcrm.web.sessions import access, actor
from gcrm.web.site import Tenant, house

bp = Blueprint("portal", __name__)

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A draft in a list."""

    name: str
    link: str
    saved_at: Any


@bp.get("/")
def start() -> str:
    """Show what can be done, and what is under way for who is logged in."""
    found: dict[str, Any] = {}
    who, mine = actor(), house().services
    with house().store.read() as reader:
        offered = services(reader, g.tenant.id)
        shelves = service_catalogue.shelves(reader, mine, g.tenant.id, g.now)
        often = mine.reference.words(reader, g.tenant.id, g.now, g.today).common
        if who is not None and who.kind == "citizen":
            own = access(reader)
            rows, count = casebook.own_cases(own, SHOWN)
            found = {
                "drafts": unfinished(reader, offered)[:SHOWN],
                "cases": rows,
                "case_count": count,
                "notices": casebook.notices(own, limit=SHOWN),
            }
    if who is None and not request.query_string:
        demo = current_app.config["GCRM_DEMO"]
        return _for_anybody(g.tenant, g.view, demo, offered, shelves, often)
    shown = catalogue.start_page(offered, shelves, often)
    return render_template("citizen/start.html", services=offered, **shown, **found)


@lru_cache(maxsize=64)
def _for_anybody(
    _tenant: Tenant,
    _view: View,
    _demo: bool,
    offered: tuple[Service, ...],
    shelves: Shelves,
    often: tuple[str, ...],
) -> str:
    """Draw the page of who has not logged in; all that it shows is in the arguments."""
    shown = catalogue.start_page(offered, shelves, often)
    return render_template("citizen/start.html", services=offered, **shown)


def unfinished(reader: Any, offered: tuple[Service, ...] | None = None) -> list[Unfinished]:
    """List the drafts of who asks; what is offered is read where it is not given."""
    who = actor()
    found = drafts.list_drafts(reader, who) if who is not None else ()
    if not found:
        return []
    names = {each.app_id: each.name for each in offered or services(reader, g.tenant.id)}
    return [
        Unfinished(
            names.get(each.app_id, each.item_name), f"/apply/{each.draft_id}", each.updated_at
        )
        for each in found
    ]


@bp.get("/services/<app_id>/<variant>")
def guide(app_id: str, variant: str) -> str:
    """Tell who may apply, what it brings, what is needed and what happens."""
    with house().store.read() as reader:
        app, chosen = published(reader, app_id, variant)
        mine = [each for each in unfinished(reader) if actor() is not None]
        begun = [
            each
            for each in (drafts.list_drafts(reader, actor()) if mine else ())  # type: ignore[arg-type]
            if each.app_id == app_id
        ]
    say, definition = words(app), app.definition
    text = definition.guide
    return render_template(
        "citizen/guide.html",
        service=Service(app_id, variant, say(definition.name), say(definition.summary), "app"),
        glance=[
            Shown(_("承诺多久"), duration(chosen.promised)),
            Shown(_("法定最长"), duration(chosen.statutory)),
            Shown(_("收费"), _("不收费")),
            Shown(_("跑几次"), _("0次")),
        ],
        guide={
            "who": say(text.who),
            "amount": say(text.amount),
            "bring": [say(line.text) for line in text.bring],
            "steps": [say(line.text) for line in text.steps],
            "hall": say(text.hall),
            "questions": [
                {"question": say(each.question), "answer": say(each.answer)}
                for each in text.questions
            ],
        },
        basis=[say(line.text) for line in definition.service_item.basis],
        draft={"link": f"/apply/{begun[0].draft_id}"} if begun else None,
        start_link=f"/services/{app_id}/{variant}/start",
    )


def published(reader: Any, app_id: str, variant: str) -> tuple[CompiledApp, ItemVariant]:
    """Find a service that is open; raises NotFound for any other."""
    if not any(
        each.app_id == app_id and each.variant == variant for each in services(reader, g.tenant.id)
    ):
        raise NotFound
    app = house().services.apps.current(reader, g.tenant.id, app_id)
    chosen = app.variant(variant)
    if chosen is None:
        raise NotFound
    return app, chosen


def duration(value: Duration | Term) -> str:
    """Say a length of time: 10个工作日."""
    number = int(value.value)
    if value.unit == "wd":
        return ngettext("%(num)s个工作日", "%(num)s working days", number)
    if value.unit == "wh":
        return ngettext("%(num)s个工作小时", "%(num)s working hours", number)
    if value.unit == "nd":
        return ngettext("%(num)s天", "%(num)s days", number)
    if value.unit == "h":
        return ngettext("%(num)s小时", "%(num)s hours", number)
    return ngettext("%(num)s分钟", "%(num)s minutes", number)


@bp.get("/settings")
def settings() -> str:
    """Choose language, type and contrast with a plain form."""
    titles = {"type": _("字号"), "contrast": _("对比"), "language": _("语言")}
    named = {
        "zh-CN": "中文",
        "en": "English",
        ("type", "normal"): _("普通字号"),
        ("type", "large"): _("长辈版，大字"),
        ("contrast", "normal"): _("普通对比"),
        ("contrast", "more"): _("高对比，黑字白底"),
    }
    groups = [
        {
            "name": name,
            "title": titles[name],
            "now": getattr(g.view, name),
            "choices": [
                {
                    "value": value,
                    "words": named.get(value) or named[(name, value)],
                    "lang": value if value in language.LOCALES else "",
                }
                for value in CHOICES[name]
            ],
        }
        for name in ("type", "contrast", "language")
    ]
    back = local_path(request.args.get("back", "/"))
    return render_template("citizen/settings.html", groups=groups, back_link=back)


@bp.get("/accessibility")
def accessibility() -> str:
    """Say what was done so that everyone can use these pages."""
    return render_template("citizen/accessibility.html")
