"""The designer's part of the JSON API: begin an app, its flow as steps, rules as rows, publish."""

from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from sqlalchemy import Connection, distinct, func, or_, select
from werkzeug.exceptions import BadRequest, NotFound

from app_definitions import ids
from app_definitions.package import Package
from app_definitions.problem import has_errors
from app_definitions.vocabulary import Input, Vocabulary
from flow_engine import read_process
from gcrm.apps import differences, draft_rows, drafts, flow_lines, publish, starter
from gcrm.apps.catalogue import read_release
from gcrm.apps.compiler import vocabulary_of
from gcrm.runtime.use_case import UseCase
from gcrm.store import tables as t
from gcrm.store.errors import StaleError
from gcrm.store.search_words import initials
from gcrm.web import api, language
from gcrm.web.errors import Stopped
from gcrm.web.language import gettext as _
from gcrm.web.sessions import me
from gcrm.web.site import house
from rule_engine import clauses, compile_expression
from rule_engine.labelled import from_labels, to_labels

bp = Blueprint("api_design", __name__, url_prefix="/api")
bp.before_request(api.someone)

PUBLISH = UseCase(publish.prepare, publish.commit, publish.after)
CHANGES = 50
LONGEST_NAME = 60
MAIN = "main"


@bp.get("/design/start")
def start() -> Response:
    """List what a new app can belong to, and who can work on it."""
    with house().store.read() as reader:
        api.may("admin.apps", "write", reader)
        d, r = t.department.c, t.role.c
        offices = reader.execute(
            select(d.code, d.name)
            .where(d.tenant_id == g.tenant.id, or_(d.valid_to.is_(None), d.valid_to >= g.today))
            .order_by(d.name)
        ).all()
        right = t.role_right.c
        powers = select(right.role_code).where(
            right.tenant_id == g.tenant.id, right.resource.startswith("admin.", autoescape=True)
        )
        roles = reader.execute(
            select(r.code, r.name)
            .where(r.tenant_id == g.tenant.id, r.code.not_in(powers))
            .order_by(r.name)
        ).all()
        post = t.post.c
        held = reader.execute(
            select(post.role_code, func.count(distinct(post.party_id)))
            .where(
                post.tenant_id == g.tenant.id,
                post.valid_from <= g.today,
                or_(post.valid_to.is_(None), post.valid_to >= g.today),
            )
            .group_by(post.role_code)
        )
        people = {row[0]: int(row[1]) for row in held}
    return jsonify(
        departments=[{"code": row.code, "name": row.name} for row in offices],
        roles=[
            {"code": row.code, "name": row.name, "people": people.get(row.code, 0)} for row in roles
        ],
    )


@bp.post("/apps")
def create() -> tuple[Response, int]:
    """Begin an app with a form, a flow, a rule and a board that already work."""
    document = _document()
    name, office = (str(document.get(key) or "").strip() for key in ("name", "department"))
    wanted = [str(each) for each in document.get("roles") or () if each][:2]
    with house().store.read() as reader:
        api.may("admin.apps", "write", reader)
        known = _roles(reader)
        if not name or len(name) > LONGEST_NAME:
            raise Stopped(422, _("先给应用起个名字"), _("写办事的人熟悉的名字，不超过60个字。"))
        if not office or not wanted or any(each not in known for each in wanted):
            raise Stopped(422, _("还没有选齐"), _("请选由哪个部门办、由谁审核和审批。"))
        app_id = _free_id(reader, name)
    roles = tuple((code, known[code]) for code in wanted)
    made = starter.package_of(starter.Start(app_id, name, office, roles, g.today))
    receipt = house().run(api.CREATE, me(), drafts.Create(app_id, made))
    if not receipt.saved:
        raise Stopped(409, _("没有建成"), _("请再试一次。"))
    return jsonify(id=app_id, revision=receipt.revision), 201


def _roles(reader: Connection) -> dict[str, str]:
    r = t.role.c
    rows = reader.execute(select(r.code, r.name).where(r.tenant_id == g.tenant.id))
    return {row.code: row.name for row in rows}


