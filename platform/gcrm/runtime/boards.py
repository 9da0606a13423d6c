"""Boards: those of a viewer, all tiles answered at once, and the cases behind each number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from app_definitions.board import Filter
from app_definitions.vocabulary import Input
from gcrm.access import Accessor, Denied
from gcrm.apps import CompiledApp, board_sources
from gcrm.apps.board_words import in_language
from gcrm.runtime import board_groups, wording
from gcrm.runtime.board_groups import Choice, Guard, Narrowed
from gcrm.runtime.board_rows import Rows, Surroundings, rows_of
from gcrm.runtime.reference import Lists, Places
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.store import tables as t
from gcrm.store.names import name_column
from report_engine.meaning import Meaning, meaning_of
from report_engine.measures_sql import queries, rows
from report_engine.results import table_of
from report_engine.small_groups import NOTE, Withheld
from report_engine.tables import Table
from report_engine.uses import CompiledBoard, CompiledTile
from report_engine.words import short
from rule_engine import EvaluationContext, Expression
from rule_engine.expression_sql import to_sql

RESOURCE = "board"
PERIODS = ("30d", "90d", "year", "last_year")
PLACES = frozenset({"region", "street"})
MOMENTS = frozenset({"date", "date and time"})


@dataclass(frozen=True, slots=True)
class BoardName:
    """A board in the list of boards."""

    app_id: str
    board_id: str
    title: str
    app: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen above the tiles, by filter: a period or two days, a place, a code."""

    values: Mapping[str, str]

    def of(self, filter_id: str) -> str:
        """Give the choice of a filter, empty for all."""
        return self.values.get(filter_id, "")

    @property
    def any(self) -> bool:
        """Tell whether anything was chosen."""
        return any(self.values.values())


@dataclass(frozen=True, slots=True)
class TileAnswer:
    """A tile with its numbers and what they mean."""

    tile: CompiledTile
    table: Table
    meaning: Meaning
    note: str = ""  # why numbers are not told, where some are not


@dataclass(frozen=True, slots=True)
class BoardAnswer:
    """A board answered at one moment for one viewer; `scope` says which cases that is."""

    app: CompiledApp
    board: CompiledBoard
    tiles: tuple[TileAnswer, ...]
    as_of: datetime
    scope: str

    def tile(self, tile_id: str) -> TileAnswer | None:
        """Find the answer of a tile."""
        return next((each for each in self.tiles if each.tile.definition.id == tile_id), None)


def may(accessor: Accessor, app_id: str, action: str = "read") -> bool:
    """Tell whether the actor may read or export the boards of an app.

    What a board counts is the actor's own cases only, whoever opens it.
    """
    return accessor.has(f"{RESOURCE}:{app_id}", action) or accessor.has(RESOURCE, action)


