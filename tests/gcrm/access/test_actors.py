"""Who asks: one statement from a token to an actor with valid posts."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from gcrm.access import IDLE, actor_of_account, actor_of_session, hash_token
from gcrm.store.engine import Store

NOW = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)
Towns = Callable[[], AbstractContextManager[Any]]


def _session(built: Any, account: int, token: str, **values: Any) -> None:
    row = {
        "created_at": NOW,
        "seen_at": NOW,
        "expires_at": NOW + dt.timedelta(hours=8),
        "address": "127.0.0.1",
        "agent": "test",
        **values,
    }
    built.add("session", account_id=account, token_hash=hash_token(token), **row)


def test_a_token_gives_the_actor_with_the_posts_of_today_in_one_statement(
    shared_store: Store, town: Towns
) -> None:
    with town() as built:
        party = built.party("何芳")
        account = built.account(party, "staff", login="hefang")
        office = built.department("ca", region_code="990102001")
        for role in ("clerk", "head", "former"):
            built.role(role)
        built.post(party, account, office, "clerk")
        built.post(party, account, office, "head", region_code="990102")
        built.post(party, account, office, "former", valid_to=dt.date(2026, 11, 23))
        _session(built, account, "token")
        tenant = built.tenant

    with shared_store.read() as reader:
        before = shared_store.statements()
        actor = actor_of_session(reader, tenant, "token", NOW)
        cost = shared_store.statements() - before

        assert actor is not None
        assert cost == 1
        assert (actor.name, actor.kind, actor.locale) == ("何芳", "staff", "zh-CN")
        assert [(post.role, post.region_code) for post in actor.posts] == [
            ("clerk", "990102001"),
            ("head", "990102"),
        ]
        assert actor.today == dt.date(2026, 11, 24)
        assert actor_of_session(reader, tenant + 1, "token", NOW) is None
        assert actor_of_session(reader, tenant, "another", NOW) is None
        by_account = actor_of_account(reader, tenant, account, NOW)
        assert by_account is not None
        assert by_account.posts == actor.posts


@pytest.mark.parametrize(
    ("values", "later"),
    [
        ({"revoked_at": NOW}, dt.timedelta()),
        ({"expires_at": NOW}, dt.timedelta()),
        ({}, IDLE["citizen"]),
    ],
)
def test_a_session_that_is_over_gives_nobody(
    shared_store: Store, town: Towns, values: dict[str, Any], later: dt.timedelta
) -> None:
    with town() as built:
        account = built.account(built.party())
        _session(built, account, "token", **values)
        tenant = built.tenant

    with shared_store.read() as reader:
        assert actor_of_session(reader, tenant, "token", NOW + later) is None


def test_a_disabled_account_is_out_at_once(shared_store: Store, town: Towns) -> None:
    with town() as built:
        account = built.account(built.party(), disabled=True)
        _session(built, account, "token")
        tenant = built.tenant

    with shared_store.read() as reader:
        assert actor_of_session(reader, tenant, "token", NOW) is None
        assert actor_of_account(reader, tenant, account, NOW) is None
