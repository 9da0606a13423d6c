"""A name is said in the reader's language, in Python and in SQL alike."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from gcrm.store import tables as t
from gcrm.store.engine import Store
from gcrm.store.names import Named, name_column, name_in, with_english
from tests.gcrm.store.test_engine import tenant

NAMES: tuple[Any, ...] = (
    None,
    {},
    {"en": ""},
    {"en": "Civil Affairs Bureau"},
    {"fr": "Affaires civiles"},
    {"en": 'The "old" bureau’s', "fr": "L'ancien"},
)
LOCALES = ("zh-CN", "zh", "en", "en-GB", "fr")


def test_a_column_says_what_the_function_says(store: Store) -> None:
    rows = [
        {"tenant_id": 1, "id": at, "code": f"D{at}", "name": f"局{at}", "names": names,
         "valid_from": dt.date(2020, 1, 1)}
        for at, names in enumerate(NAMES, 1)
    ]  # fmt: skip
    with store.write() as writer:
        writer.execute(sa.insert(t.tenant), tenant())
        writer.execute(sa.insert(t.department), rows)

    with store.read() as reader:
        for locale in LOCALES:
            said = name_column(t.department, locale).label("said")
            statement = sa.select(t.department.c.name, t.department.c.names, said)

            found = reader.execute(statement.order_by(t.department.c.id)).all()

            assert [row.said for row in found] == [
                name_in(locale, row.name, row.names) for row in found
            ]
            assert [row.names for row in found] == list(NAMES)


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", "Finance Bureau"), ("en-GB", "Finance Bureau"), ("zh-CN", "财政局"), ("fr", "财政局")],
)
def test_a_name_falls_back_to_the_chinese_one(locale: str, said: str) -> None:
    assert Named("财政局", {"en": "Finance Bureau"}).said(locale) == said


def test_an_english_name_stands_beside_others_and_can_be_taken_away() -> None:
    both = with_english({"fr": "Finances"}, "Finance Bureau")

    assert both == {"fr": "Finances", "en": "Finance Bureau"}
    assert with_english(both, "") == {"fr": "Finances"}
    assert with_english(None, "") is None