def list_boards(
    reader: Connection, services: Services, accessor: Accessor, locale: str
) -> tuple[BoardName, ...]:
    """List the boards of the apps in force that the actor may read."""
    tenant = accessor.actor.tenant_id
    found: list[BoardName] = []
    current = select(t.app.c.id).where(
        t.app.c.tenant_id == tenant, t.app.c.current_release.is_not(None)
    )
    for app_id in reader.execute(current.order_by(t.app.c.id)).scalars().all():
        if not may(accessor, app_id):
            continue
        app = services.apps.current(reader, tenant, app_id)
        if app is None:
            continue
        for board in app.boards.values():
            said = in_language(app, board, locale).definition
            name = wording.item_name(app, locale)
            found.append(BoardName(app_id, said.id, said.title, name))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Desk:
    """One board opened by one viewer: what is needed to ask it."""

    reader: Connection
    accessor: Accessor
    app: CompiledApp
    board: CompiledBoard
    lists: Lists
    around: Surroundings
    locale: str

    def answer(self, chosen: Chosen, only: str = "") -> BoardAnswer:
        """Answer all tiles, or one of them."""
        wanted = [tile for tile in self.board.tiles if only in ("", tile.definition.id)]
        return BoardAnswer(
            self.app,
            self.board,
            tuple(self._tile(tile, chosen) for tile in wanted),
            self.around.now,
            self.accessor.sentence(
                "case",
                "read",
                self.locale,
                {self.app.id: wording.item_name(self.app, self.locale)},
            ),
        )

    def cases(
        self, tile_id: str, measure_id: str, keys: Mapping[str, str | None], chosen: Chosen
    ) -> ColumnElement[bool]:
        """Give the condition on exactly the cases that a number counts, for the list of cases.

        Raises LookupError for a number that the board does not have, and for one of ratings:
        the case would lead to whoever rated without a name.
        """
        if self.counts_ratings(tile_id):
            raise LookupError(tile_id)
        return t.case.c.id.in_(self._behind(tile_id, measure_id, keys, chosen))

    def ratings(
        self, tile_id: str, measure_id: str, keys: Mapping[str, str | None], chosen: Chosen
    ) -> ColumnElement[bool]:
        """Give the condition on exactly the ratings that a number counts.

        Raises LookupError for a number that the board does not have, and for one of others;
        Refused where the number is not told, or so few stand behind it that each would be seen.
        """
        answer = self.answer(chosen, only=tile_id).tile(tile_id)
        if answer is None or not self.counts_ratings(tile_id):
            raise LookupError(tile_id)
        behind = self._behind(tile_id, measure_id, keys, chosen)
        table = answer.table
        names = [column.id for column in table.dimensions]
        places = [
            at
            for at, row in enumerate(table.rows)
            if {name: _text(row[nth]) for nth, name in enumerate(names)} == keys
        ]
        measures = [column.id for column in table.measures]
        count = select(func.count()).select_from(behind.subquery())
        size = int(self.reader.execute(count).scalar_one())
        if (
            not places
            or (places[0], measures.index(measure_id)) in table.untold
            or size < self.least
        ):
            raise Refused("ratings_too_few", {"least": self.least}, 200)
        return t.rating.c.case_id.in_(behind)

    @property
    def least(self) -> int:
        """Give how many ratings a number must rest upon."""
        return board_groups.least_of(self.lists, self.around)

    def counts_ratings(self, tile_id: str) -> bool:
        """Say whether the numbers of a tile are of ratings."""
        tile = self.board.tile(tile_id)
        return tile is not None and tile.definition.source == board_sources.RATINGS

    def _behind(
        self, tile_id: str, measure_id: str, keys: Mapping[str, str | None], chosen: Chosen
    ) -> Select[Any]:
        tile = self.board.tile(tile_id)
        if tile is None:
            raise LookupError(tile_id)
        found, visible = self._rows(tile, chosen)
        counted = rows(tile, found.source, visible, self._condition(found), measure_id, keys)
        return select(found.case_id).select_from(found.source.table).where(counted)

    def _rows(self, tile: CompiledTile, chosen: Chosen) -> tuple[Rows, ColumnElement[bool]]:
        found = self._found(tile)
        if board_groups.is_guarded(tile):
            return found, self._narrow(tile, found, chosen)[1].visible
        return found, and_(found.visible, *self._chosen(found, chosen))

    def _found(self, tile: CompiledTile) -> Rows:
        known = {each.field for each in self.board.definition.filters}
        return rows_of(tile, self.app.id, self.around, frozenset(known - PLACES))

    def _narrow(self, tile: CompiledTile, found: Rows, chosen: Chosen) -> tuple[Guard, Narrowed]:
        guard = Guard(
            self.reader, tile, found, self._condition(found), self.lists, self.around, self.least
        )
        return guard, guard.narrow(self._choices(found, chosen), self.lists.places)

    def _tile(self, tile: CompiledTile, chosen: Chosen) -> TileAnswer:
        if board_groups.is_guarded(tile):
            return self._guarded(tile, chosen)
        found, visible = self._rows(tile, chosen)
        return self._answered(tile, found, visible, None)

    def _guarded(self, tile: CompiledTile, chosen: Chosen) -> TileAnswer:
        """Answer a tile of ratings: what rests on too few is not told."""
        found = self._found(tile)
        guard, narrowed = self._narrow(tile, found, chosen)
        withheld = guard.withheld(narrowed, self.locale)
        answer = self._answered(tile, found, narrowed.visible, withheld)
        note = NOTE[short(self.locale)].format(least=guard.least)
        return replace(answer, note=note if answer.table.untold or chosen.any else "")

    def _answered(
        self,
        tile: CompiledTile,
        found: Rows,
        visible: ColumnElement[bool],
        withheld: Withheld | None,
    ) -> TileAnswer:
        asked = queries(tile, found.source, visible, self._condition(found))
        answers = [self.reader.execute(query.select).all() for query in asked]
        labels = self._labels(tile, answers)
        table = table_of(tile, asked, answers, labels, self.locale, withheld)
        named = board_sources.name_of(tile.definition.source, self.locale)
        return TileAnswer(tile, table, meaning_of(tile, named, self.locale))

    def _condition(self, found: Rows) -> Any:
        evaluation = self.lists.evaluation(
            self.app.definition.parameters, self.app.id, None, self.around.now, self.around.zone
        )

        def condition(expression: Expression) -> ColumnElement[bool]:
            return _sql(expression, found, evaluation)

        return condition

    def _choices(self, found: Rows, chosen: Chosen) -> list[Choice]:
        """Read the choices of the filters whose field a tile's source has."""
        made = []
        for each in self.board.definition.filters:
            value = chosen.of(each.id)
            field = self.board.filters[each.id]
            place = each.field in PLACES
            column = found.source.columns.get("region" if place else each.field)
            if not value or column is None:
                continue
            if field.type in MOMENTS and not place:
                today = self.around.now.astimezone(self.around.zone).date()
                made.append(Choice(column, days=period(value, today)))
            else:
                made.append(Choice(column, value=_typed(field, value), place=place))
        return made

    def _chosen(self, found: Rows, chosen: Chosen) -> list[ColumnElement[bool]]:
        """Narrow a tile's rows by the filters whose field its source has."""
        conditions = []
        for each in self.board.definition.filters:
            value = chosen.of(each.id)
            field = self.board.filters[each.id]
            column = found.source.columns.get("region" if each.field in PLACES else each.field)
            if value and column is not None:
                conditions.append(self._narrowed(column, field, each, value))
        return conditions

    def _narrowed(
        self, column: ColumnElement[Any], field: Input, each: Filter, value: str
    ) -> ColumnElement[bool]:
        if each.field in PLACES:
            return column.in_(sorted(self.lists.places.below(value)))
        if field.type in MOMENTS:
            begin, end = period(value, self.around.now.astimezone(self.around.zone).date())
            if field.type == "date":
                return and_(column >= begin, column < end)
            midnight = self.lists.calendar.midnight
            return and_(column >= midnight(begin), column < midnight(end))
        same: ColumnElement[bool] = column == _typed(field, value)
        return same

    def _labels(
        self, tile: CompiledTile, answers: Sequence[Sequence[Sequence[Any]]]
    ) -> dict[str, dict[str, str]]:
        """Name the places and offices that came back."""
        labels: dict[str, dict[str, str]] = {}
        for at, use in enumerate(tile.dimensions):
            codes = {str(row[at]) for answer in answers for row in answer if row[at] is not None}
            if use.input.id in PLACES:
                labels[use.input.id] = _places(self.lists.places, codes)
            elif use.input.id == "department":
                labels[use.input.id] = self._departments(codes)
        return labels

    def _departments(self, codes: set[str]) -> dict[str, str]:
        name = name_column(t.department, self.locale).label("name")
        statement = select(t.department.c.id, name).where(
            t.department.c.tenant_id == self.accessor.actor.tenant_id,
            t.department.c.id.in_([int(code) for code in codes]),
        )
        return {str(row.id): row.name for row in self.reader.execute(statement)}


