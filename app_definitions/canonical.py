"""Canonical JSON: one text for one model, and a reader that takes no doubtful text."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from app_definitions.problem import Problem, error

MAX_DEPTH = 40


class _RefusedError(ValueError):
    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.code = code
        self.value = value[:80]


def dumps(document: Any) -> bytes:
    """Write JSON as UTF-8 with two spaces, keys as they come, and a newline at the end."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    return f"{text}\n".encode()


def digest(contents: bytes | Iterable[tuple[str, bytes]]) -> str:
    """Give the SHA-256 of one text, or of named texts in the order of their names."""
    if isinstance(contents, bytes):
        return hashlib.sha256(contents).hexdigest()
    whole = hashlib.sha256()
    for name, content in sorted(contents):
        whole.update(f"{len(name.encode())}:{name}:{len(content)}:".encode())
        whole.update(content)
    return whole.hexdigest()


def loads(content: bytes, part: str) -> tuple[Any, Problem | None]:
    """Read JSON; doubled keys, fractions, NaN, lone surrogates and deep nesting are refused."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        return None, error(part, "not_utf8", position=trouble.start)
    try:
        document = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
            parse_int=_whole,
        )
        json.dumps(document, ensure_ascii=False).encode()
    except _RefusedError as refused:
        return None, error(part, refused.code, value=refused.value)
    except json.JSONDecodeError as trouble:
        return None, error(part, "not_json", line=trouble.lineno, column=trouble.colno)
    except UnicodeEncodeError:
        return None, error(part, "not_utf8", position=0)
    except RecursionError:
        return None, error(part, "too_deep", limit=MAX_DEPTH)
    if _depth(document) > MAX_DEPTH:
        return None, error(part, "too_deep", limit=MAX_DEPTH)
    if "\\u0000" in text and _holds_null(document):
        return None, error(part, "null_character")
    return document, None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise _RefusedError("doubled_key", doubled)
    return result


def _no_fraction(text: str) -> Any:
    raise _RefusedError("fraction_is_no_text", text)


def _whole(text: str) -> int:
    if len(text) > 16:
        raise _RefusedError("fraction_is_no_text", text)
    return int(text)


def _holds_null(document: Any) -> bool:
    """Look for U+0000, which databases refuse; a backslash before `u0000` may also be text."""
    if isinstance(document, str):
        return "\0" in document
    inner = [*document, *document.values()] if isinstance(document, dict) else document
    return isinstance(inner, list) and any(_holds_null(each) for each in inner)


def _depth(document: Any) -> int:
    level, deepest = [document], 0
    while level and deepest <= MAX_DEPTH:
        deepest += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return deepest
