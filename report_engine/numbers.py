"""Numbers as people read them: one way for screen, picture and paper."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

MISSING = "—"


@dataclass(frozen=True, slots=True)
class Format:
    """Places after the point, a unit behind the number, and whether it is a share of one."""

    places: int = 0
    unit: str = ""
    percent: bool = False


def show(value: Decimal | None, shape: Format, locale: str) -> str:
    """Write a number with separators every three digits; halves are rounded away from zero."""
    if value is None:
        return MISSING
    shown = value * 100 if shape.percent else value
    step = Decimal(1).scaleb(-shape.places)
    text = f"{shown.quantize(step, ROUND_HALF_UP):,f}"
    if set(text) <= set("-0.,"):
        text = text.lstrip("-")
    if shape.percent:
        return f"{text}%"
    space = "" if locale.lower().startswith("zh") or not shape.unit else " "
    return f"{text}{space}{shape.unit}"


def plain(value: Decimal | None) -> int | float | None:
    """Give a number as JSON draws it; nothing is counted with it any more."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
