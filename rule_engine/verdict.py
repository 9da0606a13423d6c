"""Verdicts: what is true, what is false, and what nobody can say before more is known."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rule_engine.running import Note
from rule_engine.values import Unknown


class Verdict(enum.Enum):
    """符合, 不符合, 缺资料; ERROR says that the rule could not be worked out at all."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    MISSING = "missing"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the inputs that are missing, or with what went wrong."""

    verdict: Verdict
    missing: tuple[str, ...] = ()
    errors: tuple[Note, ...] = ()


def judgement_of(value: Any, notes: Iterable[Note]) -> Judgement:
    """Read the value of an evaluation as a verdict."""
    errors = tuple(note for note in notes if note.kind == "error")
    if value is True:
        return Judgement(Verdict.PASS)
    if type(value) is Unknown:
        return Judgement(Verdict.MISSING, tuple(sorted(value.inputs)))
    if value is False or not errors:
        return Judgement(Verdict.FAIL)
    return Judgement(Verdict.ERROR, (), errors)


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Join verdicts that must all be PASS: the worst known one wins."""
    found = set(verdicts)
    for verdict in (Verdict.FAIL, Verdict.ERROR, Verdict.MISSING):
        if verdict in found:
            return verdict
    return Verdict.PASS
