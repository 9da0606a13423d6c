"""Verifying a paper by its code: what it is, who issued it, whether it is in force. No login."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, RowMapping, and_, insert, select

from gcrm.access.actors import Actor
from gcrm.runtime import issuing, throttles
from gcrm.runtime.certificates import Standing, standing
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.errors import SealingError
from gcrm.store.masks import mask

WRONG = throttles.Rule(20, timedelta(minutes=15), timedelta(minutes=15))
"""Wrong codes from one address: at 20 in 15 minutes, 80 bits take for ever."""
ANY = throttles.Rule(300, timedelta(minutes=15), timedelta(minutes=15))
"""Verifications from one address, an office behind one address included."""
LOOKS_LIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})
"""Letters that no code has, read as the figure they look like."""

Way = Literal["code", "link", "file"]


@dataclass(frozen=True, slots=True)
class Verify:
    """Ask what a code stands for; `copy` is the digest of a file in somebody's hand."""

    tenant_id: int
    code: str
    address: str
    way: Way = "code"
    copy: str | None = None
    locale: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class Verified:
    """What everybody who holds the paper may know. The holder is masked.

    `same` tells whether the copy is the paper, None where none was given.
    """

    kind: str
    title: str
    number: str
    code: str
    holder: str
    issuer: str
    issued_on: date
    valid_to: date | None
    standing: Standing
    revoked_at: datetime | None
    digest: str | None
    same: bool | None


@dataclass(frozen=True, slots=True)
class _Plan:
    ask: Verify
    subject: str
    certificate_id: int
    found: Verified | None


def prepare(
    reader: Connection, services: Services, actor: Actor | None, ask: Verify, now: datetime
) -> _Plan:
    """Find the paper behind a code. Raises Refused for who asks too often."""
    mark = hashlib.sha256(f"{ask.tenant_id}/{ask.address}".encode()).hexdigest()[:32]
    subjects = (f"verify:{mark}", f"verified:{mark}")
    known = throttles.read_throttles(reader, ask.tenant_id, subjects, now)
    for each in known.values():
        until = each.locked(now)
        if until is not None:
            raise Refused("verify_often", {"until": until}, 429)
    row = _find(reader, ask.tenant_id, plain(ask.code))
    if row is None:
        return _Plan(ask, subjects[0], 0, None)
    return _Plan(ask, subjects[1], row["id"], _verified(reader, services, row, ask, now))


def plain(code: str) -> str:
    """Read a code as people type it: groups, small letters, an O for a zero."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum() and sign.isascii())
    return signs.translate(LOOKS_LIKE)[:24]


def _find(reader: Connection, tenant_id: int, code: str) -> RowMapping | None:
    paper, case = t.certificate.c, t.case.c
    if len(code) != issuing.CODE_LENGTH:
        return None
    return (
        reader.execute(
            select(t.certificate)
            .join(t.case, and_(case.tenant_id == paper.tenant_id, case.id == paper.case_id))
            .where(paper.tenant_id == tenant_id, paper.code == code, case.mode == "real")
        )
        .mappings()
        .first()
    )


def _verified(
    reader: Connection, services: Services, row: RowMapping, ask: Verify, now: datetime
) -> Verified:
    app = services.apps.load(reader, row["tenant_id"], row["app_id"], row["release"])
    same = None
    if ask.copy is not None:
        same = row["digest"] is not None and hmac.compare_digest(row["digest"], ask.copy)
    return Verified(
        kind=row["kind"],
        title=issuing.title_of(app, row["paper_id"], ask.locale),
        number=row["number"],
        code=row["code"],
        holder=_holder(reader, services, row),
        issuer=row["issuer"],
        issued_on=row["issued_at"].astimezone(services.zone).date(),
        valid_to=row["valid_to"],
        standing=standing(row, now.astimezone(services.zone).date()),
        revoked_at=row["revoked_at"],
        digest=row["digest"],
        same=same,
    )


def _holder(reader: Connection, services: Services, row: RowMapping) -> str:
    """Give the masked name; nothing once the person was erased."""
    try:
        services.sealer.load(reader, row["tenant_id"], (row["holder_id"],))
        opened = services.sealer.open(
            row["tenant_id"],
            row["holder_id"],
            issuing.holder_place(row["id"]),
            row["holder_sealed"],
        )
    except SealingError:
        return ""
    return mask("name", str(json.loads(opened)["name"]))


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> _Plan:
    """Count it against the address, and write down the use of the paper, but nobody."""
    tenant = plan.ask.tenant_id
    if plan.found is None:
        throttles.failed(writer, tenant, plan.subject, WRONG, now)
        return plan
    throttles.failed(writer, tenant, plan.subject, ANY, now)
    result = plan.found.standing if plan.found.same is not False else "other"
    writer.execute(
        _CHECK,
        {
            "tenant_id": tenant,
            "id": new_id(),
            "certificate_id": plan.certificate_id,
            "at": now,
            "way": plan.ask.way,
            "result": result,
        },
    )
    return plan


_CHECK = insert(t.certificate_check)


def after(services: Services, receipt: _Plan) -> Verified:
    """Give what was found, or say that there is no such paper."""
    if receipt.found is None:
        raise Refused("verify_unknown", status=404)
    return receipt.found


VERIFY = UseCase(prepare, commit, after)
