"""Fields and field types: what one question of a compiled form is, and what its type can do."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from wtforms import Field as Control

from app_definitions import form as definitions
from app_definitions.dictionary import Dictionary
from form_engine import settings
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.messages import Message, Texts, locale_key
from rule_engine import Expression

RecordKind = Literal["text", "whole", "decimal", "date", "moment", "boolean", "list", "index"]
"""`index` is a blind index made from a sealed value; the value itself has no column."""

Controls = Mapping[str, Control]
"""The controls of a field by part: "" is the field itself."""

Translations = Mapping[str, Mapping[str, str]]
"""Texts of other languages: locale, then `part#id.property`."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A value made from typed text, or what is wrong with it. A warning does not stop anyone."""

    value: object = None
    errors: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()


def bad(code: str, /, part: str = "", **values: str | int) -> Cleaned:
    """Refuse typed text with one message about a part of the field's controls."""
    return Cleaned(None, (Message(code, values, part),))


@dataclass(frozen=True, slots=True)
class RecordShape:
    """The column of a record table that a field fills."""

    kind: RecordKind
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class Palette:
    """Where the designer shows a type, and with which settings a new field starts."""

    group: Literal["text", "number", "choice", "person", "place", "file", "layout"]
    icon: str
    order: int
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Check:
    """What must be true of an answer."""

    id: str
    that: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Field:
    """One question of a compiled form. `key` is the path under which its texts are translated."""

    definition: definitions.Field
    type: "FieldType"
    section_id: str
    key: str
    settings: Mapping[str, Any]
    sealed: bool
    recorded: bool
    texts: Texts
    translations: Translations = field(default_factory=dict)
    dictionary: Dictionary | None = None
    columns: "tuple[Field, ...]" = ()
    visible_when: Expression | None = None
    required_when: Expression | None = None
    value: Expression | None = None
    default: Expression | None = None
    checks: tuple[Check, ...] = ()
    derived: tuple[tuple[str, Expression], ...] = ()
    trees: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What a page may follow by itself: the trees by property, those of checks by their id."""
    id: str = field(init=False)

    def __post_init__(self) -> None:
        """Keep the id here: it is asked for a thousand times an answer."""
        object.__setattr__(self, "id", self.definition.id)

    def __repr__(self) -> str:
        """Name the field."""
        return f"<Field {self.key}>"

    def say(self, prop: str, source: str, locale: str) -> str:
        """Give one of the field's texts in a language, or as it was written."""
        return translated(self.translations, f"{self.key}.{prop}", source, locale)

    def label(self, locale: str) -> str:
        """Give the question."""
        return self.say("label", self.definition.label, locale)

    def hint(self, locale: str) -> str:
        """Give the sentence that helps to answer."""
        return self.say("hint", self.definition.hint, locale)

    def example(self, locale: str) -> str:
        """Give an example of an answer: the designer's, else the type's own."""
        written = self.say("example", self.definition.example, locale)
        key = f"example.{self.type.id}"
        if not written and self.texts.has(key, locale):
            return self.texts.word(key, locale)
        return written

    def to_json(self, value: object) -> Any:
        """Give an answer as JSON."""
        return self.type.to_json(value, self)

    def from_json(self, document: Any) -> object:
        """Read an answer from JSON."""
        return self.type.from_json(document, self)

    def path_of(self, check: Check) -> str:
        """Give the path of one of its checks: ids are those of the whole form."""
        return f"{self.key.partition('#')[0]}#{check.id}"

    def setting(self, name: str, locale: str) -> str:
        """Give a setting that people read."""
        return self.say(name, str(self.settings.get(name, "")), locale)


def translated(translations: Translations, key: str, source: str, locale: str) -> str:
    """Give the translation under a key, or the source text where there is none."""
    return translations.get(locale_key(locale), {}).get(key) or source


@dataclass(frozen=True, slots=True)
class ControlView:
    """What a type needs to draw a field: its name on the page, what stands in it, the language.

    `draw` renders a field inside this one: a column of a row, under a part and with its raw
    texts. A message for that part is drawn with it.
    """

    name: str
    raw: Raw
    context: FillContext
    draw: Callable[[Field, str, Raw], object]

    @property
    def locale(self) -> str:
        """Give the language of the page."""
        return self.context.locale

    def first(self, part: str = "") -> str:
        """Give what stands in a part."""
        texts = self.raw.get(part, ())
        return texts[0] if texts else ""


class FieldType:
    """A kind of question, with all its aspects. A type is one module that gives one value.

    The defaults here are those of a line of text; a type says what is different.
    """

    id: ClassVar[str]
    palette: ClassVar[Palette]
    template: ClassVar[str] = "input.html"
    settings_schema: ClassVar[settings.Schema] = settings.of()
    empty: ClassVar[object] = None
    answers: ClassVar[bool] = True
    """Whether people answer it; notes and computed fields have no control."""
    stored: ClassVar[bool] = True
    """Whether its value may be kept; a password's may not."""
    grouped: ClassVar[bool] = False
    """Whether its controls need a fieldset with a legend."""
    first_part: ClassVar[str] = ""
    """The part whose control carries the field's own id on the page."""
    marked: ClassVar[bool] = False
    """Whether an empty answer posts nothing, so that the page must say that it was shown."""
    sealed_by_default: ClassVar[bool] = False
    recorded_by_default: ClassVar[bool] = True
    required_code: ClassVar[str] = "required_typed"
    takes_columns: ClassVar[bool] = False
    texts: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """Words and sentences that a plug-in brings, by locale."""

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give the type under which expressions see a value of this field."""
        return "string"

    def find_faults(self, definition: definitions.Field) -> Iterable[tuple[str, Message]]:
        """List what the schema cannot say about settings: property and message."""
        return ()

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Make a value from what was typed; an empty answer gives the empty value."""
        raise NotImplementedError(f"The field type {self.id} cleans nothing.")

    def posted(self, raw: Raw, previous: object, field: Field, context: FillContext) -> Raw:
        """Take from a post what a page may say, given the answer before; all of it by default."""
        return raw

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give the text that a person would type for a value: the reverse of `clean`."""
        return {"": [] if value is None else [str(value)]}

    def is_empty(self, value: object) -> bool:
        """Tell whether nothing was answered."""
        return value is None or value in ("", [], {})

    def reading(self, field: Field, context: FillContext) -> Mapping[str, Any] | None:
        """Tell a page how to read the control as `clean` does; `None` where it cannot."""
        return None

    def to_json(self, value: object, field: Field) -> Any:
        """Give a value as JSON."""
        return value

    def from_json(self, document: Any, field: Field) -> object:
        """Read a value from JSON; what cannot be a value of this type is no answer."""
        return document if isinstance(document, str) else self.empty

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build the WTForms controls of a field."""
        return {}

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Give what the type's template needs besides the controls."""
        return {}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say a value as people read it."""
        return "" if value is None else str(value)

    def attachments(self, value: object) -> tuple[str, ...]:
        """List the ids of the stored files that a value holds."""
        return ()

    def brief(self, value: object, field: Field, context: FillContext) -> str:
        """Say the answer in a list, where there is room for a few words."""
        return self.show(value, field, context)

    def mask(self, value: object) -> str:
        """Say as much of a value as anyone may see."""
        return "********"

    def record(self, field: Field) -> RecordShape | None:
        """Give the column that a field fills, or `None`."""
        return RecordShape("index") if field.sealed else RecordShape("text")

    def record_value(self, value: object, field: Field) -> object:
        """Give what goes into that column; an index gets the text from which it is made."""
        return value
