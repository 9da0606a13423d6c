"""Nothing slow runs while the writer is held: no connector, hashing, scan, printing, no disk."""

from typing import Any

import pytest

from gcrm.connectors import WriterHeldError
from gcrm.runtime import inbox, jobs
from gcrm.store import blobs


def test_ports_and_passwords_refuse_while_the_writer_is_held(sqlite_town: Any) -> None:
    services, store = sqlite_town.house.services, sqlite_town.house.store

    with store.write():
        for call in (
            lambda: services.connectors.population.find("1"),
            lambda: services.connectors.scanner.scan(b""),
            lambda: services.connectors.sms.send(None),
            lambda: services.connectors.mail.send(None),
            lambda: services.passwords.hash("x"),
            lambda: services.passwords.verify(None, "x"),
            lambda: services.printer.print({}, sqlite_town.clock()),
        ):
            with pytest.raises(WriterHeldError):
                call()


def test_whole_way_of_a_case_calls_nothing_slow_inside(
    town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = town.house.store
    slow: list[str] = []
    watched = (
        (blobs.Blobs, "put"),
        (blobs.Blobs, "get"),
        (type(town.house.services.apps), "load"),
        (type(town.house.services.reference), "at"),
    )
    for owner, name in watched:
        original = getattr(owner, name)

        def watch(*arguments: Any, original: Any = original, name: str = name) -> Any:
            if store.holding():
                slow.append(name)
            return original(*arguments)

        monkeypatch.setattr(owner, name, watch)
    done = town.submitted()
    town.run(inbox.CLAIM, town.staff("hefang"), inbox.Claim(town.task(done.case_id)))
    town.decide(done.case_id)
    worker = jobs.Worker(town.house)
    for _ in range(4):
        worker.turn()

    assert not worker.failures
    assert slow == []
