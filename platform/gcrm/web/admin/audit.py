"""The audit: searching it, taking rows out (itself audited), checking that nothing was changed."""

import datetime as dt
from typing import Any

from flask import Response, g, render_template, request

from app_definitions.problem import Catalogue
from app_definitions.sheets import Cell as SheetCell
from app_definitions.sheets import Sheet as Table
from gcrm.runtime import audit_search, exports, house_parameters
from gcrm.runtime.audit_search import Wanted
from gcrm.runtime.house_parameters import HOUSE
from gcrm.web import dates
from gcrm.web.admin import lists, words
from gcrm.web.admin.frame import Cell, Head, room, run
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.office import page_number, pages
from gcrm.web.sessions import access
from gcrm.web.site import house

DAYS = 7


def _day(name: str, default: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(request.values.get(name, ""))
    except ValueError:
        return default


def _wanted() -> Wanted:
    until = _day("until", g.today)
    since = min(_day("since", until - dt.timedelta(days=DAYS - 1)), until)
    text = {
        name: request.values.get(name, "").strip()[:60]
        for name in ("person", "case", "action", "request")
    }
    return Wanted(since, until, page=page_number(), **text)


@bp.get("/audit")
@room("admin.audit", "read")
def audit() -> str:
    """Search the audit."""
    return _page()


def _page(checked: Any = None) -> str:
    wanted = _wanted()
    with house().store.read() as reader:
        rows, more = audit_search.search(reader, access(reader), wanted, g.zone)
        subjects = audit_search.subjects(reader, g.tenant.id, rows)
        owners = audit_search.apps_of(reader, g.tenant.id, rows)
        names = lists.names(reader)
        known = audit_search.actions(reader, g.tenant.id)
        last = audit_search.last_check(reader, g.tenant.id)
    seen = wanted.page * 50 + len(rows)
    kept = {name: value for name, value in request.values.items() if name != "csrf_token"}
    return render_template(
        "staff/admin/audit.html",
        active="admin.audit",
        wanted=wanted,
        kept=kept,
        actions=sorted(((each, words.action(each)) for each in known), key=lambda each: each[1]),
        heads=[
            Head(_("做了什么")),
            Head(_("谁")),
            Head(_("关于")),
            Head(_("细节")),
            Head(_("时间")),
            Head(_("封存")),
        ],
        rows=[
            [
                Cell(words.action(row.action), note=row.request_id or ""),
                Cell(row.name or _("系统")),
                Cell(subject(row, subjects, names)),
                Cell(words.told(row.data, names, owners.get(row.chain, ""))),
                Cell(at=row.at),
                Cell(_("已封存")) if row.sealed_by else Cell(_("马上封存")),
            ]
            for row in rows
        ],
        pages=pages(wanted.page, seen + (1 if more else 0), 50),
        last=_last(last),
        checked=_checked(checked),
    )


def subject(row: Any, subjects: dict[str, str], names: dict[str, str]) -> str:
    """Say what a row is about: a person, a case, a role, a department."""
    for key in (row.subject, row.chain):
        if subjects.get(key):
            return subjects[key]
    kind, _colon, code = row.subject.partition(":")
    if row.chain.startswith("app:"):
        return f"{_('应用')} · {names.get(row.chain[4:], row.chain[4:])}"
    kinds = {
        "role": _("角色"),
        "department": _("部门"),
        "region": _("区划"),
        "grid": _("网格"),
        "calendar": _("工作日历"),
        "parameter": _("参数"),
        "entry": _("字典"),
        "job": _("后台任务"),
        "incident": _("故障"),
        "audit": _("审计"),
        "app": _("应用"),
        "task": _("待办"),
        "account": _("账号"),
        "party": _("人"),
        "case": _("办件"),
    }
    label = kinds.get(kind, _("其他"))
    if kind in ("role", "department") and code in names:
        return f"{label} · {names[code]}"
    own = house_parameters.shipped().get(code.removeprefix(f"{HOUSE}."))
    if kind == "parameter" and own is not None:
        return f"{label} · {house_parameters.say(own.names, locale())}"
    return label


def _last(row: Any) -> str:
    if row is None:
        return _("还没有核对过。")
    found = int(row.data.get("findings", 0))
    result = _("没有发现问题") if not found else _("发现%(count)s处问题", count=found)
    return _(
        "上次核对：%(at)s，%(name)s，%(result)s。",
        at=dates.moment(row.at),
        name=row.name or _("系统"),
        result=result,
    )


def _checked(found: Any) -> dict[str, Any] | None:
    if found is None:
        return None
    values = {"rows": found.rows, "seals": found.seals, "open": len(found.unsealed)}
    counted = _("看了%(rows)s行、%(seals)s次封存，还有%(open)s行等着封存。", **values)
    if not found.findings:
        return {"kind": "ok", "title": _("审计完整，没有被改过。"), "text": counted, "lines": []}
    catalogue = Catalogue.of("gcrm.store")
    lines = [catalogue.render(each.problem(), locale()).message for each in found.findings[:50]]
    title = _("审计被改过，共%(count)s处。", count=len(found.findings))
    return {"kind": "bad", "title": title, "text": counted, "lines": lines}


@bp.post("/audit/verify")
@room("admin.audit", "read")
def verify() -> str:
    """Check the whole audit against its seals and anchors."""
    return _page(run(audit_search.VERIFY, audit_search.Verify()))


@bp.post("/audit/export")
@room("admin.audit", "read")
def export() -> Response:
    """Give the rows that are looked for as CSV or Excel."""
    kind = "xlsx" if request.form.get("kind") == "xlsx" else "csv"
    found = run(audit_search.EXPORT, audit_search.Export(_wanted(), kind))
    with house().store.read() as reader:
        names = lists.names(reader)
        owners = audit_search.apps_of(reader, g.tenant.id, found.rows)
    rows = tuple(
        tuple(
            SheetCell(value)
            for value in (
                row.at,
                words.action(row.action),
                row.name or "",
                subject(row, found.names, names),
                words.told(row.data, names, owners.get(row.chain, "")),
                row.request_id or "",
                row.chain,
                _("已封存") if row.sealed_by else "",
            )
        )
        for row in found.rows
    )
    heads = (
        _("时间"), _("做了什么"), _("谁"), _("关于"), _("细节"), _("请求编号"), _("链"), _("封存"),
    )  # fmt: skip
    table = Table(_("审计"), heads, rows)
    content = exports.workbook(table, g.zone) if kind == "xlsx" else exports.csv_text(table, g.zone)
    answer = Response(content, content_type=exports.TYPES[kind])
    name = f"audit-{g.today.isoformat()}.{kind}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
