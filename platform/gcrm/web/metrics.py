"""Metrics in Prometheus' format: requests of this process, and what the database tells."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import NotFound

from gcrm.runtime import figures
from gcrm.store.errors import StoreError
from gcrm.web import logs
from gcrm.web.monitors import is_monitor
from gcrm.web.site import QUIET, house

bp = Blueprint("metrics", __name__)

KEPT = 10.0  # seconds; however often somebody asks, the database counts no more often
CODES = 40  # incident codes that get a line of their own; the rest is "other"
SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 30)
STATEMENTS = (1, 2, 4, 6, 8, 12, 16, 20, 30, 50, 100)
WAITS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the requests to one house have come to."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    statements: Histogram


def init(app: Flask) -> None:
    """Measure every request; the numbers stay in this process until somebody asks."""

    @app.before_request
    def begin() -> None:
        g.measured = (time.perf_counter(), house().store.statements())

    @app.after_request
    def end(answer: Response) -> Response:
        if request.endpoint in QUIET or "measured" not in g:
            return answer
        began, before = g.measured
        to: Measured = app.extensions["gcrm_metrics"]
        route = logs.route()
        method = request.method if request.method in logs.METHODS else "other"
        to.requests.labels(method, route, str(answer.status_code)).inc()
        to.seconds.labels(route).observe(time.perf_counter() - began)
        to.statements.observe(house().store.statements() - before)
        return answer


def move_in(app: Flask, here: Any) -> None:
    """Begin at nought for a house, and count in its store when somebody asks."""
    registry = CollectorRegistry(auto_describe=False)
    requests = Counter(
        "gcrm_requests", "Requests answered.", ("method", "route", "status"), registry=registry
    )
    seconds = Histogram(
        "gcrm_request_seconds", "Time of a request.", ("route",), buckets=SECONDS, registry=registry
    )
    statements = Histogram(
        "gcrm_request_statements", "Statements of a request.", buckets=STATEMENTS, registry=registry
    )
    waits = Histogram(
        "gcrm_writer_wait_seconds", "Wait for the writer.", buckets=WAITS, registry=registry
    )
    here.store.waited = waits.observe
    registry.register(Told(here))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    app.extensions["gcrm_metrics"] = Measured(registry, requests, seconds, statements)


@bp.get("/metrics")
def show() -> Response:
    """Show the numbers to monitors; for others there is no such page."""
    if not is_monitor():
        raise NotFound
    content = generate_latest(current_app.extensions["gcrm_metrics"].registry)
    return Response(content, content_type=CONTENT_TYPE_LATEST)


class Told(Collector):
    """Gauges that are counted when somebody asks, and kept for some seconds."""

    def __init__(self, here: Any) -> None:
        """Count nothing yet."""
        self._house = here
        self._lock = Lock()
        self._kept: tuple[Metric, ...] = ()
        self._until = 0.0

    def describe(self) -> Iterator[Metric]:
        """Name nothing beforehand: registering must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Give the gauges; while the database is away only `gcrm_database_up` 0."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = tuple(self._count())
                self._until = time.monotonic() + KEPT
            return iter(self._kept)

    def _count(self) -> Iterator[Metric]:
        here = self._house
        yield from _disk(here.settings)
        try:
            with here.store.read() as reader:
                counted = figures.read(reader, here.store, here.now())
        except (SQLAlchemyError, StoreError):
            yield _gauge("gcrm_database_up", "Whether the database answers.", 0)
            return
        yield _gauge("gcrm_database_up", "Whether the database answers.", 1)
        yield from _gauges(counted, here.now())


def _gauges(counted: figures.Figures, now: Any) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("gcrm_jobs", "Jobs that are not done.", labels=("kind", "status"))
    for (kind, status), count in sorted(counted.jobs.items()):
        jobs.add_metric((kind, status), count)
    yield jobs
    for name, waiting, what in (
        ("gcrm_jobs_due", counted.due, "Jobs whose moment has come"),
        ("gcrm_outbox_waiting", counted.outbox, "Messages that nobody has handled"),
        ("gcrm_audit_unsealed", counted.audit, "Audit rows that are not sealed"),
    ):
        yield _gauge(name, f"{what}.", waiting.count)
        age = waiting.age(now).total_seconds()
        yield _gauge(f"{name}_age_seconds", f"{what}: age of the oldest.", age)
    yield _gauge("gcrm_notices_failed", "Notices that were given up.", counted.failed_notices)
    incidents = GaugeMetricFamily("gcrm_incidents_open", "Open incidents.", labels=("code",))
    listed = sorted(counted.incidents.items(), key=lambda item: -item[1])
    for code, count in listed[:CODES]:
        incidents.add_metric((code,), count)
    if listed[CODES:]:
        incidents.add_metric(("other",), sum(count for _, count in listed[CODES:]))
    yield incidents
    yield _gauge("gcrm_database_bytes", "Size of the database.", counted.database_bytes)


def _disk(settings: Any) -> Iterator[Metric]:
    try:
        free = figures.free_bytes(settings.data)
    except OSError:
        free = 0
    yield _gauge("gcrm_disk_free_bytes", "Free on the disk of the data folder.", free)
    made = figures.last_backup(settings)
    at = made.timestamp() if made is not None else 0
    yield _gauge("gcrm_last_backup_timestamp_seconds", "When the last backup was made.", at)


def _gauge(name: str, what: str, value: float) -> Metric:
    gauge = GaugeMetricFamily(name, what)
    gauge.add_metric((), value)
    return gauge
