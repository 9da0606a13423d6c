"""What import-linter cannot say: who builds SQL, and who runs text as code."""

import ast
import pathlib
import unicodedata
from collections.abc import Iterator
from functools import cache

ROOT = pathlib.Path(__file__).parents[2]
ENGINES = ("app_definitions", "rule_engine", "form_engine", "flow_engine", "report_engine")
PACKAGES = (*ENGINES, "designer_ui", "platform/gcrm")
SQL = ("rule_engine", "report_engine")  # of the engines, these build expressions
SESSIONS = {"create_engine", "Engine", "Connection", "Session", "sessionmaker", "text"}
RUNNING = {"eval", "exec", "compile", "__import__"}
CLOCKS = {"now", "utcnow", "today"}
# Reads no text: rule_engine may compile syntax trees, in this one module only.
TREES = "rule_engine/codegen.py"


def modules(packages: tuple[str, ...], naming: set[str]) -> Iterator[tuple[str, ast.Module]]:
    """Parse the modules in which one of the words stands: Python folds letters as NFKC does."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts and any(word in _text(path) for word in naming):
                yield path.relative_to(ROOT).as_posix(), ast.parse(_text(path))


@cache
def _text(path: pathlib.Path) -> str:
    return unicodedata.normalize("NFKC", path.read_text("utf-8"))


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.module or "", alias.name


def test_engines_build_sql_only_in_modules_named_sql():
    found = [
        f"{name}: {module}"
        for name, tree in modules(SQL, {"sqlalchemy"})
        for module, _ in imported(tree)
        if module.split(".")[0] == "sqlalchemy" and not name.endswith("_sql.py")
    ]

    assert found == []


def test_engines_build_expressions_and_never_sessions():
    found = [
        f"{name}: {module}.{member}"
        for name, tree in modules(SQL, {"sqlalchemy"})
        for module, member in imported(tree)
        if module.split(".")[0] == "sqlalchemy"
        and (member in SESSIONS or module.startswith(("sqlalchemy.orm", "sqlalchemy.engine")))
    ]

    assert found == []


def test_nothing_runs_text_as_python():
    found = [
        f"{name}:{node.lineno} {node.func.id}"
        for name, tree in modules(PACKAGES, RUNNING)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in RUNNING
        and name != TREES
    ]

    assert found == []


def test_engines_read_no_clock():
    found = [
        f"{name}:{node.lineno} {node.attr}"
        for name, tree in modules(ENGINES, CLOCKS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in CLOCKS
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date", "dt", "time"}
    ]

    assert found == []


def test_store_below_the_web_is_the_only_place_that_opens_engines():
    found = [
        f"{name}: {member}"
        for name, tree in modules(("platform/gcrm",), {"create_engine"})
        for module, member in imported(tree)
        if member == "create_engine" and not name.startswith("platform/gcrm/store/")
    ]

    assert found == []
