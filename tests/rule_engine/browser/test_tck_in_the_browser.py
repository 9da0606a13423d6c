"""The public conformance suite over both interpreters: no differences where the browser follows."""

import os
import pathlib
from collections import defaultdict

import pytest

from rule_engine import conformance
from rule_engine.conformance import _all, _library, _one, _parser, _text, _value, shown
from rule_engine.dmn import DmnProgram
from rule_engine.dmn_xml import read_dmn
from rule_engine.running import EvaluationContext
from rule_engine.tree_dmn import ModelWriter
from rule_engine.tree_json import Unsupported

FOLDER = (
    pathlib.Path(os.environ.get("GCRM_SHARED", pathlib.Path(__file__).parents[4] / "shared"))
    / "suites"
    / "dmn_tck"
)


def cases(tests):
    from lxml import etree

    root = etree.fromstring(tests.read_bytes(), _parser())
    if etree.QName(root).localname != "testCases":
        return
    path = tests.parent / _text(root, "modelName")
    if not path.is_file():
        return
    model, _ = read_dmn(path.read_bytes(), path.name)
    if model is None or (_library(path) and model.imports):
        return
    for case in _all(root, "testCase"):
        inputs = {node.get("name", ""): _value(node) for node in _all(case, "inputNode")}
        for node in _all(case, "resultNode"):
            expected = _value(_one(node, "expected"))
            non_null = expected is not None and node.get("errorResult") not in ("true", "1")
            yield model, case, node.get("name", ""), inputs, non_null


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the suite is not part of the repository")
def test_browser_answers_the_suite_as_python_does(browser, record_property):
    context = EvaluationContext(conformance.MOMENT)
    asked = defaultdict(int)
    followed = defaultdict(int)
    refused = defaultdict(int)
    differences = []
    for tests in sorted(FOLDER.rglob("*.xml")):
        level = next((p.rpartition("-")[2] for p in tests.parts if p.startswith("compliance-")), "")
        programs, writers, documents = {}, {}, {}
        for model, case, name, inputs, non_null in cases(tests):
            asked[level] += non_null
            if case.get("type") == "decisionService":
                refused["decision service"] += 1
                continue
            try:
                key = id(model), name
                if key not in documents:
                    if id(model) not in writers:
                        writers[id(model)] = ModelWriter(model)
                        programs[id(model)] = DmnProgram(model)
                    documents[key] = writers[id(model)].write(name)
            except Unsupported as reason:
                refused[reason.construct] += 1
                continue
            [answer] = browser.ask("decision", documents[key], [inputs], context)
            if "unsupported" in answer:
                refused[answer["unsupported"]] += 1
                continue
            followed[level] += non_null
            wanted = shown(programs[id(model)].evaluate(name, inputs, context).value)
            if answer["value"] != wanted:
                differences.append((tests.stem, case.get("id"), name, wanted, answer["value"]))

    record_property("share", {level: followed[level] / asked[level] for level in asked})
    print({level: f"{followed[level]} of {asked[level]}" for level in asked}, dict(refused))

    assert differences == []
    assert followed["2"] >= 0.9 * asked["2"]
