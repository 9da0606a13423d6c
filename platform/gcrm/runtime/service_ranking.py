"""Which services answer a question best: its own words, and what everyday words mean.

A score says how much of what was asked stands in an item (rare terms count more than
common ones), name before office before text, and how much of the name was asked for.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import methodcaller

from gcrm.runtime.everyday_words import Words
from gcrm.store.search_words import kind, normalise, terms
from gcrm.store.service_search import Entry

KINDS = {"word": 1.4, "pair": 1.0, "letter": 0.3}
OFFICE, MORE = 0.4, 0.3
COVERED = 0.45  # what it is worth that nothing else stands in the name
WHOLE, BEGINNING = 0.35, 0.15  # the asked text stands in the name, or the name begins with it
MEANT = 1.25  # what an everyday word means weighs more than how it is written
PUBLISHED = 0.12
UNASKED = 0.2  # what it costs that a name speaks of changing or ending, and the question does not
WORTH_SHOWING = 0.3  # of the best score
COMMON = 0.25  # a character that stands in more of the items than this is not looked for


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text that is looked for, with its terms."""

    text: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked: the words that count, and the phrases each everyday word stands for."""

    own: Phrase
    meant: tuple[tuple[Phrase, ...], ...]
    unasked: tuple[str, ...] = ()  # side actions of which nothing was said

    @property
    def terms(self) -> frozenset[str]:
        """All terms that are looked for."""
        phrases = (self.own, *(each for group in self.meant for each in group))
        return frozenset(term for phrase in phrases for term in phrase.terms)

    @property
    def prefixes(self) -> frozenset[str]:
        """Latin letters that may be the beginning of a word, or of a name in pinyin."""
        return frozenset(
            term for term in self.own.terms if term.isascii() and term.isalpha() and len(term) > 1
        )


def understand(query: str, words: Words) -> Question:
    """Take a question apart: everyday words give phrases, filler words go."""
    text = normalise(query)
    tight = text.replace(" ", "")
    meant = tuple(tuple(_phrase(each) for each in word.means) for word in words.found_in(tight))
    said = tight + "".join(each.text for group in meant for each in group)
    unasked = tuple(action for action in words.side if action not in said)
    return Question(_phrase(words.without_fillers(text)), meant, unasked)


def _phrase(text: str) -> Phrase:
    return Phrase(normalise(text).replace(" ", ""), terms(text))


def worth_asking(question: Question, frequencies: Mapping[str, int], total: int) -> frozenset[str]:
    """Choose the terms that the index is asked for: those it has and that tell something."""
    known = {term for term in question.terms if term in frequencies}
    telling = {
        term
        for term in known
        if kind(term) != "letter" or frequencies[term] <= max(COMMON * total, 3)
    }
    return frozenset(telling or known)


class Scales:
    """What each term weighs in one tenant's catalogue: rare ones more, single characters little."""

    def __init__(self, frequencies: Mapping[str, int], total: int) -> None:
        """Take in how many of all items have each term."""
        self._frequencies = frequencies
        self._total = total
        self._weights: dict[str, float] = {}
        self.highest = KINDS["word"] * math.log(1 + 2 * (total + 1))

    def weight(self, term: str) -> float:
        """Weigh a term; one that no item has weighs the most."""
        known = self._weights.get(term)
        if known is None:
            seen = self._frequencies.get(term, 0)
            known = KINDS[kind(term)] * math.log(1 + (self._total + 1) / (seen + 0.5))
            self._weights[term] = known
        return known


class Marks:
    """Gives items their marks for one question."""

    def __init__(self, question: Question, scales: Scales) -> None:
        """Weigh the terms of the question once."""
        self._unasked = re.compile("|".join(map(re.escape, question.unasked)) or "(?!)")
        self._own = self._weighed(question.own, scales)
        self._meant = [
            (_tells(group, scales), [self._weighed(each, scales) for each in group])
            for group in question.meant
        ]

    def score(self, item: Entry, name: str, published: bool) -> float:
        """Say how well an item answers; only the order of scores means anything."""
        plain = _plain(name)
        found = self._own.answers(item, plain)
        for tells, group in self._meant:
            found += MEANT * tells * max([each.answers(item, plain) for each in group])
        if found and self._unasked.search(plain):
            found = max(found - UNASKED, found / 2)
        return found + (PUBLISHED if published and found else 0)

    @staticmethod
    def _weighed(phrase: Phrase, scales: Scales) -> "_Weighed":
        weighed = tuple(_Term.of(term, scales.weight(term)) for term in phrase.terms)
        return _Weighed(phrase.text, weighed, sum(each.weight for each in weighed))


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """Write the name of an item as questions are written; the same names are judged again."""
    return normalise(name).replace(" ", "")


@dataclass(frozen=True, slots=True)
class _Term:
    """A term with its weight. `begins` tells of Latin letters what begins with them."""

    term: str
    weight: float
    covers: bool  # counts as a part of the name
    begins: Callable[[str], bool] | None

    @classmethod
    def of(cls, term: str, weight: float) -> "_Term":
        latin = term.isascii()
        begins = methodcaller("startswith", term) if latin else None
        return cls(term, weight, latin or len(term) == 2, begins)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A phrase with what its terms weigh."""

    text: str
    terms: tuple[_Term, ...]
    sum: float

    def answers(self, item: Entry, plain: str) -> float:
        """Mark an item from 0 to about 2."""
        if not self.terms:
            return 0.0
        hit = covered = 0.0
        for each in self.terms:
            if each.term in item.name:
                hit += each.weight
                covered += each.covers
            elif each.term in item.office:
                hit += each.weight * OFFICE
            elif each.term in item.more or (each.begins and any(map(each.begins, item.more))):
                hit += each.weight * MORE
        found = hit / self.sum
        found += COVERED * found * min(1.0, covered / max(len(plain) - 1, 1))
        if len(self.text) > 1 and self.text in plain:
            found += WHOLE + (BEGINNING if plain.startswith(self.text) else 0)
        return found


def _tells(group: Sequence[Phrase], scales: Scales) -> float:
    """Weigh an everyday word by what it stands for: 补领 stands in hundreds of names."""
    rarest = max((scales.weight(term) for each in group for term in each.terms), default=0.0)
    return min(1.0, rarest / scales.highest)
