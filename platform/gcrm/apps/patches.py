"""JSON Patch (RFC 6902) on definitions: all of it applies, or nothing does."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

OPERATIONS = frozenset(("add", "remove", "replace", "move", "copy", "test"))
MAX_OPERATIONS = 1000


class PatchError(ValueError):
    """A patch does not fit the document; the message says which operation and why."""

    def __init__(self, index: int, reason: str) -> None:
        """Name the operation by its place, from 0."""
        super().__init__(f"Operation {index} of the patch: {reason}.")
        self.index = index
        self.reason = reason


def apply(document: Any, patch: Sequence[Mapping[str, Any]]) -> Any:
    """Give the document with the patch applied; the given one is not changed.

    Raises PatchError.
    """
    if not isinstance(patch, Sequence) or isinstance(patch, str | bytes):
        raise PatchError(0, "a patch is a list of operations")
    if len(patch) > MAX_OPERATIONS:
        raise PatchError(MAX_OPERATIONS, f"a patch has at most {MAX_OPERATIONS} operations")
    result = copy.deepcopy(document)
    for index, operation in enumerate(patch):
        result = _apply(result, operation, index)
    return result


def _apply(document: Any, operation: Any, index: int) -> Any:
    if not isinstance(operation, Mapping) or operation.get("op") not in OPERATIONS:
        raise PatchError(index, "it has no known op")
    name, path = operation["op"], _pointer(operation.get("path"), index)
    if name == "test":
        if not _same(_get(document, path, index), _value(operation, index)):
            raise PatchError(index, "the value there is another one")
        return document
    if name == "remove":
        return _remove(document, path, index)[0]
    if name == "replace":
        _get(document, path, index)
        value = copy.deepcopy(_value(operation, index))
        return value if not path else _set(document, path, value, index, replace=True)
    if name == "add":
        return _set(document, path, copy.deepcopy(_value(operation, index)), index)
    source = _pointer(operation.get("from"), index)
    if name == "copy":
        return _set(document, path, copy.deepcopy(_get(document, source, index)), index)
    if path[: len(source)] == source and len(path) > len(source):
        raise PatchError(index, "a thing cannot be moved into itself")
    rest, value = _remove(document, source, index)
    return _set(rest, path, value, index)


def _value(operation: Mapping[str, Any], index: int) -> Any:
    if "value" not in operation:
        raise PatchError(index, "it has no value")
    return operation["value"]


def _pointer(text: Any, index: int) -> tuple[str, ...]:
    """Read a JSON Pointer (RFC 6901)."""
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise PatchError(index, "a path begins with a slash")
    return tuple(word.replace("~1", "/").replace("~0", "~") for word in text.split("/")[1:])


def _get(document: Any, path: tuple[str, ...], index: int) -> Any:
    here = document
    for word in path:
        here = _child(here, word, index)
    return here


def _child(parent: Any, word: str, index: int) -> Any:
    if isinstance(parent, dict) and word in parent:
        return parent[word]
    if isinstance(parent, list):
        return parent[_position(parent, word, index, len(parent) - 1)]
    raise PatchError(index, f'there is no "{word[:80]}"')


def _position(parent: list[Any], word: str, index: int, last: int) -> int:
    if not (word.isascii() and word.isdecimal()) or (word != "0" and word.startswith("0")):
        raise PatchError(index, f'"{word[:80]}" is no place in a list')
    if len(word) > 9 or int(word) > last:
        raise PatchError(index, f"the list has no place {word[:12]}")
    return int(word)


def _set(
    document: Any, path: tuple[str, ...], value: Any, index: int, *, replace: bool = False
) -> Any:
    if not path:
        return value
    parent, word = _get(document, path[:-1], index), path[-1]
    if isinstance(parent, dict):
        parent[word] = value
    elif isinstance(parent, list):
        if replace:
            parent[_position(parent, word, index, len(parent) - 1)] = value
        else:
            end = len(parent)
            parent.insert(end if word == "-" else _position(parent, word, index, end), value)
    else:
        raise PatchError(index, f'"{word[:80]}" cannot be put there')
    return document


def _remove(document: Any, path: tuple[str, ...], index: int) -> tuple[Any, Any]:
    if not path:
        return None, document
    parent, word = _get(document, path[:-1], index), path[-1]
    value = _child(parent, word, index)
    if isinstance(parent, dict):
        del parent[word]
    else:
        del parent[int(word)]
    return document, value


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON does: true is not 1."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
