"""SpiffWorkflow's specifications, with its traps closed: joins, loops, timers, blocks.

Business data never travels with tokens, so nothing is copied or merged at joins; conditions
read the routing variables of the instance. Each class says which behaviour it replaces.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.data_spec import TaskDataReference
from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    CycleTimerEventDefinition,
    TimerEventDefinition,
)
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from flow_engine.errors import EvaluationError
from flow_engine.executable import GENERATED

OPEN = TaskState.WAITING | TaskState.READY | TaskState.STARTED
COLLECTION = "collection"


class HostTimer(TimerEventDefinition):  # type: ignore[misc]
    """A timer that the host fires; SpiffWorkflow's own reads the clock of the machine."""

    def has_fired(self, my_task: Any) -> bool:
        """Tell whether the host fired it."""
        return bool(my_task.internal_data.get("event_fired", False))


class HostCycle(CycleTimerEventDefinition):  # type: ignore[misc]
    """A timer that fires several times; the instance counts its rounds."""

    def has_fired(self, my_task: Any) -> bool:
        """Tell whether the host fired it for the last time."""
        return bool(my_task.internal_data.get("event_fired", False))

    def update_task(self, my_task: Any) -> None:
        """Do nothing: SpiffWorkflow would look at the clock here."""


class Listed(TaskDataReference):  # type: ignore[misc]
    """The list that a multi-instance activity runs over: a routing variable, as it was then."""

    def exists(self, my_task: Any) -> bool:
        """Tell whether the variable is there, and keep what it holds."""
        return self.get(my_task) is not None

    def get(self, my_task: Any) -> list[str]:
        """Give the list as it was when the activity began.

        Raises EvaluationError where it is empty on a step for people, or is no list of strings:
        SpiffWorkflow would pass a signature that nobody gave, or hang.
        """
        held = my_task.internal_data.get(COLLECTION)
        if held is None:
            held = my_task.workflow.top_workflow.variables.get(self.bpmn_id)
            spec = my_task.workflow.spec.task_specs[my_task.task_spec.task_spec]
            items = held if isinstance(held, list | tuple) else None
            if items is None or not all(isinstance(item, str) and item for item in items):
                raise EvaluationError(
                    my_task.task_spec.name, f'"{self.bpmn_id}" holds no list of names.'
                )
            if not items and spec.manual:
                raise NoSigners(my_task.task_spec.name, f'"{self.bpmn_id}" is empty.')
            my_task.internal_data[COLLECTION] = held = list(items)
        return list(held)


class NoSigners(EvaluationError):  # noqa: N818
    """A step that several people sign was given nobody."""


class Quiet:
    """A loop that only counts its children: their data stays theirs."""

    def merge_child(self, workflow: Any, child: Any) -> None:
        """Note that a child is done, and go on, stop, or finish."""
        loop = child.parent
        loop.internal_data["merged"].append(str(child.id))
        self.after_child(loop)

    def after_child(self, loop: Any) -> None:
        """Decide what follows a finished child."""
        raise NotImplementedError


class StandardLoop(Quiet, defaults.StandardLoopTask):  # type: ignore[misc]
    """A loop with a condition or a maximum."""

    def after_child(self, loop: Any) -> None:
        """Run once more unless the loop is done."""
        if self.loop_complete(loop):
            loop._set_state(TaskState.READY)
        else:
            self.create_child(loop)

    def loop_complete(self, my_task: Any) -> bool:
        """Tell whether the maximum is reached or the condition is no longer true."""
        rounds = len(my_task.internal_data.get("merged", ()))
        if self.maximum is not None and rounds >= self.maximum:
            return True
        engine = my_task.workflow.script_engine
        return self.condition is not None and not engine.is_true(my_task, self.condition)


class Sequential(Quiet, defaults.SequentialMultiInstanceTask):  # type: ignore[misc]
    """One after the other."""

    def after_child(self, loop: Any) -> None:
        """Open the next one unless all are done or the condition is true."""
        if self.children_complete(loop) or self.check_completion_condition(loop):
            loop._set_state(TaskState.READY)
        else:
            self.add_next_child(loop)


class Parallel(Quiet, defaults.ParallelMultiInstanceTask):  # type: ignore[misc]
    """All at once."""

    def after_child(self, loop: Any) -> None:
        """Finish where all are done or the condition is true; the others are then cancelled."""
        if self.check_completion_condition(loop):
            for other in list(self._instances(loop)):
                other.cancel()
            loop._set_state(TaskState.READY)
        elif self.children_complete(loop):
            loop._set_state(TaskState.READY)


