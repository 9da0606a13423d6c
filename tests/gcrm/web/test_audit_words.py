"""Whoever reads the audit reads words: each action that our code writes has its name."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from gcrm.web.admin import words

WRITERS = {"Entry": (1, 2), "write_down": (3, 4), "_record": (2, 5)}
CODE = re.compile(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)?")
BUILT = {"case.issuing", "case.completed", "case.suspended", "case.resumed"}
"""What is put together from parts (`runtime.issuing`, `runtime.pauses`)."""


def texts(argument: ast.expr) -> Iterator[str]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.IfExp):
        yield from texts(argument.body)
        yield from texts(argument.orelse)


def written() -> set[str]:
    """Find the actions that stand as texts in calls which write the audit."""
    root = Path(str(files("gcrm")))
    return {
        text
        for path in sorted((root / "runtime").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        for begin, end in [WRITERS.get(ast.unparse(call.func).rpartition(".")[2], (0, 0))]
        for argument in call.args[begin:end]
        for text in texts(argument)
        if CODE.fullmatch(text)
    }


def test_each_action_of_the_audit_has_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(words, "_", lambda text: text)
    known = words.actions()

    found = written() | BUILT

    assert len(found) > 40
    assert sorted(found - set(known)) == []


def test_steps_of_one_id_are_named_as_their_app_names_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(words, "_", lambda text, **values: text % values if values else text)
    names = {"a.review": "街道审核", "a.review.pass": "同意", "b.review": "专家评审"}

    said = words.told({"step": "review", "verb": "pass"}, names, "a")

    assert said == "环节：街道审核；动作：同意"
    assert words.told({"step": "review"}, names, "b") == "环节：专家评审"
