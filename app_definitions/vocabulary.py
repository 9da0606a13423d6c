"""Vocabularies: the inputs that an expression may name, with their types."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FEEL_TYPES = (
    "string",
    "number",
    "boolean",
    "date",
    "time",
    "date and time",
    "days and time duration",
    "years and months duration",
    "any",
    "list<string>",
    "list<number>",
    "list<context>",
    "context",
)


@dataclass(frozen=True, slots=True)
class Option:
    """One allowed value: its code, and the label that people see."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Input:
    """One name that expressions may use.

    `type` is a FEEL type. `column` names the column of the record table, where there is one.
    A sealed input may be judged in memory only, never in SQL.
    """

    id: str
    label: str
    type: str
    scale: int | None = None
    unit: str | None = None
    options: tuple[Option, ...] = ()
    required: bool = False
    sealed: bool = False
    column: str | None = None

    def label_of(self, code: str) -> str:
        """Give the label of an option, or the code itself where no option has it."""
        return next((option.label for option in self.options if option.code == code), code)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All inputs, in the order in which people see them."""

    inputs: tuple[Input, ...] = ()

    def get(self, input_id: str) -> Input | None:
        """Find an input by its id."""
        return next((entry for entry in self.inputs if entry.id == input_id), None)

    def ids(self) -> frozenset[str]:
        """List the ids."""
        return frozenset(entry.id for entry in self.inputs)

    def extended(self, more: Iterable[Input]) -> "Vocabulary":
        """Add inputs; a new one takes the place of an old one of the same id."""
        added = tuple(more)
        taken = {entry.id for entry in added}
        return Vocabulary(tuple(i for i in self.inputs if i.id not in taken) + added)

    def __iter__(self) -> Iterator[Input]:
        """Go through the inputs in order."""
        return iter(self.inputs)

    def __contains__(self, input_id: object) -> bool:
        """Tell whether an input has this id."""
        return any(entry.id == input_id for entry in self.inputs)
