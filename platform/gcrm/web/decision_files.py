"""Decisions as files: the rows of a table as an Excel sheet, a whole decision as DMN, out and in.

What comes in changes the draft only, with the revision that was looked at.
"""

import dataclasses

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound

from app_definitions import canonical, package
from app_definitions.decision import Decision, Version, write_decision
from app_definitions.problem import Problems, has_errors
from app_definitions.sheets import Sheet
from app_definitions.vocabulary import Vocabulary
from gcrm.apps import draft_rows, drafts
from gcrm.apps.compiler import vocabulary_of
from gcrm.runtime import exports
from gcrm.web import api
from gcrm.web.downloads import named
from gcrm.web.errors import Stopped
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import me
from gcrm.web.site import house
from report_engine.workbook import read_workbook
from rule_engine.dmn_adopt import adopt
from rule_engine.dmn_write import write_dmn
from rule_engine.dmn_xml import read_dmn
from rule_engine.table_sheets import from_sheet, to_sheet

bp = Blueprint("decision_files", __name__, url_prefix="/api")
bp.before_request(api.someone)

DMN = "application/xml; charset=utf-8"


def _read(app_id: str, name: str, action: str = "read") -> tuple[Decision, Vocabulary]:
    with house().store.read() as reader:
        api.may("admin.apps", action, reader)
        found = draft_rows.read_package(reader, g.tenant.id, app_id)
    content = None if found is None else found[0].content(f"decisions/{name}.json")
    if found is None or content is None:
        raise NotFound
    decision, _problems = package.read_part(f"decisions/{name}.json", content)
    if not isinstance(decision, Decision) or not decision.versions:
        raise NotFound
    return decision, vocabulary_of(found[0])


def _save(app_id: str, name: str, decision: Decision, told: Problems) -> Response:
    revision = request.args.get("revision", "")
    if not revision.isascii() or not revision.isdigit():
        raise BadRequest
    content = canonical.dumps(write_decision(decision))
    path = f"decisions/{name}.json"
    change = drafts.ChangePart(app_id, path, int(revision), content=content)
    receipt = house().run(api.CHANGE, me(), change)
    answer = api.saved(receipt)
    return jsonify(answer.get_json() | {"not_kept": api.said(told)})


def _refuse(problems: Problems) -> Stopped:
    first = api.said(problems)[0]
    return Stopped(422, first["message"], first["fix"])


@bp.get("/apps/<app_id>/draft/decisions/<name>.xlsx")
def sheet(app_id: str, name: str) -> Response:
    """Give the rows of the newest version of a table as an Excel sheet."""
    decision, _known = _read(app_id, name)
    table = decision.versions[-1].table
    if table is None:
        raise NotFound
    drawn = to_sheet(table, decision.name[:31], _language())
    answer = Response(exports.workbook(drawn, g.zone), content_type=exports.TYPES["xlsx"])
    return named(answer, f"{decision.name}.xlsx")


def _language() -> str:
    return "zh" if locale().startswith("zh") else "en"


@bp.put("/apps/<app_id>/draft/decisions/<name>.xlsx")
def change_rows(app_id: str, name: str) -> Response:
    """Take the rows of a sheet that was filled in Excel."""
    decision, _known = _read(app_id, name, "write")
    newest: Version = decision.versions[-1]
    if newest.table is None:
        raise NotFound
    part = f"decisions/{name}.json"
    sheets, problems = read_workbook(request.get_data(), part, g.zone)
    if sheets is None or has_errors(problems):
        raise _refuse(problems)
    first = sheets[0] if sheets else Sheet("", (), ())
    rows, problems = from_sheet(first, newest.table, path=part, locale=_language())
    if has_errors(problems):
        raise _refuse(problems)
    if not rows:
        raise Stopped(422, _("表里没有一行"), _("请把规则填在第一张表里，一行一条。"))
    table = dataclasses.replace(newest.table, rows=rows)
    version = dataclasses.replace(newest, table=table)
    changed = dataclasses.replace(decision, versions=(*decision.versions[:-1], version))
    return _save(app_id, name, changed, problems)


@bp.get("/apps/<app_id>/draft/decisions/<name>.dmn")
def dmn(app_id: str, name: str) -> Response:
    """Give the newest version as a DMN file that other systems read."""
    decision, known = _read(app_id, name)
    content, _lost = write_dmn(decision, decision.versions[-1], known)
    return named(Response(content, content_type=DMN), f"{decision.name}.dmn")


@bp.put("/apps/<app_id>/draft/decisions/<name>.dmn")
def change_dmn(app_id: str, name: str) -> Response:
    """Take a DMN file as this decision; what cannot be kept comes back as sentences."""
    _read(app_id, name, "write")
    model, problems = read_dmn(request.get_data(), f"decisions/{name}.json")
    if model is None or has_errors(problems):
        raise _refuse(problems)
    decision, told = adopt(model, decision_id=name, effective_from=g.today)
    if decision is None:
        raise _refuse(told)
    return _save(app_id, name, decision, (*problems, *told))
