"""The script engine SpiffWorkflow is given: it knows keys, no language, and runs no text."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from flow_engine.errors import EvaluationError
from flow_engine.executable import DECISION, SCRIPT
from flow_engine.expressions import ALWAYS, Expressions, plain

Decide = Callable[[str, dict[str, Any]], Mapping[str, Any]]


class DecisionError(EvaluationError):
    """The host could not make a decision."""


class Refuse:
    """Stands where SpiffWorkflow keeps the environment of its Python engine."""

    def evaluate(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: nothing is ever evaluated as Python."""
        raise EvaluationError("process", "SpiffWorkflow asked for a Python environment.")

    execute = call_service = evaluate


class ScriptEngine:
    """Runs compiled expressions by their keys, and asks the host for decisions.

    Not a subclass of SpiffWorkflow's engine: there is no path from here to `eval` or `exec`.
    """

    environment = Refuse()

    def __init__(self, expressions: Expressions, context: Any, decide: Decide) -> None:
        """Take the process's expressions, the context of this move, and the host's decisions."""
        self._expressions = expressions
        self._context = context
        self._decide = decide

    def scope(self, task: Any) -> dict[str, Any]:
        """Give the names an expression sees at a token: the instance's, then the loop's item."""
        return {**task.workflow.top_workflow.variables, **task.data}

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        """Judge a condition, or count rounds, by key; anything but true is False."""
        if (
            task.task_spec is not None
            and getattr(task.task_spec, "cardinality", None) == expression
        ):
            return self._expressions.count(expression, self.scope(task), self._context)
        return self.is_true(task, expression)

    def is_true(self, task: Any, key: str) -> bool:
        """Judge a condition by its key."""
        return key == ALWAYS or self._expressions.is_true(key, self.scope(task), self._context)

    def value(self, task: Any, key: str) -> Any:
        """Give the value of an expression by its key."""
        return self._expressions.value(key, self.scope(task), self._context)

    def execute(self, task: Any, script: str | None, external_context: Any = None) -> bool:
        """Do what a generated script task stands for: an expression, a decision, or nothing."""
        text = script or ""
        variables = task.workflow.top_workflow.variables
        if text.startswith(DECISION):
            element, decision = text.removeprefix(DECISION).split(" ")
            try:
                outputs = self._decide(decision, self.scope(task))
            except Exception as failure:
                detail = f'Decision "{decision}": {failure}'
                raise DecisionError(element, detail) from failure
            variables.update({str(name): plain(value) for name, value in outputs.items()})
        elif text.startswith(SCRIPT):
            name, key = text.removeprefix(SCRIPT).split(" ")
            variables[name] = plain(self.value(task, key))
        elif text:
            raise EvaluationError(task.task_spec.name, "A script of no known kind was refused.")
        return True

    def call_service(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: services are called by the platform, never from a process."""
        raise EvaluationError("process", "A process calls no service.")
