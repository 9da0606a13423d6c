"""What a move costs: instances are bytes, so each move loads, runs and writes one."""

from decimal import Decimal
from pathlib import Path

import pytest

from app_definitions.vocabulary import Input, Vocabulary
from flow_engine import compile_process, read_process
from rule_engine.expression import compile_expression
from rule_engine.running import EvaluationContext
from tests.effort import calls

LIBRARY = Path(__file__).parents[2] / "app_definitions" / "library"
PRECHECKED = Vocabulary((Input("precheck", "预检结果", "string"),))


def test_completing_a_step_of_three_takes_few_steps_of_the_processor(draw, compiled, now):
    process = compiled(
        draw.file(
            draw.node("startEvent", "start"),
            draw.user("a"),
            draw.user("b"),
            draw.user("c"),
            draw.end("ok"),
            draw.chain("start", "a", "b", "c", "ok"),
        )
    )
    started = process.start({}, now, None)
    key = started.opened[0].key
    process.complete(started.state, key, "pass", {}, now, None)

    counted = calls(lambda: process.complete(started.state, key, "pass", {}, now, None))

    assert counted < 1_000


def test_the_cost_of_a_step_does_not_grow_with_the_life_of_an_instance(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node("exclusiveGateway", "again"),
            draw.user("ask"),
            draw.node("exclusiveGateway", "more", default="more_to_ok"),
            draw.end("ok"),
            draw.chain("start", "again", "ask", "more", "ok"),
            draw.flow("f", "more", "again", 'verb = "refuse"'),
        )
    )
    player.start()
    sizes = []

    for _ in range(150):
        player.do("ask", "refuse")
        sizes.append(len(player.last.state))

    assert max(sizes) < min(sizes) + 40
    assert player.do("ask").ended == "ok"


@pytest.mark.parametrize("app", sorted(p.name for p in LIBRARY.iterdir() if p.is_dir()))
def test_the_processes_that_ship_have_no_structural_problem(app):
    for file in (LIBRARY / app / "processes").glob("*.bpmn"):
        definition, problems = read_process(file.read_bytes(), f"processes/{file.name}")

        assert problems == ()
        assert definition.steps


def test_the_allowance_runs_to_its_outcomes(now):
    content = (LIBRARY / "elder_allowance" / "processes" / "main.bpmn").read_bytes()
    definition, _ = read_process(content, "processes/main.bpmn")
    process, problems = compile_process(definition, compile_expression, PRECHECKED)
    assert process is not None, problems

    not_public = EvaluationContext(now, parameters={"publicity_days": Decimal(0)})
    outcomes = {}
    for verbs in (
        ["pass", "pass", "pass", "pass"],
        ["refuse"],
        ["pass", "refuse"],
        ["pass", "pass", "refuse"],
        ["pass", "pass", "pass", "refuse"],
    ):
        known = {"precheck": "pass", "signers_bureau": ["first", "second"]}
        advance = process.start(known, now, lambda d, v: {"amount": "60"})
        waiting = [each.key for each in advance.opened]
        for verb in verbs:
            against = {"votes_against_bureau": int(verb == "refuse")}
            advance = process.complete(
                advance.state,
                waiting.pop(0),
                verb,
                against,
                now,
                lambda d, v: {"amount": "60"},
                context=not_public,
            )
            waiting += [each.key for each in advance.opened]
        outcomes[" ".join(verbs)] = advance.outcome

    assert outcomes == {
        "pass pass pass pass": "approved",
        "refuse": "refused",
        "pass refuse": "refused",
        "pass pass refuse": "refused",
        "pass pass pass refuse": "refused",
    }
