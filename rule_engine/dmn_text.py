"""Boxed expressions as FEEL text over ids."""

from collections.abc import Iterable, Mapping

from rule_engine import tree
from rule_engine.dmn_model import (
    Box,
    ContextBox,
    EntryBox,
    FilterBox,
    FunctionBox,
    IfBox,
    InvocationBox,
    IteratorBox,
    ListBox,
    Literal,
    RelationBox,
    TableBox,
)
from rule_engine.functions.known import STANDARD
from rule_engine.lexer import NAME, NUMBER, quoted, tokens_of
from rule_engine.names import Names
from rule_engine.parser import parse_expression, parse_unary_tests
from rule_engine.printer import text_of
from rule_engine.properties import NAMES as PROPERTIES
from rule_engine.renaming import renamed


class NotTextError(Exception):
    """What has no form as text: a table inside another expression, or text that cannot be read."""


class Texts:
    """Writes boxed expressions; names of elements become their ids."""

    def __init__(self, ids: Mapping[str, str], members: Iterable[str]) -> None:
        """Know the ids by name, and the members of declared types."""
        self._ids = ids
        self._members = tuple(members)

    def _names(self, local: tuple[str, ...]) -> Names:
        return Names((*self._ids, *local), STANDARD, (*self._members, *PROPERTIES))

    def text(self, text: str, local: tuple[str, ...] = ()) -> str:
        """Rewrite an expression; raises NotTextError where it cannot be read."""
        if not text:
            return "null"
        node, faults = parse_expression(text, self._names(local))
        return self._written(node, bool(faults), text, local)

    def tests(self, text: str) -> str:
        """Rewrite the text of a cell."""
        node, faults = parse_unary_tests(text, self._names(("?",)))
        return self._written(node, bool(faults), text, ("?",))

    def _written(self, node: tree.Node, wrong: bool, text: str, local: tuple[str, ...]) -> str:
        if wrong:
            raise NotTextError(text)
        hidden = frozenset(local)
        return text_of(renamed(node, lambda name: self._ids.get(name, name), hidden=hidden))

    def box(self, box: Box | None, local: tuple[str, ...] = ()) -> str:
        """Write a boxed expression; raises NotTextError where it has no text."""
        if box is None:
            return "null"
        if isinstance(box, Literal):
            return self.text(box.text, local)
        if isinstance(box, ListBox):
            return "[" + ", ".join(self.box(item, local) for item in box.items) + "]"
        if isinstance(box, RelationBox):
            return self._relation(box, local)
        if isinstance(box, ContextBox):
            return self._context(box.entries, local)
        if isinstance(box, InvocationBox):
            given = ", ".join(f"{e.name}: {self.box(e.value, local)}" for e in box.bindings)
            return f"{self.box(box.called, local)}({given})"
        if isinstance(box, FunctionBox):
            names = tuple(parameter.name for parameter in box.parameters)
            if box.kind != "FEEL":
                raise NotTextError(box.kind)
            return f"function({', '.join(names)}) {self.box(box.body, (*local, *names))}"
        if isinstance(box, TableBox):
            raise NotTextError("decisionTable")
        return self._control(box, local)

    def _control(self, box: IfBox | FilterBox | IteratorBox, local: tuple[str, ...]) -> str:
        if isinstance(box, IfBox):
            parts = [self.box(part, local) for part in (box.condition, box.yes, box.no)]
            return f"if {parts[0]} then {parts[1]} else {parts[2]}"
        if isinstance(box, FilterBox):
            match = self.box(box.match, (*local, "item"))
            return f"({self.box(box.source, local)})[{match}]"
        word = "return" if box.kind == "for" else "satisfies"
        body = self.box(box.body, (*local, box.variable, "partial"))
        return f"{box.kind} {box.variable} in ({self.box(box.source, local)}) {word} {body}"

    def _relation(self, box: RelationBox, local: tuple[str, ...]) -> str:
        rows = []
        for row in box.rows:
            cells = zip(box.columns, row, strict=False)
            entries = ", ".join(f"{_key(name)}: {self.box(cell, local)}" for name, cell in cells)
            rows.append("{" + entries + "}")
        return "[" + ", ".join(rows) + "]"

    def _context(self, entries: tuple[EntryBox, ...], local: tuple[str, ...]) -> str:
        written = []
        result = ""
        for entry in entries:
            name = entry.name or "result"
            result = "" if entry.name else ".result"
            written.append(f"{_key(name)}: {self.box(entry.value, local)}")
            local = (*local, name)
        return "{" + ", ".join(written) + "}" + result


def _key(name: str) -> str:
    kinds = [token.kind for token in tokens_of(name)[:-1]]
    plain = bool(kinds) and kinds[0] == NAME and set(kinds) <= {NAME, NUMBER}
    return name if plain else quoted(name)
