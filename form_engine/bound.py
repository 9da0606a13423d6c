"""What came of a post: values, what was typed, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from form_engine.errors import FieldError


@dataclass(frozen=True, slots=True)
class Bound:
    """Answers after binding.

    `values` are all answers, also of fields that are hidden for now: what a draft keeps.
    `typed` is what the person typed in the section, by name, never a password. `again` is
    true where they asked for another row or a further level: the page is shown again.
    Answers never stand in its repr, so that no log gets them.
    """

    values: Mapping[str, object] = field(repr=False)
    typed: Mapping[str, list[str]] = field(default_factory=dict, repr=False)
    errors: tuple[FieldError, ...] = ()
    warnings: tuple[FieldError, ...] = ()
    again: bool = False


def split(raw: Mapping[str, list[str]]) -> dict[str, dict[str, list[str]]]:
    """Sort posted texts by field and part: `live_addr-detail` is a part of `live_addr`."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, texts in raw.items():
        field_id, _, part = name.partition("-")
        found.setdefault(field_id, {})[part] = [text for text in texts if isinstance(text, str)]
    return found


def joined(field_id: str, parts: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Name the parts of a field as they are posted."""
    return {f"{field_id}-{part}" if part else field_id: texts for part, texts in parts.items()}


def one_more(parts: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Ask for one row more where the button for it was pressed."""
    if "more" not in parts:
        return dict(parts)
    count = (parts.get("rows") or ["1"])[0]
    rows = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 1
    kept = {part: texts for part, texts in parts.items() if part != "more"}
    return {**kept, "rows": [str(rows + 1)]}
