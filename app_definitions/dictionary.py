"""Dictionaries: lists of codes with labels, each entry valid for a time, with a successor."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

from app_definitions import ids, reading
from app_definitions.problem import Problem, Problems, error
from app_definitions.shapes import Code, Id, Text


@dataclass(frozen=True, slots=True)
class Entry:
    """One code. A case keeps the codes of its day, so an entry is ended and never deleted."""

    code: Code
    label: Text
    parent: Code | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    successor: Code | None = None

    def is_valid(self, on: dt.date) -> bool:
        """Tell whether the code may be chosen on a day."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A list to choose from."""

    FORMAT: ClassVar[str] = "gcrm.dictionary/1"

    id: Id
    name: Text
    entries: tuple[Entry, ...]
    source: Text = ""

    def label(self, code: str) -> str:
        """Give the label of a code, or the code itself where there is none."""
        return next((entry.label for entry in self.entries if entry.code == code), code)

    def valid(self, on: dt.date) -> tuple[Entry, ...]:
        """List the entries that may be chosen on a day."""
        return tuple(entry for entry in self.entries if entry.is_valid(on))


def read_dictionary(document: Any, part: str) -> tuple[Dictionary | None, Problems]:
    """Read a dictionary; all problems come back together."""
    return reading.read(Dictionary, document, part, check=_check)


def write_dictionary(dictionary: Dictionary) -> dict[str, Any]:
    """Give the canonical document."""
    return reading.write(dictionary)


def _check(dictionary: Dictionary, part: str) -> list[Problem]:
    counted = Counter(entry.code for entry in dictionary.entries)
    problems = [
        error(ids.path(part, [code], "code"), "code_doubled", value=code)
        for code, times in counted.items()
        if times > 1
    ]
    for entry in dictionary.entries:
        problems += [
            error(ids.path(part, [entry.code], name), "code_unknown", value=other)
            for name in ("parent", "successor")
            if (other := getattr(entry, name)) is not None and other not in counted
        ]
    return problems
