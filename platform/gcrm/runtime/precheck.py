"""The pre-check: the app's own conditions, judged before anything is submitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from form_engine.context import FillContext
from form_engine.messages import locale_key
from gcrm.runtime.filling import Paper, place_of
from rule_engine import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Precheck:
    """What came of it; an app without a pre-check passes with nothing found."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    version: str | None

    @property
    def passed(self) -> bool:
        """Say whether one may submit."""
        return self.verdict is Verdict.PASS

    @property
    def obstacles(self) -> tuple[Finding, ...]:
        """List what stands in the way: what does not hold, then what is missing."""
        order = {Verdict.FAIL: 0, Verdict.MISSING: 1, Verdict.ERROR: 2}
        found = [each for each in self.findings if each.verdict in order]
        return tuple(sorted(found, key=lambda each: order[each.verdict]))


def judge(paper: Paper, inputs: Mapping[str, Any], context: FillContext) -> Precheck:
    """Judge answers, derived facts and facts by the version that is in force now at the place.

    The findings are said in the language of the context.
    """
    decision = paper.app.precheck_of(paper.variant)
    if decision is None:
        return Precheck(Verdict.PASS, (), None)
    language = locale_key(context.locale)
    judgement = decision.judge(
        inputs,
        context.evaluation,
        region=place_of(paper.app, inputs),
        locale=context.locale,
        texts=paper.app.translations.get(language, {}),
        labels=paper.form.labels(context.locale),
    )
    return Precheck(judgement.verdict, tuple(judgement.findings), judgement.version_id)
