"""Stored verdicts judged again, and real cases as samples of an impact list."""

from dataclasses import replace
from typing import Any

import pytest

from app_definitions import canonical
from gcrm.access import Denied
from gcrm.apps import compile_package, library
from gcrm.apps.impact import Side, changes
from gcrm.runtime import replay as replays
from gcrm.runtime import submit
from rule_engine import Verdict


def test_a_stored_verdict_comes_out_the_same_later(town: Any) -> None:
    done = town.submitted()
    town.clock.go(days=400)

    with town.house.store.read() as reader:
        found = replays.replay(
            reader,
            town.house.services,
            town.accessor(reader, town.staff("hefang")),
            done.case_id,
            town.clock(),
        )

    assert found is not None
    assert found.same
    assert (found.release, found.stored_verdict, found.stored_version) == (1, "pass", "v2026")
    assert found.found.verdict is Verdict.PASS


def test_a_verdict_that_failed_is_replayed_with_its_reasons(town: Any) -> None:
    ask = town.fill(town.chen, elder=town.new_elder(1947))
    done = town.run(submit.SUBMIT, town.chen, replace(ask, insist=True))

    with town.house.store.read() as reader:
        found = replays.replay(
            reader,
            town.house.services,
            town.accessor(reader, town.chen),
            done.case_id,
            town.clock(),
        )

    assert found is not None
    assert (found.stored_verdict, found.same) == ("fail", True)
    assert [f.condition_id for f in found.found.obstacles] == ["age"]


def test_only_who_may_read_the_case_may_replay_it(town: Any) -> None:
    done = town.submitted()

    with town.house.store.read() as reader, pytest.raises(Denied):
        replays.replay(
            reader,
            town.house.services,
            town.accessor(reader, town.staff("designer")),
            done.case_id,
            town.clock(),
        )


def test_real_cases_are_samples_for_those_who_may_read_them(town: Any) -> None:
    first, second = town.submitted(), town.submitted()

    with town.house.store.read() as reader:
        services = town.house.services
        seen = list(
            replays.samples_of_cases(
                reader,
                services,
                town.accessor(reader, town.staff("hefang")),
                "elder_allowance",
            )
        )
        hidden = list(
            replays.samples_of_cases(
                reader,
                services,
                town.accessor(reader, town.staff("designer")),
                "elder_allowance",
            )
        )

    assert {sample.name for sample in seen} == {first.number, second.number}
    assert all(sample.facts["life_status"] == "alive" for sample in seen)
    assert hidden == []


def test_a_dearer_release_changes_the_cases_that_it_touches(town: Any) -> None:
    young = town.submitted(elder=town.new_elder(1944))
    town.submitted(elder=town.new_elder(1930))
    package = library.read("elder_allowance")
    part = next(each for each in package.parts if each.path == "decisions/amount.json")
    dearer = package.with_part(part.path, part.content.replace(b'"30"', b'"50"'))
    new, _ = compile_package(dearer)
    assert new is not None

    with town.house.store.read() as reader:
        services = town.house.services
        accessor = town.accessor(reader, town.staff("hefang"))
        old = services.apps.current(reader, 1, "elder_allowance")
        samples = list(replays.samples_of_cases(reader, services, accessor, "elder_allowance"))
        fill = replays.fill_as_cases(reader, services, 1, town.clock())
        found = list(
            changes(Side(old, "amount"), Side(new, "amount"), samples, town.clock(), fill=fill)
        )
        same = list(
            changes(Side(old, "amount"), Side(old, "amount"), samples, town.clock(), fill=fill)
        )

    assert [(c.sample.name, c.old.said, c.new.said) for c in found] == [(young.number, "30", "50")]
    assert same == []
    assert canonical.dumps(dict(found[0].new.outcome))
