"""A chart to draw: what a tile asks of its chart type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from report_engine import look


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart to draw: its title and the settings of its type.

    `titled` is off where the page around it shows the title; `size` is the picture's in pixels.
    """

    title: str
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    titled: bool = True
    size: tuple[int, int] = (look.WIDTH, look.HEIGHT)

    def top(self, several: bool) -> float:
        """Give the share of the height above the axes: title, then the legend of several."""
        if self.titled:
            return 0.2
        return 0.14 if several else 0.06
