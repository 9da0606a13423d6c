"""Health for proxies and monitors: alive, and ready with the reasons why not."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, jsonify

from gcrm.runtime import health
from gcrm.runtime.refusals import Refused
from gcrm.web import language
from gcrm.web.monitors import is_monitor
from gcrm.web.site import house

bp = Blueprint("health", __name__, url_prefix="/health")


@bp.get("")
@bp.get("/live")
def live() -> Response:
    """Tell that this process answers; it looks at nothing else."""
    return Response("ok\n", content_type="text/plain")


@bp.get("/ready")
def ready() -> tuple[Response, int]:
    """Tell whether people may be sent here; a monitor also reads why not."""
    here = house()
    worker = current_app.extensions.get("gcrm_worker")
    checks = health.examine(here.store, here.settings, worker, here.now())
    fine = health.is_ready(checks)
    document: dict[str, Any] = {"status": "ready" if fine else "not ready"}
    if is_monitor():
        zone = here.services.zone
        document["checks"] = [_told(check, zone) for check in checks]
    return jsonify(document), 200 if fine else 503


def _told(check: health.Check, zone: ZoneInfo) -> dict[str, str]:
    told = {"name": check.name, "status": check.status}
    if check.code is not None:
        said = Refused(check.code, check.values).render(language.locale(), zone)
        told |= {"message": said.message, "fix": said.fix}
    return told
