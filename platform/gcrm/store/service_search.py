"""The full-text index of services: FTS5 on SQLite, tsvector with GIN on PostgreSQL, one face.

What is indexed and what is asked are terms that `search_words` has cut; they hold letters
and digits only, so that no operator of a query language can come in with them.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection

from gcrm.store import tables as t
from gcrm.store.numbers import upsert
from gcrm.store.search_words import LONGEST, initials, terms

T = TypeVar("T")

AT_ONCE = 500  # rows of one statement; SQLite takes 32,766 values
FIELDS = ("name", "office", "more")


@dataclass(frozen=True, slots=True)
class Entry:
    """What an item is found by, cut into terms."""

    item_id: int
    name: frozenset[str]
    office: frozenset[str]
    more: frozenset[str]

    @classmethod
    def of(cls, item_id: int, name: str, office: str, more: str) -> "Entry":
        """Make an entry from its terms as they are stored."""
        return cls(item_id, _cut(name), _cut(office), _cut(more))

    @property
    def terms(self) -> frozenset[str]:
        """All terms of the item."""
        return self.name | self.office | self.more


@lru_cache(maxsize=16_384)
def _cut(terms: str) -> frozenset[str]:
    """Take stored terms apart; the same items are judged at each question."""
    return frozenset(terms.split())


@dataclass(frozen=True, slots=True)
class Change:
    """Entries to be written and items to be taken out, with what that does to the counts."""

    tenant_id: int
    written: tuple[Entry, ...]
    removed: tuple[int, ...]
    counts: Mapping[str, int]


def entry(item_id: int, name: str, office: str, more: str) -> Entry:
    """Cut an item's texts; `more` is whatever else it should be found by."""
    letters = initials(name)
    tails = (letters[place:][:LONGEST] for place in range(len(letters) - 1))
    return Entry(
        item_id,
        frozenset(terms(name)),
        frozenset(terms(office)),
        frozenset((*terms(more), *tails)),
    )


def change(
    reader: Connection, tenant_id: int, written: Sequence[Entry], removed: Collection[int] = ()
) -> Change:
    """Work out what writing these entries changes; reads the entries that they replace."""
    gone = {*removed, *(each.item_id for each in written)}
    counts: Counter[str] = Counter()
    for before in read(reader, tenant_id, gone):
        counts.subtract(before.terms)
    for each in written:
        counts.update(each.terms)
    changed = {term: number for term, number in sorted(counts.items()) if number}
    return Change(tenant_id, tuple(written), tuple(removed), changed)


def read(reader: Connection, tenant_id: int, items: Collection[int]) -> Iterator[Entry]:
    """Read the entries of items."""
    c = t.service_index.c
    for some in _in_parts(sorted(items)):
        found = reader.execute(
            sa.select(c.item_id, c.name, c.office, c.more).where(
                c.tenant_id == tenant_id, c.item_id.in_(some)
            )
        )
        for row in found:
            yield Entry.of(row.item_id, row.name, row.office, row.more)


def write(writer: Connection, plan: Change) -> None:
    """Write what `change` worked out."""
    gone = sorted({*plan.removed, *(each.item_id for each in plan.written)})
    c = t.service_index.c
    for some in _in_parts(gone):
        writer.execute(
            sa.delete(t.service_index).where(c.tenant_id == plan.tenant_id, c.item_id.in_(some))
        )
    rows = [_row(plan.tenant_id, each) for each in plan.written]
    if rows:
        writer.execute(sa.insert(t.service_index), rows)
    _count(writer, plan)
    _take_out(writer, plan.tenant_id, gone)
    _put_in(writer, rows)


def rebuild(writer: Connection) -> int:
    """Make full-text table and counts anew from the index of all tenants; answers the entries."""
    writer.execute(sa.delete(t.search_term))
    writer.execute(sa.text("DELETE FROM service_fts"))
    rows = [dict(row) for row in writer.execute(sa.select(t.service_index)).mappings()]
    counts = Counter(
        (row["tenant_id"], term)
        for row in rows
        for term in {word for name in FIELDS for word in row[name].split()}
    )
    counted = [
        {"tenant_id": tenant, "term": term, "item_count": number}
        for (tenant, term), number in sorted(counts.items())
    ]
    for some in _in_parts(counted):
        writer.execute(sa.insert(t.search_term), list(some))
    _put_in(writer, rows)
    return len(rows)


