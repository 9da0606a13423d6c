"""The fifteen states of a case, the same on the whole platform."""

from typing import Literal

State = Literal[
    "draft",
    "submitted",
    "correcting",
    "accepted",
    "not_accepted",
    "in_review",
    "suspended",
    "publicity",
    "approved",
    "refused",
    "issuing",
    "completed",
    "withdrawn",
    "terminated",
    "revoked",
]

FINAL: frozenset[str] = frozenset(
    {
        "not_accepted",
        "approved",
        "refused",
        "issuing",
        "completed",
        "withdrawn",
        "terminated",
        "revoked",
    }
)
"""States that an end event of a process may set."""
