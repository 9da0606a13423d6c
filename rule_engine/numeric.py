"""Numbers: decimals of 34 digits that never leave their bounds (DMN 1.5, 10.3.2.3.1)."""

import decimal
from decimal import Decimal

PRECISION = 34
CONTEXT = decimal.Context(
    prec=PRECISION,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
LARGEST_SCALE = 6176
SMALLEST_SCALE = -6111


def number(text: str) -> Decimal | None:
    """Read a number in decimal notation, rounded to 34 digits; None if it is none."""
    try:
        value = CONTEXT.create_decimal(text)
    except decimal.DecimalException:
        return None
    return value if value.is_finite() else None


def of_int(value: int) -> Decimal:
    """Turn a count into a number."""
    return CONTEXT.create_decimal(value)


def is_integer(value: Decimal) -> bool:
    """Tell whether a number has no fraction."""
    return value == value.to_integral_value()


def as_int(value: object) -> int | None:
    """Give a number's whole value, or None where it has a fraction or is too large to count by."""
    if isinstance(value, Decimal) and abs(value) < Decimal("1e18") and is_integer(value):
        return int(value)
    return None


def power(base: Decimal, exponent: Decimal) -> Decimal | None:
    """Raise a number to a power; None where the result is no number within bounds."""
    try:
        value = CONTEXT.power(base, exponent)
    except decimal.DecimalException:
        return None
    return value if value.is_finite() else None


def rounded(value: Decimal, scale: int, rounding: str) -> Decimal | None:
    """Round to a scale; None where the scale is beyond what a number can have."""
    if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
        return None
    wide = decimal.Context(prec=PRECISION + LARGEST_SCALE + 10, Emin=-999999, Emax=999999)
    quantum = Decimal(1).scaleb(-scale, context=wide)
    try:
        return CONTEXT.plus(value.quantize(quantum, rounding=rounding, context=wide))
    except decimal.DecimalException:
        return None


def plain(value: Decimal) -> str:
    """Write a number in decimal notation without an exponent and without needless zeros."""
    if value == 0:
        return "0"
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def grouped(value: Decimal) -> str:
    """Write a number for people, with commas between thousands."""
    whole, dot, fraction = plain(value).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{dot}{fraction}"
