"""Masks: what may be shown of a sensitive value where the value itself may not."""

from collections.abc import Mapping

STARS = "********"

# kind: how many characters stay at the front and at the end
SHOWN: Mapping[str, tuple[int, int]] = {
    "resident_id": (6, 4),  # 6 + ******** + 4 (GB 11643)
    "phone": (3, 4),
    "bank_card": (0, 4),
    "uscc": (8, 4),
    "passport": (1, 2),
}


def mask(kind: str, text: str) -> str:
    """Mask a value by its kind; the stars do not tell its length.

    A name keeps its first character, a mail address its first letter and its host. What
    is too short to hide anything, or of an unknown kind, becomes stars alone.
    """
    text = text.strip()
    if kind == "name":
        return text[:1] + "*" * (1 if len(text) < 3 else 2) if len(text) > 1 else "*"
    if kind == "mail":
        name, at, host = text.partition("@")
        return f"{name[:1]}{STARS}@{host}" if at and name else STARS
    front, back = SHOWN.get(kind, (0, 0))
    if len(text) < front + back + 4:
        return STARS
    stars = "****" if kind == "phone" else STARS
    return text[:front] + stars + (text[-back:] if back else "")
