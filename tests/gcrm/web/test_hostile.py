"""Whatever is typed or forged, the answer is a sentence, and nothing typed is lost."""

import json
import re
from typing import Any

import pytest

Visitor = Any
City = Any

NASTY = {
    "sql": '\'; DROP TABLE "case"; --',
    "template": "{{7*7}}{% raw %}${7*7}#{7*7}<%= 7*7 %>",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "rare": "𠮷𫠝𪚥😀 李\u200f秀\u202e英\u0000\u0007",
    "long": "啊" * 10_000,
    "surrogates": "\ufffe\uffff﷽﷽",
    "paths": "../../etc/passwd\\..\\boot.ini",
    "formula": '=cmd|"/c calc"!A1',
    "broken": "%s%n%x {0} {elder_name} \\",
}
TYPED = {
    "who": ("agent_flag", "relation", "helper_no"),
    "elder": ("elder_name", "elder_id", "elder_phone"),
    "home": ("hukou_region", "live_addr-region", "live_addr-detail", "bank"),
    "confirm": (
        "other_sub",
        "alive_photo",
        "alive_photo-remove",
        "sign",
        "sign-kind",
        "sign-digest",
    ),
}


def assert_plain(visitor: Visitor) -> None:
    assert visitor.status < 500, visitor.text[:300]
    assert "Traceback" not in visitor.body
    assert "49" not in re.findall(r"\b49\b", visitor.text)
    assert "<script>alert" not in visitor.body


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
@pytest.mark.parametrize("section", TYPED)
def test_nasty_text_in_every_field_is_answered_beside_it(citizen: Visitor, section: str, text: str):
    draft = citizen.begin()
    citizen.fill(draft, "who", agent_flag="true", relation="child")

    citizen.fill(draft, section, **dict.fromkeys(TYPED[section], text))

    assert_plain(citizen)
    assert citizen.get(f"{draft}/check").status == 200
    assert_plain(citizen)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_wrong_id_digit_is_said_with_the_way_out(
    city: City, language: str, newcomer: Any, elder: Any
):
    citizen = newcomer(city, language).log_in("19900000001")
    draft = citizen.begin()

    citizen.fill(
        draft, "elder", elder_name=elder["name"], elder_id="990102194006150023", elder_phone="123"
    )

    sentence = "身份证号最后一位不对" if language == "zh-CN" else "last"
    assert sentence in citizen.text
    assert 'aria-invalid="true"' in citizen.body


def test_what_was_wrong_is_still_there_later(citizen: Visitor, elder: Any):
    draft = citizen.begin()
    citizen.fill(
        draft, "elder", elder_name=elder["name"], elder_id="990102194006150023", elder_phone="12 3"
    )

    citizen.get("/me").get(f"{draft}/elder")

    assert 'value="990102194006150023"' in citizen.body
    assert 'value="12 3"' in citizen.body
    assert f'value="{elder["name"]}"' in citizen.body


def test_missing_answers_are_listed_all_at_once(citizen: Visitor):
    draft = citizen.begin()

    citizen.fill(draft, "home")

    assert "还有3处要改" in citizen.text


def test_a_file_that_is_no_picture_is_refused_beside_its_field(citizen: Visitor, picture: Any):
    draft = citizen.begin()
    fake = picture("签名.png")
    fake.stream.seek(0)
    fake.stream.truncate()
    fake.stream.write(b"MZ not a picture at all")
    fake.stream.seek(0)

    citizen.fill(draft, "confirm", other_sub="none", sign__photo=fake)

    assert citizen.status == 200
    assert "照片" in citizen.text
    assert "field--bad" in citizen.body


def test_somebody_elses_draft_looks_like_none(citizen: Visitor, city: City, newcomer: Any):
    draft = citizen.begin()
    other = newcomer(city).log_in("19900000002")

    strange, missing = other.get(f"{draft}/elder"), None
    theirs = re.sub(r"[0-9a-f]{16}", "", strange.text)
    missing = other.get("/apply/1234567890/elder")

    assert other.status == 404
    assert theirs == re.sub(r"[0-9a-f]{16}", "", missing.text)


def test_a_form_without_its_token_is_refused_in_words(citizen: Visitor):
    draft = citizen.begin()

    citizen.post(f"{draft}/who", {"csrf_token": "forged"}, agent_flag="true")

    assert citizen.status == 400
    assert "这一页放得太久了" in citizen.text


@pytest.mark.parametrize("rev", ["", "-1", "99999999999999999999", "abc", "１"])
def test_a_forged_revision_is_a_sentence(citizen: Visitor, rev: str):
    draft = citizen.begin()
    citizen.fill(draft, "who", agent_flag="false")

    citizen.get(f"{draft}/who").post(f"{draft}/who", rev=rev, go="next", agent_flag="true")

    assert_plain(citizen)


