"""The registry of field types: an explicit list, plug-ins, and the palette made from both."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from form_engine.field import FieldType
from form_engine.fields import (
    address,
    bankcard,
    checkbox,
    computed,
    consent,
    date,
    date_time,
    email_address,
    file,
    idcard,
    image,
    money,
    multiselect,
    note,
    number,
    password,
    phone,
    radio,
    region,
    select_list,
    signature,
    subtable,
    switch,
    text,
    textarea,
    uscc,
)
from form_engine.messages import Texts, own_texts

ENTRY_POINTS = "gcrm.field_types"

_SHIPPED = (
    text,
    textarea,
    password,
    number,
    money,
    date,
    date_time,
    computed,
    radio,
    select_list,
    multiselect,
    switch,
    checkbox,
    idcard,
    uscc,
    phone,
    email_address,
    bankcard,
    region,
    address,
    file,
    image,
    signature,
    note,
    consent,
    subtable,
)


@dataclass(frozen=True, slots=True)
class FieldTypes:
    """Field types by their id, with everything that people read about them."""

    by_id: Mapping[str, FieldType]
    texts: Texts

    @classmethod
    def of(cls, *types: FieldType) -> "FieldTypes":
        """Make a registry; raises ValueError where two types have one id."""
        by_id: dict[str, FieldType] = {}
        texts = own_texts()
        for kind in types:
            if kind.id in by_id:
                raise ValueError(f'There are two field types "{kind.id}".')
            by_id[kind.id] = kind
            if kind.texts:
                texts = texts.joined(kind.texts)
        return cls(by_id, texts)

    @classmethod
    def shipped(cls, more: Iterable[FieldType] = ()) -> "FieldTypes":
        """Make a registry of the types that ship and some more."""
        return cls.of(*(module.TYPE for module in _SHIPPED), *more)

    @classmethod
    def installed(cls) -> "FieldTypes":
        """Make a registry of the types that ship and those of installed plug-ins."""
        found = metadata.entry_points(group=ENTRY_POINTS)
        return cls.shipped(point.load() for point in sorted(found, key=lambda point: point.name))

    def get(self, type_id: str) -> FieldType | None:
        """Find a type by its id."""
        return self.by_id.get(type_id)

    def names(self) -> tuple[str, ...]:
        """List the ids in alphabetical order."""
        return tuple(sorted(self.by_id))

    def palette(self, locale: str) -> list[dict[str, Any]]:
        """Give all types as JSON for the designer: names, icons, settings, what they can do."""
        ordered = sorted(
            self.by_id.values(),
            key=lambda kind: (_GROUPS.index(kind.palette.group), kind.palette.order),
        )
        return [self._entry(kind, locale) for kind in ordered]

    def _entry(self, kind: FieldType, locale: str) -> dict[str, Any]:
        group = kind.palette.group
        return {
            "id": kind.id,
            "name": self.texts.word(f"type.{kind.id}", locale),
            "summary": self.texts.word(f"type.{kind.id}.summary", locale),
            "group": {"id": group, "name": self.texts.word(f"group.{group}", locale)},
            "icon": kind.palette.icon,
            "starts_with": {"settings": dict(kind.palette.settings)},
            "settings_schema": self._titled(kind, locale),
            "feel_type": kind.feel_type(dict(kind.palette.settings)),
            "answers": kind.answers,
            "columns": kind.takes_columns,
            "sealed": kind.sealed_by_default,
            "recorded": kind.recorded_by_default,
        }

    def _titled(self, kind: FieldType, locale: str) -> dict[str, Any]:
        properties = {}
        for name, shape in kind.settings_schema["properties"].items():
            titled = {"title": self.texts.word(f"setting.{name}", locale), **shape}
            hint = f"setting.{name}.hint"
            if self.texts.has(hint, locale):
                titled["description"] = self.texts.word(hint, locale)
            properties[name] = titled
        return {**kind.settings_schema, "properties": properties}


_GROUPS = ("text", "number", "choice", "person", "place", "file", "layout")
