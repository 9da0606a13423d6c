"""The platform's own numbers are changed like those of the apps: from a day on, with a source."""

import datetime as dt
from typing import Any

import pytest

from gcrm.access import Accessor, Denied, keys_of
from gcrm.runtime import house_parameters, parameters
from gcrm.runtime.house_parameters import HOUSE
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t

TODAY = dt.date(2026, 11, 24)
TOMORROW = TODAY + dt.timedelta(days=1)
EVERYTHING = {"scope": "everything"}


@pytest.fixture
def admin(home: Any) -> Any:
    rights = [("admin.settings", action, EVERYTHING) for action in ("read", "write")]
    return home.actor_of(home.staff("admin", *rights))


def add(
    code: str, value: str, day: dt.date = TODAY, region: str | None = None
) -> parameters.AddValue:
    return parameters.AddValue(HOUSE, code, value, region, day, None, "云政办〔2026〕3号")


def lines(home: Any, who: Any, app: str | None = None, query: str = "") -> list[parameters.Line]:
    with home.house.store.read() as reader:
        own = Accessor(reader, who, keys_of(reader, who))
        return parameters.list_parameters(reader, own, app, query, TODAY)


def whole(home: Any, code: str, day: dt.date, region: str | None = None) -> int:
    with home.house.store.read() as reader:
        found = home.house.services.reference.at(reader, 1, home.clock())
    return house_parameters.whole(found, code, day, region)


def test_a_value_counts_from_its_day_on_and_what_ships_before_and_after(
    home: Any, admin: Any
) -> None:
    assert whole(home, "quiet_from", TODAY) == 21

    home.run(parameters.ADD, add("quiet_from", "22", TOMORROW), admin)

    assert whole(home, "quiet_from", TODAY) == 21
    assert whole(home, "quiet_from", TOMORROW) == 22
    [line] = [each for each in lines(home, admin, HOUSE) if each.code == "quiet_from"]
    assert [row.value for row in line.values] == ["22", "21"]
    assert line.now.value == "21"
    home.run(parameters.END, parameters.EndValue(line.values[0].id, TODAY), admin)
    assert whole(home, "quiet_from", TOMORROW) == 21
    assert [row["action"] for row in home.rows(t.audit, subject="parameter:.quiet_from")] == [
        "parameter_added",
        "parameter_ended",
    ]


def test_all_that_ship_are_listed_before_those_of_apps_and_found_in_both_languages(
    home: Any, admin: Any
) -> None:
    with home.house.store.write() as writer:
        writer.execute(
            t.parameter.insert(),
            {"tenant_id": 1, "id": 7, "app_id": "x", "code": "age", "name": "年龄", "value": "80",
             "type": "number", "effective_from": TODAY, "source": "旧文件", "origin": "release"},
        )  # fmt: skip
    home.run(parameters.ADD, add("rating_link_days", "90"), admin)

    found = lines(home, admin)

    own = list(house_parameters.shipped())
    assert [(each.app_id, each.code) for each in found] == [
        *((HOUSE, e) for e in own),
        ("x", "age"),
    ]
    assert [each.code for each in lines(home, admin, "x")] == ["age"]
    assert [each.code for each in lines(home, admin, HOUSE)] == own
    assert [each.code for each in lines(home, admin, query="Rating link")] == ["rating_link_days"]
    assert len(lines(home, admin, query="评价链接")[0].values) == 2


@pytest.mark.parametrize(
    ("code", "value", "day", "expected"),
    [
        ("quiet_from", "25", TODAY, "parameter_limits"),
        ("quiet_from", "-1", TODAY, "parameter_limits"),
        ("rating_link_days", "0", TODAY, "parameter_limits"),
        ("rating_link_days", "366", TODAY, "parameter_limits"),
        ("rating_contact_days", "1.5", TODAY, "parameter_whole"),
        ("rating_contact_days", "两天", TODAY, "parameter_number"),
        ("quiet_to", "9", TODAY - dt.timedelta(days=1), "parameter_past"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    home: Any, admin: Any, code: str, value: str, day: dt.date, expected: str
) -> None:
    with pytest.raises(Refused) as caught:
        home.run(parameters.ADD, add(code, value, day), admin)

    assert caught.value.code == expected
    assert all(
        caught.value.render(locale, home.house.services.zone).message for locale in ("zh-CN", "en")
    )
    assert home.rows(t.parameter) == []


def test_a_place_may_have_its_own(home: Any, admin: Any) -> None:
    with home.house.store.write() as writer:
        writer.execute(
            t.region.insert(),
            {"tenant_id": 1, "code": "990100", "name": "云州市", "level": 2,
             "valid_from": dt.date(2020, 1, 1)},
        )  # fmt: skip

    home.run(parameters.ADD, add("quiet_to", "24", region="990100"), admin)

    assert whole(home, "quiet_to", TODAY, "990100") == 24
    assert whole(home, "quiet_to", TODAY) == 8


def test_who_may_only_read_changes_nothing_and_unknown_codes_are_not_made(
    home: Any, admin: Any
) -> None:
    reads = home.actor_of(home.staff("reader", ("admin.settings", "read", EVERYTHING)))

    with pytest.raises(Denied):
        home.run(parameters.ADD, add("quiet_to", "9"), reads)
    with pytest.raises(Denied):
        home.run(parameters.ADD, add("quiet", "9"), admin)

    assert len(lines(home, reads, HOUSE)) == len(house_parameters.shipped())


def test_each_that_ships_has_words_in_both_languages_and_keeps_its_own_limits() -> None:
    for each in house_parameters.shipped().values():
        assert {"zh", "en"} <= set(each.names), each.parameter.id
        for row in each.rows():
            assert {"zh", "en"} <= set(row.sources), each.parameter.id
            each.check(row.value)


def test_plain_words_are_said_in_every_language_and_a_unit_has_its_limits() -> None:
    entry = {
        "id": "some_days", "name": "几天", "type": "number", "unit": "wd",
        "values": [{"value": "3", "effective_from": "2020-01-01", "source": "默认"}],
    }  # fmt: skip

    made = house_parameters.read_entry(entry)

    assert house_parameters.say(made.names, "en") == "几天"
    assert (made.least, made.most) == (1, 365)


@pytest.mark.parametrize(
    ("begins", "ends", "wrong"),
    [
        (21, 8, False),
        (0, 8, False),
        (21, 24, False),
        (8, 8, False),
        (17, 9, False),
        (8, 21, True),
        (0, 24, True),
        (21, 10, True),
        (16, 8, True),
    ],
)
def test_quiet_hours_leave_the_day_free(begins: int, ends: int, wrong: bool) -> None:
    assert parameters.overlaps_day(begins, ends) is wrong


def test_quiet_hours_are_looked_at_together_also_where_the_other_end_changes_later(
    home: Any, admin: Any
) -> None:
    home.run(parameters.ADD, add("quiet_from", "0", TOMORROW), admin)

    home.run(parameters.ADD, add("quiet_to", "9", TODAY), admin)
    with pytest.raises(Refused) as alone:
        home.run(parameters.ADD, add("quiet_to", "12", TODAY, region=None), admin)
    with pytest.raises(Refused) as day:
        home.run(parameters.ADD, add("quiet_from", "15", TODAY), admin)

    assert day.value.code == alone.value.code == "parameter_quiet"
    assert "15点到9点" in day.value.render("zh-CN", home.house.services.zone).message
