"""Many browsers at once: connections that are kept open do not shut others out."""

import http.client
import socket
import threading
from collections.abc import Iterable
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from gcrm.cli.serve import make_server

KEPT = 250  # some forty browsers, each with its six connections


def test_who_comes_after_many_kept_connections_is_answered_too() -> None:
    with ExitStack() as last:
        port = last.enter_context(_server())
        kept = [last.enter_context(_connection(port)) for _ in range(KEPT)]
        first = [_asked(each) for each in kept]

        late = last.enter_context(_connection(port))

        assert [_asked(late), *first] == [200] * (KEPT + 1)


@contextmanager
def _server() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = make_server(_hello, listening, 2, proxied=False)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.trigger.pull_trigger(server.close)
            thread.join(10)


def _connection(port: int) -> Any:
    return closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5))


def _asked(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _hello(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
