"""Papers: compiled with problems, laid out as data, printed so that pixels show every sign."""

import datetime as dt
import io
import os
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pypdf
import pypdfium2
import pytest
from PIL import Image

from app_definitions.paper import read_paper
from app_definitions.problem import Catalogue
from app_definitions.vocabulary import Input, Vocabulary
from form_engine import (
    FillContext,
    Filling,
    MissingGlyphsError,
    Paper,
    PaperFonts,
    PaperTooLargeError,
    Printer,
    compile_paper,
    paper_words,
)
from report_engine import fonts
from rule_engine import EvaluationContext

MOMENT = dt.datetime(2026, 11, 24, 1, tzinfo=dt.UTC)
CONTEXT = FillContext(EvaluationContext(MOMENT, ZoneInfo("Asia/Shanghai"), None, None, {}))
VOCABULARY = Vocabulary(
    (
        Input("name", "姓名", "string"),
        Input("amount", "金额", "number"),
        Input("day", "日期", "date"),
        Input("link", "网址", "string"),
        Input("people", "人员", "list<context>"),
    )
)
HANAZONO = Path("/usr/share/fonts/truetype/hanazono")


@pytest.fixture(scope="module")
def own_fonts() -> PaperFonts:
    source = fonts.variable_font()
    assert source is not None
    return PaperFonts((source.parent,))


@pytest.fixture(scope="module")
def printer(own_fonts: PaperFonts) -> Printer:
    return Printer(own_fonts)


def compiled(document: dict[str, Any]) -> Paper:
    definition, problems = read_paper(
        {"format": "gcrm.paper/1", "id": "notice", "title": "通知书", **document},
        "papers/notice.json",
    )
    assert definition is not None, problems
    paper, problems = compile_paper(definition, (), VOCABULARY)
    assert paper is not None, problems
    return paper


def filling(**inputs: Any) -> Filling:
    return Filling(inputs, {}, CONTEXT)


def running(*spans: dict[str, Any], **block: Any) -> dict[str, Any]:
    return {"blocks": [{"id": "text", "spans": list(spans), **block}]}


