"""What a rating may say: five levels, tags and indicators (GB/T 39734-2020, GB/T 39735-2020)."""

SCORES = (5, 4, 3, 2, 1)
BAD = 2
"""A rating up to this level is a bad one (差评)."""

TAGS = ("more_papers", "not_told", "manner", "many_trips", "slow", "fee", "system", "other")
MARKS = ("efficiency", "guide", "convenience", "platform")
"""The indicators of online service: 办事效率、办事指南精确度、办事便捷度、平台操作性."""

LONGEST = 500  # characters of what somebody writes

VERDICTS = ("valid", "mistaken")
"""有效差评 and 误评; a mistaken one is kept with its reason, and does not count (R-H3)."""

RATABLE = frozenset(
    {"approved", "refused", "not_accepted", "issuing", "completed", "terminated", "revoked"}
)
"""States in which something was decided: whether it pleased or not, it can be rated."""


def is_bad(score: int) -> bool:
    """Say whether somebody must look after this."""
    return score <= BAD
