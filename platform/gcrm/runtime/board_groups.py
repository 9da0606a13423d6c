"""Small groups on boards: numbers of ratings that would let somebody guess who rated.

A viewer may narrow a board by days, places and codes. What is chosen must rest on enough ratings,
and must not differ by too few from another choice that could be made beside it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, select, true

from gcrm.apps import board_sources
from gcrm.runtime import house_parameters
from gcrm.runtime.board_rows import Rows, Surroundings
from gcrm.runtime.reference import Lists, Places
from report_engine import measures_sql
from report_engine.results import sizes_of
from report_engine.small_groups import MARK, Key, Withheld, blocks_of, inside, small_cells
from report_engine.uses import CompiledTile
from report_engine.words import short

PARAMETER = "rating_least_group"
SAID = frozenset({"score", "counted"})
"""What a rating says: a number of those that say it still speaks of all that were asked."""

Condition = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter's choice on a tile: its column, and the days or the one value chosen."""

    column: ColumnElement[Any]
    days: tuple[date, date] | None = None  # from, to before
    value: Any = None
    place: bool = False


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is left of a tile's rows after all choices, and whether it may be told at all."""

    visible: ColumnElement[bool]
    told: bool = True


def is_guarded(tile: CompiledTile) -> bool:
    """Tell whether the numbers of a tile are of people who were promised not to be known."""
    return tile.definition.source == board_sources.RATINGS


def least_of(lists: Lists, around: Surroundings) -> int:
    """Give how many ratings a number must rest upon."""
    return house_parameters.whole(lists, PARAMETER, around.now.astimezone(around.zone).date())


@dataclass(frozen=True, slots=True)
class Guard:
    """Asks how many ratings stand behind the numbers of one tile."""

    reader: Connection
    tile: CompiledTile
    found: Rows
    condition: Condition
    lists: Lists
    around: Surroundings
    least: int

    def narrow(self, choices: Sequence[Choice], places: Places) -> Narrowed:
        """Narrow the rows: by codes and places, then by the whole blocks of the days chosen."""
        fixed = [each for each in choices if each.days is None]
        told = True
        for each in fixed:
            others = self._by(other for other in fixed if other is not each)
            told = told and self._stands_alone(each, others, places)
        visible = self._by(fixed)
        days = []
        for each in choices:
            if each.days is None:
                continue
            kept = self._days(each, visible)
            if kept is None:
                told = False
            else:
                days.append(kept)
        return Narrowed(and_(visible, *days), told)

    def withheld(self, narrowed: Narrowed, locale: str) -> Withheld:
        """Say which numbers of the table are not told."""
        mark = MARK[short(locale)].format(least=self.least)
        if not narrowed.told:
            return Withheld(mark, everything=True)
        query = measures_sql.sizes(
            self.tile, self.found.source, narrowed.visible, self.condition, SAID
        )
        sizes = sizes_of(query, self.reader.execute(query.select).all())
        whole = sizes[""]
        if 0 < self._left_over(narrowed, sum(whole.values())) < self.least:
            return Withheld(mark, everything=True)
        small = small_cells(whole, self.least)
        cells = set()
        for use in self.tile.measures:
            own = use.definition.id
            untold = set(small)
            if own in sizes:
                rest = {key: whole[key] - size for key, size in sizes[own].items()}
                untold |= small_cells(sizes[own], self.least) | small_cells(rest, self.least)
            cells |= {(key, own) for key in untold}
        return Withheld(mark, frozenset(cells))

    def _left_over(self, narrowed: Narrowed, size: int) -> int:
        """Count what the tile's own condition leaves out, where it goes by anything but what is
        said: another tile may count all."""
        where = self.tile.where
        if where is None or where.inputs <= SAID:
            return 0
        table = self.found.source.table
        asked = select(func.count()).select_from(table).where(narrowed.visible)
        return int(self.reader.execute(asked).scalar_one()) - size

    def _by(self, choices: Iterable[Choice]) -> ColumnElement[bool]:
        conditions = [
            each.column.in_(sorted(self.lists.places.below(each.value)))
            if each.place
            else each.column == each.value
            for each in choices
        ]
        return and_(true(), self.found.visible, *conditions)

    def _stands_alone(self, choice: Choice, others: ColumnElement[bool], places: Places) -> bool:
        """Tell whether a choice could be shown as a row beside the others of its kind."""
        counted = self.reader.execute(
            measures_sql.split(self.tile, self.found.source, others, self.condition, choice.column)
        ).all()
        sizes = {row[0]: int(row[1]) for row in counted}
        if not choice.place:
            return (choice.value,) not in small_cells(
                {(value,): size for value, size in sizes.items()}, self.least
            )
        chain = places.chain(choice.value)
        for own, around in pairwise(chain):
            beside = _beside(sizes, around, places)
            if (own,) in small_cells(beside, self.least):
                return False
        return True

    def _days(self, choice: Choice, visible: ColumnElement[bool]) -> ColumnElement[bool] | None:
        """Give the condition on the whole blocks inside the days; None where there is none."""
        begin, end = choice.days or (date.min, date.max)
        counted = self.reader.execute(
            measures_sql.days(self.tile, self.found.source, visible, self.condition, choice.column)
        ).all()
        if not counted:
            return false()
        days = [(date.fromisoformat(row[0]), int(row[1])) for row in counted]
        kept = inside(blocks_of(days, self.least), begin, end)
        if kept is None:
            return None
        day = measures_sql.cut(
            choice.column, "day", self.around.dialect, self.around.zone.key, self.around.offset
        )
        return day.between(kept[0].isoformat(), kept[1].isoformat())


def _beside(sizes: Mapping[str | None, int], around: str, places: Places) -> dict[Key, int]:
    """Count by the places directly inside one; what stands for itself is one more."""
    found: dict[Key, int] = {}
    for code, size in sizes.items():
        chain = places.chain(code)
        if around not in chain:
            continue
        at = chain.index(around)
        key: Key = (chain[at - 1] if at else around,)
        found[key] = found.get(key, 0) + size
    return found
