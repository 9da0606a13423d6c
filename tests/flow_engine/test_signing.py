"""Several signers: together, the first one, one after the other; and loops."""

import pytest

from flow_engine import NotWaiting


@pytest.fixture
def signing(draw):
    def make(sign="", sequential="false", condition=""):
        several = (
            f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">'
            "<bpmn:loopDataInputRef>signers</bpmn:loopDataInputRef>"
            f'<bpmn:inputDataItem id="signer" name="signer"/>{condition}'
            "</bpmn:multiInstanceLoopCharacteristics>"
        )
        return draw.file(
            draw.node("startEvent", "start"),
            draw.user("sign", extra=several, step=sign),
            draw.user("after", '<gcrm:verb id="b" label="退回" kind="send_back" to="sign"/>'),
            draw.end("ok"),
            draw.chain("start", "sign", "after", "ok"),
        )

    return make


def test_all_signers_decide(play, signing):
    player = play(signing())
    assert player.process.inputs == frozenset({"signers"})
    player.start(signers=["wang", "li", "zhao"])
    opened = sorted(player.items.values())

    steps = []
    for _ in range(3):
        player.do("sign")
        steps.append(player.steps())

    assert opened == ["li", "wang", "zhao"]
    assert steps == [["sign", "sign"], ["sign"], ["after"]]


def test_the_first_decision_wins_and_closes_the_others(play, signing):
    player = play(signing('sign="any_of"'))
    player.start(signers=["wang", "li"])
    other = sorted(player.tasks)[0]

    advance = player.complete(sorted(player.tasks)[1])

    assert (player.steps(), len(advance.closed)) == (["after"], 2)
    with pytest.raises(NotWaiting):
        player.complete(other)


def test_one_after_the_other_in_the_order_of_the_list(play, signing):
    player = play(signing(sequential="true"))
    player.start(signers=["wang", "li", "zhao"])

    order = []
    while player.steps() == ["sign"]:
        key = player.key("sign")
        order.append(player.items[key])
        player.complete(key, signers=["changed", "meanwhile"])

    assert (order, player.steps()) == (["wang", "li", "zhao"], ["after"])


def test_a_condition_over_counted_votes_ends_the_signing(play, signing):
    condition = "<bpmn:completionCondition>passed</bpmn:completionCondition>"
    player = play(signing(condition=condition))
    player.start(signers=["a", "b", "c"], passed=False)

    player.do("sign", passed=False)
    player.do("sign", passed=True)

    assert player.steps() == ["after"]


def test_one_refusal_ends_the_signing(play, signing):
    condition = '<bpmn:completionCondition>verb = "refuse"</bpmn:completionCondition>'
    player = play(signing(condition=condition))
    player.start(signers=["a", "b", "c"])

    player.do("sign", "refuse")

    assert player.steps() == ["after"]


@pytest.mark.parametrize("signers", [[], None, "wang", [None], [""], True])
def test_without_signers_nothing_passes_by_itself(play, signing, signers):
    advance = play(signing()).start(signers=signers)

    assert advance.incident is not None
    assert advance.incident.code in ("no_signers", "expression")
    assert advance.incident.element_id == "sign"
    assert (advance.opened, advance.ended) == ((), None)


def test_the_start_can_be_resumed_with_signers(play, signing, now):
    player = play(signing())
    stuck = player.start(signers=[])

    again = player.process.resume(stuck.state, now, player.decide, variables={"signers": ["wang"]})

    assert [task.item for task in again.opened] == ["wang"]


def test_sent_back_everybody_signs_anew(play, signing):
    player = play(signing())
    player.start(signers=["a", "b"])
    player.do("sign")
    player.do("sign")

    player.do("after", "b")

    assert player.steps() == ["sign", "sign"]


