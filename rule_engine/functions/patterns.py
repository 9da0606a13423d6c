"""Patterns of XPath 3.1, run by RE2 in linear time, or with a time limit where RE2 cannot.

FEEL's patterns are those of `fn:matches` and `fn:replace`; they are translated first, so that
`\\i`, `\\c`, class subtraction and the flag `x` work and `\\d` means digits of every script.
"""

import re as _plain
from functools import lru_cache
from itertools import islice
from typing import Any

import re2
import regex

from rule_engine.running import Exhausted

MAX_PATTERN = 500
MAX_INPUT = 50_000
MAX_MATCHES = 4_000
TIMEOUT = 0.02
HARD_STEPS = 3_000

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 8 << 20

_REPLACEMENT = _plain.compile(r"\\(.)|\$(\d+)|([\\$])", _plain.DOTALL)


def steps(text: str, pattern: str, flags: str) -> int:
    """Say how many steps a pattern over a text counts for, at the least."""
    compiled = _compiled(pattern, flags)
    if isinstance(compiled, _Timed):
        return HARD_STEPS
    return 0 if compiled is None else len(text) * int(compiled.programsize) // 1_000


def found(text: str, pattern: str, flags: str) -> bool | None:
    """Tell whether a pattern is found; None where it is none, Exhausted where it takes too long."""
    compiled = _compiled(pattern, flags)
    if compiled is None or len(text) > MAX_INPUT:
        return None
    try:
        return compiled.search(text) is not None
    except TimeoutError:
        raise Exhausted("feel_too_many_steps") from None


def replaced(text: str, pattern: str, replacement: str, flags: str) -> str | None:
    """Put a replacement with `$1` for groups at each match."""
    compiled = _compiled(pattern, flags)
    if compiled is None or len(text) > MAX_INPUT or compiled.search("") is not None:
        return None
    parts = _template(replacement, compiled.groups, literal="q" in flags)
    if parts is None:
        return None
    done, position = [], 0
    for match in _matches(compiled, text):
        done.append(text[position : match.start()])
        done.extend(p if isinstance(p, str) else (match.group(p) or "") for p in parts)
        position = match.end()
    done.append(text[position:])
    return "".join(done)


def _matches(compiled: Any, text: str) -> list[Any]:
    """List the matches; Exhausted where they take too long or are too many."""
    try:
        matches = list(islice(compiled.finditer(text), MAX_MATCHES + 1))
    except TimeoutError:
        raise Exhausted("feel_too_many_steps") from None
    if len(matches) > MAX_MATCHES:
        raise Exhausted("feel_too_many_steps")
    return matches


def pieces(text: str, pattern: str) -> list[str] | None:
    """Cut a text at each match."""
    compiled = _compiled(pattern, "")
    if compiled is None or len(text) > MAX_INPUT:
        return None
    done, position = [], 0
    for match in _matches(compiled, text):
        if match.end() > match.start():
            done.append(text[position : match.start()])
            position = match.end()
    done.append(text[position:])
    return done


class _Timed:
    """A pattern that RE2 cannot run (back references), run with a time limit."""

    def __init__(self, pattern: str) -> None:
        self._pattern = regex.compile(pattern, regex.V1)
        self.groups: int = self._pattern.groups

    def search(self, text: str) -> Any:
        return self._pattern.search(text, timeout=TIMEOUT)

    def finditer(self, text: str) -> Any:
        return list(self._pattern.finditer(text, timeout=TIMEOUT))


@lru_cache(maxsize=512)
def _compiled(pattern: str, flags: str) -> Any:
    if len(pattern) > MAX_PATTERN or any(flag not in "smixq" for flag in flags):
        return None
    if "q" in flags:
        body, hard = _plain.escape(pattern), False
    else:
        translated = _translated(pattern, "x" in flags)
        if translated is None:
            return None
        body, hard = translated
    kept = "".join(sorted({flag for flag in flags if flag in "smi"}))
    full = f"(?{kept}){body}" if kept else body
    try:
        if hard:
            return _Timed(full)
        return re2.compile(full, _OPTIONS)
    except (re2.error, regex.error, ValueError, RecursionError, OverflowError):
        return None


def _translated(pattern: str, spaced: bool) -> tuple[str, bool] | None:
    hard = False
    done: list[str] = []
    at, in_class = 0, 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            if at + 1 >= len(pattern):
                return None
            piece, used = _escape(pattern, at, in_class > 0)
            if piece is None:
                return None
            inside = in_class > 0 and piece.startswith("[^")
            hard = hard or inside or piece[1:].isdigit() or "Block" in piece
            done.append(piece)
            at += used
            continue
        if spaced and not in_class and sign in " \t\r\n":
            at += 1
            continue
        if sign == "[" and (not in_class or pattern[at - 1] == "-"):
            in_class += 1
            if in_class > 1:
                done[-1], hard = "--", True
        elif in_class and sign == "[":
            return None
        elif sign == "]" and in_class:
            in_class -= 1
        elif not in_class and pattern.startswith("(?", at) and pattern[at + 2 : at + 3] != ":":
            return None
        done.append(sign)
        at += 1
    return None if in_class else ("".join(done), hard)


def _escape(pattern: str, at: int, in_class: bool) -> tuple[str | None, int]:
    sign = pattern[at + 1]
    if sign in "pP":
        closing = pattern.find("}", at)
        if pattern[at + 2 : at + 3] != "{" or closing < 0:
            return None, 0
        name = _plain.sub("^Is", "Block=", pattern[at + 3 : closing])
        return f"\\{sign}{{{name}}}", closing + 1 - at
    if sign in _CLASSES:
        return (_CLASSES[sign] if in_class else f"[{_CLASSES[sign]}]"), 2
    if sign in _NOT_CLASSES:
        return f"[^{_NOT_CLASSES[sign]}]", 2
    if sign in "nrt" or sign in "\\|.?*+(){}[]^$-" or sign in "123456789":
        return f"\\{sign}", 2
    return None, 0


_CLASSES = {
    "d": r"\p{Nd}",
    "s": r" \t\n\r",
    "w": r"\p{L}\p{M}\p{N}\p{S}",
    "i": r"_:\p{L}",
    "c": r"_:.\-\p{L}\p{Nd}",
}
_NOT_CLASSES = {"D": _CLASSES["d"], "S": _CLASSES["s"], "W": _CLASSES["w"], "I": _CLASSES["i"],
                "C": _CLASSES["c"]}  # fmt: skip


def _template(replacement: str, groups: int, *, literal: bool) -> list[str | int] | None:
    if literal:
        return [replacement]
    parts: list[str | int] = []
    position = 0
    for match in _REPLACEMENT.finditer(replacement):
        parts.append(replacement[position : match.start()])
        position = match.end()
        if match[1] is not None:
            if match[1] not in "\\$":
                return None
            parts.append(match[1])
        elif match[2] is not None:
            digits = match[2]
            while len(digits) > 1 and int(digits) > groups:
                digits = digits[:-1]
            if int(digits) <= groups:
                parts.append(int(digits))
            parts.append(match[2][len(digits) :])
        else:
            return None
    parts.append(replacement[position:])
    return parts
