"""What every answer carries, who stays logged in for how long, and what a request may cost."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from gcrm.store import tables as t
from gcrm.store.errors import StoreBusyError
from gcrm.web.app import create_app

Visitor = Any
City = Any


def test_every_page_forbids_what_it_does_not_need(visitor: Visitor):
    headers = visitor.get("/").headers

    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "style=" not in visitor.body
    assert "<script>" not in visitor.body


def test_the_session_cookie_is_out_of_reach_of_scripts(city: City, newcomer: Any):
    citizen = newcomer(city).log_in("19900000001")

    cookie = citizen.client.get_cookie("gcrm_session")

    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_logging_out_ends_the_session_on_the_server(citizen: Visitor):
    token = citizen.client.get_cookie("gcrm_session").value
    citizen.get("/me").post("/logout")

    citizen.client.set_cookie("gcrm_session", token)

    assert citizen.get("/me").path == "/login"


def test_a_session_at_rest_ends(city: City, citizen: Visitor):
    city.clock.pass_by(minutes=31)

    assert citizen.get("/me").path == "/login"


def test_a_session_in_use_goes_on(city: City, citizen: Visitor):
    for _ in range(4):
        city.clock.pass_by(minutes=20)
        citizen.get("/me")

    assert citizen.path == "/me"


def test_logging_in_leads_back_to_where_one_was(city: City, visitor: Visitor):
    visitor.get("/me/messages")

    assert visitor.path == "/login"
    assert visitor.hidden("back") == "/me/messages"


@pytest.mark.parametrize(
    ("query", "sign"),
    [
        ("language=en", '<html lang="en"'),
        ("type=large", 'data-type="large"'),
        ("contrast=more", 'data-contrast="more"'),
        ("language=fr", '<html lang="zh-CN"'),
    ],
)
def test_a_view_is_remembered_by_a_plain_link(visitor: Visitor, query: str, sign: str):
    visitor.get(f"/view?{query}&back=/services")

    assert visitor.path == "/services"
    assert sign in visitor.body


def languages(city: City, login: str) -> list[Any]:
    with city.house.store.read() as reader:
        spoken = select(t.account.c.locale).where(t.account.c.login == login)
        return list(reader.execute(spoken).scalars())


def test_who_chooses_a_language_is_written_to_in_it(city: City, newcomer: Any):
    clerk = newcomer(city).work_as("hefang")
    before = languages(city, "hefang")

    clerk.get("/view?language=en&back=/staff")

    assert (before, languages(city, "hefang")) == ([None], ["en"])
    assert clerk.path == "/staff"
    newcomer(city).get("/view?language=zh-CN&back=/staff/login").work_as("hefang")
    assert languages(city, "hefang") == ["zh-CN"]


def test_whose_cases_one_sees_is_said_with_the_name_of_the_app(city: City, newcomer: Any):
    said = newcomer(city).work_as("hefang").get("/staff/cases").text

    assert "应用“高龄津贴申请”的" in said
    assert "elder_allowance" not in said


def test_offices_read_what_a_case_is_about_in_chinese(city: City, newcomer: Any):
    citizen = newcomer(city, "en").log_in("19900000001")
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check").post(
        f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev")
    )

    listed = newcomer(city).work_as("hefang").get("/staff").text

    assert "86岁" in listed
    assert "86 years" not in listed


def test_the_browsers_language_is_taken_until_one_chooses(city: City, newcomer: Any):
    assert '<html lang="en"' in newcomer(city, "en-GB,en;q=0.9").get("/").body
    assert '<html lang="zh-CN"' in newcomer(city, "fr").get("/").body


def test_errors_are_pages_with_a_number_to_tell(visitor: Visitor):
    visitor.get("/nothing")

    assert visitor.status == 404
    assert visitor.headers["X-Request-Id"] in visitor.text


def test_an_upload_beyond_all_limits_is_a_sentence(city: City, citizen: Visitor):
    draft = citizen.begin()
    city.app.config["MAX_CONTENT_LENGTH"] = 1000

    citizen.get(f"{draft}/who").post(f"{draft}/who", agent_flag="x" * 5000)
    city.app.config["MAX_CONTENT_LENGTH"] = None

    assert citizen.status == 413
    assert "太大" in citizen.text


def test_something_broken_is_a_page_without_a_trace(city: City, visitor: Visitor, monkeypatch: Any):
    city.app.config.update(GCRM_RAISE=False, PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setattr("gcrm.web.portal.services", lambda *_: 1 / 0)

    visitor.get("/")

    assert visitor.status == 500
    assert "我们这边出了问题" in visitor.text
    assert "ZeroDivision" not in visitor.body


def statements(city: City, visitor: Visitor, path: str, fields: dict[str, str]) -> int:
    """Count the cursor executions of one post."""
    before = city.house.store.statements()
    answer = visitor.client.post(path, data=fields)
    assert answer.status_code == 302, answer.get_data(as_text=True)[-800:]
    return int(city.house.store.statements() - before)


def test_submitting_asks_the_database_no_more_than_it_may(city: City, citizen: Visitor):
    for _ in range(2):  # the second one is by a known agent, with everything in caches
        draft = citizen.begin()
        citizen.fill_all(draft)
        citizen.get(f"{draft}/check")
        fields = {name: citizen.hidden(name) for name in ("key", "rev", "csrf_token")}
        fields["insist"] = "1"
        count = statements(city, citizen, f"{draft}/submit", fields)

    assert count <= 18


def test_completing_a_task_asks_no_more_than_it_may(city: City, citizen: Visitor, newcomer: Any):
    clerk = newcomer(city).work_as("hefang")
    for name, number in (("李秀英", "990102194006150022"), ("王德福", "99010219360212001X")):
        draft = citizen.begin()
        citizen.fill_all(draft, elder_name=name, elder_id=number)
        citizen.get(f"{draft}/check")
        citizen.post(
            f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"), insist="1"
        )
        clerk.get("/staff")
        address = re.search(r'href="(/staff/cases/\d+)"', clerk.body)
        assert address
        clerk.get(address[1])
        fields = {
            "csrf_token": clerk.hidden("csrf_token"),
            "task": clerk.hidden("task"),
            "verb": "pass",
            "opinion": "情况属实，同意。",
            "visit_way": "home",
            "visit_date": "2026-11-24",
        }
        count = statements(city, clerk, f"{address[1]}/act", fields)

    assert count <= 15


def test_the_designers_door_saves_with_a_revision_and_refuses_an_old_one(city: City, newcomer: Any):
    designer = newcomer(city).work_as("designer")
    client = designer.client
    token = re.search(r'data-csrf="([^"]+)"', designer.get("/staff/designer").body)
    assert token
    headers = {"X-CSRFToken": token[1]}
    base = "/api/apps/elder_allowance/draft"
    assert client.get("/api/apps").json["apps"][0]["id"] == "elder_allowance"
    client.get(base)
    part = client.get(f"{base}/parts/app.json").json
    text = part["content"].replace("高龄津贴申请", "高龄津贴")

    saved = client.patch(
        f"{base}/parts/app.json",
        json={"revision": part["revision"], "content": text},
        headers=headers,
    )
    late = client.patch(
        f"{base}/parts/app.json",
        json={"revision": part["revision"], "content": text},
        headers=headers,
    )

    assert saved.status_code == 200
    assert saved.json["revision"] > part["revision"]
    assert late.status_code == 409
    assert late.content_type == "application/problem+json"
    assert client.get(f"{base}/problems").json["revision"] == saved.json["revision"]


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"revision": "1", "content": "x"}', '{"revision": 1}', '{"revision": true}'],
)
def test_a_change_that_says_nothing_is_refused(city: City, newcomer: Any, body: str):
    designer = newcomer(city).work_as("designer")
    token = re.search(r'data-csrf="([^"]+)"', designer.get("/staff/designer").body)
    assert token

    answer = designer.client.patch(
        "/api/apps/elder_allowance/draft/parts/app.json",
        data=body,
        content_type="application/json",
        headers={"X-CSRFToken": token[1]},
    )

    assert answer.status_code == 400
    assert json.loads(answer.data)["status"] == 400


def test_only_designers_get_in(city: City, newcomer: Any):
    clerk = newcomer(city).work_as("hefang")

    assert clerk.client.get("/api/apps").status_code == 403
    assert clerk.client.get("/api/palette").status_code == 403
    assert clerk.get("/staff/designer").status == 403
    assert clerk.get("/staff/sms").status == 403


def test_the_palette_is_served_in_both_languages(city: City, newcomer: Any):
    for language, name in (("zh-CN", "单行文字"), ("en", "")):
        designer = newcomer(city, language).work_as("designer")
        answer = designer.client.get("/api/palette", headers={"Accept-Language": language})

        types = {entry["id"]: entry for entry in answer.json["types"]}
        assert {"text", "idcard", "signature"} <= set(types)
        assert types["text"]["name"]
        assert name in types["text"]["name"] or language == "zh-CN"


def test_the_api_lists_the_cases_that_one_may_read(city: City, citizen: Visitor, newcomer: Any):
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    citizen.post(f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"))

    mine = newcomer(city).work_as("hefang").client.get("/api/cases").json
    others = newcomer(city).log_in("19900000002").client.get("/api/cases").json

    assert mine["total"] == 1
    assert mine["cases"][0]["state"] == "in_review"
    assert others["total"] == 0


def test_typing_for_an_hour_keeps_the_session(city: City, citizen: Visitor):
    draft = citizen.begin()
    citizen.get(f"{draft}/who")
    token = citizen.hidden("csrf_token")

    for _ in range(3):
        city.clock.pass_by(minutes=25)
        rev = "99999"
        saved = citizen.client.post(
            f"{draft}/who/autosave", data={"csrf_token": token, "rev": rev, "agent_flag": "true"}
        )

    assert saved.status_code == 200
    assert citizen.get(f"{draft}/who").path == f"{draft}/who"


def test_the_page_can_ask_to_stay_logged_in(city: City, citizen: Visitor):
    assert 'data-idle="1800"' in citizen.get("/me").body

    city.clock.pass_by(minutes=26)
    assert citizen.client.get("/session").status_code == 204
    city.clock.pass_by(minutes=26)

    assert citizen.get("/me").path == "/me"


def test_a_proxy_can_ask_whether_all_is_well(visitor: Visitor):
    assert visitor.get("/health").text.strip() == "ok"


def test_production_cookies_are_for_https_and_this_host_only(city: City):
    house = replace(city.house, settings=replace(city.house.settings, mode="production"))
    app = create_app(house)
    app.config["GCRM_LOG"] = False
    client = app.test_client()

    client.get("/login", base_url="https://localhost")
    answer = client.get("/", base_url="https://localhost")

    assert client.get_cookie("__Host-gcrm_form") is not None
    assert app.config["GCRM_COOKIE"] == "__Host-gcrm"
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert "演示系统" not in answer.get_data(as_text=True)


def test_a_break_in_the_store_is_a_sentence(city: City, visitor: Visitor, monkeypatch: Any):
    def busy(*_: Any) -> None:
        raise StoreBusyError("held")

    monkeypatch.setattr("gcrm.web.catalogue.services", busy)

    assert visitor.get("/services").status == 503
    assert "再点一次" in visitor.text
