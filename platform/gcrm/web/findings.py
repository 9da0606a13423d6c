"""What rules found, as a person reads it: what is asked, what is there, the gap, the way out."""

from dataclasses import dataclass

from gcrm.apps import CompiledApp
from gcrm.web.language import gettext as _
from rule_engine import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Measure:
    """One input beside what is asked of it."""

    label: str
    required: str
    actual: str
    gap: str
    fix: str


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One condition: whether it holds, and why not."""

    name: str
    kind: str
    tone: str
    verdict: str
    message: str
    fix: str
    leaves: tuple[Measure, ...]
    source: str


KINDS = {Verdict.PASS: "yes", Verdict.FAIL: "no"}
TONES = {Verdict.PASS: "ok", Verdict.FAIL: "bad"}


def shown(app: CompiledApp, finding: Finding) -> ShownFinding:
    """Make a finding ready to show."""
    said = {
        Verdict.PASS: _("符合"),
        Verdict.FAIL: _("不符合"),
        Verdict.MISSING: _("缺资料"),
    }
    return ShownFinding(
        name=finding.name,
        kind=KINDS.get(finding.verdict, "na"),
        tone=TONES.get(finding.verdict, "warn"),
        verdict=said.get(finding.verdict, _("没有判断出来")),
        message=finding.message,
        fix=finding.fix,
        leaves=tuple(
            Measure(leaf.label, leaf.required, leaf.actual, leaf.gap, leaf.hint)
            for leaf in finding.leaves
        )
        if finding.verdict is not Verdict.PASS
        else (),
        source=finding.source,
    )
