"""Running the DMN TCK: a case is one result node, totals for each level."""

import datetime as dt
import pathlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lxml import etree

from rule_engine import temporal
from rule_engine.compare import equal
from rule_engine.dmn import DmnProgram
from rule_engine.dmn_model import DmnModel
from rule_engine.dmn_xml import read_dmn
from rule_engine.numeric import number, plain
from rule_engine.running import EvaluationContext
from rule_engine.show import iso, literal
from rule_engine.values import kind_of

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_TOLERANCE = Decimal("1e-8")
"""Numbers of the suite come from binary engines; more digits than these are noise in it."""

MOMENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""What the models take for now; the suite asks for its type only."""

_Node = etree._Element


def run(folder: pathlib.Path, now: dt.datetime = MOMENT) -> dict[str, Any]:
    """Run all models below a folder and give the report of DESIGN 10."""
    results: list[dict[str, Any]] = []
    for tests in sorted(folder.rglob("*.xml")):
        if tests.with_suffix(".dmn").exists() or any(tests.parent.glob("*.dmn")):
            results.extend(_file(tests, now))
    levels = sorted({result["level"] for result in results})
    report: dict[str, Any] = _totals(results)
    report["levels"] = {
        level: _totals([result for result in results if result["level"] == level])
        for level in levels
    }
    report["results"] = [
        {key: value for key, value in result.items() if key != "non_null"} for result in results
    ]
    return report


def _totals(results: list[dict[str, Any]]) -> dict[str, int]:
    non_null = [result for result in results if result["non_null"]]
    return {
        "cases": len(results),
        "passed": sum(result["passed"] for result in results),
        "non_null_cases": len(non_null),
        "non_null_passed": sum(result["passed"] for result in non_null),
    }


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )


def _file(path: pathlib.Path, now: dt.datetime) -> Iterator[dict[str, Any]]:
    root = etree.fromstring(path.read_bytes(), _parser())
    if etree.QName(root).localname != "testCases":
        return
    model_path = path.parent / _text(root, "modelName")
    level = next((p.rpartition("-")[2] for p in path.parts if p.startswith("compliance-")), "")
    program: DmnProgram | None = None
    if model_path.is_file():
        model, _ = read_dmn(model_path.read_bytes(), model_path.name)
        others = _library(model_path) if model is not None and model.imports else {}
        program = DmnProgram(model, others) if model is not None else None
    for case in _all(root, "testCase"):
        inputs = {node.get("name", ""): _value(node) for node in _all(case, "inputNode")}
        for node in _all(case, "resultNode"):
            yield _case(program, case, node, inputs, level, model_path.stem, now)


def _library(path: pathlib.Path) -> dict[str, DmnModel]:
    found: dict[str, DmnModel] = {}
    for other in sorted(path.parent.glob("*.dmn")):
        model, _ = read_dmn(other.read_bytes(), other.name)
        if model is not None and other != path:
            found[model.namespace] = model
    return found


def _case(
    program: DmnProgram | None,
    case: _Node,
    node: _Node,
    inputs: dict[str, Any],
    level: str,
    model: str,
    now: dt.datetime,
) -> dict[str, Any]:
    name = node.get("name", "")
    expected = _value(_one(node, "expected"))
    got: Any = None
    if program is not None:
        context = EvaluationContext(now)
        if case.get("type") == "decisionService":
            service = case.get("invocableName", name)
            got = program.evaluate(service, inputs, context).value
            outputs = getattr(program.model.named(service), "outputs", ())
            if len(outputs) > 1 and service != name and isinstance(got, dict):
                got = got.get(name)
        else:
            got = program.evaluate(name, inputs, context).value
    error = node.get("errorResult") in ("true", "1")
    return {
        "level": level,
        "model": model,
        "case": case.get("id", ""),
        "node": name,
        "expected": shown(expected),
        "got": shown(got),
        "passed": same(got, expected),
        "non_null": expected is not None and not error,
    }


def same(got: Any, expected: Any) -> bool:
    """Compare a result with what the suite expects."""
    if isinstance(got, Decimal) and isinstance(expected, Decimal):
        return abs(got - expected) <= _TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(got, list) and isinstance(expected, list):
        return len(got) == len(expected) and all(map(same, got, expected))
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(same(got[k], expected[k]) for k in got)
    if kind_of(got) != kind_of(expected):
        return False
    if isinstance(got, dt.datetime) and isinstance(expected, dt.datetime):
        return equal(got, expected) is True
    return got is None or equal(got, expected) is True


def shown(value: Any) -> dict[str, Any]:
    """Write a value as type and value; numbers as text, contexts as lists of entries."""
    kind = kind_of(value)
    if value is None or isinstance(value, bool | str):
        return {"type": kind, "value": value}
    if isinstance(value, Decimal):
        return {"type": kind, "value": plain(value)}
    if isinstance(value, list):
        return {"type": kind, "value": [shown(item) for item in value]}
    if isinstance(value, dict):
        entries = [{"name": key, "value": shown(item)} for key, item in value.items()]
        return {"type": kind, "value": entries}
    if kind in ("range", "function"):
        return {"type": kind, "value": literal(value)}
    return {"type": kind, "value": iso(value)}


# Reading the suite's values


def _all(node: _Node, name: str) -> list[_Node]:
    return [inner for inner in node if _local(inner) == name]


def _one(node: _Node, name: str) -> _Node | None:
    return next(iter(_all(node, name)), None)


def _local(node: _Node) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _text(node: _Node, name: str) -> str:
    found = _one(node, name)
    return (found.text or "").strip() if found is not None else ""


def _value(node: _Node | None) -> Any:
    if node is None:
        return None
    components = _all(node, "component")
    if components:
        return {component.get("name", ""): _value(component) for component in components}
    listed = _one(node, "list")
    if listed is not None:
        if listed.get(f"{_XSI}nil") == "true":
            return None
        return [_value(item) for item in _all(listed, "item")]
    found = _one(node, "value")
    if found is None or found.get(f"{_XSI}nil") == "true":
        return None
    return _simple(found.text or "", found.get(f"{_XSI}type", "").rpartition(":")[2])


def _simple(text: str, kind: str) -> Any:
    bare = text.strip()
    if kind in ("decimal", "double", "integer", "int", "long", "float"):
        return number(bare)
    if kind == "boolean":
        return bare in ("true", "1")
    if kind == "date":
        return temporal.read_date(bare) or bare
    if kind == "time":
        return temporal.read_time(bare) or bare
    if kind == "dateTime":
        return temporal.read_moment(bare) or bare
    if kind in ("duration", "dayTimeDuration", "yearMonthDuration"):
        days = temporal.read_days(bare)
        return temporal.read_months(bare) if days is None else days
    return text
