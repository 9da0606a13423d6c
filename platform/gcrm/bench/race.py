"""A race: all lanes take turns, the best round of each counts."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rule_engine import EvaluationContext

Person = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lane:
    """Something that answers for people; a context goes in beside them where there is one."""

    call: Callable[..., Any]
    people: Sequence[Person]
    context: EvaluationContext | None = None

    def seconds(self) -> float:
        """Take the time of one round."""
        call, people, context = self.call, self.people, self.context
        if context is None:
            began = time.perf_counter()
            for person in people:
                call(person)
            return time.perf_counter() - began
        began = time.perf_counter()
        for person in people:
            call(person, context)
        return time.perf_counter() - began

    def answer(self, person: Person) -> Any:
        """Give the answer for one."""
        return self.call(person) if self.context is None else self.call(person, self.context)


def run(lanes: Mapping[str, Lane], rounds: int) -> dict[str, float]:
    """Give nanoseconds a call by lane."""
    best = dict.fromkeys(lanes, float("inf"))
    for _ in range(rounds):
        for name, lane in lanes.items():
            best[name] = min(best[name], lane.seconds())
    return {name: seconds / len(lanes[name].people) * 1e9 for name, seconds in best.items()}


def agree(lanes: Mapping[str, Lane], people: Sequence[Person]) -> int:
    """Count the people for whom all lanes give one answer; raises ValueError at another one."""
    for person in people:
        answers = {name: lane.answer(person) for name, lane in lanes.items()}
        found = list(answers.values())
        if any(one != found[0] or (one is None) != (found[0] is None) for one in found):
            raise ValueError(f"The opponents differ on {person}: {answers}")
    return len(people)
