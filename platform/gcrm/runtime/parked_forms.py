"""Forms that were posted after the session had ended: parked, sealed, for the same person.

Whoever typed for an hour and was logged out meanwhile finds it all again after logging in.
One form an account, for a day; only an account whose session it was can open it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select

from gcrm.access.actors import Actor, hash_token
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t
from gcrm.store.errors import ErasedError, SealingError
from gcrm.store.numbers import upsert

KEPT = timedelta(days=1)
LONGEST = 400_000  # characters of all that was typed; more is no form of ours


@dataclass(frozen=True, slots=True)
class Park:
    """Keep what was posted to `path`; `token` is of the session that has ended."""

    tenant_id: int
    token: str
    path: str
    fields: Mapping[str, Sequence[str]]
    files: bool  # files were chosen too; they cannot be kept


@dataclass(frozen=True, slots=True)
class Parked:
    """A form that waits: where it was posted to, what was typed, whether files are missing."""

    path: str
    fields: Mapping[str, tuple[str, ...]]
    files: bool
    parked_at: datetime


def prepare_park(
    reader: Connection, services: Services, actor: Actor | None, ask: Park, now: datetime
) -> Mapping[str, Any] | None:
    """Seal it for the account of the ended session; nothing for a token that never was."""
    if sum(len(value) for values in ask.fields.values() for value in values) > LONGEST:
        return None
    found = reader.execute(
        _WHOSE, {"tenant": ask.tenant_id, "hash": hash_token(ask.token)}
    ).one_or_none()
    if found is None or found.disabled:
        return None
    content = {
        "path": ask.path,
        "fields": {name: list(values) for name, values in ask.fields.items()},
        "files": ask.files,
    }
    try:
        services.sealer.load(reader, ask.tenant_id, (found.party_id,))
        sealed = services.sealer.seal(
            ask.tenant_id,
            found.party_id,
            _place(found.account_id),
            json.dumps(content, ensure_ascii=False).encode("utf-8"),
        )
    except (ErasedError, SealingError):
        return None
    return {
        "tenant_id": ask.tenant_id,
        "account_id": found.account_id,
        "sealed": sealed,
        "parked_at": now,
    }


def commit_park(
    writer: Connection, services: Services, plan: Mapping[str, Any] | None, now: datetime
) -> bool:
    """Write it over an older one; say whether something is kept."""
    if plan is None:
        return False
    statement = upsert(writer, t.parked_form).values(**plan)
    writer.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "account_id"],
            set_={name: statement.excluded[name] for name in ("sealed", "parked_at")},
        )
    )
    return True


PARK = UseCase(prepare_park, commit_park)


def find(reader: Connection, services: Services, actor: Actor, now: datetime) -> Parked | None:
    """Give the form that waits for this account, if one does."""
    row = reader.execute(
        _READ, {"tenant": actor.tenant_id, "account": actor.account_id, "since": now - KEPT}
    ).one_or_none()
    if row is None:
        return None
    try:
        services.sealer.load(reader, actor.tenant_id, (actor.party_id,))
        content = json.loads(
            services.sealer.open(
                actor.tenant_id, actor.party_id, _place(actor.account_id), row.sealed
            )
        )
    except (ErasedError, SealingError):
        return None
    fields = {name: tuple(values) for name, values in content["fields"].items()}
    return Parked(content["path"], fields, content["files"], row.parked_at)


def forget(writer: Connection, now: datetime) -> None:
    """Delete what nobody came back for."""
    writer.execute(delete(t.parked_form).where(t.parked_form.c.parked_at < now - KEPT))


def _place(account_id: int) -> str:
    return f"parked_form.sealed.{account_id}"


_WHOSE = (
    select(
        t.session.c.account_id,
        t.account.c.party_id,
        t.account.c.disabled,
    )
    .select_from(
        t.session.join(
            t.account,
            and_(
                t.account.c.tenant_id == t.session.c.tenant_id,
                t.account.c.id == t.session.c.account_id,
            ),
        )
    )
    .where(
        t.session.c.tenant_id == bindparam("tenant"), t.session.c.token_hash == bindparam("hash")
    )
)
_READ = select(t.parked_form.c.sealed, t.parked_form.c.parked_at).where(
    t.parked_form.c.tenant_id == bindparam("tenant"),
    t.parked_form.c.account_id == bindparam("account"),
    t.parked_form.c.parked_at > bindparam("since"),
)
