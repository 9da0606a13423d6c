"""Turns: two at a time, in the order of coming; who waits for somebody else is passed."""

import threading
from collections.abc import Callable

import pytest

from gcrm.store.turns import Turns


class Crowd:
    """Threads that come one after the other, each staying until told to leave."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.entered: list[int] = []
        self.changed = threading.Condition()
        self.leave = [threading.Event() for _ in range(10)]
        self.threads: list[threading.Thread] = []

    def come(self, number: int) -> None:
        thread = threading.Thread(target=self._stay, args=(number,), daemon=True)
        before = len(self.entered) + self.turns.waiting
        thread.start()
        self.threads.append(thread)
        self.until(lambda: len(self.entered) + self.turns.waiting > before)

    def _stay(self, number: int) -> None:
        with self.turns.taken():
            with self.changed:
                self.entered.append(number)
                self.changed.notify_all()
            assert self.leave[number].wait(10)

    def until(self, true: Callable[[], bool]) -> None:
        with self.changed:
            for _ in range(2000):
                if true():
                    return
                self.changed.wait(0.005)
        pytest.fail("This did not come to pass.", pytrace=False)

    def end(self) -> None:
        for event in self.leave:
            event.set()
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


def test_two_compute_and_the_others_follow_in_their_order() -> None:
    crowd = Crowd(Turns(2, long=60))
    for number in range(5):
        crowd.come(number)
    assert sorted(crowd.entered) == [0, 1]
    assert crowd.turns.waiting == 3

    for number in (1, 0, 2):
        crowd.leave[number].set()
        seen = len(crowd.entered)
        crowd.until(lambda seen=seen: len(crowd.entered) == seen + 1)

    assert crowd.entered[2:] == [2, 3, 4]
    crowd.end()


def test_who_stays_long_does_not_hold_up_the_others() -> None:
    crowd = Crowd(Turns(1, long=0.01))
    for number in range(4):
        crowd.come(number)

    crowd.until(lambda: crowd.entered == [0, 1, 2, 3])

    assert crowd.turns.waiting == 0
    crowd.end()


def test_all_places_are_free_again_in_the_end() -> None:
    turns = Turns(2, long=0.01)
    crowd = Crowd(turns)
    for number in range(6):
        crowd.come(number)
    crowd.end()

    first, second = Crowd(turns), Crowd(turns)
    first.come(0)
    second.come(1)

    assert first.entered == [0]
    assert second.entered == [1]
    first.end()
    second.end()


def test_a_place_within_a_place_is_the_same() -> None:
    turns = Turns(1, long=60)

    with turns.taken(), turns.taken():
        assert turns.waiting == 0

    with turns.taken():
        assert turns.waiting == 0


def test_an_error_gives_the_place_back() -> None:
    turns = Turns(1, long=60)

    with pytest.raises(ValueError, match="broken"), turns.taken():
        raise ValueError("broken")

    with turns.taken():
        assert turns.waiting == 0
