"""Drafts: changed part by part; nobody overwrites a colleague, nothing unreadable is kept."""

import datetime as dt
import json
from typing import Any

import pytest

from app_definitions.package import Package
from gcrm.apps import draft_rows, drafts
from gcrm.apps.drafts import ChangePart, Create
from gcrm.store import tables as t
from gcrm.store.errors import StaleError

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
APP = "elder_allowance"
CREATE = (drafts.prepare_create, drafts.commit)
CHANGE = (drafts.prepare_change, drafts.commit)
RENAME = [{"op": "replace", "path": "/name", "value": "高龄老人津贴"}]


@pytest.fixture
def drafted(house: Any, elder: Package) -> Any:
    house.publish(elder)
    receipt = house.run(CREATE, house.he, Create(APP))
    assert receipt.saved
    return house


def test_a_draft_begins_as_the_release_in_force(drafted: Any, elder: Package) -> None:
    with drafted.store.read() as reader:
        draft = draft_rows.read_draft(reader, 1, APP)
        package, revision = draft_rows.read_package(reader, 1, APP)

    assert (draft.revision, draft.based_on, draft.changed_by_name) == (1, 1, "何芳")
    assert [part.path for part in draft.parts] == [part.path for part in elder.parts]
    assert (package, revision) == (elder, 1)


def test_a_draft_of_a_new_app_begins_as_a_package(house: Any, elder: Package) -> None:
    receipt = house.run(CREATE, house.he, Create(APP, elder))

    assert (receipt.saved, receipt.revision, receipt.problems) == (True, 1, ())
    with house.store.read() as reader:
        [entry] = draft_rows.list_apps(reader, 1)
        assert (entry.app_id, entry.current_release, entry.draft_revision) == (APP, None, 1)
        assert draft_rows.list_apps(reader, 2) == ()


def test_a_second_draft_of_an_app_says_who_has_the_first(drafted: Any) -> None:
    receipt = drafted.run(CREATE, drafted.lin, Create(APP))

    assert not receipt.saved
    assert (receipt.conflict.changed_by_name, receipt.conflict.changed_at) == ("何芳", NOW)


def test_a_package_of_another_app_is_refused(house: Any, elder: Package) -> None:
    receipt = house.run(CREATE, house.he, Create("other", elder))

    assert not receipt.saved
    assert [problem.code for problem in receipt.problems] == ["app_of_other_id"]
    assert house.rows(t.app) == []


def test_a_patch_changes_one_part_and_is_kept(drafted: Any) -> None:
    receipt = drafted.run(CHANGE, drafted.he, ChangePart(APP, "app.json", 1, patch=RENAME))

    assert (receipt.saved, receipt.revision, receipt.problems) == (True, 2, ())
    assert json.loads(receipt.content)["name"] == "高龄老人津贴"
    with drafted.store.read() as reader:
        part = draft_rows.read_part(reader, 1, APP, "app.json")
        other = draft_rows.read_part(reader, 1, APP, "forms/main.json")
        [change] = draft_rows.list_changes(reader, 1, APP, since=1)
    assert (part.content, part.state.revision) == (receipt.content, 2)
    assert other.state.revision == 1
    assert (change.revision, change.path, change.patch) == (2, "app.json", RENAME)
    assert (change.changed_by_name, change.changed_at) == ("何芳", NOW)


def test_problems_come_back_and_the_unfinished_part_is_kept(drafted: Any) -> None:
    patch = [{"op": "replace", "path": "/place/region_field", "value": "nobody"}]

    receipt = drafted.run(CHANGE, drafted.he, ChangePart(APP, "app.json", 1, patch=patch))

    assert receipt.saved
    assert {problem.code for problem in receipt.problems} == {"field_unknown"}


def test_a_part_that_lacks_something_is_kept_as_it_is(drafted: Any) -> None:
    content = b'{"format": "gcrm.form/1", "id": "extra"}'

    receipt = drafted.run(
        CHANGE, drafted.he, ChangePart(APP, "forms/extra.json", 1, content=content)
    )

    assert receipt.saved
    assert ("forms/extra.json#extra.title", "property_missing") in {
        (problem.path, problem.code) for problem in receipt.problems
    }


def test_whoever_comes_second_reads_who_was_first_and_what_stands_there(drafted: Any) -> None:
    later = NOW + dt.timedelta(minutes=5)
    drafted.run(CHANGE, drafted.lin, ChangePart(APP, "app.json", 1, patch=RENAME), later)

    receipt = drafted.run(CHANGE, drafted.he, ChangePart(APP, "app.json", 1, patch=RENAME))

    assert not receipt.saved
    conflict = receipt.conflict
    assert (conflict.changed_by_name, conflict.changed_at, conflict.revision) == ("林雨", later, 2)
    assert json.loads(conflict.content)["name"] == "高龄老人津贴"


