"""Gateways: choices over routing variables, inclusive joins, flows out of a task."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from rule_engine.values import MonthsDuration


def test_a_choice_reads_routing_variables(play, draw):
    file = draw.file(
        draw.node("startEvent", "start"),
        draw.node("exclusiveGateway", "choice", default="choice_to_small"),
        draw.end("big"),
        draw.end("small"),
        draw.chain("start", "choice", "small"),
        draw.flow("large", "choice", "big", "amount &gt; 1000"),
    )

    ends = [play(file).start(amount=value).ended for value in ("1000.01", Decimal(1000), "x", None)]

    assert ends == ["big", "small", "small", "small"]


def test_a_condition_that_cannot_be_worked_out_is_an_incident_and_no_default(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node("exclusiveGateway", "choice", default="choice_to_small"),
            draw.end("big"),
            draw.end("small"),
            draw.chain("start", "choice", "small"),
            draw.flow("large", "choice", "big", "1 / (amount - 5) &gt; 1"),
        )
    )

    stuck = player.start(amount="5")

    assert stuck.ended is None
    assert (stuck.incident.code, stuck.incident.element_id) == ("expression", "large")
    assert "5" not in stuck.incident.detail
    assert player.start().ended == "small", "what is missing is no error"


def test_nothing_true_and_no_default_is_an_incident(play, draw, now):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.user("a"),
            draw.node("exclusiveGateway", "choice"),
            draw.end("one"),
            draw.end("two"),
            draw.chain("start", "a", "choice"),
            draw.flow("f1", "choice", "one", "amount = 1"),
            draw.flow("f2", "choice", "two", "amount = 2"),
        )
    )
    player.start()

    stuck = player.do("a")
    mended = player.process.resume(stuck.state, now, player.decide, variables={"amount": "2"})

    assert (stuck.incident.code, stuck.incident.element_id) == ("no_flow", "choice")
    assert len(stuck.closed) == 1
    assert (mended.ended, mended.incident) == ("two", None)


@pytest.fixture
def inclusive(draw):
    return draw.file(
        draw.node("startEvent", "start"),
        draw.node("inclusiveGateway", "split", default="split_to_none"),
        draw.user("food"),
        draw.user("fire"),
        draw.user("none"),
        draw.node("inclusiveGateway", "join"),
        draw.user("after"),
        draw.end("ok"),
        draw.chain("start", "split", "none", "join", "after", "ok"),
        draw.flow("f1", "split", "food", 'list contains(items, "food")'),
        draw.flow("f2", "split", "fire", 'list contains(items, "fire")'),
        draw.chain("food", "join"),
        draw.chain("fire", "join"),
    )


@pytest.mark.parametrize(
    ("items", "opened"),
    [
        (["food", "fire"], ["fire", "food"]),
        (["fire"], ["fire"]),
        ([], ["none"]),
    ],
)
def test_an_inclusive_join_waits_for_the_chosen_branches_only(play, inclusive, items, opened):
    player = play(inclusive)
    player.start(items=items)
    first = player.steps()

    for step in first:
        assert "after" not in player.steps()
        player.do(step)

    assert (first, player.steps()) == (opened, ["after"])
    assert player.do("after").ended == "ok"


def test_several_flows_out_of_a_task_are_all_taken(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.user("a"),
            draw.user("b"),
            draw.user("c"),
            draw.end("ok"),
            draw.chain("start", "a", "b", "ok"),
            draw.chain("a", "c", "ok"),
        )
    )
    player.start()
    player.do("a")
    opened = player.steps()

    ended = [player.do("b").ended, player.do("c").ended]

    assert (opened, ended) == (["b", "c"], [None, "ok"])


def test_conditions_of_flows_out_of_a_task_are_heeded(play, draw):
    """SpiffWorkflow ignores one and refuses two."""
    file = draw.file(
        draw.node("startEvent", "start"),
        draw.node(
            "userTask",
            "a",
            "<bpmn:extensionElements/>",
            default="a_to_low",
        ),
        draw.end("high"),
        draw.end("low"),
        draw.chain("start", "a", "low"),
        draw.flow("f", "a", "high", "amount &gt; 5"),
    )

    ends = []
    for amount in ("9", "1"):
        player = play(file)
        player.start(amount=amount)
        ends.append(player.do("a", "any verb at all").ended)

    assert ends == ["high", "low"]


def test_a_path_without_an_end_event_ends_there(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node("parallelGateway", "split"),
            draw.user("a"),
            draw.user("b"),
            draw.end("ok"),
            draw.chain("start", "split", "a", "ok"),
            draw.chain("split", "b"),
        )
    )
    player.start()

    ended = [player.do("a").ended, player.do("b").ended]

    assert ended == [None, "ok"]


def test_terminate_ends_everything(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node("parallelGateway", "split"),
            draw.user("a"),
            draw.user("b"),
            draw.node("endEvent", "stop", "<bpmn:terminateEventDefinition/>"),
            draw.end("ok"),
            draw.chain("start", "split", "a", "stop"),
            draw.chain("split", "b", "ok"),
        )
    )
    player.start()

    advance = player.do("a")

    assert (advance.ended, player.steps(), len(advance.closed)) == ("stop", [], 2)


def test_a_join_that_can_never_fire_is_an_incident_and_no_silent_stall(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node("exclusiveGateway", "one", default="one_to_a"),
            draw.user("a"),
            draw.user("b"),
            draw.node("parallelGateway", "join"),
            draw.end("ok"),
            draw.chain("start", "one", "a", "join", "ok"),
            draw.flow("f", "one", "b", "amount = 1"),
            draw.chain("b", "join"),
        )
    )
    player.start()

    advance = player.do("a")

    assert (advance.ended, advance.incident.code, advance.incident.element_id) == (
        None,
        "stalled",
        "join",
    )


def test_a_decision_sets_routing_variables(play, draw):
    asked = []

    def decide(decision, variables):
        asked.append((decision, variables))
        return {"amount": Decimal("60.00"), "passed": True}

    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node(
                "businessRuleTask",
                "rule",
                '<bpmn:extensionElements><gcrm:decision ref="grade"/></bpmn:extensionElements>',
            ),
            draw.node("exclusiveGateway", "choice", default="choice_to_no"),
            draw.end("yes"),
            draw.end("no"),
            draw.chain("start", "rule", "choice", "no"),
            draw.flow("f", "choice", "yes", "passed and amount = 60"),
        ),
        decide,
    )

    advance = player.start(note="n")

    assert advance.ended == "yes"
    assert asked == [("grade", {"note": "n"})]


def test_a_failing_decision_is_an_incident_and_can_be_resumed(play, draw, now):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node(
                "businessRuleTask",
                "rule",
                '<bpmn:extensionElements><gcrm:decision ref="grade"/></bpmn:extensionElements>',
            ),
            draw.end("ok"),
            draw.chain("start", "rule", "ok"),
        )
    )

    stuck = player.start()
    still = player.process.resume(stuck.state, now, player.decide)
    mended = player.process.resume(stuck.state, now, lambda decision, variables: {})

    assert (stuck.incident.code, stuck.incident.element_id) == ("decision", "rule")
    assert still.incident.code == "decision"
    assert (mended.ended, mended.incident) == ("ok", None)


def test_a_feel_script_sets_its_result(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            '<bpmn:scriptTask id="s" scriptFormat="feel" camunda:resultVariable="amount">'
            "<bpmn:script>amount * 1.2</bpmn:script></bpmn:scriptTask>",
            draw.node("exclusiveGateway", "choice", default="choice_to_no"),
            draw.end("yes"),
            draw.end("no"),
            draw.chain("start", "s", "choice", "no"),
            draw.flow("f", "choice", "yes", "amount = 12"),
        )
    )

    assert player.start(amount="10").ended == "yes"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (Decimal("60.00"), "60.00"),
        (Decimal("12345678901234567890123456789012.5"), "12345678901234567890123456789012.5"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 8, tzinfo=UTC), "2026-01-31T08:00:00+00:00"),
        (MonthsDuration(14), "P1Y2M"),
        (["a", Decimal(1)], ["a", "1"]),
        ({"typename": Decimal(1)}, {"typename": "1"}),
        (True, True),
        (None, None),
    ],
)
def test_variables_are_kept_as_text_without_loss(play, draw, given, kept):
    player = play(
        draw.file(
            draw.node("startEvent", "s"), draw.user("a"), draw.end("e"), draw.chain("s", "a", "e")
        )
    )

    state = player.start(free=given).state

    assert player.process.variables(state)["free"] == kept


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999999", "x", "", "１"])
def test_what_is_no_number_is_not_true(play, draw, text):
    player = play(
        draw.file(
            draw.node("startEvent", "s"),
            draw.node("exclusiveGateway", "g", default="g_to_e"),
            draw.end("e"),
            draw.end("big"),
            draw.chain("s", "g", "e"),
            draw.flow("f", "g", "big", "amount &gt; 5"),
        )
    )

    advance = player.start(amount=text)

    assert (advance.ended, advance.incident) == ("e", None)
