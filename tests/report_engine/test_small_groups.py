"""Small groups: whatever is told, by any total and any two choices, no few people stand out."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from report_engine.small_groups import blocks_of, inside, small_cells

LEAST = st.integers(2, 7)
ROWS = st.dictionaries(st.tuples(st.sampled_from("abcdefgh")), st.integers(0, 14))
GRIDS = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.integers(0, 14)
)
DAYS = st.lists(st.integers(1, 9), max_size=12)
BEGIN = date(2026, 1, 1)


@settings(max_examples=50)
@given(ROWS, LEAST)
def test_every_number_that_is_told_rests_on_enough(sizes, least):
    untold = small_cells(sizes, least)

    assert all(size == 0 or size >= least for key, size in sizes.items() if key not in untold)


@settings(max_examples=50)
@given(ROWS, LEAST)
def test_a_total_gives_no_single_cell_away(sizes, least):
    untold = [sizes[key] for key in small_cells(sizes, least)]

    total = sum(sizes.values())
    assert not untold or total < least or (len(untold) > 1 and sum(untold) >= least)


@settings(max_examples=40)
@given(GRIDS, LEAST)
def test_totals_of_lines_give_no_single_cell_away(sizes, least):
    untold = small_cells(sizes, least)

    assert all(size == 0 or size >= least for key, size in sizes.items() if key not in untold)
    everything = untold == {key for key, size in sizes.items() if size}
    for at in (0, 1):
        lines = defaultdict(list)
        for key, size in sizes.items():
            lines[key[at]].append((size, key in untold))
        for line in lines.values():
            left = [size for size, hidden in line if hidden]
            small = sum(size for size, _hidden in line) < least
            assert not left or everything or small or (len(left) > 1 and sum(left) >= least)


@settings(max_examples=40)
@given(DAYS, LEAST)
def test_any_two_choices_of_days_differ_by_nobody_or_by_enough(counts, least):
    days = [(BEGIN + timedelta(days=at), count) for at, count in enumerate(counts)]
    blocks = blocks_of(days, least)
    spans = [
        inside(blocks, BEGIN + timedelta(days=begin), BEGIN + timedelta(days=end))
        for begin in range(len(days))
        for end in range(begin + 1, len(days) + 1)
    ]
    chosen = {
        frozenset(day for day, _count in days if span and span[0] <= day <= span[1])
        for span in spans
    }
    size = dict(days)

    for one, other in combinations(chosen, 2):
        for left in (one - other, other - one):
            assert not left or sum(size[day] for day in left) >= min(least, sum(counts))


def test_one_small_row_takes_the_smallest_other_with_it():
    sizes = {("a",): 3, ("b",): 40, ("c",): 9}

    assert small_cells(sizes, 5) == {("a",), ("c",)}


def test_a_rest_of_days_joins_the_block_before():
    days = [(BEGIN + timedelta(days=at), count) for at, count in enumerate((3, 2, 6, 1))]

    blocks = blocks_of(days, 5)

    assert blocks == ((BEGIN, days[1][0]), (days[2][0], days[3][0]))
