"""Names that may contain blanks and signs: resolved by the longest match among the declared."""

from collections.abc import Iterable
from functools import lru_cache

from rule_engine.lexer import KEYWORDS, NAME, OPERATOR, Token, tokens_of

_Words = tuple[tuple[str, bool], ...]
_Table = dict[str, list[tuple[_Words, str]]]


class Names:
    """The names known at one place of a text; inner layers are added and dropped while parsing."""

    def __init__(
        self,
        variables: Iterable[str] = (),
        functions: Iterable[str] = (),
        members: Iterable[str] = (),
    ) -> None:
        """Know names of variables, functions and members."""
        self._layers: list[_Table] = [_table(variables)]
        self._functions = _fixed(tuple(functions))
        self._members = {word: [*found] for word, found in _fixed(tuple(members)).items()}

    def push(self, names: Iterable[str]) -> None:
        """Open a layer of local names."""
        self._layers.append(_table(names))

    def pop(self) -> None:
        """Drop the innermost layer."""
        self._layers.pop()

    def add(self, name: str) -> None:
        """Declare a name in the innermost layer."""
        _insert(self._layers[-1], name)

    def add_member(self, name: str) -> None:
        """Declare a name that may follow a dot or stand in a filter."""
        _insert(self._members, name)

    def variable(self, tokens: list[Token], at: int) -> tuple[str, int] | None:
        """Find the longest declared name at a token: the name and how many tokens it takes."""
        best: tuple[str, int] | None = None
        for table in reversed(self._layers):
            best = _longer(best, _match(table, tokens, at))
        function = _match(self._functions, tokens, at)
        if function is not None and function[1] > 1:
            follows = tokens[at + function[1]]
            called = follows.kind == OPERATOR and follows.text == "("
            words = {token.text for token in tokens[at : at + function[1]]}
            if not called and words & KEYWORDS:
                function = None
        best = _longer(best, function)
        return _longer(best, _match(self._members, tokens, at)) if best is None else best

    def member(self, tokens: list[Token], at: int) -> tuple[str, int] | None:
        """Find the longest declared member name at a token."""
        return _match(self._members, tokens, at)


def normalized(text: str) -> str:
    """Write a name with single blanks."""
    return " ".join(text.split())


def _table(names: Iterable[str]) -> _Table:
    table: _Table = {}
    for name in names:
        _insert(table, name)
    return table


@lru_cache(maxsize=32)
def _fixed(names: tuple[str, ...]) -> _Table:
    """Give the table of names that are the same for many texts; nobody may change it."""
    return _table(names)


def _insert(table: _Table, name: str) -> None:
    entry = _entry(name)
    if entry is None:
        return
    first, words, written = entry
    entries = table.setdefault(first, [])
    if all(known != words for known, _ in entries):
        entries.append((words, written))
        if len(entries) > 1:
            entries.sort(key=lambda entry: -len(entry[0]))


@lru_cache(maxsize=4096)
def _entry(name: str) -> tuple[str, _Words, str] | None:
    tokens = tokens_of(name)[:-1]
    if not tokens:
        return None
    words = tuple(
        (token.text, at > 0 and tokens[at - 1].end == token.start)
        for at, token in enumerate(tokens)
    )
    return tokens[0].text, words, normalized(name)


def _match(table: _Table, tokens: list[Token], at: int) -> tuple[str, int] | None:
    for words, name in table.get(tokens[at].text, ()):
        if len(tokens) - at <= len(words):
            continue
        for step, (word, glued) in enumerate(words):
            token = tokens[at + step]
            if token.text != word:
                break
            if step and token.kind != NAME and glued != (tokens[at + step - 1].end == token.start):
                break
        else:
            return name, len(words)
    return None


def _longer(
    first: tuple[str, int] | None, second: tuple[str, int] | None
) -> tuple[str, int] | None:
    if first is None or (second is not None and second[1] > first[1]):
        return second
    return first
