"""Addresses of a board: its filters, the cases behind a number, its pictures."""

from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from app_definitions.board import Filter
from gcrm.runtime.boards import Chosen, period
from report_engine.tables import Value

CUSTOM = "custom"
KEY, NOTHING = "k.", "n."
SOME_DAY = date(2026, 1, 1)  # whether a period makes sense does not hang on the day


def base(app_id: str, board_id: str) -> str:
    """Give the address of a board."""
    return f"/staff/boards/{app_id}/{board_id}"


def with_choice(path: str, chosen: Chosen, **more: str) -> str:
    """Add the choice of the filters to an address."""
    asked = {**{name: value for name, value in chosen.values.items() if value}, **more}
    return f"{path}?{urlencode(asked)}" if asked else path


def cases(
    path: str,
    tile_id: str,
    measure_id: str,
    keys: Iterable[tuple[str, Value]],
    chosen: Chosen,
) -> str:
    """Give the address of the cases that a number counts."""
    more = {"m": measure_id}
    for name, value in keys:
        if value is None:
            more[f"{NOTHING}{name}"] = "1"
        else:
            more[f"{KEY}{name}"] = str(value)
    return with_choice(f"{path}/{tile_id}/cases", chosen, **more)


def keys_of(asked: Mapping[str, str]) -> dict[str, str | None]:
    """Read the keys of a number from an address."""
    found: dict[str, str | None] = {}
    for name, value in asked.items():
        if name.startswith(KEY):
            found[name.removeprefix(KEY)] = value[:200]
        elif name.startswith(NOTHING):
            found[name.removeprefix(NOTHING)] = None
    return found


def chosen_of(
    filters: Iterable[tuple[Filter, bool]], asked: MultiDict[str, str]
) -> tuple[Chosen, dict[str, str]]:
    """Read what was chosen; give also, by filter, the periods that make no sense, as typed.

    Each filter comes with whether it chooses a time. Days typed by hand are posted as
    `<filter>-from` and `<filter>-to` and kept as one value, `from..to`.
    """
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for each, is_time in filters:
        value = asked.get(each.id, "")[:60]
        if is_time and value == CUSTOM:
            begin, end = (asked.get(f"{each.id}-{part}", "")[:10] for part in ("from", "to"))
            value = f"{begin}..{end}" if begin or end else ""
        if is_time and value and not _is_period(value):
            wrong[each.id] = value
            value = ""
        values[each.id] = value
    return Chosen(values), wrong


def _is_period(value: str) -> bool:
    try:
        begin, end = period(value, SOME_DAY)
    except LookupError:
        return False
    return begin < end
