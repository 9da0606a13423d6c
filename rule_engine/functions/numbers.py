"""Functions on numbers (DMN 1.5, 10.3.4.5)."""

import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rule_engine.functions.registry import FeelFunction, feel
from rule_engine.numeric import CONTEXT, as_int, rounded
from rule_engine.running import Run
from rule_engine.values import DaysDuration, MonthsDuration


def _rounding(name: str, mode: str, chinese: str, english: str) -> FeelFunction:
    @feel(
        name,
        "n: number, scale: number",
        result="number",
        people={
            "zh": f"（{{0}}）{chinese}到{{1}}位小数",
            "en": f"({{0}}) rounded {english} to {{1}} decimals",
        },
    )
    def rounding(run: Run, n: Decimal, scale: Decimal) -> Any:
        places = as_int(scale)
        return None if places is None else rounded(n, places, mode)

    return rounding


def _whole(name: str, mode: str, chinese: str, english: str) -> FeelFunction:
    @feel(
        name,
        "n: number, scale?: number",
        result="number",
        people={
            "zh": f"（{{0}}）{chinese}取整",
            "en": f"({{0}}) rounded {english}",
            "zh/2": f"（{{0}}）{chinese}取到{{1}}位小数",
            "en/2": f"({{0}}) rounded {english} to {{1}} decimals",
        },
    )
    def whole(run: Run, n: Decimal, scale: Decimal | None) -> Any:
        places = 0 if scale is None else as_int(scale)
        return None if places is None else rounded(n, places, mode)

    return whole


@feel("decimal", "n: number, scale: number", result="number")
def decimal_(run: Run, n: Decimal, scale: Decimal) -> Any:
    """Round half to even."""
    return rounded(n, int(scale), decimal.ROUND_HALF_EVEN)


@feel(
    "abs",
    "n: number|days|months",
    result="any",
    people={"zh": "{0}的绝对值", "en": "{0} without its sign"},
)
def abs_(run: Run, n: Any) -> Any:
    """Give the value without its sign."""
    if isinstance(n, DaysDuration):
        return DaysDuration(abs(n.nanoseconds))
    if isinstance(n, MonthsDuration):
        return MonthsDuration(abs(n.months))
    return CONTEXT.abs(n)


@feel(
    "modulo",
    "dividend: number, divisor: number",
    result="number",
    people={"zh": "（{0}）除以{1}的余数", "en": "the rest of ({0}) by {1}"},
)
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Any:
    """Give the rest with the sign of the divisor."""
    if divisor == 0:
        return None
    try:
        quotient = CONTEXT.divide(dividend, divisor)
        whole = rounded(quotient, 0, decimal.ROUND_FLOOR)
        return None if whole is None else CONTEXT.fma(divisor.copy_negate(), whole, dividend)
    except decimal.DecimalException:
        return None


def _computed(name: str, compute: Callable[[Decimal], Decimal]) -> FeelFunction:
    @feel(name, "number: number", result="number")
    def computed(run: Run, n: Decimal) -> Any:
        try:
            value = compute(n)
        except decimal.DecimalException:
            return None
        return value if value.is_finite() else None

    return computed


@feel("odd", "number: number", result="boolean")
def odd(run: Run, n: Decimal) -> Any:
    """Tell whether a whole number is odd."""
    return _remainder(n) == 1


@feel("even", "number: number", result="boolean")
def even(run: Run, n: Decimal) -> Any:
    """Tell whether a whole number is even."""
    return _remainder(n) == 0


def _remainder(n: Decimal) -> Decimal | None:
    try:
        return abs(CONTEXT.remainder(n, Decimal(2)))
    except decimal.DecimalException:
        return Decimal(0)


ALL = (
    decimal_, abs_, modulo, odd, even,
    _whole("floor", decimal.ROUND_FLOOR, "向下", "down"),
    _whole("ceiling", decimal.ROUND_CEILING, "向上", "up"),
    _rounding("round up", decimal.ROUND_UP, "进位", "away from zero"),
    _rounding("round down", decimal.ROUND_DOWN, "舍去", "towards zero"),
    _rounding("round half up", decimal.ROUND_HALF_UP, "四舍五入", "half up"),
    _rounding("round half down", decimal.ROUND_HALF_DOWN, "五舍六入", "half down"),
    _computed("sqrt", CONTEXT.sqrt),
    _computed("log", CONTEXT.ln),
    _computed("exp", CONTEXT.exp),
)  # fmt: skip
