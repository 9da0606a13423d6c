"""The page about the formats: its examples are one app that compiles, is tested and publishes."""

import json
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import pytest

import app_definitions
from app_definitions import package
from app_definitions.package import Package
from gcrm.apps import report

DOCS = pathlib.Path(__file__).parents[3] / "docs"
PAGES = {
    page.name: page.read_text(encoding="utf-8")
    for page in (DOCS / "formats.md", DOCS / "formats.zh-CN.md")
}
SCHEMAS = {
    path.name.split(".")[1]: json.loads(path.read_text(encoding="utf-8"))
    for path in (pathlib.Path(app_definitions.__file__).parent / "schemas").glob("*.json")
}
EXAMPLE = re.compile(r"^`(\w+/[\w./]+)`\n\n```(?:json|xml)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ROW = re.compile(r"^\| `([\w.\[\]]+)` \| (\S+) \|", re.MULTILINE)


def examples(page: str) -> dict[str, str]:
    return dict(EXAMPLE.findall(PAGES[page]))


def packed(page: str, app: str) -> Package:
    parts = {
        path.removeprefix(f"{app}/"): text.encode()
        for path, text in examples(page).items()
        if path.startswith(f"{app}/")
    }
    found, problems = package.read(parts)
    assert problems == ()
    return found


def keys(schema: Mapping[str, Any], at: Mapping[str, Any], path: str = "") -> dict[str, bool]:
    """List an object's keys by path with whether they must be there, and those of its objects."""
    listed: dict[str, bool] = {}
    for name, value in at.get("properties", {}).items():
        listed[path + name] = name in at.get("required", ())
        inner = value.get("items", value).get("$ref", "").rpartition("/")[2]
        if inner:
            dots = f"{path}{name}{'[]' if 'items' in value else ''}."
            if dots.count(f".{name}[]") < 2 and len(dots) < 80:
                listed |= keys(schema, schema["$defs"][inner], dots)
    return listed


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("app", ["library_card", "moving"])
def test_the_examples_are_an_app_without_problems(page: str, app: str) -> None:
    found = report.check(packed(page, app))

    assert found["problems"] == []
    assert found["canonical"]
    assert found["tests"]
    assert [test for test in found["tests"] if not test["passed"]] == []


def test_the_examples_can_be_published(house: Any) -> None:
    card = house.publish(packed("formats.md", "library_card"))
    moving = house.publish(packed("formats.md", "moving"))

    assert (card.number, card.problems) == (1, ())
    assert (moving.number, moving.problems) == (1, ())


def test_both_languages_have_the_same_examples_and_keys() -> None:
    english, chinese = PAGES

    assert examples(english) == examples(chinese)
    assert [key for key, _ in ROW.findall(PAGES[english])] == [
        key for key, _ in ROW.findall(PAGES[chinese])
    ]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_kind_has_a_section_that_names_its_keys(page: str, kind: str) -> None:
    named = f"`gcrm.{kind}/1`"
    written = ROW.findall(PAGES[page])
    known = keys(SCHEMAS[kind], SCHEMAS[kind])

    sections = [part for part in PAGES[page].split("\n## ")[1:] if named in part]

    assert len(sections) == 1
    top = {key for key in known if "." not in key} - ({"format"} if kind == "process" else set())
    told = {key for key, _ in written}
    assert {key for key in top if not any(row.startswith(key) for row in told)} == set()


@pytest.mark.parametrize("page", PAGES)
def test_a_row_says_what_the_schemas_say(page: str) -> None:
    known: dict[str, set[bool]] = {}
    for schema in SCHEMAS.values():
        for key, needed in keys(schema, schema).items():
            known.setdefault(key.replace("[]", ""), set()).add(needed)

    wrong = [
        key
        for key, needed in ROW.findall(PAGES[page])
        if (needed in ("yes", "必填")) not in known.get(key.replace("[]", ""), ())
    ]

    assert wrong == []
