"""Searching the audit: by person, case, action, period and request; export and check."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.access import Accessor, Actor
from gcrm.runtime.administration import PAGE, require, write_down
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import anchors, audit, audit_seals
from gcrm.store import tables as t
from gcrm.store.audit_seals import Verification
from gcrm.store.errors import StoreError

RESOURCE = "admin.audit"
MOST = 20_000  # rows of one export


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; the days are those of the tenant's zone, both included."""

    since: dt.date
    until: dt.date
    person: str = ""
    case: str = ""
    action: str = ""
    request: str = ""
    page: int = 0


def search(
    reader: Connection, accessor: Accessor, wanted: Wanted, zone: dt.tzinfo
) -> tuple[Sequence[Any], bool]:
    """Give a page of rows, the newest first, and whether there are more."""
    accessor.require(RESOURCE, "read")
    statement = _select(reader, accessor.actor.tenant_id, wanted, zone)
    rows = reader.execute(statement.limit(PAGE + 1).offset(wanted.page * PAGE)).all()
    return rows[:PAGE], len(rows) > PAGE


def _select(reader: Connection, tenant_id: int, wanted: Wanted, zone: dt.tzinfo) -> sa.Select[Any]:
    a = t.audit.c
    begin = dt.datetime.combine(wanted.since, dt.time(), zone)
    end = dt.datetime.combine(wanted.until + dt.timedelta(days=1), dt.time(), zone)
    statement = (
        sa.select(
            a.id, a.at, a.action, a.subject, a.chain, a.data, a.request_id, a.sealed_by,
            t.party.c.name,
        )
        .select_from(
            t.audit.outerjoin(
                t.party,
                sa.and_(t.party.c.tenant_id == a.tenant_id, t.party.c.id == a.actor_id),
            )
        )
        .where(a.tenant_id == tenant_id, a.at >= begin, a.at < end)
        .order_by(a.id.desc())
    )  # fmt: skip
    if wanted.person:
        people = _people(reader, tenant_id, wanted.person)
        chains = [audit.party_chain(each) for each in people]
        statement = statement.where(sa.or_(a.actor_id.in_(people), a.chain.in_(chains)))
    if wanted.case:
        cases = _cases(reader, tenant_id, wanted.case)
        statement = statement.where(a.chain.in_([audit.case_chain(each) for each in cases]))
    if wanted.action:
        statement = statement.where(a.action == wanted.action)
    if wanted.request:
        statement = statement.where(a.request_id == wanted.request)
    return statement


def _people(reader: Connection, tenant_id: int, text: str) -> list[int]:
    """Find the parties of a name, or of a staff number."""
    wanted = text.strip().replace("\0", "")
    party, account = t.party.c, t.account.c
    named = reader.execute(
        sa.select(party.id).where(party.tenant_id == tenant_id, party.name == wanted).limit(200)
    ).scalars()
    logged = reader.execute(
        sa.select(account.party_id).where(
            account.tenant_id == tenant_id, account.login == wanted.casefold()
        )
    ).scalars()
    return sorted({*named, *logged})


def _cases(reader: Connection, tenant_id: int, text: str) -> list[int]:
    wanted = text.strip().replace("\0", "").upper()
    c = t.case.c
    return list(
        reader.execute(
            sa.select(c.id).where(
                c.tenant_id == tenant_id, sa.or_(c.number == wanted, c.lookup_code == wanted)
            )
        ).scalars()
    )


def subjects(reader: Connection, tenant_id: int, rows: Sequence[Any]) -> dict[str, str]:
    """Name the accounts and cases that rows are about; two statements at most."""
    accounts = _numbers(rows, "account")
    parties = {*_numbers(rows, "party"), *_chained(rows, "party")}
    cases = {*_numbers(rows, "case"), *_chained(rows, "case")}
    found: dict[str, str] = {}
    if accounts or parties:
        for row in reader.execute(
            sa.select(t.party.c.id, t.party.c.name, t.account.c.id.label("account_id"))
            .select_from(
                t.party.outerjoin(
                    t.account,
                    sa.and_(
                        t.account.c.tenant_id == t.party.c.tenant_id,
                        t.account.c.party_id == t.party.c.id,
                    ),
                )
            )
            .where(
                t.party.c.tenant_id == tenant_id,
                sa.or_(t.account.c.id.in_(sorted(accounts)), t.party.c.id.in_(sorted(parties))),
            )
        ):
            found[f"party:{row.id}"] = row.name
            if row.account_id is not None:
                found[f"account:{row.account_id}"] = row.name
    if cases:
        for numbered in reader.execute(
            sa.select(t.case.c.id, t.case.c.number).where(
                t.case.c.tenant_id == tenant_id, t.case.c.id.in_(sorted(cases))
            )
        ):
            found[f"case:{numbered.id}"] = numbered.number or ""
    return found


