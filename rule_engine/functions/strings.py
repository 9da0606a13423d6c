"""Functions on texts (DMN 1.5, 10.3.4.3)."""

from decimal import Decimal
from typing import Any

from rule_engine.functions import patterns
from rule_engine.functions.registry import feel
from rule_engine.numeric import as_int, of_int
from rule_engine.running import Run, bounded


@feel(
    "string length",
    "string: string",
    result="number",
    people={"zh": "{0}的字数", "en": "the number of signs of {0}"},
)
def string_length(run: Run, text: str) -> Any:
    """Count the characters."""
    return of_int(len(text))


@feel("substring", "string: string, start position: number, length?: number", result="string")
def substring(run: Run, text: str, start: Decimal, length: Decimal | None) -> Any:
    """Take characters from a position on, counted from 1, or from the end where negative."""
    at = as_int(start)
    if at is None or at == 0 or abs(at) > len(text):
        return None
    begin = at - 1 if at > 0 else len(text) + at
    if length is None:
        return text[begin:]
    count = int(length)
    return text[begin : begin + count] if count >= 1 else None


@feel("upper case", "string: string", result="string")
def upper_case(run: Run, text: str) -> Any:
    """Write in capitals."""
    return text.upper()


@feel("lower case", "string: string", result="string")
def lower_case(run: Run, text: str) -> Any:
    """Write in small letters."""
    return text.lower()


@feel("substring before", "string: string, match: string", result="string")
def substring_before(run: Run, text: str, match: str) -> Any:
    """Take what stands before a match; nothing where there is none."""
    before, found, _ = text.partition(match) if match else ("", "", "")
    return before if found else ""


@feel("substring after", "string: string, match: string", result="string")
def substring_after(run: Run, text: str, match: str) -> Any:
    """Take what stands after a match; nothing where there is none."""
    if not match:
        return text
    _, found, after = text.partition(match)
    return after if found else ""


@feel(
    "contains",
    "string: string, match: string",
    result="boolean",
    people={"zh": "{0}包含{1}", "en": "{0} contains {1}"},
)
def contains(run: Run, text: str, match: str) -> Any:
    """Tell whether a text has another in it."""
    return match in text


@feel(
    "starts with",
    "string: string, match: string",
    result="boolean",
    people={"zh": "{0}以{1}开头", "en": "{0} starts with {1}"},
)
def starts_with(run: Run, text: str, match: str) -> Any:
    """Tell whether a text begins with another."""
    return text.startswith(match)


@feel(
    "ends with",
    "string: string, match: string",
    result="boolean",
    people={"zh": "{0}以{1}结尾", "en": "{0} ends with {1}"},
)
def ends_with(run: Run, text: str, match: str) -> Any:
    """Tell whether a text ends with another."""
    return text.endswith(match)


@feel("matches", "input: string, pattern: string, flags?: string?", result="boolean")
def matches(run: Run, text: str, pattern: str, flags: str | None) -> Any:
    """Tell whether a pattern is found in a text."""
    run.step(patterns.steps(text, pattern, flags or ""))
    return patterns.found(text, pattern, flags or "")


@feel(
    "replace",
    "input: string, pattern: string, replacement: string, flags?: string?",
    result="string",
)
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None) -> Any:
    """Put something else where a pattern is found."""
    run.step(patterns.steps(text, pattern, flags or ""))
    done = patterns.replaced(text, pattern, replacement, flags or "")
    if done is None:
        return None
    run.step(abs(len(done) - len(text)))
    return bounded(done)


@feel("split", "string: string, delimiter: string", result="list")
def split(run: Run, text: str, delimiter: str) -> Any:
    """Cut a text where a pattern is found."""
    run.step(patterns.steps(text, delimiter, ""))
    pieces = patterns.pieces(text, delimiter)
    if pieces is not None:
        run.step(len(pieces))
    return pieces


@feel("string join", "list: list, delimiter?: string?", result="string")
def string_join(run: Run, texts: list[Any], delimiter: str | None) -> Any:
    """Put texts together; nulls are left out."""
    run.step(len(texts))
    if any(text is not None and not isinstance(text, str) for text in texts):
        return None
    kept = [text for text in texts if text is not None]
    between = delimiter or ""
    total = sum(map(len, kept)) + len(between) * max(len(kept) - 1, 0)
    if total > 1_000_000:
        bounded(" " * 1_000_001)
    return between.join(kept)


ALL = (
    string_length, substring, upper_case, lower_case, substring_before, substring_after, contains,
    starts_with, ends_with, matches, replace, split, string_join,
)  # fmt: skip
