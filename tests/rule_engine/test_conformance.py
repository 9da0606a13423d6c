"""The public part of the DMN TCK, where it lies beside the checkout."""

import pathlib

import pytest

from rule_engine import conformance

SUITE = pathlib.Path(__file__).parents[3] / "shared" / "suites" / "dmn_tck"

MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m"
    namespace="urn:m"><decision name="sum" id="s"><variable name="sum" typeRef="number"/>
    <informationRequirement><requiredInput href="#a"/></informationRequirement>
    <literalExpression><text>first number + 0.1</text></literalExpression></decision>
    <inputData name="first number" id="a"><variable name="first number" typeRef="number"/>
    </inputData></definitions>"""
CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema"><modelName>m.dmn</modelName>
    <testCase id="1"><inputNode name="first number">
    <value xsi:type="xsd:decimal">0.2</value></inputNode><resultNode name="sum" type="decision">
    <expected><value xsi:type="xsd:decimal">0.3</value></expected></resultNode></testCase>
    <testCase id="2"><resultNode name="sum" type="decision"><expected>
    <value xsi:type="xsd:decimal">7</value></expected></resultNode></testCase></testCases>"""


def test_a_case_is_one_result_node(tmp_path):
    folder = tmp_path / "compliance-level-2" / "m"
    folder.mkdir(parents=True)
    (folder / "m.dmn").write_text(MODEL, "utf-8")
    (folder / "m-test-01.xml").write_text(CASES, "utf-8")

    report = conformance.run(tmp_path)

    assert (report["cases"], report["passed"]) == (2, 1)
    assert report["levels"]["2"]["non_null_passed"] == 1
    assert report["results"][0] == {
        "level": "2",
        "model": "m",
        "case": "1",
        "node": "sum",
        "expected": {"type": "number", "value": "0.3"},
        "got": {"type": "number", "value": "0.3"},
        "passed": True,
    }
    assert report["results"][1]["got"] == {"type": "null", "value": None}


@pytest.mark.skipif(not SUITE.is_dir(), reason="the suite lies beside the checkout only")
def test_the_public_suite_passes():
    report = conformance.run(SUITE)

    assert [r for r in report["results"] if not r["passed"]] == []
    assert report["cases"] > 2700
