"""Writing commands beside a running server: they go to it over a socket in the data folder.

One line of JSON each way. The socket belongs to the user who runs the server;
whoever may open it may write to the data folder anyway.
"""

import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gcrm import logs
from gcrm.assembly import House
from gcrm.runtime.refusals import Refused

LIMIT = 64 * 1024 * 1024  # bytes of one command; a package has 50 MB at the most
PATIENCE = 600.0  # seconds a command may take

Document = dict[str, Any]
Command = Callable[[House, Document], Document]

log = logging.getLogger("gcrm.control")


def address(data: Path) -> Path:
    """Say where the socket of a data folder lies."""
    return data / "control.sock"


class ControlServer:
    """Runs commands that arrive on the socket, one after the other, in the server's process."""

    def __init__(self, house: House, commands: Mapping[str, Command]) -> None:
        """Bind the socket; a dead server's socket file is replaced."""
        self._house = house
        self._commands = commands
        self._path = address(house.settings.data)
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            self._socket.bind(str(self._path))
        finally:
            os.umask(before)
        self._socket.listen(4)
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and take the socket file away."""
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(PATIENCE)
                try:
                    _send(connection, self._answer(_receive(connection)))
                except OSError as error:
                    logs.event(log, "command_left", logging.WARNING, error=type(error).__name__)

    def _answer(self, request: Document) -> Document:
        command = self._commands.get(str(request.get("command")))
        if command is None:
            return {"failed": f"The server knows no command {request.get('command')!r}."}
        try:
            return {"answer": command(self._house, request["arguments"])}
        except Exception as error:
            logs.failure(log, "command_failed", error, command=str(request.get("command")))
            return {"failed": self._said(error)}

    def _said(self, error: Exception) -> str:
        """Say a refusal in its words: by itself it knows only its code."""
        if not isinstance(error, Refused):
            return str(error)
        said = error.render("en", self._house.services.zone)
        return f"{said.message} {said.fix}"


def ask(data: Path, command: str, arguments: Document) -> Document | None:
    """Send a command to the running server; None where none runs on this data folder."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect(str(address(data)))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        _send(connection, {"command": command, "arguments": arguments})
        return _receive(connection)


def _send(connection: socket.socket, document: Document) -> None:
    connection.sendall(json.dumps(document, ensure_ascii=False).encode("utf-8") + b"\n")


def _receive(connection: socket.socket) -> Document:
    pieces: list[bytes] = []
    size = 0
    while True:
        piece = connection.recv(1 << 16)
        pieces.append(piece)
        size += len(piece)
        if not piece or piece.endswith(b"\n"):
            break
        if size > LIMIT:
            raise OSError("A command may have 64 MB at the most.")
    document: Document = json.loads(b"".join(pieces) or b"{}")
    return document
