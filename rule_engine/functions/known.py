"""The registry of all functions: those of FEEL, and ours."""

from collections.abc import Mapping

from rule_engine.functions import contexts, dates, lists, numbers, ranges, service, strings
from rule_engine.functions.registry import FeelFunction, registry

FUNCTIONS: Mapping[str, FeelFunction] = registry(
    contexts.ALL,
    strings.ALL,
    numbers.ALL,
    lists.ALL,
    dates.ALL,
    ranges.ALL,
    service.ALL,
)
"""What the profile `gcrm` knows."""

STANDARD: Mapping[str, FeelFunction] = registry(
    contexts.ALL, strings.ALL, numbers.ALL, lists.ALL, dates.ALL, ranges.ALL
)
"""What the standard has; imported DMN sees nothing else."""
