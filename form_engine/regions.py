"""Regions as a form needs them: names, parents and children, and whether one lies in another."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Region:
    """One place: its code, its name, and the code of the place that holds it."""

    code: str
    name: str
    parent: str | None = None


class Regions(Protocol):
    """What the platform must tell about regions."""

    def get(self, code: str) -> Region | None:
        """Find a region by its code, also one that is no longer valid."""

    def children(self, code: str | None) -> tuple[Region, ...]:
        """List the valid regions directly inside `code`; `None` gives the outermost ones."""

    def is_within(self, code: str, ancestor: str) -> bool:
        """Tell whether `code` is `ancestor` or lies inside it."""


class RegionTree:
    """Regions kept in memory."""

    def __init__(self, regions: Iterable[Region]) -> None:
        """Keep the regions in the order in which they come."""
        self._regions = {region.code: region for region in regions}
        children: dict[str | None, list[Region]] = {}
        for region in self._regions.values():
            parent = region.parent if region.parent in self._regions else None
            children.setdefault(parent, []).append(region)
        self._children = {code: tuple(inside) for code, inside in children.items()}

    def get(self, code: str) -> Region | None:
        """Find a region by its code."""
        return self._regions.get(code)

    def children(self, code: str | None) -> tuple[Region, ...]:
        """List the regions directly inside `code`."""
        return self._children.get(code, ())

    def is_within(self, code: str, ancestor: str) -> bool:
        """Tell whether `code` is `ancestor` or lies inside it."""
        return any(region.code == ancestor for region in path_of(self, code))


def path_of(regions: Regions, code: str) -> tuple[Region, ...]:
    """Give the regions from the outermost down to `code`; empty where `code` is unknown."""
    found: list[Region] = []
    region = regions.get(code)
    while region is not None and region not in found:
        found.append(region)
        region = regions.get(region.parent) if region.parent else None
    return tuple(reversed(found))


def leaves(regions: Regions, code: str | None, most: int) -> tuple[Region, ...] | None:
    """List the innermost regions inside `code`, or `None` where there are more than `most`."""
    found: list[Region] = []
    waiting = list(reversed(regions.children(code)))
    while waiting:
        region = waiting.pop()
        inside = regions.children(region.code)
        if inside:
            waiting.extend(reversed(inside))
        else:
            found.append(region)
        if len(found) + len(waiting) > most * 4 or len(found) > most:
            return None
    return tuple(found)


def full_name(regions: Regions, code: str, *, within: str | None = None) -> str:
    """Say a region with the places that hold it, those outside `within` left out."""
    names: list[str] = []
    for region in path_of(regions, code):
        if region.code == within:
            names = []
            continue
        names.append(region.name)
    if not names:
        region_itself = regions.get(code)
        return region_itself.name if region_itself else code
    return "".join(names)
