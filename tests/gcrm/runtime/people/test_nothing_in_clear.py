"""Phone, ID number, code and password are found nowhere in clear after a day's work."""

from typing import Any

import pytest
from sqlalchemy import select

from gcrm.runtime import login, people, real_name, reveal
from gcrm.runtime.refusals import Refused
from gcrm.store.columns import metadata

PHONE = "19987654321"
NUMBER = "990102197604120062"
PASSWORD = "Mo-li-hua-2026"  # noqa: S105


def test_sensitive_values_are_found_nowhere_in_the_database(
    home: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    right = {"scope": "everything"}
    admin = home.actor_of(
        home.staff("admin", ("admin.people", "write", right), ("admin.people", "reveal", right))
    )
    citizen = home.phone_login(PHONE)
    code = "".join(sign for sign in home.sms.messages(PHONE)[0].text if sign.isdigit())[:6]
    with pytest.raises(Refused):
        home.run(real_name.CONFIRM, real_name.RealName("孙莉", NUMBER), citizen)
    home.run(real_name.CONFIRM, real_name.RealName("孙丽", NUMBER), citizen)
    home.run(people.CREATE_STAFF, people.NewStaff("新人", "newcomer", PASSWORD), admin)
    home.run(login.LOGIN, login.Login(1, "newcomer", PASSWORD, "10.0.0.1"))
    with pytest.raises(Refused):
        home.run(login.LOGIN, login.Login(1, "newcomer", PASSWORD + "x", "10.0.0.1"))
    with home.house.store.read() as reader:
        table = metadata.tables["identifier"]
        identifier = reader.execute(select(table.c.id)).scalar_one()
    ask = reveal.RevealIdentifier(identifier, f"核对{NUMBER}和{PHONE}")
    assert home.run(reveal.REVEAL_IDENTIFIER, ask, admin).value == NUMBER

    planted = (PHONE, NUMBER, PASSWORD, f'"{code}"')
    for name, content in _everything(home):
        for value in planted:
            assert value.encode() not in content, f"{value} stands in {name}"
    if home.house.store.file is not None:
        for path in home.house.store.file.parent.glob("gcrm.db*"):
            for value in planted:
                assert value.encode() not in path.read_bytes(), path
    for value in (PHONE, NUMBER, PASSWORD):
        assert value not in caplog.text


def _everything(home: Any) -> list[tuple[str, bytes]]:
    found = []
    with home.house.store.read() as reader:
        for table in metadata.sorted_tables:
            for row in reader.execute(select(table)):
                for value in row:
                    content = bytes(value) if isinstance(value, (bytes, memoryview)) else None
                    found.append((table.name, content or str(value).encode()))
    return found
