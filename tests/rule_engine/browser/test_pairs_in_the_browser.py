"""Random pairs of rule and context over both interpreters: the same value, verdict and lacks.

GCRM_DEPTH multiplies the 5,000 pairs (20: 100,000) and makes them new ones each time.
"""

import datetime as dt
import os
import random
from decimal import Decimal

import jsonschema
import pytest

from app_definitions import decision as definitions
from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import EvaluationContext, compile_decision, compile_expression, tree_json
from rule_engine.conformance import shown
from rule_engine.temporal import read_any
from rule_engine.tree_decision import write_version
from tests.rule_engine.browser.test_trees_for_the_browser import SCHEMA

DEPTH = int(os.environ.get("GCRM_DEPTH", "1"))
EACH = 10
NOW = dt.datetime(2026, 11, 24, 20, 30, tzinfo=dt.UTC)
CONTEXT = EvaluationContext(
    NOW,
    dt.timezone(dt.timedelta(hours=8)),
    parameters={"low": Decimal("6.5"), "day": dt.date(2024, 2, 29), "name": "横綱"},
)
KINDS = {
    "n": "number", "m": "number", "s": "string", "t": "string", "b": "boolean", "c": "boolean",
    "d": "date", "e": "date", "at": "date and time", "w": "days and time duration",
    "y": "years and months duration", "l": "list<number>", "k": "context",
}  # fmt: skip
VOCABULARY = Vocabulary(tuple(Input(name, name, kind) for name, kind in KINDS.items()))
NUMBERS = (
    "0", "1", "-1", "0.1", "0.2", "2.5", "80", "6000.00", "9999999999999999999999999999999999",
    "0.0000000000000000000000000000000001", "1234567890.123456789", "3", "-0.5", "12",
)  # fmt: skip
TEXTS = ("", "a", "b", "ab", "汉", "\U00020000", "\ufb00", "横綱", "A", "11010119491231002X")
DATES = ("2026-11-24", "2024-02-29", "2023-01-31", "1946-12-01", "2000-02-28", "9999-12-31")
MOMENTS = (
    "2026-11-24T08:00:00Z", "2026-11-24T16:00:00+08:00", "2024-02-29T23:59:59",
    "2026-11-25T00:30:00.5-05:00",
)  # fmt: skip
DAYS = ("P1D", "PT36H", "-P3DT4H5M6S", "PT0S", "P400D")
MONTHS = ("P1M", "P1Y", "-P13M", "P0M", "P80Y")


