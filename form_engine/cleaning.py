"""Cleaning of typed text: full-width digits, blanks, characters that cannot be kept."""

import re
from collections.abc import Mapping, Sequence

Raw = Mapping[str, Sequence[str]]
"""What was posted for one field: the part after the field's name ("" for the field itself)
and the texts under it."""

LONGEST = 10_000
"""No single answer may be longer, whatever its field allows."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_UNSEEN = dict.fromkeys(map(ord, "\u200b\ufeff\u2060\u00ad"))
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters but line ends and tabs
    "\ud800-\udfff"  # halves of a 4-byte character
    "\u202a-\u202e\u2066-\u2069]"  # marks that turn the direction of writing
)
_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−－"}
_BLANKS = re.compile(r"\s+")


def first(raw: Raw, part: str = "") -> str:
    """Give the first text posted under a part, or an empty one."""
    texts = raw.get(part, ())
    return texts[0] if texts else ""


def half_width(text: str) -> str:
    """Turn full-width letters, digits and blanks into plain ones, and every dash into `-`."""
    return text.translate(_WIDE).translate(_DASHES)


def compact(text: str) -> str:
    """Give a code or number as typed without any blank, in plain characters."""
    return _BLANKS.sub("", half_width(text.translate(_UNSEEN)))


def line(text: str) -> str:
    """Give one line: no blanks at the ends, one blank inside, nothing unseen."""
    return _BLANKS.sub(" ", text.translate(_UNSEEN)).strip()


def lines(text: str) -> str:
    """Give several lines: no blanks at their ends, no empty lines around them."""
    plain = text.translate(_UNSEEN).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(part.rstrip() for part in plain.split("\n")).strip()


def has_forbidden(text: str) -> bool:
    """Tell whether a text holds characters that no answer may hold.

    Control characters (NUL among them), halves of a 4-byte character, and marks that turn
    the direction of writing. Rare characters, variation selectors and joiners are welcome.
    """
    return _FORBIDDEN.search(text) is not None


def printable(text: str) -> str:
    """Take out what must not appear on a page, so that a bad answer can be shown again."""
    return _FORBIDDEN.sub("", text[: LONGEST + 1])


def is_number(text: str) -> bool:
    """Tell whether a text is an id of something stored: plain digits, not too many."""
    return 0 < len(text) <= 20 and text.isascii() and text.isdigit()
