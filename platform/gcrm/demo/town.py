"""What all made-up cases share: the app, the lists, who works where, the paths walked so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from flow_engine import Advance
from gcrm.apps import CompiledApp
from gcrm.assembly import House
from gcrm.runtime import assignment
from gcrm.runtime.reference import Lists
from gcrm.runtime.routing import decider, signing
from gcrm.store import tables as t

APP = "elder_allowance"
SEATS = (
    ("verify", "community_clerk"),
    ("street", "street_civil"),
    ("bureau", "mz_a"),
    ("bureau", "mz_b"),
)
"""Who acts one after the other: step and role; the bureau signs in two seats."""


@dataclass(frozen=True, slots=True)
class Walked:
    """A move that many cases make, and the open token of each role after it."""

    advance: Advance
    keys: Mapping[str, str]


class Town:
    """Reads the city once and walks each path through the process once."""

    def __init__(self, house: House, reader: Any, tenant_id: int) -> None:
        """Read what all cases need."""
        self.house = house
        self.tenant = tenant_id
        self.now = house.now()
        services = house.services
        app = services.apps.current(reader, tenant_id, APP)
        if app is None:
            raise LookupError(f'The app "{APP}" is not published.')
        self.app: CompiledApp = app
        self.lists: Lists = services.reference.at(reader, tenant_id, self.now)
        self.records = services.reference.records(reader, tenant_id, APP, app.number)
        self.variant = app.definition.item_variants[0]
        self.process = app.process_of(self.variant)
        item = (
            select(t.item_variant.c.id, t.service_item.c.department_id)
            .join(
                t.service_item,
                (t.service_item.c.tenant_id == t.item_variant.c.tenant_id)
                & (t.service_item.c.id == t.item_variant.c.service_item_id),
            )
            .where(t.item_variant.c.tenant_id == tenant_id, t.item_variant.c.app_id == APP)
        )
        self.item, self.owner = reader.execute(item).one()
        self.candidates = self.lists.holders(assignment.roles_of(self.process))
        self.places = sorted(
            {
                each.region
                for each in self.candidates
                if each.role == "community_clerk" and each.region is not None
            }
        )
        self.workers = self._workers(reader)
        counter = select(t.case_number.c.year, t.case_number.c.last).where(
            t.case_number.c.tenant_id == tenant_id,
            t.case_number.c.prefix == self.variant.number_prefix,
        )
        self.numbers = {row.year: row.last for row in reader.execute(counter)}
        self.people = reader.scalar(select(func.count()).select_from(t.party)) or 0
        self.parameters = self.lists.evaluation(
            app.definition.parameters, APP, None, self.now, services.zone
        ).parameters
        self.walked: dict[tuple[int, tuple[str, ...]], Walked] = {}

    def _workers(self, reader: Any) -> dict[tuple[str, str], tuple[int, int]]:
        """Give by role and region the party and account of somebody on duty there."""
        post, department = t.post.c, t.department.c
        region = func.coalesce(post.region_code, department.region_code)
        rows = reader.execute(
            select(post.role_code, region, post.party_id, post.account_id).join_from(
                t.post,
                t.department,
                (department.tenant_id == post.tenant_id) & (department.id == post.department_id),
            )
        )
        return {(role, place): (party, account) for role, place, party, account in rows}

    def worker(self, role: str, place: str) -> tuple[int, int]:
        """Find who holds a role for a place: there, or in the nearest region around it."""
        for code in self.lists.places.chain(place):
            if (role, code) in self.workers:
                return self.workers[role, code]
        raise LookupError(f"Nobody holds {role} for {place}.")

    def walk(self, age: int, verbs: tuple[str, ...]) -> "Walked":
        """Give the move that the last of the verbs makes; each path is walked once."""
        key = (min(age, 100) // 10, verbs)
        found = self.walked.get(key)
        if found is None:
            found = self.walked[key] = self._walk(age, verbs)
        return found

    def _walk(self, age: int, verbs: tuple[str, ...]) -> "Walked":
        inputs = {"elder_age": Decimal(age)}
        context = self.lists.evaluation(
            self.app.definition.parameters, APP, None, self.now, self.house.services.zone
        )
        decide = decider(self.app, inputs, context)
        if not verbs:
            told = {"precheck": "pass", **signing(self.process)}
            started = self.process.start(told, self.now, decide, context=context)
            return Walked(started, self._keys({}, started))
        before = self.walk(age, verbs[:-1])
        if verbs[-1] == "withdraw":
            return Walked(self.process.cancel(before.advance.state), {})
        if verbs[-1] == "over":
            key = next(
                timer.key for timer in before.advance.timers if self.publicity(timer.element_id)
            )
            over = self.process.fire(before.advance.state, key, self.now, decide, context=context)
            return Walked(over, {})
        step, role = SEATS[len(verbs) - 1]
        given = [verb for (each, _), verb in zip(SEATS, verbs, strict=False) if each == step]
        counted = {
            f"votes_for_{step}": given.count("pass"),
            f"votes_against_{step}": given.count("refuse"),
        }
        moved = self.process.complete(
            before.advance.state, before.keys[role], verbs[-1], counted, self.now, decide,
            context=context,
        )  # fmt: skip
        return Walked(moved, self._keys(before.keys, moved))

    def publicity(self, element: str | None) -> str | None:
        """Name the parameter of a publicity, None where an element is none."""
        node = self.process.definition.node(element or "")
        return node.publicity if node is not None else None

    def _keys(self, before: Mapping[str, str], moved: Advance) -> dict[str, str]:
        """Tell the open token of each role."""
        keys = {role: key for role, key in before.items() if key not in moved.closed}
        for opened in moved.opened:
            step = self.process.step(opened.step_id)
            keys[opened.item or (step.roles[0] if step is not None else "")] = opened.key
        return keys
