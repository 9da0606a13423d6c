"""Papers: a sheet's definition compiled, and laid out with the values of one case."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app_definitions import ids
from app_definitions import paper as definitions
from app_definitions.problem import Problem, Problems, error, has_errors, warning
from app_definitions.vocabulary import Input, Vocabulary
from form_engine import cleaning, paper_words
from form_engine.context import FillContext
from form_engine.field import Field
from form_engine.form import Form
from rule_engine import Expression, compile_expression

LONG_WORD = 30
"""Signs without a place to break after which one is made; a longer word would leave the sheet."""
PIECE = 15
MOST_BLOCKS, MOST_ENTRIES, MOST_TEXT = 200, 2_000, 120_000

Laid = dict[str, Any]
"""A sheet with its words, as JSON: what the printer takes. Nothing in it is ever markup."""


class PaperTooLargeError(ValueError):
    """The values of a case fill more than any official paper does."""


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in a place: an answer written as its form writes it, or an expression."""

    expression: Expression
    show: str
    field: Field | None = None

    def text(self, filling: "Filling") -> str:
        """Write the value; nothing where there is none."""
        if self.field is not None and self.show == "plain":
            value = filling.values.get(self.field.id)
            if isinstance(value, str | list | dict | bool):
                return clean(self.field.type.show(value, self.field, filling.context))
        found = self.expression.value(filling.inputs, filling.context.evaluation).value
        return clean(paper_words.say(found, self.show))


@dataclass(frozen=True, slots=True)
class Filling:
    """One case on paper: what expressions see, the answers themselves, lists and regions."""

    inputs: Mapping[str, Any]
    values: Mapping[str, Any]
    context: FillContext


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """A compiled paper."""

    definition: definitions.Paper
    values: Mapping[str, Value]  # by the path of the place
    conditions: Mapping[str, Expression]  # by block
    lists: Mapping[str, Expression]  # by block
    fields: Mapping[str, Field]

    @property
    def id(self) -> str:
        """The paper's id."""
        return self.definition.id

    def lay(self, filling: Filling) -> Laid:
        """Put the values of a case on the sheet. Raises PaperTooLargeError."""
        paper = self.definition
        laid: Laid = {
            "title": clean(paper.title),
            "size": list(definitions.extent(paper)),
            "margins": {
                side: float(getattr(paper.margins, side))
                for side in ("top", "right", "bottom", "left")
            },
            "numbers": paper.page_numbers,
            "blocks": [
                self._block(block, filling)
                for block in paper.blocks
                if self._wanted(block, filling)
            ],
            "placed": [self._placed(each, filling) for each in paper.placed],
        }
        if sum(map(len, texts_of(laid))) > MOST_TEXT:
            raise PaperTooLargeError(f'Paper "{paper.id}" has more than {MOST_TEXT} characters.')
        return laid

    def _wanted(self, block: definitions.Block, filling: Filling) -> bool:
        condition = self.conditions.get(block.id)
        return condition is None or condition.is_true(filling.inputs, filling.context.evaluation)

    def _block(self, block: definitions.Block, filling: Filling) -> Laid:
        laid: Laid = {"style": block.style, "align": block.align}
        if block.style == "list":
            laid |= self._list(block, filling)
        elif block.style == "rows":
            laid["rows"] = [
                [
                    clean(field.label(paper_words.CHINESE)),
                    self.values[f"{block.id}.{name}"].text(filling),
                ]
                for name in block.rows
                if (field := self.fields.get(name)) is not None
            ] + [[clean(line.label), self.values[line.id].text(filling)] for line in block.lines]
        else:
            laid["spans"] = [
                self._span(span, f"{block.id}.{index}", filling)
                for index, span in enumerate(block.spans)
            ]
        return laid

    def _span(self, span: definitions.Span, place: str, filling: Filling) -> Laid:
        if span.text:
            return {"text": clean(span.text, whole=False), "bold": span.bold}
        text = self.values[place].text(filling) or clean(span.empty)
        return {"text": text, "bold": span.bold, "blank": not text}

    def _list(self, block: definitions.Block, filling: Filling) -> Laid:
        found = self.lists[block.id].value(filling.inputs, filling.context.evaluation).value
        entries = found if isinstance(found, list) else []
        if len(entries) > MOST_ENTRIES:
            raise PaperTooLargeError(f'List "{block.id}" has more than {MOST_ENTRIES} entries.')
        return {
            "head": [clean(column.label) for column in block.columns],
            "rows": [
                [
                    clean(paper_words.say(entry.get(column.field), column.show))
                    for column in block.columns
                ]
                for entry in entries
                if isinstance(entry, Mapping)
            ],
        }

    def _placed(self, each: definitions.Placed, filling: Filling) -> Laid:
        value = self.values.get(each.id)
        return {
            "id": each.id,
            "kind": each.kind,
            "page": each.page,
            "x": float(each.x),
            "y": float(each.y),
            "width": float(each.width),
            "height": float(each.height),
            "value": value.text(filling) if value is not None else "",
        }


def texts_of(laid: object) -> Iterable[str]:
    """Go through all texts of a laid sheet."""
    if isinstance(laid, str):
        yield laid
    elif isinstance(laid, Mapping):
        for each in laid.values():
            yield from texts_of(each)
    elif isinstance(laid, Sequence):
        for each in laid:
            yield from texts_of(each)


