"""Expressions of a process: compiled once, run by key, never seen by SpiffWorkflow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from app_definitions import ids
from app_definitions.problem import Problem, Problems, error
from app_definitions.vocabulary import Input, Vocabulary
from flow_engine.errors import EvaluationError
from flow_engine.model import ProcessDefinition, Step
from rule_engine import show
from rule_engine.feel_types import ANY, BOOLEAN, NULL

VERB = "verb"
ALWAYS = "always"
VOTES = ("votes_for", "votes_against")
MOST_DIGITS = 40


class Compiled(Protocol):
    """What the rule engine makes of a text."""

    @property
    def inputs(self) -> frozenset[str]:
        """Name the inputs that the text uses."""

    def value(self, inputs: Mapping[str, Any], context: Any) -> Any:
        """Give a result with `value` and `notes`."""


Compile = Callable[[str, Vocabulary], tuple[Compiled | None, Problems]]
Variables = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Held:
    """One compiled expression and the element it belongs to."""

    where: str
    run: Compiled


class Expressions:
    """All expressions of one process, by the opaque key that stands in their place."""

    def __init__(self, part: str, compile_expression: Compile, vocabulary: Vocabulary) -> None:
        """Take the compiler, and the vocabulary with the process's own names in it."""
        self._part = part
        self._compile = compile_expression
        self._types = {entry.id: entry.type for entry in vocabulary}
        self._vocabulary = vocabulary
        self._held: dict[str, Held] = {}
        self.problems: list[Problem] = []

    def add(self, text: str, element: str, prop: str, *, judges: bool = False) -> str:
        """Compile a text and give the key by which it is run; problems are kept.

        A text that `judges` must give true or false.
        """
        run, problems = self._compile(text.strip().removeprefix("="), self._vocabulary)
        path = ids.path(self._part, [element], prop)
        self.problems += [Problem(path, p.code, p.values, p.severity) for p in problems]
        key = f"e{len(self._held)}"
        kind = getattr(run, "type", ANY)
        if judges and kind not in (ANY, NULL, BOOLEAN):
            self.problems.append(error(path, "flow_condition_type", text=text.strip()[:80]))
        if run is not None:
            self._held[key] = Held(element, run)
        return key

    @property
    def inputs(self) -> frozenset[str]:
        """Name the inputs that any expression of the process uses."""
        return frozenset().union(*(held.run.inputs for held in self._held.values()))

    def where(self, key: str) -> str | None:
        """Name the element an expression belongs to."""
        held = self._held.get(key)
        return held.where if held is not None else None

    def value(self, key: str, variables: Variables, context: Any) -> Any:
        """Run an expression by its key; an unknown key is refused, whatever it says.

        What gives nothing because of an error stops the process: it must not go on as if the
        condition were false. What is missing is no error.
        """
        held = self._held.get(key)
        if held is None:
            raise EvaluationError(key, f'There is no expression "{key}".')
        result = held.run.value(self.typed(variables), context)
        if result.value is None and result.errors:
            codes = ", ".join(sorted({note.code for note in result.errors}))
            raise EvaluationError(held.where, f"The expression could not be worked out: {codes}.")
        return result.value

    def is_true(self, key: str, variables: Variables, context: Any) -> bool:
        """Tell whether a condition gives true; null and anything else is not true."""
        return key == ALWAYS or self.value(key, variables, context) is True

    def count(self, key: str, variables: Variables, context: Any) -> int:
        """Give a whole number of at most 1000 rounds."""
        value = self.value(key, variables, context)
        whole = isinstance(value, Decimal) and value == value.to_integral_value()
        if not whole or not 0 <= value <= 1000:
            where = self.where(key) or key
            raise EvaluationError(where, f'"{value}" is no number of rounds from 0 to 1000.')
        return int(value)

    def typed(self, variables: Variables) -> dict[str, Any]:
        """Turn routing variables, which are strings and lists, into FEEL values."""
        return {name: _typed(self._types.get(name), value) for name, value in variables.items()}


def vocabulary_of(definition: ProcessDefinition, vocabulary: Vocabulary) -> Vocabulary:
    """Add the process's own names: the verb just pressed, the last of each step, votes, items."""
    own = [Input(VERB, VERB, "string")]
    own += [
        Input(f"{VERB}_{step.id}", f"{VERB} {step.name}", "string") for step in definition.steps
    ]
    own += [
        Input(name, f"{name} {step.name}", "number")
        for step in definition.steps
        for name in votes_of(step)
    ]
    for node in definition.nodes:
        if node.loop is not None and node.loop.item and node.loop.item not in vocabulary:
            own.append(Input(node.loop.item, node.loop.item, "string"))
        if node.kind == "scriptTask" and node.result and node.result not in vocabulary:
            own.append(Input(node.result, node.result, "any"))
    return vocabulary.extended(own)


def votes_of(step: Step) -> tuple[str, ...]:
    """Name what the host counts of a step that several sign: votes for and against so far."""
    return tuple(f"{name}_{step.id}" for name in VOTES) if step.signers is not None else ()


def plain(value: Any) -> Any:
    """Turn a FEEL value into what a routing variable may hold: strings, booleans and lists."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    return value.isoformat() if isinstance(value, date) else show.iso(value)


def _typed(kind: str | None, value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return Decimal(value)
    if kind == "number" and isinstance(value, str):
        return _decimal(value)
    if kind == "list<number>" and isinstance(value, list | tuple):
        return [_decimal(entry) if isinstance(entry, str) else entry for entry in value]
    if kind in ("date", "date and time") and isinstance(value, str):
        return _moment(kind, value)
    return list(value) if isinstance(value, tuple) else value


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) <= MOST_DIGITS else None


def _moment(kind: str, text: str) -> Any:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.date() if kind == "date" else moment
