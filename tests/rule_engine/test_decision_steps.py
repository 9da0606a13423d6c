"""Conditions over steps worked out before them: verdicts, reasons and outputs."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from app_definitions.decision import read_decision
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import Decision, EvaluationContext, Verdict, compile_decision

CONTEXT = EvaluationContext(
    now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
    zone=ZoneInfo("Asia/Shanghai"),
    calendar=None,
    regions=None,
    parameters={},
)
KNOWN = Vocabulary((Input("kind", "身份", "string"), Input("paid", "缴费月数", "number")))
NODES = [
    {
        "id": "least",
        "label": "最低月数",
        "table": {
            "hit_policy": "UNIQUE",
            "inputs": [{"id": "kind", "label": "身份", "expression": "kind"}],
            "outputs": [{"id": "least", "label": "最低月数", "type": "number"}],
            "rows": [
                {"id": "a", "inputs": ['"a"'], "outputs": ["180"]},
                {"id": "b", "inputs": ['"b"'], "outputs": ["240"]},
            ],
        },
    },
    {"id": "short", "label": "还差月数", "type": "number", "expression": "least - paid"},
]


def compiled(nodes: list[dict[str, object]]) -> Decision:
    document = {
        "format": "gcrm.decision/1",
        "id": "rule",
        "name": "缴费",
        "kind": "conditions",
        "versions": [
            {
                "id": "v1",
                "effective_from": "2025-01-01",
                "source": "示例",
                "nodes": nodes,
                "conditions": [
                    {
                        "id": "enough",
                        "name": "缴费够了",
                        "that": "short <= 0",
                        "message": "还差{short}个月。",
                        "values": [{"id": "short", "expression": "short"}],
                    }
                ],
            }
        ],
    }
    definition, problems = read_decision(document, "decisions/rule.json")
    assert definition is not None, problems
    decision, problems = compile_decision(definition, KNOWN)
    assert decision is not None, problems
    return decision


def test_conditions_may_name_steps_and_their_values_are_outputs() -> None:
    judged = compiled(NODES).judge({"kind": "b", "paid": Decimal(200)}, CONTEXT)

    assert judged.verdict is Verdict.FAIL
    assert judged.outputs == {"least": Decimal(240), "short": Decimal(40)}
    assert judged.findings[0].message == "还差40个月。"
    assert judged.findings[0].leaves[0].label == "还差月数"


def test_a_step_that_lacks_an_input_names_the_input() -> None:
    judged = compiled(NODES).judge({"kind": "b"}, CONTEXT)

    assert judged.verdict is Verdict.MISSING
    assert judged.missing == ("paid",)
    assert judged.outputs == {"least": Decimal(240), "short": None}
    assert [leaf.label for leaf in judged.findings[0].leaves] == ["缴费月数"]


def test_a_step_that_fails_is_an_error_and_never_missing_information() -> None:
    judged = compiled(NODES).judge({"kind": "c", "paid": Decimal(1)}, CONTEXT)

    assert judged.verdict is Verdict.ERROR
    assert judged.outputs["least"] is None


def test_steps_alone_are_not_a_list_of_conditions() -> None:
    document = {
        "format": "gcrm.decision/1",
        "id": "rule",
        "name": "缴费",
        "kind": "conditions",
        "versions": [
            {"id": "v1", "effective_from": "2025-01-01", "source": "示例", "nodes": NODES}
        ],
    }

    _, problems = read_decision(document, "decisions/rule.json")

    assert [problem.code for problem in problems] == ["version_is_empty"]
