"""Write projections anew from the event log, where they differ from it."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import events
from gcrm.store import tables as t


def projections(writer: Connection) -> int:
    """Give each case the columns that its events say; returns how many columns changed."""
    changes: dict[tuple[int, int], dict[str, Any]] = defaultdict(dict)
    for difference in list(events.rebuild(writer)):
        changes[difference.tenant_id, difference.case_id][difference.column] = difference.rebuilt
    for (tenant_id, case_id), columns in changes.items():
        writer.execute(
            sa.update(t.case)
            .where(t.case.c.tenant_id == tenant_id, t.case.c.id == case_id)
            .values(columns)
        )
    return sum(len(columns) for columns in changes.values())
