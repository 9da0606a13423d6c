"""The servers that the bench compares: ours, and a bare view that inserts one row.

Both run under waitress with the same threads and the same store settings, in a
process of their own; each answer carries what the request cost this thread. `house` has the
worker in it as the embedded mode does, `pages` has not as in scale-out.
"""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert
from waitress.server import create_server

from gcrm import config, logs
from gcrm.assembly import build, settle, start_services
from gcrm.bench import crowd
from gcrm.connectors import PopulationDouble, doubles, read_people
from gcrm.store.columns import new_id
from gcrm.store.engine import Store
from gcrm.web.app import create_app, warm

THREADS = 8
metadata = MetaData()
bare_row = Table(
    "bare_row",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
)

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def counted(app: Wsgi, store: Store) -> Wsgi:
    """Add to each answer the statements and the processor time of its request."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        statements, cpu = store.statements(), time.thread_time_ns()
        kept: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept[:] = [status, headers]
            return lambda _data: None

        body = b"".join(app(environ, start))
        spent = (time.thread_time_ns() - cpu) // 1000
        status, headers = kept
        cost = [
            ("X-Bench-Statements", str(store.statements() - statements)),
            ("X-Bench-Cpu-Us", str(spent)),
        ]
        start_response(status, [*headers, *cost])
        return [body]

    return wrapped


def bare_app(store: Store) -> Flask:
    """Give the view that all is compared with: one row through Core, one commit."""
    app = Flask("bare")

    @app.post("/")
    def add() -> tuple[str, int]:
        with store.write() as writer:
            writer.execute(insert(bare_row), {"id": new_id(), "text": "一行"})
        return "ok", 200

    @app.get("/")
    def read() -> str:
        return "ok"

    return app


def main(kind: str, port: int, people: int) -> None:
    """Serve until the process is ended."""
    settings = config.load()
    logs.configure("json")
    if kind == "bare":
        store = Store(settings.database, synchronous=settings.synchronous)
        app: Any = bare_app(store)
    else:
        ports = doubles()
        register = PopulationDouble((*read_people(), *crowd.elders(people)))
        house = build(
            settings,
            connectors=type(ports)(ports.sms, register, ports.scanner, ports.mail),
        )
        if kind == "house":
            start_services(house)
        store, app = house.store, create_app(house)
        warm(app)
        settle(house)
    server = create_server(counted(app, store), host="127.0.0.1", port=port, threads=THREADS)
    print("ready", flush=True)
    server.run()


def make_bare(path: Path) -> str:
    """Make the bare server's database; gives its address."""
    url = f"sqlite:///{path}"
    store = Store(url)
    with store.write() as writer:
        metadata.create_all(writer)
    store.close()
    return url


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
