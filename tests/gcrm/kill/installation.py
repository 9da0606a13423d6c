"""The processes of an installation, forked on command: what is killed is quickly there again.

Reads `pages PORT PEOPLE`, `house PORT PEOPLE` or `work` on standard input, a line each, and
answers with the new process's number and what it said first. Nothing but the imports is done
before a fork: each process reads the settings and opens the database itself.
"""

import contextlib
import os
import signal
import sys

from gcrm import cli
from gcrm.bench import server


def main() -> None:
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    print("ready", flush=True)
    while line := sys.stdin.readline():
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(writing, 1)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            with contextlib.suppress(BaseException):
                live(*line.split())
            os._exit(1)
        os.close(writing)
        with os.fdopen(reading) as told:
            print(child, told.readline().strip(), flush=True)


def live(kind: str, *arguments: str) -> None:
    if kind == "work":
        cli.main(["work", "--local"])
    else:
        port, people = arguments
        server.main(kind, int(port), int(people))


def reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main()
