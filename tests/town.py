"""What tests of pages share: a clock that stands, and the old woman whose daughter applies."""

import datetime as dt
from dataclasses import dataclass

BEGIN = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
CARD = "6217000000000000004"
ELDER = {"name": "李秀英", "id": "990102194006150022", "phone": "19900000312"}


@dataclass
class Clock:
    """The time of a test; it moves only when told."""

    now: dt.datetime = BEGIN

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_by(self, **length: float) -> None:
        self.now += dt.timedelta(**length)


def application(**changed: str) -> dict[str, dict[str, str]]:
    """Give the answers of the four screens; `changed` are those about the elder."""
    elder = {
        "elder_name": ELDER["name"],
        "elder_phone": ELDER["phone"],
        "elder_id": ELDER["id"],
    }
    return {
        "who": {"agent_flag": "true", "relation": "child"},
        "elder": {**elder, **changed},
        "home": {
            "hukou_region": "990102001001",
            "live_addr-region": "990102001001",
            "live_addr-detail": "建国路1号",
            "bank": CARD,
        },
        "confirm": {"other_sub": "none"},
    }
