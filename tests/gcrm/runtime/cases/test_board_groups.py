"""Boards of ratings: what rests on too few is told nowhere, whatever is chosen."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app_definitions.board import Threshold
from gcrm.access import Accessor, keys_of
from gcrm.apps import board_sources
from gcrm.demo import many_cases
from gcrm.runtime.boards import Chosen, Desk, open_board
from gcrm.runtime.house_parameters import HOUSE
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t
from gcrm.web.board_page import crossed
from rule_engine import compile_expression

STREETS = {"990102001": 7, "990102002": 6, "990103001": 2}


@pytest.fixture
def rated(town: Any) -> Any:
    """A town with ratings of three streets, one of which has two of them."""
    return fill(town)


@pytest.fixture
def rated_here(sqlite_town: Any) -> Any:
    """The same on SQLite alone."""
    return fill(sqlite_town)


def fill(town: Any) -> Any:
    many_cases.make(town.house, 1, 45, days=45)
    spare = iter(town.rows(select(t.rating.c.id, t.rating.c.case_id).order_by(t.rating.c.id)))
    with town.house.store.write() as writer:
        for street, many in STREETS.items():
            for nth in range(many):
                row = next(spare)
                at = town.clock() - dt.timedelta(days=20 - nth)
                case = update(t.case).where(t.case.c.id == row["case_id"])
                writer.execute(case.values(region_code=street, submitted_at=at))
                writer.execute(
                    update(t.rating)
                    .where(t.rating.c.id == row["id"])
                    .values(region_code=street, counted=True)
                )
        left = [row["id"] for row in spare]
        writer.execute(t.rating.delete().where(t.rating.c.id.in_(left)))
    return town


def opened(town: Any, reader: Any) -> Desk:
    actor = town.staff("juzhang")
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    return open_board(
        reader, town.house.services, accessor, "elder_allowance", "overview", town.clock(),
        locale="zh-CN",
    )  # fmt: skip


def by_street(desk: Desk) -> Desk:
    """Split the tile of ratings by street."""
    split = desk.board.tile("by_street")
    tile = desk.board.tile("satisfaction")
    assert split is not None
    assert tile is not None
    made = replace(tile, dimensions=split.dimensions)
    return replace(desk, board=replace(desk.board, tiles=(made,)))


def said(desk: Desk, **chosen: str) -> list[str]:
    found = desk.answer(Chosen(chosen), only="satisfaction").tile("satisfaction")
    assert found is not None
    return [found.table.said(at, 0, "zh-CN") for at in range(len(found.table.rows))]


def test_a_small_street_and_the_next_smallest_are_not_told(rated: Any) -> None:
    with rated.house.store.read() as reader:
        desk = by_street(opened(rated, reader))

        shown = Counter(text == "少于5份*" for text in said(desk))
        found = desk.answer(Chosen({})).tile("satisfaction")
        assert found is not None
        sheet = found.table.sheet("x", "zh-CN")
        untold = [row[0] for row in found.table.rows if row[1] is None]
        with pytest.raises(Refused) as caught:
            desk.ratings("satisfaction", "share", {"street": "990103001"}, Chosen({}))

    assert shown == {True: 2, False: 1}
    assert set(untold) == {"990103001", "990102002"}
    assert [row[1].value for row in sheet.rows].count("少于5份*") == 2
    assert "倒推" in found.note
    assert caught.value.code == "ratings_too_few"


def test_a_place_is_told_only_where_its_row_would_be(rated_here: Any) -> None:
    with rated_here.house.store.read() as reader:
        desk = opened(rated_here, reader)

        alone = said(desk, place="990103001")
        rest = said(desk, place="990102")  # 13 of 15: the total would give the other two away
        everything = said(desk)

    assert alone == rest == ["少于5份*"]
    assert everything[0].endswith("%")


def test_days_are_told_in_whole_blocks_only(rated: Any) -> None:
    today = rated.clock().date()
    begin = today - dt.timedelta(days=20)

    with rated.house.store.read() as reader:
        desk = opened(rated, reader)
        one_day = said(desk, period=f"{begin}..{begin}")
        two_days = said(desk, period=f"{begin}..{begin + dt.timedelta(days=1)}")
        everything = said(desk, period=f"{begin}..{today}")
        with pytest.raises(Refused):
            desk.ratings("satisfaction", "share", {}, Chosen({"period": f"{begin}..{begin}"}))

    assert one_day == ["少于5份*"]
    assert two_days[0].endswith("%")
    assert everything[0].endswith("%")


def test_a_tile_that_leaves_few_out_says_nothing(rated_here: Any) -> None:
    with rated_here.house.store.read() as reader:
        desk = opened(rated_here, reader)
        tile = desk.board.tile("satisfaction")
        assert tile is not None
        where, _problems = compile_expression(
            'region != "990103001"', board_sources.platform_inputs("ratings")
        )
        narrow = replace(tile, where=where)
        other = replace(desk, board=replace(desk.board, tiles=(narrow,)))

        assert said(desk)[0].endswith("%")
        assert said(other) == ["少于5份*"]


def test_a_number_that_is_not_told_alerts_nobody(rated_here: Any) -> None:
    with rated_here.house.store.read() as reader:
        desk = opened(rated_here, reader)
        tile = desk.board.tile("satisfaction")
        assert tile is not None
        line = Threshold("low", "share", "<=", "1", "看看为什么")
        own = replace(tile.definition, thresholds=(line,))
        loud = replace(tile, definition=own)
        desk = replace(desk, board=replace(desk.board, tiles=(loud,)))

        told = desk.answer(Chosen({})).tiles[0]
        untold = desk.answer(Chosen({"place": "990103001"})).tiles[0]

    assert crossed(told, "share", told.table.rows[0][0]) == line
    assert crossed(untold, "share", untold.table.rows[0][0]) is None


def test_an_administrator_says_how_few_are_too_few(rated_here: Any) -> None:
    with rated_here.house.store.write() as writer:
        row = {
            "tenant_id": 1, "id": 7, "app_id": HOUSE, "code": "rating_least_group", "name": "少",
            "type": "number", "unit": "item", "source": "本地规定", "origin": "office",
            "value": "16", "effective_from": rated_here.clock().date(),
        }  # fmt: skip
        writer.execute(insert(t.parameter), row)
    rated_here.house.services.reference.forget(1)

    with rated_here.house.store.read() as reader:
        assert said(opened(rated_here, reader)) == ["少于16份*"]
