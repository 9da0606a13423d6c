"""No text of a definition ever reaches Python: not from any attribute, not through any path."""

import builtins
import os

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.script_engine import python_engine, python_environment

from flow_engine import NotWaiting, Process, compile_process, executable, read_process
from flow_engine.expressions import Expressions, vocabulary_of
from rule_engine.expression import compile_expression

EVIL = "__import__('os').system('touch /tmp/gcrm-owned')"
OWNED = "/tmp/gcrm-owned"  # noqa: S108 - where the planted text would write


@pytest.fixture
def silent(monkeypatch):
    """Make SpiffWorkflow's Python engine, and eval and exec, fail loudly."""
    called = []

    def fail(*args, **kwargs):
        called.append(args)
        raise AssertionError(f"Python was asked to run {args!r}")

    for name in ("__init__", "evaluate", "execute", "call_service", "validate"):
        monkeypatch.setattr(python_engine.PythonScriptEngine, name, fail)
    for name in ("evaluate", "execute"):
        monkeypatch.setattr(python_environment.TaskDataEnvironment, name, fail)
    # the names as the library's modules see them: the interpreter needs its own
    monkeypatch.setattr(python_environment, "eval", fail, raising=False)
    monkeypatch.setattr(python_environment, "exec", fail, raising=False)
    monkeypatch.setattr(python_engine.ast, "parse", fail)
    yield called
    assert called == []
    assert not os.path.exists(OWNED)


def places(draw):
    """Give a file for every place in which BPMN may carry an expression, with `EVIL` in it."""
    start, end = draw.node("startEvent", "s"), draw.end("e")
    line = draw.chain("s", "a", "e")

    def timer(kind, tag):
        inside = f"<bpmn:timerEventDefinition><bpmn:{tag}>{EVIL}</bpmn:{tag}>"
        return draw.file(
            start,
            draw.node(kind, "a", f"{inside}</bpmn:timerEventDefinition>"),
            end,
            line,
        )

    def loop(inside, attributes=""):
        more = (
            f"<bpmn:multiInstanceLoopCharacteristics {attributes}>{inside}"
            "</bpmn:multiInstanceLoopCharacteristics>"
        )
        return draw.file(start, draw.user("a", extra=more), end, line)

    listed = "<bpmn:loopDataInputRef>signers</bpmn:loopDataInputRef>"
    yield (
        "condition",
        draw.file(
            start,
            draw.node("exclusiveGateway", "a", default="a_to_e"),
            end,
            draw.end("f"),
            line,
            draw.flow("c", "a", "f", EVIL),
        ),
    )
    yield (
        "inclusive",
        draw.file(
            start,
            draw.node("inclusiveGateway", "a", default="a_to_e"),
            end,
            draw.end("f"),
            line,
            draw.flow("c", "a", "f", EVIL),
        ),
    )
    yield (
        "flow_of_task",
        draw.file(start, draw.user("a"), end, draw.end("f"), line, draw.flow("c", "a", "f", EVIL)),
    )
    for tag in ("timeDate", "timeDuration", "timeCycle"):
        yield tag, timer("intermediateCatchEvent", tag)
    yield (
        "boundary",
        draw.file(
            start,
            draw.user("a"),
            draw.node(
                "boundaryEvent",
                "b",
                f"<bpmn:timerEventDefinition><bpmn:timeDate>{EVIL}</bpmn:timeDate>"
                "</bpmn:timerEventDefinition>",
                attachedToRef="a",
            ),
            end,
            line,
            draw.chain("b", "e"),
        ),
    )
    yield (
        "conditional",
        draw.file(
            start,
            draw.node(
                "intermediateCatchEvent",
                "a",
                f"<bpmn:conditionalEventDefinition><bpmn:condition>{EVIL}</bpmn:condition>"
                "</bpmn:conditionalEventDefinition>",
            ),
            end,
            line,
        ),
    )
    yield "cardinality", loop(f"<bpmn:loopCardinality>{EVIL}</bpmn:loopCardinality>")
    yield "input_ref", loop(f"<bpmn:loopDataInputRef>{EVIL}</bpmn:loopDataInputRef>")
    yield "input_item", loop(f'{listed}<bpmn:inputDataItem id="x" name="{EVIL}"/>')
    yield "completion", loop(f"{listed}<bpmn:completionCondition>{EVIL}</bpmn:completionCondition>")
    yield (
        "loop_condition",
        draw.file(
            start,
            draw.user(
                "a",
                extra="<bpmn:standardLoopCharacteristics><bpmn:loopCondition>"
                f"{EVIL}</bpmn:loopCondition></bpmn:standardLoopCharacteristics>",
            ),
            end,
            line,
        ),
    )
    yield (
        "loop_maximum",
        draw.file(
            start,
            draw.user("a", extra=f'<bpmn:standardLoopCharacteristics loopMaximum="{EVIL}"/>'),
            end,
            line,
        ),
    )
    for language in ("", ' scriptFormat="python"', ' scriptFormat="feel"'):
        yield (
            f"script{language}",
            draw.file(
                start,
                f'<bpmn:scriptTask id="a"{language} camunda:resultVariable="note">'
                f"<bpmn:script>{EVIL}</bpmn:script></bpmn:scriptTask>",
                end,
                line,
            ),
        )
    for kind in ("serviceTask", "sendTask", "adHocSubProcess"):
        inside = f"<bpmn:completionCondition>{EVIL}</bpmn:completionCondition>"
        yield kind, draw.file(start, draw.node(kind, "a", inside, expression=EVIL), end, line)