def _free_id(reader: Connection, name: str) -> str:
    """Make an id of a name's letters that no app has yet."""
    letters = "".join(each for each in initials(name).lower() if each.isascii() and each.isalnum())
    base = letters[:30] if ids.is_id(letters[:30]) else f"app_{letters[:20]}".rstrip("_")
    taken = set(
        reader.execute(select(t.app.c.id).where(t.app.c.tenant_id == g.tenant.id)).scalars()
    )
    return next(
        each
        for each in (base, *(f"{base}_{number}" for number in range(2, 10_000)))
        if each not in taken
    )


def _document() -> dict[str, Any]:
    document = request.get_json(silent=True)
    if not isinstance(document, dict):
        raise BadRequest
    return document


def _draft(app_id: str, action: str = "read") -> tuple[Package, int]:
    with house().store.read() as reader:
        api.may("admin.apps", action, reader)
        found = draft_rows.read_package(reader, g.tenant.id, app_id)
    if found is None:
        raise NotFound
    return found


@bp.get("/apps/<app_id>/draft/flows/<name>")
def flow(app_id: str, name: str) -> Response:
    """Give a process as a line of steps; `steps` is null where it is more than a line."""
    whole, revision = _draft(app_id)
    path = f"processes/{name}.bpmn"
    content = whole.content(path)
    if content is None:
        raise NotFound
    steps = flow_lines.read(app_id, content, path)
    return jsonify(
        revision=revision,
        steps=None if steps is None else [each.to_json() for each in steps],
        shown=_shown(whole, content, path),
    )


def _shown(whole: Package, content: bytes, path: str) -> list[dict[str, Any]]:
    """List the steps of any process: name, who works there, how long, the buttons."""
    definition, _problems = read_process(content, path)
    app = drafts.document_of(whole.content("app.json") or b"{}")
    roles = {str(each.get("id")): str(each.get("name")) for each in app.get("roles") or ()}
    return [
        {
            "id": step.id,
            "name": step.name,
            "who": [roles.get(role, role) for role in step.roles],
            "days": None if step.deadline is None else int(step.deadline.value),
            "unit": "" if step.deadline is None else step.deadline.unit,
            "buttons": [verb.label for verb in step.verbs],
        }
        for step in (() if definition is None else definition.steps)
    ]


@bp.put("/apps/<app_id>/draft/flows/<name>")
def change_flow(app_id: str, name: str) -> Response:
    """Write a line of steps as the process; who works on a new step gets the rights for it."""
    document = _document()
    if type(document.get("revision")) is not int:
        raise BadRequest
    try:
        steps = flow_lines.from_json(document.get("steps"))
    except ValueError as wrong:
        raise Stopped(
            422, _("流程没有存上"), _("至少要有一步；每一步的时限是1到1000的整数。")
        ) from wrong
    whole, _revision = _draft(app_id, "write")
    path = f"processes/{name}.bpmn"
    old = whole.content(path)
    if old is None or flow_lines.read(app_id, old, path) is None:
        raise NotFound
    app = drafts.document_of(whole.content("app.json") or b"{}")
    content = flow_lines.write(app_id, name, str(app.get("name", name)), steps)
    receipt = house().run(
        api.CHANGE, me(), drafts.ChangePart(app_id, path, document["revision"], content=content)
    )
    _grant(app_id, receipt, {step.role for step in steps})
    return api.saved(receipt)


def _grant(app_id: str, receipt: drafts.Receipt, wanted: set[str]) -> None:
    """Give roles that now work on a step the rights of one who works on these cases."""
    if not receipt.saved:
        return
    whole, revision = _draft(app_id, "write")
    app = drafts.document_of(whole.content("app.json") or b"{}")
    given = app.get("roles") if isinstance(app.get("roles"), list) else []
    missing = sorted(wanted - {str(each.get("id")) for each in given or ()} - {""})
    if not missing:
        return
    with house().store.read() as reader:
        names = _roles(reader)
    new = [
        {"id": code, "name": names[code], "rights": starter.rights_of(app_id)}
        for code in missing
        if code in names
    ]
    patch = [{"op": "add", "path": "/roles", "value": [*(given or ()), *new]}]
    if new:
        house().run(api.CHANGE, me(), drafts.ChangePart(app_id, "app.json", revision, patch=patch))


@bp.get("/apps/<app_id>/draft/words")
def words(app_id: str) -> Response:
    """List what rules and conditions may name."""
    whole, _revision = _draft(app_id)
    return jsonify(inputs=[_input(each) for each in vocabulary_of(whole)])


