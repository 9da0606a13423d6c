"""One-time links to the page where a finished case is rated: unguessable, stored as a hash."""

import datetime as dt
import hashlib
import secrets
from typing import Any

from gcrm.store.columns import new_id

_SIGNS = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"  # none that look alike
_LENGTH = 14  # 81 bits; a text message has room for no more


def new_token() -> str:
    """Make a token that nobody guesses."""
    return "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))


def hash_of(token: str) -> bytes:
    """Give what the database keeps of a token (81 random bits need no salt)."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def link_row(
    tenant_id: int, case_id: int, token: str, days: int, now: dt.datetime
) -> dict[str, Any]:
    """Make the row of a link that holds for so many days."""
    return {
        "tenant_id": tenant_id,
        "id": new_id(),
        "case_id": case_id,
        "token_hash": hash_of(token),
        "created_at": now,
        "expires_at": now + dt.timedelta(days=days),
    }


def path_of(token: str) -> str:
    """Give the address of the page, on this site."""
    return f"/r/{token}"
