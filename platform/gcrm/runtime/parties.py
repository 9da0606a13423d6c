"""Parties of a submission: found by blind index, or new with a sealed identifier."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gcrm.access.actors import Actor
from gcrm.runtime import representation
from gcrm.runtime.participants import Named
from gcrm.runtime.refusals import Refused
from gcrm.runtime.representation import Declared, Kind
from gcrm.runtime.services import Services
from gcrm.runtime.standing import Standing
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.masks import mask
from gcrm.store.rows import put_rows
from gcrm.store.sealing import KeyRow

REAL_NAME = 2
DECLARED = 1  # assurance of an identifier that only a form states


@dataclass(frozen=True, slots=True)
class Parties:
    """The participants with their parties, and the rows of those that are new."""

    members: tuple[tuple[str, int], ...]  # role, party
    applicant_id: int
    new_parties: tuple[Mapping[str, Any], ...]
    new_identifiers: tuple[Mapping[str, Any], ...]
    new_keys: tuple[KeyRow, ...]
    declarations: tuple[Mapping[str, Any], ...]  # who acts for whom, said for the first time

    @property
    def people(self) -> frozenset[int]:
        """List every party once."""
        return frozenset(party for _, party in self.members)


def indexes_of(
    services: Services, tenant_id: int, named: Iterable[Named], numbers: Iterable[str] = ()
) -> Mapping[tuple[str, str], bytes]:
    """Give the blind index of every identifier that the answers or the facts name."""
    wanted = {(each.kind, each.number) for each in named if each.kind and each.number}
    wanted |= {("resident_id", number) for number in numbers}
    return {
        (kind, number): services.sealer.blind_index(tenant_id, kind, number)
        for kind, number in sorted(wanted)
    }


def settle(
    reader: Connection,
    services: Services,
    actor: Actor,
    app_id: str,
    named: tuple[Named, ...],
    indexes: Mapping[tuple[str, str], bytes],
    standing: Standing,
    now: datetime,
) -> Parties:
    """Find each participant's party, or make a new one.

    Raises Refused where somebody applies under another's number without being their
    agent, or names another person as the agent than themselves.
    """
    members: list[tuple[str, int]] = []
    made: dict[tuple[str, str], int] = {}
    parties: list[Mapping[str, Any]] = []
    identifiers: list[Mapping[str, Any]] = []
    keys: list[KeyRow] = []
    for each in named:
        if each.kind is None or each.number is None:
            members.append((each.role, actor.party_id))
            continue
        place = (each.kind, each.number)
        party_id = standing.parties.get((each.kind, indexes[place])) or made.get(place)
        if party_id is None:
            party_id = made[place] = new_id()
            keys.append(services.sealer.new_key(actor.tenant_id, party_id))
            parties.append(_party(actor.tenant_id, party_id, each, now))
            identifiers.append(
                _identifier(services, actor.tenant_id, party_id, each, indexes[place], now)
            )
        members.append((each.role, party_id))
    _check_standing(actor, members, standing)
    applicant = next(party for role, party in members if role == "applicant")
    declared = _declared(reader, actor, app_id, named, applicant)
    today = now.astimezone(services.zone).date()
    return Parties(
        tuple(dict.fromkeys(members)),
        applicant,
        tuple(parties),
        tuple(identifiers),
        tuple(keys),
        tuple(
            representation.declaration_row(actor.tenant_id, each, now, today)
            for each in declared
            if each.principal_id not in standing.represents
        ),
    )


def _declared(
    reader: Connection, actor: Actor, app_id: str, named: tuple[Named, ...], applicant: int
) -> list[Declared]:
    """Read off who acts for the applicant; a helper's staff number must be in use."""
    found: list[Declared] = []
    for each in named:
        if each.role not in ("agent", "helper") or not each.is_submitter:
            continue
        kind: Kind = "helper" if each.role == "helper" else "agent"
        declared = Declared(
            applicant, actor.party_id, kind, app_id, each.relation, each.staff_number
        )
        representation.check_declared(actor, declared)
        if kind == "helper":
            representation.find_helper(reader, actor.tenant_id, each.staff_number)
        found.append(declared)
    return found


def write_new(writer: Connection, services: Services, parties: Parties, now: datetime) -> None:
    """Insert new parties, their keys and identifiers, and who acts for whom: four statements at
    most, none for none."""
    if parties.new_parties:
        put_rows(writer, t.party, parties.new_parties)
        services.sealer.store_keys(writer, parties.new_keys, now)
        put_rows(writer, t.identifier, parties.new_identifiers)
    put_rows(writer, t.representation, parties.declarations)


def _check_standing(actor: Actor, members: list[tuple[str, int]], standing: Standing) -> None:
    if actor.kind != "citizen" or actor.assurance < REAL_NAME:
        return
    agents = {party for role, party in members if role in ("agent", "helper")}
    if agents:
        if actor.party_id not in agents:
            raise Refused("agent_other", status=422)
        return
    others = {party for role, party in members if role in ("applicant", "beneficiary")}
    if actor.party_id not in others and not others <= standing.represents:
        raise Refused("represent_missing", status=422)


def _party(tenant_id: int, party_id: int, named: Named, now: datetime) -> Mapping[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": party_id,
        "kind": named.party_kind,
        "name": named.shown_name,
        "created_at": now,
    }


def _identifier(
    services: Services, tenant_id: int, party_id: int, named: Named, index: bytes, now: datetime
) -> Mapping[str, Any]:
    identifier_id = new_id()
    number, kind = named.number or "", named.kind or ""
    return {
        "tenant_id": tenant_id,
        "id": identifier_id,
        "party_id": party_id,
        "kind": kind,
        "blind_index": index,
        "sealed": services.sealer.seal(
            tenant_id, party_id, f"identifier.sealed.{identifier_id}", number.encode("utf-8")
        ),
        "mask": mask(kind, number),
        "source": "form",
        "assurance": DECLARED,
        "created_at": now,
    }
