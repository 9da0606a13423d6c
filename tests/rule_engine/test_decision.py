"""Decisions: conditions, tables, graphs; versions by date and region."""

import datetime as dt
import json
import pathlib
from decimal import Decimal

import pytest

from app_definitions import decision as definitions
from app_definitions.decision import read_decision
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import Verdict, compile_decision
from rule_engine.compile_decision import compile_decision as compile_it

LIBRARY = pathlib.Path(definitions.__file__).parent / "library" / "elder_allowance"


def table(hit_policy, rows, *, aggregation="", options=()):
    return {
        "hit_policy": hit_policy,
        "aggregation": aggregation,
        "inputs": [{"id": "a", "label": "年龄", "expression": "elder_age"}],
        "outputs": [
            {
                "id": "out",
                "label": "结果",
                "type": "string" if options else "number",
                "options": [{"code": code, "label": code} for code in options],
            }
        ],
        "rows": [
            {"id": f"r{at}", "inputs": [test], "outputs": [output]}
            for at, (test, output) in enumerate(rows)
        ],
    }


def decision(vocabulary, **version):
    kind = "table" if "table" in version else "graph" if "nodes" in version else "conditions"
    document = {
        "format": "gcrm.decision/1",
        "id": "amount",
        "name": "金额",
        "kind": kind,
        "inputs": [],
        "versions": [
            {"id": "v1", "effective_from": "2026-01-01", "source": "条例第一条", **version}
        ],
        "tests": [],
    }
    model, problems = read_decision(document, "decisions/amount.json")
    assert problems == ()
    return compile_decision(model, vocabulary, part="decisions/amount.json")


@pytest.mark.parametrize(
    ("policy", "aggregation", "age", "expected", "rows"),
    [
        ("UNIQUE", "", 50, Decimal(1), ("r0",)),
        ("FIRST", "", 85, Decimal(2), ("r1",)),
        ("RULE ORDER", "", 95, [Decimal(2), Decimal(3)], ("r1", "r2")),
        ("COLLECT", "", 95, [Decimal(2), Decimal(3)], ("r1", "r2")),
        ("COLLECT", "sum", 95, Decimal(5), ("r1", "r2")),
        ("COLLECT", "min", 95, Decimal(2), ("r1", "r2")),
        ("COLLECT", "max", 95, Decimal(3), ("r1", "r2")),
        ("COLLECT", "count", 95, Decimal(2), ("r1", "r2")),
    ],
)
def test_hit_policies(policy, aggregation, age, expected, rows, vocabulary, context):
    content = table(
        policy, [("< 80", "1"), (">= 80", "2"), (">= 90", "3")], aggregation=aggregation
    )
    compiled, problems = decision(vocabulary, table=content)

    judgement = compiled.judge({"elder_age": Decimal(age)}, context)

    assert problems == ()
    assert (judgement.outputs["out"], judgement.rows) == (expected, rows)
    assert judgement.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("PRIORITY", "高"), ("OUTPUT ORDER", ["高", "低"])],
)
def test_priorities_follow_the_order_of_options(policy, expected, vocabulary, context):
    rows = [(">= 80", '"低"'), (">= 90", '"高"')]
    compiled, _ = decision(vocabulary, table=table(policy, rows, options=("高", "低")))

    assert compiled.judge({"elder_age": Decimal(95)}, context).outputs == {"out": expected}


def test_violated_unique_names_both_rows(vocabulary, context):
    compiled, _ = decision(vocabulary, table=table("UNIQUE", [(">= 80", "1"), (">= 90", "2")]))

    judgement = compiled.judge({"elder_age": Decimal(95)}, context)

    assert judgement.verdict is Verdict.ERROR
    assert judgement.rows == ("r0", "r1")
    assert judgement.notes[0].code == "decision_unique_violated"


def test_any_accepts_equal_outputs_only(vocabulary, context):
    same, _ = decision(vocabulary, table=table("ANY", [(">= 80", "1"), (">= 90", "1")]))
    other, _ = decision(vocabulary, table=table("ANY", [(">= 80", "1"), (">= 90", "2")]))
    inputs = {"elder_age": Decimal(95)}

    assert same.judge(inputs, context).outputs == {"out": Decimal(1)}
    assert other.judge(inputs, context).verdict is Verdict.ERROR


