"""Publicity: for some days everybody may read a result, exactly as far as the app declares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    RowMapping,
    String,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from app_definitions.app import PublicField
from form_engine.context import FillContext
from form_engine.form import Form
from gcrm.apps import CompiledApp
from gcrm.apps.words import LOCALES
from gcrm.runtime.movement import Publication
from gcrm.runtime.services import Services
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.masks import mask

CAUSE = "publicity"
PAGE = 20
CHINESE = "zh-CN"


@dataclass(frozen=True, slots=True)
class Filled:
    """A form with answers, from which something may be public."""

    form: Form
    values: Mapping[str, Any]
    context: FillContext


def shown(fields: Iterable[PublicField], papers: Sequence[Filled]) -> list[dict[str, str]]:
    """Give what the public list keeps: of each declared field its id, its form and its text,
    in the other languages too where it reads otherwise there.

    Nothing else of a case ever gets there. A masked text without a mask of its own type is
    masked as a name.
    """
    kept = []
    for entry in fields:
        for paper in papers:
            field = paper.form.field(entry.field)
            value = paper.values.get(entry.field)
            if field is None or field.type.is_empty(value):
                continue
            also: dict[str, str] = {}
            if entry.show == "plain" and not field.sealed:
                text = field.type.show(value, field, replace(paper.context, locale=CHINESE))
                for locale in LOCALES:
                    said = field.type.show(value, field, replace(paper.context, locale=locale))
                    also |= {locale: said} if said != text else {}
            elif field.type.id == "text":
                text = mask("name", str(value))
            else:
                text = field.type.mask(value)
            kept.append({"field": entry.field, "form": paper.form.id, "text": text, **also})
            break
    return kept


@dataclass(frozen=True, slots=True)
class Opening:
    """A publicity that begins, ready to be written."""

    row: Mapping[str, Any]
    pauses: tuple[int, int]  # ids of the suspensions of the two clocks
    task_clock: int | None  # of the step that ends now


def opening(
    tenant_case: Mapping[str, Any],
    instance_id: int,
    publication: Publication,
    public: list[dict[str, str]],
    round_: int,
    task_clock: int | None,
    now: datetime,
) -> Opening:
    """Make the row of a case that becomes public."""
    row = {
        "tenant_id": tenant_case["tenant_id"],
        "id": new_id(),
        "case_id": tenant_case["id"],
        "app_id": tenant_case["app_id"],
        "mode": tenant_case["mode"],
        "instance_id": instance_id,
        "key": publication.key,
        "round": round_,
        "status": "open",
        "shown": public,
        "region_code": tenant_case["region_code"],
        "starts_at": now,
        "ends_at": publication.until,
    }
    return Opening(row, (new_id(), new_id()), task_clock)


def write_opening(writer: Connection, plan: Opening, now: datetime) -> None:
    """Write it: the step's clock stops, the case's clocks rest. Three statements."""
    row = plan.row
    of_case = {"of_tenant": row["tenant_id"], "of_case": row["case_id"], "at": now}
    writer.execute(_REST, {**of_case, "of_clock": plan.task_clock or 0})
    first, second = plan.pauses
    days = (row["ends_at"] - now).days or None
    writer.execute(_PAUSE, {**of_case, "first": first, "second": second, "days": days})
    writer.execute(_PUBLICITY, dict(row))


_clock = t.clock.c
_rests = _clock.task_id.is_(None)
_REST = (
    update(t.clock)
    .where(
        _clock.tenant_id == bindparam("of_tenant"),
        _clock.case_id == bindparam("of_case"),
        _clock.status == "running",
    )
    .values(
        status=case((_rests, "suspended"), (_clock.id == bindparam("of_clock"), "stopped"),
                    else_=_clock.status),
        stopped_at=case(
            (_clock.id == bindparam("of_clock"), bindparam("at", type_=_clock.stopped_at.type)),
            else_=_clock.stopped_at,
        ),
    )
)  # fmt: skip
_pause = t.clock_suspension.c
_PAUSE = insert(t.clock_suspension).from_select(
    ["tenant_id", "id", "case_id", "clock_id", "kind", "reason", "from_at", "to_at",
     "expected_days"],
    select(
        _clock.tenant_id,
        case(
            (_clock.kind == "statutory", bindparam("first", type_=_pause.id.type)),
            else_=bindparam("second", type_=_pause.id.type),
        ),
        _clock.case_id,
        _clock.id,
        literal(CAUSE, String),
        literal("", String),
        bindparam("at", type_=_pause.from_at.type),
        cast(null(), _pause.to_at.type),
        bindparam("days", type_=Integer),
    ).where(
        _clock.tenant_id == bindparam("of_tenant"),
        _clock.case_id == bindparam("of_case"),
        _clock.status == "suspended",
        _rests,
    ),
)  # fmt: skip
_PUBLICITY = insert(t.publicity)


@dataclass(frozen=True, slots=True)
class Line:
    """One label and text of a public entry."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One result in the public list."""

    publicity_id: int
    app: CompiledApp
    lines: tuple[Line, ...]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class PublicList:
    """One page of what is public now."""

    entries: tuple[Entry, ...]
    found: int
    page: int
    size: int = PAGE


def list_public(
    reader: Connection,
    services: Services,
    tenant_id: int,
    now: datetime,
    *,
    locale: str,
    page: int = 1,
) -> PublicList:
    """List what is public, the newest first. Only rows of `publicity` are read: they hold nothing
    but what the apps declare."""
    wanted = _open(tenant_id, now)
    found = reader.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    page = max(1, min(page, -(-found // PAGE) or 1))
    rows = reader.execute(
        wanted.order_by(t.publicity.c.starts_at.desc(), t.publicity.c.id.desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).mappings()
    entries = [_entry(reader, services, row, locale) for row in rows]
    return PublicList(tuple(each for each in entries if each is not None), found, page)


def find_public(
    reader: Connection,
    services: Services,
    tenant_id: int,
    publicity_id: int,
    now: datetime,
    *,
    locale: str,
) -> Entry | None:
    """Find one entry as long as it is public."""
    wanted = _open(tenant_id, now).where(t.publicity.c.id == publicity_id)
    row = reader.execute(wanted).mappings().first()
    return _entry(reader, services, row, locale) if row is not None else None


def _open(tenant_id: int, now: datetime) -> Any:
    row = t.publicity.c
    return select(t.publicity).where(
        row.tenant_id == tenant_id,
        row.status == "open",
        row.mode == "real",
        row.ends_at > now,
    )


def _entry(reader: Connection, services: Services, row: RowMapping, locale: str) -> Entry | None:
    app = services.apps.current(reader, row["tenant_id"], row["app_id"])
    if app is None:
        return None
    lines = []
    for each in row["shown"]:
        form = app.forms.get(each["form"])
        field = form.field(each["field"]) if form is not None else None
        label = field.label(locale) if field is not None else each["field"]
        text = each.get(locale.lower().partition("-")[0], each["text"])
        lines.append(Line(label, text))
    return Entry(row["id"], app, tuple(lines), row["starts_at"], row["ends_at"])


def due(reader: Connection, now: datetime, limit: int = 50) -> Sequence[RowMapping]:
    """List those whose last moment has passed; of all tenants."""
    row = t.publicity.c
    return (
        reader.execute(
            select(t.publicity)
            .where(row.status == "open", row.ends_at <= now)
            .order_by(row.ends_at)
            .limit(limit)
        )
        .mappings()
        .all()
    )
