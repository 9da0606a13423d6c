"""What is wrong with an answer, said beside its field and in the list above the form."""

from dataclasses import dataclass

from form_engine.field import Field
from form_engine.messages import Message, Sentence, is_chinese


@dataclass(frozen=True, slots=True)
class FieldError:
    """One sentence about one field.

    `message` is all of it; `what` and `fix` are its halves. `target` is the id of the
    control on the page, and `section_id` the page.
    """

    field_id: str
    message: str
    what: str = ""
    fix: str = ""
    code: str = ""
    section_id: str = ""
    part: str = ""
    anchor: str = ""
    inner: str = ""
    """The sentence without the row that it is about, for use beside the cell itself."""

    @property
    def target(self) -> str:
        """Give the id of the element to which a link can lead."""
        return self.anchor or control_id(self.field_id)


def control_id(name: str) -> str:
    """Give the id of a control on the page, apart from the ids of the page itself."""
    return f"f-{name}"


def say(field: Field, message: Message, locale: str) -> Sentence:
    """Say a message about a field; its label and an example are put in."""
    if message.code == "designer":
        return Sentence(str(message.values["message"]))
    example = field.example(locale)
    known = {"label": field.label(locale), "example": example, **message.values}
    said = field.texts.say(Message(message.code, known), locale)
    if not said.fix and example and message.code.startswith(("required_typed", "text_pattern")):
        return Sentence(said.message, field.texts.word("for_example", locale, example=example))
    return said


def error(field: Field, message: Message, locale: str) -> FieldError:
    """Make the error of a field from a message."""
    said = say(field, message, locale)
    return FieldError(
        field_id=field.id,
        message=joined(said, locale),
        what=said.message,
        fix=said.fix,
        code=message.code,
        section_id=field.section_id,
        part=message.part,
        inner=str(message.values.get("message", "")) if message.code == "row_error" else "",
        anchor=control_id(
            field.id
            if message.part in ("", field.type.first_part)
            else f"{field.id}-{message.part}"
        ),
    )


def joined(said: Sentence, locale: str) -> str:
    """Put the two halves of a sentence together."""
    if not said.fix:
        return said.message
    return f"{said.message}，{said.fix}" if is_chinese(locale) else f"{said.message}. {said.fix}"
