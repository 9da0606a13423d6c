"""Text messages: the message, and a local double that keeps every one."""

import datetime as dt
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from gcrm.connectors.faults import Faults


@dataclass(frozen=True, slots=True)
class Sms:
    """One message to one phone; `kind` says what for (`code`, or a notice's template)."""

    tenant_id: int
    phone: str
    text: str
    kind: str
    at: dt.datetime


class SmsDouble(Faults):
    """Keep the last messages in memory and hand each to `keep`, which may store it.

    `keep` is wired by the assembly to a store writer of its own; the double is
    called after the business transaction, never within it.
    """

    def __init__(self, limit: int = 500) -> None:
        """Start with no message; `limit` is how many stay in memory."""
        super().__init__("sms")
        self.keep: Callable[[Sms], None] | None = None
        self._messages: deque[Sms] = deque(maxlen=limit)
        self._sent = 0
        self._lock = Lock()

    def send(self, message: Sms) -> str:
        """Keep the message and give its receipt number."""
        self.fail_if_away()
        with self._lock:
            self._messages.append(message)
            self._sent += 1
            receipt = f"double-{self._sent}"
        if self.keep is not None:
            self.keep(message)
        return receipt

    def messages(self, phone: str | None = None) -> tuple[Sms, ...]:
        """List the messages in memory, the newest first, of one phone or of all."""
        with self._lock:
            kept = tuple(reversed(self._messages))
        return kept if phone is None else tuple(each for each in kept if each.phone == phone)
