"""The typed fast path of an expression: generated at its third evaluation, where it has types."""

from collections.abc import Callable, Mapping
from typing import Any

from app_definitions.vocabulary import Vocabulary
from rule_engine import tree
from rule_engine.fast_pieces import Unsupported
from rule_engine.fast_running import SLOW
from rule_engine.fast_writer import Writer
from rule_engine.functions.registry import FeelFunction
from rule_engine.running import EvaluationContext

Fast = Callable[[Mapping[str, Any], EvaluationContext], Any]

MAX_NODES = 1_000
_WAIT = 2


class FastPath:
    """Two functions: `value` gives FEEL's value, `verdict` the value while nothing is missing.

    Either gives SLOW where the interpreter has to answer: a wrong type, anything that wants a
    note, in `verdict` a missing input. A null of `value` is right, but has no notes.
    """

    __slots__ = ("_calls", "_functions", "_tree", "_vocabulary", "value", "verdict")

    def __init__(
        self, node: tree.Node, vocabulary: Vocabulary, functions: Mapping[str, FeelFunction]
    ) -> None:
        """Wait for the evaluations that make generating worth its while."""
        self._tree, self._vocabulary, self._functions = node, vocabulary, functions
        self._calls = 0
        self.value: Fast = self._value_later
        self.verdict: Fast = self._verdict_later

    def _value_later(self, inputs: Mapping[str, Any], context: EvaluationContext) -> Any:
        self._calls += 1
        if self._calls <= _WAIT:
            return SLOW
        self.value = generated(self._tree, self._vocabulary, self._functions, strict=False)
        return self.value(inputs, context)

    def _verdict_later(self, inputs: Mapping[str, Any], context: EvaluationContext) -> Any:
        self._calls += 1
        if self._calls <= _WAIT:
            return SLOW
        self.verdict = generated(self._tree, self._vocabulary, self._functions, strict=True)
        return self.verdict(inputs, context)


def generated(
    node: tree.Node,
    vocabulary: Vocabulary,
    functions: Mapping[str, FeelFunction],
    *,
    strict: bool,
) -> Fast:
    """Generate the function of an expression; one that has no types always gives SLOW."""
    if len(tree.walk(node)) > MAX_NODES:
        return _slow
    writer = Writer(vocabulary, functions, strict=strict)
    try:
        writer.answer(node)
        return writer.function()
    except (Unsupported, RecursionError, SyntaxError):
        return _slow


def is_typed(function: Fast) -> bool:
    """Tell whether a function was generated."""
    return function is not _slow


def _slow(inputs: Mapping[str, Any], context: EvaluationContext) -> Any:
    return SLOW