def frequencies(
    reader: Connection, tenant_id: int, asked: Collection[str]
) -> tuple[Mapping[str, int], int]:
    """Tell in how many items each term stands, and how many items there are; one statement."""
    c = t.search_term.c
    total = (
        sa.select(sa.func.count())
        .select_from(t.service_index)
        .where(t.service_index.c.tenant_id == tenant_id)
        .scalar_subquery()
    )
    rows = reader.execute(
        sa.select(c.term, c.item_count, total.label("total")).where(
            c.tenant_id == tenant_id, c.term.in_(sorted(asked)), c.item_count > 0
        )
    ).all()
    return {row.term: row.item_count for row in rows}, rows[0].total if rows else 0


def candidates(
    reader: Connection,
    tenant_id: int,
    asked: Collection[str],
    prefixes: Collection[str],
    limit: int,
) -> sa.Subquery | None:
    """Make the query for the items that have any of the terms, the likeliest ones up to `limit`.

    `prefixes` are beginnings of terms. The answer has one column, `item_id`.
    """
    if not asked and not prefixes:
        return None
    whole, begun = sorted(asked), sorted(prefixes)
    if reader.dialect.name == "sqlite":
        match = " OR ".join([*(f'"{each}"' for each in whole), *(f'"{each}"*' for each in begun)])
        found = sa.text(
            "SELECT rowid AS item_id FROM service_fts "
            "WHERE service_fts MATCH :terms AND tenant = :tenant "
            "ORDER BY bm25(service_fts, 0.0, 10.0, 3.0, 1.0), rowid LIMIT :most"
        ).bindparams(terms=match, tenant=tenant_id, most=limit)
    else:
        match = " | ".join([*(f"'{each}'" for each in whole), *(f"'{each}':*" for each in begun)])
        found = sa.text(
            "SELECT item_id FROM service_fts, CAST(:terms AS tsquery) AS asked "
            "WHERE tenant_id = :tenant AND document @@ asked "
            "ORDER BY ts_rank('{0.1,0.1,0.3,1.0}', document, asked) DESC, item_id LIMIT :most"
        ).bindparams(terms=match, tenant=tenant_id, most=limit)
    return found.columns(sa.column("item_id", sa.BigInteger)).subquery("found")


def _row(tenant_id: int, each: Entry) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "item_id": each.item_id,
        "name": " ".join(sorted(each.name)),
        "office": " ".join(sorted(each.office)),
        "more": " ".join(sorted(each.more)),
    }


def _count(writer: Connection, plan: Change) -> None:
    rows = [
        {"tenant_id": plan.tenant_id, "term": term, "item_count": number}
        for term, number in plan.counts.items()
    ]
    statement = upsert(writer, t.search_term)
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "term"],
        set_={"item_count": t.search_term.c.item_count + statement.excluded["item_count"]},
    )
    if rows:
        writer.execute(statement, rows)


def _take_out(writer: Connection, tenant_id: int, items: Sequence[int]) -> None:
    if not items:
        return
    if writer.dialect.name == "sqlite":
        statement = sa.text("DELETE FROM service_fts WHERE rowid = :item AND tenant = :tenant")
    else:
        statement = sa.text("DELETE FROM service_fts WHERE item_id = :item AND tenant_id = :tenant")
    writer.execute(statement, [{"item": item, "tenant": tenant_id} for item in items])


def _put_in(writer: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    if writer.dialect.name == "sqlite":
        statement = sa.text(
            "INSERT INTO service_fts (rowid, tenant, name, office, more) "
            "VALUES (:item_id, :tenant_id, :name, :office, :more)"
        )
        writer.execute(statement, [dict(row) for row in rows])
        return
    statement = sa.text(
        "INSERT INTO service_fts (tenant_id, item_id, document) "
        "VALUES (:tenant_id, :item_id, CAST(:document AS tsvector))"
    )
    writer.execute(statement, [{**row, "document": _document(row)} for row in rows])


def _document(row: Mapping[str, object]) -> str:
    """Write a tsvector; the first place of a term says which field it is from."""
    weights: dict[str, str] = {}
    for name, weight in zip(FIELDS, "ABD", strict=True):
        for term in str(row[name]).split():
            weights.setdefault(term, weight)
    return " ".join(
        f"'{term}':{place}{weight}"
        for place, (term, weight) in enumerate(list(weights.items())[:16_000], 1)
    )


def _in_parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]
