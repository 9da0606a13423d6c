"""Many made-up cases of the elder allowance, written in bulk: for boards, benches and trials.

They go through the real process, calendar and record tables, but each path through the
process is walked once and its moves are used again for all cases that take it. The same seed
gives the same people, days and outcomes. Nobody is told anything: no notices, no outbox.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from gcrm.assembly import House
from gcrm.demo.lots import Lot
from gcrm.demo.one_case import Case
from gcrm.demo.town import Town

RECENT, RECENT_DAYS = 72, 40  # what a demo city begins with
LOT = 500  # cases in one transaction
SEED = 20261127
DAYS_BACK = 730


@dataclass(frozen=True, slots=True)
class Made:
    """How many cases were written, and how many of them are still open."""

    cases: int
    open: int


def make(
    house: House, tenant_id: int, count: int, *, seed: int = SEED, days: int = DAYS_BACK
) -> Made:
    """Write `count` cases of the last `days`, which ended or stand where they would today."""
    with house.store.read() as reader:
        town = Town(house, reader, tenant_id)
    pick = random.Random(seed)  # noqa: S311  plausible, not secret
    moments = sorted(_moments(town, count, days, pick))
    still_open = 0
    for begin in range(0, count, LOT):
        lot = Lot(town, pick)
        lot.add_helpers()
        for moment in moments[begin : begin + LOT]:
            Case(lot, moment).make()
        lot.write()
        still_open += lot.open
    return Made(count, still_open)


def _moments(town: Town, count: int, days: int, pick: random.Random) -> Iterator[dt.datetime]:
    """Choose when people apply: on all days, more on working days, between 8 and 21 o'clock."""
    calendar, last = town.lists.calendar, town.now
    first = last - dt.timedelta(days=days)
    while count > 0:
        at = first + (last - first) * pick.random()
        local = at.astimezone(town.house.services.zone)
        day = local.date()
        if not calendar.is_working_day(day) and pick.random() < 0.6:
            continue
        local = local.replace(hour=pick.randrange(8, 21))
        if local <= last:
            count -= 1
            yield local.astimezone(dt.UTC)
