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

GROUNDS = ("mistaken", "malicious")
"""Why an office contests a rating (申诉): 误评, 恶意; the second takes two people and evidence."""

UNDONE = ("open", "rectifying", "calling", "answering")
"""States of a rating that somebody must still look after, in their order."""

CALLS = ("satisfied", "unsatisfied", "unreached")
"""What a call back to the person may bring (回访)."""

LONGEST_MEASURES = 1000  # characters of what was done about it (整改)
MOST_RETURNS = 1  # times that a person who is not satisfied sends it back
MOST_CALLS = 3  # attempts to reach somebody before it is answered without

RATABLE = frozenset(
    {"approved", "refused", "not_accepted", "issuing", "completed", "terminated", "revoked"}
)
"""States in which something was decided: whether it pleased or not, it can be rated."""


def is_bad(score: int) -> bool:
    """Say whether somebody must look after this."""
    return score <= BAD
