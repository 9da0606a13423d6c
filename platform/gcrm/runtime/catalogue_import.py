"""Importing a list of service items: new ones come in, gone ones end, none is deleted."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, keys_of
from gcrm.apps.themes import themes
from gcrm.runtime import catalogue_files, everyday_words
from gcrm.runtime.catalogue_files import Fault, Item
from gcrm.runtime.everyday_words import Missing
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit, service_search
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.names import in_all_languages
from gcrm.store.search_words import first_letter

RESOURCE = "admin.settings"
SOURCE = "catalogue"
FEW, SHARE = 20, 0.3  # more items than this may only end when somebody says so
FIELDS = ("name", "department_name", "group_name", "item_type", "audience", "theme", "link")

item = t.service_item.c


@dataclass(frozen=True, slots=True)
class Import:
    """A file, the list it is (a city may keep several), and whether many items may end with it."""

    tenant_id: int
    content: bytes
    file: str
    source: str = SOURCE
    may_end_many: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be written."""

    ask: Import
    actor: Actor | None
    added: tuple[dict[str, Any], ...]
    changed: tuple[dict[str, Any], ...]
    gone: tuple[int, ...]
    index: service_search.Change
    words: Missing
    receipt: "Receipt"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of it: names of what is new, changed or gone; with faults nothing was written."""

    tenant_id: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    same: int = 0
    departments: int = 0
    faults: tuple[Fault, ...] = ()


def prepare(
    reader: Connection, services: Services, actor: Actor | None, ask: Import, now: dt.datetime
) -> Plan:
    """Read the file and compare it with what is there."""
    if actor is not None:
        Accessor(reader, actor, keys_of(reader, actor)).require(RESOURCE, "write")
    services.sealer.load(reader, ask.tenant_id, ())
    items, faults = catalogue_files.read(ask.content, ask.file, services.zone)
    if faults:
        return _nothing(reader, actor, ask, faults)
    today = now.astimezone(services.zone).date()
    known = {row["base_code"]: row for row in _known(reader, ask.tenant_id)}
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for each in items:
        row = known.get(each.code)
        values = _values(each)
        if row is None:
            key = {"tenant_id": ask.tenant_id, "id": new_id(), "base_code": each.code}
            added.append(
                {**key, **values, "spec": _spec(each), "source": ask.source, "valid_from": today}
            )
        elif different := _differences(row, values, ask.source):
            changed.append({"key": row["id"], "was": row["name"], **different})
    listed = {each.code for each in items}
    current = [
        row for row in known.values() if row["source"] == ask.source and _offered(row, today)
    ]
    gone = [row for row in current if row["base_code"] not in listed and not row["has_app"]]
    if len(gone) > max(FEW, SHARE * len(current)) and not ask.may_end_many:
        values = {"count": len(gone), "total": len(current)}
        return _nothing(reader, actor, ask, (Fault("catalogue_gone", values),))
    receipt = Receipt(
        ask.tenant_id,
        tuple(row["name"] for row in added),
        tuple(row.get("name", row["was"]) for row in changed),
        tuple(row["name"] for row in gone),
        len(items) - len(added) - len(changed),
        len({each.department for each in items}),
    )
    index = _index(reader, ask, items, known, added, changed, [row["id"] for row in gone])
    words = everyday_words.missing(reader, ask.tenant_id)
    ended = tuple(row["id"] for row in gone)
    return Plan(ask, actor, tuple(added), tuple(changed), ended, index, words, receipt)


def commit(writer: Connection, services: Services, plan: Plan, now: dt.datetime) -> Receipt:
    """Write the items, their index and the audit row; a list that changes nothing leaves none."""
    tenant = plan.ask.tenant_id
    everyday_words.lay_in(writer, plan.words)
    service_search.write(writer, plan.index)
    if not (plan.added or plan.changed or plan.gone):
        return plan.receipt
    place = (item.tenant_id == tenant, item.id == sa.bindparam("key"))
    if plan.added:
        writer.execute(sa.insert(t.service_item), list(plan.added))
    for row in plan.changed:
        values = {name: value for name, value in row.items() if name not in ("key", "was")}
        writer.execute(
            sa.update(t.service_item).where(*place).values(**values), {"key": row["key"]}
        )
    if plan.gone:
        today = now.astimezone(services.zone).date()
        writer.execute(
            sa.update(t.service_item).where(*place).values(valid_to=today),
            [{"key": key} for key in plan.gone],
        )
    actor = plan.actor
    entry = audit.Entry(
        audit.TENANT_CHAIN, "catalogue_imported", f"catalogue:{plan.ask.source}", now,
        {
            "added": len(plan.added), "changed": len(plan.changed), "gone": len(plan.gone),
            "digest": hashlib.sha256(plan.ask.content).hexdigest(),
        },
        actor.party_id if actor else None, actor.account_id if actor else None,
    )  # fmt: skip
    audit.record(writer, services.sealer.audit_key(tenant), tenant, [entry])
    return plan.receipt


def after(services: Services, receipt: Receipt) -> None:
    """Let this process forget the words it kept; the others do within a minute."""
    services.reference.forget(receipt.tenant_id)


IMPORT = UseCase(prepare, commit, after)


def _known(reader: Connection, tenant_id: int) -> Sequence[Mapping[str, Any]]:
    """Read all items with whether a published app serves them, and whether they are indexed."""
    has_app = sa.exists().where(
        t.item_variant.c.tenant_id == item.tenant_id,
        t.item_variant.c.service_item_id == item.id,
        t.item_variant.c.open,
    )
    indexed = sa.exists().where(
        t.service_index.c.tenant_id == item.tenant_id, t.service_index.c.item_id == item.id
    )
    columns = (
        item.id,
        item.base_code,
        item.source,
        item.valid_to,
        *(item[name] for name in FIELDS),
    )
    statement = sa.select(*columns, has_app.label("has_app"), indexed.label("indexed")).where(
        item.tenant_id == tenant_id
    )
    return [dict(row) for row in reader.execute(statement).mappings()]


def _values(each: Item) -> dict[str, Any]:
    theme = themes().of(each.name, each.department, each.theme)
    return {
        "name": each.name,
        "department_name": each.department,
        "group_name": each.group or None,
        "item_type": each.item_type or "public_service",
        "audience": each.audience or themes().audience(each.name, theme),
        "theme": theme.id,
        "link": each.link or None,
        "initial": first_letter(each.name),
    }


def _spec(each: Item) -> dict[str, Any]:
    """Keep the rest, and say which of it was worked out rather than said by the list."""
    told = {"text": each.text} if each.text else {}
    guessed = [
        name
        for name, value in (("item_type", each.item_type), ("audience", each.audience))
        if not value
    ]
    return {**told, **({"guessed": guessed} if guessed else {})}


def _differences(row: Mapping[str, Any], values: dict[str, Any], source: str) -> dict[str, Any]:
    """Tell what the list changes; of an item that an app serves, only the link and the group."""
    names = ("link", "group_name") if row["has_app"] else FIELDS
    changes = {name: values[name] for name in names if row[name] != values[name]}
    if not row["has_app"] and row["source"] != source:
        changes["source"] = source
    if row["valid_to"] is not None:
        changes["valid_to"] = None
    if "name" in changes:
        changes["initial"] = values["initial"]
    return changes


def _offered(row: Mapping[str, Any], today: dt.date) -> bool:
    return row["valid_to"] is None or row["valid_to"] > today


def _index(
    reader: Connection,
    ask: Import,
    items: Sequence[Item],
    known: Mapping[str, Mapping[str, Any]],
    added: Sequence[Mapping[str, Any]],
    changed: Sequence[Mapping[str, Any]],
    gone: Sequence[int],
) -> service_search.Change:
    """Index what is new or changed, and what is not indexed yet for whatever reason."""
    d = t.department.c
    named = sa.select(d.name, d.names).where(d.tenant_id == ask.tenant_id, d.names.is_not(None))
    offices: dict[str, Any] = {row.name: row.names for row in reader.execute(named)}
    ids = {row["base_code"]: row["id"] for row in (*known.values(), *added)}
    served = {row["id"] for row in known.values() if row["has_app"] and row["indexed"]}
    fresh = {row["id"] for row in added} | {row["key"] for row in changed}
    fresh |= {row["id"] for row in known.values() if not row["indexed"]}
    entries = [
        service_search.entry(
            ids[each.code],
            each.name,
            in_all_languages(each.department, offices.get(each.department)),
            f"{each.group} {each.text}",
        )
        for each in items
        if ids[each.code] in fresh - served
    ]
    listed = {each.code for each in items}
    entries += [
        service_search.entry(
            row["id"],
            row["name"],
            in_all_languages(
                row["department_name"] or "", offices.get(row["department_name"] or "")
            ),
            "",
        )
        for row in known.values()
        if not row["indexed"] and row["base_code"] not in listed and row["valid_to"] is None
    ]
    return service_search.change(reader, ask.tenant_id, entries, gone)


def _nothing(
    reader: Connection, actor: Actor | None, ask: Import, faults: tuple[Fault, ...]
) -> Plan:
    empty = service_search.Change(ask.tenant_id, (), (), {})
    receipt = Receipt(ask.tenant_id, faults=faults)
    return Plan(ask, actor, (), (), (), empty, Missing((), ()), receipt)