def apps_of(reader: Connection, tenant_id: int, rows: Sequence[Any]) -> dict[str, str]:
    """Give the app of each case in whose chain rows stand, by the chain; 500 in a statement."""
    cases = sorted(_chained(rows, "case"))
    c = t.case.c
    found: dict[str, str] = {}
    for begin in range(0, len(cases), 500):
        some = cases[begin : begin + 500]
        statement = sa.select(c.id, c.app_id).where(c.tenant_id == tenant_id, c.id.in_(some))
        found.update({audit.case_chain(row.id): row.app_id for row in reader.execute(statement)})
    return found


def _numbers(rows: Sequence[Any], kind: str) -> set[int]:
    return _ids((row.subject for row in rows), kind)


def _chained(rows: Sequence[Any], kind: str) -> set[int]:
    return _ids((row.chain for row in rows), kind)


def _ids(texts: Any, kind: str) -> set[int]:
    parts = (text.partition(":") for text in texts)
    return {int(key) for name, _, key in parts if name == kind and key.isdigit()}


def actions(reader: Connection, tenant_id: int) -> list[str]:
    """List the actions of the newest rows: what one may search for."""
    a = t.audit.c
    newest = sa.select(a.action).where(a.tenant_id == tenant_id).order_by(a.id.desc()).limit(5000)
    rows = reader.execute(sa.select(newest.subquery().c.action).distinct()).scalars()
    return sorted(rows)


@dataclass(frozen=True, slots=True)
class Export:
    """Take the rows that are looked for out of the house."""

    wanted: Wanted
    kind: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """The rows, with the names of what they are about; `cut` when there were more."""

    actor: Actor
    ask: Export
    rows: Sequence[Any]
    names: dict[str, str]
    cut: bool


def _prepare_export(
    reader: Connection, services: Services, actor: Actor, ask: Export, now: dt.datetime
) -> Exported:
    require(reader, actor, RESOURCE, "read")
    statement = _select(reader, actor.tenant_id, ask.wanted, services.zone)
    rows = reader.execute(statement.limit(MOST + 1)).all()
    names = {}
    for begin in range(0, min(len(rows), MOST), 500):
        names.update(subjects(reader, actor.tenant_id, rows[begin : begin + 500]))
    return Exported(actor, ask, rows[:MOST], names, len(rows) > MOST)


def _commit_export(
    writer: Connection, services: Services, plan: Exported, now: dt.datetime
) -> Exported:
    wanted = plan.ask.wanted
    data = {
        "rows": len(plan.rows),
        "kind": plan.ask.kind,
        "period": f"{wanted.since.isoformat()}/{wanted.until.isoformat()}",
    }
    write_down(
        writer, services, plan.actor, "audit_exported", "audit", data, now,
        request_id=plan.ask.request_id,
    )  # fmt: skip
    return plan


EXPORT = UseCase(_prepare_export, _commit_export)


@dataclass(frozen=True, slots=True)
class Verify:
    """Read all rows and seals, against the anchors outside of the database."""

    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What the check found."""

    actor: Actor
    ask: Verify
    found: Verification


def _prepare_verify(
    reader: Connection, services: Services, actor: Actor, ask: Verify, now: dt.datetime
) -> Verified:
    require(reader, actor, RESOURCE, "read")
    key = services.sealer.audit_key(actor.tenant_id)
    try:
        kept = anchors.read(services.settings.data / "anchors" / "seals.jsonl")
    except (OSError, StoreError):
        kept = ()
    mine = tuple(each for each in kept if each.tenant_id == actor.tenant_id)
    return Verified(actor, ask, audit_seals.verify(reader, key, actor.tenant_id, mine))


def _commit_verify(
    writer: Connection, services: Services, plan: Verified, now: dt.datetime
) -> Verification:
    data = {
        "rows": plan.found.rows,
        "seals": plan.found.seals,
        "findings": len(plan.found.findings),
    }
    write_down(
        writer, services, plan.actor, "audit_verified", "audit", data, now,
        request_id=plan.ask.request_id,
    )  # fmt: skip
    return plan.found


VERIFY = UseCase(_prepare_verify, _commit_verify)


def last_check(reader: Connection, tenant_id: int) -> Any:
    """Tell when the audit was last checked and by whom; None where it never was."""
    a = t.audit.c
    return reader.execute(
        sa.select(a.at, a.data, t.party.c.name)
        .select_from(
            t.audit.outerjoin(
                t.party,
                sa.and_(t.party.c.tenant_id == a.tenant_id, t.party.c.id == a.actor_id),
            )
        )
        .where(
            a.tenant_id == tenant_id,
            a.chain == audit.TENANT_CHAIN,
            a.action == "audit_verified",
        )
        .order_by(a.seq.desc())
        .limit(1)
    ).first()
