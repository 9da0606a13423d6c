"""The allowed answers of a choice: written in its settings, or the entries of a dictionary."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag

from app_definitions import form as definitions
from form_engine.context import FillContext
from form_engine.field import Field, translated
from form_engine.messages import Message


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed answer. An exclusive one, such as 都没有, stands alone."""

    code: str
    label: str
    hint: str = ""
    exclusive: bool = False


def today(context: FillContext) -> dt.date:
    """Give the day on which the form is filled."""
    return context.evaluation.now.astimezone(context.evaluation.zone).date()


def offered(field: Field, context: FillContext) -> tuple[Choice, ...]:
    """List the answers that may be chosen today."""
    dictionary = field.settings.get("dictionary")
    if dictionary:
        found = context.dictionaries.get(dictionary) or field.dictionary
        entries = found.valid(today(context)) if found else ()
        return tuple(
            Choice(entry.code, _entry_label(dictionary, entry.code, entry.label, field, context))
            for entry in entries
        )
    return tuple(_choice(option, field, context.locale) for option in _listed(field))


def codes(field: Field, context: FillContext) -> tuple[str, ...]:
    """List the codes of the answers that may be chosen today."""
    dictionary = field.settings.get("dictionary")
    if dictionary:
        found = context.dictionaries.get(dictionary) or field.dictionary
        return tuple(entry.code for entry in found.valid(today(context))) if found else ()
    return tuple(str(option["id"]) for option in _listed(field))


def listed(choices: Iterable[Choice]) -> list[Any]:
    """Give answers as WTForms takes them."""
    return [choice_of(choice.code, choice.label) for choice in choices]


def choice_of(code: str, label: str, group: str = "") -> Any:
    """Give one answer as WTForms takes it, in a group or in none."""
    return SelectChoice(code, label, optgroup=group or None)


def label_of(code: str, field: Field, context: FillContext) -> str:
    """Say an answer by its label, also where it can no longer be chosen."""
    dictionary = field.settings.get("dictionary")
    if dictionary:
        found = context.dictionaries.get(dictionary) or field.dictionary
        label = found.label(code) if found else code
        return _entry_label(dictionary, code, label, field, context)
    option = next((option for option in _listed(field) if option["id"] == code), None)
    return _choice(option, field, context.locale).label if option else code


def labels_in(field: Field, locale: str) -> dict[str, str]:
    """Give the label of each answer, also of those that can no longer be chosen, by its code."""
    if field.dictionary is not None:
        place = f"dictionaries/{field.dictionary.id}.json"
        return {
            entry.code: translated(
                field.translations, f"{place}#{entry.code}.label", entry.label, locale
            )
            for entry in field.dictionary.entries
        }
    return {str(one["id"]): _choice(one, field, locale).label for one in _listed(field)}


def find_faults(definition: definitions.Field) -> Iterable[tuple[str, Message]]:
    """Look for a choice without answers, and for answers with the same id."""
    options = definition.settings.get("options") or []
    if not options and not definition.settings.get("dictionary"):
        yield "settings.options", Message("options_missing")
    if options and definition.settings.get("dictionary"):
        yield "settings.options", Message("options_twice")
    seen: set[str] = set()
    for option in options:
        if option["id"] in seen:
            yield f"options.{option['id']}", Message("option_doubled", {"option": option["id"]})
        seen.add(option["id"])


def _entry_label(dictionary: str, code: str, label: str, field: Field, context: FillContext) -> str:
    key = f"dictionaries/{dictionary}.json#{code}.label"
    return translated(field.translations, key, label, context.locale)


def _listed(field: Field) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = field.settings.get("options") or []
    return found


def _choice(option: dict[str, Any], field: Field, locale: str) -> Choice:
    code = str(option["id"])
    hint = field.say(f"options.{code}.hint", str(option.get("hint", "")), locale)
    return Choice(
        code,
        field.say(f"options.{code}", str(option["label"]), locale),
        hint,
        bool(option.get("exclusive")),
    )
