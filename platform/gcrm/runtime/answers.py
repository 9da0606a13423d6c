"""Answers of a form as JSON: in a draft all together sealed, in a snapshot one by one."""

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from form_engine.form import Form
from gcrm.store.sealing import Sealer

SNAPSHOT = "gcrm.snapshot/1"
SEALED = "sealed"
FACTS = "*facts"

Values = Mapping[str, Any]


def snapshot(
    form: Form,
    release: int,
    values: Values,
    sealer: Sealer,
    tenant_id: int,
    party_id: int,
    row: int,
    facts: Mapping[str, Any] | None = None,
) -> str:
    """Write the legal record: canonical JSON, each sensitive answer sealed for its own place.

    `facts` are what registers said; they are sealed together.
    """
    answers = form.to_json(values)
    kept: dict[str, Any] = {}
    for field in form.fields:
        if field.id not in answers:
            continue
        if field.id in form.sealed:
            sealed = sealer.seal(
                tenant_id, party_id, _place(row, field.id), canonical(answers[field.id])
            )
            kept[field.id] = {SEALED: base64.b64encode(sealed).decode("ascii")}
        else:
            kept[field.id] = answers[field.id]
    document = {"format": SNAPSHOT, "form": form.id, "release": release, "values": kept}
    if facts:
        sealed = sealer.seal(tenant_id, party_id, _place(row, FACTS), canonical(_told(facts)))
        document[FACTS] = {SEALED: base64.b64encode(sealed).decode("ascii")}
    return canonical(document).decode("utf-8")


def open_snapshot(
    form: Form, text: str, sealer: Sealer, tenant_id: int, party_id: int, row: int
) -> dict[str, Any]:
    """Read a snapshot with all its sealed answers opened; the party's key must be in memory."""
    document: dict[str, Any] = json.loads(text)["values"]
    for field in form.fields:
        value = document.get(field.id)
        if field.id in form.sealed and isinstance(value, dict) and SEALED in value:
            sealed = base64.b64decode(value[SEALED])
            document[field.id] = json.loads(
                sealer.open(tenant_id, party_id, _place(row, field.id), sealed)
            )
    return form.from_json(document)


def open_facts(
    text: str, sealer: Sealer, tenant_id: int, party_id: int, row: int
) -> dict[str, Any]:
    """Read what registers said when a snapshot was made."""
    document = json.loads(text).get(FACTS)
    if document is None:
        return {}
    sealed = base64.b64decode(document[SEALED])
    opened = json.loads(sealer.open(tenant_id, party_id, _place(row, FACTS), sealed))
    return {name: _fact(value) for name, value in opened.items()}


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Write facts as JSON: a number or a date names its type, since nothing else tells it."""
    told: dict[str, Any] = {}
    for name, value in facts.items():
        if isinstance(value, Decimal):
            told[name] = {"number": str(value)}
        elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            told[name] = {"date": value.isoformat()}
        elif isinstance(value, str | bool | list):
            told[name] = value
    return told


def _fact(value: Any) -> Any:
    if isinstance(value, dict):
        if "number" in value:
            return Decimal(value["number"])
        return dt.date.fromisoformat(value["date"])
    return value


def canonical(document: Any) -> bytes:
    """Write JSON in one way only: sorted keys, no blanks, UTF-8."""
    return _CANONICAL.encode(document).encode("utf-8")


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(document: Any) -> str:
    """Give the SHA-256 of the canonical JSON."""
    content = document if isinstance(document, bytes) else canonical(document)
    return hashlib.sha256(content).hexdigest()


def _place(row: int, field_id: str) -> str:
    return f"submission.snapshot.{row}.{field_id}"
