"""How long a text message gets: what its words take at least once all values are put in."""

from collections.abc import Mapping

from app_definitions.app import App, placeholders

SMS_LENGTH = 70
"""Characters of one text message; registered templates in China count every character as one."""

LEAST: Mapping[str, int] = {
    "accept_due": 10,
    "due": 10,
    "deadline": 10,
    "remaining": 6,
    "overdue": 6,
    "step": 6,
    "reason": 8,
    "where": 8,
    "collect": 8,
    "appeal": 20,
    "link": 30,
    "rate": 38,
    "count": 2,
    "list": 8,
    "name": 4,
    "supervisor": 3,
}
"""Characters that a value needs to say anything. What people wrote is shortened, never a link,
a date or a number."""

FIELD = 6  # characters of an answer of the form
NUMBER = 13  # what follows the prefix of a case's number: -2026-000001


def least_length(text: str, app: App, item: str) -> int:
    """Give how many characters a message takes at the least; `item` is the service's name."""
    names = list(placeholders(text))
    prefixes = [len(variant.number_prefix) for variant in app.item_variants]
    known = {**LEAST, "item": len(item), "case_no": max(prefixes, default=0) + NUMBER}
    fixed = len(text) - sum(len(name) + 2 for name in names)
    return fixed + sum(known.get(name, FIELD) for name in names)
