"""What a proxy, a monitor and a log collector read of a running installation."""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert

from gcrm import logs
from gcrm.runtime import figures
from gcrm.store import lock
from gcrm.store import tables as t
from gcrm.store.columns import new_id
from gcrm.web.app import create_app

City = Any
Visitor = Any
OUTSIDE = {"REMOTE_ADDR": "203.0.113.7"}
TOKEN = "a-token-for-the-monitor"  # noqa: S105


class Beat:
    """A worker that was seen at a moment."""

    def __init__(self, seen_at: Any) -> None:
        self.seen_at = seen_at


@pytest.fixture
def served(city: City) -> Iterator[City]:
    """The city as `gcrm serve` runs it: folder held, worker seen."""
    city.app.extensions["gcrm_worker"] = Beat(city.clock.now)
    with lock.hold(city.house.settings.data):
        yield city


def ready(city: City, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = city.app.test_client().get("/health/ready", **more)
    return answer.status_code, answer.get_json()


def told(document: dict[str, Any], name: str) -> dict[str, str]:
    found: dict[str, str] = next(each for each in document["checks"] if each["name"] == name)
    return found


def samples(city: City) -> str:
    answer = city.app.test_client().get("/metrics")
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def settle(city: City, **settings: Any) -> Any:
    """Build the application of the same city with other settings."""
    house = replace(city.house, settings=replace(city.house.settings, **settings))
    return create_app(house)


def test_a_process_that_answers_is_alive(city: City) -> None:
    answer = city.app.test_client().get("/health/live", environ_base=OUTSIDE)

    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "ok\n")


def test_a_served_city_is_ready(served: City) -> None:
    status, document = ready(served)

    assert (status, document["status"]) == (200, "ready")
    assert {each["status"] for each in document["checks"]} <= {"ok", "warn"}


def test_the_reasons_are_for_monitors_only(city: City) -> None:
    status, document = ready(city, environ_base=OUTSIDE)

    assert (status, document) == (503, {"status": "not ready"})


def test_readiness_says_in_plain_words_what_is_missing(city: City) -> None:
    _, chinese = ready(city)
    _, english = ready(city, headers={"Accept-Language": "en"})

    assert "后台任务没有运行" in told(chinese, "worker")["message"]
    assert told(english, "worker")["fix"].startswith("Start gcrm serve")
    assert "not locked by this server" in told(english, "folder")["message"]


def test_a_worker_that_stands_still_is_told(served: City) -> None:
    served.clock.pass_by(minutes=10)

    status, document = ready(served)

    assert status == 503
    assert "600" in told(document, "worker")["message"]


def test_a_full_disk_sends_people_elsewhere(served: City, monkeypatch: Any) -> None:
    monkeypatch.setattr(figures, "free_bytes", lambda _folder: 5 * 1024 * 1024)

    status, document = ready(served)

    assert status == 503
    assert "5MB" in told(document, "disk")["message"]


def test_a_database_that_is_away_is_told_and_measured(served: City, monkeypatch: Any) -> None:
    def away() -> Any:
        raise figures.sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(served.house.store, "read", away)

    status, document = ready(served)

    assert status == 503
    assert told(document, "database")["status"] == "fail"
    assert "gcrm_database_up 0.0" in samples(served)


def test_an_old_backup_is_a_warning(served: City) -> None:
    settings = served.house.settings
    figures.keep_backup(settings, settings.backups / "a.tar", served.clock.now)
    fresh = told(ready(served)[1], "backup")
    served.clock.pass_by(hours=settings.backup_hours + 4)
    served.app.extensions["gcrm_worker"] = Beat(served.clock.now)

    status, document = ready(served)

    assert fresh["status"] == "ok"
    assert (status, told(document, "backup")["status"]) == (200, "warn")
    assert "30" in told(document, "backup")["message"]


def test_metrics_are_no_page_for_others(city: City) -> None:
    client = city.app.test_client()

    assert client.get("/metrics", environ_base=OUTSIDE).status_code == 404
    wrong = {"Authorization": "Bearer something"}
    assert client.get("/metrics", environ_base=OUTSIDE, headers=wrong).status_code == 404


def test_a_monitor_elsewhere_brings_its_token(city: City) -> None:
    client = settle(city, monitor_token=TOKEN).test_client()

    answer = client.get(
        "/metrics", environ_base=OUTSIDE, headers={"Authorization": f"Bearer {TOKEN}"}
    )

    assert answer.status_code == 200


