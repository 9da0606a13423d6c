"""Everyday questions to the list of a real district, written by somebody who knew no synonym."""

import json
from pathlib import Path
from typing import Any

import pytest

from gcrm.runtime import service_catalogue

Town = Any

QUESTIONS = json.loads((Path(__file__).parents[2] / "catalogue_questions.json").read_text("utf-8"))


def test_the_right_service_is_among_the_first_three(district: Town):
    missed = [
        f"{each['question']}: {first}"
        for each in QUESTIONS
        if not set(each["answers"]) & set(first := _first_three(district, each["question"]))
    ]

    assert len(missed) <= len(QUESTIONS) // 10, missed


def test_answering_takes_three_statements(district: Town):
    before = district.store.statements()

    district.read(service_catalogue.search, QUESTIONS[0]["question"])

    assert district.store.statements() - before <= 3


def _first_three(town: Town, question: str) -> list[str]:
    return [each.name for each in town.read(service_catalogue.search, question)[:3]]


@pytest.mark.parametrize("word", ["结婚登记", "jhdj", "结昏登记", "怎么办理结婚登记？", "我想结婚"])
def test_a_service_is_found_however_it_is_written(district: Town, word: str):
    assert "结婚登记预约" in _first_three(district, word)