def open_board(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    app_id: str,
    board_id: str,
    now: datetime,
    *,
    locale: str,
    action: str = "read",
) -> Desk:
    """Open a board of the release in force. Raises Denied where there is none for this actor."""
    if not may(accessor, app_id, action):
        raise Denied(RESOURCE)
    tenant = accessor.actor.tenant_id
    app = services.apps.current(reader, tenant, app_id)
    board = app.boards.get(board_id) if app is not None else None
    if app is None or board is None:
        raise Denied(RESOURCE)
    lists = services.reference.at(reader, tenant, now)
    own = Accessor(
        reader,
        accessor.actor,
        accessor.keys,
        records=lambda name: services.reference.records(reader, tenant, name, app.number),
    )
    around = Surroundings(own, now, services.zone, reader.dialect.name)
    return Desk(reader, own, app, in_language(app, board, locale), lists, around, locale)


def period(value: str, today: date) -> tuple[date, date]:
    """Give the first day of a period and the day after its last one.

    A period is one of PERIODS or `from..to`, two days of which one may be missing. Raises
    LookupError for anything else.
    """
    if value == "30d" or value == "90d":
        return today - timedelta(days=int(value[:-1]) - 1), today + timedelta(days=1)
    if value == "year":
        return date(today.year, 1, 1), date(today.year + 1, 1, 1)
    if value == "last_year":
        return date(today.year - 1, 1, 1), date(today.year, 1, 1)
    begin, dots, end = value.partition("..")
    if not dots:
        raise LookupError(value)
    try:
        first = date.fromisoformat(begin) if begin else date(1990, 1, 1)
        last = date.fromisoformat(end) if end else today
    except ValueError as wrong:
        raise LookupError(value) from wrong
    if not date(1990, 1, 1) <= first <= date(2200, 1, 1) or last > date(2200, 1, 1):
        raise LookupError(value)
    return first, last + timedelta(days=1)


def _typed(field: Input, value: str) -> Any:
    return value == "true" if field.type == "boolean" else value


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _places(places: Places, codes: set[str]) -> dict[str, str]:
    found = ((code, places.get(code)) for code in codes)
    return {code: region.name for code, region in found if region is not None}


def _sql(expression: Expression, found: Rows, evaluation: EvaluationContext) -> ColumnElement[bool]:
    made, problems = to_sql(expression, found.source.columns, found.source.dialect, evaluation)
    if made is None:
        raise LookupError(f"{expression.text}: {problems[0].code if problems else ''}")
    return made
