"""Problems: each code has its sentences in both languages, and values stay values."""

import pathlib
import re

import pytest

from app_definitions import problem
from app_definitions.problem import Catalogue, Problem

CATALOGUE = Catalogue.of("app_definitions")
SOURCES = pathlib.Path(problem.__file__).parent.glob("*.py")
USED = {
    code
    for file in SOURCES
    for code in re.findall(r'"([a-z]+(?:_[a-z0-9]+)+)"', file.read_text())
    if code in CATALOGUE.codes()
}


def test_both_languages_know_the_same_codes():
    assert set(CATALOGUE.texts["zh_CN"]) == set(CATALOGUE.texts["en"]) == USED


@pytest.mark.parametrize("code", sorted(CATALOGUE.codes()))
def test_each_code_says_what_is_wrong_and_how_to_mend_it(code):
    chinese, english = (CATALOGUE.texts[locale][code] for locale in ("zh_CN", "en"))

    for rendered in (chinese, english):
        assert rendered.message
        assert rendered.fix
    assert re.search("[一-鿿]", chinese.message)
    assert not re.search("[一-鿿]", english.message + english.fix)
    names = [set(re.findall(r"\{(\w+)\}", text.message)) for text in (chinese, english)]
    assert names[0] == names[1]


def test_values_are_put_in_once_and_never_interpreted():
    rendered = CATALOGUE.render(Problem("p", "bad_id", {"value": "{0.__class__}{value}%s"}), "en")

    assert rendered.message == "“{0.__class__}{value}%s” cannot be an id."


def test_a_code_without_sentence_is_said_by_its_name():
    assert CATALOGUE.render(Problem("p", "strange", {"a": 1}), "zh-CN").message == "strange (a=1)"


def test_a_code_stands_in_one_package_only():
    with pytest.raises(ValueError, match="is taken"):
        Catalogue.of("app_definitions", "app_definitions")
