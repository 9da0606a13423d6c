"""Domains: the values of one column cut into atoms on which every test of the column agrees.

The constants of the tests are atoms themselves, and so is what lies between two neighbours, below
the first and above the last. A closed list of options has an atom each; null is one where a
literal null test asks for it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from rule_engine.values import DAY, DaysDuration, MonthsDuration, Time

ORDERED = (
    "number",
    "date",
    "date and time",
    "time",
    "days and time duration",
    "years and months duration",
)
_HALF = Decimal("0.5")


class NotComparable(Exception):  # noqa: N818
    """A constant that does not belong to the domain."""


@dataclass(frozen=True, slots=True)
class Atom:
    """Values that no test tells apart; `low` and `high` bound an open stretch."""

    kind: Literal["point", "stretch", "other", "null"]
    sample: Any
    low: Any = None
    high: Any = None


@dataclass(frozen=True, slots=True)
class Domain:
    """All values of a column as atoms, the smallest first; null comes last."""

    kind: str
    atoms: tuple[Atom, ...]
    key: Callable[[Any], Any]
    places: Mapping[Any, int]

    @property
    def full(self) -> int:
        """Give the mask of all atoms."""
        return (1 << len(self.atoms)) - 1

    @property
    def values(self) -> int:
        """Give the mask of all atoms but null."""
        with_null = bool(self.atoms) and self.atoms[-1].kind == "null"
        return (1 << len(self.atoms) - with_null) - 1

    def mask(self, holds: Callable[[Any], bool]) -> int:
        """Give the atoms other than null on which something holds, as bits."""
        found = 0
        for place, atom in enumerate(self.atoms):
            if atom.kind != "null" and holds(self.key(atom.sample)):
                found |= 1 << place
        return found

    def compared(self, kind: str, place: Any) -> int | None:
        """Give the atoms that compare so with a constant; None where it is no atom in order."""
        at = self.places.get(place)
        if at is None or not (self.kind in ORDERED or kind in ("=", "!=")):
            return None
        here = 1 << at
        below = here - 1
        masks = {"=": here, "<": below, "<=": below | here}
        masks |= {"!=": ~here, ">=": ~below, ">": ~(below | here)}
        return masks[kind] & self.values

    def of(self, value: Any) -> Any:
        """Give the place of a constant in the order. Raises NotComparable for another type."""
        if not _fits(value, self.kind):
            raise NotComparable(value)
        return self.key(value)

    def samples(self, mask: int) -> Any:
        """Give an example out of a set of atoms, an exact value before a stretch."""
        inside = [atom for place, atom in enumerate(self.atoms) if mask >> place & 1]
        points = [atom for atom in inside if atom.kind == "point"]
        return (points or inside)[0].sample


def make_domain(
    kind: str,
    constants: Iterable[Any],
    *,
    options: Sequence[str] = (),
    scale: int | None = None,
    with_null: bool = False,
    with_order: bool = False,
) -> Domain:
    """Cut a domain at its constants. Raises NotComparable where they are of other types."""
    given = list(constants)
    for value in given:
        if not _fits(value, kind):
            raise NotComparable(value)
    if kind in ORDERED:
        atoms, key = _ordered(kind, given, scale)
    elif kind == "boolean":
        atoms, key = [Atom("point", False), Atom("point", True)], _same
    elif options:
        atoms, key = [Atom("point", code) for code in options], _same
    else:
        atoms, key = _strings(given, with_order), _same
    if with_null:
        atoms.append(Atom("null", None))
    places = {key(atom.sample): at for at, atom in enumerate(atoms) if atom.kind == "point"}
    return Domain(kind, tuple(atoms), key, places)


def _fits(value: Any, kind: str) -> bool:
    if kind == "date and time":
        return isinstance(value, dt.datetime) and value.tzinfo is not None
    if kind == "date":
        return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    if kind == "time":
        return isinstance(value, Time) and value.zone is None
    return isinstance(value, _CLASSES[kind])


_CLASSES: dict[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "days and time duration": DaysDuration,
    "years and months duration": MonthsDuration,
}


def _ordered(
    kind: str, given: list[Any], scale: int | None
) -> tuple[list[Atom], Callable[[Any], Any]]:
    key, back, steps = _MEASURES[kind]
    if kind == "number" and scale is not None:
        steps = (Decimal(1), Decimal(1).scaleb(-scale))
    unit = steps[-1]
    places = sorted({key(value): value for value in given}.items())
    if not places:
        return [Atom("other", back(_START[kind]))], key
    atoms: list[Atom] = []
    last: Any = None
    for place, value in places:
        inner = _between(last, place, steps)
        if inner is not None and _exists(kind, inner):
            low = None if last is None else back(last)
            atoms.append(Atom("stretch", back(inner), low, value))
        if _on_grid(place, unit, kind):
            atoms.append(Atom("point", value))
        last = place
    end = _between(last, None, steps)
    if _exists(kind, end):
        atoms.append(Atom("stretch", back(end), back(last), None))
    return atoms, key


def _on_grid(place: Any, unit: Any, kind: str) -> bool:
    return kind != "number" or unit is None or place % unit == 0


def _between(low: Any, high: Any, steps: Sequence[Any]) -> Any:
    """Give a place between two others, a round one where there is one; None: there is none.

    The last step is the smallest there is; None says that there always is one in between.
    """
    for step in steps:
        if step is None:
            return (low + high) * _HALF
        if low is None:
            below = _floor(high, step)
            return below - step if below == high else below
        following = _floor(low, step) + step
        if high is None or following < high:
            return following
    return None


def _floor(place: Any, step: Any) -> Any:
    rest = place % step
    if rest < 0:
        rest += step
    return place - rest


def _exists(kind: str, place: Any) -> bool:
    if kind in ("date", "date and time"):
        first = 1 if kind == "date" else 86_400_000_000
        last = dt.date.max.toordinal() * (1 if kind == "date" else 86_400_000_000)
        return bool(first <= place <= last)
    return kind != "time" or 0 <= place < DAY


def _strings(given: list[str], with_order: bool) -> list[Atom]:
    points = sorted(set(given))
    if not with_order:
        other = "其他"
        while other in points:
            other += "其他"
        return [*(Atom("point", text) for text in points), Atom("other", other)]
    atoms: list[Atom] = []
    if points and points[0] != "":
        atoms.append(Atom("stretch", "", None, points[0]))
    for text, following in zip(points, [*points[1:], None], strict=True):
        atoms.append(Atom("point", text))
        if text + "\0" != following:
            atoms.append(Atom("stretch", text + "\0", text, following))
    return atoms or [Atom("other", "")]


def _same(value: Any) -> Any:
    return value


_EPOCH = dt.datetime(1, 1, 1, tzinfo=dt.UTC)


def _micros(value: dt.datetime) -> int:
    return (value - _EPOCH) // dt.timedelta(microseconds=1) + 86_400_000_000


def _moment(place: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=place - 86_400_000_000)


def _clock(place: int) -> Time:
    minutes, rest = divmod(place, 60_000_000_000)
    return Time(minutes // 60, minutes % 60, rest // 1_000_000_000, rest % 1_000_000_000)


_MEASURES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], tuple[Any, ...]]] = {
    "number": (_same, _same, (Decimal(1), None)),
    "date": (
        lambda value: value.toordinal(),
        lambda place: dt.date.fromordinal(int(place)),
        (1,),
    ),
    "date and time": (_micros, _moment, (3_600_000_000, 1)),
    "time": (lambda value: value.since_midnight(), _clock, (3_600_000_000_000, 1)),
    "days and time duration": (lambda value: value.nanoseconds, DaysDuration, (DAY, 1)),
    "years and months duration": (lambda value: value.months, MonthsDuration, (1,)),
}
_START: dict[str, Any] = {
    "number": Decimal(0),
    "date": dt.date(2026, 1, 1).toordinal(),
    "date and time": _micros(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
    "time": 0,
    "days and time duration": 0,
    "years and months duration": 0,
}
