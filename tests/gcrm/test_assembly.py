"""The house runs a use case: prepares again when somebody was faster, gives up with a sentence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from gcrm import config
from gcrm.assembly import ATTEMPTS, House, TablesError, build
from gcrm.runtime.refusals import Refused
from gcrm.runtime.use_case import UseCase
from gcrm.store import database, tables
from gcrm.store.errors import StaleError, StoreBusyError


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = config.load({"GCRM_DATA": str(tmp_path)})
    database.upgrade(settings.database)
    built = build(settings)
    yield built
    built.close()


def prepared(asked: list[int]) -> Any:
    def prepare(reader: Any, services: Any, actor: Any, ask: Any, now: Any) -> int:
        asked.append(len(asked))
        return len(asked)

    return prepare


def test_a_use_case_is_prepared_again_when_somebody_was_faster(house):
    asked: list[int] = []

    def commit(writer: Any, services: Any, plan: int, now: Any) -> int:
        if plan < 3:
            raise StaleError("changed")
        return plan

    receipt = house.run(UseCase(prepared(asked), commit), None, None)

    assert (receipt, len(asked)) == (3, 3)


@pytest.mark.parametrize(("error", "tries"), [(StaleError, ATTEMPTS), (StoreBusyError, 1)])
def test_a_person_is_asked_to_try_again_when_it_does_not_end(house, error, tries):
    asked: list[int] = []

    def commit(writer: Any, services: Any, plan: int, now: Any) -> int:
        raise error("busy")

    with pytest.raises(Refused) as refused:
        house.run(UseCase(prepared(asked), commit), None, None)

    assert (refused.value.code, refused.value.status, len(asked)) == ("busy", 503, tries)


def test_nothing_of_a_failed_commit_stays(house):
    row = {
        "id": 7, "code": "t", "name": "T", "zone": "Asia/Shanghai", "locale": "zh-CN",
        "created_at": house.now(),
    }  # fmt: skip

    def commit(writer: Any, services: Any, plan: int, now: Any) -> None:
        writer.execute(insert(tables.tenant), row)
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        house.run(UseCase(prepared([]), commit), None, None)

    with house.store.read() as reader:
        assert reader.execute(select(func.count()).select_from(tables.tenant)).scalar_one() == 0


def test_what_comes_after_runs_without_the_writer(house):
    held: list[bool] = []

    def after(services: Any, receipt: Any) -> str:
        held.append(house.store.holding())
        return "done"

    answer = house.run(UseCase(prepared([]), lambda *_: None, after), None, None)

    assert (answer, held) == ("done", [False])


def test_a_database_of_another_form_is_refused(tmp_path):
    settings = config.load({"GCRM_DATA": str(tmp_path)})
    tmp_path.joinpath("gcrm.db").touch()

    with pytest.raises(TablesError, match="gcrm database upgrade"):
        build(settings)
