"""Writing an instance to bytes between moves changes nothing."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow_engine import FlowError, NotWaiting, running
from flow_engine.running import Move
from rule_engine.running import EvaluationContext

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def everything(draw):
    """A process with a correction loop, both kinds of blocks, signing, timers and withdrawal."""
    signing = (
        "<bpmn:multiInstanceLoopCharacteristics>"
        "<bpmn:loopDataInputRef>signers</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="signer"/>'
        '<bpmn:completionCondition>verb = "refuse"</bpmn:completionCondition>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    in_turn = signing.replace("<bpmn:multiInstance", "<bpmn:multiInstance", 1).replace(
        "Characteristics>", 'Characteristics isSequential="true">', 1
    )
    block = draw.node(
        "subProcess",
        "block",
        draw.node("startEvent", "bs")
        + draw.node("parallelGateway", "split")
        + draw.user("food")
        + draw.user("fire", '<gcrm:verb id="b" label="退" kind="send_back" to="food"/>')
        + draw.user("sign", extra=signing)
        + draw.node("parallelGateway", "join")
        + draw.end("be")
        + draw.chain("bs", "split", "food", "join", "be")
        + draw.chain("split", "fire", "join")
        + draw.chain("split", "sign", "join"),
    )
    handling = draw.node(
        "subProcess",
        "handling",
        draw.node("startEvent", "hs")
        + draw.user("accept")
        + draw.node(
            "boundaryEvent",
            "remind",
            "<bpmn:timerEventDefinition><bpmn:timeCycle>R2/PT1H</bpmn:timeCycle>"
            "</bpmn:timerEventDefinition>",
            attachedToRef="accept",
            cancelActivity="false",
        )
        + draw.user("urged")
        + draw.node(
            "boundaryEvent",
            "deemed",
            "<bpmn:timerEventDefinition><bpmn:timeDuration>P5D</bpmn:timeDuration>"
            "</bpmn:timerEventDefinition>",
            attachedToRef="accept",
        )
        + draw.node("exclusiveGateway", "accepted", default="accepted_to_block")
        + draw.user("correct")
        + block
        + draw.node("inclusiveGateway", "more", default="more_to_plain")
        + draw.user("plain")
        + draw.user("large")
        + draw.node("inclusiveGateway", "less")
        + draw.user("turns", extra=in_turn)
        + draw.end("he")
        + draw.end("ue")
        + draw.chain("hs", "accept", "accepted", "block", "more", "plain", "less", "turns", "he")
        + draw.flow("f1", "accepted", "correct", 'verb_accept = "refuse"')
        + draw.chain("correct", "accept")
        + draw.chain("deemed", "block")
        + draw.chain("remind", "urged", "ue")
        + draw.flow("f2", "more", "large", 'verb_food = "pass"')
        + draw.flow("f3", "more", "less", 'verb_fire = "pass"')
        + draw.chain("large", "less"),
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
        draw.user("last", '<gcrm:verb id="b" label="退" kind="send_back" to="handling"/>'),
        draw.end("gone", "withdrawn"),
        draw.end("ok", "approved"),
        draw.chain("start", "handling", "last", "ok"),
        draw.chain("withdrawn", "gone"),
    )


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("do"), st.integers(0, 7), st.sampled_from(["pass", "pass", "refuse"])),
        st.tuples(
            st.just("back"),
            st.integers(0, 7),
            st.sampled_from(["food", "fire", "sign", "accept", "block", "handling", "large"]),
        ),
        st.tuples(st.just("fire"), st.integers(0, 3), st.just("")),
    ),
    max_size=25,
)


class Side:
    """One way to run the same acts; what is open stands in a stable order."""

    def __init__(self, process):
        self.process = process
        self.tasks = {}
        self.timers = {}

    def took(self, advance):
        for key in advance.closed:
            del self.tasks[key]
        for key in advance.cancelled_timers:
            del self.timers[key]
        self.tasks.update({o.key: (o.step_id, o.item) for o in advance.opened})
        self.timers.update({t.key: (t.element_id, str(t.due_at)) for t in advance.timers})
        return (
            sorted(self.tasks.values(), key=str),
            sorted(self.timers.values()),
            advance.ended,
            advance.outcome,
            advance.incident,
        )

    def pick(self, table, index):
        keys = sorted(table, key=lambda key: (str(table[key]), int(key.split("~")[0])))
        return keys[index % len(keys)] if keys else None


class Reloading(Side):
    """Goes through the public interface: bytes in, bytes out."""

    state = b""

    def start(self, variables):
        return self.keep(self.process.start(variables, NOW, None))

    def keep(self, advance):
        self.state = advance.state
        return self.took(advance)

    def act(self, kind, key, what):
        process, state = self.process, self.state
        if kind == "do":
            return self.keep(process.complete(state, key, what, {}, NOW, None))
        if kind == "back":
            return self.keep(process.send_back(state, key, what, NOW, None))
        return self.keep(process.fire(state, key, NOW, None))


class Living(Side):
    """Keeps one instance in memory all along."""

    def start(self, variables):
        context = EvaluationContext(NOW)
        self.move = Move(self.process._plans, context, NOW, None, None, None)
        self.move.instance.variables.update(variables)
        return self.keep(self.move.finish(lambda: None))

    def keep(self, advance):
        self.move.people = {str(token.id) for token in self.move._people()}
        listening = [] if self.move.instance.completed else self.move.instance.listening()
        self.move.waits = {key for token in listening for key, _ in self.move._keys(token)}
        return self.took(advance)

    def act(self, kind, key, what):
        move = self.move
        token = move.token(key)
        if kind == "do":
            own = {"verb": what, f"verb_{self.tasks[key][0]}": what}
            return self.keep(
                move.finish(lambda: (move.instance.variables.update(own), token.run())[0])
            )
        if kind == "back":
            return self.keep(self.process._back(move, key, what, {}))
        plan = self.process._plans.timers.get(token.task_spec.event_definition.name)
        return self.keep(move.finish(lambda: running.fire(move.instance, token, key, plan.times)))


@given(acts=ACTS, signers=st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True))
@settings(
    max_examples=settings.default.max_examples * 6 // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_reloading_at_each_step_equals_never_reloading(compiled, everything, acts, signers):
    process = compiled(everything)
    sides = [Reloading(process), Living(process)]
    seen = [side.start({"signers": signers}) for side in sides]
    assert seen[0] == seen[1]

    for kind, index, what in acts:
        if seen[0][2] is not None:
            break
        answers = []
        for side in sides:
            key = side.pick(side.timers if kind == "fire" else side.tasks, index)
            try:
                answers.append(side.act(kind, key, what) if key is not None else None)
            except FlowError as refused:
                answers.append((type(refused), what))
        assert answers[0] == answers[1]
        if answers[0] is not None and len(answers[0]) == 5:
            seen = answers


@given(acts=ACTS)
@settings(
    max_examples=settings.default.max_examples * 4 // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_an_instance_is_always_open_somewhere_or_ended_or_an_incident(compiled, everything, acts):
    process = compiled(everything)
    side = Reloading(process)
    answer = side.start({"signers": ["a", "b"]})

    for kind, index, what in acts:
        tasks, _, ended, _, incident = answer
        assert tasks or ended or incident
        if ended is not None:
            with pytest.raises(NotWaiting):
                process.catch(side.state, "withdraw", NOW, None)
            break
        key = side.pick(side.timers if kind == "fire" else side.tasks, index)
        if key is None:
            continue
        try:
            answer = side.act(kind, key, what)
        except FlowError:
            continue

    if answer[2] is None and answer[4] is None and ("last", None) not in answer[0]:
        gone = process.catch(side.state, "withdraw", NOW, None)
        assert (gone.ended, gone.outcome) == ("gone", "withdrawn")
        assert len(gone.closed) == len(side.tasks)
