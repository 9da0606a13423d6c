"""Hostile texts: what each costs in time and room, from its text to its value.

Every text is either refused, or bounded by the steps of one evaluation, or harmless.
"""

import time
import tracemalloc
from typing import Any

from app_definitions.vocabulary import Input, Vocabulary
from gcrm.bench import people as world
from rule_engine import EvaluationContext, compile_expression

VOCABULARY = Vocabulary(
    inputs=(
        Input(id="age", label="年龄", type="number"),
        Input(id="name", label="姓名", type="string"),
        Input(id="things", label="物", type="list<string>"),
    )
)
LONG = '"' + "a" * 30_000 + '"'
A = "a" * 30
NESTED = "{a0: [1,2], " + ", ".join(f"a{n + 1}: [a{n},a{n}]" for n in range(40))

REFUSED = {
    "1 MB of digits": "1" * 1_000_000,
    "1 MB of sums": "1+" * 500_000 + "1",
    "1 MB of blanks": " " * 1_000_000 + "1",
    "1 MB of text": '"' + "a" * 1_000_000 + '"',
    "1 MB of comment": "/*" + "a" * 1_000_000,
    "1 MB of quotes": '"' * 1_000_000,
    "1 MB of wide brackets": "（" * 1_000_000,
    "10,000 brackets": "(" * 10_000 + "1" + ")" * 10_000,
    "10,000 lists": "[" * 10_000 + "1" + "]" * 10_000,
    "nested not": "not(" * 6_000 + "true" + ")" * 6_000,
    "nested if": "if true then " * 2_000 + "1" + " else 2" * 2_000,
    "minus signs": "-" * 30_000 + "1",
    "alternatives": "age > 1 or " * 2_500 + "true",
    "powers": "2**" * 5_000 + "2",
    "filters": "things" + "[1]" * 9_000,
    "deep type": "1 instance of " + "list<" * 3_000 + "number" + ">" * 3_000,
    "import": '__import__("os").system("id")',
    "attributes": "name.__class__.__mro__",
    "builtins": "__builtins__",
}
BOUNDED = {
    "9**(9**9)": "9**(9**9)",
    "overflow": "1e6144 * 1e6144",
    "endless for": "for i in 1..1000000000000 return i",
    "endless some": "some i in 1..1000000000000 satisfies i < 0",
    "endless dates": 'for d in @"0001-01-01"..@"9999-12-31" return d',
    "nested for": "for i in 1..100000, j in 1..100000 return i * j",
    "all before": "for i in 1..100000 return count(partial)",
    "itself": "for i in 1..10000 return partial",
    "calls itself": "(function(f) f(f))(function(f) f(f))",
    "long numbers": "for i in 1..20000 return string(1e6000)",
    "long texts": f'for i in 1..20000 return {LONG} + "a"',
    "replacements": f'replace({LONG}, "a", "{A}")',
    "many replacements": f'for i in 1..3000 return replace({LONG}, "a", "bb")',
    "many searches": f'for i in 1..5000 return matches({LONG}, "(a|b|c)*x(a|b|c)*y")',
    "cut everywhere": f'split({LONG}, "")',
    "counted pattern": f'matches({LONG}, "(a?){{900}}a{{900}}")',
    "back references": f'for i in 1..2000 return matches("{A}{A}!", "((a+)+)\\\\2b")',
    "doubled text": '{a0: "aaaaaaaa", '
    + ", ".join(f"a{n + 1}: a{n} + a{n}" for n in range(60))
    + "}",
    "doubled list": "{a0: [1], "
    + ", ".join(f"a{n + 1}: concatenate(a{n}, a{n})" for n in range(60))
    + "}",
    "nested lists compared": NESTED + ", e: a40 = a40}",
    "nested lists written": NESTED + ", e: string(a40)}",
    "nested lists made flat": NESTED + ", e: flatten(a40)}",
}
HARMLESS = {
    "9**9**9": "9**9**9",
    "(a+)+": f'matches("{A}!", "(a+)+$")',
    "(a|aa)+": f'matches("{A}!", "(a|aa)+$")',
    "tiny steps": "1.0000001**999999999",
}


def measure() -> tuple[dict[str, Any], dict[str, float]]:
    """Give the slowest and the largest of all texts (milliseconds, megabytes)."""
    texts = REFUSED | BOUNDED | HARMLESS
    times = {name: spent(text, VOCABULARY, world.CONTEXT) * 1e3 for name, text in texts.items()}
    rooms = {name: room(text, VOCABULARY, world.CONTEXT) / 1e6 for name, text in texts.items()}
    slowest, largest = max(times, key=times.__getitem__), max(rooms, key=rooms.__getitem__)
    figures = {
        "hostile_slowest": slowest,
        "hostile_slowest_ms": round(times[slowest], 1),
        "hostile_largest": largest,
        "hostile_largest_mb": round(rooms[largest], 1),
    }
    return figures, {}


def spent(text: str, vocabulary: Vocabulary, context: EvaluationContext) -> float:
    """Give the seconds that compiling and evaluating take, the better of three tries."""
    best = 1e9
    for _ in range(3):
        began = time.process_time()
        expression, _ = compile_expression(text, vocabulary)
        if expression is not None:
            expression.value({"name": "a"}, context)
        best = min(best, time.process_time() - began)
        if best < 0.05:
            break
    return best


def room(text: str, vocabulary: Vocabulary, context: EvaluationContext) -> int:
    """Give the most bytes that compiling and evaluating hold."""
    tracemalloc.start()
    try:
        expression, _ = compile_expression(text, vocabulary)
        if expression is not None:
            expression.value({"name": "a"}, context)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
