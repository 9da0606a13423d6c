"""Tokens and instances: SpiffWorkflow's tasks and workflows with an index, quiet and cheap.

As it comes, SpiffWorkflow walks the whole task tree after each step and collects log values for
every change of state. Here the open tokens stand in an index, and numbers are ids.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from flow_engine.parser import Specs

READY, WAITING = TaskState.READY, TaskState.WAITING


class Token(Task):  # type: ignore[misc]
    """A task of SpiffWorkflow that tells the instance's index where it stands.

    `level` counts its ancestors: SpiffWorkflow silently stops looking at depth 1000.
    """

    _state: int
    data: dict[str, Any]

    def __init__(
        self,
        workflow: Any,
        task_spec: Any,
        parent: Any = None,
        state: int = TaskState.MAYBE,
        id: int | None = None,
    ) -> None:
        """Make a token; without an id it gets the instance's next number."""
        top = workflow.top_workflow
        super().__init__(workflow, task_spec, parent, state, top.number() if id is None else id)
        self.level: int = 0 if parent is None else parent.level + 1
        if state & (READY | WAITING):
            top.note(self)

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> "Token":
        token = Token(self.workflow, task_spec, self, state)
        if state == READY:
            token._ready()
        return token

    def _set_state(self, value: int) -> None:
        if value != self._state:
            self._state = value
            self.workflow.top_workflow.note(self)

    def _inherit_data(self) -> None:
        if not self.data and self.parent.data:
            self.data = dict(self.parent.data)

    def collect_log_extras(self, dct: Any = None) -> dict[str, Any]:
        """Give nothing to the log: routing values are nobody's business there."""
        return {}


class _Quick:
    """What the instance and its blocks share."""

    tasks: dict[int, Token]
    task_tree: Token
    top_workflow: Any
    completed: bool

    def update_waiting_tasks(self) -> None:
        """Look again at what waits in this workflow; only the index is asked."""
        for token in list(self.top_workflow.waiting.values()):
            if token.workflow is self and token._state == WAITING:
                token.task_spec._update(token)

    def is_completed(self) -> bool:
        """Tell whether the end was reached."""
        return self.completed

    def collect_log_extras(self, dct: Any = None) -> dict[str, Any]:
        """Give nothing to the log."""
        return {}

    def _remove_task(self, task_id: int) -> None:
        token = self.tasks[task_id]
        self.top_workflow.forget(token)
        super()._remove_task(task_id)  # type: ignore[misc]


def _begin(workflow: Any) -> None:
    """Put the first token where a new workflow starts."""
    root = workflow.task_tree = Token(workflow, workflow.spec.start, state=TaskState.FUTURE)
    root.task_spec._predict(root, mask=TaskState.NOT_FINISHED_MASK)


class Block(_Quick, BpmnSubWorkflow):  # type: ignore[misc]
    """A sub-process that runs."""


class Instance(_Quick, BpmnWorkflow):  # type: ignore[misc]
    """A process instance in memory, for the length of one move."""

    def __init__(self, specs: Specs, script_engine: Any) -> None:
        """Make an instance without tokens; `begin` or a loaded state puts them."""
        self.ready: dict[int, Token] = {}
        self.waiting: dict[int, Token] = {}
        self.variables: dict[str, Any] = {}
        self.last_id = 0
        self.end_event: str | None = None
        super().__init__(specs.top, specs.subs, script_engine=script_engine, deserializing=True)

    def begin(self) -> None:
        """Put the first token."""
        _begin(self)
        self.task_tree._ready()

    def number(self) -> int:
        """Give the next id; an instance never uses one twice."""
        self.last_id += 1
        return self.last_id

    def note(self, token: Token) -> None:
        """Keep the index in step with a token's state."""
        if token._state == READY:
            self.waiting.pop(token.id, None)
            self.ready[token.id] = token
        elif token._state == WAITING:
            self.ready.pop(token.id, None)
            self.waiting[token.id] = token
        else:
            self.ready.pop(token.id, None)
            self.waiting.pop(token.id, None)

    def forget(self, token: Token) -> None:
        """Drop a removed token, and the block it stands for with everything in it."""
        self.ready.pop(token.id, None)
        self.waiting.pop(token.id, None)
        self.event_manager.tasks.pop(token.id, None)
        block = self.subprocesses.pop(token.id, None)
        if block is not None:
            for inner in list(block.tasks.values()):
                self.forget(inner)

    def create_subprocess(self, my_task: Token, spec_name: str) -> Block:
        """Open a block for its task."""
        block = self.block(my_task, spec_name)
        _begin(block)
        return block

    def block(self, my_task: Token, spec_name: str) -> Block:
        """Make a block without tokens and hang it on its task."""
        block = Block(
            self.subprocess_specs[spec_name],
            parent_task_id=my_task.id,
            top_workflow=self,
            deserializing=True,
        )
        self.subprocesses[my_task.id] = block
        return block

    def find(self, token_id: int) -> Token | None:
        """Find a token in the instance or one of its blocks."""
        for workflow in (self, *self.subprocesses.values()):
            token = workflow.tasks.get(token_id)
            if token is not None:
                return token  # type: ignore[no-any-return]
        return None

    def next_automatic(self) -> Token | None:
        """Give the token that became ready first and needs no person."""
        return next((t for t in self.ready.values() if not t.task_spec.manual), None)

    def listening(self) -> list[Token]:
        """List the tokens that wait for an event from outside."""
        return [t for t in self.waiting.values() if isinstance(t.task_spec, CatchingEvent)]
