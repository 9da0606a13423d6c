"""Scales: the ends and steps of a number axis, worked out once for both renderers."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from report_engine.plots import Plot

STEPS = 5
ROUND = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
HEADROOM = Decimal("1.04")


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` to `high` in round steps; zero is always on it."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def ticks(self) -> tuple[Decimal, ...]:
        """List the numbers at which there are lines."""
        count = int((self.high - self.low) / self.step)
        return tuple(self.low + self.step * at for at in range(count + 1))


def scale_of(plot: Plot, *, stacked: bool = False) -> Scale:
    """Give a scale on which every bar and its label has room."""
    if stacked:
        ups = (_sum(plot, at, 1) for at in range(len(plot.categories)))
        downs = (_sum(plot, at, -1) for at in range(len(plot.categories)))
        return scale((*ups, *downs))
    return scale(v for series in plot.series for v in series.values if v is not None)


def scale(values: Iterable[Decimal]) -> Scale:
    """Give a scale for some numbers: at most six lines, at 1, 2 or 5 times a power of ten."""
    known = [Decimal(0), *values]
    least, most = min(known) * HEADROOM, max(known) * HEADROOM
    if least == most:
        return Scale(Decimal(0), Decimal(1), Decimal(1))
    rough = (most - least) / STEPS
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(power * each for each in ROUND if power * each >= rough)
    low = (least / step).to_integral_value(ROUND_FLOOR) * step
    high = (most / step).to_integral_value(ROUND_CEILING) * step
    return Scale(low, high, step)


def _sum(plot: Plot, at: int, sign: int) -> Decimal:
    found = (series.values[at] for series in plot.series)
    return sum((v for v in found if v is not None and v * sign > 0), Decimal(0))
