"""The leaf keys of an actor: parties, roles, departments, regions, grids. Sets, and pure.

Rows carry stable leaf keys (a department, a region, a grid, a party), never paths.
A viewer's subtrees become sets of keys when the request begins.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from gcrm.access.actors import Post


@dataclass(frozen=True, slots=True)
class LeafKeys:
    """The sets that scopes compare with; `narrowed` gives those of the posts with one role."""

    parties: frozenset[int]
    represented: frozenset[tuple[str, int]] = frozenset()  # (app id or "*", party)
    posts: tuple[Post, ...] = ()
    roles: frozenset[str] = frozenset()
    below_department: Mapping[int, frozenset[int]] = field(default_factory=dict, hash=False)
    below_region: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    today: dt.date | None = None  # the actor's day, which conditions may ask for

    def narrowed(self, role_code: str) -> "LeafKeys":
        """Keep the posts with this role: what one duty opens, another must not."""
        return LeafKeys(
            parties=self.parties,
            represented=self.represented,
            posts=tuple(each for each in self.posts if each.role == role_code),
            roles=self.roles & {role_code},
            below_department=self.below_department,
            below_region=self.below_region,
            today=self.today,
        )

    def departments(self, below: bool) -> frozenset[int]:
        """Give the departments of the posts, with all below them or alone."""
        own = frozenset(each.department_id for each in self.posts if each.department_id)
        if not below:
            return own
        return own.union(*(self.below_department.get(each, frozenset()) for each in own))

    def regions(self, below: bool) -> frozenset[str]:
        """Give the regions of the posts, with all inside them or alone."""
        own = frozenset(each.region_code for each in self.posts if each.region_code)
        if not below:
            return own
        return own.union(*(self.below_region.get(each, frozenset()) for each in own))

    def grids(self) -> frozenset[int]:
        """Give the grids of the posts."""
        return frozenset(each.grid_id for each in self.posts if each.grid_id)
