"""The virus scanner ClamAV: its daemon clamd, spoken to over TCP or a socket of this machine."""

import re
import socket
import struct
from contextlib import suppress

from gcrm.connectors.faults import ConnectorError
from gcrm.connectors.ports import Scanned

DEFAULT = "127.0.0.1:3310"
SECONDS = 30.0  # for one file; clamd needs a tenth of a second for a picture
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
_FOUND = re.compile(r"^stream: (?P<threat>.+) FOUND$")


class ClamdScanner:
    """Sends a file as INSTREAM: length and bytes in pieces, a length of 0 at the end."""

    def __init__(self, address: str = DEFAULT, seconds: float = SECONDS) -> None:
        """Take an address: host:port, or the path of a socket. Nothing is opened yet."""
        self._address = address
        self._seconds = seconds

    def scan(self, content: bytes) -> Scanned:
        """Judge the content of a file. Raises ConnectorError where clamd is away or refuses."""
        try:
            with self._connected() as connection:
                self._send(connection, content)
                answer = self._receive(connection)
        except TimeoutError as error:
            raise ConnectorError("scanner", "timeout", "clamd did not answer in time") from error
        except (OSError, ValueError) as error:
            raise ConnectorError("scanner", "away", type(error).__name__) from error
        if answer == "stream: OK":
            return Scanned(True)
        found = _FOUND.match(answer)
        if found:
            return Scanned(False, found["threat"][:200])
        raise ConnectorError("scanner", "refused", answer[:200])

    def _connected(self) -> socket.socket:
        if "/" in self._address:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self._seconds)
            try:
                connection.connect(self._address)
            except BaseException:
                connection.close()
                raise
            return connection
        host, _, port = self._address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), self._seconds)

    def _send(self, connection: socket.socket, content: bytes) -> None:
        # clamd closes as soon as a file is longer than its StreamMaxLength, and says so.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                piece = content[start : start + CHUNK]
                connection.sendall(struct.pack("!L", len(piece)) + piece)
            connection.sendall(struct.pack("!L", 0))

    def _receive(self, connection: socket.socket) -> str:
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            piece = connection.recv(LONGEST_ANSWER)
            if not piece:
                break
            answer += piece
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")
