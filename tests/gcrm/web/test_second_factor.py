"""Codes of a phone as a second factor: as the standard says, each good once."""

import datetime as dt
import re
from typing import Any

import pytest

from gcrm.demo import PASSWORD
from gcrm.runtime import second_factor

Visitor = Any
City = Any
RFC = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str):  # RFC 6238, appendix B
    assert second_factor.code_at(RFC, seconds // 30) == code


def test_a_code_is_taken_near_its_time_and_once():
    now = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
    here = int(now.timestamp()) // 30
    code = second_factor.code_at(RFC, here)

    assert second_factor.matching(RFC, f"{code[:3]} {code[3:]}", now, 0) == here
    assert second_factor.matching(RFC, code, now + dt.timedelta(seconds=30), 0) == here
    assert second_factor.matching(RFC, code, now + dt.timedelta(seconds=90), 0) is None
    assert second_factor.matching(RFC, code, now, here) is None
    assert second_factor.matching(RFC, "１２３４５６", now, 0) is None


def test_with_a_second_factor_the_password_alone_opens_nothing(city: City, newcomer: Any):
    clerk = newcomer(city).work_as("hefang").get("/staff/account/second")
    clerk.post("/staff/account/second/start")
    assert re.search(r'<svg[^>]* viewBox="0 0 (\d+) \1"', clerk.body)  # whole, at any size
    assert "style=" not in clerk.body
    with city.house.store.read() as reader:
        services = city.house.services
        [row] = reader.execute(second_factor.t.second_factor.select()).all()
        party = reader.execute(
            second_factor.t.account.select().where(second_factor.t.account.c.id == row.account_id)
        ).one()
        secret = second_factor.open_secret(reader, services, row, party.party_id)

    def code() -> str:
        return second_factor.code_at(secret, int(city.clock.now.timestamp()) // 30)

    clerk.post("/staff/account/second/confirm", code="000000")
    assert "动态码不对" in clerk.text
    assert newcomer(city).work_as("hefang").path == "/staff"  # not in use yet
    clerk.get("/staff/account/second").post("/staff/account/second/confirm", code=code())
    assert clerk.path == "/staff/account"
    used = code()

    other = newcomer(city).work_as("hefang")
    assert "请填手机上的动态码" in other.text
    form = {"login": "hefang", "password": PASSWORD}
    other.get("/staff/login").post("/staff/login", {**form, "code": used})
    assert other.path == "/staff/login"
    city.clock.pass_by(seconds=31)
    other.get("/staff/login").post("/staff/login", {**form, "code": code()})
    assert other.path == "/staff"
    other.get("/staff/account/second").post("/staff/account/second/remove")
    assert newcomer(city).work_as("hefang").path == "/staff"


def test_an_administrator_helps_who_lost_the_phone(city: City, newcomer: Any):
    clerk = newcomer(city).work_as("hefang").get("/staff/account/second")
    clerk.post("/staff/account/second/start")
    admin = newcomer(city).work_as("sysadmin").get("/staff/admin/people?q=hefang")
    page = re.search(r'href="(/staff/admin/people/\d+)">', admin.body)
    assert page

    admin.get(f"{page[1]}/password").post(f"{page[1]}/password", rev="1")

    with city.house.store.read() as reader:
        assert reader.execute(second_factor.t.second_factor.select()).all() == []
