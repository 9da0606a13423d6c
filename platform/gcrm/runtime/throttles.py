"""Throttles: how often an address, a login or an account may try, kept in the database."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import tables as t
from gcrm.store.numbers import upsert


@dataclass(frozen=True, slots=True)
class Rule:
    """So many failures within a window lock the subject for a while."""

    limit: int
    window: dt.timedelta
    lock: dt.timedelta


LOGIN = Rule(5, dt.timedelta(minutes=15), dt.timedelta(minutes=15))
ADDRESS = Rule(30, dt.timedelta(minutes=15), dt.timedelta(minutes=15))
CODES_OF_ADDRESS = Rule(40, dt.timedelta(hours=1), dt.timedelta(hours=1))
REAL_NAME = Rule(5, dt.timedelta(hours=24), dt.timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class Throttle:
    """What is known of one subject."""

    subject: str
    failures: int
    window_from: dt.datetime
    locked_until: dt.datetime | None

    def locked(self, now: dt.datetime) -> dt.datetime | None:
        """Give the moment until which the subject must wait, None where it may try."""
        if self.locked_until is not None and now < self.locked_until:
            return self.locked_until
        return None


def read_throttles(
    reader: Connection, tenant_id: int, subjects: Sequence[str], now: dt.datetime
) -> Mapping[str, Throttle]:
    """Read what is known of subjects; one statement. An unknown one has no failures."""
    rows = reader.execute(
        sa.select(
            t.login_throttle.c.subject,
            t.login_throttle.c.failures,
            t.login_throttle.c.window_from,
            t.login_throttle.c.locked_until,
        ).where(
            t.login_throttle.c.tenant_id == tenant_id,
            t.login_throttle.c.subject.in_(sorted(set(subjects))),
        )
    )
    found = {row.subject: Throttle(*row) for row in rows}
    return {each: found.get(each, Throttle(each, 0, now, None)) for each in subjects}


def failed(
    writer: Connection, tenant_id: int, subject: str, rule: Rule, now: dt.datetime
) -> dt.datetime | None:
    """Count a failure; give the moment until which the subject is now locked, if it is.

    Two statements; the row is locked in between, so that no failure is lost.
    """
    columns = t.login_throttle.c
    fresh = columns.window_from > now - rule.window
    insert = upsert(writer, t.login_throttle).values(
        tenant_id=tenant_id, subject=subject, failures=1, window_from=now, locked_until=None
    )
    counted = writer.execute(
        insert.on_conflict_do_update(
            index_elements=[columns.tenant_id, columns.subject],
            set_={
                "failures": sa.case((fresh, columns.failures + 1), else_=1),
                "window_from": sa.case((fresh, columns.window_from), else_=now),
            },
        ).returning(columns.failures)
    ).scalar_one()
    if counted < rule.limit:
        return None
    until = now + rule.lock
    writer.execute(
        sa.update(t.login_throttle)
        .where(columns.tenant_id == tenant_id, columns.subject == subject)
        .values(locked_until=until, failures=0, window_from=now)
    )
    return until


def forgive(writer: Connection, tenant_id: int, subjects: Sequence[str]) -> None:
    """Forget the failures of subjects; one statement."""
    writer.execute(
        sa.delete(t.login_throttle).where(
            t.login_throttle.c.tenant_id == tenant_id,
            t.login_throttle.c.subject.in_(sorted(set(subjects))),
        )
    )
