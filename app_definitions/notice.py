"""Notices: what is sent to whom when a case reaches a state or a clock turns its lamp."""

import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app_definitions.shapes import Feel, Id, Text
from app_definitions.states import State

PersonRole = Literal["applicant", "beneficiary", "co_applicant", "agent", "helper", "payee"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A message sent when a case reaches a state or a clock turns its lamp.

    `{name}` in the text is a value of the platform (`PLACEHOLDERS`) or a field of the form.
    `short` is what a text message says; where it is empty, `text`. `correction_again` is a list
    after the first: law asks for all at once (行政许可法 32), so the office above looks at it.
    """

    id: Id
    on: State | Literal["correction_due", "correction_again", "warning", "breach", "urge", "task"]
    to: tuple[PersonRole | Literal["handler", "supervisor"], ...]
    channels: tuple[Literal["in_app", "sms", "mail"], ...]
    text: Text
    when: Feel = ""
    short: Text = ""


PLACEHOLDERS: frozenset[str] = frozenset(
    {
        "item",
        "case_no",
        "accept_due",
        "due",
        "remaining",
        "overdue",
        "step",
        "reason",
        "where",
        "collect",
        "link",
        "count",
        "list",
        "name",
        "deadline",
        "appeal",
        "rate",
        "supervisor",
    }
)


def placeholders(text: str) -> Iterator[str]:
    """List the names in braces; raise ValueError where braces do not match."""
    for _, name, spec, conversion in string.Formatter().parse(text):
        if name is not None:
            if spec or conversion:
                raise ValueError(name)
            yield name
