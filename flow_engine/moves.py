"""Sending back: open tokens of the scope are cancelled and one is opened at the target.

SpiffWorkflow's own reset is never used: it falsifies data and lets a later task run beside the
returned one. Parallel branches that were finished stay finished.
"""

import itertools
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.util.task import TaskState

from flow_engine.errors import UnknownTarget
from flow_engine.executable import PREFIX
from flow_engine.model import ProcessDefinition
from flow_engine.specs import OPEN, InclusiveGateway, ParallelGateway, Quiet
from flow_engine.tokens import Instance, Token


def send_back(definition: ProcessDefinition, instance: Instance, token: Token, target: str) -> None:
    """Move from a token to a step or block, in its scope or an outer one, or into a closed block.

    Raises UnknownTarget where no path leads from the token's place to the target's.
    """
    anchor, path = _common(definition, instance, token, target)
    _Scope(anchor.workflow).move(anchor, _entry(anchor.workflow, path[0]))
    for outer, inner in itertools.pairwise(path):
        _Scope(_opened_block(instance, outer)).enter(inner)


def check_target(
    definition: ProcessDefinition, instance: Instance, token: Token, target: str
) -> None:
    """Raise UnknownTarget where `send_back` could not be done."""
    _common(definition, instance, token, target)


def _common(
    definition: ProcessDefinition, instance: Instance, token: Token, target: str
) -> tuple[Token, list[str]]:
    """Find the innermost workflow with the token and the target in it.

    Gives the token's place there, and the way down from there to the target.
    """
    scopes = {node.id: node.scope for node in definition.nodes}
    if target not in scopes:
        raise UnknownTarget(target, "the process has no such element.")
    way = [target]
    while scopes[way[0]] in scopes:
        way.insert(0, scopes[way[0]])
    anchor: Token | None = _outermost(token)
    while anchor is not None:
        names = anchor.workflow.spec.task_specs
        for start, name in enumerate(way):
            if f"{PREFIX}{name}" in names:
                return anchor, way[start:]
        parent = getattr(anchor.workflow, "parent_task_id", None)
        above = instance.find(parent) if parent is not None else None
        anchor = _outermost(above) if above is not None else None
    raise UnknownTarget(target, "it does not lie around the task that is sent back.")


def _outermost(token: Token) -> Token:
    """Give the loop a token is a round of, or the token itself."""
    parent = token.parent
    return parent if parent is not None and isinstance(parent.task_spec, Quiet) else token


def _entry(workflow: Any, element: str) -> Any:
    """Give the specification at which a token enters an element."""
    names = workflow.spec.task_specs
    split = names.get(f"{PREFIX}{element}.BoundaryEventSplit")
    return split if split is not None else names[f"{PREFIX}{element}"]


def _opened_block(instance: Instance, element: str) -> Any:
    """Give the block that was just opened for an element."""
    for token in sorted(instance.subprocesses, reverse=True):
        block = instance.subprocesses[token]
        if block.spec.name == f"{PREFIX}{element}" and not block.completed:
            return block
    raise UnknownTarget(element, "its block did not open.")


class _Scope:
    """One workflow in which tokens are cancelled and opened."""

    def __init__(self, workflow: Any) -> None:
        self.workflow = workflow
        self.specs: dict[str, Any] = workflow.spec.task_specs

    def move(self, anchor: Token, entry: Any) -> None:
        """Go from an open token to an entry of the same workflow.

        A token in the target's own branch, or behind it, is given up; one that stands in a
        parallel branch stays. Where the token stands behind a join, the other branches of the
        join keep their result.
        """
        branch = self._reach(entry.name, past_joins=False)
        behind = self._reach(entry.name, past_joins=True)
        here = anchor.task_spec.name
        if here in branch or here not in behind:
            self._cancel(branch)
        else:
            self._cancel(behind)
            self._mark_arrived(branch, behind)
        self._open(entry)

    def enter(self, element: str) -> None:
        """Begin a freshly opened block at an element; its other branches count as finished."""
        entry = _entry(self.workflow, element)
        branch = self._reach(entry.name, past_joins=False)
        self._cancel(set(self.specs))
        self._mark_arrived(branch, self._reach(entry.name, past_joins=True))
        self._open(entry)

    def _reach(self, start: str, *, past_joins: bool) -> set[str]:
        """Give the nodes a token can come to, `start` with them; a join itself is behind it."""
        seen, todo = {start}, [start]
        while todo:
            spec = self.specs[todo.pop()]
            if not past_joins and spec.name != start and _joins(spec):
                continue
            for name in spec._outputs:
                if name not in seen:
                    seen.add(name)
                    todo.append(name)
        if past_joins:
            return seen
        return {name for name in seen if name == start or not _joins(self.specs[name])}

    def _cancel(self, names: set[str]) -> None:
        """Take away the tokens at these nodes, and what has come from them to a join."""
        for token in list(self.workflow.tasks.values()):
            spec = token.task_spec
            parent = token.parent
            if parent is None or token.id not in self.workflow.tasks or spec.name == "End":
                continue
            if spec is self.workflow.spec.end:
                continue
            came = _joins(spec) and parent._state == TaskState.COMPLETED
            if came and token._state & (OPEN | TaskState.CANCELLED):
                gone = parent.task_spec.name in names
            else:
                gone = bool(token._state & OPEN) and spec.name in names
            if not gone:
                continue
            split = parent if isinstance(parent.task_spec, BoundaryEventSplit) else None
            for each in split.children if split is not None else [token]:
                if each.id in self.workflow.tasks:
                    each.cancel()
                    self.workflow._remove_task(each.id)

    def _mark_arrived(self, branch: set[str], behind: set[str]) -> None:
        """Let the joins that the target's branch leads to find the other branches done."""
        for name in behind:
            gateway = self.specs[name]
            if not _joins(gateway) or not branch.intersection(gateway._inputs):
                continue
            for source in gateway._inputs:
                if source not in branch:
                    root = self.workflow.task_tree
                    done = self._token(self.specs[source], root, TaskState.COMPLETED)
                    self._token(gateway, done, TaskState.CANCELLED)

    def _open(self, entry: Any) -> None:
        token = self._token(entry, self.workflow.task_tree, TaskState.FUTURE)
        entry._predict(token, mask=TaskState.NOT_FINISHED_MASK)
        entry._update(token)
        if isinstance(entry, BoundaryEventSplit):
            token.run()

    def _token(self, spec: Any, parent: Token, state: int) -> Token:
        token = Token(self.workflow, spec, parent, state)
        token.triggered = True
        return token


def _joins(spec: Any) -> bool:
    """Tell whether a node waits for tokens of several flows."""
    joining = isinstance(spec, ParallelGateway | InclusiveGateway) and isinstance(spec, Join)
    return joining and len(set(spec._inputs)) > 1
