"""Around the work of staff: all cases, the messages of the demo, the designer's page."""

import datetime as dt
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, g, render_template, request
from sqlalchemy import Executable, bindparam, select
from werkzeug.exceptions import Forbidden

from gcrm.access import Denied
from gcrm.runtime import notice_box
from gcrm.store import tables as t
from gcrm.store.names import name_column
from gcrm.store.sealing import TENANT
from gcrm.web import casebook
from gcrm.web.definitions import app_names
from gcrm.web.language import LOCALES, locale
from gcrm.web.language import gettext as _
from gcrm.web.sessions import access, actor, staff
from gcrm.web.site import house

bp = Blueprint("office", __name__)

MESSAGES = 100


def init(app: Flask) -> None:
    """Know on staff pages which rooms are open to who asks."""
    app.register_blueprint(bp)
    app.context_processor(_rooms)


def _rooms() -> dict[str, Any]:
    who = actor()
    if who is None or who.kind != "staff" or not request.path.startswith("/staff"):
        return {}
    with house().store.read() as reader:
        own = access(reader)
        return {
            "may_read_boards": any(
                right.action == "read" and right.resource.partition(":")[0] == "board"
                for right in own.keys.rights
            ),
            "may_design": own.has("admin.apps", "read"),
            "may_read_sms": own.has("admin.messages", "read"),
            "may_answer_ratings": own.has("rating", "answer"),
            "unread": notice_box.count_unread(own),
            "post_name": _post_name(reader),
        }


def _post_name(reader: Any) -> str:
    who = actor()
    if who is None or not who.posts:
        return ""
    first = who.posts[0]
    asked = {"tenant": who.tenant_id, "department": first.department_id, "role": first.role}
    row = reader.execute(_post(locale()), asked).first()
    return f"{row[0]} · {row[1]}" if row else ""


@lru_cache(maxsize=len(LOCALES))
def _post(language: str) -> Executable:
    department, role = t.department, t.role
    return (
        select(name_column(department, language), name_column(role, language))
        .join_from(department, role, role.c.tenant_id == department.c.tenant_id)
        .where(
            department.c.tenant_id == bindparam("tenant"),
            department.c.id == bindparam("department"),
            role.c.code == bindparam("role"),
        )
    )


@bp.get("/staff/cases")
@staff
def cases() -> str:
    """List all cases that the clerk may read."""
    wanted = casebook.Filter(
        request.args.get("q", "").strip()[:60],
        request.args.get("state", "all"),
        page_number(),
    )
    with house().store.read() as reader:
        own = access(reader)
        rows, total = casebook.clerk_cases(own, wanted)
        sentence = own.sentence("case", "read", locale(), app_names(reader))
    named = {"all": _("全部"), "open": _("在办"), "closed": _("办结")}
    return render_template(
        "staff/cases.html",
        active="cases",
        cases=rows,
        total=total,
        query=wanted.query,
        chips=[
            {
                "words": name,
                "on": wanted.state == state,
                "link": _address(q=wanted.query, state=state),
            }
            for state, name in named.items()
        ],
        scope_sentence=sentence,
        pages=pages(wanted.page, total, casebook.PAGE),
    )


def page_number() -> int:
    """Read the page asked for; a forged one is the first."""
    text = request.args.get("page", "0")
    return min(int(text), 10_000) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def pages(page: int, total: int, size: int) -> dict[str, str | None]:
    """Give the addresses of the pages before and after."""
    kept = {name: value for name, value in request.args.items() if name != "page"}
    return {
        "before": _address(**kept, page=page - 1) if page > 0 else None,
        "after": _address(**kept, page=page + 1) if (page + 1) * size < total else None,
    }


def _address(**values: Any) -> str:
    kept = {name: value for name, value in values.items() if value not in ("", "all", 0)}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that the double of the SMS service kept."""

    at: dt.datetime
    phone: str
    text: str


@bp.get("/staff/sms")
@staff
def sms() -> str:
    """Show what the double would have sent; only in a demo, only to its administrator."""
    if house().settings.mode != "demo":
        raise Forbidden
    with house().store.read() as reader:
        try:
            access(reader).require("admin.messages", "read")
        except Denied as denied:
            raise Forbidden from denied
        statement = (
            select(t.sms_message.c.id, t.sms_message.c.sealed, t.sms_message.c.sent_at)
            .where(t.sms_message.c.tenant_id == g.tenant.id)
            .order_by(t.sms_message.c.sent_at.desc(), t.sms_message.c.id.desc())
            .limit(MESSAGES)
        )
        rows = [_kept(row) for row in reader.execute(statement)]
    return render_template("staff/sms.html", active="sms", rows=rows)


def _kept(row: Any) -> Kept:
    sealer = house().services.sealer
    content = sealer.open(g.tenant.id, TENANT, f"sms_message.sealed.{row.id}", row.sealed)
    document = json.loads(content)
    return Kept(row.sent_at, document["phone"], document["text"])


@bp.get("/staff/designer")
@staff
def designer() -> str:
    """Open the designer; it is a client of the JSON API."""
    with house().store.read() as reader:
        try:
            access(reader).require("admin.apps", "read")
        except Denied as denied:
            raise Forbidden from denied
    return render_template("staff/designer.html")
