"""The exceptions of the flow engine."""


class FlowError(Exception):
    """Something that the caller did cannot be done."""


class NotWaiting(FlowError):  # noqa: N818 - it says a state, like StopIteration
    """The task, timer or message is not waited for: it was done, cancelled or never there."""

    def __init__(self, key: str) -> None:
        """Name the key or message that nobody waits for."""
        super().__init__(f'Nothing waits for "{key}"; it was done, cancelled or never opened.')
        self.key = key


class UnknownVerb(FlowError):  # noqa: N818
    """The step does not offer this verb."""

    def __init__(self, step_id: str, verb: str, known: tuple[str, ...]) -> None:
        """Name the step, the verb and what the step offers."""
        super().__init__(
            f'Step "{step_id}" has no verb "{verb}"; it offers {", ".join(known) or "none"}.'
        )
        self.step_id = step_id
        self.verb = verb


class UnknownTarget(FlowError):  # noqa: N818
    """The step to send back to cannot be reached from this task."""

    def __init__(self, step_id: str, why: str) -> None:
        """Name the step and say why it cannot be opened."""
        super().__init__(f'Step "{step_id}" cannot be opened: {why}')
        self.step_id = step_id


class BadState(FlowError):  # noqa: N818
    """The bytes are not the state of an instance of this process."""


class EvaluationError(FlowError):
    """An expression gave a value that the process cannot use."""

    def __init__(self, where: str, detail: str) -> None:
        """Name the element and what is wrong with the value."""
        super().__init__(detail)
        self.where = where
