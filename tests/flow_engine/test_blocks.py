"""Parallel blocks, sending back in and around them, withdrawal and deemed acceptance."""

import base64

import pytest

from flow_engine import NotWaiting, UnknownTarget

STATE_1 = base64.b64decode(
    "eAFdj81qwzAQhN9lz4uJf0RdHwt9ghyFKbItN2oUyciKTQl5946SGNLcVt/O7IwuNPpwUpGanMmqGUP9zqTdQI07W8"
    "s0eKepGZWdNdOiglGd1TM1F1p06KihSc0zYYXXl+p7PeHGBp2PMJPDXp382aVVnolNPnqPnLv4yrT6cBytX3Fdyh0T"
    "sZQ5Y9hHFSJx2bIsGUVddlBusMZ9Zx+4Oqjw+7loF/eTNQ9dxeWzjriAWdzhauJhCGpFrV3bglf/pUgtXmMFgyG4s7"
    "4/pmvJV4onJGVVv7hEzmBw3T566y+KDZmgifPUqnwgdDLolNhbzTDD+eMTSjXb6x9QpYEk"
)
"""A state as the first version wrote it: food is done, fire (52) and drain (53) are open."""


@pytest.fixture
def skeleton(draw):
    """The skeleton of a case for several offices: accept, a block of three, issue; withdraw."""
    block = draw.node(
        "subProcess",
        "block",
        draw.node("startEvent", "block_start")
        + draw.node("parallelGateway", "split")
        + draw.user("food")
        + draw.user("fire")
        + draw.user("drain")
        + draw.node("parallelGateway", "join")
        + draw.end("block_end")
        + draw.chain("block_start", "split", "food", "join")
        + draw.chain("split", "fire", "join")
        + draw.chain("split", "drain", "join")
        + draw.chain("join", "block_end"),
    )
    handling = draw.node(
        "subProcess",
        "handling",
        draw.node("startEvent", "handling_start")
        + draw.user("accept")
        + draw.node("exclusiveGateway", "accepted", default="accepted_to_block")
        + draw.user("correct")
        + block
        + draw.user("issue")
        + draw.end("handling_end")
        + draw.chain("handling_start", "accept", "accepted", "block", "issue", "handling_end")
        + draw.flow("wants_more", "accepted", "correct", 'verb = "refuse"')
        + draw.chain("correct", "accept")
        + draw.node(
            "boundaryEvent",
            "deemed",
            '<bpmn:timerEventDefinition><bpmn:timeDate>due("accept")</bpmn:timeDate>'
            "</bpmn:timerEventDefinition>",
            attachedToRef="accept",
        )
        + draw.chain("deemed", "block"),
    )
    return draw.file(
        draw.node("startEvent", "start"),
        handling,
        draw.node(
            "boundaryEvent",
            "withdrawn",
            '<bpmn:messageEventDefinition messageRef="m_withdraw"/>',
            attachedToRef="handling",
        ),
        draw.end("gone", "withdrawn"),
        draw.end("ok", "approved"),
        draw.chain("start", "handling", "ok"),
        draw.chain("withdrawn", "gone"),
    )


def test_all_branches_open_together_and_join_once(play, skeleton):
    player = play(skeleton)
    player.start()

    player.do("accept")
    opened = player.steps()
    player.do("fire")
    player.do("food")
    before = player.steps()
    player.do("drain")

    assert (opened, before, player.steps()) == (["drain", "fire", "food"], ["drain"], ["issue"])


def test_a_correction_comes_back_to_the_same_step(play, skeleton):
    player = play(skeleton)
    player.start()

    player.do("accept", "refuse")
    corrected = player.steps()
    player.do("correct")

    assert (corrected, player.steps()) == (["correct"], ["accept"])


def test_one_branch_is_sent_back_while_another_is_open_and_the_third_stays_done(play, skeleton):
    player = play(skeleton)
    player.start()
    for step in ("accept", "food", "fire"):
        player.do(step)

    player.back("drain", "food")
    returned = player.steps()
    player.do("drain")
    waits = player.steps()
    player.do("food")

    assert (returned, waits, player.steps()) == (["drain", "food"], ["food"], ["issue"])


def test_a_step_behind_the_block_is_sent_back_into_one_branch(play, skeleton):
    player = play(skeleton)
    player.start()
    for step in ("accept", "food", "fire", "drain"):
        player.do(step)

    player.back("issue", "fire")
    returned = player.steps()
    player.do("fire")

    assert (returned, player.steps()) == (["fire"], ["issue"])
    assert player.do("issue").ended == "ok"


def test_a_step_behind_the_block_is_sent_back_to_the_whole_block(play, skeleton):
    player = play(skeleton)
    player.start()
    for step in ("accept", "food", "fire", "drain"):
        player.do(step)

    player.back("issue", "block")

    assert player.steps() == ["drain", "fire", "food"]


