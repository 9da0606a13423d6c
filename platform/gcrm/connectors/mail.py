"""Mail: the message, and a local double that keeps every one."""

import datetime as dt
from collections import deque
from dataclasses import dataclass
from threading import Lock

from gcrm.connectors.faults import Faults


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one address; `key` stays the same when it is sent once more."""

    tenant_id: int
    to: str
    subject: str
    text: str
    at: dt.datetime
    key: str


class MailDouble(Faults):
    """Keep the last mails in memory; nothing leaves this machine."""

    def __init__(self, limit: int = 500) -> None:
        """Start with no mail; `limit` is how many stay in memory."""
        super().__init__("mail")
        self._mails: deque[Mail] = deque(maxlen=limit)
        self._sent = 0
        self._lock = Lock()

    def send(self, mail: Mail) -> str:
        """Keep the mail and give its receipt number."""
        self.fail_if_away()
        with self._lock:
            self._mails.append(mail)
            self._sent += 1
            return f"double-{self._sent}"

    def mails(self) -> tuple[Mail, ...]:
        """List the mails in memory, the newest first."""
        with self._lock:
            return tuple(reversed(self._mails))
