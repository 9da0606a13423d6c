"""The pages of rules in a browser: readable on both widths, without faults of accessibility."""

import os
from collections.abc import Callable
from typing import Any

C = "/staff/rules/retirement/precheck"
PAGES = (
    "/staff/rules",
    f"{C}?version=delayed&sample=choose",
    f"{C}?version=article",
    "/staff/rules/elder_allowance/amount",
    f"{C}/impact?old=1/article&new=1/delayed&as_of=2027-06-01",
)


def test_pages_of_rules_have_no_faults(arrive: Callable[..., Any]) -> None:
    designer = arrive().work_as("designer")
    folder, said = os.environ.get("SHOTS"), []

    for number, path in enumerate(PAGES):
        page = designer.visit(path).page
        for width in (1280, 375):
            said += designer.faults(path, widths=(width,))
            if folder:
                page.screenshot(path=f"{folder}/rules_{width}_{number}.png", full_page=True)

    assert said == []
