"""Lengths of legal time: how long something may take, and in which unit that is counted."""

from dataclasses import dataclass
from typing import Literal

from app_definitions.shapes import Small

Unit = Literal["wd", "wh", "nd", "h", "min"]
"""Working days, working hours, calendar days, hours and minutes."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of units."""

    value: Small
    unit: Unit
