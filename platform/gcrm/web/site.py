"""What every page knows: the tenant by host name, its zone and day, the words around a page."""

import datetime as dt
import re
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, current_app, g, request
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from gcrm.store.errors import StoreAwayError
from gcrm.store.tables import tenant as tenants
from gcrm.web import dates, language, marks, preferences

bp = Blueprint("site", __name__)

FRESH = dt.timedelta(seconds=60)
QUIET = ("assets.serve", "health.live", "health.ready", "metrics.show")
"""Answers that concern no tenant and nobody; they are neither logged nor measured."""
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Tenant:
    """The government whose pages these are."""

    id: int
    name: str
    host: str | None
    zone: ZoneInfo


class Tenants:
    """All tenants, read again once a minute; a host name without its own gets the common one."""

    def __init__(self) -> None:
        """Start empty; the first request reads."""
        self._rows: tuple[Tenant, ...] = ()
        self._until = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._lock = Lock()

    def find(self, host: str, house: Any, now: dt.datetime) -> Tenant | None:
        """Find the tenant of a host name."""
        if now >= self._until or not self._rows:
            with self._lock:
                try:
                    self._rows = _read(house)
                    self._until = now + FRESH
                except StoreAwayError:
                    if not self._rows:  # what was known a minute ago still draws a page
                        raise
        own = [row for row in self._rows if row.host == host]
        common = [row for row in self._rows if row.host is None]
        return next(iter(own + common), None)


def _read(house: Any) -> tuple[Tenant, ...]:
    columns = (tenants.c.id, tenants.c.name, tenants.c.host, tenants.c.zone)
    with house.store.read() as reader:
        rows = reader.execute(select(*columns).order_by(tenants.c.id)).all()
    return tuple(Tenant(row.id, row.name, row.host, ZoneInfo(row.zone)) for row in rows)


def init(app: Flask) -> None:
    """Know tenant and moment before each request, and give templates their words."""
    language.install(app.jinja_env)
    dates.install(app.jinja_env)
    app.jinja_env.tests["chinese"] = is_chinese
    app.jinja_env.filters["given"] = given
    app.jinja_env.globals.update(
        icon=marks.icon, lamp=marks.lamp, view_link=view_link, paragraphs=paragraphs
    )
    app.jinja_env.trim_blocks = True
    app.register_blueprint(bp)
    app.before_request(_arrive)
    app.context_processor(_surroundings)


def move_in(app: Flask) -> None:
    """Know no tenant yet; the first request reads them."""
    app.extensions["gcrm_tenants"] = Tenants()


def house() -> Any:
    """Give the house of this application."""
    return current_app.extensions["gcrm_house"]


def _arrive() -> None:
    if request.endpoint in QUIET:
        return
    g.now = house().now()
    found = current_app.extensions["gcrm_tenants"].find(
        request.host.partition(":")[0].lower(), house(), g.now
    )
    if found is None:
        raise NotFound
    g.tenant = found
    g.zone = found.zone
    g.today = g.now.astimezone(found.zone).date()


def _surroundings() -> dict[str, Any]:
    tenant: Tenant | None = g.get("tenant")
    name = tenant.name if tenant else ""
    short = name.removesuffix("市").removesuffix("县")
    foreign = language.locale() == "en" and is_chinese(name)
    view = g.get("view") or preferences.View(language.LOCALES[0], "normal", "normal")
    return {
        "view": view,
        "site_name": Markup('<span lang="zh-CN">{}</span>').format(short) if foreign else short,
        "site_title": f"{short} {language.gettext('政务服务')}" if foreign else f"{short}政务",
        "city_name": Markup('<span lang="zh-CN">{}</span>').format(name) if foreign else name,
        "demo": current_app.config["GCRM_DEMO"],
    }


def is_chinese(text: object) -> bool:
    """Say whether a text has Chinese characters."""
    return bool(_CHINESE.search(str(text)))


def given(text: object) -> object:
    """Mark data that is Chinese on an English page, so that a reader pronounces it rightly."""
    if isinstance(text, str) and language.locale() == "en" and is_chinese(text):
        return Markup('<span lang="zh-CN">{}</span>').format(text)
    return text


def view_link(**choice: str) -> str:
    """Link to the same page with another language, type or contrast."""
    back = g.get("back") or (request.path if request.method == "GET" else "/")
    if request.method == "GET" and request.query_string and not g.get("back"):
        back = f"{back}?{request.query_string.decode('ascii', 'ignore')}"
    return f"/view?{urlencode({**choice, 'back': back})}"


def paragraphs(text: object) -> Markup:
    """Show a text of a definition as paragraphs, one a line."""
    lines = [text] if isinstance(text, str) else list(text)  # type: ignore[call-overload]
    parts = [line.strip() for each in lines for line in str(each).splitlines() if line.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(part) for part in parts)
