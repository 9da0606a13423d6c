"""Functions on contexts, and conversion and negation (DMN 1.5, 10.3.4.1, 10.3.4.2, 10.3.4.10)."""

from typing import Any

from rule_engine.functions.registry import feel
from rule_engine.numeric import number
from rule_engine.running import Run
from rule_engine.show import written


@feel(
    "not",
    "negand: any",
    result="boolean",
    may_be_null=True,
    people={"zh": "不是({0})", "en": "not ({0})"},
)
def not_(run: Run, negand: Any) -> Any:
    """Turn true into false; anything but true and false gives null."""
    return not negand if type(negand) is bool else None


@feel("string", "from: any", result="string", may_be_null=True)
def string(run: Run, value: Any) -> Any:
    """Write a value as FEEL does."""
    return None if value is None else written(value)


@feel(
    "number",
    "from: string, grouping separator?: string?, decimal separator?: string?",
    "from: number",
    result="number",
    by_signature=True,
)
def number_(
    run: Run, way: int, text: Any, grouping: str | None = None, point: str | None = None
) -> Any:
    """Read a number with its separators."""
    if way == 1:
        return text
    if grouping not in (None, " ", ",", ".") or point not in (None, ".", ","):
        return None
    if grouping is not None and grouping == point:
        return None
    if grouping:
        text = text.replace(grouping, "")
    if point:
        if point != "." and "." in text:
            return None
        text = text.replace(point, ".")
    bare = text[1:] if text[:1] in "+-" else text
    return number(text) if bare[:1].isdigit() or bare[:1] == "." else None


@feel(
    "get value",
    "m: context, key: string",
    "m: context, keys: strings",
    may_be_null=True,
    by_signature=True,
)
def get_value(run: Run, way: int, context: dict[str, Any], key: Any) -> Any:
    """Give a member, or what lies at the end of a path of keys."""
    if way == 0:
        return context.get(key)
    current: Any = context
    if not key:
        return None
    for step in key:
        current = current.get(step) if isinstance(current, dict) else None
    return current


@feel("get entries", "m: context", result="list")
def get_entries(run: Run, context: dict[str, Any]) -> Any:
    """List key and value of each entry."""
    run.step(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@feel("context", "entries: list", result="context")
def context_(run: Run, entries: list[Any]) -> Any:
    """Make a context of entries with key and value."""
    run.step(len(entries))
    made: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry:
            return None
        key = entry.get("key")
        if not isinstance(key, str) or key in made:
            return None
        made[key] = entry["value"]
    return made


@feel(
    "context put",
    "context: context, key: string, value: any",
    "context: context, keys: strings, value: any",
    result="context",
    by_signature=True,
)
def context_put(run: Run, way: int, context: dict[str, Any], key: Any, value: Any) -> Any:
    """Give the context with an entry set, deep inside where there is a path of keys."""
    run.step(len(context) + 1)
    if way == 0:
        return {**context, key: value}
    if not key or any(step is None for step in key):
        return None
    if len(key) == 1:
        return {**context, key[0]: value}
    inner = context.get(key[0])
    inner = {} if inner is None else inner
    if not isinstance(inner, dict):
        return None
    deeper = context_put.call(run, 1, inner, key[1:], value)
    return None if deeper is None else {**context, key[0]: deeper}


@feel("context merge", "contexts: list", result="context")
def context_merge(run: Run, contexts: list[Any]) -> Any:
    """Join contexts; later ones win."""
    made: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        run.step(len(context))
        made.update(context)
    return made


ALL = (not_, string, number_, get_value, get_entries, context_, context_put, context_merge)
