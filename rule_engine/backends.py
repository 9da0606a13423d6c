"""Which constructs each back end knows: the one table of them.

SQL is one column: SQLite, PostgreSQL and DuckDB know the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rule_engine.functions.known import FUNCTIONS


@dataclass(frozen=True, slots=True)
class Faces:
    """What an interpreter of trees knows: kinds of nodes, functions, and whether `**`."""

    nodes: frozenset[str]
    functions: frozenset[str]
    powers: bool = False


CONSTRUCTS: Mapping[str, str] = {
    "= != < <= > >=": "n >= 80",
    "between": "n between 1 and 2",
    "in": "n in (1, 2)",
    "[a..b]": "n in [1..2]",
    "and": "b and n > 1",
    "or": "b or n > 1",
    "not": "not(b)",
    "= null": "n = null",
    "+ - * /": "n + 1 > 2",
    "**": "n ** 2 > 4",
    "if": "(if b then n else 0) > 1",
    "string + string": 's + "x" = "yx"',
    "date ± duration": 'd + duration("P1Y") > @"2026-01-01"',
    "date - date": 'd - @"2026-01-01" > duration("P1D")',
    "date parts": "d.year > 2000",
    "today()": "d < today()",
    "parameters": "n > parameters.low",
    "age": "age(d) >= 80",
    "months between": 'months between(d, @"2026-01-01") > 3',
    "days between": 'days between(d, @"2026-01-01") > 3',
    "contains": 'contains(s, "x")',
    "starts with": 'starts with(s, "x")',
    "ends with": 'ends with(s, "x")',
    "string length": "string length(s) > 3",
    "parts of a resident id": 'sex of id(s) = "1"',
    "lists": "count(l) > 1",
    "list functions": "sum(l) > 1",
    "for": "count(for x in l return x) > 1",
    "some / every": "some x in l satisfies x > 1",
    "filter": "count(l[item > 1]) > 1",
    "contexts": "{a: n}.a > 1",
    "functions": "(function(x) x + n)(1) > 1",
    "instance of": "n instance of number",
    "rounding": "floor(n) > 1",
    "patterns": 'matches(s, "x")',
    "logarithms": "log(n) > 1",
    "working days": "is working day(d)",
    "regions": 'within region(s, "330000")',
}
"""Each construct with an example over n: number, b: boolean, s: string, d: date, l: list."""

_COMMON = (
    "= != < <= > >=", "between", "in", "[a..b]", "and", "or", "not", "= null", "+ - * /", "if",
    "string + string", "date ± duration", "date - date", "today()", "parameters",
)  # fmt: skip
_PLAIN = (
    "age", "months between", "days between", "contains", "starts with", "ends with",
    "string length", "date parts",
)  # fmt: skip
PYTHON_CONSTRUCTS = frozenset(CONSTRUCTS)
FORM_CONSTRUCTS = frozenset((*_COMMON, *_PLAIN, "**", "lists", "parts of a resident id"))
BROWSER_CONSTRUCTS = frozenset(
    (
        *FORM_CONSTRUCTS, "list functions", "for", "some / every", "filter", "contexts",
        "functions", "instance of", "rounding",
    )
)  # fmt: skip
FAST_CONSTRUCTS = frozenset((*_COMMON, "**")) - {"today()"}
SQL_CONSTRUCTS = frozenset((*_COMMON, *_PLAIN))

_CORE = frozenset(
    (
        "number", "string", "boolean", "null", "at", "name", "parameters", "path", "negation",
        "arithmetic", "comparison", "logical", "between", "test", "membership", "unary_tests",
        "range", "if", "call", "list",
    )
)  # fmt: skip
_STRUCTURES = frozenset(
    (
        "for", "quantified", "filter", "function", "invoke", "context", "instance_of", "typed",
        "table",
    )
)  # fmt: skip
_FORM_FUNCTIONS = frozenset(
    (
        "not", "today", "now", "date", "date and time", "duration", "years and months duration",
        "age", "months between", "days between", "string length", "contains", "starts with",
        "ends with", "count", "list contains", "min", "max", "birth date of id", "sex of id",
        "region of id", "is resident id",
    )
)  # fmt: skip
_SERVER_ONLY = frozenset(
    (
        "matches", "replace", "split", "log", "exp", "range", "within region", "add working days",
        "working days between", "is working day",
    )
)  # fmt: skip

FORM = Faces(_CORE, _FORM_FUNCTIONS, True)
"""The bundle for citizen pages."""
BROWSER = Faces(_CORE | _STRUCTURES, frozenset(FUNCTIONS) - _SERVER_ONLY, True)
"""The whole interpreter, with decision tables of all hit policies."""


@dataclass(frozen=True, slots=True)
class Row:
    """A construct, and whether each back end knows it."""

    construct: str
    example: str
    python: bool
    fast: bool
    sql: bool
    browser: bool
    form: bool


def table() -> tuple[Row, ...]:
    """Give the public table of constructs."""
    ends = (
        PYTHON_CONSTRUCTS, FAST_CONSTRUCTS, SQL_CONSTRUCTS, BROWSER_CONSTRUCTS, FORM_CONSTRUCTS,
    )  # fmt: skip
    return tuple(
        Row(name, example, *(name in end for end in ends)) for name, example in CONSTRUCTS.items()
    )
