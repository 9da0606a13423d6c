"""From sentence to tree: what a sentence of ours says, for all that the databases know.

A sentence is read by the phrases that sentences are made of. Whatever is read is said again,
and taken only if it is the same sentence; where two meanings are left there is none, and the
sentence is for reading alone.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import tree
from rule_engine.check import Checker
from rule_engine.functions.known import FUNCTIONS
from rule_engine.functions.registry import FeelFunction
from rule_engine.phrases import MEMBERS, SIGNS
from rule_engine.printer import text_of
from rule_engine.running import Regions
from rule_engine.sentence import Speaker

LONGEST = 600
MOST_TRIES = 20_000
MOST_READINGS = 6
CALLS = (
    "not", "today", "age", "months between", "days between", "contains", "starts with",
    "ends with", "string length", "list contains", "within region",
)  # fmt: skip
"""Functions whose phrases are read."""

_OPEN, _SHUT = "（(“", "）)”"
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})*)(\.\d+)?")
_DAYS = (
    re.compile(r"(\d{1,4})年(\d{1,2})月(\d{1,2})日（周.）"),
    re.compile(r"[A-Z][a-z]{2} (\d{1,2}) ([A-Z][a-z]{2}) (\d{1,4})"),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LENGTHS = {
    "P{}Y": r"(\d+)(?:年| years?)",
    "P{}M": r"(\d+)(?:个月| months?)",
    "P{}D": r"(\d+)(?:天| days?)",
}
_BOTH = re.compile(r"(\d+)(?:年| years?) ?(\d+)(?:个月| months?)")


class _TooMuchError(Exception):
    """Ends a reading that tries too much."""


def read_sentence(
    text: str,
    vocabulary: Vocabulary,
    locale: str,
    *,
    functions: Mapping[str, FeelFunction] = FUNCTIONS,
    labels: Mapping[str, str] | None = None,
    regions: Regions | None = None,
) -> tree.Node | None:
    """Read a condition; None where it is no sentence of ours, or may mean two things."""
    if len(text) > LONGEST:
        return None
    speaker = Speaker(vocabulary, functions, locale, None, labels, regions)
    reader = _Reader(speaker, vocabulary)
    try:
        found = reader.read(text.strip().removesuffix("。" if speaker.chinese else "."))
    except (_TooMuchError, RecursionError):
        return None
    fitting: dict[str, tree.Node] = {}
    for node in found:
        checker = Checker(vocabulary, functions)
        kind = checker.type(node)
        if not checker.faults and kind.name == "boolean":
            fitting.setdefault(_meaning(node), node)
    return next(iter(fitting.values())) if len(fitting) == 1 else None


def _meaning(node: tree.Node) -> str:
    """Write a tree so that the same meaning is the same text: `x in [1..2]` is a `between`."""
    return _CLOSED.sub(r"between \1 and \2", text_of(node))


_CLOSED = re.compile(r"in \(\[([^\[\]]*)\.\.([^\[\]]*)\]\)")


class _Reader:
    """Reads pieces of one sentence, each once."""

    def __init__(self, speaker: Speaker, vocabulary: Vocabulary) -> None:
        self.speaker = speaker
        self.words = speaker.words
        self.language = "zh" if speaker.chinese else "en"
        self.inputs = [entry for entry in vocabulary if "." not in entry.id]
        self.parameters = [entry for entry in vocabulary if entry.id.startswith("parameters.")]
        self.known: dict[tuple[str, str], tuple[tree.Node, ...]] = {}
        self.tries = 0

    def read(self, text: str, beside: tree.Node | None = None) -> tuple[tree.Node, ...]:
        """Give the trees that a piece says, beside what it is compared with."""
        entry = self.speaker.entry(beside) if beside is not None else None
        key = (text, entry.id if entry else "")
        if key in self.known:
            return self.known[key]
        self.known[key] = ()  # a piece is no part of itself
        found: dict[str, tree.Node] = {}
        for node in self._readings(text, entry):
            self.tries += 1
            if self.tries > MOST_TRIES:
                raise _TooMuchError
            said = self.speaker.say(node) if beside is None else self.speaker.plain(node, beside)
            if said == text:
                found.setdefault(text_of(node), node)
            if len(found) >= MOST_READINGS:
                break
        self.known[key] = tuple(found.values())
        return self.known[key]

    def _readings(self, text: str, entry: Input | None) -> Iterator[tree.Node]:
        if not text:
            return
        yield from self._atoms(text, entry)
        yield from self._joined(text)
        yield from self._conditions(text)
        yield from self._calls(text)
        yield from self._sums(text)

    # Pieces that are one thing

    def _atoms(self, text: str, entry: Input | None) -> Iterator[tree.Node]:
        for one in self.inputs:
            if self.speaker.label(one) == text:
                yield tree.Name(one.id)
        quoted = self._inside("quote", text)
        if quoted is not None:
            for option in entry.options if entry else ():
                yield tree.StringLiteral(option.code)
            for one in self.parameters:
                if self.speaker.label(one) == quoted:
                    member = one.id.removeprefix("parameters.")
                    yield tree.Path(tree.Name("parameters"), member)
            if entry is None or not entry.options:
                yield tree.StringLiteral(quoted)
        bare = text
        if entry is not None and entry.unit and text.endswith(entry.unit):
            bare = text.removesuffix(entry.unit).rstrip()
        if _NUMBER.fullmatch(bare):
            yield tree.NumberLiteral(Decimal(bare.replace(",", "")))
        if entry is not None and entry.unit and bare != text:
            yield from self.read(bare)
        yield from _dates(text)

    def _inside(self, word: str, text: str) -> str | None:
        before, after = self.words[word].split("{0}")
        if len(text) > len(before + after) and text.startswith(before) and text.endswith(after):
            return text[len(before) : len(text) - len(after)]
        return None

    # Joined pieces

    def _joined(self, text: str) -> Iterator[tree.Node]:
        for operator in ("or", "and"):
            parts = _split(text, self.words[operator])
            if len(parts) > 1:
                for operands in product(*(self._inner(part) for part in parts)):
                    yield tree.Logical(operator, operands)
        for slots in self._matched(self.words["if"], text, 3):
            for three in product(*(self._inner(slot) for slot in slots)):
                yield tree.If(*three)

    def _inner(self, text: str) -> tuple[tree.Node, ...]:
        grouped = self._inside("group", text)
        found = self.read(grouped) if grouped is not None else ()
        return (*found, *self.read(text))

    # Comparisons

    def _conditions(self, text: str) -> Iterator[tree.Node]:
        for operator in ("=", "!=", "<", "<=", ">", ">="):
            for word in (operator, f"date{operator}"):
                for one, other in self._matched(self.words.get(word, ""), text, 2):
                    for left in self._inner(one):
                        for right in self.read(other, left):
                            yield tree.Comparison(operator, left, right)
        for operator in ("=", "!="):
            for (one,) in self._matched(self.words[f"null{operator}"], text, 1):
                for left in self._inner(one):
                    yield tree.Comparison(operator, left, tree.NullLiteral())
        for word, value in (("true", True), ("false", False)):
            for phrase in (self.words[word], self.words[f"asked_{word}"]):
                for (one,) in self._matched(phrase, text, 1):
                    for left in self._inner(one):
                        yield tree.Comparison("=", left, tree.BooleanLiteral(value))
        for one, low, high in self._matched(self.words["between"], text, 3):
            for left in self._inner(one):
                for ends in product(self.read(low, left), self.read(high, left)):
                    yield tree.Between(left, *ends)
        yield from self._lists(text)
        yield from self._ranges(text)

    def _lists(self, text: str) -> Iterator[tree.Node]:
        for one, rest in self._matched(self.words["in_list"], text, 2):
            for left in self._inner(one):
                items = [self.read(item, left) for item in _split(rest, self.words["list"])]
                for chosen in product(*items):
                    yield tree.Membership(left, chosen)

    def _ranges(self, text: str) -> Iterator[tree.Node]:
        for low_closed, high_closed in product((True, False), repeat=2):
            shape = ("[" if low_closed else "(") + ("]" if high_closed else ")")
            inside = self.words[f"range{shape}"].replace("{1}", "{2}").replace("{0}", "{1}")
            phrase = self.words["in_range"].replace("{1}", inside)
            for one, low, high in self._matched(phrase, text, 3):
                for left in self._inner(one):
                    for ends in product(self.read(low, left), self.read(high, left)):
                        span = tree.RangeLiteral(*ends, low_closed, high_closed)
                        yield tree.Membership(left, (span,))

    # Sums, members and calls

    def _sums(self, text: str) -> Iterator[tree.Node]:
        for operators in (("+", "-"), ("*", "/")):
            for at, sign, operator in _signs(text, operators):
                sides = (text[:at], text[at + len(sign) :])
                for left, right in product(*(self._inner(side) for side in sides)):
                    yield tree.Arithmetic(operator, left, right)
        if text.startswith("−"):
            for operand in self._inner(text[1:]):
                yield tree.Negation(operand)
        for member in ("year", "month", "day"):
            shown = MEMBERS[member] if self.speaker.chinese else member
            phrase = self.words["path"].replace("{1}", shown)
            for (one,) in self._matched(phrase, text, 1):
                for base in self.read(one):
                    yield tree.Path(base, member)

    def _calls(self, text: str) -> Iterator[tree.Node]:
        for name in CALLS:
            people = self.speaker.functions[name].people or {}
            phrases = {key: phrase for key, phrase in people.items() if key[:2] == self.language}
            for phrase in dict.fromkeys(phrases.values()):
                count = phrase.count("{")
                if count == 0 and phrase == text:
                    yield tree.Call(tree.Name(name), ())
                for slots in self._matched(phrase, text, count) if count else ():
                    yield from self._called(name, slots)

    def _called(self, name: str, slots: tuple[str, ...]) -> Iterator[tree.Node]:
        firsts = self.read(slots[0])
        for first in firsts:
            beside = first if name == "list contains" else None
            for more in product(*(self.read(slot, beside) for slot in slots[1:])):
                given = tuple(tree.Argument(value) for value in (first, *more))
                yield tree.Call(tree.Name(name), given)

    def _matched(self, phrase: str, text: str, count: int) -> Iterator[tuple[str, ...]]:
        """Find the pieces that fill `{0}`, `{1}` … of a phrase, in the order of their numbers."""
        if not phrase:
            return
        order = [int(number) for number in re.findall(r"\{(\d)\}", phrase)]
        if sorted(order) != list(range(count)):
            return
        for pieces in _filled(re.split(r"\{\d\}", phrase), text):
            yield tuple(pieces[order.index(number)] for number in range(count))


def _filled(fixed: list[str], text: str) -> Iterator[tuple[str, ...]]:
    """Find what stands between fixed pieces, wherever these may stand."""
    first, *rest = fixed
    if not text.startswith(first):
        return
    text = text[len(first) :]
    if len(rest) == 1:
        last = rest[0]
        if text.endswith(last) and len(text) > len(last):
            yield (text[: len(text) - len(last)],)
        return
    if not rest[0]:
        for at in range(1, len(text)):
            for others in _filled(rest, text[at:]):
                yield (text[:at], *others)
        return
    at = text.find(rest[0], 1)
    while at > 0:
        for others in _filled(rest, text[at:]):
            yield (text[:at], *others)
        at = text.find(rest[0], at + 1)


def _split(text: str, separator: str) -> list[str]:
    """Cut at a separator that stands in no brackets and no quotes."""
    parts, depth, start, at = [], 0, 0, 0
    while at < len(text):
        depth += (text[at] in _OPEN) - (text[at] in _SHUT)
        if depth == 0 and text.startswith(separator, at):
            parts.append(text[start:at])
            at += len(separator)
            start = at
            continue
        at += 1
    return [*parts, text[start:]]


def _signs(text: str, operators: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
    """List the places of signs outside brackets, from the last one on."""
    places: list[tuple[int, str, str]] = []
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter in _OPEN) - (letter in _SHUT)
        if depth == 0:
            for operator in operators:
                sign = SIGNS[operator]
                if at and text.startswith(sign, at):
                    places.append((at, sign, operator))
    yield from reversed(places)


def _dates(text: str) -> Iterator[tree.Node]:
    for at, shape in enumerate(_DAYS):
        found = shape.fullmatch(text)
        if found is None:
            continue
        parts: list[Any] = list(found.groups())
        if at:
            if parts[1] not in _MONTHS:
                continue
            parts = [parts[2], _MONTHS.index(parts[1]) + 1, parts[0]]
        try:
            yield tree.AtLiteral(dt.date(*map(int, parts)).isoformat())
        except ValueError:
            continue
    for code, shape_text in _LENGTHS.items():
        found = re.fullmatch(shape_text, text)
        if found:
            yield tree.AtLiteral(code.format(found.group(1)))
    both = _BOTH.fullmatch(text)
    if both:
        yield tree.AtLiteral(f"P{both.group(1)}Y{both.group(2)}M")


__all__ = ["read_sentence"]