_LONG = re.compile(rf"[!-~À-ɏ]{{{LONG_WORD},}}")


def clean(text: str, *, whole: bool = True) -> str:
    """Take out what must not be printed, and let long words break.

    Marks that turn the direction of writing could make a paper read otherwise than it was
    decided; tabs and unseen blanks have no place on it. A piece of running text (not `whole`)
    keeps the blanks and line ends around it.
    """
    plain = "".join(sign for sign in text.replace("\t", " ") if not cleaning.has_forbidden(sign))
    if whole:
        plain = cleaning.lines(plain)
    return _LONG.sub(lambda found: _broken(found.group()), plain)


def _broken(word: str) -> str:
    return "\u200b".join(word[at : at + PIECE] for at in range(0, len(word), PIECE))


def compile_paper(
    definition: definitions.Paper,
    forms: Iterable[Form],
    vocabulary: Vocabulary,
    *,
    part: str = "",
) -> tuple[Paper | None, Problems]:
    """Compile a paper; there is none where something must be mended first.

    `vocabulary` are all names that its expressions may use, `forms` those whose answers it
    prints; an answer is written as its form writes it.
    """
    compiler = _Compiler(definition, part or f"papers/{definition.id}.json", vocabulary, forms)
    return compiler.compile()


class _Compiler:
    def __init__(
        self,
        definition: definitions.Paper,
        part: str,
        vocabulary: Vocabulary,
        forms: Iterable[Form],
    ) -> None:
        self.definition, self.part, self.vocabulary = definition, part, vocabulary
        self.fields = {field.id: field for form in forms for field in form.fields}
        self.problems: list[Problem] = []
        self.values: dict[str, Value] = {}
        self.conditions: dict[str, Expression] = {}
        self.lists: dict[str, Expression] = {}

    def compile(self) -> tuple[Paper | None, Problems]:
        paper = self.definition
        if len(paper.blocks) > MOST_BLOCKS:
            self._say(paper.id, "blocks", "paper_too_large", blocks=MOST_BLOCKS)
        if not paper.blocks:
            self.problems.append(warning(self._at(paper.id, "blocks"), "paper_empty"))
        self._places()
        for block in paper.blocks:
            self._block(block)
        for each in paper.placed:
            if each.value:
                self._value(each.id, each.id, "value", each.value, "plain")
            elif each.kind in ("qr", "image"):
                self._say(each.id, "value", "placed_without_value", thing=each.id)
        problems = tuple(self.problems)
        if has_errors(problems):
            return None, problems
        return Paper(paper, self.values, self.conditions, self.lists, self.fields), problems

    def _places(self) -> None:
        paper = self.definition
        width, height = definitions.extent(paper)
        for each in paper.placed:
            across, down = float(each.x) + float(each.width), float(each.y) + float(each.height)
            if across > width or down > height:
                self._say(each.id, "x", "placed_beyond", thing=each.id)
        margins = paper.margins
        across = float(margins.left) + float(margins.right)
        down = float(margins.top) + float(margins.bottom)
        if across > width - 40 or down > height - 40:
            self._say(paper.id, "margins", "margins_wide")

    def _block(self, block: definitions.Block) -> None:
        if block.when:
            found = self._expression(block.id, "when", block.when)
            if found is not None:
                self.conditions[block.id] = found
        for name in block.rows:
            if name in self.fields and name in self.vocabulary:
                self._value(f"{block.id}.{name}", block.id, "rows", name, "plain")
            else:
                self._say(block.id, "rows", "paper_field_unknown", field=name)
        for line in block.lines:
            self._value(line.id, line.id, "value", line.value, line.show)
        for index, span in enumerate(block.spans):
            if span.value:
                self._value(f"{block.id}.{index}", block.id, "spans", span.value, span.show)
        if block.each:
            found = self._expression(block.id, "each", block.each)
            if found is not None:
                self.lists[block.id] = found

    def _value(self, place: str, own: str, prop: str, text: str, show: str) -> None:
        found = self._expression(own, prop, text)
        if found is None:
            return
        known = self.vocabulary.get(text.strip())
        if known is not None and not _fits(known, show):
            self._say(own, prop, "show_does_not_fit", name=known.label, show=show)
        self.values[place] = Value(found, show, self.fields.get(text.strip()))

    def _expression(self, own: str, prop: str, text: str) -> Expression | None:
        found, problems = compile_expression(text, self.vocabulary, path=self._at(own, prop))
        self.problems += problems
        return found

    def _say(self, own: str, prop: str, code: str, **values: Any) -> None:
        self.problems.append(error(self._at(own, prop), code, **values))

    def _at(self, own: str, prop: str) -> str:
        return ids.path(self.part, [own], prop)


_FITTING = {
    "date": ("date", "date and time", "any"),
    "number": ("number", "any"),
}
_SHOWN = {
    **dict.fromkeys(("date", "weekday", "chinese_date", "month"), "date"),
    **dict.fromkeys(("number", "amount", "capital"), "number"),
}


def _fits(known: Input, show: str) -> bool:
    kind = _SHOWN.get(show)
    return kind is None or known.type in _FITTING[kind]
