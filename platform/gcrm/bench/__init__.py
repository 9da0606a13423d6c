"""Benchmarks: each measures side by side in one run and reports ratios."""

from collections.abc import Callable
from typing import Any

from gcrm.bench import rules, web

BENCHES: dict[str, Callable[[], dict[str, Any]]] = {
    "rules": rules.measure,
    "web": web.measure,
}

__all__ = ["BENCHES"]
