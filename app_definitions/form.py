"""Forms: sections, fields, checks and rights."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from app_definitions import reading
from app_definitions.problem import Problems
from app_definitions.shapes import Feel, Id, Mark, Text, Word

Right = Literal["hidden", "masked", "read", "write", "required"]
StepName = Annotated[str, Mark("step", pattern=r"^(\*|[a-z][a-z0-9_]{0,39})$")]

APPLY = "apply"
"""The step at which the applicant fills the form."""


@dataclass(frozen=True, slots=True)
class RightEntry:
    """What a role may do with a field at a step; `*` is any step, no role is everyone there."""

    step: StepName
    right: Right
    role: Id | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What must be true of a value, and what is said beside the field when it is not."""

    id: Id
    that: Feel
    message: Text


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact worked out from a sealed value, such as a birth date, that may be kept in clear."""

    id: Id
    value: Feel


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `None` for `sealed` and `record` means: as its type has it."""

    id: Id
    type: Id
    label: Text
    hint: Text = ""
    example: Text = ""
    required: bool = False
    required_when: Feel = ""
    visible_when: Feel = ""
    value: Feel = ""
    default: Feel = ""
    checks: tuple[Check, ...] = ()
    reuse: Word = ""
    sealed: bool | None = None
    record: bool | None = None
    derived: tuple[Derived, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    columns: "tuple[Field, ...]" = ()
    rights: tuple[RightEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that are asked together: one screen in the layout `steps`."""

    id: Id
    title: Text
    hint: Text = ""
    visible_when: Feel = ""
    fields: tuple[Field, ...] = ()
    rights: tuple[RightEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """What people fill in."""

    FORMAT: ClassVar[str] = "gcrm.form/1"

    id: Id
    title: Text
    layout: Literal["steps", "page"] = "page"
    sections: tuple[Section, ...] = ()

    def fields(self) -> Iterator[Field]:
        """Go through the fields of all sections, columns of sub-tables left out."""
        for section in self.sections:
            yield from section.fields

    def field(self, field_id: str) -> Field | None:
        """Find a field by its id."""
        return next((entry for entry in self.fields() if entry.id == field_id), None)


def read_form(document: Any, part: str) -> tuple[Form | None, Problems]:
    """Read a form; all problems come back together."""
    return reading.read(Form, document, part)


def write_form(form: Form) -> dict[str, Any]:
    """Give the canonical document."""
    return reading.write(form)
