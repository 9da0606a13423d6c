"""Boxes: what a list of rows leaves uncovered, as boxes of atoms, within a bounded effort."""

from collections.abc import Sequence
from dataclasses import dataclass, field

MAX_WORK = 4_000_000
"""Atoms looked at in one table; more than a second of work is left undone and said so."""

Box = tuple[int, ...]
"""One mask of atoms for each dimension."""


class TooMuch(Exception):  # noqa: N818
    """The effort is used up."""


@dataclass(slots=True)
class Effort:
    """How much may still be done."""

    left: int = MAX_WORK

    def spend(self, amount: int) -> None:
        """Use up some. Raises TooMuch."""
        self.left -= amount
        if self.left < 0:
            raise TooMuch


@dataclass(slots=True)
class Cover:
    """Rows as boxes over dimensions of so many atoms."""

    sizes: Sequence[int]
    rows: Sequence[Box]
    effort: Effort = field(default_factory=Effort)
    at: list[list[int]] = field(init=False)
    order: list[int] = field(init=False)
    free: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Turn the boxes round: which rows let each atom pass, and which are free from where."""
        self.at = [[0] * size for size in self.sizes]
        for number, row in enumerate(self.rows):
            bit = 1 << number
            for dimension, mask in enumerate(row):
                places = self.at[dimension]
                self.effort.spend(mask.bit_count())
                while mask:
                    low = mask & -mask
                    places[low.bit_length() - 1] |= bit
                    mask ^= low
        self.order = sorted(range(len(self.sizes)), key=lambda d: -len(set(self.at[d])))
        self.free = [0] * (len(self.order) + 1)
        self.free[-1] = (1 << len(self.rows)) - 1
        for depth in range(len(self.order) - 1, -1, -1):
            dimension = self.order[depth]
            full = (1 << self.sizes[dimension]) - 1
            here = 0
            for number, row in enumerate(self.rows):
                if row[dimension] == full:
                    here |= 1 << number
            self.free[depth] = self.free[depth + 1] & here

    def uncovered(self, within: Box, active: int, limit: int) -> list[Box]:
        """List boxes inside another that no active row covers, at most so many.

        Raises TooMuch when the effort is used up.
        """
        found: list[Box] = []
        covered: set[tuple[int, int]] = set()
        self._search(0, active, list(within), within, found, covered, limit)
        return found

    def _search(
        self,
        depth: int,
        active: int,
        box: list[int],
        within: Box,
        found: list[Box],
        covered: set[tuple[int, int]],
        limit: int,
    ) -> None:
        if active & self.free[depth] or (depth, active) in covered or len(found) >= limit:
            return
        if not active:
            found.append(tuple(box))
            return
        before = len(found)
        dimension = self.order[depth]
        groups: dict[int, int] = {}
        places, mask = self.at[dimension], within[dimension]
        self.effort.spend(mask.bit_count() + 1)
        while mask:
            low = mask & -mask
            rows = places[low.bit_length() - 1] & active
            groups[rows] = groups.get(rows, 0) | low
            mask ^= low
        for rows, atoms in groups.items():
            box[dimension] = atoms
            self._search(depth + 1, rows, box, within, found, covered, limit)
        box[dimension] = within[dimension]
        if len(found) == before:
            covered.add((depth, active))


def meet(first: Box, second: Box) -> Box | None:
    """Give what two boxes have in common, or None."""
    common = tuple(a & b for a, b in zip(first, second, strict=True))
    return common if all(common) else None


def overlapping(cover: Cover) -> list[int]:
    """Give for each row the later rows that meet it, as bits. Raises TooMuch."""
    found = [(1 << len(cover.rows)) - 1] * len(cover.rows)
    for dimension in range(len(cover.sizes)):
        known: dict[int, int] = {}
        for number, row in enumerate(cover.rows):
            mask = row[dimension]
            if mask not in known:
                known[mask] = _meeting(cover, dimension, mask)
            found[number] &= known[mask]
    return [found[number] >> number + 1 << number + 1 for number in range(len(found))]


def _meeting(cover: Cover, dimension: int, mask: int) -> int:
    cover.effort.spend(mask.bit_count())
    met = 0
    while mask:
        low = mask & -mask
        met |= cover.at[dimension][low.bit_length() - 1]
        mask ^= low
    return met
