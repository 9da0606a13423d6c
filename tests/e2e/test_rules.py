"""The pages of rules in a browser: readable on both widths, without faults of accessibility."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[2] / "designer_ui/node_modules/axe-core/axe.min.js"
C = "/staff/rules/retirement/precheck"
PAGES = (
    "/staff/rules",
    f"{C}?version=delayed&sample=choose",
    f"{C}?version=article",
    "/staff/rules/elder_allowance/amount",
    f"{C}/impact?old=1/article&new=1/delayed&as_of=2027-06-01",
)


@pytest.mark.parametrize("width", [1280, 375])
def test_pages_of_rules_have_no_faults(arrive: Callable[..., Any], width: int) -> None:
    designer = arrive(width).work_as("designer")
    folder = os.environ.get("SHOTS")

    for number, path in enumerate(PAGES):
        page = designer.visit(path).page
        if folder:
            page.screenshot(path=f"{folder}/rules_{width}_{number}.png", full_page=True)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate(
            "axe.run(document, {resultTypes: ['violations']})"
            ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.target.join(' '))]))"
        )
        assert found == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
