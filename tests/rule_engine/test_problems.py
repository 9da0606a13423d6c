"""Every code that the rule engine can give has its sentences, and no sentence is left over."""

import pathlib
import re

import rule_engine
from app_definitions.problem import Catalogue

SOURCES = pathlib.Path(rule_engine.__file__).parent
CODE = re.compile(r'"((?:feel|decision|dmn|sheet|rule)_[a-z_]+)"')
NOT_CODES = {"decision_table"}


def used():
    return {
        code
        for path in SOURCES.rglob("*.py")
        for code in CODE.findall(path.read_text("utf-8"))
        if code not in NOT_CODES
    }


def test_each_code_has_sentences_and_each_sentence_is_used():
    catalogue = Catalogue.of("rule_engine")
    known = set(catalogue.texts["zh_CN"])

    assert known == set(catalogue.texts["en"])
    assert used() - known == set()
    assert known - used() == set()


def test_chinese_sentences_hold_no_english_punctuation():
    for rendered in Catalogue.of("rule_engine").texts["zh_CN"].values():
        text = re.sub(r"\{[a-z]+\}", "", rendered.message + rendered.fix)
        assert not re.search(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?][\u4e00-\u9fff]", text), text