def test_a_half_signed_step_can_be_left(play, draw):
    several = (
        "<bpmn:multiInstanceLoopCharacteristics>"
        "<bpmn:loopDataInputRef>signers</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="signer"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    back = '<gcrm:verb id="b" label="退回" kind="send_back" to="first"/>'
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.user("first"),
            draw.user("sign", back, extra=several),
            draw.end("ok"),
            draw.chain("start", "first", "sign", "ok"),
        )
    )
    player.start(signers=["a", "b", "c"])
    player.do("first")
    player.do("sign")

    player.do("sign", "b")

    assert player.steps() == ["first"]


def test_a_block_runs_once_for_each_item(play, draw):
    several = (
        "<bpmn:multiInstanceLoopCharacteristics>"
        "<bpmn:loopDataInputRef>items</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="office"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    block = (
        draw.node("startEvent", "bs")
        + draw.node("exclusiveGateway", "which", default="which_to_other")
        + draw.user("fire")
        + draw.user("other")
        + draw.end("be")
        + draw.chain("bs", "which", "other", "be")
        + draw.flow("f", "which", "fire", 'office = "fire"')
        + draw.chain("fire", "be")
        + several
    )
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node("subProcess", "block", block),
            draw.end("ok"),
            draw.chain("start", "block", "ok"),
        )
    )
    player.start(items=["fire", "water", "food"])

    opened = player.steps()
    ended = [player.do(step).ended for step in opened]

    assert opened == ["fire", "other", "other"]
    assert ended == [None, None, "ok"]


def test_a_counted_loop_runs_that_often(play, draw):
    loop = '<bpmn:standardLoopCharacteristics loopMaximum="3"/>'
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.user("a", extra=loop),
            draw.end("ok"),
            draw.chain("start", "a", "ok"),
        )
    )
    player.start()

    assert [player.do("a").ended for _ in range(3)] == [None, None, "ok"]


def test_a_loop_goes_on_while_its_condition_is_true(play, draw):
    loop = (
        "<bpmn:standardLoopCharacteristics>"
        '<bpmn:loopCondition>verb = "refuse"</bpmn:loopCondition>'
        "</bpmn:standardLoopCharacteristics>"
    )
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.user("a", extra=loop),
            draw.end("ok"),
            draw.chain("start", "a", "ok"),
        )
    )
    player.start()

    assert [player.do("a", verb).ended for verb in ("refuse", "refuse", "pass")] == [
        None,
        None,
        "ok",
    ]


def test_a_number_of_rounds_is_counted(play, draw):
    several = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true">'
        "<bpmn:loopCardinality>rounds</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    file = draw.file(
        draw.node("startEvent", "start"),
        draw.user("a", extra=several),
        draw.end("ok"),
        draw.chain("start", "a", "ok"),
    )
    player = play(file)
    player.start(rounds="2")

    ended = [player.do("a").ended for _ in range(2)]
    wrong = [play(file).start(rounds=value).incident for value in ("2.5", "-1", "1001", "x")]

    assert ended == [None, "ok"]
    assert [incident.code for incident in wrong] == ["expression"] * 4


def test_a_long_loop_without_people_runs_through(play, draw):
    """SpiffWorkflow stops without a word at a depth of 1000 tasks, after some 490 rounds."""
    file = draw.file(
        draw.node("startEvent", "start"),
        draw.node("exclusiveGateway", "merge"),
        '<bpmn:scriptTask id="count" scriptFormat="feel" camunda:resultVariable="amount">'
        "<bpmn:script>amount + 1</bpmn:script></bpmn:scriptTask>",
        draw.node("exclusiveGateway", "more", default="more_to_ok"),
        draw.end("ok"),
        draw.chain("start", "merge", "count", "more", "ok"),
        draw.flow("again", "more", "merge", "amount &lt; rounds"),
    )

    done = play(file).start(amount="0", rounds="1200")
    endless = play(file).start(amount="0", rounds="999999999")

    assert (done.ended, done.incident) == ("ok", None)
    assert endless.ended is None
    assert (endless.incident.code, endless.opened) == ("runaway", ())
