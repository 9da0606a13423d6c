"""Tokens: the text of an expression cut into names, numbers, strings and operators."""

import re
from dataclasses import dataclass

_NAME = (
    r"[A-Za-z_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D"
    r"\u2070-\u218F\u2C00-\u2FEF\u3005-\u3007\u3021-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFF"
    r"\uFF21-\uFF3A\uFF41-\uFF5A\uFF66-\uFFDC\U00010000-\U000EFFFF]"
)
_PART = _NAME[:-1] + r"0-9\u00B7\u0300-\u036F\u203F-\u2040]"
_TOKEN = re.compile(
    r"(?P<space>(?:[\s\u00A0\u3000\uFEFF]+|//[^\n\r]*|/\*.*?\*/)+)"
    r"|(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)"
    rf"|(?P<name>{_NAME}{_PART}*)"
    r'|(?P<string>"(?:[^"\\\n\r]|\\.)*")'
    r"|(?P<operator>\*\*|\.\.|<=|>=|!=|->|[-+*/()\[\]{},:.<>=@?])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}

MAX_TOKENS = 6_000

NAME, NUMBER, STRING, OPERATOR, BAD, END = "name", "number", "string", "operator", "bad", "end"

KEYWORDS = frozenset(
    word
    for words in (
        ("and", "or", "in", "between", "instance", "of", "then", "else", "return", "satisfies"),
        ("if", "for", "some", "every", "function", "true", "false", "null"),
    )
    for word in words
)
"""Words that end a name that nobody declared; a declared name may contain them."""

HALF_WIDTH = {
    "（": "(", "）": ")", "，": ",", "：": ":", "＝": "=", "＞": ">", "＜": "<", "“": '"',
    "”": '"', "＋": "+", "－": "-", "＊": "*", "／": "/", "［": "[", "］": "]", "【": "[",
    "】": "]", "！": "!", "？": "?", "｛": "{", "｝": "}", "．": ".", "。": ".", "；": ";",
    "×": "*", "÷": "/", "≥": ">=", "≤": "<=", "≠": "!=",
}  # fmt: skip
"""Signs that a Chinese keyboard gives, and the ones that are meant."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text with its place; a string's `value` has its escapes resolved."""

    kind: str
    text: str
    start: int
    end: int
    value: str = ""


def tokens_of(text: str, most: int = MAX_TOKENS) -> list[Token]:
    """Cut a text into tokens, `most` of them; what is no token becomes a BAD one; the last is END.

    Where there are more the END stands before the end of the text.
    """
    found: list[Token] = []
    position = 0
    while position < len(text) and len(found) < most:
        match = _TOKEN.match(text, position)
        if match is None:
            found.append(Token(BAD, text[position], position, position + 1))
            position += 1
            continue
        kind = match.lastgroup or BAD
        if kind == STRING:
            value = _unescape(match[0][1:-1])
            found.append(Token(STRING, match[0], position, match.end(), value))
        elif kind != "space":
            found.append(Token(kind, match[0], position, match.end()))
        position = match.end()
    found.append(Token(END, "", position, position))
    return found


def quoted(value: str) -> str:
    """Write a string literal."""
    pieces = []
    for sign in value:
        if sign in _WRITTEN:
            pieces.append(_WRITTEN[sign])
        elif ord(sign) < 32 or sign in "\u2028\u2029\u0085":
            pieces.append(f"\\u{ord(sign):04X}")
        else:
            pieces.append(sign)
    return '"' + "".join(pieces) + '"'


_WRITTEN = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text

    def replaced(match: re.Match[str]) -> str:
        if match[1] or match[2]:
            code = int(match[1] or match[2], 16)
            return chr(code) if code <= 0x10FFFF else match[0]
        return _ESCAPES.get(match[3], match[0])

    done = _ESCAPE.sub(replaced, text)
    if any("\ud800" <= sign <= "\udfff" for sign in done):
        done = done.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return done
