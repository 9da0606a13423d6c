"""DMN files: what is read, what is refused."""

import datetime as dt
from decimal import Decimal

import pytest

from rule_engine.dmn import DmnProgram
from rule_engine.dmn_xml import NAMESPACES, read_dmn
from rule_engine.running import EvaluationContext

NOW = EvaluationContext(dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC))


def model(body, namespace=NAMESPACES[-1]):
    text = f'<definitions xmlns="{namespace}" name="m" namespace="urn:m">{body}</definitions>'
    return read_dmn(text.encode("utf-8"), "m.dmn")


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_versions_1_2_to_1_5_are_read(namespace):
    found, problems = model(
        '<decision name="d" id="d"><literalExpression><text>1 + 1</text></literalExpression>'
        "</decision>",
        namespace,
    )

    assert problems == ()
    assert DmnProgram(found).evaluate("d", {}, NOW).value == Decimal(2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<definitions", "dmn_not_xml"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><definitions/>", "dmn_doctype"),
        (b"<definitions xmlns='urn:else'/>", "dmn_not_dmn"),
    ],
)
def test_other_files_are_refused(content, code):
    found, problems = read_dmn(content, "m.dmn")

    assert found is None
    assert [problem.code for problem in problems] == [code]


def test_what_is_not_kept_is_listed():
    _, problems = model('<textAnnotation id="t1"/>')

    assert [(p.code, p.severity, p.values["what"]) for p in problems] == [
        ("dmn_not_kept", "warning", "textAnnotation t1")
    ]


def test_a_decision_sees_only_what_it_requires():
    found, _ = model(
        '<inputData name="a" id="a"/>'
        '<decision name="blind" id="b"><literalExpression><text>a</text></literalExpression>'
        "</decision>"
        '<decision name="sees" id="s"><informationRequirement><requiredInput href="#a"/>'
        "</informationRequirement><literalExpression><text>a</text></literalExpression></decision>"
    )
    program = DmnProgram(found)

    assert program.evaluate("blind", {"a": "x"}, NOW).value is None
    assert program.evaluate("sees", {"a": "x"}, NOW).value == "x"


def test_functions_that_call_each_other_without_end_are_stopped():
    found, _ = model(
        '<businessKnowledgeModel name="f" id="f"><encapsulatedLogic>'
        '<formalParameter name="n"/><literalExpression><text>f(n + 1)</text></literalExpression>'
        "</encapsulatedLogic></businessKnowledgeModel>"
        '<decision name="d" id="d"><knowledgeRequirement><requiredKnowledge href="#f"/>'
        "</knowledgeRequirement><literalExpression><text>f(1)</text></literalExpression></decision>"
    )

    result = DmnProgram(found).evaluate("d", {}, NOW)

    assert result.value is None
    assert result.errors[-1].code == "feel_too_many_calls"


def test_an_imported_model_is_named_by_its_import():
    other, _ = read_dmn(
        (
            f'<definitions xmlns="{NAMESPACES[-1]}" name="b" namespace="urn:b">'
            '<itemDefinition name="tName"><typeRef>string</typeRef></itemDefinition>'
            '<inputData name="Person name" id="p"><variable name="Person name" typeRef="tName"/>'
            '</inputData><decision name="Say hello" id="h"><informationRequirement>'
            '<requiredInput href="#p"/></informationRequirement><literalExpression>'
            '<text>"Hello " + Person name</text></literalExpression></decision></definitions>'
        ).encode(),
        "b.dmn",
    )
    found, problems = model(
        f'<import name="Model B" namespace="urn:b" importType="{NAMESPACES[-1]}"/>'
        '<decision name="d" id="d"><variable name="d" typeRef="Model B.tName"/>'
        '<informationRequirement><requiredDecision href="urn:b#h"/></informationRequirement>'
        "<literalExpression><text>Model B.Say hello + upper case(Model B.Say hello)</text>"
        "</literalExpression></decision>"
    )
    assert problems == ()

    value = DmnProgram(found, {"urn:b": other}).evaluate("d", {"Person name": "A"}, NOW).value

    assert value == "Hello AHELLO A"
