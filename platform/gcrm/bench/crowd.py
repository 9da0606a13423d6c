"""A crowd for the bench: known agents with drafts that are ready to be submitted."""

import datetime as dt
import io
from dataclasses import dataclass

from PIL import Image
from sqlalchemy import insert

from gcrm.access import Actor
from gcrm.assembly import House
from gcrm.connectors import Person
from gcrm.runtime import attachments, drafts, sessions
from gcrm.runtime.attachments import Upload
from gcrm.runtime.drafts import Save, Start
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.store.masks import mask

TENANT = 1
BORN = dt.date(1936, 2, 12)
PLACE = "990102001001"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft that waits to be submitted, and the token of the one who may."""

    draft_id: int
    token: str


def elders(count: int) -> tuple[Person, ...]:
    """Make people of the same birthday; their numbers are well formed and belong to nobody."""
    return tuple(
        Person(_id_number(index), f"测试老人{index}", "female", BORN, True, PLACE)
        for index in range(1, count + 1)
    )


def _id_number(index: int) -> str:
    """Give the index-th number of that day in an area that does not exist (GB 11643)."""
    area, sequence = divmod(index, 1000)
    front = f"99{area + 8000:04d}{BORN:%Y%m%d}{sequence:03d}"
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, front, strict=True))
    return front + "10X98765432"[total % 11]


def settle(house: House, people: tuple[Person, ...]) -> None:
    """Make the elders parties that the platform knows by their number."""
    sealer, now = house.services.sealer, house.now()
    keys, parties, identifiers = [], [], []
    for person in people:
        party, row = new_id(), new_id()
        keys.append(sealer.new_key(TENANT, party))
        parties.append(
            {
                "tenant_id": TENANT,
                "id": party,
                "kind": "natural",
                "name": person.name,
                "created_at": now,
            }
        )
        text = person.id_number
        sealed = sealer.seal(TENANT, party, f"identifier.sealed.{row}", text.encode("ascii"))
        identifiers.append(
            {
                "tenant_id": TENANT,
                "id": row,
                "party_id": party,
                "kind": "resident_id",
                "blind_index": sealer.blind_index(TENANT, "resident_id", text),
                "sealed": sealed,
                "mask": mask("resident_id", text),
                "source": "bench",
                "assurance": 2,
                "created_at": now,
            }
        )
    with house.store.write() as writer:
        sealer.store_keys(writer, keys, now)
        writer.execute(insert(t.party), parties)
        writer.execute(insert(t.identifier), identifiers)


def agent(house: House, name: str) -> tuple[Actor, str]:
    """Make a real-named citizen with an open session; gives the actor and the token."""
    now, party, account = house.now(), new_id(), new_id()
    key = house.services.sealer.new_key(TENANT, party)
    opened = sessions.open_session(TENANT, account, "127.0.0.1", "bench", now)
    with house.store.write() as writer:
        house.services.sealer.store_keys(writer, [key], now)
        writer.execute(
            insert(t.party),
            {"tenant_id": TENANT, "id": party, "kind": "natural", "name": name, "created_at": now},
        )
        writer.execute(
            insert(t.account),
            {
                "tenant_id": TENANT,
                "id": account,
                "party_id": party,
                "kind": "citizen",
                "assurance": 2,
                "created_at": now,
            },
        )
        sessions.insert_session(writer, opened)
    return Actor(TENANT, account, party, "citizen", 2, "zh-CN", (), name), opened.token


def fill(house: House, actor: Actor, person: Person) -> int:
    """Fill in a whole draft of app E for an elder, screen by screen; gives its id."""
    started = house.run(drafts.START, actor, Start("elder_allowance", "new"))
    picture = io.BytesIO()
    Image.new("RGB", (120, 60), "white").save(picture, "PNG")
    picture.seek(0)
    signed = house.run(
        attachments.UPLOAD, actor, Upload(started.draft_id, "sign", "sign.png", picture)
    )
    screens = {
        "who": {"agent_flag": "true", "relation": "child"},
        "elder": {
            "elder_name": person.name,
            "elder_id": person.id_number,
            "elder_phone": "19900000400",
        },
        "home": {
            "hukou_region": PLACE,
            "live_addr-region": PLACE,
            "live_addr-detail": "和平路 1 号",
            "bank": "6228480402564890018",
        },
        "confirm": {"other_sub": "none", "sign-photo": signed.id},
    }
    rev = 1
    for section, answers in screens.items():
        raw = {name: [value] for name, value in answers.items()}
        saved = house.run(drafts.SAVE, actor, Save(started.draft_id, section, raw, rev))
        if saved.errors:
            raise RuntimeError(f"The bench's draft is not accepted: {saved.errors[0].message}")
        rev = saved.rev
    return int(started.draft_id)
