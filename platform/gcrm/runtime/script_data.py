"""Data in a script file: literals of JavaScript or JSON, read with their lines, never run."""

import re
from dataclasses import dataclass
from typing import Any

DEEPEST = 40
_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.S)
_BARE = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_OPENING = re.compile(r"(?:export\s+default\s+|(?:export\s+)?(?:const|let|var)\s+[\w$]+\s*=\s*)")
_PLAIN = re.compile(r"[^\\\"'\n]+")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\",
            '"': '"', "'": "'"}  # fmt: skip
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}


class ScriptError(Exception):
    """The text is no data; `line` counts from 1, `code` names the refusal that says why."""

    def __init__(self, code: str, line: int, text: str = "") -> None:
        """Keep where it is and what stands there."""
        super().__init__(f"{code} in line {line}")
        self.code = code
        self.line = line
        self.text = text


@dataclass(frozen=True, slots=True)
class Located:
    """An object of the file, and the line on which it begins."""

    line: int
    values: dict[str, Any]


def read(text: str) -> Any:
    """Read the one literal of a file; objects come as `Located`. Raises ScriptError.

    `const name = …;` around it is allowed, comments and commas at ends too. Calls,
    templates and arithmetic are not: this is data, and nothing of it is run.
    """
    reader = _Reader(text.removeprefix("\ufeff"))
    reader.skip()
    opening = _OPENING.match(reader.text, reader.place)
    if opening:
        reader.place = opening.end()
    found = reader.value(0)
    reader.skip()
    if reader.peek() == ";":
        reader.place += 1
        reader.skip()
    if reader.place < len(reader.text):
        raise reader.error("script_rest")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self._counted = (0, 1)  # a place and its line: counting goes on from there

    def line(self) -> int:
        place, line = self._counted
        if place > self.place:
            place, line = 0, 1
        line += self.text.count("\n", place, self.place)
        self._counted = (self.place, line)
        return line

    def error(self, code: str) -> ScriptError:
        rest = self.text[self.place : self.place + 20].split("\n")[0]
        return ScriptError(code, self.line(), rest)

    def skip(self) -> None:
        match = _SPACE.match(self.text, self.place)
        self.place = match.end() if match else self.place

    def peek(self) -> str:
        return self.text[self.place : self.place + 1]

    def value(self, depth: int) -> Any:
        self.skip()
        if depth > DEEPEST:
            raise self.error("script_deep")
        match self.peek():
            case "":
                raise self.error("script_end")
            case "{":
                return self._object(depth)
            case "[":
                return self._list(depth)
            case '"' | "'":
                return self._string()
        number = _NUMBER.match(self.text, self.place)
        if number and number.end() > self.place:
            self.place = number.end()
            return number.group()
        bare = _BARE.match(self.text, self.place)
        if bare and bare.group() in _WORDS:
            self.place = bare.end()
            return _WORDS[bare.group()]
        raise self.error("script_value")

    def _object(self, depth: int) -> Located:
        line = self.line()
        values: dict[str, Any] = {}
        self.place += 1
        while True:
            self.skip()
            if self.peek() == "}":
                self.place += 1
                return Located(line, values)
            key = self._key()
            self.skip()
            if self.peek() != ":":
                raise self.error("script_colon" if self.peek() else "script_end")
            self.place += 1
            values[key] = self.value(depth + 1)
            self._comma("}")

    def _list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.place += 1
        while True:
            self.skip()
            if self.peek() == "]":
                self.place += 1
                return found
            found.append(self.value(depth + 1))
            self._comma("]")

    def _comma(self, end: str) -> None:
        self.skip()
        if self.peek() == ",":
            self.place += 1
        elif self.peek() != end:
            raise self.error("script_comma" if self.peek() else "script_end")

    def _key(self) -> str:
        if self.peek() in ('"', "'"):
            return self._string()
        bare = _BARE.match(self.text, self.place)
        if not bare:
            raise self.error("script_key" if self.peek() else "script_end")
        self.place = bare.end()
        return bare.group()

    def _string(self) -> str:
        start, quote = self.place, self.peek()
        self.place += 1
        parts: list[str] = []
        while True:
            plain = _PLAIN.match(self.text, self.place)
            if plain:
                parts.append(plain.group())
                self.place = plain.end()
            letter = self.peek()
            if letter == quote:
                self.place += 1
                return "".join(parts)
            if letter in ("", "\n"):
                self.place = start
                raise self.error("script_string")
            self.place += 1
            parts.append(self._escape() if letter == "\\" else letter)

    def _escape(self) -> str:
        letter = self.peek()
        self.place += 1
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        digits = self.text[self.place : self.place + 4]
        if letter == "u" and re.fullmatch(r"[0-9A-Fa-f]{4}", digits):
            self.place += 4
            return chr(int(digits, 16))
        raise self.error("script_string")
