"""Which tests run first, and what is handed to a worker at once.

What takes long comes first, so that no worker is left alone with it at the end. A worker is
handed a whole file, whose fixtures it makes once; of files with long tests one test after the
other, else a single worker would be at its browser while the others have long gone home.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ALONE = ("tests/gcrm/kill/", "tests/e2e/")
FIRST = (
    *("tests/bundle/", "tests/gcrm/kill/", "tests/e2e/test_story.py", "tests/e2e/"),
    *(f"tests/rule_engine/test_{name}_sql.py" for name in ("expression", "table", "rows")),
    "tests/rule_engine/browser/test_pairs_in_the_browser.py",
    "tests/form_engine/test_whatever_is_typed.py",
    "tests/gcrm/faults/",
    "tests/gcrm/web/test_hostile.py",
    "tests/gcrm/apps/test_compiler.py",
    "tests/rule_engine/",
    "tests/gcrm/web/",
    "tests/gcrm/apps/",
    "tests/gcrm/runtime/cases/",
)


def sort(items: list[pytest.Item]) -> None:
    """Put what takes long before the rest; the rest stays as it is."""
    items.sort(key=lambda item: place(item.nodeid))


def place(nodeid: str) -> int:
    found = (at for at, name in enumerate(FIRST) if nodeid.startswith(name))
    return next(found, len(FIRST))


class Handing(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out files and long tests in the order of the collection."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(ALONE) else nodeid.partition("::")[0]
