"""The state of an instance as bytes: open tokens, arrived tokens and routing variables only.

Finished tokens leave it, the specification is never in it (the release pins it), and what is
predicted is predicted again on loading. Rows: id, parent, name, state, item data, internals.
"""

import json
import zlib
from datetime import date
from decimal import Decimal
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.util.task import TaskState

from flow_engine.errors import BadState
from flow_engine.specs import OPEN
from flow_engine.tokens import Instance, Token

FORMAT = 1
MAX_BYTES = 4_000_000
INTERNAL = frozenset(
    [
        "merged",
        "remaining",
        "cardinality",
        "current",
        "key_or_index",
        "item",
        "iteration",
        "collection",
        "round",
    ]
)
_STATES = {
    TaskState.WAITING: 0,
    TaskState.READY: 1,
    TaskState.STARTED: 2,
    TaskState.COMPLETED: 3,
    TaskState.CANCELLED: 4,
}
_BACK = {short: state for state, short in _STATES.items()}


def dump(instance: Instance) -> bytes:
    """Give the bytes of an instance between two moves."""
    workflows: list[list[Any]] = []
    _workflow(instance, 0, "", workflows)
    document = {
        "format": FORMAT,
        "last": instance.last_id,
        "end": instance.end_event,
        "done": instance.completed,
        "variables": instance.variables,
        "workflows": workflows if not instance.completed else [],
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return zlib.compress(text.encode("utf-8"), 1)


def load(content: bytes, instance: Instance) -> None:
    """Put the tokens of a state into an empty instance.

    Raises BadState where the bytes are no state of this process.
    """
    try:
        document = _document(content)
        instance.last_id = document["last"]
        instance.end_event = document["end"]
        instance.completed = document["done"]
        instance.variables = document["variables"]
        for owner, spec_name, rows in document["workflows"]:
            _restore(instance, owner, spec_name, rows)
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as failure:
        raise BadState(f"The bytes are no state of this process: {failure!r}") from failure


def variables(content: bytes) -> dict[str, Any]:
    """Give the routing variables of a state without waking the instance. Raises BadState."""
    try:
        found: dict[str, Any] = _document(content)["variables"]
    except (zlib.error, ValueError, KeyError, TypeError) as failure:
        raise BadState(f"The bytes are no state of a process: {failure!r}") from failure
    return found


def _document(content: bytes) -> dict[str, Any]:
    reader = zlib.decompressobj()
    text = reader.decompress(content, MAX_BYTES)
    if not reader.eof:
        raise BadState("The bytes of the state are cut short or too many.")
    document: dict[str, Any] = json.loads(text)
    if document["format"] != FORMAT:
        raise BadState(f"The state has format {document['format']}; {FORMAT} is known.")
    return document


def _plain(value: Any) -> str:
    """Write dates as ISO text and decimals in full."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f'A routing variable may not hold {type(value).__name__} "{value}".')


def _workflow(workflow: Any, owner: int, name: str, out: list[list[Any]]) -> None:
    """Write a workflow and, below it, the blocks that are still open."""
    kept = _kept(workflow)
    rows: list[list[Any]] = []
    for token in kept.values():
        above = token.parent
        while above is not None and above.id not in kept:
            above = above.parent
        row = [token.id, above.id if above else 0, token.task_spec.name, _STATES[token._state]]
        internal = {k: v for k, v in token.internal_data.items() if k in INTERNAL}
        if token.data or internal:
            row += [token.data, internal]
        rows.append(row)
    out.append([owner, name, rows])
    for token in kept.values():
        block = workflow.top_workflow.subprocesses.get(token.id)
        if block is not None and token._state == TaskState.STARTED:
            _workflow(block, token.id, block.spec.name, out)


def _kept(workflow: Any) -> dict[int, Token]:
    """Choose the tokens that still matter, in the order of their ids.

    Those are the root, what is open, what has arrived at a join with the token it came from,
    and for what hangs below an activity with boundary events the generated split above it.
    """
    root = workflow.task_tree
    kept: dict[int, Token] = {root.id: root}
    for token in workflow.tasks.values():
        spec = token.task_spec
        joining = isinstance(spec, Join)
        waits_used_up = (
            token._state == TaskState.CANCELLED
            and isinstance(spec, UnstructuredJoin)
            and spec is not workflow.spec.end
            and token.parent is not None
            and token.parent._state == TaskState.COMPLETED
        )
        if not (token._state & OPEN or waits_used_up):
            continue
        kept[token.id] = token
        above = token.parent
        if above is None:
            continue
        if joining or isinstance(above.task_spec, BoundaryEventSplit):
            kept[above.id] = above
            top = above.parent
            if top is not None and isinstance(top.task_spec, BoundaryEventSplit):
                kept[top.id] = top
    return dict(sorted(kept.items()))


def _restore(instance: Instance, owner: int, name: str, rows: list[list[Any]]) -> None:
    """Build one workflow again; a block is hung on its task."""
    workflow: Any = instance
    if owner:
        task = instance.find(owner)
        if task is None or not isinstance(task.task_spec, SubWorkflowTask):
            raise BadState(f"No block can hang on token {owner}.")
        workflow = instance.block(task, name)
        workflow.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
    open_tokens: list[Token] = []
    for token_id, parent_id, spec_name, short, *more in rows:
        spec = workflow.spec.task_specs[spec_name]
        parent = workflow.tasks[parent_id] if parent_id else None
        token = Token(workflow, spec, parent, _BACK[short], token_id)
        if more:
            token.data, token.internal_data = more
        token.triggered = parent is not None and not _drawn(parent, spec_name)
        if parent is None:
            workflow.task_tree = token
        if token._state & OPEN:
            open_tokens.append(token)
    workflow.last_task = workflow.task_tree
    for token in open_tokens:
        token.task_spec._predict(token, mask=TaskState.NOT_FINISHED_MASK)
        if token._state == TaskState.WAITING and isinstance(token.task_spec, CatchingEvent):
            instance.event_manager.add_task(token)


def _drawn(parent: Token, spec_name: str) -> bool:
    """Tell whether a child is an ordinary successor; others must never be synced away."""
    return spec_name in parent.task_spec._outputs
