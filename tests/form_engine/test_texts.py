"""The catalogues: every code and word has a sentence in both languages, and no one is idle."""

import re
from pathlib import Path

import pytest

import form_engine
from app_definitions.problem import Catalogue, error
from form_engine.messages import LOCALES, Message, own_texts

SOURCES = "\n".join(
    path.read_text("utf-8")
    for path in Path(form_engine.__file__).parent.rglob("*")
    if path.suffix in (".py", ".html")
)
WRITTEN = set(re.findall(r'(?:bad|message|Message|Cleaned)\(\s*"([a-z_]+)"', SOURCES))
SENTENCES = "".join(said.message + said.fix for said in own_texts().sentences["en"].values())
VALUES = dict.fromkeys(re.findall(r"\{([a-z_]+)\}", SENTENCES), "7")


def test_both_languages_have_the_same_codes_and_words():
    texts = own_texts()

    assert texts.sentences["zh_CN"].keys() == texts.sentences["en"].keys()
    assert texts.words["zh_CN"].keys() == texts.words["en"].keys()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("code", sorted(own_texts().sentences["en"]))
def test_each_sentence_renders(code, locale):
    said = own_texts().say(Message(code, VALUES), locale)

    assert said.message
    assert "{" not in said.message + said.fix
    if locale == "en":
        assert not re.search(r"[\u4e00-\u9fff]", said.message + said.fix)
    else:
        assert not re.search(r"[,;:?!()]", re.sub(r"\d:\d", "", said.message + said.fix))


@pytest.mark.parametrize("code", sorted(own_texts().sentences["en"]))
def test_each_sentence_is_used(code):
    stem = code.removeprefix("file_")

    assert f'"{code}"' in SOURCES or f'"{stem}"' in SOURCES


def test_each_code_in_the_source_has_a_sentence():
    known = own_texts().sentences["en"].keys()
    problems = {code.removeprefix("form_") for code in Catalogue.of("form_engine").codes()}

    assert {code for code in WRITTEN if code != "designer"} - known - problems == set()


def test_each_problem_has_a_message_and_a_fix_in_both_languages():
    catalogue = Catalogue.of("form_engine")
    raised = set(re.findall(r'"(form_[a-z_]+)"', SOURCES))

    assert raised - catalogue.codes() - {"form_engine"} == set()
    for code in catalogue.codes():
        assert code in raised or f'"{code.removeprefix("form_")}"' in SOURCES
        chinese = catalogue.render(error("a", code), "zh-CN")
        english = catalogue.render(error("a", code), "en")
        assert chinese.message != english.message
        assert chinese.fix
        assert english.fix


def test_each_word_of_the_templates_exists():
    wanted = set(re.findall(r'\bt\("([a-z_.]+)"[,)]', SOURCES))

    assert wanted - own_texts().words["en"].keys() == set()
