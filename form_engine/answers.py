"""Answers as people read them: before submitting, and in the case."""

from collections.abc import Iterable
from dataclasses import dataclass

from form_engine.context import Attachment, FillContext
from form_engine.errors import control_id
from form_engine.field import Field
from form_engine.rights import WRITING
from form_engine.section import Section
from form_engine.settling import Settled


@dataclass(frozen=True, slots=True)
class Answer:
    """One line: the question, the answer as text, and where it can be changed.

    A masked text shows no more than anyone may see. `change` is the id of the control in
    its section, or "" where this person cannot change it. `files` are those behind it.
    """

    field_id: str
    type_id: str
    label: str
    text: str
    masked: bool = False
    change: str = ""
    files: tuple[Attachment, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was answered."""
        return not self.text


@dataclass(frozen=True, slots=True)
class AnswerSection:
    """The answers of one page."""

    id: str
    title: str
    answers: tuple[Answer, ...]


def sections(
    found: Iterable[Section], settled: Settled, context: FillContext
) -> tuple[AnswerSection, ...]:
    """List what this person may see, section by section; empty sections are left out."""
    listed = (
        AnswerSection(
            section.id,
            section.title(context.locale),
            tuple(
                answer(field, settled.values.get(field.id), context)
                for field in section.fields
                if field.id in settled.shown
                and field.type.stored
                and context.right(field.id) != "hidden"
            ),
        )
        for section in found
    )
    return tuple(section for section in listed if section.answers)


def answer(field: Field, value: object, context: FillContext) -> Answer:
    """Say one answer, masked where this person may see no more."""
    right = context.right(field.id)
    masked = right == "masked"
    return Answer(
        field_id=field.id,
        type_id=field.type.id,
        label=field.label(context.locale),
        text=shown(field, value, context, masked),
        masked=masked and value is not None,
        change=control_id(field.id) if right in WRITING and field.type.answers else "",
        files=() if masked else _files(field, value, context),
    )


def shown(field: Field, value: object, context: FillContext, masked: bool) -> str:
    """Say a value; masked, only what anyone may see of it."""
    if value is None:
        return ""
    return field.type.mask(value) if masked else field.type.show(value, field, context)


def _files(field: Field, value: object, context: FillContext) -> tuple[Attachment, ...]:
    found = (context.attachments(name) for name in field.type.attachments(value))
    return tuple(one for one in found if one is not None)
