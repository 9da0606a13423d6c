"""Excel files: what is written comes back, and nothing in them is ever a formula."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from app_definitions.sheets import Cell, Sheet
from report_engine.numbers import Format
from report_engine.tables import Column, Table
from report_engine.workbook import MOST_BYTES, neutral, original, read_workbook, write_workbook

ZONE = ZoneInfo("Asia/Shanghai")
FORMULAS = [
    "=1+1",
    "+86 199",
    "-cmd",
    "@SUM(1)",
    "＝1＋1",
    "－1",
    "＋1",
    "＠a",
    "\t=1",
    "\r=1",
    "'=1",
]


def book(*rows, columns=("a", "b"), name="表"):
    return Sheet(name, columns, tuple(tuple(Cell(value) for value in row) for row in rows))


def back(sheet):
    sheets, problems = read_workbook(write_workbook([sheet], ZONE), "upload.xlsx", ZONE)
    assert problems == ()
    return sheets[0]


def test_values_of_every_kind_come_back():
    moment = datetime(2026, 11, 24, 1, 49, tzinfo=UTC)
    sheet = book(
        ("长安街道", Decimal("36000.50")),
        (True, date(1940, 2, 29)),
        (moment, None),
        ("990102194006150022", Decimal("-0.1")),
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), Decimal(0)),
    )

    assert back(sheet) == sheet


@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_is_text_and_comes_back(text):
    content = write_workbook([book((text, "x"), columns=(text, "b"))], ZONE)

    cell = load_workbook(io.BytesIO(content)).worksheets[0]["A2"]
    sheets, _ = read_workbook(content, "u.xlsx", ZONE)

    assert cell.data_type == "s"
    assert cell.value.startswith("'")
    assert sheets[0].rows[0][0].value.replace("\n", "\r") == text.replace("\n", "\r")


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_neutral_text_never_begins_like_a_formula_and_can_be_undone(text):
    made = neutral(text)

    assert made[:1] not in tuple("=+-@\t\r\n＝＋－＠")
    assert original(made) == neutral_free(text)


def neutral_free(text):
    """What is left when only the signs that XML cannot hold are taken out."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))


def test_large_numbers_keep_every_digit_as_text():
    sheet = back(book((Decimal("1234567890123456.78"), Decimal("0.1"))))

    assert [cell.value for cell in sheet.rows[0]] == ["1234567890123456.78", Decimal("0.1")]


def test_notes_and_choices_are_written():
    sheet = Sheet(
        "填表",
        ("街道",),
        ((Cell("a", note="请选一个", choices=("长安街道", "滨江, 街道", "=x")),), (Cell(None),)),
    )

    content = write_workbook([sheet], ZONE)
    made = load_workbook(io.BytesIO(content))

    page = made.worksheets[0]
    assert page["A2"].comment.text == "请选一个"
    rule = page.data_validations.dataValidation[0]
    assert str(rule.sqref) == "A2"
    assert made["_choices"].sheet_state == "hidden"
    assert [cell.value for cell in made["_choices"]["A"]] == ["长安街道", "滨江, 街道", "'=x"]
    assert [each.name for each in read_workbook(content, "u", ZONE)[0]] == ["填表"]


def test_titles_fit_excel_and_none_stands_twice():
    names = ["a/b:c" * 10, "A" * 40, "a" * 40, "", "_choices"]
    content = write_workbook([book(("x", "y"), name=name) for name in names], ZONE)

    titles = load_workbook(io.BytesIO(content)).sheetnames

    assert all(0 < len(title) <= 31 for title in titles)
    assert len({title.casefold() for title in titles}) == len(names)


def test_control_signs_are_taken_out_and_long_text_is_cut():
    sheet = back(book(("a\x00b\x0bc", "长" * 40_000)))

    assert sheet.rows[0][0].value == "abc"
    assert len(sheet.rows[0][1].value) < 32_767


def test_a_table_becomes_a_sheet_with_labels_and_numbers():
    table = Table(
        (
            Column("d", "街道", "dimension", labels={"a": "长安街道"}),
            Column("s", "金额", "measure", Format(2, "元")),
        ),
        (("a", Decimal("3.50")), (None, None)),
    )

    sheet = table.sheet("统计", "zh-CN")

    assert sheet.columns == ("街道", "金额")
    assert [[cell.value for cell in row] for row in sheet.rows] == [
        ["长安街道", Decimal("3.50")],
        ["未填", None],
    ]


def packed(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/") + ".xml", content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "workbook_unreadable"),
        (b"PK\x03\x04broken", "workbook_unreadable"),
        (b"a,b\n1,2\n", "workbook_unreadable"),
        (packed(a=b"<x/>"), "workbook_unreadable"),
        (packed(xl__workbook=b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"), "workbook_doctype"),
        (lambda: packed(a=b"0" * 210_000_000), "workbook_bomb"),
        (bytes(MOST_BYTES + 1), "workbook_too_many_bytes"),
    ],
    ids=["empty", "broken", "csv", "foreign", "doctype", "bomb", "large"],
)
def test_a_file_that_is_no_workbook_is_refused_with_a_sentence(content, code):
    sheets, problems = read_workbook(
        content() if callable(content) else content, "upload.xlsx", ZONE
    )

    assert sheets is None
    assert [problem.code for problem in problems] == [code]


def test_a_sheet_with_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr("report_engine.workbook.MOST_ROWS", 3)
    content = write_workbook([book(*[("x", "y")] * 5)], ZONE)

    sheets, problems = read_workbook(content, "u", ZONE)

    assert (sheets, [p.code for p in problems]) == (None, ["workbook_too_large"])


def test_formulas_of_others_are_read_by_their_last_result():
    made = Workbook()
    made.active.append(["a", None, "c", None])
    made.active.append(["=1+1", 0.1, " x "])
    made.active.append([None, None, None])
    out = io.BytesIO()
    made.save(out)

    sheets, problems = read_workbook(out.getvalue(), "u", ZONE)

    assert problems == ()
    assert sheets[0].columns == ("a", "", "c")
    assert [[cell.value for cell in row] for row in sheets[0].rows] == [
        [None, Decimal("0.1"), " x "]
    ]
