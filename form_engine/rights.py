"""Field rights: what a role may do with each field at a step; nothing is allowed by default."""

from collections.abc import Collection, Iterable, Mapping

from app_definitions import form as definitions
from app_definitions.form import APPLY, Right

ORDER: tuple[Right, ...] = ("hidden", "masked", "read", "write", "required")
CORRECT = "correct"
"""The step at which the applicant mends what an office asked them to."""
WRITING: frozenset[Right] = frozenset({"write", "required"})


def right_of(
    field: definitions.Field,
    section: definitions.Section,
    step: str,
    roles: Collection[str],
    answers: bool,
) -> Right:
    """Find the right on one field.

    The most specific entry wins: the field's own before the section's, the named step before
    `*`, a named role before all roles. Of several equally specific ones (somebody with two
    roles) the widest counts. Without any entry the applicant writes and all others see nothing.
    """
    found = [
        ((of_field, entry.step != "*", entry.role is not None), ORDER.index(entry.right))
        for of_field, entries in ((True, field.rights), (False, section.rights))
        for entry in _matching(entries, step, roles)
    ]
    if not found:
        right: Right = "write" if step == APPLY else "hidden"
    else:
        right = ORDER[max(found)[1]]
    return "read" if right in WRITING and not answers else right


def to_correct(
    field: definitions.Field, section: definitions.Section, answers: bool, *, asked: bool
) -> Right:
    """Find the applicant's right on a field while an application is corrected.

    What was asked for is theirs to write again, unless the form says otherwise for the
    step `correct`; all else they only read.
    """
    entries = (*field.rights, *section.rights)
    named = any(entry.step == CORRECT for entry in entries)
    right = right_of(field, section, CORRECT if named else APPLY, (), answers)
    return "read" if right in WRITING and not asked else right


def _matching(
    entries: Iterable[definitions.RightEntry], step: str, roles: Collection[str]
) -> Iterable[definitions.RightEntry]:
    return (
        entry
        for entry in entries
        if entry.step in ("*", step) and (entry.role is None or entry.role in roles)
    )


def may_write(rights: Mapping[str, Right], field_id: str) -> bool:
    """Tell whether a field may be answered."""
    return rights.get(field_id, "hidden") in WRITING
