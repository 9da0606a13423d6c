"""Two bad ratings of the demo city that somebody is at work on: 整改, and waiting for 回访."""

from sqlalchemy import insert, select

from gcrm.access.actors import Actor, actor_of_account
from gcrm.assembly import House
from gcrm.runtime import rating_links, ratings
from gcrm.runtime.rating_cases import Where
from gcrm.runtime.rating_rectifying import RECTIFY, TAKE, RectifyRating, TakeRating
from gcrm.runtime.rating_words import RATABLE
from gcrm.runtime.ratings import Rate
from gcrm.store import tables as t

OFFICER = "songqing"
ADDRESS = "192.0.2.1"  # of documentation (RFC 5737): nobody's
SAID = (
    ("等了两个多星期才有人上门，中间也没有人说一声。", ("slow", "not_told")),
    ("窗口让我回去再拿一份户口簿复印件，网上没写要。", ("more_papers", "many_trips")),
)
FOUND = "给社区和街道打过电话，评价人说的情况属实。"
MEASURES = "办事指南和窗口的清单对过一遍，不再要户口簿复印件；已经给窗口的人讲过。"


def make(house: House, tenant: int) -> int:
    """Let two people rate their finished cases badly, and the officer begin; give how many."""
    with house.store.read() as reader:
        case = t.case.c
        rated = select(t.rating.c.case_id).where(t.rating.c.tenant_id == tenant)
        cases = reader.scalars(
            select(case.id)
            .where(case.tenant_id == tenant, case.state.in_(RATABLE), case.id.not_in(rated))
            .order_by(case.decided_at.desc(), case.id)
            .limit(len(SAID))
        ).all()
    officer = _officer(house, tenant)
    if officer is None:
        return 0
    for at, case_id in enumerate(cases):
        rating = _rated(house, tenant, case_id, *SAID[at])
        house.run(TAKE, officer, TakeRating(rating, FOUND))
        if at:
            house.run(RECTIFY, officer, RectifyRating(rating, MEASURES))
    return len(cases)


def _rated(house: House, tenant: int, case_id: int, comment: str, tags: tuple[str, ...]) -> int:
    token = rating_links.new_token()
    with house.store.write() as writer:
        row = rating_links.link_row(tenant, case_id, token, 180, house.now())
        writer.execute(insert(t.rating_link), row)
    where = Where(tenant, ADDRESS, token=token)
    house.run(ratings.RATE, None, Rate(where, 2, tags=tags, comment=comment, named=True))
    with house.store.read() as reader:
        found = select(t.rating.c.id).where(
            t.rating.c.tenant_id == tenant, t.rating.c.case_id == case_id
        )
        return int(reader.execute(found).scalar_one())


def _officer(house: House, tenant: int) -> Actor | None:
    with house.store.read() as reader:
        account = reader.scalar(
            select(t.account.c.id).where(
                t.account.c.tenant_id == tenant, t.account.c.login == OFFICER
            )
        )
        return actor_of_account(reader, tenant, account, house.now()) if account else None
