"""Sweeping: what can no longer matter goes, what still counts stays."""

from typing import Any

import pytest

from gcrm.runtime import leftovers, login
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t


def test_old_sessions_codes_and_throttles_are_swept(home: Any) -> None:
    home.phone_login("19900000001")
    with pytest.raises(Refused):
        home.run(login.LOGIN, login.Login(1, "nobody", "wrong", "10.0.0.9"))

    def sweep() -> int:
        with home.house.store.write() as writer:
            return leftovers.sweep(writer, home.clock.now)

    assert sweep() == 0
    home.clock.move(hours=25)
    assert sweep() == 4  # one code, three throttles
    assert len(home.rows(t.session)) == 1
    home.clock.move(days=8)
    assert sweep() == 1
    assert home.rows(t.session) == []
