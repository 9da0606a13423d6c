"""The two clocks of a case that is accepted: what the law says, and what was promised."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app_definitions.app import ItemVariant
from app_definitions.deadline import Duration
from gcrm.runtime.calendars import WorkingCalendar
from gcrm.runtime.clock_rows import values_of
from gcrm.runtime.clocks import Kind, Term, start
from gcrm.store.columns import new_id


def accepted_clocks(
    tenant_id: int, case_id: int, variant: ItemVariant, calendar: WorkingCalendar, now: datetime
) -> tuple[Mapping[str, Any], ...]:
    """Start both at the moment of acceptance; give their rows."""
    terms: tuple[tuple[Kind, Duration], ...] = (
        ("statutory", variant.statutory),
        ("promised", variant.promised),
    )
    return tuple(
        values_of(
            tenant_id,
            start(new_id(), case_id, kind, Term(term.value, term.unit), now, calendar),
        )
        for kind, term in terms
    )