def ignored(draw):
    """Give files in which `EVIL` stands where nothing of ours looks: they run, it does not."""
    start, end = draw.node("startEvent", "s"), draw.end("e")
    line = draw.chain("s", "a", "e")
    associations = (
        f"<bpmn:dataInputAssociation><bpmn:sourceRef>{EVIL}</bpmn:sourceRef>"
        f"<bpmn:transformation>{EVIL}</bpmn:transformation>"
        f"<bpmn:assignment><bpmn:from>{EVIL}</bpmn:from><bpmn:to>{EVIL}</bpmn:to>"
        "</bpmn:assignment></bpmn:dataInputAssociation>"
        f"<bpmn:dataOutputAssociation><bpmn:targetRef>{EVIL}</bpmn:targetRef>"
        "</bpmn:dataOutputAssociation>"
        f'<bpmn:ioSpecification><bpmn:dataInput id="i" name="{EVIL}"/>'
        "<bpmn:inputSet><bpmn:dataInputRefs>i</bpmn:dataInputRefs></bpmn:inputSet>"
        "</bpmn:ioSpecification>"
    )
    yield "associations", draw.file(start, draw.user("a", extra=associations), end, line)
    yield (
        "foreign_extensions",
        draw.file(
            start,
            draw.node(
                "userTask",
                "a",
                "<bpmn:extensionElements>"
                f'<camunda:taskListener expression="{EVIL}" event="create"/>'
                f"<camunda:preScript>{EVIL}</camunda:preScript></bpmn:extensionElements>",
            ),
            end,
            line,
        ),
    )
    correlation = (
        '<bpmn:correlationProperty id="cp"><bpmn:correlationPropertyRetrievalExpression '
        f'messageRef="m_withdraw"><bpmn:messagePath>{EVIL}</bpmn:messagePath>'
        "</bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>"
        '<bpmn:collaboration id="co"><bpmn:correlationKey id="k" name="k">'
        "<bpmn:correlationPropertyRef>cp</bpmn:correlationPropertyRef></bpmn:correlationKey>"
        "</bpmn:collaboration></bpmn:definitions>"
    ).encode()
    caught = draw.file(
        start,
        draw.user("a"),
        draw.node(
            "boundaryEvent",
            "b",
            '<bpmn:messageEventDefinition messageRef="m_withdraw"/>',
            attachedToRef="a",
        ),
        end,
        line,
        draw.chain("b", "e"),
    )
    yield "correlation", caught.replace(b"</bpmn:definitions>", correlation)
    yield "message_name", caught.replace(b'name="withdraw"', f'name="{EVIL}"'.encode())


def test_planted_python_is_a_problem_in_every_expression(draw, vocabulary, silent):
    for place, content in places(draw):
        definition, problems = read_process(content, "processes/main.bpmn")
        assert definition is not None, place
        process, more = compile_process(definition, compile_expression, vocabulary)

        assert process is None, place
        assert [p for p in (*problems, *more) if p.severity == "error"], place


def test_planted_python_elsewhere_is_never_run(draw, vocabulary, silent, now):
    for place, content in ignored(draw):
        definition, _ = read_process(content, "processes/main.bpmn")
        process, problems = compile_process(definition, compile_expression, vocabulary)
        assert isinstance(process, Process), (place, problems)
        started = process.start({"note": EVIL, EVIL: EVIL}, now, lambda d, v: {})
        for message in ("withdraw", EVIL):
            try:
                process.catch(started.state, message, now, lambda d, v: {})
            except NotWaiting:
                continue
        done = process.complete(started.state, started.opened[0].key, "pass", {}, now, None)

        assert done.ended == "e", place


def test_spiffworkflow_is_shown_no_text_of_a_definition(draw, vocabulary):
    """The document it parses holds ids, names of messages and variables, and keys."""
    content = draw.file(
        draw.node("startEvent", "s", name=EVIL),
        draw.node("exclusiveGateway", "g", default="g_to_e"),
        draw.end("e"),
        draw.end("f"),
        draw.chain("s", "g", "e"),
        draw.flow("c", "g", "f", 'note = "SECRET"'),
        f"<bpmn:documentation>{EVIL}</bpmn:documentation>",
    )
    definition, _ = read_process(content, "processes/main.bpmn")
    expressions = Expressions("p", compile_expression, vocabulary_of(definition, vocabulary))

    shown = etree.tostring(executable.build(definition, expressions).root).decode()

    assert "SECRET" not in shown
    assert "__import__" not in shown
    assert ">e0<" in shown


def test_a_whole_life_runs_without_eval_exec_or_compile(draw, compiled, silent, monkeypatch, now):
    content = draw.file(
        draw.node("startEvent", "s"),
        draw.user("a"),
        draw.node("exclusiveGateway", "g", default="g_to_e"),
        draw.end("e"),
        draw.end("f"),
        draw.chain("s", "a", "g", "e"),
        draw.flow("c", "g", "f", 'verb = "refuse"'),
    )
    process = compiled(content)
    started = process.start({}, now, None)
    asked = []
    for name in ("eval", "exec", "compile"):
        monkeypatch.setattr(builtins, name, lambda *a, **k: asked.append(a))

    done = process.complete(started.state, started.opened[0].key, "refuse", {}, now, None)
    monkeypatch.undo()

    assert (asked, done.ended) == ([], "f")