class Rules:
    """Writes random rules and contexts."""

    def __init__(self, seed):
        self.dice = random.Random(seed)  # noqa: S311

    def one(self, *ways):
        return self.dice.choice(ways)

    def text(self, kind, depth):
        """Write an expression, mostly of a kind."""
        if self.dice.random() < 0.04:
            kind = self.one("number", "string", "boolean", "date", "days", "months", "null")
        if depth <= 0 or self.dice.random() < 0.2:
            return self.leaf(kind)
        return getattr(self, kind)(depth - 1)

    def leaf(self, kind):
        names = {
            "number": ("n", "m", "parameters.low", "k.x"), "string": ("s", "t", "parameters.name"),
            "boolean": ("b", "c"), "date": ("d", "e", "parameters.day"), "moment": ("at",),
            "days": ("w",), "months": ("y",), "null": ("null",), "list": ("l",),
        }[kind]  # fmt: skip
        if self.dice.random() < 0.6:
            return self.one(*names)
        return self.literal(kind)

    def literal(self, kind):
        if kind == "number":
            return f"({self.one(*NUMBERS)})"
        if kind == "string":
            return f'"{self.one(*TEXTS)}"'
        if kind == "boolean":
            return self.one("true", "false")
        if kind == "list":
            return f"[{self.text('number', 0)}, {self.text('number', 0)}]"
        texts = {"date": DATES, "moment": MOMENTS, "days": DAYS, "months": MONTHS}.get(kind)
        return f'@"{self.one(*texts)}"' if texts else "null"

    def null(self, depth):
        return "null"

    def number(self, depth):
        a, b = (self.text("number", depth) for _ in "ab")
        return self.one(
            f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"({a} / {b})", f"(-{a})",
            f"({a} ** {self.one('2', '3', '0', '-1', '-3')})",
            f"(if {self.text('boolean', depth)} then {a} else {b})",
            f"string length({self.text('string', depth)})", f"{self.text('date', depth)}.year",
            f"age({self.text('date', depth)}, {self.text('date', depth)})",
            f"age({self.text('date', depth)})", f"{self.text('days', depth)}.hours",
            f"months between({self.text('date', depth)}, {self.text('date', depth)})",
            f"days between({self.text('date', depth)}, {self.text('date', depth)})",
            f"count({self.text('list', depth)})", f"sum({self.text('list', depth)})",
            f"({self.text('days', depth)} / {self.text('days', depth)})", f"floor({a}, 1)",
            f"round half up({a}, {self.one('0', '2', '-1')})", f"modulo({a}, {b})",
            f"max({a}, {b})", f"{self.text('list', depth)}[{self.one('1', '-1', '2')}]",
        )  # fmt: skip

    def string(self, depth):
        a, b = (self.text("string", depth) for _ in "ab")
        return self.one(
            f"({a} + {b})", f"(if {self.text('boolean', depth)} then {a} else {b})",
            f"substring({a}, {self.one('1', '2', '-1')})", f"upper case({a})",
            f"string({self.text(self.one('number', 'date', 'days', 'list', 'string'), depth)})",
            f"sex of id({a})",
        )  # fmt: skip

    def date(self, depth):
        a, b = (self.text("date", depth) for _ in "ab")
        return self.one(
            f"({a} + {self.text('months', depth)})", f"({a} - {self.text('months', depth)})",
            f"({a} + {self.text('days', depth)})", "today()", f"date({self.text('moment', depth)})",
            f"(if {self.text('boolean', depth)} then {a} else {b})",
            f"date({self.text('number', 0)}, 2, 29)", "birth date of id(s)",
        )  # fmt: skip

    def moment(self, depth):
        a = self.text("moment", depth)
        return self.one(
            f"({a} + {self.text('days', depth)})", f"({a} - {self.text('months', depth)})", "now()",
            f"date and time({self.text('date', depth)})",
        )  # fmt: skip

    def days(self, depth):
        a, b = (self.text("days", depth) for _ in "ab")
        return self.one(
            f"({self.text('date', depth)} - {self.text('date', depth)})", f"({a} + {b})",
            f"({a} * {self.text('number', depth)})", f"({a} / {self.text('number', depth)})",
            f"(-{a})", f"({self.text('moment', depth)} - {self.text('moment', depth)})",
        )  # fmt: skip

    def months(self, depth):
        a, b = (self.text("months", depth) for _ in "ab")
        return self.one(
            f"({a} - {b})", f"({a} * {self.text('number', depth)})", f"abs({a})",
            f"years and months duration({self.text('date', depth)}, {self.text('date', depth)})",
        )  # fmt: skip

    def list(self, depth):
        a = self.text("list", depth)
        return self.one(
            f"{a}[item > {self.text('number', 0)}]", f"(for x in {a} return x + 1)",
            f"append({a}, {self.text('number', depth)})", f"sort({a})", f"distinct values({a})",
            f"[{self.text('number', depth)}, {self.text('number', depth)}]",
            f"(for x in 1..3 return x * {self.text('number', 0)})",
        )  # fmt: skip

    def boolean(self, depth):
        kind = self.one("number", "string", "date", "boolean", "moment", "days", "months")
        a, b, c = (self.text(kind, depth) for _ in "abc")
        p, q = (self.text("boolean", depth) for _ in "pq")
        operator = self.one("=", "!=", "<", "<=", ">", ">=")
        opening, closing = self.one("[", "(", "]"), self.one("]", ")", "[")
        return self.one(
            f"({a} {operator} {b})", f"({a} {operator} {b})", f"({p} and {q})", f"({p} or {q})",
            f"not({p})", f"({a} between {b} and {c})", f"({a} in ({b}, {operator} {c}))",
            f"({a} in {opening}{b}..{c}{closing})", f"({a} {self.one('=', '!=')} null)",
            f"({self.one(*KINDS)} {self.one('=', '!=')} null)", f"({a} in (null, {b}))",
            f"({a} in [{b}, {c}])",
            f"contains({self.text('string', depth)}, {self.text('string', 0)})",
            f"starts with({self.text('string', depth)}, {self.text('string', 0)})",
            f"list contains({self.text('list', depth)}, {self.text('number', 0)})",
            f"(some x in {self.text('list', depth)} satisfies x > {self.text('number', 0)})",
            f"(every x in {self.text('list', depth)} satisfies x > {self.text('number', 0)})",
            f"({a} instance of {self.one('number', 'string', 'date')})",
            f"(if {p} then {q} else {self.text('boolean', depth)})",
        )  # fmt: skip

    def value(self, kind):
        if kind == "number":
            return Decimal(self.one(*NUMBERS))
        if kind == "string":
            return self.one(*TEXTS)
        if kind == "boolean":
            return self.one(True, False)
        if kind == "list<number>":
            return [Decimal(self.one(*NUMBERS)) for _ in range(self.dice.randint(0, 3))]
        if kind == "context":
            return (
                {"x": self.one(None, Decimal(3), Decimal("6.5"))} if self.one(True, False) else {}
            )
        texts = {
            "date": DATES, "date and time": MOMENTS, "days and time duration": DAYS,
            "years and months duration": MONTHS,
        }[kind]  # fmt: skip
        return read_any(self.one(*texts))

    def inputs(self):
        """Give values; some are missing, some null, some of a wrong type."""
        found = {}
        for name, kind in KINDS.items():
            luck = self.dice.random()
            if luck < 0.12:
                continue
            wrong = luck > 0.95
            found[name] = (
                None if luck < 0.24 else self.value(self.one(*KINDS.values()) if wrong else kind)
            )
        return found


