"""Turns: so many threads compute at a time, the others wait first come, first served.

One interpreter computes for one thread at a time. Eight that compute at once take its lock
from each other at every statement, so that each step of the one that holds the writer waits
for all the others: the work of a request costs twice the processor time, and the last of
eight waits twice as long. Two at a time (one writes, one prepares) finish more.

A place is for computing. Who keeps one long waits for somebody else (a register, a mail
server, a large query) and does not need the interpreter: the place lapses and goes on.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

LONG = 0.05  # seconds after which a place lapses when somebody waits for it


class Turns:
    """Places for threads that compute; whoever has waited longest gets the next free one."""

    def __init__(self, places: int, long: float = LONG) -> None:
        """Make free places; `long` is in seconds."""
        self._guard = threading.Lock()
        self._free = places
        self._long = long
        self._since: dict[int, float] = {}  # thread: when it got its place
        self._waiting: deque[tuple[int, threading.Lock]] = deque()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place; within one that this thread holds already, this does nothing."""
        me = threading.get_ident()
        if me in self._since:
            yield
            return
        self._take(me)
        try:
            yield
        finally:
            self._give(me)

    @property
    def waiting(self) -> int:
        """How many threads wait for a place."""
        return len(self._waiting)

    def _take(self, me: int) -> None:
        with self._guard:
            if self._free:
                self._free -= 1
                self._since[me] = time.monotonic()
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append((me, gate))
        while not gate.acquire(timeout=self._long):
            with self._guard:
                self._lapse()

    def _give(self, me: int) -> None:
        with self._guard:
            if self._since.pop(me, None) is not None:  # else it lapsed meanwhile
                self._pass_on()

    def _lapse(self) -> None:
        """Take the places of those who have had theirs for long."""
        now = time.monotonic()
        for thread in [each for each, since in self._since.items() if now - since >= self._long]:
            if self._waiting:
                del self._since[thread]
                self._pass_on()

    def _pass_on(self) -> None:
        """Give a place that became free to the first who waits."""
        if not self._waiting:
            self._free += 1
            return
        thread, gate = self._waiting.popleft()
        self._since[thread] = time.monotonic()
        gate.release()