def _input(entry: Input) -> dict[str, Any]:
    return {
        "id": entry.id,
        "label": entry.label,
        "type": entry.type,
        "unit": entry.unit or "",
        "options": [{"code": each.code, "label": each.label} for each in entry.options],
    }


@bp.post("/apps/<app_id>/draft/rule")
def rule(app_id: str) -> Response:
    """Turn a rule's text, its rows or what was typed with labels into text, rows and a sentence."""
    document = _document()
    whole, _revision = _draft(app_id)
    known = vocabulary_of(whole)
    text = str(document.get("that") or "")
    if "group" in document:
        try:
            text = clauses.to_text(clauses.from_json(document["group"]), known)
        except (ValueError, KeyError, ArithmeticError) as wrong:
            raise Stopped(
                422, _("这一行还没有填对"), _("请选一个项目，再填和它比的数或者选项。")
            ) from wrong
    elif "words" in document:
        meant, problems = from_labels(str(document["words"] or ""), known)
        if meant is None:
            said = api.said(problems)
            raise Stopped(422, said[0]["message"], said[0]["fix"])
        text = meant
    return jsonify(_rule(text, known))


def _rule(text: str, known: Vocabulary) -> dict[str, Any]:
    expression, problems = compile_expression(text, known)
    group = None if expression is None else clauses.to_group(expression.tree, known)
    return {
        "that": text,
        "words": to_labels(text, known),
        "group": None if group is None else clauses.to_json(group),
        "sentence": "" if expression is None else expression.sentence(language.locale()),
        "problems": api.said(problems),
    }


@bp.get("/apps/<app_id>/draft/changes")
def changes(app_id: str) -> Response:
    """Tell what differs from the release in force, and who changed the draft when."""
    with house().store.read() as reader:
        api.may("admin.apps", "read", reader)
        draft = draft_rows.read_draft(reader, g.tenant.id, app_id)
        found = draft_rows.read_package(reader, g.tenant.id, app_id)
        if draft is None or found is None:
            raise NotFound
        number = draft.current_release
        old = None if number is None else read_release(reader, g.tenant.id, app_id, number)
        log = draft_rows.list_changes(reader, g.tenant.id, app_id, most=CHANGES)
    told = () if old is None else differences.between(old, found[0])
    return jsonify(
        revision=found[1],
        release=number,
        differences=[
            {
                "part": each.part,
                "where": list(each.where),
                "kind": each.kind,
                "what": each.what,
                "before": each.before,
                "after": each.after,
            }
            for each in told
        ],
        log=[
            {
                "path": each.path,
                "who": each.changed_by_name or "",
                "at": each.changed_at.isoformat(),
            }
            for each in log
        ],
    )


@bp.get("/apps/<app_id>/release/parts/<path:path>")
def released_part(app_id: str, path: str) -> Response:
    """Give a part as the release in force has it, to go back to it."""
    with house().store.read() as reader:
        api.may("admin.apps", "read", reader)
        number = reader.scalar(
            select(t.app.c.current_release).where(
                t.app.c.tenant_id == g.tenant.id, t.app.c.id == app_id
            )
        )
        old = None if number is None else read_release(reader, g.tenant.id, app_id, number)
    content = None if old is None else old.content(path)
    if content is None:
        raise NotFound
    return jsonify(path=path, release=number, content=content.decode("utf-8", "replace"))


@bp.post("/apps/<app_id>/publish")
def publish_draft(app_id: str) -> Response:
    """Publish the draft as it was when it was looked at; what stands in the way comes back."""
    document = _document()
    whole, revision = _draft(app_id, "publish")
    late = Stopped(409, _("草稿刚刚又改过"), _("请再看一遍改了什么，然后发布。"))
    if document.get("revision") != revision:
        raise late
    note = str(document.get("note") or "").strip()[:500]
    who = me()
    ask = publish.Publish(
        g.tenant.id, whole, note, who.account_id, who.party_id, revision, g.request_id
    )
    try:
        receipt = house().run(PUBLISH, who, ask)
    except StaleError as stale:
        raise late from stale
    return jsonify(
        release=receipt.number,
        unchanged=receipt.unchanged,
        ok=not has_errors(receipt.problems),
        problems=api.said(receipt.problems),
        tests=[{"name": each.name, "passed": each.passed} for each in receipt.results],
    )
