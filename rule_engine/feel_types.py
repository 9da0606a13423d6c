"""Types: their names, whether a value has one, and conversions (DMN 1.5, 10.3.2.9)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rule_engine.tree import TypeName
from rule_engine.values import (
    DaysDuration,
    Function,
    MonthsDuration,
    OperatorTest,
    Range,
    Time,
    WideDate,
    WideMoment,
    kind_of,
)
from rule_engine.wide import join


@dataclass(frozen=True, slots=True)
class Type:
    """A type; `arguments` are the element of a list or range, members, or parameters."""

    name: str
    arguments: tuple["Type", ...] = ()
    names: tuple[str, ...] = ()
    result: "Type | None" = None
    allowed: Any = None

    def __str__(self) -> str:
        """Write the type as FEEL does."""
        if not self.arguments:
            return self.name
        if self.names:
            pairs = zip(self.names, self.arguments, strict=True)
            inner = ", ".join(f"{name}: {kind}" for name, kind in pairs)
        else:
            inner = ", ".join(map(str, self.arguments))
        return f"{self.name}<{inner}>"

    def member(self, name: str) -> "Type":
        """Give the type of a member; `any` where it is not declared."""
        if name in self.names:
            return self.arguments[self.names.index(name)]
        return ANY

    @property
    def element(self) -> "Type":
        """Give the type of a list's or range's elements."""
        return self.arguments[0] if self.arguments and not self.names else ANY


ANY = Type("any")
NULL = Type("null")
NUMBER = Type("number")
STRING = Type("string")
BOOLEAN = Type("boolean")
DATE = Type("date")
TIME = Type("time")
MOMENT = Type("date and time")
DAYS = Type("days and time duration")
MONTHS = Type("years and months duration")
LIST = Type("list")
CONTEXT = Type("context")
RANGE = Type("range")
FUNCTION = Type("function")

SIMPLE = {
    known.name: known
    for known in (
        ANY, NUMBER, STRING, BOOLEAN, DATE, TIME, MOMENT, DAYS, MONTHS, LIST, CONTEXT, RANGE,
        FUNCTION, NULL,
    )
}  # fmt: skip
_ALIASES = {
    "Any": ANY,
    "Null": NULL,
    "dateTime": MOMENT,
    "dayTimeDuration": DAYS,
    "day time duration": DAYS,
    "yearMonthDuration": MONTHS,
    "year month duration": MONTHS,
}


def list_of(element: Type) -> Type:
    """Give the type of lists of an element."""
    return Type("list", (element,))


def type_of_name(node: TypeName, declared: Mapping[str, Type] | None = None) -> Type | None:
    """Turn a type's name into a type; None where nobody declared it."""
    known = (declared or {}).get(node.name) or SIMPLE.get(node.name) or _ALIASES.get(node.name)
    if known is None or not (node.arguments or node.result):
        return known
    arguments = [type_of_name(argument, declared) for argument in node.arguments]
    if any(argument is None for argument in arguments):
        return None
    result = type_of_name(node.result, declared) if node.result else None
    kept = tuple(argument for argument in arguments if argument is not None)
    return Type(known.name, kept, node.names, result)


def common(first: Type, second: Type) -> Type:
    """Give a type that both have."""
    if first == second or second == NULL:
        return first
    if first == NULL:
        return second
    return Type(first.name) if first.name == second.name else ANY


def agrees(kind: Type, wanted: Type) -> bool:
    """Tell whether a value of one type may be one of the other; unknown types always may."""
    if ANY in (kind, wanted) or NULL in (kind, wanted):
        return True
    if kind.name != wanted.name:
        return False
    if kind.name == "list":
        return agrees(kind.element, wanted.element)
    return True


_CLASSES: dict[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "date": (dt.date, WideDate),
    "time": (Time,),
    "date and time": (dt.datetime, WideMoment),
    "days and time duration": (DaysDuration,),
    "years and months duration": (MonthsDuration,),
    "list": (list,),
    "context": (dict,),
    "range": (Range, OperatorTest),
    "function": (Function,),
}


def has_type(value: Any, kind: Type) -> bool:
    """Tell whether a value has a type; null has only the type null."""
    if value is None:
        return kind.name == "null"
    if kind.name == "any":
        return True
    classes = _CLASSES.get(kind.name, ())
    if not isinstance(value, classes) or (kind.name == "date" and isinstance(value, dt.datetime)):
        return False
    return _has_parts(value, kind)


def _has_parts(value: Any, kind: Type) -> bool:
    if kind.name == "list" and kind.arguments:
        return all(item is None or has_type(item, kind.element) for item in value)
    if kind.name == "range" and kind.arguments and isinstance(value, Range):
        ends = [end for end in (value.low, value.high) if end is not None]
        return all(has_type(end, kind.element) for end in ends)
    if kind.name == "context" and kind.names:
        return all(
            name in value and (value[name] is None or has_type(value[name], kind.member(name)))
            for name in kind.names
        )
    if kind.name == "function" and (kind.result or kind.arguments):
        return _is_function(value, kind)
    return True


def _is_function(value: Function, kind: Type) -> bool:
    if len(value.types) != len(kind.arguments):
        return False
    if kind.result is not None and not is_subtype(value.result or ANY, kind.result):
        return False
    given = zip(kind.arguments, value.types, strict=True)
    return all(is_subtype(wanted, taken or ANY) for wanted, taken in given)


def is_subtype(kind: Type, wanted: Type) -> bool:
    """Tell whether all values of a type have the other type."""
    if wanted == ANY or kind in (wanted, NULL):
        return True
    if kind.name != wanted.name:
        return False
    if kind.name == "context":
        return all(
            name in kind.names and is_subtype(kind.member(name), wanted.member(name))
            for name in wanted.names
        )
    if kind.name in ("list", "range"):
        return is_subtype(kind.element, wanted.element)
    return True


class Mismatch:
    """What a conversion gives where the value does not have the type."""


MISMATCH = Mismatch()


def coerced(value: Any, kind: Type) -> Any:
    """Convert a value as FEEL does by itself, or give MISMATCH.

    A list of one gives its element, an element gives a list of one, a date gives its
    midnight in UTC (DMN 1.5, 10.3.2.9.4).
    """
    if value is None or kind.name == "any":
        return value
    if has_type(value, kind):
        return value
    if kind.name == "list" and not isinstance(value, list):
        return [value] if has_type(value, kind.element) else MISMATCH
    if isinstance(value, list) and len(value) == 1 and kind.name != "list":
        return value[0] if has_type(value[0], kind) else MISMATCH
    if kind.name == "date and time" and kind_of(value) == "date":
        return join(value, Time(0, 0, 0, 0, dt.UTC))
    return MISMATCH
