"""One event a line, and nothing in it that somebody typed."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from gcrm import logs

LOG = logging.getLogger("gcrm.test")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a process in production writes."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("json", stream)
    yield stream
    root.handlers[:] = kept
    root.setLevel(level)


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_what_the_engine_of_processes_tells_of_each_step_is_no_news(lines: io.StringIO) -> None:
    logging.getLogger("spiff.workflow").info("Workflow completed")

    assert read(lines) == []


def test_an_event_is_one_line_of_json(lines: io.StringIO) -> None:
    logs.event(LOG, "request", route="/staff/cases/<id:case_id>", status=200)

    (told,) = read(lines)
    assert told["event"] == "request"
    assert told["level"] == "info"
    assert told["route"] == "/staff/cases/<id:case_id>"
    assert told["time"].endswith("+00:00")


@pytest.mark.parametrize(
    "text",
    ["19955512345", "990102194006150022", "99010219400615002X", "6222 0212 3456 7890 128",
     "chen@example.org"],
)  # fmt: skip
def test_a_librarys_text_is_masked(lines: io.StringIO, text: str) -> None:
    logging.getLogger("some.library").warning("no route to %s today", text)

    (told,) = read(lines)
    assert text not in lines.getvalue()
    assert told["event"].startswith("no route to •")


def test_an_exception_tells_its_class_and_place_only(lines: io.StringIO) -> None:
    try:
        int("种下的话")
    except ValueError:
        LOG.exception("that went wrong")

    (told,) = read(lines)
    assert told["error"] == "ValueError"
    assert "test_logs.py" in told["places"][-1]
    assert "种下" not in lines.getvalue()


def test_an_error_of_the_database_does_not_quote_what_was_written(store: Any) -> None:
    with pytest.raises(Exception, match="no_such_table") as failed, store.read() as reader:
        reader.exec_driver_sql("SELECT * FROM no_such_table WHERE 1 = 1")

    assert failed.value.hide_parameters


def test_people_read_a_line_of_words() -> None:
    record = LOG.makeRecord(
        LOG.name, logging.ERROR, "", 0, "failure", (), None,
        extra={"gcrm": {"route": "/", "places": ["a.py:1 f", "b.py:2 g"]}},
    )  # fmt: skip

    line = logs.Readable().format(record)

    assert line.endswith("ERROR gcrm.test: failure route=/ places=a.py:1 f < b.py:2 g")
