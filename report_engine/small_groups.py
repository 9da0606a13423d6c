"""Small groups: which numbers stay untold, so that nobody can be picked out of a table.

A number over few people is not told, and neither is enough beside it that what a total leaves
over is told apart from no single cell. A choice of days counts whole blocks of days only: the
difference between two choices is then again a block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from report_engine.tables import Value

Key = tuple[Value, ...]
Block = tuple[date, date]
"""The first and the last day of a block."""

MARK = {"zh": "少于{least}份*", "en": "fewer than {least}*"}
NOTE = {
    "zh": "* 少于{least}份的数不显示，免得看出是谁说的；"
    "为了不能从合计里倒推出来，旁边的数有时也不显示。选了时间的，两头凑不满{least}份的日子不计。",
    "en": "* Numbers over fewer than {least} are not shown, so that nobody can tell who said what;"
    " so that a total does not give them away, a number beside them may be left out too. Where a"
    " time is chosen, days at its ends that do not make {least} together are not counted.",
}


@dataclass(frozen=True, slots=True)
class Withheld:
    """What of a table is not told: single measures of rows by their key, or everything."""

    mark: str
    cells: frozenset[tuple[Key, str]] = frozenset()
    everything: bool = False

    def holds(self, key: Key, measure_id: str) -> bool:
        """Tell whether this number is not told."""
        return self.everything or (key, measure_id) in self.cells


def small_cells(sizes: Mapping[Key, int], least: int) -> frozenset[Key]:
    """List the cells that stay untold: the small ones, and what would give one of them away.

    In every line of the table, and in the whole of it, either nothing is untold, or at least two
    cells that together have `least`, and not one each. Where that cannot be had, all is untold.
    """
    found = {key for key, size in sizes.items() if 0 < size < least}
    groups = _groups([key for key, size in sizes.items() if size])
    settled = not groups
    while not settled:
        settled = True
        for group in groups:
            untold = [key for key in group if key in found]
            if not untold or _is_safe([sizes[key] for key in untold], least):
                continue
            beside = sorted((sizes[key], repr(key), key) for key in group if key not in found)
            if beside:
                found.add(beside[0][2])
                settled = False
            elif sum(sizes[key] for key in group) >= least:
                return frozenset(key for key, size in sizes.items() if size)
    return frozenset(found)


def _groups(keys: Sequence[Key]) -> list[list[Key]]:
    """Give the cells that add up to a total: lines along each dimension, and all of them."""
    dimensions = len(keys[0]) if keys else 0
    if not dimensions:
        return []
    lines: dict[tuple[int, Key], list[Key]] = {}
    if dimensions > 1:
        for key in keys:
            for at in range(dimensions):
                lines.setdefault((at, key[:at] + key[at + 1 :]), []).append(key)
    return [*lines.values(), list(keys)]


def _is_safe(untold: Sequence[int], least: int) -> bool:
    return len(untold) > 1 and sum(untold) >= least and sum(untold) > len(untold)


def blocks_of(days: Sequence[tuple[date, int]], least: int) -> tuple[Block, ...]:
    """Put days, in their order, together until each block has `least`; the rest joins the last."""
    found: list[Block] = []
    first, count = None, 0
    for day, size in days:
        first = first or day
        count += size
        if count >= least:
            found.append((first, day))
            first, count = None, 0
    if first is not None:
        begin = found.pop()[0] if found else first
        found.append((begin, days[-1][0]))
    return tuple(found)


def inside(blocks: Sequence[Block], begin: date, end: date) -> Block | None:
    """Give the first and last day of the whole blocks from `begin` to before `end`."""
    whole = [block for block in blocks if begin <= block[0] and block[1] < end]
    return (whole[0][0], whole[-1][1]) if whole else None
