"""The page about formats: each of its examples is read, and is canonical."""

import json
import pathlib
import re
from xml.etree import ElementTree

import pytest

import app_definitions
from app_definitions import canonical, kinds, process

PAGE = pathlib.Path(app_definitions.__file__).with_name("README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
WORDS = re.findall(r"```xml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: json.loads(text)["format"])
def test_an_example_is_read_and_written_the_same(text: str) -> None:
    document, trouble = canonical.loads(text.encode(), "page")
    assert trouble is None
    kind = next(kind for kind in kinds.KINDS if document["format"] == kind.model.FORMAT)

    model, problems = kind.read(document, "page")

    assert problems == ()
    assert canonical.dumps(kind.write(model)).decode() == text


@pytest.mark.parametrize("text", WORDS)
def test_the_words_of_a_step_are_read(text: str) -> None:
    element = ElementTree.fromstring(  # noqa: S314 - our own page
        f'<e xmlns:gcrm="{process.NAMESPACE}">{text}</e>'
    )

    words, problems = process.read_words(element, "page", "verify")

    assert problems == ()
    assert words is not None
    assert words.step is not None
    assert [verb.id for verb in words.step.verb] == ["pass", "refuse"]


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.model.FORMAT)
def test_the_page_names_every_folder(kind: kinds.Kind) -> None:
    assert (kind.folder or "app.json") in PAGE