def pictures(pdf: bytes, scale: float = 2) -> Iterator[np.ndarray[Any, Any]]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            bitmap = page.render(scale=scale)
            yield np.array(bitmap.to_pil().convert("L"))
            page.close()
    finally:
        document.close()


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def ink(printer: Printer, text: str) -> np.ndarray[Any, Any]:
    """Print one sign large and alone; give the picture of what stands there, cut out."""
    paper = compiled({"size": "A5", **running({"value": "name"}, style="title")})
    pdf = printer.print(paper.lay(filling(name=text)), MOMENT)
    (page,) = pictures(pdf, 4)
    dark = page < 128
    rows, columns = np.where(dark.any(1))[0], np.where(dark.any(0))[0]
    if not len(rows):
        return np.zeros((0, 0), bool)
    return np.asarray(dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def is_box(sign: np.ndarray[Any, Any]) -> bool:
    """Tell an outlined box, as fonts draw it for what they lack: an empty inside, a full edge."""
    height, width = sign.shape
    edge = np.concatenate((sign[0], sign[-1], sign[:, 0], sign[:, -1]))
    inside = sign[height // 4 : -height // 4, width // 4 : -width // 4]
    return bool(edge.mean() > 0.9 and inside.mean() < 0.02)


@pytest.mark.parametrize("sign", ["高", "龄", "㙍", "𬭳", "𠅤", "䶮"])
def test_signs_of_names_up_to_level_two_stand_on_the_paper_as_ink(
    printer: Printer, sign: str
) -> None:
    """䶮 lies in extension A, 𬭳 and 𠅤 have four bytes (GB 18030-2022, levels 1 and 2)."""
    drawn = ink(printer, sign)

    assert drawn.size > 400, "blank"
    assert drawn.mean() > 0.08
    assert not is_box(drawn)


def test_different_signs_look_different(printer: Printer) -> None:
    """A font that draws the same sign for all would pass every test of a single one."""
    first, second = ink(printer, "龄"), ink(printer, "津")

    assert first.shape != second.shape or (first != second).mean() > 0.1


def test_rarer_signs_come_from_the_fallback_font(own_fonts: PaperFonts) -> None:
    if not HANAZONO.is_dir():
        if os.environ.get("ALLOW_SKIP") == "1":
            pytest.skip("apt-get install fonts-hanazono")
        pytest.fail("The fallback font is missing: apt-get install fonts-hanazono", pytrace=False)
    both = Printer(PaperFonts((*own_fonts.folders, HANAZONO)))

    for sign in ("𠀋", "𪜀", "𫠝"):  # extensions B, C and D: level 3
        drawn = ink(both, sign)
        assert drawn.size > 400
        assert not is_box(drawn)


def test_a_sign_that_no_font_has_stops_the_paper_and_its_name_is_not_told(
    printer: Printer,
) -> None:
    paper = compiled(running({"value": "name"}))

    with pytest.raises(MissingGlyphsError) as caught:
        printer.print(paper.lay(filling(name="王𠀋\U000e0100")), MOMENT)

    assert caught.value.characters == ("𠀋",)
    assert "U+2000B" in str(caught.value)
    assert "王" not in str(caught.value)


HOSTILE = (
    '#read("paper.typ")',
    '#{ panic("x") }',
    "] #set page(width: 1mm) [",
    "\\#\\\\ $x^2$ *b* _i_ `c` <label> @ref ~ -- ---",
    '"; #import "@preview/x:0.1.0"',
    "http://example.org/#x",
    "/* // = Title\n- list\n+ list\n/ term: x",
    "sys.inputs.sheet",
    "'\"“”‘’",
)


def test_hostile_values_stand_on_the_paper_letter_by_letter(printer: Printer) -> None:
    paper = compiled(
        {
            "blocks": [
                {"id": "text", "style": "plain", "spans": [{"value": "name"}]},
                {
                    "id": "rows",
                    "style": "rows",
                    "lines": [{"id": "line", "label": "#x[]", "value": "name"}],
                },
            ]
        }
    )
    value = "\n".join(HOSTILE)

    said = "".join(text_of(printer.print(paper.lay(filling(name=value)), MOMENT)).split())

    for each in HOSTILE:
        assert said.count("".join(each.split())) >= 1, each
    assert "#x[]" in said


def test_marks_that_turn_the_direction_are_not_printed(printer: Printer) -> None:
    paper = compiled(running({"value": "name"}))

    laid = paper.lay(filling(name="100\u202e\u2066元\u0000\ufeff\u200b"))

    assert laid["blocks"][0]["spans"][0]["text"] == "100元"


def test_an_address_that_is_copied_from_the_paper_is_the_address(printer: Printer) -> None:
    """It may break where the line ends, and holds no sign that nobody sees."""
    address = "https://zwfw.yunzhou.gov.cn/verify/ABCD-EFGH-2345-6789?from=paper"
    rows = {"id": "rows", "style": "rows", "lines": [{"id": "a", "label": "网址", "value": "link"}]}
    running_text = {"id": "text", "spans": [{"text": "请到"}, {"value": "link"}, {"text": "看。"}]}
    paper = compiled({"size": "A4", "blocks": [running_text, rows]})

    said = text_of(printer.print(paper.lay(filling(link=address)), MOMENT))

    assert "".join(said.split()).count(address) == 2


@pytest.mark.parametrize("sign", ["a", "龄", "-", "W"])
def test_ten_thousand_signs_stay_on_their_sheets(printer: Printer, sign: str) -> None:
    paper = compiled({"page_numbers": True, **running({"value": "name"}, style="plain")})

    pdf = printer.print(paper.lay(filling(name=sign * 10_000)), MOMENT)

    for page in list(pictures(pdf, 1))[:2]:
        margin = int(25 / 25.4 * 72) - 3
        assert (page[:, -margin:] > 200).all()
        assert (page[:, :margin] > 200).all()


def test_more_text_than_any_paper_has_is_refused() -> None:
    paper = compiled(running({"value": "name"}, {"value": "name"}))

    with pytest.raises(PaperTooLargeError):
        paper.lay(filling(name="字" * 70_000))


def test_the_same_sheet_and_moment_give_the_same_bytes(own_fonts: PaperFonts) -> None:
    document = {
        "blocks": [{"id": "text", "spans": [{"value": "name"}, {"value": "amount"}]}],
        "placed": [
            {
                "id": "code", "kind": "qr", "x": "20", "y": "200",
                "width": "30", "height": "30", "value": "link",
            }
        ],
    }  # fmt: skip
    made = [
        Printer(PaperFonts(own_fonts.folders)).print(
            compiled(document).lay(filling(name="李秀英", amount=Decimal(30), link="https://a/b")),
            moment,
        )
        for moment in (MOMENT, MOMENT, MOMENT + dt.timedelta(days=1))
    ]

    assert made[0] == made[1]
    assert made[0] != made[2]
    assert b"pdfaid:part" in made[0]
    assert pypdf.PdfReader(io.BytesIO(made[0])).metadata.title == "通知书"


def test_a_code_stands_where_it_was_put(printer: Printer) -> None:
    place = {"kind": "qr", "x": "20", "y": "200", "width": "30", "height": "30"}
    paper = compiled(
        {
            **running({"text": "一行字。"}),
            "placed": [{"id": "code", **place, "value": "link"}],
        }
    )

    (page,) = pictures(printer.print(paper.lay(filling(link="https://a/verify/X")), MOMENT), 4)

    millimetre = 4 * 72 / 25.4
    dark = page < 128
    dark[: int(190 * millimetre)] = False
    rows, columns = np.where(dark.any(1))[0], np.where(dark.any(0))[0]
    edges = [columns[0], columns[-1], rows[0], rows[-1]]
    assert [round(edge / millimetre) for edge in edges] == [20, 50, 200, 230]


def test_a_picture_of_the_seal_stands_behind_the_issuer(printer: Printer) -> None:
    paper = compiled(running({"text": "云东区民政局"}, style="issuer", align="end"))
    seal = io.BytesIO()
    Image.new("RGB", (40, 40), (200, 0, 0)).save(seal, "PNG")

    pdf = printer.print(paper.lay(filling()), MOMENT, pictures={"seal": seal.getvalue()})

    document = pypdfium2.PdfDocument(pdf)
    colours = np.array(document[0].render(scale=1).to_pil().convert("RGB"))
    document.close()
    red = (colours[:, :, 0] > 150) & (colours[:, :, 1] < 60)
    assert 40 < np.sqrt(red.sum()) / 72 * 25.4 + 5 < 50  # about 40 mm wide


def test_an_absent_value_leaves_its_words_or_a_line_to_write_on() -> None:
    paper = compiled(running({"value": "name"}, {"value": "amount", "empty": "无"}))

    spans = paper.lay(filling(name="", amount=None))["blocks"][0]["spans"]

    assert [(span["text"], span["blank"]) for span in spans] == [("", True), ("无", False)]


def test_blocks_with_a_condition_and_lists_follow_the_case() -> None:
    paper = compiled(
        {
            "blocks": [
                {"id": "many", "when": "amount > 10", "spans": [{"text": "多"}]},
                {"id": "few", "when": "amount <= 10", "spans": [{"text": "少"}]},
                {
                    "id": "all",
                    "style": "list",
                    "each": "people",
                    "columns": [
                        {"id": "who", "label": "姓名", "field": "name"},
                        {"id": "sum", "label": "金额", "field": "sum", "show": "amount"},
                    ],
                },
            ]
        }
    )

    laid = paper.lay(
        filling(amount=Decimal(5), people=[{"name": "甲", "sum": Decimal("1234.5")}, {}])
    )

    few, everyone = laid["blocks"]
    assert few["spans"][0]["text"] == "少"
    assert everyone["head"] == ["姓名", "金额"]
    assert everyone["rows"] == [["甲", "1,234.50元"], ["", ""]]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (running({"value": "nobody"}), "feel_unknown_name"),
        (running({"value": "1 +"}), "feel_unfinished"),
        (running({"value": "name", "show": "amount"}), "show_does_not_fit"),
        ({"blocks": [{"id": "rows", "style": "rows", "rows": ["name"]}]}, "paper_field_unknown"),
        (
            {
                "placed": [
                    {"id": "c", "kind": "qr", "x": "190", "y": "0", "width": "30", "height": "30"}
                ]
            },
            "placed_beyond",
        ),
        (
            {
                "placed": [
                    {"id": "c", "kind": "qr", "x": "0", "y": "0", "width": "30", "height": "30"}
                ]
            },
            "placed_without_value",
        ),
        ({"margins": {"left": "100", "right": "100"}}, "margins_wide"),
        ({"blocks": []}, "paper_empty"),
    ],
)
def test_what_is_wrong_with_a_paper_is_a_problem_with_a_sentence(
    document: dict[str, Any], code: str
) -> None:
    definition, _ = read_paper(
        {"format": "gcrm.paper/1", "id": "notice", "title": "通知书", **document}, "papers/n.json"
    )
    assert definition is not None

    _, problems = compile_paper(definition, (), VOCABULARY)

    found = [problem for problem in problems if problem.code.startswith(code)]
    assert found, problems
    catalogue = Catalogue.of("form_engine", "rule_engine", "app_definitions")
    for locale in ("zh-CN", "en"):
        assert catalogue.render(found[0], locale).message != code


