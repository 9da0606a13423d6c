"""Benchmarks: each measures side by side in one run and reports ratios."""

from collections.abc import Callable
from typing import Any

from gcrm.bench import backup, pages, rules, web

BENCHES: dict[str, Callable[[], dict[str, Any]]] = {
    "backup": backup.measure,
    "pages": pages.measure,
    "rules": rules.measure,
    "web": web.measure,
}

__all__ = ["BENCHES"]
