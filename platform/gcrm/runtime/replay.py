"""Verdicts again: a stored verdict judged anew, and real cases as samples for an impact list.

A submission keeps its release, its answers and what registers said (sealed), the event of the
submission keeps the verdict and the version. So what was judged then can be judged again, on the
day of then or on any other.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select

from form_engine.context import Attachment, FillContext
from form_engine.form import Form
from gcrm.access.accessor import Accessor
from gcrm.apps import CompiledApp
from gcrm.apps.impact import Fill, Sample
from gcrm.runtime import answers, filling, precheck
from gcrm.runtime.case_papers import APPLY
from gcrm.runtime.filling import Paper
from gcrm.runtime.precheck import Precheck
from gcrm.runtime.reference import Lists
from gcrm.runtime.services import Services
from gcrm.store import events
from gcrm.store import tables as t
from rule_engine import Verdict

MOST = 2000
"""Real cases looked at for one impact list, the newest first."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What was stored beside what the same release says of the same inputs on the same day."""

    release: int
    judged_at: dt.datetime
    stored_verdict: str
    stored_version: str | None
    found: Precheck

    @property
    def same(self) -> bool:
        """Tell whether the verdict and its version come out as stored."""
        return (self.stored_verdict, self.stored_version) == (
            self.found.verdict.name.lower(),
            self.found.version,
        )


def replay(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    case_id: int,
    now: dt.datetime,
    *,
    locale: str = "zh-CN",
) -> Replay | None:
    """Judge an application again as it was judged when it came; None where it came without.

    Raises Denied where the actor may not read the case.
    """
    case = accessor.get("case", case_id)
    told = next(
        (e for e in events.read(reader, case["tenant_id"], case_id) if e.type == "submitted"), None
    )
    if told is None or "submission" not in told.data:
        return None
    row = _submissions(reader, accessor, t.submission.c.id == int(told.data["submission"]))[0]
    services.sealer.load(reader, row["tenant_id"], (row["applicant_id"],))
    app = services.apps.load(reader, row["tenant_id"], row["app_id"], row["release"])
    form: Form = app.forms[row["form_id"]]
    values, facts = _opened(services, form, row)
    paper = Paper(app, filling.variant_of(app, row["variant"]), form)
    lists = services.reference.at(reader, row["tenant_id"], now)
    context = _context(services, lists, paper, values, facts, row["submitted_at"], locale)
    return Replay(
        row["release"],
        row["submitted_at"],
        str(told.data.get("precheck", Verdict.PASS.name.lower())),
        told.data.get("version"),
        precheck.judge(paper, form.inputs(values, context), context),
    )


def samples_of_cases(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    app_id: str,
    *,
    most: int = MOST,
) -> Iterator[Sample]:
    """Give the cases of an app that the actor may read, by number, their newest applications.

    Answers are in clear in memory; what of them is shown is what the rules say.
    """
    rows = _submissions(
        reader,
        accessor,
        t.submission.c.app_id == app_id,
        t.submission.c.step_id == APPLY,
        most=most,
    )
    if rows:
        services.sealer.load(reader, rows[0]["tenant_id"], {row["applicant_id"] for row in rows})
    for row in rows:
        app = services.apps.load(reader, row["tenant_id"], row["app_id"], row["release"])
        form: Form = app.forms[row["form_id"]]
        values, facts = _opened(services, form, row)
        yield Sample(
            str(row["case_id"]),
            str(row["number"] or row["case_id"]),
            form.to_json(values),
            facts,
            row["variant"],
        )


def fill_as_cases(reader: Connection, services: Services, tenant: int, now: dt.datetime) -> Fill:
    """Make the surroundings of real cases: the tenant's own regions, calendar and parameters."""
    lists = services.reference.at(reader, tenant, now)

    def fill(
        app: CompiledApp,
        form: Form,
        values: Mapping[str, Any],
        facts: Mapping[str, Any],
        as_of: dt.datetime,
    ) -> FillContext:
        paper = Paper(app, app.definition.item_variants[0], form)
        return _context(services, lists, paper, values, facts, as_of, "zh-CN")

    return fill


def _submissions(
    reader: Connection, accessor: Accessor, *conditions: Any, most: int = 1
) -> list[RowMapping]:
    """Read the newest fitting submissions of the cases that the actor may read, one a case."""
    allowed = accessor.select("case", "read").with_only_columns(t.case.c.id)
    rows = reader.execute(
        select(
            t.submission,
            t.case.c.number,
            t.case.c.applicant_id,
            t.item_variant.c.code.label("variant"),
        )
        .join(
            t.case,
            and_(
                t.case.c.tenant_id == t.submission.c.tenant_id,
                t.case.c.id == t.submission.c.case_id,
            ),
        )
        .join(
            t.item_variant,
            and_(
                t.item_variant.c.tenant_id == t.case.c.tenant_id,
                t.item_variant.c.id == t.case.c.item_variant_id,
            ),
        )
        .where(
            t.submission.c.tenant_id == accessor.actor.tenant_id,
            t.case.c.id.in_(allowed),
            *conditions,
        )
        .order_by(t.submission.c.id.desc())
        .limit(most)
    ).mappings()
    newest: dict[int, RowMapping] = {}
    for row in rows:
        newest.setdefault(row["case_id"], row)
    return list(newest.values())


def _opened(
    services: Services, form: Form, row: RowMapping
) -> tuple[dict[str, Any], dict[str, Any]]:
    place = (services.sealer, row["tenant_id"], row["applicant_id"], row["id"])
    return (
        answers.open_snapshot(form, row["snapshot"], *place),
        answers.open_facts(row["snapshot"], *place),
    )


def _context(
    services: Services,
    lists: Lists,
    paper: Paper,
    values: Mapping[str, Any],
    facts: Mapping[str, Any],
    as_of: dt.datetime,
    locale: str,
) -> FillContext:
    return filling.context_of(
        services,
        lists,
        paper,
        values,
        as_of,
        locale=locale,
        facts=facts,
        attachments=lambda own: Attachment(own, "", "application/octet-stream", 1),
    )