def test_requests_are_counted_by_route_and_status(city: City, visitor: Visitor) -> None:
    visitor.get("/services/elder_allowance/new")
    visitor.get("/nothing/here?name=陈静")
    visitor.client.open("/", method="PROPFIND")

    text = samples(city)

    assert re.search(
        r'gcrm_requests_total{method="GET",route="/services/<[^"]+",status="200"} 1', text
    )
    assert 'route="-",status="404"' in text
    assert 'method="other"' in text
    assert "陈静" not in text
    assert "gcrm_request_statements_bucket" in text


def test_what_waits_is_counted(city: City) -> None:
    moment = city.clock.now
    row = {
        "tenant_id": 1, "id": new_id(), "kind": "notice.send", "payload": {}, "status": "failed",
        "run_at": moment, "attempt": 5, "attempts_left": 0, "created_at": moment,
    }  # fmt: skip
    trouble = {
        "tenant_id": 1, "id": new_id(), "code": "no_candidate", "data": {}, "status": "open",
        "created_at": moment,
    }  # fmt: skip
    message = {
        "tenant_id": 1, "id": new_id(), "topic": "case", "payload": {}, "created_at": moment,
    }  # fmt: skip
    with city.house.store.write() as writer:
        writer.execute(insert(t.job), row)
        writer.execute(insert(t.incident), trouble)
        writer.execute(insert(t.outbox), message)
    city.clock.pass_by(minutes=7)

    text = samples(city)

    assert 'gcrm_jobs{kind="notice.send",status="failed"} 1.0' in text
    assert 'gcrm_incidents_open{code="no_candidate"} 1.0' in text
    assert "gcrm_outbox_waiting_age_seconds 420.0" in text
    assert "gcrm_writer_wait_seconds_count" in text
    assert "gcrm_audit_unsealed " in text
    assert "gcrm_disk_free_bytes" in text


@pytest.fixture
def lines(city: City) -> Iterator[io.StringIO]:
    """What the log collector gets."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("json", stream)
    city.app.config["GCRM_LOG"] = True
    yield stream
    root.handlers[:] = kept
    root.setLevel(level)


def test_a_request_is_one_line_with_route_and_account(
    city: City, lines: io.StringIO, citizen: Visitor
) -> None:
    lines.truncate(0)
    lines.seek(0)

    citizen.get("/services/elder_allowance/new?phone=19955512345")

    (line,) = [json.loads(each) for each in lines.getvalue().splitlines()]
    assert line["request"] == citizen.headers["X-Request-Id"]
    assert line["route"].startswith("/services/<")
    assert (line["status"], line["method"]) == (200, "GET")
    assert isinstance(line["account"], int)
    assert isinstance(line["ms"], float)


def test_a_whole_application_leaves_nothing_of_it_in_the_log(
    city: City, lines: io.StringIO, citizen: Visitor, elder: dict[str, str], card: str
) -> None:
    draft = citizen.begin()
    citizen.fill_all(draft)
    citizen.get(f"{draft}/check")
    citizen.post(
        f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"), insist="1"
    )

    text = lines.getvalue()
    assert text.count('"event": "request"') > 8
    for value in (*elder.values(), card, "建国路1号", "19900000001", "陈静"):
        assert value not in text
        assert json.dumps(value).strip('"') not in text


def test_the_id_of_a_trusted_proxy_is_taken_and_given_back(city: City) -> None:
    given = {"X-Request-Id": "proxy-0123456789"}

    behind = settle(city, proxies=1).test_client().get("/health/live", headers=given)
    alone = city.app.test_client().get("/health/live", headers=given)
    forged = {"X-Request-Id": "陈静 <script>"}
    odd = settle(city, proxies=1).test_client().get("/health/live", headers=forged)

    assert behind.headers["X-Request-Id"] == given["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{16}", alone.headers["X-Request-Id"])
    assert re.fullmatch("[0-9a-f]{16}", odd.headers["X-Request-Id"])


def test_production_leads_plain_requests_to_https(city: City) -> None:
    client = settle(city, mode="production", proxies=1).test_client()
    https = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}

    plain = client.get("/services?q=1")
    posted = client.post("/login", data={"phone": "19900000001"})
    safe = client.get("/services", headers=https)

    assert (plain.status_code, plain.location) == (308, "https://localhost/services?q=1")
    assert posted.status_code == 403
    assert "https" in posted.get_data(as_text=True)
    assert safe.status_code == 200
    assert client.get("/health/live").status_code == 200
