"""A port to nothing: the installation goes without this other system, and says so."""

from typing import NoReturn

from gcrm.connectors.faults import ConnectorError

NONE = "off"


class Absent:
    """Answers every call that no such system is connected."""

    def __init__(self, port: str) -> None:
        """Stand in for one port."""
        self._port = port

    def send(self, _message: object) -> NoReturn:
        """Refuse."""
        self._refuse()

    def find(self, _id_number: str) -> NoReturn:
        """Refuse."""
        self._refuse()

    def scan(self, _content: bytes) -> NoReturn:
        """Refuse."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ConnectorError(self._port, NONE, "this installation is not connected to one")
