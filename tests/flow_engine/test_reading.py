"""Reading BPMN: hostile files are refused, mistakes are said in both languages."""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from app_definitions.problem import Catalogue, Problem
from flow_engine import read_process
from flow_engine.reading import MAX_BYTES

ROOT = Path(__file__).parents[2]
SUITES = Path(os.environ.get("GCRM_SHARED", ROOT.parent / "shared")) / "suites"
BPMN = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'


def codes(problems):
    return [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bpmn_not_xml"),
        (b"\x00\xff\xfe", "bpmn_not_xml"),
        (b"<a>", "bpmn_not_xml"),
        (b"<a/>", "bpmn_root"),
        (b"<!DOCTYPE definitions><definitions/>", "bpmn_doctype"),
        (
            b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions>&x;</definitions>',
            "bpmn_doctype",
        ),
        (f"<definitions {BPMN}/>".encode(), "process_missing"),
        (
            f'<definitions {BPMN}><process id="a"/><process id="b"/></definitions>'.encode(),
            "process_several",
        ),
        (b" " * (MAX_BYTES + 1), "bpmn_too_large"),
        (
            f"<definitions {BPMN}>{'<a>' * 100}{'</a>' * 100}</definitions>".encode(),
            "bpmn_too_many",
        ),
        (f"<definitions {BPMN}>{'<a/>' * 30000}</definitions>".encode(), "bpmn_too_many"),
    ],
)
def test_a_file_that_is_no_process_is_refused_with_a_sentence(content, code):
    definition, problems = read_process(content, "processes/main.bpmn")

    assert definition is None
    assert codes(problems) == [code]


def test_a_doctype_in_another_encoding_is_refused_too():
    content = f"<!DOCTYPE x><definitions {BPMN}/>".encode("utf-16")

    definition, problems = read_process(content, "processes/main.bpmn")

    assert (definition, codes(problems)) == (None, ["bpmn_doctype"])


def test_entities_never_grow(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    content = f"{bomb}]><definitions {BPMN}>&j;</definitions>".encode()

    definition, problems = read_process(content, "processes/main.bpmn")

    assert definition is None
    assert codes(problems) in (["bpmn_doctype"], ["bpmn_not_xml"])


def test_the_files_bytes_are_kept(draw):
    content = draw.file(draw.node("startEvent", "s"), draw.end("e"), draw.chain("s", "e"))

    definition, problems = read_process(content, "processes/main.bpmn")

    assert definition.content == content
    assert problems == ()


def test_every_mistake_is_named_at_once_and_beside_its_element(draw, problems_of):
    found = problems_of(
        draw.file(
            draw.node("startEvent", "s"),
            draw.node("serviceTask", "service"),
            draw.node("complexGateway", "complex"),
            draw.node("scriptTask", "script", "<bpmn:script>x</bpmn:script>", scriptFormat="js"),
            draw.node("businessRuleTask", "rule"),
            draw.node("userTask", "Bad-Id"),
            draw.user("twice", '<gcrm:verb id="pass" label="a"/>'),
            draw.user("back", '<gcrm:verb id="x" label="退" kind="send_back" to="nowhere"/>'),
            draw.node("exclusiveGateway", "choice"),
            draw.node("boundaryEvent", "edge", attachedToRef="gone"),
            draw.chain("s", "service", "complex", "script", "rule", "Bad-Id", "twice", "back"),
            draw.chain("back", "choice", "s2"),
            draw.flow("c1", "choice", "s"),
        )
    )

    named = {(problem.path.partition("#")[2], problem.code) for problem in found}
    assert named >= {
        ("main", "flow_no_end"),
        ("service", "flow_kind_unknown"),
        ("complex", "flow_kind_unknown"),
        ("script.script", "flow_script_language"),
        ("rule.decision", "flow_decision_missing"),
        ("Bad-Id", "flow_step_id"),
        ("twice.verb", "flow_verb_doubled"),
        ("back.verb", "flow_target_unknown"),
        ("edge.attached_to", "flow_attached_unknown"),
        ("edge", "flow_event_none"),
        ("choice_to_s2", "flow_dangling"),
        ("c1.condition", "flow_condition_missing"),
        ("c1", "flow_direction"),
    }


def test_a_doubled_id_is_named(draw, problems_of):
    found = problems_of(
        draw.file(draw.node("startEvent", "s"), draw.end("e"), draw.user("s"), draw.chain("s", "e"))
    )

    assert "bpmn_id_doubled" in codes(found)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("${x == 1}", None),
        ("amount", "flow_condition_type"),
        ("unknown_name = 1", None),
        ("", "flow_condition_empty"),
    ],
)
def test_a_condition_that_cannot_run_is_a_problem_at_its_flow(draw, problems_of, condition, code):
    found = problems_of(
        draw.file(
            draw.node("startEvent", "s"),
            draw.node("exclusiveGateway", "g", default="g_to_e"),
            draw.end("e"),
            draw.end("f"),
            draw.chain("s", "g", "e"),
            draw.flow("c", "g", "f", condition),
        )
    )

    assert [problem.path for problem in found] == ["processes/main.bpmn#c.condition"]
    assert code is None or codes(found) == [code]


def test_every_code_has_a_sentence_in_both_languages():
    catalogue = Catalogue.of("flow_engine")
    source = "".join(p.read_text("utf-8") for p in (ROOT / "flow_engine").glob("*.py"))
    used = set(re.findall(r'"((?:flow|bpmn|process)_[a-z_]+)"', source))

    assert used == catalogue.codes()
    for code in used:
        for locale in ("zh_CN", "en"):
            said = catalogue.render(Problem("p", code, {}), locale)
            assert said.message
            assert said.fix
            assert bool(re.search("[一-鿿]", said.message)) == (locale == "zh_CN")


def test_placeholders_agree_between_the_languages():
    texts = [
        {e["code"]: e for e in json.loads((ROOT / f"flow_engine/problems/{name}.json").read_text())}
        for name in ("zh_CN", "en")
    ]

    for code, chinese in texts[0].items():
        english = texts[1][code]
        for part in ("message", "fix"):
            found = [Counter(re.findall(r"\{(\w+)\}", t[part])) for t in (chinese, english)]
            assert found[0] == found[1], code


@pytest.mark.skipif(not SUITES.is_dir(), reason="the shared suites are not on this machine")
def test_foreign_files_are_read_without_a_trace():
    files = sorted(SUITES.rglob("*.bpmn"))
    read = 0

    for file in files:
        definition, problems = read_process(file.read_bytes(), "processes/foreign.bpmn")
        assert definition is not None or problems
        read += definition is not None

    assert len(files) > 100
    assert read > len(files) // 3
