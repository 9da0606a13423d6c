"""Many made-up cases of the elder allowance, written in bulk: for boards, benches and trials.

They go through the real process, calendar and record tables, but each path through the
process is walked once and its moves are used again for all cases that take it. The same seed
gives the same people, days and outcomes. Nobody is told anything: no notices, no outbox.
"""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, func, insert, select

from flow_engine import Advance
from form_engine.fields.idcard import check_digit
from gcrm.apps import CompiledApp
from gcrm.assembly import House
from gcrm.runtime import answers, assignment
from gcrm.runtime import clocks as clocks_
from gcrm.runtime.case_clocks import accepted_clocks
from gcrm.runtime.clocks import Suspension, Term
from gcrm.runtime.movement import Publication, Scene, read_advance
from gcrm.runtime.record_values import record_values
from gcrm.runtime.reference import Lists
from gcrm.runtime.routing import decider, outputs_of, signing
from gcrm.runtime.submission_rows import record_fixed
from gcrm.store import numbers, records
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.events import Event, project
from gcrm.store.masks import mask
from gcrm.store.sealing import KeyRow

APP = "elder_allowance"
LOT = 500  # cases in one transaction
SEED = 20261127
DAYS_BACK = 730
HELPERS = 40  # agents for a lot

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余"
GIVEN = "秀英桂兰玉珍淑华凤德福国强建明志文永贵春梅金宝长林素芳月美云生海清荣礼仁义和平安"
SEATS = (
    ("verify", "community_clerk"),
    ("street", "street_civil"),
    ("bureau", "mz_a"),
    ("bureau", "mz_b"),
)
"""Who acts one after the other: step and role; the bureau signs in two seats."""
DAYS = {"verify": (1, 1, 1, 2, 2, 3), "street": (1, 2, 2, 3, 3, 4, 6), "bureau": (1, 1, 2, 2, 3, 4)}
REFUSED = {"verify": 0.03, "street": 0.03, "bureau": 0.02}
WITHDRAWN = 0.03
RATED = 0.6  # of those that were decided
SCORES = (5, 5, 5, 5, 5, 4, 4, 4, 3, 3, 2)

