"""Pages and API read cases and what hangs on them through the accessor only."""

import ast
from pathlib import Path

import gcrm
from gcrm.access.views import VIEWS

GUARDED = frozenset(view.table.name for view in VIEWS.values())
WEB = Path(gcrm.__path__[0]) / "web"


def test_no_page_selects_from_a_guarded_table_by_itself() -> None:
    offences = []
    for path in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if _starts_a_statement(node):
                offences += [
                    f"{path.name}:{node.lineno} {name}" for name in _tables(node) & GUARDED
                ]

    assert offences == []


def test_no_page_writes_a_guarded_table() -> None:
    for path in sorted(WEB.rglob("*.py")):
        text = path.read_text("utf-8")
        for name in GUARDED:
            for verb in ("insert", "update", "delete"):
                assert f"{verb}(t.{name})" not in text, f"{path.name}: {verb} {name}"


def _starts_a_statement(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    name = getattr(function, "id", "") or getattr(function, "attr", "")
    own = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Attribute)
    return name in ("select", "select_from") and (isinstance(function, ast.Name) or own)


def _tables(node: ast.AST) -> set[str]:
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and isinstance(each.value, ast.Name)
        and each.value.id in ("t", "tables")
    }
