"""Who works on a step: the role of its definition, held at the place of the case."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app_definitions.process import Assignee
from flow_engine import Process
from gcrm.access.accessor import APPLICANT
from gcrm.runtime.reference import Candidates


@dataclass(frozen=True, slots=True)
class Assignment:
    """The role and the place to which a task is given; `missing` names the role nobody holds."""

    role: str | None
    department_id: int | None
    region: str | None
    grid_id: int | None
    missing: str | None = None


def assign(
    assignee: Assignee,
    candidates: Iterable[Candidates],
    regions: Sequence[str],
    owner_id: int | None,
) -> Assignment:
    """Choose the nearest holders of the role; where there are none, the fallback's.

    `regions` are the place of the case and what holds it, from the inside out;
    `owner_id` is the department that owns the case. With nobody at all the task
    still belongs to the first role, so that it is found as soon as somebody gets
    a post, and an incident tells an administrator.
    """
    if assignee.role == APPLICANT:
        return Assignment(APPLICANT, None, None, None)  # the people of the case, no office
    known = tuple(candidates)
    found = _nearest(assignee.role, assignee.place, known, regions, owner_id)
    if found is not None:
        return found
    if assignee.fallback is not None:
        instead = _nearest(assignee.fallback, "none", known, regions, owner_id)
        if instead is not None:
            return Assignment(
                instead.role,
                instead.department_id,
                instead.region,
                instead.grid_id,
                missing=assignee.role,
            )
    place = regions[0] if regions and assignee.place == "region" else None
    owner = owner_id if assignee.place == "department" else None
    return Assignment(assignee.role, owner, place, None, missing=assignee.role)


def roles_of(process: Process) -> frozenset[str]:
    """List the roles and fallbacks of all steps."""
    assignees = [each for step in process.steps for each in step.assignees]
    return frozenset(each.role for each in assignees) | frozenset(
        each.fallback for each in assignees if each.fallback
    )


def _nearest(
    role: str,
    place: str,
    candidates: tuple[Candidates, ...],
    regions: Sequence[str],
    owner_id: int | None,
) -> Assignment | None:
    holders = [each for each in candidates if each.role == role]
    if place == "department":
        holders = [each for each in holders if each.department_id == owner_id]
        return Assignment(role, owner_id, None, None) if holders else None
    if place == "region":
        for region in regions:
            here = [each for each in holders if each.region == region]
            if here:
                return Assignment(role, _only({each.department_id for each in here}), region, None)
        return None
    return Assignment(role, None, None, None) if holders else None


def _only(values: set[int]) -> int | None:
    """Give the one value, or None where there are several: the task is then any of theirs."""
    return next(iter(values)) if len(values) == 1 else None