def seeds(count):
    start = 0 if DEPTH == 1 else random.SystemRandom().randrange(10**9)
    return range(start, start + count)


def python(expression, inputs):
    result = expression.value(inputs, CONTEXT)
    judgement = expression.judge(inputs, CONTEXT)
    return {
        "value": shown(result.value),
        "verdict": judgement.verdict.value,
        "missing": list(judgement.missing),
    }


@pytest.mark.parametrize("back_end", ["browser", "form"])
def test_random_pairs_come_out_the_same(browser, back_end):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    pairs = 0
    seen = {"pass": 0, "fail": 0, "missing": 0, "error": 0}
    wanted = (3_500 if back_end == "browser" else 1_500) * DEPTH
    for seed in seeds(10**9):
        if pairs >= wanted:
            break
        rules = Rules(seed)
        text = rules.text("boolean" if seed % 4 else rules.one("number", "date", "string"), 3)
        expression, problems = compile_expression(text, VOCABULARY, profile="dmn")
        assert expression is not None, (text, problems)
        try:
            document = tree_json.write(expression, back_end)
        except tree_json.Unsupported:
            continue
        if seed % 20 == 0:
            validator.validate(document)
        cases = [rules.inputs() for _ in range(EACH)]
        op = "expression" if back_end == "browser" else "form"
        answers = browser.ask(op, document, cases, CONTEXT)
        for inputs, answer in zip(cases, answers, strict=True):
            if "unsupported" in answer:
                continue
            expected = python(expression, inputs)
            assert answer == expected, (seed, text, inputs)
            seen[expected["verdict"]] += 1
            pairs += 1
    assert min(seen.values()) > 0.01 * pairs, seen


POLICIES = ("UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT")


def table(rules, policy):
    dice = rules.dice
    cells = {
        "number": ("-", "", "> 2", "[0..6000]", "1, 2.5, 80", "not(1)", "null", "< parameters.low"),
        "string": ("-", '"a"', '"a", "b"', 'not("a")', 'starts with(?, "a")', "null"),
        "date": ("-", '> @"2024-02-29"', "null", "<= today()"),
        "boolean": ("-", "true", "false", "not(true)"),
    }
    columns = [dice.choice(("n", "s", "d", "b")) for _ in range(dice.randint(1, 3))]
    outputs = dice.choice(
        ([("o", "number")], [("o", "string")], [("o", "number"), ("p", "string")])
    )
    values = {"number": ("1", "2", "3", "n", "m + 1"), "string": ('"x"', '"y"', "s")}
    choices = {"number": ("3", "1", "2"), "string": ("x", "y")}
    ranked = policy in ("PRIORITY", "OUTPUT ORDER")
    return definitions.Table(
        policy,
        tuple(
            definitions.TableInput(f"i{at}", name, name) for at, name in enumerate(columns)
        ),
        tuple(
            definitions.TableOutput(
                name, name, kind,
                tuple(definitions.Choice(code, code) for code in choices[kind]) if ranked else (),
            )
            for name, kind in outputs
        ),
        tuple(
            definitions.Row(
                f"r{at}",
                tuple(dice.choice(cells[KINDS[name]]) for name in columns),
                tuple(
                    dice.choice(values[kind][:2] if ranked else values[kind])
                    for _, kind in outputs
                ),
            )
            for at in range(dice.randint(1, 5))
        ),
        dice.choice(("", "sum", "min", "max", "count")) if policy == "COLLECT" else "",
    )  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES)
