"""What notices say of a case: its numbers, days, reasons, links; nothing is written here."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from app_definitions.app import placeholders
from gcrm.apps import CompiledApp
from gcrm.runtime import (
    corrections,
    grounds,
    hand_over,
    house_parameters,
    notice_texts,
    rating_links,
    revoke,
    wording,
)
from gcrm.runtime.calendars import days_after
from gcrm.runtime.case_papers import OpenPaper
from gcrm.runtime.clock_rows import clocks_of_case
from gcrm.runtime.clocks import Clock
from gcrm.runtime.public_address import base_of
from gcrm.runtime.refusals import sentence
from gcrm.runtime.services import Services
from gcrm.runtime.work import opinion_place
from gcrm.store import tables as t
from gcrm.store.events import Event

NAMED = 2  # of the things that are missing; the whole list stands on the case's page


@dataclass(slots=True)
class NoticeCase:
    """A case as far as its notices need it; what is read is read once for all of them."""

    reader: Connection
    services: Services
    row: RowMapping
    app: CompiledApp
    now: dt.datetime
    paper: OpenPaper | None
    links: list[Mapping[str, Any]] = field(default_factory=list)  # rating links to be stored
    _clocks: tuple[Clock, ...] | None = None
    _refusal: tuple[grounds.Refusal | None] | None = None  # read, and what was found
    _rate: str | None = None
    _base: str | None = None

    @property
    def tenant(self) -> int:
        """Give the tenant."""
        return int(self.row["tenant_id"])

    def clocks(self) -> tuple[Clock, ...]:
        """Give the clocks of the case."""
        if self._clocks is None:
            self._clocks = clocks_of_case(self.reader, self.tenant, self.row["id"])
        return self._clocks

    def values(
        self, template: str, locale: str, event: Event, above: str, channel: str
    ) -> dict[str, str]:
        """Give what a text names, by placeholder; `above` is the superior's name.

        Within the platform a link is said in words: the message leads to its case by itself.
        """
        inside = channel == "in_app"
        wanted = set(placeholders(template))
        row, zone, clocks = self.row, self.services.zone, self.clocks()
        promised = next((each for each in clocks if each.kind == "promised"), None)
        step = next(
            (each for each in reversed(clocks) if each.kind == "step" and not each.stopped_at),
            None,
        )
        known = {
            "item": wording.item_name(self.app, locale),
            "case_no": row["number"] or "",
            "due": notice_texts.day(promised.due_at if promised else None, locale, zone),
            "accept_due": notice_texts.day(step.due_at if step else None, locale, zone),
            "step": wording.step_names(self.app, locale).get(row["step_id"] or "", ""),
            "collect": sentence("collect_here", locale),
            "supervisor": above or sentence("nobody_above", locale),
            "name": "",
        }
        if wanted & {"deadline", "count", "list"}:
            known |= self._missing(locale)
        if wanted & {"reason", "where", "appeal"}:
            known |= self._refused(locale)
        if "link" in wanted:
            known["link"] = sentence("link_here", locale) if inside else f"{self.base()}/me"
        if "rate" in wanted:
            words = sentence("rate_here", locale)
            known["rate"] = words if inside else self.base() + self._rate_path()
        if wanted & {"remaining", "overdue"}:
            known |= self._time(event, locale)
        if self.paper is not None:
            form = self.paper.paper.form
            known |= notice_texts.field_values(
                template, form, self.paper.values, self.paper.context
            )
        return known

    def _missing(self, locale: str) -> dict[str, str]:
        """Say what the applicant still owes: by when, how many things, and the first two."""
        found = corrections.newest(self.reader, self.services.sealer, dict(self.row))
        if found is None:
            return {"deadline": "", "count": "", "list": ""}
        form = self.paper.paper.form if self.paper is not None else None
        labels = [
            field.label(locale) if (field := form.field(item.field)) is not None else item.label
            for item in found.items
            if form is not None and item.field is not None
        ] + [item.label for item in found.items if item.field is None]
        between = "、" if locale.lower().startswith("zh") else ", "
        return {
            "deadline": notice_texts.day(found.due_at, locale, self.services.zone),
            "count": str(len(found.items)),
            "list": between.join(labels[:NAMED]),
        }

    def base(self) -> str:
        """Give the address under which people reach the pages of this tenant."""
        if self._base is None:
            self._base = base_of(self.reader, self.services, self.tenant)
        return self._base

    def _refused(self, locale: str) -> dict[str, str]:
        """Say why, where else to go and how to appeal: as the refusal itself keeps it."""
        if self._refusal is None:
            row = dict(self.row)
            self._refusal = (grounds.read_refusal(self.reader, self.services, row),)
        refusal = self._refusal[0]
        if refusal is not None:
            reason, elsewhere, appeal = refusal.reason, refusal.elsewhere, refusal.appeal
        else:
            reason, elsewhere = self._revoked() or self._newest_opinion(), ""
            lists = self.services.reference.at(self.reader, self.tenant, self.now)
            today = self.now.astimezone(self.services.zone).date()
            appeal = grounds.appeal_of(self.app, lists, self.row["region_code"], today)
        return {
            "reason": reason.rstrip("。."),
            "where": (elsewhere or self._hall(locale)).rstrip("。."),
            "appeal": sentence("appeal_ways", locale, days=appeal.days, months=appeal.months),
        }

    def _hall(self, locale: str) -> str:
        guide = self.app.definition.guide
        key = f"app.json#{self.app.definition.id}.guide.hall"
        said = self.app.say(key, guide.hall, locale) if guide.hall else ""
        return said or sentence("any_hall", locale)

    def _revoked(self) -> str:
        """Say why it was revoked; the opinions are of those who had approved it."""
        if self.row["state"] != "revoked":
            return ""
        said = revoke.words_of(self.reader, self.services, self.tenant, self.row["id"])
        return said.reason if said is not None else ""

    def _newest_opinion(self) -> str:
        opinion = t.opinion.c
        newest = self.reader.execute(
            select(opinion.id, opinion.text_sealed)
            .where(
                opinion.tenant_id == self.tenant,
                opinion.case_id == self.row["id"],
                opinion.verb != hand_over.VERB,  # between colleagues
            )
            .order_by(opinion.id.desc())
            .limit(1)
        ).first()
        if newest is None:
            return ""
        return self.services.sealer.open(
            self.tenant, self.row["applicant_id"], opinion_place(newest.id), newest.text_sealed
        ).decode("utf-8")

    def _rate_path(self) -> str:
        """Make the one link of this telling; its row is stored with the notices."""
        if self._rate is None:
            token = rating_links.new_token()
            lists = self.services.reference.at(self.reader, self.tenant, self.now)
            today = self.now.astimezone(self.services.zone).date()
            days = house_parameters.whole(lists, "rating_link_days", today, self.row["region_code"])
            self.links.append(
                rating_links.link_row(self.tenant, self.row["id"], token, days, self.now)
            )
            self._rate = rating_links.path_of(token)
        return self._rate

    def _time(self, event: Event, locale: str) -> dict[str, str]:
        """Say how much time is left on the clock that turned its lamp, or how much too late."""
        number = event.data.get("clock")
        clock = next((each for each in self.clocks() if str(each.id) == str(number)), None)
        if clock is None:
            return {}
        zone = self.services.zone
        calendar = self.services.reference.at(self.reader, self.tenant, self.now).calendar
        today, due = self.now.astimezone(zone).date(), clock.due_at.astimezone(zone).date()
        early, late = min(today, due), max(today, due)
        days = sum(calendar.is_working_day(each) for each in days_after(early, late))
        if not days:
            said = sentence("less_than_a_day", locale)
        else:
            said = sentence("one_day" if days == 1 else "some_days", locale, days=days)
        return {"remaining": said, "overdue": said}
