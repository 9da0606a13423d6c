"""The JSON API: apps and their drafts, the palette, cases. The same accessor as the pages."""

from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import BadRequest, Forbidden, NotFound, Unauthorized

from app_definitions.package import Part
from app_definitions.problem import Catalogue, Problem, Problems
from form_engine import FieldTypes
from gcrm.access import Denied
from gcrm.apps import draft_rows, drafts
from gcrm.runtime import service_catalogue
from gcrm.runtime.use_case import UseCase
from gcrm.web import casebook, catalogue, language
from gcrm.web.definitions import app_name
from gcrm.web.errors import Stopped
from gcrm.web.language import gettext as _
from gcrm.web.sessions import access, actor, me
from gcrm.web.site import house

bp = Blueprint("api", __name__, url_prefix="/api")

CHANGE = UseCase(drafts.prepare_change, drafts.commit)
CREATE = UseCase(drafts.prepare_create, drafts.commit)
MOST = 6 * 1024 * 1024  # bytes of one part with its wrapping
CATALOGUE = Catalogue.of(
    "app_definitions", "rule_engine", "form_engine", "flow_engine", "gcrm.apps"
)


@bp.before_request
def someone() -> None:
    """Let nobody in who is not logged in."""
    if actor() is None:
        raise Unauthorized
    if request.content_length is not None and request.content_length > MOST:
        raise BadRequest


def may(resource: str, action: str, reader: Any) -> None:
    """Ask for a right. Raises Forbidden."""
    try:
        access(reader).require(resource, action)
    except Denied as denied:
        raise Forbidden from denied


@bp.get("/apps")
def apps() -> Response:
    """List apps with the revision of their draft and the release in force."""
    with house().store.read() as reader:
        may("admin.apps", "read", reader)
        rows = [
            {
                "id": entry.app_id,
                "name": app_name(reader, entry),
                "release": entry.current_release,
                "revision": entry.draft_revision or 0,
            }
            for entry in draft_rows.list_apps(reader, g.tenant.id)
        ]
    return jsonify(apps=rows)


@bp.get("/apps/<app_id>/draft")
def draft(app_id: str) -> Response:
    """List the parts of a draft; the first look makes it from the release in force."""
    with house().store.read() as reader:
        may("admin.apps", "read", reader)
        found = draft_rows.read_draft(reader, g.tenant.id, app_id)
    if found is None:
        with house().store.read() as reader:
            may("admin.apps", "write", reader)
        receipt = house().run(CREATE, me(), drafts.Create(app_id))
        if not receipt.saved and receipt.conflict is None:
            raise NotFound
        with house().store.read() as reader:
            found = draft_rows.read_draft(reader, g.tenant.id, app_id)
    if found is None:
        raise NotFound
    with house().store.read() as reader:
        whole = draft_rows.read_package(reader, g.tenant.id, app_id)
    titles = {} if whole is None else {part.path: _title(part) for part in whole[0].parts}
    parts = [
        {"path": part.path, "revision": part.revision, "title": titles.get(part.path, "")}
        for part in found.parts
    ]
    return jsonify(revision=found.revision, parts=parts)


def _title(part: Part) -> str:
    """Give what a part calls itself."""
    document = drafts.document_of(part.content) if part.path.endswith(".json") else {}
    return str(document.get("title") or document.get("name") or "")


@bp.get("/apps/<app_id>/draft/parts/<path:path>")
def part(app_id: str, path: str) -> Response:
    """Read one part as text."""
    with house().store.read() as reader:
        may("admin.apps", "read", reader)
        found = draft_rows.read_part(reader, g.tenant.id, app_id, path)
    if found is None:
        raise NotFound
    return jsonify(
        path=path, revision=found.state.revision, content=found.content.decode("utf-8", "replace")
    )


