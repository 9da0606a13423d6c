"""`gcrm serve` and `gcrm work`: the pages, and the work that nobody waits for."""

import argparse
import resource
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from types import FrameType
from typing import Any

from waitress.server import create_server

from gcrm import logs
from gcrm.assembly import settle, start_services
from gcrm.cli import (
    apps,
    calendars,
    catalogue,
    context,
    demo,
    passwords,
    production,
    selfcheck,
    setup,
)
from gcrm.cli.control import Command, ControlServer
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add
from gcrm.config import Settings
from gcrm.web.app import create_app, warm

COMMANDS: dict[str, Command] = {
    "app.publish": apps.publish,
    "calendar.import": calendars.bring_in,
    "catalogue.import": catalogue.bring_in,
    "demo.load": demo.load_city,
    "password": passwords.recover,
    "demo.cases": demo.add_cases,
    "selfcheck.rebuild": selfcheck.rebuild,
    "setup": setup.make,
}
"""Writing commands that a running server takes."""


def register(commands: Commands) -> None:
    """Add the commands."""
    serve = add(
        commands, "serve", "Serve the pages; embedded, also run jobs, timers and the sealer."
    )
    serve.add_argument(
        "--threads", type=int, default=8, metavar="N", help="pages drawn at the same time (8)"
    )
    serve.add_argument(
        "--demo",
        action="store_true",
        help="first load the demo city where there is none; print demo accounts",
    )
    serve.set_defaults(run=_serve)
    work = add(commands, "work", "Run jobs, timers and the sealer of a PostgreSQL installation.")
    work.add_argument(
        "--local", action="store_true", help="without a broker: claim from the database"
    )
    work.set_defaults(run=_work)


def _serve(arguments: argparse.Namespace) -> int:
    if arguments.threads < 1:
        raise Stop("--threads needs at least 1.")
    settings = context.settings()
    logs.configure(settings.log_format)
    if arguments.demo:
        demo.prepare(settings)
    with context.alone(settings), ExitStack() as last:
        house = context.built(settings)
        last.callback(house.close)
        production.refuse_demo(house)
        listening = last.enter_context(_listen(settings))
        services = None
        if settings.embedded:
            services = start_services(house)
            last.callback(services.stop)
        app = create_app(house, services)
        warm(app)
        server = make_server(app, listening, arguments.threads, proxied=settings.proxies > 0)
        settle(house)
        _stop_on_signal(server)
        if settings.embedded:
            control = ControlServer(house, COMMANDS)
            last.callback(control.stop)
            control.start()
        print(f"gcrm serves http://{settings.listening}", flush=True)
        server.run()
    return DONE


CONNECTIONS = 2_000  # a browser keeps six; with too few the next person's page never comes
FILES = 200  # that the process needs for itself of those it may open
IDLE = 60  # seconds after which a connection that says nothing is closed


def make_server(app: Any, listening: socket.socket, threads: int, *, proxied: bool) -> Any:
    """Make what answers on a socket; `proxied` keeps the headers of a trusted proxy."""
    return create_server(
        app,
        sockets=[listening],
        threads=threads,
        ident="gcrm",
        connection_limit=max(100, min(CONNECTIONS, _files() - FILES)),
        channel_timeout=IDLE,
        asyncore_use_poll=True,  # select() ends at file 1,024
        clear_untrusted_proxy_headers=not proxied,
    )


def _files() -> int:
    """Tell how many files this process may have open."""
    allowed, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return allowed if allowed != resource.RLIM_INFINITY else CONNECTIONS + FILES


def _listen(settings: Settings) -> socket.socket:
    """Take the port before anything is started. Ends the command where another has it."""
    family = socket.AF_INET6 if ":" in settings.address else socket.AF_INET
    try:
        return socket.create_server((settings.address, settings.port), family=family)
    except OSError as error:
        raise Stop(
            f"Cannot listen on {settings.listening} ({error.strerror}). Perhaps "
            "another program does; choose another port with PORT.",
            PROBLEMS,
        ) from error


def _work(arguments: argparse.Namespace) -> int:
    settings = context.settings()
    if settings.embedded:
        raise Stop("On SQLite `gcrm serve` does this work itself.")
    if not arguments.local:
        raise Stop("Name how: `gcrm work --local` claims jobs from the database.")
    logs.configure(settings.log_format)
    house = context.built(settings)
    production.refuse_demo(house)
    over = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    services = start_services(house)
    print("gcrm works.", flush=True)
    over.wait()
    services.stop()
    house.close()
    return DONE


def _stop_on_signal(server: Any) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        server.close()
        sys.exit(DONE)

    signal.signal(signal.SIGTERM, stop)
