"""A use case: prepare with a reader, commit with the writer, then what comes after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def nothing_after(services: Any, receipt: Any) -> Any:
    """Give the receipt as it is."""
    return receipt


@dataclass(frozen=True, slots=True)
class UseCase:
    """Three steps that the assembly runs in turn.

    `prepare(reader, services, actor, ask, now) -> plan` may be slow and may refuse;
    `commit(writer, services, plan, now) -> receipt` checks again what could have
    changed and writes; `after(services, receipt)` runs once the writer is free: it
    calls connectors, and raises Refused where a refusal itself had to be written
    down first (a wrong password counts).
    """

    prepare: Callable[..., Any]
    commit: Callable[..., Any]
    after: Callable[..., Any] = nothing_after
