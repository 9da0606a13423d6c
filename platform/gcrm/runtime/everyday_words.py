"""Everyday words for official ones, filler words, and what is often looked for: dictionaries.

They are dictionaries of the platform with validity, which administrators edit; the ones that
ship are laid in where a code is missing, and never written over.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import tables as t
from gcrm.store.search_words import cut, normalise

EVERYDAY, FILLERS, COMMON = "everyday_words", "filler_words", "common_searches"
VERBS, SIDE = "parted_verbs", "side_actions"
LISTS = (EVERYDAY, FILLERS, COMMON, VERBS, SIDE)
GAP = 4  # characters that may stand between a verb and what it is done with: 养了一条狗
SINCE = dt.date(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class Word:
    """An everyday word: all of its parts must stand in the question, in any order.

    `parted` finds it where something stands between its verb and the rest.
    """

    parts: tuple[str, ...]
    means: tuple[str, ...]
    parted: tuple[str, str] | None = None

    @property
    def length(self) -> int:
        """Count its characters."""
        return sum(map(len, self.parts))


@dataclass(frozen=True, slots=True)
class Words:
    """All lists as they are valid today, the longest words first."""

    everyday: tuple[Word, ...] = ()
    fillers: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    side: tuple[str, ...] = ()  # what is done to a permit one has: 注销, 变更, 补办

    def found_in(self, text: str) -> tuple[Word, ...]:
        """Find the everyday words in a text; a word inside a longer one that was found is none."""
        taken: set[int] = set()
        found = []
        for word in self.everyday:
            places = _places(word, text)
            if places and not places <= taken:
                taken |= places
                found.append(word)
        return tuple(found)

    def without_fillers(self, text: str) -> str:
        """Take filler words out; a text of nothing else stays as it is.

        A filler of one character goes only where it is a word by itself: 管 is none in 管理.
        """
        rest = text
        for filler in self.fillers:
            if len(filler) > 1:
                rest = rest.replace(filler, " ")
        short = {filler for filler in self.fillers if len(filler) == 1}
        rest = " ".join(
            "".join(" " if word in short else word for word in cut(run)) for run in rest.split()
        )
        return rest if rest.strip() else text


def _places(word: Word, text: str) -> set[int]:
    places: set[int] = set()
    for part in word.parts:
        start = text.find(part)
        if start < 0:
            return _apart(*word.parted, text) if word.parted else set()
        while start >= 0:
            places.update(range(start, start + len(part)))
            start = text.find(part, start + 1)
    return places


def _apart(verb: str, rest: str, text: str) -> set[int]:
    """Find a verb and, a few characters on, what it is done with."""
    start = text.find(verb)
    while start >= 0:
        after = start + len(verb)
        found = text.find(rest, after + 1, after + GAP + len(rest))
        if found >= 0:
            return {*range(start, after), *range(found, found + len(rest))}
        start = text.find(verb, start + 1)
    return set()


def make(
    everyday: Iterable[tuple[str, str]],
    fillers: Iterable[str],
    common: Iterable[str],
    verbs: Iterable[str] = (),
    side: Iterable[str] = (),
) -> Words:
    """Make the lists from codes and labels as the dictionaries have them."""
    parted = frozenset(verbs)
    words = [_word(code, label, parted) for code, label in everyday]
    words.sort(key=lambda word: (-word.length, word.parts))
    cut = {normalise(each).replace(" ", "") for each in fillers}
    return Words(
        tuple(word for word in words if word.length),
        tuple(sorted(cut - {""}, key=lambda each: (-len(each), each))),
        tuple(common),
        tuple(side),
    )


def _word(code: str, label: str, verbs: frozenset[str]) -> Word:
    parts = tuple(normalise(code).split()) or ("",)
    parted = None
    begun = (parts[0][:length] for length in range(len(parts[0]), 0, -1))
    verb = next((each for each in begun if each in verbs), "")
    if len(parts) == 1 and verb and len(parts[0]) > len(verb):
        parted = verb, parts[0][len(verb) :]
    return Word(parts, tuple(label.split()), parted)


def read(reader: Connection, tenant_id: int, today: dt.date) -> Words:
    """Read the lists as they are valid today; one statement."""
    e = t.dictionary_entry.c
    rows = reader.execute(
        sa.select(e.dictionary, e.code, e.label)
        .where(
            e.tenant_id == tenant_id,
            e.dictionary.in_(LISTS),
            e.valid_from <= today,
            sa.or_(e.valid_to.is_(None), e.valid_to > today),
        )
        .order_by(e.dictionary, e.position, e.code)
    ).all()
    return _made(tuple((row.dictionary, row.code, row.label) for row in rows))


@lru_cache(maxsize=4)
def _made(rows: tuple[tuple[str, str, str], ...]) -> Words:
    """Make the lists once for what the dictionaries hold: they are read again each minute."""
    listed: dict[str, list[tuple[str, str]]] = {name: [] for name in LISTS}
    for dictionary, code, label in rows:
        listed[dictionary].append((code, label))
    codes = {name: [code for code, _label in entries] for name, entries in listed.items()}
    return make(listed[EVERYDAY], codes[FILLERS], codes[COMMON], codes[VERBS], codes[SIDE])


@lru_cache(maxsize=1)
def shipped() -> tuple[dict[str, Any], ...]:
    """Read the lists that ship: id, name, entries as [code, label]."""
    file = resources.files("gcrm.runtime") / "data" / "everyday_words.json"
    return tuple(json.loads(file.read_text("utf-8"))["dictionaries"])


@dataclass(frozen=True, slots=True)
class Missing:
    """Rows of dictionaries and entries that a tenant does not have yet."""

    dictionaries: Sequence[dict[str, Any]]
    entries: Sequence[dict[str, Any]]


def missing(reader: Connection, tenant_id: int) -> Missing:
    """Find which of the shipped words a tenant lacks; a word that was ended is not lacking."""
    d, e = t.dictionary.c, t.dictionary_entry.c
    ids = [each["id"] for each in shipped()]
    known = set(
        reader.execute(sa.select(d.code).where(d.tenant_id == tenant_id, d.code.in_(ids))).scalars()
    )
    entries = {
        tuple(row)
        for row in reader.execute(
            sa.select(e.dictionary, e.code).where(e.tenant_id == tenant_id, e.dictionary.in_(ids))
        )
    }
    lists = [
        {"tenant_id": tenant_id, "code": each["id"], "name": each["name"], "source": "随平台提供"}
        for each in shipped()
        if each["id"] not in known
    ]
    rows = [
        {
            "tenant_id": tenant_id,
            "dictionary": each["id"],
            "code": code,
            "label": label,
            "valid_from": SINCE,
            "position": position,
        }
        for each in shipped()
        for position, (code, label) in enumerate(each["entries"])
        if (each["id"], code) not in entries
    ]
    return Missing(lists, rows)


def lay_in(writer: Connection, plan: Missing) -> None:
    """Write what `missing` found."""
    if plan.dictionaries:
        writer.execute(sa.insert(t.dictionary), list(plan.dictionaries))
    if plan.entries:
        writer.execute(sa.insert(t.dictionary_entry), list(plan.entries))
