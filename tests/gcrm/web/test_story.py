"""One application from the first screen to the result that its citizen reads."""

import re
from typing import Any

Visitor = Any
City = Any


def submit(citizen: Visitor, draft: str, **more: Any) -> Visitor:
    citizen.get(f"{draft}/check")
    return citizen.post(
        f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"), **more
    )


def decide(clerk: Visitor, verb: str = "pass", **answers: Any) -> Visitor:
    """Open the first task and press a button."""
    clerk.get("/staff")
    found = re.search(r'href="(/staff/cases/\d+)"', clerk.body)
    assert found, clerk.text
    clerk.get(found[1])
    return clerk.post(
        f"{found[1]}/act",
        task=clerk.hidden("task"),
        verb=verb,
        opinion="上门看过，情况属实，同意。",
        **answers,
    )


def test_an_allowance_is_applied_for_decided_and_read(city: City, citizen: Visitor, newcomer: Any):
    draft = citizen.begin()
    citizen.fill_all(draft)

    submit(citizen, draft)

    assert "请记下这两样" in citizen.text
    number = re.search(r"GLJT\S*", citizen.text)
    assert number
    case = citizen.path.removesuffix("/submitted")
    citizen.get(case)
    assert "正在办理" in citizen.text
    assert "共10个工作日" in citizen.body

    decide(newcomer(city).work_as("hefang"), visit_way="home", visit_date="2026-11-24")
    decide(newcomer(city).work_as("linyu"))
    last = decide(newcomer(city).work_as("machao"))

    assert "准予" in last.text
    citizen.get(case)
    assert "通过了" in citizen.text
