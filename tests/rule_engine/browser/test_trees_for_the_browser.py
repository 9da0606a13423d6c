"""What is handed to the browser: documents by the schema, the table of constructs, bundles."""

import datetime as dt
import gzip
import json
import pathlib
import subprocess
from decimal import Decimal

import jsonschema
import pytest
from sqlalchemy import Boolean, Date, Numeric, String, column

import rule_engine
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import (
    FUNCTIONS,
    EvaluationContext,
    backends,
    compile_expression,
    expression_sql,
    fast_expression,
    tree_json,
)
from rule_engine.conformance import shown
from rule_engine.fast_expression import generated, is_typed
from rule_engine.pieces_sql import DIALECTS
from rule_engine.tree_json import Unsupported
from tests.rule_engine.browser.conftest import NODE

SCHEMA = json.loads(
    (pathlib.Path(rule_engine.__file__).parent / "schemas" / "gcrm.tree.1.json").read_text("utf-8")
)
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SMALL = Vocabulary(
    (
        Input("n", "n", "number", scale=2),
        Input("b", "b", "boolean"),
        Input("s", "s", "string"),
        Input("d", "d", "date"),
        Input("l", "l", "list<number>"),
        Input("parameters.low", "low", "number"),
    )
)


def compiled(text):
    found, problems = compile_expression(text, SMALL)
    assert problems == ()
    return found


def follows(text, back_end):
    try:
        tree_json.write(compiled(text), back_end)
    except Unsupported:
        return False
    return True


@pytest.mark.parametrize("row", backends.table(), ids=lambda row: row.construct)
def test_each_back_end_knows_what_the_table_says(row, monkeypatch):
    monkeypatch.setattr(fast_expression.Writer, "asked", _refuse)
    expression = compiled(row.example)
    context = EvaluationContext(NOW, parameters={"low": Decimal(3)})

    fast = is_typed(generated(expression.tree, SMALL, FUNCTIONS, strict=False))

    assert follows(row.example, "browser") == row.browser
    assert follows(row.example, "form") == row.form
    assert fast == row.fast
    for dialect in DIALECTS:
        assert (sql_of(expression, context, dialect) is not None) == row.sql


def _refuse(writer, node, likely):
    raise fast_expression.Unsupported


def test_the_table_has_all_that_the_databases_know():
    assert set(expression_sql.CONSTRUCTS) <= backends.SQL_CONSTRUCTS


def sql_of(expression, context, dialect):
    kinds = {"n": Numeric(12, 2), "b": Boolean(), "s": String(), "d": Date(), "l": String()}
    columns = {name: column(name, kind) for name, kind in kinds.items()}
    return expression_sql.to_sql(expression, columns, dialect, context)[0]


def test_a_construct_that_the_page_cannot_follow_is_a_problem():
    [problem] = tree_json.problems(compiled("b and count(for x in l return x) > 1"), "x#y", "form")

    assert (problem.code, problem.values["construct"]) == ("feel_no_browser", "for")
    assert problem.values["text"] == "for x in l return x"
    assert tree_json.problems(compiled("n > 1"), "x#y", "form") == ()


@pytest.mark.parametrize(
    "text",
    [row.example for row in backends.table() if row.browser],
)
def test_documents_keep_to_the_schema(text):
    document = tree_json.write(compiled(text))

    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["compiler"] == tree_json.COMPILER


def test_functions_in_the_browser_take_what_those_of_python_take(browser):
    answer = browser.ask("functions")
    found = {name: (text, null, wide) for name, text, null, wide in answer["functions"]}

    assert found.keys() == backends.BROWSER.functions
    assert set(answer["nodes"]) == backends.BROWSER.nodes
    for name, (text, null, wide) in found.items():
        known = FUNCTIONS[name]
        assert [
            [parameter.strip() for parameter in way.split(",") if parameter.strip()]
            for way in text.split(";")
        ] == [[_written(p) for p in way.parameters] for way in known.signatures], name
        assert null == known.may_be_null, name
        assert wide == known.wide, name


_SHORT = {
    "date and time": "moment",
    "days and time duration": "days",
    "years and months duration": "months",
    "list<string>": "strings",
}


def _written(parameter):
    kinds = "|".join(_SHORT.get(str(kind), str(kind)) for kind in parameter.types)
    if parameter.variadic:
        return f"{kinds}..."
    return f"{kinds}?" if parameter.nullable and kinds != "any" else kinds


_BUNDLE = """
import { build } from "vite";
const [entry, outDir] = process.argv.slice(1);
await build({
  configFile: false,
  logLevel: "error",
  root: "src",
  build: {
    lib: { entry, formats: ["es"], fileName: "bundle" },
    outDir, emptyOutDir: false, target: "es2021",
  },
});
"""


@pytest.mark.parametrize(("entry", "most"), [("form", 12), ("index", 30)])
def test_bundles_stay_small(node_modules, tmp_path, entry, most):
    source = node_modules.parent / "src" / "feel" / f"{entry}.ts"
    command = [NODE, "--input-type=module", "-e", _BUNDLE, "--", source, tmp_path]

    subprocess.run(command, cwd=node_modules.parent, check=True, capture_output=True)  # noqa: S603

    [bundle] = [*tmp_path.glob("*.js"), *tmp_path.glob("*.mjs")]
    text = bundle.read_bytes()
    assert len(gzip.compress(text, 9)) <= most * 1024
    assert b"eval(" not in text
    assert b"Function(" not in text


def test_a_condition_takes_less_than_five_microseconds(browser):
    document = tree_json.write(compiled('n >= 80 and b and s in ("a", "b")'), "form")
    cases = [{"n": Decimal(70 + i), "b": True, "s": "ab"[i % 2]} for i in range(20)]

    found = browser.ask("speed", document, cases, EvaluationContext(NOW))

    assert found["microseconds"] <= 5


@pytest.mark.parametrize(
    "text",
    [
        'count(for x in 1..4000 return contains(s, "a"))',
        'count(for x in 1..5000 return contains(s, "a"))',
        'count(for x in 1..5000 return date("2026-01-01"))',
        "sum(for x in 1..29990 return x)",
        "sum(for x in 1..100000 return x)",
        "count(for x in 1..300 return for y in 1..100 return [x, y])",
        "(function(f, x) f(f, x))(function(f, x) f(f, x + 1), 1)",
        "9 ** 9 ** 9",
    ],
)
def test_both_give_up_at_the_same_bound(browser, text):
    expression, _ = compile_expression(text, SMALL, profile="dmn")
    context = EvaluationContext(NOW)

    [answer] = browser.ask("expression", tree_json.write(expression), [{"s": "b" * 200}], context)

    found = expression.judge({"s": "b" * 200}, context)
    value = expression.value({"s": "b" * 200}, context).value
    assert (answer["verdict"], answer["value"]) == (found.verdict.value, shown(value))