def test_tables_come_out_the_same(browser, policy):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for seed in seeds(25 * DEPTH):
        rules = Rules(seed)
        version = definitions.Version("v1", dt.date(2020, 1, 1), "test", table=table(rules, policy))
        written = definitions.Decision("x", "x", "table", versions=(version,))
        decision, problems = compile_decision(written, VOCABULARY, profile="dmn")
        assert decision is not None, problems
        document = write_version(decision, decision.versions[0])
        validator.validate(document)
        cases = [rules.inputs() for _ in range(EACH)]
        for inputs, answer in zip(
            cases, browser.ask("decision", document, cases, CONTEXT), strict=True
        ):
            judgement = decision.judge(inputs, CONTEXT)
            expected = {
                "verdict": judgement.verdict.value,
                "missing": list(judgement.missing),
                "rows": list(judgement.rows),
                "outputs": shown(dict(judgement.outputs)),
                "findings": [],
            }
            del answer["value"]
            assert answer == expected, (seed, version.table, inputs)


def test_lists_of_conditions_come_out_the_same(browser):
    for seed in seeds(60 * DEPTH):
        rules = Rules(seed)
        nodes = (
            definitions.Node("x1", "x1", "", rules.text("number", 2)),
            definitions.Node("x2", "x2", table=table(rules, rules.one("FIRST", "UNIQUE", "ANY"))),
        )
        conditions = tuple(
            definitions.Condition(f"c{at}", f"c{at}", text, "message")
            for at, text in enumerate(
                (rules.text("boolean", 2), f"x1 > {rules.text('number', 1)}", "x2 = 1 or b")
            )
        )
        version = definitions.Version(
            "v1", dt.date(2020, 1, 1), "test", conditions=conditions, nodes=nodes
        )
        written = definitions.Decision("x", "x", "conditions", versions=(version,))
        decision, _problems = compile_decision(written, VOCABULARY, profile="dmn")
        if decision is None:
            continue
        document = write_version(decision, decision.versions[0])
        jsonschema.Draft202012Validator(SCHEMA).validate(document)
        cases = [rules.inputs() for _ in range(EACH)]
        for inputs, answer in zip(
            cases, browser.ask("decision", document, cases, CONTEXT), strict=True
        ):
            if "unsupported" in answer:
                continue
            judgement = decision.judge(inputs, CONTEXT)
            expected = [
                {
                    "id": finding.condition_id,
                    "verdict": finding.verdict.value,
                    "missing": list(finding.missing),
                }
                for finding in judgement.findings
            ]
            assert answer["findings"] == expected, (seed, version, inputs)
            assert answer["verdict"] == judgement.verdict.value
            assert answer["missing"] == list(judgement.missing)
            assert answer["outputs"] == shown(dict(judgement.outputs))


def test_modulo_keeps_all_digits(browser):
    expression, _ = compile_expression("modulo(n, m)", VOCABULARY, profile="dmn")
    given = {"n": Decimal("1E-34"), "m": Decimal("-0.4999999999999999999999999999999999")}

    [answer] = browser.ask("expression", tree_json.write(expression), [given], CONTEXT)

    assert answer["value"]["value"] == "-0.4999999999999999999999999999999998"
    assert answer == python(expression, given)


def test_a_context_collected_in_one_column_is_a_value(browser):
    one = definitions.Table(
        "COLLECT",
        (definitions.TableInput("i", "b", "b"),),
        (definitions.TableOutput("o", "o", "any"),),
        (definitions.Row("r", ("-",), ("k",)),),
        "sum",
    )
    version = definitions.Version("v1", dt.date(2020, 1, 1), "test", table=one)
    written = definitions.Decision("x", "x", "table", versions=(version,))
    decision, _ = compile_decision(written, VOCABULARY, profile="dmn")
    given = {"b": True, "k": {"x": Decimal(1)}}

    judgement = decision.judge(given, CONTEXT)

    [answer] = browser.ask(
        "decision", write_version(decision, decision.versions[0]), [given], CONTEXT
    )
    assert answer["outputs"] == shown(dict(judgement.outputs)) == shown({"o": given["k"]})