@bp.patch("/apps/<app_id>/draft/parts/<path:path>")
def change(app_id: str, path: str) -> Response:
    """Change one part that was read at `revision`, by its whole text or by an RFC 6902 patch."""
    document = request.get_json(silent=True)
    revision = document.get("revision") if isinstance(document, dict) else None
    if not isinstance(document, dict) or type(revision) is not int:
        raise BadRequest
    content, patch = document.get("content"), document.get("patch")
    if not (isinstance(content, str) ^ isinstance(patch, list)):
        raise BadRequest
    with house().store.read() as reader:
        may("admin.apps", "write", reader)
    receipt = house().run(
        CHANGE,
        me(),
        drafts.ChangePart(
            app_id,
            path,
            revision,
            patch=patch if isinstance(patch, list) else None,
            content=content.encode("utf-8", "replace") if isinstance(content, str) else None,
        ),
    )
    return saved(receipt)


def saved(receipt: drafts.Receipt) -> Response:
    """Answer a change of a draft; a conflict names who was faster."""
    if receipt.conflict is not None:
        raise Stopped(
            409,
            _("别人先改过这一部分"),
            _(
                "%(name)s刚刚改过。请先看最新的，再改。",
                name=receipt.conflict.changed_by_name or "",
            ),
        )
    if not receipt.saved:
        first = said(receipt.problems)[0]
        raise Stopped(422, first["message"], first["fix"])
    return jsonify(
        revision=receipt.revision,
        content=receipt.content.decode("utf-8") if receipt.content is not None else None,
        problems=said(receipt.problems),
    )


@bp.get("/apps/<app_id>/draft/problems")
def problems(app_id: str) -> Response:
    """Say what is wrong with a draft, all at once."""
    with house().store.read() as reader:
        may("admin.apps", "read", reader)
        found = draft_rows.read_package(reader, g.tenant.id, app_id)
        if found is None:
            raise NotFound
        _app, listed = house().services.apps.compile(found[0], reader, g.tenant.id)
    return jsonify(revision=found[1], problems=said(listed))


def said(listed: Problems) -> list[dict[str, str]]:
    """Say problems in the language of the request."""
    return [_said(problem) for problem in listed]


def _said(problem: Problem) -> dict[str, str]:
    words = CATALOGUE.render(problem, language.locale())
    return {
        "path": problem.path,
        "code": problem.code,
        "message": words.message,
        "fix": words.fix,
        "severity": problem.severity,
    }


@bp.get("/palette")
def palette() -> Response:
    """List the field types as the designer draws them."""
    with house().store.read() as reader:
        may("admin.apps", "read", reader)
    return jsonify(types=FieldTypes.installed().palette(language.locale()))


@bp.get("/services")
def catalogue_of_services() -> Response:
    """List or search the catalogue of services, page by page; the words are those of its page."""
    ask = catalogue.asked()
    with house().store.read() as reader:
        found = service_catalogue.find(reader, house().services, g.tenant.id, ask, g.now)
        named = catalogue.office_names(reader)
    return jsonify(
        total=found.total,
        page=found.page,
        services=[
            {
                "id": each.id,
                "name": each.name,
                "department": each.department,
                "office": catalogue.office(named, each.department),
                "group": each.group or None,
                "item_type": each.item_type,
                "audience": each.audience,
                "theme": each.theme,
                "link": each.link or None,
                "app": each.app_id,
            }
            for each in found.items
        ],
    )


@bp.get("/cases")
def cases() -> Response:
    """List the cases that who asks may read, page by page."""
    page = request.args.get("page", "0")
    wanted = casebook.Filter(
        request.args.get("q", "")[:60],
        request.args.get("state", "all"),
        int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0,
    )
    with house().store.read() as reader:
        rows, total = casebook.clerk_cases(access(reader), wanted)
    return jsonify(total=total, page=wanted.page, cases=[_line(row) for row in rows])


@bp.get("/cases/<id:case_id>")
def case(case_id: int) -> Response:
    """Read one case."""
    with house().store.read() as reader:
        own = access(reader)
        row = own.find("case", case_id)
        if row is None:
            raise NotFound
        line = casebook.clerk_line(own, row)
    return jsonify(_line(line))


def _line(row: casebook.CaseLine) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "title": row.title,
        "item": row.item,
        "state": row.code,
        "step": row.step,
        "submitted_at": row.submitted_at.isoformat() if row.submitted_at else None,
    }
