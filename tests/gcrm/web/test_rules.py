"""The pages of rules: read as sentences, tried with values, held against another version."""

import re
from html import unescape
from typing import Any

import pytest

Visitor = Any
City = Any
C = "/staff/rules/retirement/precheck"


@pytest.fixture
def designer(city: City, newcomer: Any) -> Visitor:
    return newcomer(city).work_as("designer")


def test_the_list_names_each_rule_with_its_tests(designer: Visitor) -> None:
    page = designer.get("/staff/rules")

    assert page.status == 200
    assert "能不能办退休" in page.text
    assert "28/28通过" in page.text or re.search(r"(\d+)/\1通过", page.text)
    assert f'href="{C}"' in page.body


def test_a_clerk_who_may_not_read_apps_is_sent_away(city: City, newcomer: Any) -> None:
    clerk = newcomer(city).work_as("hefang")

    assert [clerk.get(path).status for path in ("/staff/rules", C, f"{C}/impact")] == [403] * 3
    assert "/staff/rules" not in clerk.get("/staff").body


@pytest.mark.parametrize(
    "path",
    [
        "/staff/rules/nothing/x",
        "/staff/rules/retirement/x",
        f"{C}?version=x",
        f"{C}/impact?old=1/x",
        f"{C}/impact?new=9/x",
    ],
)
def test_what_is_not_there_is_said(designer: Visitor, path: str) -> None:
    assert designer.get(path).status == 404


def test_a_rule_is_read_as_sentences_without_formulas(designer: Visitor) -> None:
    page = designer.get(C)

    assert page.status == 200
    assert "累计缴费月数不少于最低缴费月数" in page.text
    assert "每种情况都管到了" in page.text
    assert "还差…年…个月" in page.text
    for raw in ("pay_months", "emp_kind", "legal_wait", "retire.year"):
        assert raw not in page.text


def test_each_version_has_its_own_page(designer: Visitor) -> None:
    page = designer.get(f"{C}?version=article")

    assert "现在的年龄大于要超过的年龄" in page.text
    assert "未分析" in page.text


def test_a_gap_is_told_with_an_example(designer: Visitor) -> None:
    page = designer.get("/staff/rules/elder_allowance/amount")

    assert "没有一行管到：年龄小于80" in page.text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", ("不符合", "三选一", "缴费还差0年10个月", "要求", "实际", "还差")),
        ("en", ("Not met", "One of three ways", "10 months of contributions are missing")),
    ],
)
def test_values_are_tried_and_the_verdict_explains_itself(
    city: City, newcomer: Any, language: str, words: tuple[str, ...]
) -> None:
    visitor = newcomer(city)
    visitor.language = language
    visitor.work_as("designer").get(C)

    page = visitor.post(
        f"{C}?version=delayed",
        {
            "in-emp_kind": "female_worker",
            "in-is_male": "false",
            "in-birth_ym": "1976-04-12",
            "in-retire_mode": "legal",
            "in-pay_months": "170",
            "as_of": "2026-12-01",
        },
    )

    assert page.status == 200
    for word in words:
        assert word in page.text


def test_what_is_not_known_is_named(designer: Visitor) -> None:
    page = designer.get(C).post(f"{C}?version=delayed", {"in-emp_kind": "male"})

    assert "缺资料，还不能判断" in page.text
    assert "请补充“出生年月”" in page.text


def test_a_value_that_is_no_date_is_asked_again(designer: Visitor) -> None:
    page = designer.get(C).post(f"{C}?version=delayed", {"in-birth_ym": "<script>"})

    assert "请填日期" in page.text
    assert "<script>" not in page.body.replace("<script ", "")
    assert 'aria-invalid="true"' in page.body


def test_a_test_can_be_tried(designer: Visitor) -> None:
    link = re.search(rf'href="({re.escape(C)}[^"]*sample=choose)#try"', designer.get(C).body)
    assert link
    page = designer.get(unescape(link[1]))

    assert "三选一" in page.text
    assert "缴费还差0年10个月" in page.text
    assert 'class="is-on"' in page.body


def test_the_impact_list_names_sun_li_and_liu_qiang(designer: Visitor) -> None:
    page = designer.get(f"{C}/impact?old=1/article&new=1/delayed&as_of=2027-06-01")

    assert page.status == 200
    assert "孙丽到龄" in page.text
    assert "刘强2027年5月到龄" in page.text
    assert "三选一" in page.text


def test_the_same_version_touches_nobody(designer: Visitor) -> None:
    page = designer.get(f"{C}/impact?old=1/delayed&new=1/delayed&as_of=2027-06-01")

    assert "0个结果会变" in page.text


def test_real_cases_are_those_that_the_reader_may_see(designer: Visitor) -> None:
    page = designer.get(f"{C}/impact?over=cases")

    assert page.status == 200
    assert "看了0个" in page.text


def test_pages_of_rules_are_english_on_request(city: City, newcomer: Any) -> None:
    visitor = newcomer(city)
    visitor.language = "en"
    visitor.work_as("designer")

    for path in ("/staff/rules", C, f"{C}/impact"):
        body = visitor.get(path).body
        bare = re.sub(r"<head.*?</head>|<svg.*?</svg>", "", body, flags=re.S)
        bare = re.sub(r'<(\w+)[^>]*lang="zh-CN"[^>]*>.*?</\1>', "", bare, flags=re.S)
        found = re.findall(r">[^<]*[㐀-鿿][^<]*<", bare)
        assert found == [], (path, found[:5])


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_codes_are_said_by_their_names(city: City, newcomer: Any, language: str) -> None:
    visitor = newcomer(city, language=language).work_as("designer")

    where = "/staff/rules/elder_allowance/precheck"
    page, body = visitor.get(where).text, visitor.body
    answers = {"in-life_status": "dead", "in-hukou_region": "990102001001"}
    tried, tried_body = visitor.post(where, answers).text, visitor.body
    ages = visitor.get(C).text
    listed = visitor.get("/staff/rules").text

    for shown in (page, tried):
        assert "“alive”" not in shown
        assert "990100" not in shown
    assert "云州市" in page
    assert "健在" in page or language == "en"
    assert '<option value="dead">' in body
    assert '<option value="990102001001" selected>' in tried_body
    assert not re.search(r"\d{4}-\d\d-\d\d", listed)
    assert f'action="{where}?version=' in body
    if language == "en":
        assert "男职工" not in ages
        assert "已去世" not in tried
