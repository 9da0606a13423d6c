"""Problems: what a designer got wrong, with a path, a code and values; and their sentences."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Literal

Severity = Literal["error", "warning"]
"""An error must be mended before publishing; a warning is advice."""

Value = str | int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, at `part#id.property` or at a whole `part`."""

    path: str
    code: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    severity: Severity = "error"

    def to_json(self) -> dict[str, object]:
        """Give the problem without sentences."""
        return {
            "path": self.path,
            "code": self.code,
            "values": dict(self.values),
            "severity": self.severity,
        }


Problems = tuple[Problem, ...]


def error(path: str, code: str, /, **values: Value) -> Problem:
    """Make a problem that must be mended."""
    return Problem(path, code, values)


def warning(path: str, code: str, /, **values: Value) -> Problem:
    """Make a piece of advice."""
    return Problem(path, code, values, "warning")


def has_errors(problems: Iterable[Problem]) -> bool:
    """Tell whether anything must be mended."""
    return any(problem.severity == "error" for problem in problems)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is wrong and how to mend it, each as sentences in one language."""

    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The sentences of all codes, by locale."""

    texts: Mapping[str, Mapping[str, Rendered]]

    LOCALES = ("zh_CN", "en")

    @classmethod
    def of(cls, *packages: str) -> "Catalogue":
        """Read `problems/<locale>.json` of each package; a code may stand in one package only.

        Raises ValueError where two packages use one code.
        """
        texts: dict[str, dict[str, Rendered]] = {}
        for locale in cls.LOCALES:
            known = texts.setdefault(locale, {})
            for package in packages:
                for code, rendered in _read(package, locale).items():
                    if code in known:
                        raise ValueError(f'The problem code "{code}" of {package} is taken.')
                    known[code] = rendered
        return cls(texts)

    def codes(self) -> frozenset[str]:
        """List the codes that have a sentence in some language."""
        return frozenset(code for known in self.texts.values() for code in known)

    def render(self, problem: Problem, locale: str) -> Rendered:
        """Say the problem in a language; `zh-CN` and `zh_CN` are the same locale.

        A code without a sentence is said by its name, so that nothing is ever lost.
        """
        known = self.texts.get(_locale(locale), {})
        rendered = known.get(problem.code)
        if rendered is None:
            listed = ", ".join(f"{key}={value}" for key, value in problem.values.items())
            return Rendered(f"{problem.code} ({listed})" if listed else problem.code, "")
        return Rendered(
            fill(rendered.message, problem.values),
            fill(rendered.fix, problem.values),
        )

    def report(self, problem: Problem, locale: str) -> dict[str, object]:
        """Give the problem as JSON together with its sentences."""
        rendered = self.render(problem, locale)
        return {**problem.to_json(), "message": rendered.message, "fix": rendered.fix}


def fill(text: str, values: Mapping[str, Value]) -> str:
    """Put values at `{name}`; what has no value stays as it is, and nothing else is interpreted."""
    pieces = text.split("{")
    done = [pieces[0]]
    for piece in pieces[1:]:
        name, closed, rest = piece.partition("}")
        if closed and name in values:
            done.append(f"{values[name]}{rest}")
        else:
            done.append("{" + piece)
    return "".join(done)


def _locale(locale: str) -> str:
    return "zh_CN" if locale.lower().startswith("zh") else "en"


@lru_cache(maxsize=64)
def _read(package: str, locale: str) -> Mapping[str, Rendered]:
    path = resources.files(package) / "problems" / f"{locale}.json"
    if not path.is_file():
        return {}
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {entry["code"]: Rendered(entry["message"], entry["fix"]) for entry in entries}
