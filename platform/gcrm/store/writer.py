"""The fair lock before the one writing connection: first come, first served."""

import threading
from collections import deque

from gcrm.store.errors import StoreBusyError, StoreError


class FairLock:
    """A lock that is handed to whoever has waited longest.

    A plain lock or a pool of one lets a thread that comes back at once take it
    again and again while others starve; this one is passed on by its holder.
    """

    def __init__(self) -> None:
        """Make a free lock."""
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._owner: int | None = None
        self._taken = False

    def acquire(self, timeout: float) -> None:
        """Wait for the turn, at most `timeout` seconds.

        Raises StoreBusyError when the time is over, StoreError when this thread
        holds the lock already.
        """
        me = threading.get_ident()
        with self._guard:
            if self._taken and self._owner == me:
                raise StoreError("This thread holds the writer already; write in one transaction.")
            if not self._taken:
                self._taken, self._owner = True, me
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        if not gate.acquire(timeout=timeout):
            with self._guard:
                if gate in self._waiting:
                    self._waiting.remove(gate)
                    raise StoreBusyError(f"The writer was not free within {timeout:g} seconds.")
        # It is ours: the holder passed it on, perhaps while we gave up.
        self._owner = me

    def release(self) -> None:
        """Pass the lock to the first who waits, or free it."""
        with self._guard:
            if not self._taken:
                raise StoreError("The writer is not held.")
            self._owner = None
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return len(self._waiting)
