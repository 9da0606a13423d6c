"""One answer for each key: a form sent twice is one submission."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.numbers import upsert

KEPT = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered under a key: the digest of the input and the answer's address."""

    digest: str
    answer: str


def find(
    reader: Connection, tenant_id: int, account_id: int, form: str, key: str
) -> Answered | None:
    """Tell what was answered under this key; the caller compares the digest."""
    row = reader.execute(
        sa.select(t.idempotency.c.digest, t.idempotency.c.answer).where(
            t.idempotency.c.tenant_id == tenant_id,
            t.idempotency.c.account_id == account_id,
            t.idempotency.c.form == form,
            t.idempotency.c.key == key,
        )
    ).one_or_none()
    return None if row is None else Answered(row.digest, row.answer)


def keep(
    writer: Connection,
    tenant_id: int,
    account_id: int,
    form: str,
    key: str,
    answered: Answered,
    now: dt.datetime,
) -> None:
    """Keep the answer in the business transaction; one statement.

    Raises StaleError when another request answered under this key in the meantime: roll
    back, prepare again, and `find` gives its answer.
    """
    insert = upsert(writer, t.idempotency).values(
        tenant_id=tenant_id,
        account_id=account_id,
        form=form,
        key=key,
        digest=answered.digest,
        answer=answered.answer,
        created_at=now,
    )
    if writer.execute(insert.on_conflict_do_nothing()).rowcount != 1:
        raise StaleError(f'The form "{form}" was sent under this key already.')


def forget(writer: Connection, now: dt.datetime) -> int:
    """Delete keys older than seven days; tell how many."""
    old = sa.delete(t.idempotency).where(t.idempotency.c.created_at < now - KEPT)
    return writer.execute(old).rowcount
