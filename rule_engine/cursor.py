"""Where a parser stands in its tokens, what it reports, and how it goes on after an error."""

from dataclasses import dataclass, field
from typing import NoReturn

from rule_engine import tree
from rule_engine.lexer import BAD, END, HALF_WIDTH, NAME, OPERATOR, STRING, Token, tokens_of
from rule_engine.names import Names, normalized
from rule_engine.tree import Node, Span

MAX_NESTING = 48
MAX_PROBLEMS = 20

_GENERIC = frozenset(("list", "range", "context", "function"))
_LONG_TYPES = (
    ("days", "and", "time", "duration"),
    ("day", "time", "duration"),
    ("years", "and", "months", "duration"),
    ("year", "month", "duration"),
    ("date", "and", "time"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a text: a code, its place, and values for the sentence."""

    code: str
    span: Span
    values: dict[str, str | int] = field(default_factory=dict)


class Stop(Exception):  # noqa: N818
    """Leaves the rules of the grammar up to the next place where parsing can go on."""


class Cursor:
    """The tokens of a text with a place among them."""

    def __init__(self, text: str, names: Names) -> None:
        """Stand at the first token."""
        self.text = text
        self.names = names
        self.tokens = tokens_of(text)
        self.at = 0
        self.faults: list[Fault] = []
        self.nesting = 0
        self.in_range = 0

    @property
    def token(self) -> Token:
        """Give the token at this place."""
        return self.tokens[self.at]

    def span(self, first: Node) -> Span:
        """Give the place from a node to the last token taken."""
        return (first.span[0], self.tokens[self.at - 1].end)

    def is_sign(self, text: str) -> bool:
        """Tell whether this operator or bracket stands here."""
        return self.token.kind == OPERATOR and self.token.text == text

    def sign_of(self, text: str) -> None:
        """Take an operator or bracket, or report that it is wanted."""
        if not self.is_sign(text):
            self.unexpected(text)
        self.at += 1

    def word(self, text: str) -> None:
        """Take a word, or report that it is wanted."""
        if self.token.kind != NAME or self.token.text != text:
            self.unexpected(text)
        self.at += 1

    def deeper(self) -> None:
        """Count one level of nesting; too many end the parsing."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.fail("feel_too_deep", most=MAX_NESTING)

    def key(self, *ends: str) -> str:
        """Take a name that is being declared: all words up to one of the ends."""
        token = self.token
        if token.kind == STRING:
            self.at += 1
            return token.value
        start = self.at
        while self.token.kind not in (END, BAD, STRING) and self.token.text not in ends:
            self.at += 1
        if self.at == start or self.tokens[start].kind != NAME:
            self.unexpected()
        return normalized(self.text[token.start : self.tokens[self.at - 1].end])

    def type_name(self) -> tree.TypeName:
        """Take the name of a type with its arguments."""
        token = self.token
        if token.kind != NAME:
            self.unexpected()
        self.deeper()
        name = self._type_words(token)
        arguments: list[tree.TypeName] = []
        names: list[str] = []
        if name in _GENERIC and self.is_sign("<"):
            self.at += 1
            while not self.is_sign(">"):
                if name == "context":
                    names.append(self.key(":"))
                    self.sign_of(":")
                arguments.append(self.type_name())
                if not self.is_sign(">"):
                    self.sign_of(",")
            self.at += 1
        result: tree.TypeName | None = None
        if name == "function" and self.is_sign("->"):
            self.at += 1
            result = self.type_name()
        self.nesting -= 1
        end = self.tokens[self.at - 1].end
        return tree.TypeName(name, tuple(arguments), tuple(names), result, span=(token.start, end))

    def _type_words(self, token: Token) -> str:
        for words in _LONG_TYPES:
            length = len(words)
            if tuple(t.text for t in self.tokens[self.at : self.at + length]) == words:
                self.at += length
                return " ".join(words)
        known = self.names.variable(self.tokens, self.at)
        if known is not None and known[1] > 1:
            self.at += known[1]
            return known[0]
        name = token.text
        self.at += 1
        while self.is_sign(".") and self.tokens[self.at + 1].kind == NAME:
            name += f".{self.tokens[self.at + 1].text}"
            self.at += 2
        return name

    def report(self, code: str, span: Span, **values: str | int) -> None:
        """Note a fault and go on."""
        if len(self.faults) < MAX_PROBLEMS:
            self.faults.append(Fault(code, span, dict(values)))

    def fail(self, code: str, **values: str | int) -> NoReturn:
        """Note a fault and give the text up."""
        token = self.token
        self.report(code, (token.start, token.end), **values)
        self.at = len(self.tokens) - 1
        raise Stop

    def unexpected(self, wanted: str = "") -> NoReturn:
        """Note that something else is wanted here, and leave for a place to go on."""
        token = self.token
        span = (token.start, token.end)
        if token.kind == BAD and token.text in HALF_WIDTH:
            self.report("feel_full_width", span, found=token.text, meant=HALF_WIDTH[token.text])
        elif token.kind == BAD and token.text == '"':
            self.report("feel_open_string", span)
        elif token.kind == END and wanted:
            self.report("feel_unfinished_wanted", span, wanted=wanted)
        elif token.kind == END:
            self.report("feel_unfinished", span)
        elif wanted:
            self.report("feel_wanted", span, found=short(token.text), wanted=wanted)
        else:
            self.report("feel_unexpected", span, found=short(token.text))
        raise Stop

    def skip_to(self, wanted: str) -> None:
        """Go on to a word or bracket, past what stands in brackets."""
        depth = 0
        while self.token.kind != END:
            text = self.token.text
            if depth == 0 and text == wanted:
                return
            if text in ("(", "[", "{"):
                depth += 1
            elif text in (")", "]", "}"):
                if depth == 0:
                    return
                depth -= 1
            self.at += 1


def short(text: str) -> str:
    """Cut a text that goes into a sentence."""
    return text if len(text) <= 40 else text[:39] + "…"