def test_table_is_missing_only_if_an_undecided_row_could_change_it(vocabulary, context):
    unsure, _ = decision(vocabulary, table=table("FIRST", [(">= 80", "1"), ("-", "2")]))
    same, _ = decision(vocabulary, table=table("FIRST", [(">= 80", "1"), ("-", "1")]))

    assert unsure.judge({}, context).verdict is Verdict.MISSING
    assert unsure.judge({}, context).missing == ("elder_age",)
    assert same.judge({}, context).outputs == {"out": Decimal(1)}


def test_a_table_does_not_match_true_without_data(vocabulary, context):
    content = table("FIRST", [("true", "1"), ("-", "2")])
    content["inputs"][0]["expression"] = "agent_flag"
    compiled, problems = decision(vocabulary, table=content)
    assert problems == ()

    assert compiled.judge({}, context).verdict is Verdict.MISSING
    assert compiled.judge({"agent_flag": False}, context).outputs == {"out": Decimal(2)}


def test_wrong_outputs_and_cells_are_problems(vocabulary):
    content = table("FIRST", [('"x"', '"y"')])

    compiled, problems = decision(vocabulary, table=content)

    assert compiled is None
    assert [(p.code, p.path) for p in problems] == [
        ("feel_wrong_operands", "decisions/amount.json#v1.r0.inputs[0]"),
        ("decision_output_type", "decisions/amount.json#v1.r0.outputs[0]"),
    ]


def test_graph_uses_earlier_steps_only(vocabulary, context):
    nodes = [
        {"id": "base", "label": "基数", "expression": "elder_age * 2"},
        {"id": "total", "label": "合计", "expression": "base + 1"},
    ]
    good, problems = decision(vocabulary, nodes=nodes)
    bad, circle = decision(vocabulary, nodes=nodes[::-1])

    assert problems == ()
    assert good.judge({"elder_age": Decimal(4)}, context).outputs == {"total": Decimal(9)}
    assert bad is None
    assert [p.code for p in circle] == ["decision_graph_circle"]


@pytest.fixture
def precheck():
    document = json.loads((LIBRARY / "decisions" / "precheck.json").read_text("utf-8"))
    model, problems = read_decision(document, "decisions/precheck.json")
    assert problems == ()
    known = Vocabulary(
        (
            Input("elder_born", "出生日期", "date"),
            Input("elder_age", "年龄", "number", unit="岁"),
            Input("hukou_region", "户籍地", "string"),
            Input("life_status", "是否健在", "string"),
            Input("already_receiving", "是否已在领取", "boolean"),
        )
    )
    compiled, problems = compile_it(model, known, part="decisions/precheck.json")
    assert problems == ()
    return compiled


def test_findings_speak_to_people(precheck, context):
    judgement = precheck.judge(
        {
            "elder_born": dt.date(1947, 2, 15),
            "elder_age": Decimal(79),
            "hukou_region": "990202001",
            "already_receiving": False,
        },
        context,
    )

    assert judgement.verdict is Verdict.FAIL
    found = {finding.condition_id: finding for finding in judgement.findings}
    assert found["age"].message == "您还差3个月满80周岁。"
    assert found["age"].leaves[0].gap == "还差1岁"
    assert found["age"].leaves[0].required == "年龄不少于80岁"
    assert found["region"].message == "老人的户籍不在本市。"
    assert found["alive"].verdict is Verdict.MISSING
    assert found["alive"].message == "还不能判断“老人健在”，缺少“是否健在”。"
    assert found["single"].verdict is Verdict.PASS