def test_a_step_is_sent_back_into_a_block_inside_a_closed_block(play, skeleton):
    file = skeleton.replace(
        b'sourceRef="handling" targetRef="ok"', b'sourceRef="handling" targetRef="last"'
    ).replace(
        b'<bpmn:endEvent id="ok">',
        b'<bpmn:userTask id="last"/><bpmn:sequenceFlow id="l" sourceRef="last" targetRef="ok"/>'
        b'<bpmn:endEvent id="ok">',
    )
    player = play(file)
    player.start()
    for step in ("accept", "food", "fire", "drain", "issue"):
        player.do(step)

    player.back("last", "food")
    opened = player.steps()
    player.do("food")

    assert (opened, player.steps()) == (["food"], ["issue"])
    assert player.catch("withdraw").ended == "gone"


def test_a_branch_is_sent_back_before_the_block(play, skeleton):
    player = play(skeleton)
    player.start()
    player.do("accept")
    player.do("food")

    player.back("fire", "accept")
    returned = player.steps()
    player.do("accept")

    assert (returned, player.steps()) == (["accept"], ["drain", "fire", "food"])


def test_nothing_is_sent_back_to_what_is_no_step(play, skeleton):
    player = play(skeleton)
    player.start()

    for target in ("nowhere", "join", "ok", "", "n.accept"):
        with pytest.raises(UnknownTarget):
            player.back("accept", target)


@pytest.mark.parametrize("done", [0, 1, 2, 3, 4])
def test_withdrawing_cancels_everything_at_any_moment(play, skeleton, done):
    player = play(skeleton)
    player.start()
    for step in ("accept", "food", "fire", "drain")[:done]:
        player.do(step)

    advance = player.catch("withdraw")

    assert (player.steps(), player.timers) == ([], {})
    assert (advance.ended, advance.outcome) == ("gone", "withdrawn")


def test_a_message_nobody_waits_for_is_refused(play, skeleton):
    player = play(skeleton)
    player.start()

    with pytest.raises(NotWaiting):
        player.catch("other")


def test_silence_counts_as_acceptance_when_the_host_fires_the_timer(play, skeleton, now):
    player = play(skeleton)
    player.due = {"accept": now}.__getitem__
    started = player.start()
    timer = started.timers[0]

    advance = player.fire("deemed")

    assert (timer.due_at, timer.step_id, timer.element_id) == (now, "accept", "deemed")
    assert player.steps() == ["drain", "fire", "food"]
    assert len(advance.closed) == 1


def test_finishing_the_step_cancels_its_timer(play, skeleton, now):
    player = play(skeleton)
    started = player.start()
    key = started.timers[0].key

    advance = player.do("accept")

    assert started.timers[0].due_at is None
    assert advance.cancelled_timers == (key,)
    with pytest.raises(NotWaiting):
        player.process.fire(advance.state, key, now, player.decide)


def test_plain_parallel_branches_are_sent_back_without_running_twice(play, draw):
    """The trap of SpiffWorkflow's reset: the follower and the returned step were both ready."""
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node("parallelGateway", "split"),
            draw.user("a"),
            draw.user("b"),
            draw.node("parallelGateway", "join"),
            draw.user("after"),
            draw.end("ok"),
            draw.chain("start", "split", "a", "join", "after", "ok"),
            draw.chain("split", "b", "join"),
        )
    )
    player.start()
    player.do("a")
    player.do("b")

    player.back("after", "a")
    returned = player.steps()
    player.do("a")

    assert (returned, player.steps()) == (["a"], ["after"])
    assert player.do("after").ended == "ok"


def test_a_join_in_a_loop_waits_in_every_round(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node("exclusiveGateway", "again"),
            draw.node("parallelGateway", "split"),
            draw.user("a"),
            draw.user("b"),
            draw.node("parallelGateway", "join"),
            draw.user("judge"),
            draw.node("exclusiveGateway", "judged", default="judged_to_ok"),
            draw.end("ok"),
            draw.chain("start", "again", "split", "a", "join", "judge", "judged", "ok"),
            draw.chain("split", "b", "join"),
            draw.flow("more", "judged", "again", 'verb_judge = "refuse"'),
        )
    )
    player.start()
    seen = []
    for _ in range(3):
        player.do("a")
        seen.append(player.steps())
        player.do("b")
        seen.append(player.steps())
        player.do("judge", "refuse")

    assert seen == [["b"], ["judge"]] * 3


def test_a_state_of_the_first_format_still_runs(play, skeleton, now):
    """States live as long as cases do: this one must be read for ever."""
    player = play(skeleton)

    fired = player.process.complete(STATE_1, "52", "pass", {}, now, player.decide)
    drained = player.process.complete(fired.state, "53", "pass", {}, now, player.decide)
    gone = player.process.catch(STATE_1, "withdraw", now, player.decide)

    assert (fired.opened, [task.step_id for task in drained.opened]) == ((), ["issue"])
    assert (gone.closed, gone.outcome) == (("52", "53"), "withdrawn")
    assert player.process.variables(STATE_1)["verb_food"] == "pass"
