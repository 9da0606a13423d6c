"""What a decision gives: verdict, outputs, rows, and findings that people can read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rule_engine.explain import Leaf
from rule_engine.running import Note
from rule_engine.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """How one condition came out; message and fix are empty where it is met."""

    condition_id: str
    name: str
    verdict: Verdict
    message: str = ""
    fix: str = ""
    leaves: tuple[Leaf, ...] = ()
    source: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionJudgement:
    """The whole answer of a decision; `version_id` is None where no version holds."""

    version_id: str | None
    verdict: Verdict
    outputs: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def passed(self) -> bool:
        """Tell whether everything that is asked is met."""
        return self.verdict is Verdict.PASS
