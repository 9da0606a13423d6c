"""From the rows of a tile's queries to its table: merged, divided, labelled, in order."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from report_engine.measures_sql import MOST_ROWS, Query
from report_engine.periods import between, say
from report_engine.small_groups import Key, Withheld
from report_engine.tables import Column, Table, Value
from report_engine.uses import CompiledTile, DimensionUse
from report_engine.words import NO, YES, short

Labels = Mapping[str, Mapping[str, str]]


def table_of(
    tile: CompiledTile,
    queries: Sequence[Query],
    answers: Sequence[Sequence[Sequence[Any]]],
    labels: Labels,
    locale: str,
    withheld: Withheld | None = None,
) -> Table:
    """Put the answers of a tile's queries together.

    `labels` gives by field what people read for a code, beside the field's own options. What is
    `withheld` leaves no number behind, and does not decide the order either.
    """
    parts: dict[Key, dict[tuple[str, str], Any]] = {}
    for query, given in zip(queries, answers, strict=True):
        for row in given[:MOST_ROWS]:
            key = tuple(_value(value) for value in row[: query.dimensions])
            found = parts.setdefault(key, {})
            found.update(zip(query.parts, row[query.dimensions :], strict=True))
    _fill(tile, parts)
    columns = [
        _dimension(use, labels, locale, {key[at] for key in parts})
        for at, use in enumerate(tile.dimensions)
    ]
    rows: list[tuple[Value, ...]] = [
        (
            *key,
            *(
                None
                if withheld is not None and withheld.holds(key, use.definition.id)
                else _measure(found, use.definition.id)
                for use in tile.measures
            ),
        )
        for key, found in parts.items()
    ]
    measures = [
        Column(use.definition.id, use.definition.label, "measure", use.format)
        for use in tile.measures
    ]
    ordered = tuple(_ordered(tile, rows))
    if withheld is None:
        return Table((*columns, *measures), ordered)
    untold = frozenset(
        (place, at)
        for place, row in enumerate(ordered)
        for at, use in enumerate(tile.measures)
        if withheld.holds(row[: len(columns)], use.definition.id)
    )
    return Table((*columns, *measures), ordered, untold, withheld.mark if untold else "")


def sizes_of(query: Query, answer: Sequence[Sequence[Any]]) -> dict[str, dict[Key, int]]:
    """Read how many rows each row of a table rests upon: by measure, empty for the whole row."""
    found: dict[str, dict[Key, int]] = {name: {} for name, _part in query.parts}
    for row in answer:
        key = tuple(_value(value) for value in row[: query.dimensions])
        for (name, _part), size in zip(query.parts, row[query.dimensions :], strict=True):
            found[name][key] = int(size)
    return found


def _fill(tile: CompiledTile, parts: dict[Key, dict[tuple[str, str], Any]]) -> None:
    """Add the times without rows between the first and the last: a line must not skip them."""
    if len(tile.dimensions) != 1 or not (grain := tile.dimensions[0].definition.grain):
        return
    for key in between(grain, [key[0] for key in parts if isinstance(key[0], str)]):
        parts.setdefault((key,), {(own, "count"): 0 for own in _counts(tile)})


def _counts(tile: CompiledTile) -> list[str]:
    return [
        use.definition.id
        for use in tile.measures
        if use.definition.aggregate in ("count", "count_distinct")
    ]


def _measure(found: Mapping[tuple[str, str], Any], own: str) -> Decimal | None:
    """Give a measure from its parts; nothing divided by nothing is nothing."""
    if (own, "of") in found:
        total, count = _number(found.get((own, "sum"))), _number(found[own, "of"])
        return total / count if total is not None and count else None
    count = found.get((own, "count"))
    return _number(count) if count is not None else _number(found.get((own, "value")))


def _number(value: Any) -> Decimal | None:
    if value is None:
        return None
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _value(value: Any) -> Value:
    """Turn a key into a code: text, or a number as it is."""
    if value is None or isinstance(value, str | Decimal):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _dimension(use: DimensionUse, labels: Labels, locale: str, keys: set[Value]) -> Column:
    known = {option.code: option.label for option in use.input.options}
    if use.input.type == "boolean":
        known = {"true": YES[short(locale)], "false": NO[short(locale)]}
    known.update(labels.get(use.input.id, {}))
    if grain := use.definition.grain:
        known = {key: say(grain, key, locale) for key in keys if isinstance(key, str)}
    return Column(use.definition.id, use.definition.label, "dimension", labels=known)


def _ordered(tile: CompiledTile, rows: list[tuple[Value, ...]]) -> list[tuple[Value, ...]]:
    """Order rows as people expect them: options as written, time forward, else the largest first.

    What is not given comes last.
    """
    uses = tile.dimensions
    if not uses:
        return rows
    rows.sort(key=lambda row: [_rank(use, value) for use, value in zip(uses, row, strict=False)])
    first = uses[0]
    if first.definition.grain or first.input.options or first.input.type != "string":
        return rows
    totals: dict[Value, Decimal] = {}
    for row in rows:
        number = row[len(uses)]
        amount = number if isinstance(number, Decimal) else Decimal(0)
        totals[row[0]] = totals.get(row[0], Decimal(0)) + amount
    rows.sort(key=lambda row: (row[0] is None, -totals[row[0]]))
    return rows


def _rank(use: DimensionUse, value: Value) -> tuple[int, int, Decimal, str]:
    codes = [option.code for option in use.input.options]
    if value is None:
        return (2, 0, Decimal(0), "")
    if isinstance(value, Decimal):
        return (0, 0, value, "")
    place = codes.index(value) if value in codes else len(codes)
    return (0, place, Decimal(0), value)