def test_two_who_change_different_parts_do_not_meet(drafted: Any) -> None:
    title = [{"op": "replace", "path": "/title", "value": "申请表"}]
    drafted.run(CHANGE, drafted.lin, ChangePart(APP, "app.json", 1, patch=RENAME))

    receipt = drafted.run(CHANGE, drafted.he, ChangePart(APP, "forms/main.json", 1, patch=title))

    assert (receipt.saved, receipt.revision) == (True, 3)


def test_a_change_at_the_very_same_moment_is_prepared_again(drafted: Any) -> None:
    asks = [
        ChangePart(APP, "app.json", 1, patch=RENAME),
        ChangePart(
            APP, "forms/main.json", 1, patch=[{"op": "test", "path": "/id", "value": "main"}]
        ),
    ]
    with drafted.store.read() as reader:
        plans = [
            drafts.prepare_change(reader, drafted.services, drafted.he, ask, NOW) for ask in asks
        ]
    with drafted.store.write() as writer:
        drafts.commit(writer, drafted.services, plans[0], NOW)

    with pytest.raises(StaleError), drafted.store.write() as writer:
        drafts.commit(writer, drafted.services, plans[1], NOW)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (ChangePart(APP, "forms/main.json", 1, content=b"{"), "not_json"),
        (ChangePart(APP, "forms/main.json", 1, content=b"[]"), "not_an_object"),
        (ChangePart(APP, "forms/../x.json", 1, content=b"{}"), "part_of_no_kind"),
        (ChangePart(APP, "processes/main.bpmn", 1, content=b"<x>"), "bpmn_not_xml"),
        (
            ChangePart(APP, "processes/main.bpmn", 1, content=b"<!DOCTYPE x><x/>"),
            "bpmn_doctype",
        ),
        (ChangePart(APP, "processes/main.bpmn", 1, patch=RENAME), "patch_without_part"),
        (ChangePart(APP, "forms/none.json", 1, patch=RENAME), "patch_without_part"),
        (ChangePart(APP, "app.json", 1, remove=True), "part_cannot_go"),
        (ChangePart(APP, "forms/none.json", 1, remove=True), "part_cannot_go"),
        (
            ChangePart(APP, "app.json", 1, patch=[{"op": "remove", "path": "/nothing"}]),
            "patch_does_not_fit",
        ),
        (
            ChangePart(
                APP,
                "app.json",
                1,
                patch=[
                    {"op": "add", "path": "/x", "value": "\0"},
                    {"op": "remove", "path": "/x"},
                ],
            ),
            "null_character",
        ),
        (
            ChangePart(APP, "app.json", 1, patch=[{"op": "add", "path": "/x", "value": 1.5}]),
            "fraction_is_no_text",
        ),
        (
            ChangePart(APP, "app.json", 1, patch=[{"op": "add", "path": "/x", "value": "\ud800"}]),
            "patch_does_not_fit",
        ),
        (ChangePart(APP, "app.json", 1), "patch_without_part"),
        (ChangePart("nothing", "app.json", 1, patch=RENAME), "draft_missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "change",
)
def test_what_could_not_be_opened_again_is_refused(
    drafted: Any, change: ChangePart, code: str
) -> None:
    receipt = drafted.run(CHANGE, drafted.he, change)

    assert not receipt.saved
    assert [problem.code for problem in receipt.problems] == [code]
    with drafted.store.read() as reader:
        assert draft_rows.read_draft(reader, 1, APP).revision == 1


def test_a_part_is_removed(drafted: Any) -> None:
    receipt = drafted.run(CHANGE, drafted.he, ChangePart(APP, "i18n/en.json", 1, remove=True))

    assert receipt.saved
    with drafted.store.read() as reader:
        assert draft_rows.read_part(reader, 1, APP, "i18n/en.json") is None


def test_a_draft_is_published_and_goes_on_from_its_release(drafted: Any) -> None:
    drafted.run(CHANGE, drafted.he, ChangePart(APP, "app.json", 1, patch=RENAME))
    with drafted.store.read() as reader:
        package, revision = draft_rows.read_package(reader, 1, APP)

    receipt = drafted.publish(package, draft_revision=revision)

    assert receipt.number == 2
    with drafted.store.read() as reader:
        [entry] = draft_rows.list_apps(reader, 1)
    assert (entry.name, entry.current_release, entry.draft_based_on) == ("高龄老人津贴", 2, 2)


def test_a_draft_changed_while_it_is_published_is_not_published(drafted: Any) -> None:
    drafted.run(CHANGE, drafted.he, ChangePart(APP, "app.json", 1, patch=RENAME))
    with drafted.store.read() as reader:
        package, revision = draft_rows.read_package(reader, 1, APP)
    again = [{"op": "replace", "path": "/name", "value": "高龄补贴"}]
    drafted.run(CHANGE, drafted.lin, ChangePart(APP, "app.json", 2, patch=again))

    with pytest.raises(StaleError):
        drafted.publish(package, draft_revision=revision)
    assert [row.number for row in drafted.rows(t.release)] == [1]