class Block(defaults.SubWorkflowTask):  # type: ignore[misc]
    """An embedded sub-process; only the item of a loop goes in, and nothing comes out."""

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        """Hand in the loop's item."""
        subworkflow.task_tree.data = dict(my_task.data)

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        """Take nothing out."""


class Call(Block, defaults.CallActivity):  # type: ignore[misc]
    """A process of the same file, called."""


class EndEvent(defaults.EndEvent):  # type: ignore[misc]
    """An end event that leaves its name in the instance."""

    def _on_complete_hook(self, my_task: Any) -> None:
        workflow = my_task.workflow
        drawn = not self.name.startswith(GENERATED)
        if workflow is workflow.top_workflow and (drawn or workflow.end_event is None):
            workflow.end_event = self.name
        super()._on_complete_hook(my_task)


def arrived(gateway: Any, workflow: Any) -> dict[str, Any]:
    """Give the tokens that wait at a joining gateway, by the node they came from.

    A token has arrived where its parent is done and no round of the gateway used it.
    """
    found: dict[str, Any] = {}
    for task in workflow.tasks.values():
        if task.task_spec is gateway and not task.has_state(TaskState.COMPLETED | TaskState.ERROR):
            parent = task.parent
            if parent is not None and parent.has_state(TaskState.COMPLETED):
                found.setdefault(parent.task_spec.name, task)
    return found


class _Joining:
    """What both joins share: the tokens of a round are used up when it runs."""

    def _run_hook(self, my_task: Any) -> bool:
        workflow = my_task.workflow
        used = [
            task.id
            for task in workflow.tasks.values()
            if task.task_spec is self and task is not my_task and task.state == TaskState.CANCELLED
        ]
        for task_id in used:
            if task_id in workflow.tasks:
                workflow._remove_task(task_id)
        return self._leave(my_task)

    def _leave(self, my_task: Any) -> bool:
        raise NotImplementedError


class ParallelGateway(_Joining, defaults.ParallelGateway):  # type: ignore[misc]
    """A join that waits for one token of each flow, in every round of a loop anew."""

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        return set(self._inputs) <= arrived(self, my_task.workflow).keys()

    def _leave(self, my_task: Any) -> bool:
        return True


class InclusiveGateway(_Joining, defaults.InclusiveGateway):  # type: ignore[misc]
    """A join that waits while an open token can still come by a flow that brought none.

    (BPMN 2.0.2, 13.4.3)
    """

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        workflow = my_task.workflow
        have = arrived(self, workflow).keys()
        missing = set(self._inputs) - have
        if not missing:
            return True
        open_specs = {
            task.task_spec.name
            for task in workflow.tasks.values()
            if task.has_state(OPEN) and task.task_spec is not self
        }
        return not any(missing & self._ways(name) for name in open_specs)

    def _ways(self, start: str) -> set[str]:
        """Give the nodes that a token at `start` can pass without passing this gateway."""
        specs, seen, todo = self._wf_spec.task_specs, {start}, [start]
        while todo:
            for name in specs[todo.pop()]._outputs:
                if name not in seen and name != self.name:
                    seen.add(name)
                    todo.append(name)
        return seen

    def _leave(self, my_task: Any) -> bool:
        matches, defaults_ = self._get_matching_outputs(my_task)
        if not matches and not defaults_:
            raise NoFlow(self.name)
        my_task._sync_children(matches or defaults_, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class NoFlow(WorkflowException):  # type: ignore[misc]
    """No condition of a gateway is true, and it has no default."""

    def __init__(self, name: str) -> None:
        """Name the gateway."""
        super().__init__(f'No condition at "{name}" is true and there is no default.')


class ExclusiveGateway(defaults.ExclusiveGateway):  # type: ignore[misc]
    """A choice that says so where nothing can be chosen."""

    def _run_hook(self, my_task: Any) -> bool:
        chosen = self.default_task_spec
        for condition, name in self.cond_task_specs:
            if condition is not None and condition._matches(my_task):
                chosen = name
                break
        if chosen is None:
            raise NoFlow(self.name)
        my_task._sync_children([self._wf_spec.task_specs[chosen]], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True
