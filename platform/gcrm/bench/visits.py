"""What reading costs: a page alone and by eight at once, a first visit, questions to the search.

Each series ends after some reads or some seconds, whichever comes first: a page that is slow is
told to be slow, and the bench comes to its end all the same.
"""

import gzip
import math
import re
import statistics
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from gcrm.bench.client import Browser, Taken

WARM, ALONE, CLIENTS, EACH = 3, 40, 8, 25
SECONDS = 5.0  # of one series
LINKED = re.compile(r'(?:href|src)="(/(?:static|assets)/[^"#]+)"')


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the bench: its name, its address and who reads it."""

    name: str
    path: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What one page took: milliseconds and statements alone, then by eight clients at once."""

    first: float  # when nobody has opened this page since the server started
    p50: float
    p95: float
    cpu: float
    statements: int
    a_second: float
    together_p95: float
    size: int


def read(ports: Sequence[int], page: Page) -> Read:
    """Read a page by one client, then by eight, who are spread over the servers."""
    readers = [Browser(port, page.token) for port in ports]
    first = readers[0].get(page.path).wall
    for reader in readers:
        size = len(reader.page(page.path).encode("utf-8"))
        for _ in range(WARM - 1):
            reader.get(page.path)
    alone = _series(readers[0], page.path, ALONE)
    together: list[Taken] = []
    browsers = [Browser(ports[each % len(ports)], page.token) for each in range(CLIENTS)]
    threads = [
        threading.Thread(target=lambda own=each: together.extend(_series(own, page.path, EACH)))
        for each in browsers
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    if len(together) < CLIENTS:
        raise RuntimeError(f"A client of the bench failed to read {page.path}.")
    walls = [each.wall * 1e3 for each in alone]
    return Read(
        first * 1e3,
        statistics.median(walls),
        share(walls, 0.95),
        statistics.median(each.cpu for each in alone) * 1e3,
        max(each.statements for each in alone),
        len(together) / spent,
        share([each.wall * 1e3 for each in together], 0.95),
        size,
    )


def _series(browser: Browser, path: str, most: int) -> list[Taken]:
    taken: list[Taken] = []
    over = time.perf_counter() + SECONDS
    while len(taken) < most and (not taken or time.perf_counter() < over):
        answer = browser.get(path)
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}.")
        taken.append(answer)
    return taken


def first_visit(port: int, path: str) -> int:
    """Count the bytes, gzipped, of a page with all that it links: what a new visitor loads."""
    browser = Browser(port)
    page = browser.page(path)
    linked = dict.fromkeys(LINKED.findall(page))
    bodies = [page.encode("utf-8"), *(browser.file(each) for each in linked)]
    return sum(len(gzip.compress(body, 9)) for body in bodies)


def ask(port: int, questions: Iterable[str]) -> list[float]:
    """Put each question to the search once; gives milliseconds in their order."""
    browser = Browser(port)
    return [browser.get(f"/services?q={quote(each)}").wall * 1e3 for each in questions]


def share(values: Sequence[float], part: float) -> float:
    """Give the value below which a part of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * part) - 1)]
