"""One step after the other: verify, street, bureau, as in the old-age allowance."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from flow_engine import BadState, NotWaiting, UnknownVerb


@pytest.fixture
def three(draw):
    return draw.file(
        draw.node("startEvent", "start"),
        draw.user("verify"),
        draw.user("street", '<gcrm:verb id="back" label="退回" kind="send_back" to="verify"/>'),
        draw.node("exclusiveGateway", "judged", default="to_bureau"),
        draw.user("bureau"),
        draw.node("exclusiveGateway", "decided", default="to_ok"),
        draw.end("ok", "approved"),
        draw.end("no", "refused"),
        draw.chain("start", "verify", "street", "judged"),
        draw.flow("to_bureau", "judged", "bureau"),
        draw.flow("street_no", "judged", "no", 'verb_street = "refuse"'),
        draw.chain("bureau", "decided"),
        draw.flow("bureau_no", "decided", "no", 'verb = "refuse"'),
        draw.flow("to_ok", "decided", "ok"),
    )


def test_passing_every_step_ends_with_the_outcome_of_the_end_event(play, three):
    player = play(three)

    player.start()
    opened = [player.steps()]
    for step in ("verify", "street", "bureau"):
        player.do(step)
        opened.append(player.steps())

    assert opened == [["verify"], ["street"], ["bureau"], []]
    assert (player.last.ended, player.last.outcome) == ("ok", "approved")
    assert player.last.incident is None


@pytest.mark.parametrize("step", ["street", "bureau"])
def test_refusing_ends_at_the_other_end(play, three, step):
    player = play(three)
    player.start()
    player.do("verify")
    if step == "bureau":
        player.do("street")

    player.do(step, "refuse")

    assert (player.last.ended, player.last.outcome, player.steps()) == ("no", "refused", [])


def test_a_verb_with_a_target_sends_back(play, three):
    player = play(three)
    player.start()
    player.do("verify")
    street = player.key("street")

    advance = player.do("street", "back")

    assert advance.closed == (street,)
    assert player.steps() == ["verify"]


def test_a_task_is_completed_once(play, three):
    player = play(three)
    first = player.start()
    key = player.key("verify")
    player.do("verify")

    with pytest.raises(NotWaiting):
        player.process.complete(player.last.state, key, "pass", {}, moment(), player.decide)
    again = player.process.complete(first.state, key, "pass", {}, moment(), player.decide)

    assert [task.step_id for task in again.opened] == ["street"]


def moment():
    return datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("key", ["", "0", "999", "x", "3.1", "3~0", "../3", "3 ", "٣"])
def test_a_forged_key_is_refused(play, three, key):
    player = play(three)
    player.start()

    with pytest.raises(NotWaiting):
        player.complete(key)


def test_a_verb_the_step_does_not_offer_is_refused(play, three):
    player = play(three)
    player.start()

    with pytest.raises(UnknownVerb, match="pass, refuse"):
        player.do("verify", "explode")


def test_the_ended_instance_waits_for_nothing(play, three):
    player = play(three)
    player.start()
    player.do("verify")
    player.do("street", "refuse")

    with pytest.raises(NotWaiting):
        player.complete("3")
    with pytest.raises(NotWaiting):
        player.catch("withdraw")


def test_cancel_closes_everything_and_reaches_no_end(play, three):
    player = play(three)
    player.start()

    advance = player.took(player.process.cancel(player.last.state))

    assert (player.steps(), advance.ended, advance.incident) == ([], None, None)
    with pytest.raises(NotWaiting):
        player.complete("3")


def test_the_state_is_small_and_does_not_grow_in_a_loop(play, three):
    player = play(three)
    player.start()
    player.do("verify")
    first = len(player.last.state)

    for _ in range(60):
        player.do("street", "back")
        player.do("verify")

    assert len(player.last.state) < first + 60
    assert first < 400


def test_keys_are_never_used_twice(play, three):
    player = play(three)
    player.start()
    seen = set(player.tasks)

    for _ in range(5):
        new = {task.key for task in player.do("verify").opened}
        new |= {task.key for task in player.do("street", "back").opened}
        assert not new & seen
        seen |= new


def test_hostile_variables_are_only_data(play, three):
    player = play(three)
    variables = {
        "typename": "SpiffWorkflow.task.Task",
        "__class__": "x",
        "note": '"; DROP TABLE task; --',
        "amount": Decimal("1.50"),
        "items": ["typename", "{{7*7}}", "\U0001f600𠮷"],
    }
    player.start(**variables)

    player.do("verify", typename="again")
    player.do("street")
    player.do("bureau")

    assert player.last.ended == "ok"


def test_bytes_of_something_else_are_no_state(play, three):
    player = play(three)
    player.start()

    for content in (b"", b"{}", player.last.state[:-4], b"x\x9c" + bytes(20)):
        with pytest.raises(BadState):
            player.process.cancel(content)


def test_a_process_names_what_it_may_be_told_and_tells_its_variables(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.user("verify"),
            draw.node("exclusiveGateway", "judged", default="to_ok"),
            draw.end("ok", "approved"),
            draw.end("no", "refused"),
            draw.chain("start", "verify", "judged"),
            draw.flow("to_ok", "judged", "ok"),
            draw.flow("to_no", "judged", "no", 'amount > 100 and verb = "pass"'),
        )
    )

    player.start(amount="60")

    assert player.process.inputs == frozenset({"amount"})
    assert player.process.variables(player.last.state)["amount"] == Decimal(60)
    with pytest.raises(BadState):
        player.process.variables(b"no state")
