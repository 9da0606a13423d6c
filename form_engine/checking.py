"""What is wrong with an answer: how it is written, that it is missing, what must be true of it."""

from collections.abc import Iterable
from typing import Any

from form_engine import errors, settling
from form_engine.cleaning import LONGEST, Raw
from form_engine.context import FillContext
from form_engine.errors import FieldError
from form_engine.field import Check, Cleaned, Field, bad, translated
from form_engine.messages import Message
from form_engine.settling import Settled
from rule_engine import Expression


def cleaned(found: Field, parts: Raw, context: FillContext) -> Cleaned:
    """Read what was posted for a field, unless it is longer than any answer may be."""
    longest = max((len(text) for texts in parts.values() for text in texts), default=0)
    limit = min(LONGEST, int(found.settings.get("max_length", LONGEST)))
    if longest > LONGEST:
        return bad("text_too_long", max=limit, count=longest, over=longest - limit)
    return found.type.clean(parts, found, context)


def revised(found: Field, value: object, context: FillContext) -> Cleaned:
    """Read a kept answer as if it were posted now."""
    if found.type.is_empty(value) or not found.type.stored:
        return Cleaned(value)
    return cleaned(found, found.type.raw(value, found, context), context)


def faults(found: Field, one: Cleaned, settled: Settled, context: FillContext) -> list[FieldError]:
    """Say what is wrong with an answer; what cannot be read is asked nothing more."""
    if one.errors:
        return [errors.error(found, said, context.locale) for said in one.errors]
    if found.type.is_empty(one.value):
        if _is_required(found, settled, context):
            said = Message(found.type.required_code)
            return [errors.error(found, said, context.locale)]
        return []
    return [
        errors.error(found, _said(found, check, context.locale), context.locale)
        for check in found.checks
        if not _passes(check.that, settled, context)
    ]


def _is_required(found: Field, settled: Settled, context: FillContext) -> bool:
    if found.definition.required or context.right(found.id) == "required":
        return True
    condition = found.required_when
    return condition is not None and settling.holds(condition, settled.inputs, context)


def _said(found: Field, check: Check, locale: str) -> Message:
    source = next(one.message for one in found.definition.checks if one.id == check.id)
    key = f"{found.path_of(check)}.message"
    return Message("designer", {"message": translated(found.translations, key, source, locale)})


def _passes(that: Any, settled: Settled, context: FillContext) -> bool:
    result = that.value(settled.inputs, context.evaluation)
    if result.value is None:
        return any(name not in settled.inputs for name in that.inputs)
    return result.value is True


def broken(fields: Iterable[Field], settled: Settled, context: FillContext) -> tuple[str, ...]:
    """Name the conditions, formulas and checks that give nothing because of an error.

    What lacks an answer is no error. Paths are those under which problems are told.
    What is shown or has a value was worked out well, and is not worked out again.
    """
    wrong: list[str] = []
    for found in fields:
        if found.id not in settled.shown:
            asked = [("visible_when", found.visible_when)]
        elif found.id in settled.values:
            asked = [("required_when", found.required_when)]
        else:
            asked = [("required_when", found.required_when), ("value", found.value)]
        wrong += [
            f"{found.key}.{prop}"
            for prop, expression in asked
            if expression is not None and _is_broken(expression, settled, context)
        ]
        if found.id in settled.values:
            wrong += [
                f"{found.path_of(one)}.that"
                for one in found.checks
                if _is_broken(one.that, settled, context)
            ]
    return tuple(wrong)


def _is_broken(expression: Expression, settled: Settled, context: FillContext) -> bool:
    result = expression.value(settled.inputs, context.evaluation)
    return result.value is None and bool(result.errors)
