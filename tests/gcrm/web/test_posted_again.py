"""What was typed survives the end of a session, and a page from before the last login."""

import re
from html import unescape
from typing import Any

from sqlalchemy import select

from gcrm.store import tables as t

LONG = "建国路1号\n二单元 <b>“三楼”</b>"


def hidden_fields(page: str) -> dict[str, str]:
    found = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    return {name: unescape(value) for name, value in found}


def test_a_form_posted_after_the_session_ended_goes_on_after_logging_in(
    city: Any, citizen: Any
) -> None:
    draft = citizen.begin()
    citizen.fill(draft, "who", agent_flag="true", relation="child")
    citizen.get(f"{draft}/home")
    city.clock.pass_by(hours=9)

    answers = {"live_addr-detail": LONG, "rev": citizen.hidden("rev"), "go": "next"}
    citizen.post(f"{draft}/home", answers)
    assert citizen.path == "/login"
    citizen.post("/login", phone="19900000001", back="/again")
    code = city.sms.messages("19900000001")[0].text
    citizen.post("/login/code", phone="19900000001", back="/again", code=digits(code))

    assert citizen.path == "/again"
    kept = hidden_fields(citizen.body)
    assert kept["live_addr-detail"].replace("\r", "") == LONG
    citizen.post(f"{draft}/home", kept)
    assert LONG.splitlines()[0] in citizen.get(f"{draft}/home").body


def test_somebody_else_at_the_same_browser_does_not_see_it(city: Any, citizen: Any) -> None:
    draft = citizen.begin()
    citizen.get(f"{draft}/who")
    city.clock.pass_by(hours=9)
    citizen.post(f"{draft}/who", agent_flag="true", relation="child", rev="1")

    citizen.log_in("19900000002")

    assert citizen.get("/again").path == "/"


def test_what_waits_is_sealed_and_holds_no_password(city: Any, newcomer: Any) -> None:
    clerk = newcomer(city).work_as("hefang")
    clerk.get("/staff/password")
    city.clock.pass_by(hours=9)

    clerk.post("/staff/password", old="secret-old-1", new="secret-new-1", again="secret-new-1")

    with city.house.store.read() as reader:
        assert reader.execute(select(t.parked_form)).all() == []


def test_a_page_from_before_the_last_login_offers_to_post_again(citizen: Any) -> None:
    draft = citizen.begin()
    citizen.get(f"{draft}/who")
    own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    data = {"agent_flag": "true", "relation": "child", "rev": "1", "csrf_token": "an older one"}

    answer = citizen.client.post(f"{draft}/who", data=data, headers=own)

    assert answer.status_code == 400
    assert hidden_fields(answer.get_data(as_text=True))["relation"] == "child"


def test_a_post_from_elsewhere_is_not_offered_again(citizen: Any) -> None:
    draft = citizen.begin()
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    data = {"agent_flag": "true", "relation": "planted", "rev": "1"}

    answer = citizen.client.post(f"{draft}/who", data=data, headers=foreign)

    assert answer.status_code == 400
    assert "planted" not in answer.get_data(as_text=True)


def test_a_token_that_never_was_keeps_nothing(city: Any, visitor: Any) -> None:
    visitor.get("/")
    visitor.client.set_cookie("gcrm_session", "no-such-token")

    visitor.post("/apply/123/who", relation="child")

    with city.house.store.read() as reader:
        assert reader.execute(select(t.parked_form)).all() == []


def digits(text: str) -> str:
    found = re.search(r"\d{6}", text)
    assert found is not None
    return found[0]
