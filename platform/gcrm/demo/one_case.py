"""One made-up case on its way, from its submission to where it stands today."""

import datetime as dt
from decimal import Decimal
from typing import Any

from gcrm.demo.lots import Lot
from gcrm.demo.town import APP, SEATS
from gcrm.runtime import answers
from gcrm.runtime import clocks as clocks_
from gcrm.runtime.case_clocks import accepted_clocks
from gcrm.runtime.clocks import Suspension, Term
from gcrm.runtime.movement import Publication, Scene, read_advance
from gcrm.runtime.record_values import record_values
from gcrm.runtime.routing import outputs_of
from gcrm.runtime.submission_rows import record_fixed
from gcrm.store import numbers
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.events import Event, project
from gcrm.store.masks import mask

DAYS = {"verify": (1, 1, 1, 2, 2, 3), "street": (1, 1, 2, 2, 3, 5), "bureau": (1, 1, 1, 2, 2, 3)}
REFUSED = {"verify": 0.03, "street": 0.03, "bureau": 0.02}
WITHDRAWN = 0.03
RATED = 0.6  # of those that were decided
SCORES = (5, 5, 5, 5, 5, 4, 4, 4, 3, 3, 2)

_KINDS = {"pass": "advance", "refuse": "refuse"}


class Case:
    """One case on its way."""

    def __init__(self, lot: Lot, moment: dt.datetime) -> None:
        """Choose who applies, and for whom."""
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


def _task(row: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("assignee_id", "owner_id", "claimed_at", "done_at", "done_by", "verb"))
    return {**empty, **row}


def _event(tenant: int, case: int, seq: int, event: Event) -> dict[str, Any]:
    return {
        "tenant_id": tenant, "case_id": case, "seq": seq, "type": event.type,
        "version": event.version, "at": event.at, "actor_id": event.actor_id,
        "on_behalf_of": event.on_behalf_of, "task_id": event.task_id, "data": dict(event.data),
    }  # fmt: skip
