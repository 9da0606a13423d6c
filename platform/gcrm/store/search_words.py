"""Words to search by: Chinese text cut into words, pairs of characters and single characters."""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

import rjieba

Kind = Literal["word", "pair", "letter"]

LONGEST = 40  # characters of one term
_RUNS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]+|[a-z0-9]+")


def normalise(text: str) -> str:
    """Write full width as half, upper case as lower; what is neither letter nor digit is a gap."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_RUNS.findall(folded))


def terms(text: str) -> tuple[str, ...]:
    """Give each term of a text once: its words, its pairs of neighbours, its characters.

    Words alone would miss what the dictionary cuts otherwise in the question than in
    the name; pairs find a name although one character is wrong.
    """
    found: dict[str, None] = {}
    for run in normalise(text).split():
        if run.isascii():
            found[run[:LONGEST]] = None
            continue
        for word in rjieba.cut_for_search(run):
            if len(word) > 1:
                found[word[:LONGEST]] = None
        for place in range(len(run) - 1):
            found[run[place : place + 2]] = None
        for letter in run:
            found[letter] = None
    return tuple(found)


def cut(text: str) -> tuple[str, ...]:
    """Cut a text into its words in their order, single characters too."""
    return tuple(word for run in text.split() for word in rjieba.cut(run))


def kind(term: str) -> Kind:
    """Tell what a term is: a word, a pair of characters, or a single one."""
    if term.isascii() or len(term) > 2:
        return "word"
    return "pair" if len(term) == 2 else "letter"


# The first character of each letter's block: the 3,755 common characters of GB 2312 stand in the
# order of their pinyin. Its rarer ones stand by radical; those that begin names are named here.
_BLOCKS = (
    (0xB0A1, "a"), (0xB0C5, "b"), (0xB2C1, "c"), (0xB4EE, "d"), (0xB6EA, "e"), (0xB7A2, "f"),
    (0xB8C1, "g"), (0xB9FE, "h"), (0xBBF7, "j"), (0xBFA6, "k"), (0xC0AC, "l"), (0xC2E8, "m"),
    (0xC4C3, "n"), (0xC5B6, "o"), (0xC5BE, "p"), (0xC6DA, "q"), (0xC8BB, "r"), (0xC8F6, "s"),
    (0xCBFA, "t"), (0xCDDA, "w"), (0xCEF4, "x"), (0xD1B9, "y"), (0xD4D1, "z"),
)  # fmt: skip
_END = 0xD7FA
_OTHERS = {"殡": "b", "焰": "y", "惠": "h", "燃": "r", "锅": "g", "鳏": "g", "孵": "f", "厕": "c"}


@lru_cache(maxsize=8192)
def initial(character: str) -> str:
    """Give the first letter of a character's pinyin, "" where it is not known."""
    if character.isascii():
        return character if "a" <= character <= "z" else ""
    if character in _OTHERS:
        return _OTHERS[character]
    try:
        code = int.from_bytes(character.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    if not _BLOCKS[0][0] <= code < _END:
        return ""
    return next(letter for start, letter in reversed(_BLOCKS) if code >= start)


def first_letter(name: str) -> str:
    """Give the letter under which a name is listed, "#" where it is not known."""
    letters = (initial(character) for character in normalise(name))
    return next((letter.upper() for letter in letters if letter), "#")


def initials(text: str) -> str:
    """Give the letters of a name, "jhdj" for 结婚登记; characters without one are left out."""
    return "".join(initial(character) for character in normalise(text) if character != " ")
