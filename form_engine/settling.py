"""Settling: which fields count with these answers, and what the formulas give."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from form_engine.context import FillContext
from form_engine.field import Field
from form_engine.fields.computed import ComputedType
from form_engine.section import Section
from rule_engine import Expression


@dataclass(frozen=True, slots=True)
class Settled:
    """Answers that count: those of fields that are shown, and what formulas made of them.

    `inputs` are the same together with the facts: what expressions see.
    """

    values: Mapping[str, object]
    shown: frozenset[str]
    sections: frozenset[str]
    inputs: Mapping[str, object]


def settle(
    sections: Iterable[Section],
    order: Iterable[Field],
    values: Mapping[str, object],
    context: FillContext,
) -> Settled:
    """Go through the fields in the order in which they depend on each other.

    A hidden field has no value for anything that comes after it.
    """
    by_id = {section.id: section for section in sections}
    open_sections: dict[str, bool] = {}
    inputs: dict[str, object] = dict(context.facts)
    settled: dict[str, object] = {}
    shown: set[str] = set()
    for field in order:
        inputs.pop(field.id, None)
        if field.section_id not in open_sections:
            condition = by_id[field.section_id].visible_when
            open_sections[field.section_id] = holds(condition, inputs, context)
        if not open_sections[field.section_id]:
            continue
        if not holds(field.visible_when, inputs, context):
            continue
        shown.add(field.id)
        value = values.get(field.id)
        if isinstance(field.type, ComputedType):
            value = compute(field, inputs, context)
        if value is not None:
            inputs[field.id] = settled[field.id] = value
    open_ids = frozenset(name for name, is_open in open_sections.items() if is_open)
    return Settled(settled, frozenset(shown), open_ids, inputs)


def holds(condition: Expression | None, inputs: Mapping[str, object], context: FillContext) -> bool:
    """Tell whether a condition is true; none at all is."""
    if condition is None:
        return True
    return condition.value(inputs, context.evaluation).value is True


def compute(field: Field, inputs: Mapping[str, object], context: FillContext) -> object:
    """Work out a formula; where an input is missing or wrong there is no result."""
    if field.value is None or not isinstance(field.type, ComputedType):
        return None
    return field.type.settle(field.value.value(inputs, context.evaluation).value, field)


def dependencies(field: Field, section: Section) -> frozenset[str]:
    """List the ids that must be settled before a field."""
    conditions = (section.visible_when, field.visible_when, field.value)
    return frozenset().union(*(found.inputs for found in conditions if found is not None))


def ordered(sections: Iterable[Section]) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    """Put fields into the order in which they depend on each other.

    The second part names the fields that depend on themselves; they are left out of the first.
    """
    waiting = {
        field.id: (field, set(dependencies(field, section)))
        for section in sections
        for field in section.fields
    }
    own = set(waiting)
    done: list[Field] = []
    settled: set[str] = set()
    while waiting:
        ready = [field for field, needs in waiting.values() if not (needs & own) - settled]
        if not ready:
            return tuple(done), _circle({name: needs & own for name, (_, needs) in waiting.items()})
        for field in ready:
            del waiting[field.id]
            settled.add(field.id)
        done.extend(ready)
    return tuple(done), ()


def _circle(needs: Mapping[str, set[str]]) -> tuple[str, ...]:
    here = next(iter(needs))
    walked: list[str] = []
    while here not in walked:
        walked.append(here)
        here = sorted(needs[here] & needs.keys())[0]
    return tuple(walked[walked.index(here) :])
