"""The adapter for ClamAV, against a small server that speaks the daemon's protocol."""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gcrm.connectors import ClamdScanner, ConnectorError, build_connectors, known_connectors
from gcrm.connectors.scanner import EICAR

MOST = 100_000  # bytes, as StreamMaxLength


class _Daemon(socketserver.StreamRequestHandler):
    """One connection: zINSTREAM, pieces with their length, an answer that ends with a zero."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
            if len(content) > MOST:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        found = EICAR in content
        self.wfile.write(b"stream: Eicar-Signature FOUND\0" if found else b"stream: OK\0")


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@pytest.fixture(params=["tcp", "unix"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a daemon listens, on TCP and on a socket of this machine."""
    if request.param == "tcp":
        server: socketserver.BaseServer = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Daemon)
        where = f"127.0.0.1:{server.server_address[1]}"
    else:
        where = str(tmp_path / "clamd.sock")
        server = _UnixServer(where, _Daemon)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield where
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_clean_file_is_clean(address: str):
    assert ClamdScanner(address).scan(b"%PDF-1.7" + bytes(80_000)).clean


def test_a_threat_is_named(address: str):
    scanned = ClamdScanner(address).scan(EICAR)

    assert (scanned.clean, scanned.threat) == (False, "Eicar-Signature")


def test_a_file_that_the_daemon_does_not_take_is_no_verdict(address: str):
    with pytest.raises(ConnectorError) as error:
        ClamdScanner(address).scan(bytes(3 * MOST))

    assert error.value.connector == "scanner"
    assert error.value.code in ("refused", "away")


def test_a_daemon_that_is_away_is_no_verdict(tmp_path: Path):
    for where in ("127.0.0.1:1", str(tmp_path / "nothing.sock"), "nonsense"):
        with pytest.raises(ConnectorError) as error:
            ClamdScanner(where).scan(b"x")
        assert error.value.code == "away"


def test_a_daemon_that_hangs_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        scanner = ClamdScanner(f"127.0.0.1:{silent.getsockname()[1]}", seconds=0.05)

        with pytest.raises(ConnectorError) as error:
            scanner.scan(b"x")

    assert error.value.code == "timeout"


def test_the_settings_choose_it():
    built = build_connectors({"scanner": "clamd"}, known_connectors("127.0.0.1:3310"))

    assert isinstance(built.scanner, ClamdScanner)
