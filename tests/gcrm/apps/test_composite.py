"""Composites: one shared form, members with their own releases, pinned at publish."""

import pathlib
from typing import Any

import pytest

from app_definitions import package
from app_definitions.package import Package
from app_definitions.problem import Problems
from gcrm.apps import AppCatalogue, compile_package
from gcrm.store import tables as t


@pytest.fixture
def bundle() -> Package:
    read, problems = package.read(pathlib.Path(__file__).parent / "bundle")
    assert problems == ()
    return read


def errors(problems: Problems) -> list[str]:
    return [problem.code for problem in problems if problem.severity == "error"]


def test_a_composite_stands_in_its_canonical_form(bundle: Package) -> None:
    for part in bundle.parts:
        assert package.canonical_part(part.path, part.content) == (part.content, ())


def test_a_composite_alone_is_checked_as_far_as_it_can_be(bundle: Package, edit: Any) -> None:
    app, problems = compile_package(bundle)
    assert app is not None
    assert [problem.code for problem in problems] == ["translation_language_missing"]
    assert app.is_composite

    def name_nothing(document: Any) -> None:
        document["members"][0]["form_map"][0]["field"] = "nobody"
        document["members"][0]["when"] = "nobody = true"

    broken, problems = compile_package(edit(bundle, "app.json", name_nothing))
    assert broken is None
    assert {(problem.path, problem.code) for problem in problems} >= {
        ("app.json#allowance.form_map", "field_unknown"),
        ("app.json#allowance.when", "feel_unknown_name"),
    }


def test_a_composite_waits_for_its_members(house: Any, bundle: Package) -> None:
    receipt = house.publish(bundle)

    assert receipt.number is None
    assert errors(receipt.problems) == ["member_unknown"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"item_variant": "old"}, "member_variant_unknown"),
        ({"form_map": [{"field": "name", "member_field": "nobody"}]}, "member_field_unknown"),
    ],
)
def test_what_it_says_of_a_member_must_hold(
    house: Any, bundle: Package, elder: Package, edit: Any, change: Any, code: str
) -> None:
    house.publish(elder)

    receipt = house.publish(edit(bundle, "app.json", lambda d: d["members"][0].update(change)))

    assert errors(receipt.problems) == [code]


def test_a_composite_is_no_member(house: Any, bundle: Package, elder: Package, edit: Any) -> None:
    house.publish(elder)
    house.publish(bundle)

    def nest(document: Any) -> None:
        document["id"] = "outer"
        document["service_item"]["base_code"] = "000511999901"
        document["members"][0].update(app="elder_bundle", item_variant="bundle", form_map=[])

    receipt = house.publish(edit(bundle, "app.json", nest))

    assert errors(receipt.problems) == ["member_is_composite"]


def test_a_release_of_a_composite_keeps_the_releases_of_its_members(
    house: Any, bundle: Package, elder: Package, edit: Any
) -> None:
    house.publish(elder)
    first = house.publish(bundle)
    house.publish(edit(elder, "app.json", lambda d: d.update(summary="新的说明。")))

    same = house.publish(bundle)

    assert (first.number, same.number, same.unchanged) == (1, 2, False)
    assert [(row.number, row.member_release) for row in house.rows(t.composite_member)] == [
        (1, 1),
        (2, 2),
    ]
    fresh = AppCatalogue()
    with house.store.read() as reader:
        pinned = [fresh.load(reader, 1, "elder_bundle", number) for number in (1, 2)]
    assert [app.members["allowance"].number for app in pinned] == [1, 2]
    assert house.publish(bundle).unchanged
