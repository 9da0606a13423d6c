"""The public conformance suite as SELECTs of one row: no differences where the databases follow."""

import pathlib
from collections import Counter
from decimal import Decimal

import pytest
import sqlalchemy as sa
from lxml import etree

from app_definitions.decision import Row, Table, TableInput, TableOutput
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import compile_expression, conformance
from rule_engine.conformance import _all, _one, _parser, _text, _value
from rule_engine.dmn import DmnProgram
from rule_engine.dmn_model import DecisionElement, InputElement, Literal, TableBox
from rule_engine.dmn_xml import read_dmn
from rule_engine.expression_sql import to_sql
from rule_engine.pieces_sql import DIALECTS, Decimals
from rule_engine.running import EvaluationContext
from rule_engine.table_sql import table_to_sql
from rule_engine.values import kind_of
from tests.rule_engine.test_expression_sql import engine_of

SUITE = pathlib.Path(__file__).parents[3] / "shared" / "suites" / "dmn_tck"
FOLDERS = sorted(SUITE.rglob("compliance-level-2"))
CONTEXT = EvaluationContext(conformance.MOMENT)
KINDS = {"string": sa.Text(), "boolean": sa.Boolean(), "date": sa.Date()}


def nodes():
    """List model, program, name and inputs of each node whose expectation is a value."""
    for tests in sorted(found for folder in FOLDERS for found in folder.rglob("*.xml")):
        root = etree.fromstring(tests.read_bytes(), _parser())
        path = tests.parent / _text(root, "modelName")
        model, _ = read_dmn(path.read_bytes(), path.name)
        program = DmnProgram(model)
        for case in _all(root, "testCase"):
            inputs = {node.get("name", ""): _value(node) for node in _all(case, "inputNode")}
            for node in _all(case, "resultNode"):
                error = node.get("errorResult") in ("true", "1")
                if _value(_one(node, "expected")) is not None and not error:
                    yield program, node.get("name", ""), inputs


def asked(program, element, inputs, dialect):
    """Give the SELECT of a decision over the row of what it needs; None where it is not known."""
    entries, row = [], {}
    for need in element.needs:
        other = program.model.elements.get(need.rpartition("#")[2])
        if isinstance(other, InputElement):
            value = inputs.get(other.name)
        elif isinstance(other, DecisionElement):
            value = program.evaluate(other.name, inputs, CONTEXT).value
        else:
            return None
        kind = kind_of(value)
        if kind == "number":
            scale = max(-value.as_tuple().exponent, 0)
            row[other.name] = number(value, scale, dialect)
            entries.append(Input(other.name, other.name, kind, scale=scale))
        elif kind in KINDS:
            given = sa.literal(value, KINDS[kind])
            row[other.name] = given if dialect == "sqlite" else sa.cast(given, KINDS[kind])
            entries.append(Input(other.name, other.name, kind))
        else:
            return None
    given = [column.label(f"c{at}") for at, column in enumerate(row.values())]
    one = sa.select(sa.literal(1).label("one"), *given).subquery()
    columns = {name: one.c[f"c{at}"] for at, name in enumerate(row)}
    sql = translated(element.logic, Vocabulary(tuple(entries)), columns, dialect)
    return None if sql is None else sa.select(sql).select_from(one)


def number(value, scale, dialect):
    if dialect == "sqlite":
        return sa.literal(value, Decimals(scale))
    return sa.cast(sa.literal(f"{value:f}", sa.Text()), sa.Numeric(15, scale))


def translated(logic, vocabulary, columns, dialect):
    if isinstance(logic, Literal):
        expression, _ = compile_expression(logic.text, vocabulary)
        if expression is None:
            return None
        return to_sql(expression, columns, dialect, CONTEXT, exact=True)[0]
    if not isinstance(logic, TableBox) or len(logic.outputs) != 1 or logic.outputs[0].default:
        return None
    table = Table(
        logic.hit_policy,
        tuple(TableInput(f"i{at}", "", c.text) for at, c in enumerate(logic.inputs)),
        (TableOutput("out", "", "string"),),
        tuple(Row(rule.id, rule.inputs, rule.outputs) for rule in logic.rules),
    )
    found, _ = table_to_sql(table, vocabulary, columns, dialect, CONTEXT)
    return None if found is None else found["out"]


@pytest.mark.skipif(not FOLDERS, reason="the suite is not part of the repository")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_databases_answer_the_suite_as_python_does(dialect, new_url):
    engine = engine_of(dialect, new_url)
    count = Counter()
    differences = []
    with engine.connect() as connection:
        for program, name, inputs in nodes():
            count["all"] += 1
            element = program.model.named(name)
            if not isinstance(element, DecisionElement):
                continue
            select = asked(program, element, inputs, dialect)
            if select is None:
                continue
            count["asked"] += 1
            got = connection.execute(select).scalar_one()
            got = Decimal(got) if type(got) is int else got
            wanted = program.evaluate(name, inputs, CONTEXT).value
            if (kind_of(got), got) != (kind_of(wanted), wanted):
                differences.append((program.model.name, name, inputs, wanted, got))
    engine.dispose()

    print(dict(count))
    assert differences == []
    assert count["asked"] >= 0.4 * count["all"]
