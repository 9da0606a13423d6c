"""Four eyes: who did an earlier step, or signed this one already, may not act on it."""

from collections.abc import Sequence

from flow_engine import Process, Step
from gcrm.runtime.refusals import Refused
from gcrm.runtime.task_rows import Done, OpenTask


def check_four_eyes(process: Process, step: Step, task: OpenTask, parties: frozenset[int]) -> None:
    """Raise Refused where somebody else has to do it."""
    earlier = barred_by(step, task.steps, task.round, parties)
    if earlier == step.id:
        raise Refused("signed_already", status=403)
    if earlier is not None:
        other = process.step(earlier)
        raise Refused("four_eyes", {"step": other.name if other else earlier}, 403)


def barred_by(step: Step, done: Sequence[Done], round_: int, parties: frozenset[int]) -> str | None:
    """Name the step that bars these parties: one of `four_eyes`, or the step itself where several
    sign and they have signed in this round."""
    for each in done:
        if each.done_by is None or each.done_by not in parties:
            continue
        if each.step_id in step.four_eyes:
            return each.step_id
        if step.signers is not None and (each.step_id, each.round) == (step.id, round_):
            return step.id
    return None
