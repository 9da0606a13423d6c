"""Outages: the one error of all ports, and switching a local double away."""


class ConnectorError(Exception):
    """Another system is away or refuses; `connector` names the port, `code` its own answer.

    `permanent`: it would say the same to the same message again.
    """

    def __init__(
        self, connector: str, code: str, detail: str = "", *, permanent: bool = False
    ) -> None:
        """Keep the answer of a port; `detail` is for the log and holds no personal data."""
        super().__init__(f"{connector}: {code} {detail}".rstrip())
        self.connector = connector
        self.code = code
        self.permanent = permanent


class Faults:
    """A double that can be told to fail with a code until it is told to work again."""

    def __init__(self, connector: str) -> None:
        """Start working; `connector` names the port in errors."""
        self._connector = connector
        self._fault: str | None = None
        self._permanent = False

    @property
    def away(self) -> bool:
        """Tell whether calls fail now."""
        return self._fault is not None

    def switch_away(self, code: str = "away", *, permanent: bool = False) -> None:
        """Let every call fail with this code."""
        self._fault, self._permanent = code, permanent

    def switch_back(self) -> None:
        """Let calls succeed again."""
        self._fault = None

    def fail_if_away(self) -> None:
        """Raise ConnectorError while the double is away."""
        if self._fault is not None:
            raise ConnectorError(self._connector, self._fault, permanent=self._permanent)
