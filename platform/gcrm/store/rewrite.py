"""Write projections anew from the event log, where they differ from it."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import events
from gcrm.store import tables as t


def projections(writer: Connection) -> int:
    """Give each case the columns that its events say; returns how many columns changed.

    A case whose own log has gaps is left alone: what it says cannot be trusted.
    """
    changes: dict[tuple[int, int], dict[str, Any]] = defaultdict(dict)
    broken = set()
    for difference in list(events.rebuild(writer)):
        key = difference.tenant_id, difference.case_id
        if difference.column in events.PROJECTED:
            changes[key][difference.column] = difference.rebuilt
        else:
            broken.add(key)
    for key in broken & changes.keys():
        del changes[key]
    for (tenant_id, case_id), columns in changes.items():
        writer.execute(
            sa.update(t.case)
            .where(t.case.c.tenant_id == tenant_id, t.case.c.id == case_id)
            .values(columns)
        )
    return sum(len(columns) for columns in changes.values())