def test_nobody_is_asked_for_what_the_platform_looks_up(precheck, context):
    labels = {"elder_age": "年龄", "elder_born": "出生日期", "hukou_region": "户籍地"}
    inputs = {"already_receiving": False, "hukou_region": "990102001"}

    judgement = precheck.judge(inputs, context, labels=labels)

    found = {finding.condition_id: finding for finding in judgement.findings}
    assert found["alive"].message == "暂时没有查到“是否健在”，还不能判断“老人健在”。"
    assert found["alive"].fix == "不用您补充。可以稍后再试，或者由工作人员核对。"
    assert found["alive"].leaves[0].hint == "由工作人员核对。"
    assert found["age"].fix == "请补充“年龄”。"


def test_findings_are_translated(precheck, context):
    texts = {
        "decisions/precheck.json#v2026.age.message": "{months} months until you are {age}.",
        "decisions/precheck.json#v2026.age.name": "80 or older",
    }

    judgement = precheck.judge(
        {"elder_born": dt.date(1947, 2, 15), "elder_age": Decimal(79)},
        context,
        locale="en",
        texts=texts,
    )

    finding = next(f for f in judgement.findings if f.condition_id == "age")
    assert (finding.name, finding.message) == ("80 or older", "3 months until you are 80.")


def test_the_shipped_examples_hold(precheck, context):
    document = json.loads((LIBRARY / "decisions" / "precheck.json").read_text("utf-8"))
    model, _ = read_decision(document, "decisions/precheck.json")

    for test in model.tests:
        given = {value.input: value.value for value in test.given}
        if "elder_born" in given:
            given["elder_born"] = dt.date.fromisoformat(given["elder_born"])
            given["elder_age"] = Decimal(given["elder_age"])
        judgement = precheck.judge(given, context, date=test.as_of.date())
        failed = tuple(f.condition_id for f in judgement.findings if f.verdict is Verdict.FAIL)
        assert judgement.verdict.value == test.expect.verdict
        assert failed == test.expect.failed


def test_the_most_specific_region_and_the_newest_version_win(vocabulary, context):
    def version(name, start, region, value):
        content = table("FIRST", [("-", value)])
        place = {"region": region} if region else {}
        start_at = {"id": name, "effective_from": start, "source": ""}
        return {**start_at, **place, "table": content}

    document = {
        "format": "gcrm.decision/1",
        "id": "amount",
        "name": "金额",
        "kind": "table",
        "inputs": [],
        "versions": [
            version("old", "2020-01-01", None, "1") | {"effective_to": "2025-12-31"},
            version("new", "2026-01-01", None, "2"),
            version("here", "2026-01-01", "990102000000", "3"),
        ],
        "tests": [],
    }
    model, problems = read_decision(document, "decisions/amount.json")
    assert problems == ()
    compiled, problems = compile_it(model, vocabulary)
    assert problems == ()

    def chosen(day, region):
        version = compiled.version_for(dt.date.fromisoformat(day), region, context.regions)
        return version.definition.id if version else None

    assert chosen("2019-12-31", None) is None
    assert chosen("2025-12-31", "990102001001") == "old"
    assert chosen("2026-01-01", "990102001001") == "here"
    assert chosen("2026-01-01", "990103001001") == "new"


def test_overlapping_versions_are_a_problem(vocabulary):
    document = {
        "format": "gcrm.decision/1",
        "id": "amount",
        "name": "金额",
        "kind": "table",
        "inputs": [],
        "versions": [
            {"id": f"v{n}", "effective_from": f"202{n}-01-01", "source": "",
             "table": table("FIRST", [("-", "1")])}
            for n in (5, 6)
        ],
        "tests": [],
    }  # fmt: skip
    model, _ = read_decision(document, "decisions/amount.json")

    compiled, problems = compile_it(model, vocabulary)

    assert compiled is None
    assert [p.code for p in problems] == ["decision_versions_overlap"]


def test_unknown_placeholders_are_a_problem(vocabulary):
    conditions = [
        {"id": "age", "name": "年满 80", "that": "elder_age >= 80", "message": "还差 {months} 月"}
    ]

    compiled, problems = decision(vocabulary, conditions=conditions)

    assert compiled is None
    assert [(p.code, p.values["name"]) for p in problems] == [
        ("decision_unknown_placeholder", "months")
    ]
