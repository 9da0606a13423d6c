"""What is asked for when a draft is submitted."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Submit:
    """Submit a draft as it stood when the page was made (`rev`).

    `insist` submits although the pre-check does not pass: people then look at it.
    """

    draft_id: int
    key: str
    rev: int
    insist: bool = False
    locale: str = "zh-CN"
    mode: str = "real"
    request_id: str | None = None

    def digest(self) -> str:
        """Give what tells two inputs under one key apart."""
        text = f"{self.draft_id}/{self.rev}/{self.insist}/{self.mode}"
        return hashlib.sha256(text.encode("ascii")).hexdigest()
