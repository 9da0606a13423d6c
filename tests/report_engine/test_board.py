"""Boards are checked as a whole before they are published."""

import re
from pathlib import Path

import pytest

from app_definitions.board import Board, Dimension, Filter, Measure, Tile
from app_definitions.problem import Catalogue, Problem
from report_engine.board import compile_board
from report_engine.charts import standard
from rule_engine.expression import compile_expression

ROOT = Path(__file__).parents[2]


def tile(own="t", kind="bar", source="main", measures=None, dimensions=(), where="", **settings):
    given = measures if measures is not None else (Measure("n", "件数", "count"),)
    return Tile(
        own, kind, "T", source, tuple(given), 0, 0, 6, 6, tuple(dimensions), where, (), settings
    )


@pytest.fixture
def compiled(vocabulary):
    def run(*tiles, filters=()):
        return compile_board(
            Board("b", "B", tuple(filters), tiles),
            "boards/b.json",
            standard(),
            {"main": vocabulary},
            compile_expression,
        )

    return run


def test_a_good_board_compiles_to_its_tiles(compiled):
    board, problems = compiled(
        tile(
            dimensions=[Dimension("d", "街道", "street")],
            measures=[
                Measure("n", "件数", "count"),
                Measure("s", "金额", "sum", "amount", 'kind = "new"'),
                Measure("a", "平均", "average", "amount"),
            ],
            where="granted",
        ),
        filters=[Filter("f", "街道", "street")],
    )

    assert problems == ()
    uses = board.tile("t").measures
    assert [(use.format.places, use.format.unit) for use in uses] == [(0, ""), (2, "元"), (2, "元")]
    assert board.filters["f"].id == "street"
    assert board.tile("other") is None


@pytest.mark.parametrize(
    ("broken", "code", "path"),
    [
        (tile(kind="cloud"), "board_chart_unknown", "t.type"),
        (tile(source="other"), "board_source_unknown", "t.source"),
        (tile(kind="line"), "board_dimensions_count", "t.dimensions"),
        (tile(kind="gauge", measures=()), "board_measures_count", "t.measures"),
        (tile(colour="red"), "board_setting", "t.settings"),
        (tile(lying="yes"), "board_setting", "t.settings"),
        (tile(where="nothing = 1"), None, "t.where"),
        (tile(where='secret = "1"'), "board_field_sealed", "t.field"),
        (tile(where='loose = "1"'), "board_field_unrecorded", "t.field"),
        (tile(where='matches(kind, "x+")'), None, "t.where"),
        (tile(measures=[Measure("m", "M", "sum")]), "board_field_missing", "t.m.field"),
        (tile(measures=[Measure("m", "M", "sum", "gone")]), "board_field_unknown", "t.m.field"),
        (tile(measures=[Measure("m", "M", "sum", "kind")]), "board_not_a_number", "t.m.aggregate"),
        (tile(measures=[Measure("m", "M", "max", "born")]), "board_not_a_number", "t.m.aggregate"),
        (tile(dimensions=[Dimension("d", "D", "secret")]), "board_field_sealed", "t.d.field"),
        (tile(dimensions=[Dimension("d", "D", "kind", "month")]), "board_grain", "t.d.grain"),
        (tile(dimensions=[Dimension("d", "D", "several")]), "board_dimension_list", "t.d.field"),
        (
            tile(
                measures=[Measure("m", "M", "count"), Measure("o", "O", "count")],
                dimensions=[Dimension("d", "D", "kind"), Dimension("e", "E", "street")],
            ),
            "board_crossed_measures",
            "t.measures",
        ),
    ],
)
def test_each_mistake_is_named_at_its_place(compiled, broken, code, path):
    board, problems = compiled(broken)

    assert board is None
    assert f"boards/b.json#{path}" in [problem.path for problem in problems]
    assert code is None or code in [problem.code for problem in problems]


def test_a_filter_over_no_field_is_named(compiled):
    board, problems = compiled(filters=[Filter("f", "F", "gone")])

    assert (board, [p.code for p in problems]) == (None, ["board_field_unknown"])


def test_every_code_has_a_sentence_in_both_languages():
    catalogue = Catalogue.of("report_engine")
    source = "".join(p.read_text("utf-8") for p in (ROOT / "report_engine").rglob("*.py"))
    used = set(re.findall(r'"((?:board|workbook)_[a-z_]+)"', source))
    used |= {"board_dimensions_count", "board_measures_count"}

    assert used == catalogue.codes()
    for code in used:
        chinese, english = (
            catalogue.render(Problem("p", code, {}), locale) for locale in ("zh_CN", "en")
        )
        assert chinese.message
        assert chinese.fix
        assert re.search("[一-鿿]", chinese.message)
        assert not re.search("[一-鿿]", english.message + english.fix)
        names = [set(re.findall(r"\{(\w+)\}", said.message)) for said in (chinese, english)]
        assert names[0] == names[1]
