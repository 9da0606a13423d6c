"""What is swept away: sessions, codes, links and throttles that can no longer matter."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.runtime.phone_codes import DAY
from gcrm.store import tables as t

KEEP_SESSIONS = dt.timedelta(days=7)
KEEP_LINKS = dt.timedelta(days=30)  # so long a link that is over still says so


def sweep(writer: Connection, now: dt.datetime) -> int:
    """Delete them, of all tenants; five statements. Give how many rows went.

    Ended sessions stay a week for the security administrator; the audit has their
    logins for good. Codes stay as long as they count towards the day's limit.
    """
    ended = sa.or_(
        t.session.c.expires_at < now - KEEP_SESSIONS, t.session.c.revoked_at < now - KEEP_SESSIONS
    )
    throttle = t.login_throttle.c
    quiet = sa.and_(
        throttle.window_from < now - DAY,
        sa.or_(throttle.locked_until.is_(None), throttle.locked_until < now),
    )
    return sum(
        writer.execute(statement).rowcount
        for statement in (
            sa.delete(t.session).where(ended),
            sa.delete(t.phone_code).where(t.phone_code.c.created_at < now - DAY),
            sa.delete(t.mail_code).where(t.mail_code.c.created_at < now - DAY),
            sa.delete(t.rating_link).where(t.rating_link.c.expires_at < now - KEEP_LINKS),
            sa.delete(t.login_throttle).where(quiet),
        )
    )
