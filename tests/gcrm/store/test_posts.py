"""The database itself keeps posts apart that exclude each other, whoever writes them."""

import datetime as dt
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from gcrm.store import tables as t
from gcrm.store.engine import Store

DAY = dt.date(2026, 11, 24)
NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


@pytest.fixture
def offices(store: Store) -> Store:
    """One department, one person, and roles of which some exclude each other."""
    with store.write() as writer:
        writer.execute(
            sa.insert(t.department),
            {"tenant_id": 1, "id": 1, "code": "A", "name": "A", "valid_from": DAY},
        )
        writer.execute(
            sa.insert(t.role),
            [
                {"tenant_id": 1, "code": code, "name": code, "excludes": excludes}
                for code, excludes in (
                    ("sys_admin", ""), ("sec_admin", None), ("clerk", ""), ("cashier", "clerk"),
                )
            ],
        )  # fmt: skip
        writer.execute(
            sa.insert(t.party),
            {"tenant_id": 1, "id": 1, "kind": "natural", "name": "A", "created_at": NOW},
        )
        writer.execute(
            sa.insert(t.account),
            {"tenant_id": 1, "id": 1, "party_id": 1, "kind": "staff", "created_at": NOW},
        )
    return store


def give(store: Store, number: int, role: str, since: int = 0, until: int | None = None) -> None:
    with store.write() as writer:
        writer.execute(
            sa.insert(t.post).values(
                tenant_id=1, id=number, party_id=1, account_id=1, department_id=1, role_code=role,
                valid_from=DAY + dt.timedelta(days=since),
                valid_to=None if until is None else DAY + dt.timedelta(days=until),
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second"),
    [("sys_admin", "sec_admin"), ("clerk", "cashier"), ("cashier", "clerk")],
)
def test_two_roles_that_exclude_each_other_are_refused(
    offices: Store, first: str, second: str
) -> None:
    give(offices, 1, first, 0, 10)

    with pytest.raises(IntegrityError):
        give(offices, 2, second, 10)
    give(offices, 3, second, 11)
    with pytest.raises(IntegrityError), offices.write() as writer:
        writer.execute(sa.update(t.post).where(t.post.c.id == 1).values(valid_to=None))


def test_roles_that_get_along_are_given_together(offices: Store) -> None:
    give(offices, 1, "clerk")
    give(offices, 2, "sys_admin")
    give(offices, 3, "clerk", 5)


def test_two_writers_at_once_do_not_slip_through(offices: Store) -> None:
    barrier, refused = Barrier(2), []

    def one(number: int, role: str) -> None:
        barrier.wait()
        try:
            give(offices, number, role)
        except IntegrityError:
            refused.append(role)

    threads = [Thread(target=one, args=each) for each in ((1, "sys_admin"), (2, "sec_admin"))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(refused) == 1