Rows = dict[Table, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Made:
    """How many cases were written, and how many of them are still open."""

    cases: int
    open: int


def make(
    house: House, tenant_id: int, count: int, *, seed: int = SEED, days: int = DAYS_BACK
) -> Made:
    """Write `count` cases of the last `days`, which ended or stand where they would today."""
    with house.store.read() as reader:
        town = _Town(house, reader, tenant_id)
    pick = random.Random(seed)  # noqa: S311  plausible, not secret
    moments = sorted(_moments(town, count, days, pick))
    still_open = 0
    for begin in range(0, count, LOT):
        lot = _Lot(town, pick)
        lot.add_helpers()
        for moment in moments[begin : begin + LOT]:
            lot.add_case(moment)
        lot.write()
        still_open += lot.open
    return Made(count, still_open)


def _moments(town: "_Town", count: int, days: int, pick: random.Random) -> Iterator[dt.datetime]:
    """Choose when people apply: on all days, more on working days, between 8 and 21 o'clock."""
    calendar, last = town.lists.calendar, town.now
    first = last - dt.timedelta(days=days)
    while count > 0:
        at = first + (last - first) * pick.random()
        local = at.astimezone(town.house.services.zone)
        day = local.date()
        if not calendar.is_working_day(day) and pick.random() < 0.6:
            continue
        local = local.replace(hour=pick.randrange(8, 21))
        if local <= last:
            count -= 1
            yield local.astimezone(dt.UTC)


class _Town:
    """What all lots share: the app, the lists, who works where, the paths walked so far."""

    def __init__(self, house: House, reader: Any, tenant_id: int) -> None:
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
        self.walked: dict[tuple[int, tuple[str, ...]], _Walked] = {}

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

    def walk(self, age: int, verbs: tuple[str, ...]) -> "_Walked":
        """Give the move that the last of the verbs makes; each path is walked once."""
        key = (min(age, 100) // 10, verbs)
        found = self.walked.get(key)
        if found is None:
            found = self.walked[key] = self._walk(age, verbs)
        return found

    def _walk(self, age: int, verbs: tuple[str, ...]) -> "_Walked":
        inputs = {"elder_age": Decimal(age)}
        context = self.lists.evaluation(
            self.app.definition.parameters, APP, None, self.now, self.house.services.zone
        )
        decide = decider(self.app, inputs, context)
        if not verbs:
            told = {"precheck": "pass", **signing(self.process)}
            started = self.process.start(told, self.now, decide, context=context)
            return _Walked(started, self._keys({}, started))
        before = self.walk(age, verbs[:-1])
        if verbs[-1] == "withdraw":
            return _Walked(self.process.cancel(before.advance.state), {})
        if verbs[-1] == "over":
            key = next(
                timer.key for timer in before.advance.timers if self.publicity(timer.element_id)
            )
            over = self.process.fire(before.advance.state, key, self.now, decide, context=context)
            return _Walked(over, {})
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
        return _Walked(moved, self._keys(before.keys, moved))

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


@dataclass(frozen=True, slots=True)
class _Walked:
    """A move that many cases make, and the open token of each role after it."""

    advance: Advance
    keys: Mapping[str, str]


class _Lot:
    """Some cases made together and written in one transaction."""

    def __init__(self, town: _Town, pick: random.Random) -> None:
        self.town = town
        self.pick = pick
        self.rows: Rows = defaultdict(list)
        self.keys: list[KeyRow] = []
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.helpers: list[tuple[int, int]] = []
        self.open = 0

    def add_helpers(self) -> None:
        """Make children and neighbours who apply for the old people of this lot."""
        for _ in range(HELPERS):
            party = self._party(self._name(), None)
            account = new_id()
            self._put(
                t.account,
                id=account, party_id=party, kind="citizen", assurance=2, login=None,
                created_at=self.town.now,
            )  # fmt: skip
            self.helpers.append((party, account))

    def add_case(self, moment: dt.datetime) -> None:
        """Make one case from its submission to where it stands today."""
        _Case(self, moment).make()

    def write(self) -> None:
        """Write all rows; one transaction."""
        town = self.town
        with town.house.store.write() as writer:
            town.house.services.sealer.store_keys(writer, self.keys, town.now)
            for table in _ORDER:
                if self.rows[table]:
                    writer.execute(insert(table), self.rows[table])
            for form_id, rows in self.records.items():
                records.insert_records(writer, town.records.forms[form_id], rows)
            for year, last in town.numbers.items():
                values = {"prefix": town.variant.number_prefix, "year": year, "last": last}
                writer.execute(
                    numbers.upsert(writer, t.case_number)
                    .values(tenant_id=town.tenant, **values)
                    .on_conflict_do_update(
                        index_elements=["tenant_id", "prefix", "year"], set_={"last": last}
                    )
                )

    def person(self, age: int, day: dt.date) -> tuple[int, str, str, dt.date]:
        """Make an old person: party, name, number, birthday."""
        born = day.replace(year=day.year - age, day=min(day.day, 28)) - dt.timedelta(
            days=self.pick.randrange(1, 364)
        )
        self.town.people += 1
        area, serial = 990800 + self.town.people // 1000, self.town.people % 1000
        front = f"{area}{born:%Y%m%d}{serial:03d}"
        number = front + check_digit(front + "0")
        name = self._name()
        return self._party(name, number), name, number, born

    def _name(self) -> str:
        return self.pick.choice(SURNAMES) + "".join(
            self.pick.choice(GIVEN) for _ in range(self.pick.choice((1, 2, 2)))
        )

    def _party(self, name: str, number: str | None) -> int:
        town, key = self.town, new_id()
        sealer = town.house.services.sealer
        self.keys.append(sealer.new_key(town.tenant, key))
        self._put(t.party, id=key, kind="natural", name=name, created_at=town.now)
        if number is not None:
            row = new_id()
            place = f"identifier.sealed.{row}"
            self._put(
                t.identifier,
                id=row, party_id=key, kind="resident_id",
                blind_index=sealer.blind_index(town.tenant, "resident_id", number),
                sealed=sealer.seal(town.tenant, key, place, number.encode()),
                mask=mask("resident_id", number), source="demo", assurance=2,
                created_at=town.now,
            )  # fmt: skip
        return key

    def _put(self, table: Table, **row: Any) -> None:
        self.rows[table].append({"tenant_id": self.town.tenant, **row})

    def put(self, table: Table, row: dict[str, Any]) -> None:
        """Keep a row that is complete."""
        self.rows[table].append(row)


class _Case:
    """One case on its way."""

    def __init__(self, lot: _Lot, moment: dt.datetime) -> None:
        self.lot, self.town, self.pick = lot, lot.town, lot.pick
        self.moment = moment
        self.place = self.pick.choice(self.town.places)
        self.age = min(106, 80 + int(self.pick.expovariate(0.18)))
        day = moment.astimezone(self.town.house.services.zone).date()
        self.applicant, self.name, self.number, self.born = lot.person(self.age, day)
        self.case, self.instance = new_id(), new_id()
        self.by, self.account = self.pick.choice(lot.helpers)
        self.events: list[Event] = []
        self.tasks: list[dict[str, Any]] = []
        self.clocks: list[dict[str, Any]] = []
        self.forms: dict[str, dict[str, Any]] = {}
        self.verbs: tuple[str, ...] = ()
        self.public: dict[str, Any] | None = None
        self.pauses: list[dict[str, Any]] = []
        self.amount = ""
        self.ended: dt.datetime | None = None

    def make(self) -> None:
        """Walk from step to step as long as the next moment has come."""
        self._apply()
        at = self.moment
        for step, role in SEATS:
            at = self._later(at, step)
            if at > self.town.now:
                break
            if self.pick.random() < WITHDRAWN / len(SEATS):
                self._withdraw(at)
                break
            verb = "refuse" if self.pick.random() < REFUSED[step] else "pass"
            self._act(step, role, verb, at)
            if self.ended is not None:
                self._rate(at)
                break
        if self.public is not None and self.public["ends_at"] <= self.town.now:
            self._stay_public(self.public)
        self._keep()

    def _publish(self, at: dt.datetime, publication: Publication) -> None:
        """Let everybody read the result for some days; the clocks rest meanwhile."""
        town = self.town
        declared = town.app.definition.publicity
        texts = {
            "elder_name": ("main", mask("name", self.name)),
            "elder_age": ("main", f"{self.age}岁"),
            "hukou_region": ("main", self._place()),
            "monthly_amount": ("bureau", f"{self.amount}元"),
        }
        shown = [
            {"field": each.field, "form": texts[each.field][0], "text": texts[each.field][1]}
            for each in (declared.fields if declared is not None else ())
            if each.field in texts
        ]
        self.public = {
            "tenant_id": town.tenant, "id": new_id(), "case_id": self.case, "app_id": APP,
            "mode": "real", "instance_id": self.instance, "key": publication.key, "round": 1,
            "status": "open", "shown": shown, "region_code": self.place, "starts_at": at,
            "ends_at": publication.until,
        }  # fmt: skip
        for clock in self.clocks:
            if clock["status"] == "running":
                clock["status"] = "suspended"
                self.pauses.append(
                    {
                        "tenant_id": town.tenant, "id": new_id(), "case_id": self.case,
                        "clock_id": clock["id"], "kind": "publicity", "reason": "",
                        "from_at": at, "to_at": None, "expected_days": publication.days,
                    }
                )  # fmt: skip

    def _stay_public(self, public: dict[str, Any]) -> None:
        """Nobody objected: the decision counts from the end of the publicity."""
        end = public["ends_at"]
        public["status"] = "over"
        for pause in self.pauses:
            pause["to_at"] = end
            clock = next(each for each in self.clocks if each["id"] == pause["clock_id"])
            rest = Suspension(pause["id"], "publicity", "", pause["from_at"], end)
            term = Term(clock["value"], clock["unit"])
            due = clocks_.due(term, clock["counts_from"], self.town.lists.calendar, (rest,))
            clock |= {"due_at": due.at, "warn_at": due.warn_at, "status": "running"}
        self.verbs = (*self.verbs, "over")
        data = {"state": "in_review", "publicity": public["id"]}
        self.events.append(Event("publicity_ended", end, data))
        self._move(end)
        self._rate(end)

    def _later(self, at: dt.datetime, step: str) -> dt.datetime:
        """Choose when the next step is done: some working days on, during office hours."""
        calendar = self.town.lists.calendar
        days = self.pick.choice(DAYS[step])
        day = calendar.add_working_days(calendar.date_of(at), days)
        minutes = self.pick.randrange(60, 470)
        return calendar.opening(day) + dt.timedelta(minutes=minutes)

    def _scene(self, now: dt.datetime) -> Scene:
        town = self.town
        return Scene(
            tenant_id=town.tenant,
            case_id=self.case,
            instance_id=self.instance,
            process=town.process,
            calendar=town.lists.calendar,
            candidates=town.candidates,
            regions=town.lists.places.chain(self.place),
            owner_id=town.owner,
            parameters=town.parameters,
            accepted_at=self.moment,
            submitted_at=self.moment,
            now=now,
        )

    def _apply(self) -> None:
        town = self.town
        values = {
            "agent_flag": True,
            "relation": "child",
            "elder_name": self.name,
            "elder_id": self.number,
            "elder_phone": f"199{self.pick.randrange(10**8):08d}",
            "elder_born": self.born,
            "elder_age": Decimal(self.age),
            "hukou_region": self.place,
            "live_addr": {"region": self.place, "detail": f"{self.pick.randrange(1, 90)}号"},
            "bank": "6217000000000000004",
            "other_sub": ["none"],
        }
        submission = self._submit("main", "apply", values, self.moment, self.by, self.account)
        self.events += [
            Event(
                "submitted",
                self.moment,
                {"submission": submission, "precheck": "pass"},
                self.by,
                self.applicant,
            ),
            Event("accepted", self.moment),
        ]
        self.clocks += [
            dict(row)
            for row in accepted_clocks(
                town.tenant, self.case, town.variant, town.lists.calendar, self.moment
            )
        ]
        self._move(self.moment)

    def _move(self, at: dt.datetime) -> None:
        """Take what the process opens and how it ends."""
        moved = read_advance(self.town.walk(self.age, self.verbs).advance, self._scene(at))
        self.events += moved.events
        self.tasks += [_task(row) for row in moved.tasks]
        self.clocks += [dict(row) for row in moved.clocks]
        if moved.publication is not None:
            self._publish(at, moved.publication)
        if moved.status == "ended":
            self._end(at)
            outputs = outputs_of(self.town.process, moved.state)
            data = {"step": SEATS[min(len(self.verbs), len(SEATS)) - 1][0], "outputs": outputs}
            row = {"case_id": self.case, "kind": moved.outcome, "data": data, "decided_at": at}
            self.lot.put(t.case_outcome, {"tenant_id": self.town.tenant, "id": new_id(), **row})

    def _act(self, step: str, role: str, verb: str, at: dt.datetime) -> None:
        task = next(each for each in self.tasks if each["role_code"] == role)
        party, account = self.town.worker(role, self.place)
        if step == "verify":
            day = at.astimezone(self.town.house.services.zone).date()
            way = self.pick.choice(("home", "home", "video", "office"))
            values = {"visit_way": way, "visit_date": day}
            self._submit("verify", step, values, at, party, account)
        elif step == "bureau" and verb == "pass" and "bureau" not in self.forms:
            walked = self.town.walk(self.age, self.verbs).advance
            amount = self.town.process.variables(walked.state)["amount"]
            self.amount = str(amount)
            self._submit("bureau", step, {"monthly_amount": amount}, at, party, account)
        self._finish(task, verb, party, at)
        done = {"step": step, "verb": verb, "kind": _KINDS[verb], "opinion": None}
        self.events.append(Event("task_done", at, done, party, task_id=task["id"]))
        self.verbs = (*self.verbs, verb)
        self._move(at)

    def _finish(self, task: dict[str, Any], verb: str, party: int, at: dt.datetime) -> None:
        task |= {
            "status": "done", "done_at": at, "done_by": party, "verb": verb, "rev": 2,
        }  # fmt: skip
        for clock in self.clocks:
            if clock["task_id"] == task["id"]:
                clock |= {"status": "stopped", "stopped_at": at}

    def _withdraw(self, at: dt.datetime) -> None:
        self.verbs = (*self.verbs, "withdraw")
        self.events.append(Event("withdrawn", at, {}, self.by, self.applicant))
        self._end(at)

    def _rate(self, at: dt.datetime) -> None:
        """Let somebody say a few days later what they thought of it."""
        at += dt.timedelta(hours=self.pick.randrange(1, 120))
        if at > self.town.now or self.pick.random() > RATED:
            return
        score = self.pick.choice(SCORES)
        self.events.append(Event("rated", at, {"way": "link"}))
        self.lot.put(
            t.rating,
            {
                "tenant_id": self.town.tenant, "id": new_id(), "case_id": self.case,
                "app_id": APP, "item_variant_id": self.town.item,
                "department_id": self.town.owner, "region_code": self.place, "score": score,
                "tags": ["slow"] if score < 3 else [], "marks": {}, "named": False,
                "is_public": False, "way": "link", "rated_at": at, "counted": True, "held": "",
                "status": "filed" if score > 2 else "answered", "rev": 1,
            },
        )  # fmt: skip

    def _end(self, at: dt.datetime) -> None:
        self.ended = at
        for task in self.tasks:
            if task["status"] == "open":
                task |= {"status": "cancelled", "rev": 2}
        for clock in self.clocks:
            if clock["status"] != "stopped":
                clock |= {"status": "stopped", "stopped_at": at}

    def _submit(
        self,
        form_id: str,
        step: str,
        values: dict[str, Any],
        at: dt.datetime,
        party: int,
        account: int,
    ) -> int:
        town, submission = self.town, new_id()
        form = town.app.forms[form_id]
        facts = {"already_receiving": False, "life_status": "alive"} if step == "apply" else None
        text = answers.snapshot(
            form, town.app.number, values, town.house.services.sealer, town.tenant,
            self.applicant, submission, facts,
        )  # fmt: skip
        self.lot.put(
            t.submission,
            {
                "tenant_id": town.tenant, "id": submission, "case_id": self.case,
                "step_id": step, "round": 1, "app_id": APP, "release": town.app.number,
                "form_id": form_id, "account_id": account, "party_id": party,
                "on_behalf_of": self.applicant if step == "apply" else None, "snapshot": text,
                "digest": answers.digest(text.encode("utf-8")), "submitted_at": at,
            },
        )  # fmt: skip
        if form_id in town.records.forms:
            inputs = {**values, **({"birth": self.born} if step == "apply" else {})}
            told, _ = record_values(town.house.services, town.tenant, form, inputs)
            self.forms[form_id] = {"submission_id": submission, "values": told}
        return submission

    def _keep(self) -> None:
        town, lot = self.town, self.lot
        projection = project(self.events)
        number = self._number()
        row = {
            "tenant_id": town.tenant, "id": self.case, "number": number,
            "lookup_code": numbers.new_lookup_code(), "app_id": APP,
            "release": town.app.number, "item_variant_id": town.item, "root_id": self.case,
            "mode": "real", "title": self._title(), "applicant_id": self.applicant,
            "department_id": town.owner, "region_code": self.place,
            "rev": 1 + len(self.verbs), **projection.columns(),
        }  # fmt: skip
        lot.put(t.case, row)
        for role, party in (
            ("applicant", self.applicant), ("beneficiary", self.applicant), ("agent", self.by)
        ):  # fmt: skip
            who = {"case_id": self.case, "party_id": party, "role": role}
            confirmed = {"tenant_id": town.tenant, "confirmed_at": self.moment}
            lot.put(t.case_participant, {**confirmed, **who})
        lot.put(
            t.instance,
            {
                "tenant_id": town.tenant, "id": self.instance, "case_id": self.case,
                "app_id": APP, "release": town.app.number, "process_id": town.variant.process,
                "state": town.walk(self.age, self.verbs).advance.state,
                "status": "running" if self.ended is None else "ended",
                "rev": 1 + len(self.verbs), "started_at": self.moment, "ended_at": self.ended,
            },
        )  # fmt: skip
        for task in self.tasks:
            lot.put(t.task, task)
        for clock in self.clocks:
            lot.put(t.clock, clock)
        for pause in self.pauses:
            lot.put(t.clock_suspension, pause)
        if self.public is not None:
            lot.put(t.publicity, self.public)
        for seq, event in enumerate(self.events, 1):
            lot.put(t.event, _event(town.tenant, self.case, seq, event))
        for form_id, given in self.forms.items():
            fixed = record_fixed(row, given["submission_id"])
            lot.records[form_id].append({"fixed": fixed, "values": given["values"]})
        lot.open += self.ended is None

    def _number(self) -> str:
        year = self.moment.astimezone(self.town.house.services.zone).year
        last = self.town.numbers[year] = self.town.numbers.get(year, 0) + 1
        return f"{self.town.variant.number_prefix}-{year}-{last:06d}"

    def _title(self) -> str:
        return f"{self.name} {self.age}岁 {self._place()}"

    def _place(self) -> str:
        place = self.town.lists.places.get(self.place)
        return place.name if place else self.place


_KINDS = {"pass": "advance", "refuse": "refuse"}
_ORDER: Sequence[Table] = (
    t.party, t.identifier, t.account, t.case, t.case_participant, t.submission, t.instance,
    t.task, t.clock, t.clock_suspension, t.publicity, t.event, t.case_outcome, t.rating,
)  # fmt: skip


def _task(row: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("assignee_id", "owner_id", "claimed_at", "done_at", "done_by", "verb"))
    return {**empty, **row}


def _event(tenant: int, case: int, seq: int, event: Event) -> dict[str, Any]:
    return {
        "tenant_id": tenant, "case_id": case, "seq": seq, "type": event.type,
        "version": event.version, "at": event.at, "actor_id": event.actor_id,
        "on_behalf_of": event.on_behalf_of, "task_id": event.task_id, "data": dict(event.data),
    }  # fmt: skip
