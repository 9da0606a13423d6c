"""DMN models adopted as decisions of ours, and decisions of ours written as DMN."""

import dataclasses
import datetime as dt
import json
import pathlib
from decimal import Decimal

import pytest

from app_definitions import decision as ours
from app_definitions.decision import read_decision, write_decision
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import Verdict, compile_decision
from rule_engine.dmn import DmnProgram
from rule_engine.dmn_adopt import adopt
from rule_engine.dmn_write import write_dmn
from rule_engine.dmn_xml import NAMESPACES, read_dmn

DAY = dt.date(2026, 1, 1)
LIBRARY = pathlib.Path(ours.__file__).parent / "library" / "elder_allowance" / "decisions"

MODEL = f"""<definitions xmlns="{NAMESPACES[-1]}" name="贷款" namespace="urn:m">
<itemDefinition name="tRisk"><typeRef>string</typeRef>
  <allowedValues><text>"High","Low"</text></allowedValues></itemDefinition>
<inputData name="Monthly fee" id="i1"><variable name="Monthly fee" typeRef="number"/></inputData>
<inputData name="年龄" id="i2"><variable name="年龄" typeRef="number"/></inputData>
<businessKnowledgeModel name="double it" id="b"><encapsulatedLogic>
  <formalParameter name="x" typeRef="number"/>
  <literalExpression><text>x * 2</text></literalExpression></encapsulatedLogic>
</businessKnowledgeModel>
<decision name="Risk level" id="d1"><variable name="Risk level" typeRef="tRisk"/>
  <informationRequirement><requiredInput href="#i2"/></informationRequirement>
  <decisionTable hitPolicy="FIRST">
    <input label="年龄"><inputExpression typeRef="number"><text>年龄</text></inputExpression>
    </input>
    <output name="risk" typeRef="string"><outputValues><text>"High","Low"</text></outputValues>
    </output>
    <rule id="x1"><inputEntry><text>&lt; 18</text></inputEntry>
      <outputEntry><text>"High"</text></outputEntry></rule>
    <rule id="x2"><inputEntry><text>-</text></inputEntry>
      <outputEntry><text>"Low"</text></outputEntry></rule>
  </decisionTable></decision>
<decision name="Total" id="d2"><variable name="Total" typeRef="number"/>
  <informationRequirement><requiredDecision href="#d1"/></informationRequirement>
  <informationRequirement><requiredInput href="#i1"/></informationRequirement>
  <knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement>
  <context><contextEntry><variable name="base"/>
    <literalExpression><text>double it(Monthly fee)</text></literalExpression></contextEntry>
  <contextEntry><literalExpression>
    <text>if Risk level = "High" then base + 1 else base</text></literalExpression></contextEntry>
  </context></decision>
</definitions>"""


@pytest.mark.parametrize(("age", "expected"), [(17, 21), (18, 20)])
def test_an_adopted_model_decides_as_the_model_does(age, expected, context):
    model, _ = read_dmn(MODEL.encode("utf-8"), "m.dmn")
    decision, problems = adopt(model, decision_id="loan", effective_from=DAY)
    compiled, wrong = compile_decision(decision, Vocabulary())
    assert wrong == ()

    theirs = DmnProgram(model).evaluate(
        "Total", {"Monthly fee": Decimal(10), "年龄": Decimal(age)}, context
    )
    judgement = compiled.judge({"monthly_fee": Decimal(10), "input": Decimal(age)}, context)

    assert judgement.outputs == {"total": theirs.value} == {"total": Decimal(expected)}
    assert [entry.label for entry in decision.inputs] == ["Monthly fee", "年龄"]
    assert [node.label for node in decision.versions[0].nodes] == [
        "double it",
        "Risk level",
        "Total",
    ]
    assert [problem.code for problem in problems] == ["dmn_not_kept"]


def test_an_adopted_decision_is_a_valid_file():
    model, _ = read_dmn(MODEL.encode("utf-8"), "m.dmn")
    decision, _ = adopt(model, decision_id="loan", effective_from=DAY)

    again, problems = read_decision(write_decision(decision), "decisions/loan.json")

    assert problems == ()
    assert again == decision


@pytest.mark.parametrize("age", [79, 80, 90, 101])
def test_a_written_table_decides_as_before(age, context):
    document = json.loads((LIBRARY / "amount.json").read_text("utf-8"))
    decision, _ = read_decision(document, "decisions/amount.json")
    known = Vocabulary((Input("elder_age", "老人年龄", "number"),))
    ours_compiled, _ = compile_decision(decision, known)

    content, problems = write_dmn(decision, decision.versions[0], known)
    model, wrong = read_dmn(content, "amount.dmn")

    assert wrong == ()
    assert {problem.code for problem in problems} == {"dmn_not_kept"}
    theirs = DmnProgram(model).evaluate("每月金额", {"老人年龄": Decimal(age)}, context)
    judgement = ours_compiled.judge({"elder_age": Decimal(age)}, context)
    assert theirs.value == judgement.outputs["amount"]


def test_conditions_become_decisions_of_their_own(context):
    document = json.loads((LIBRARY / "precheck.json").read_text("utf-8"))
    decision, _ = read_decision(document, "decisions/precheck.json")
    known = Vocabulary(
        (
            Input("elder_born", "出生日期", "date"),
            Input("elder_age", "年龄", "number"),
            Input("hukou_region", "户籍地", "string"),
            Input("life_status", "人口库状态", "string"),
            Input("already_receiving", "已在领取", "boolean"),
        )
    )

    content, problems = write_dmn(decision, decision.versions[0], known)
    model, _ = read_dmn(content, "precheck.dmn")

    lost = {problem.values["what"] for problem in problems}
    assert {"within region()", "age.message"} <= lost
    inputs = {"年龄": Decimal(81), "parameters": {"min_age": Decimal(80)}}
    assert DmnProgram(model).evaluate("年满80周岁", inputs, context).value is True


def test_a_graph_survives_the_way_out_and_in(context):
    model, _ = read_dmn(MODEL.encode("utf-8"), "m.dmn")
    decision, _ = adopt(model, decision_id="loan", effective_from=DAY)

    content, _ = write_dmn(decision, decision.versions[0])
    there, _ = read_dmn(content, "loan.dmn")
    back, _ = adopt(there, decision_id="loan", effective_from=DAY)

    compiled, problems = compile_decision(
        dataclasses.replace(back, id="loan"), Vocabulary(), part="decisions/loan.json"
    )
    assert problems == ()
    ids = {entry.label: entry.id for entry in back.inputs}
    given = {ids["Monthly fee"]: Decimal(10), ids["年龄"]: Decimal(17)}
    judgement = compiled.judge(given, context)
    assert list(judgement.outputs.values()) == [Decimal(21)]
    assert judgement.verdict is Verdict.PASS
