"""Why an application is refused: the reason, the rule, what could change it, where else to go,
and how to appeal. Kept with the outcome, what is personal in it sealed."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from app_definitions import ids
from app_definitions.app import ItemVariant
from form_engine.cleaning import lines, printable
from gcrm.apps import CompiledApp
from gcrm.runtime import law
from gcrm.runtime.answers import SEALED, canonical
from gcrm.runtime.reference import Lists
from gcrm.runtime.services import Services
from gcrm.store import tables as t
from rule_engine import Finding, Verdict

LEAST = 4  # characters of what could change it and of where else to go
LONGEST = 500
CONDITION, BASIS = "condition", "basis"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a clerk says beside the reason; `rule` is the code of one of `rules_of`."""

    rule: str
    change: str
    elsewhere: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule on which a refusal can rest; `fails` where the application does not meet it."""

    code: str
    text: str
    source: str
    fails: bool = False
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Appeal:
    """Within which time one can appeal, counted from the day on which the letter came."""

    days: int
    months: int
    days_source: str
    months_source: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as its citizen reads it, and as its letter says it."""

    reason: str
    rule: str
    source: str
    change: str
    elsewhere: str
    appeal: Appeal


def rules_of(
    app: CompiledApp, variant: ItemVariant, findings: tuple[Finding, ...], locale: str
) -> tuple[Rule, ...]:
    """List the rules: conditions that are not met, the others, then the basis of the item."""
    conditions = [
        Rule(
            f"{CONDITION}:{each.condition_id}",
            each.name,
            each.source,
            each.verdict in (Verdict.FAIL, Verdict.MISSING),
            each.fix,
        )
        for each in findings
    ]
    basis = [
        Rule(f"{BASIS}:{each.id}", app.say(ids.path("app.json", [each.id], "text"), each.text,
                                            locale), "")
        for each in app.definition.service_item.basis
    ]  # fmt: skip
    return (*sorted(conditions, key=lambda each: not each.fails), *basis)


def appeal_of(app: CompiledApp, lists: Lists, region: str | None, day: date) -> Appeal:
    """Give the times of appeal that are in force on a day."""
    days = law.number("appeal_reconsider_days", app.definition, lists, region, day)
    months = law.number("appeal_lawsuit_months", app.definition, lists, region, day)
    return Appeal(days.value, months.value, days.source, months.source)


def lacking(given: Grounds | None, rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """Name what is missing: codes of the catalogue of refusals.

    An app that names no rules at all cannot be asked for one.
    """
    asked = given or Grounds("", "", "")
    found = []
    if rules and asked.rule not in {each.code for each in rules}:
        found.append("refusal_rule")
    for code, text in (("refusal_change", asked.change), ("refusal_elsewhere", asked.elsewhere)):
        if not LEAST <= len(clean(text)) <= LONGEST:
            found.append(code)
    return tuple(found)


def clean(text: str) -> str:
    """Give a text as people read it."""
    return printable(lines(text))


def to_data(
    services: Services,
    case: Mapping[str, Any],
    outcome_id: int,
    given: Grounds,
    reason: str,
    rules: tuple[Rule, ...],
    appeal: Appeal,
) -> dict[str, Any]:
    """Give what the outcome keeps: the rule and the times in clear, the clerk's words sealed."""
    rule = next((each for each in rules if each.code == given.rule), Rule("", "", ""))
    words = {
        "reason": reason,
        "change": clean(given.change),
        "elsewhere": clean(given.elsewhere),
    }
    sealed = services.sealer.seal(
        case["tenant_id"], case["applicant_id"], place(outcome_id), canonical(words)
    )
    return {
        "rule": {"code": rule.code, "text": rule.text, "source": rule.source},
        "appeal": {
            "reconsider": {"days": appeal.days, "source": appeal.days_source},
            "lawsuit": {"months": appeal.months, "source": appeal.months_source},
        },
        SEALED: base64.b64encode(sealed).decode("ascii"),
    }


def place(outcome_id: int) -> str:
    """Name the place where the words of a refusal are sealed."""
    return f"case_outcome.data.{outcome_id}"


def read_refusal(
    reader: Connection, services: Services, case: RowMapping | Mapping[str, Any]
) -> Refusal | None:
    """Read why a case was refused, in clear; None where it was not, or before grounds were kept.

    One statement, the key aside.
    """
    outcome = t.case_outcome.c
    row = reader.execute(
        select(outcome.id, outcome.data)
        .where(outcome.tenant_id == case["tenant_id"], outcome.case_id == case["id"])
        .order_by(outcome.id.desc())
        .limit(1)
    ).first()
    kept = row.data.get("refusal") if row is not None else None
    if row is None or kept is None:
        return None
    services.sealer.load(reader, case["tenant_id"], (case["applicant_id"],))
    words = json.loads(
        services.sealer.open(
            case["tenant_id"],
            case["applicant_id"],
            place(row.id),
            base64.b64decode(kept[SEALED]),
        )
    )
    appeal = kept["appeal"]
    return Refusal(
        reason=words["reason"],
        rule=kept["rule"]["text"],
        source=kept["rule"]["source"],
        change=words["change"],
        elsewhere=words["elsewhere"],
        appeal=Appeal(
            appeal["reconsider"]["days"],
            appeal["lawsuit"]["months"],
            appeal["reconsider"]["source"],
            appeal["lawsuit"]["source"],
        ),
    )
