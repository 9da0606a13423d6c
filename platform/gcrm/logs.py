"""Logs: one event a line, as JSON for a collector or as words for people; nobody's data in it.

Our own events carry codes, numbers and ids. Texts of libraries pass a mask, and of an
exception only its class and the places in the code are kept, never its message: that
may quote what somebody typed.
"""

import json
import logging
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO

Format = Literal["text", "json"]

PLACES = 12
LONGEST = 500
_LONG_NUMBER = re.compile(r"\d[\dXx -]{5,}[\dXx]")  # telephones, resident IDs, cards
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_QUIET = ("alembic", "waitress.queue", "fontTools", "matplotlib", "PIL", "spiff")

_whose: Callable[[], str | None] = lambda: None  # noqa: E731  the web says whose request it is


def configure(form: Format, stream: TextIO | None = None) -> None:
    """Let every logger of this process write to the stream, standard error by default."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Readable())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def know_request(whose: Callable[[], str | None]) -> None:
    """Learn how to find the id of the request that this thread answers."""
    global _whose
    _whose = whose


def event(log: logging.Logger, name: str, level: int = logging.INFO, /, **values: object) -> None:
    """Write one event; callers pass codes, numbers, ids and names of routes only."""
    if log.isEnabledFor(level):
        log.log(level, name, extra={"gcrm": values})


def failure(log: logging.Logger, name: str, error: BaseException, /, **values: object) -> None:
    """Write where something broke: class and places of the code, not the values it held."""
    values = {**values, "error": type(error).__name__, "places": places(error.__traceback__)}
    event(log, name, logging.ERROR, **values)


def places(trace: TracebackType | None) -> list[str]:
    """List the last places of a trace, the innermost at the end."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-PLACES:]


def masked(text: str) -> str:
    """Take out of a text what looks like a person's number or address."""
    return _MAIL.sub("•@•", _LONG_NUMBER.sub("•••", text))[:LONGEST]


def document(record: logging.LogRecord) -> dict[str, Any]:
    """Give the parts of an event in the order in which they are written."""
    values: dict[str, Any] | None = getattr(record, "gcrm", None)
    told: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "log": record.name,
        "event": record.msg if values is not None else masked(record.getMessage()),
    }
    request = _whose()
    if request:
        told["request"] = request
    told.update(values or {})
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        told.setdefault("error", type(error).__name__)
        told.setdefault("places", places(error.__traceback__))
    return told


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the event."""
        return json.dumps(document(record), ensure_ascii=False, default=str)


class Readable(logging.Formatter):
    """One line for people: the moment, how bad, what, and its values."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the event."""
        told = document(record)
        when = datetime.fromisoformat(told.pop("time")).astimezone()
        level, name, what = told.pop("level"), told.pop("log"), told.pop("event")
        rest = " ".join(
            f"{key}={' < '.join(value) if isinstance(value, list) else value}"
            for key, value in told.items()
        )
        mark = "" if level == "info" else f"{level.upper()} "
        return f"{when:%H:%M:%S} {mark}{name}: {what} {rest}".rstrip()
