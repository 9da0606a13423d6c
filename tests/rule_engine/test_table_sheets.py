"""Tables as sheets: out and in again."""

import datetime as dt
from decimal import Decimal

from app_definitions.decision import Choice, Row, Table, TableInput, TableOutput
from app_definitions.sheets import Cell, Sheet
from rule_engine.table_sheets import from_sheet, to_sheet

TABLE = Table(
    "FIRST",
    (
        TableInput("age", "年龄", "elder_age"),
        TableInput("sex", "性别", "sex", (Choice("1", "男"), Choice("2", "女"))),
    ),
    (TableOutput("amount", "金额", "number"),),
    (
        Row("r1", (">= 80", '"1"'), ("300",), "第一条"),
        Row("r2", ("-", '"1","2"'), ("0",)),
    ),
)


def test_rows_survive_the_way_out_and_in():
    sheet = to_sheet(TABLE, "金额")

    assert sheet.columns == ("编号", "年龄", "性别", "金额", "依据")
    assert sheet.rows[0][2] == Cell("男", choices=("男", "女"))
    assert from_sheet(sheet, TABLE) == (TABLE.rows, ())


def test_new_rows_get_new_ids_and_excel_values_become_feel():
    cells = (Cell(None), Cell(Decimal("80.0")), Cell("女"), Cell(Decimal(5)), Cell(None))
    dated = (Cell(""), Cell(dt.date(2026, 1, 1)), Cell(None), Cell(None), Cell("第二条"))
    sheet = Sheet("金额", ("编号", "年龄", "性别", "金额", "依据"), (cells, dated, (Cell(None),)))

    rows, problems = from_sheet(sheet, TABLE)

    assert problems == ()
    assert rows == (
        Row("r3", ("80", '"2"'), ("5",)),
        Row("r4", ('@"2026-01-01"', "-"), ("null",), "第二条"),
    )


def test_missing_columns_and_double_ids_are_problems():
    twice = (Cell("r1"), Cell("-"), Cell("男"), Cell("1"), Cell(""))
    double = Sheet("金额", ("编号", "年龄", "性别", "金额", "依据"), (twice, twice))

    _, missing = from_sheet(Sheet("金额", ("编号", "年龄"), ()), TABLE, path="decisions/a.json#v1")
    rows, wrong = from_sheet(double, TABLE)

    assert [(p.code, p.values["column"]) for p in missing] == [
        ("sheet_column_missing", "性别"),
        ("sheet_column_missing", "金额"),
    ]
    assert rows == ()
    assert [(p.code, p.values["row"]) for p in wrong] == [("sheet_bad_id", 3)]