def test_an_old_page_does_not_overwrite_a_newer_one(citizen: Visitor):
    draft = citizen.begin()
    old = citizen.get(f"{draft}/who").hidden("rev")
    citizen.fill(draft, "who", agent_flag="false")

    citizen.get(f"{draft}/who").post(
        f"{draft}/who", rev=old, go="next", agent_flag="true", relation="child"
    )

    assert citizen.status == 409
    assert_plain(citizen)


@pytest.mark.parametrize(
    "path",
    [
        "/apply/0/who",
        "/apply/99999999999999999999999/who",
        "/services/../../etc/passwd",
        "/services/elder_allowance/'; --",
        "/me/cases/1",
        "/me/cases/99999999999999999999999999",
        "/files/1",
        "/lookup/x",
        "/nothing",
        "/view?back=//evil.example/&language=xx",
        "/services?q=%00%ff%27%22",
        "/static/../app.py",
        "/settings?back=javascript:alert(1)",
    ],
)
def test_forged_addresses_get_a_plain_page(citizen: Visitor, path: str):
    citizen.get(path)

    assert_plain(citizen)
    assert "evil.example" not in citizen.body
    assert "javascript:" not in citizen.body


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example/", "/\\evil.example", "\t//evil.example"]
)
def test_a_link_never_leads_to_another_host(city: City, back: str):
    answer = city.app.test_client().get("/view", query_string={"back": back, "type": "large"})

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/staff", "/staff/cases", "/staff/sms", "/staff/designer"])
def test_citizens_have_no_business_in_the_office(citizen: Visitor, path: str):
    assert citizen.get(path).status == 403


@pytest.mark.parametrize("path", ["/api/apps", "/api/cases", "/api/palette", "/api/apps/x/draft"])
def test_the_api_answers_nobody_with_a_problem_document(city: City, path: str):
    answer = city.app.test_client().get(path)

    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert json.loads(answer.data)["status"] == 401


def test_trying_codes_ends_with_a_sentence(city: City, visitor: Visitor):
    city.clock.pass_by(seconds=61)
    visitor.get("/login").post("/login", phone="19900000099")

    for _ in range(6):
        visitor.post("/login/code", phone="19900000099", code="000000")

    assert visitor.status in (401, 410, 429)
    assert_plain(visitor)


def test_trying_passwords_locks_the_account(city: City, newcomer: Any):
    visitor = newcomer(city)
    for _ in range(6):
        visitor.get("/staff/login").post("/staff/login", login="juzhang", password="no")  # noqa: S106

    assert visitor.status in (423, 429)
    assert "锁" in visitor.text


def test_a_card_number_is_said_masked_nowhere_in_the_log(
    citizen: Visitor, capsys, elder: Any, card: Any
):
    citizen.city.app.config["GCRM_LOG"] = True
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.city.app.config["GCRM_LOG"] = False

    written = capsys.readouterr()

    assert card not in written.err + written.out
    assert elder["id"] not in written.err + written.out


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_nasty_text_at_every_other_door_is_a_sentence(
    city: City, visitor: Visitor, newcomer: Any, text: str
):
    visitor.get("/login").post("/login", phone=text, back=text)
    assert_plain(visitor)
    visitor.get("/login").post("/login/code", phone=text, code=text, back=text)
    assert_plain(visitor)
    visitor.get("/lookup").post("/lookup", code=text)
    assert_plain(visitor)
    visitor.get("/staff/login").post("/staff/login", login=text, password=text, back=text)
    assert_plain(visitor)
    clerk = newcomer(city).work_as("hefang")
    for path in ("/staff", "/staff/cases", "/services"):
        clerk._read(clerk.client.get(path, query_string={"q": text, "which": text, "page": text}))
        assert_plain(clerk)
    citizen = newcomer(city).log_in("19900000002")
    citizen.get("/me/real-name").post("/me/real-name", name=text, id_number=text, back=text)
    assert_plain(citizen)


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_nasty_text_from_a_clerk_is_a_sentence_and_kept(
    city: City, citizen: Visitor, newcomer: Any, text: str
):
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    citizen.post(f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"))
    clerk = newcomer(city).work_as("hefang")
    clerk.get("/staff")
    address = re.search(r'href="(/staff/cases/\d+)"', clerk.body)
    assert address
    task = clerk.get(address[1]).hidden("task")

    given = dict.fromkeys(("opinion", "visit_way", "visit_date", "visit_note"), text)
    clerk.post(f"{address[1]}/act", task=task, verb="pass", **given)
    assert_plain(clerk)
    clerk.get(address[1]).post(f"{address[1]}/act", task=task, verb=text, opinion="同意")
    assert_plain(clerk)
    clerk.get(address[1]).post(f"{address[1]}/reveal", field=text, reason=text)
    assert_plain(clerk)