@pytest.mark.parametrize(
    ("value", "show", "said"),
    [
        (dt.date(2026, 11, 24), "plain", "2026年11月24日"),
        (dt.date(2026, 11, 24), "chinese_date", "二〇二六年十一月二十四日"),
        (dt.date(2030, 10, 10), "chinese_date", "二〇三〇年十月十日"),
        (dt.date(2026, 12, 1), "month", "2026年12月"),
        (Decimal("30.00"), "plain", "30"),
        (Decimal("1234567.5"), "number", "1,234,567.5"),
        (Decimal(3600), "amount", "3,600元"),
        (Decimal("0.5"), "amount", "0.50元"),
        (Decimal(30), "capital", "叁拾元整"),
        (Decimal("103.50"), "capital", "壹佰零叁元伍角整"),
        (Decimal("1000020.04"), "capital", "壹佰万零贰拾元零肆分"),
        (Decimal("100100000"), "capital", "壹亿零壹拾万元整"),
        (Decimal("0.35"), "capital", "叁角伍分"),
        (Decimal(0), "capital", "零元整"),
        (["甲", "乙"], "plain", "甲、乙"),
        (True, "plain", "是"),
        (None, "plain", ""),
    ],
)
def test_values_are_written_as_offices_write_them(value: object, show: str, said: str) -> None:
    assert paper_words.say(value, show) == said


def test_the_weekday_stands_with_a_day_where_it_is_asked_for() -> None:
    assert "周二" in paper_words.say(dt.date(2026, 11, 24), "weekday")


def test_printing_lets_other_threads_go_on(printer: Printer) -> None:
    """Typst computes without the interpreter's lock: pages are answered meanwhile."""
    paper = compiled(running({"value": "name"}))
    laid = paper.lay(filling(name="字" * 30_000))
    over = threading.Event()
    counted = 0

    def work() -> None:
        printer.print(laid, MOMENT)
        over.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not over.wait(0.005):
        counted += 1
    thread.join()

    assert counted > 5
