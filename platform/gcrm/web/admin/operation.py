"""Operation: incidents with their reasons and ways on, jobs, the worker's pulse."""

from collections.abc import Mapping
from typing import Any

from flask import g, redirect, request
from werkzeug.exceptions import NotFound

from gcrm.access import Denied
from gcrm.runtime import incidents, operation
from gcrm.runtime.attachments import SCAN
from gcrm.runtime.issuing import BEGIN, PRINT
from gcrm.runtime.job_kinds import KINDS
from gcrm.runtime.notices import SEND
from gcrm.runtime.recounting import RECOUNT
from gcrm.runtime.refusals import Refused
from gcrm.web import dates, small_forms
from gcrm.web.admin import lists, words
from gcrm.web.admin.frame import (
    Cell,
    Deed,
    Fact,
    Head,
    Page,
    Picker,
    form_page,
    listing,
    may,
    room,
    run,
    said,
)
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import ngettext
from gcrm.web.office import page_number
from gcrm.web.sessions import access
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

BASE = "/staff/admin"


def incident_words() -> Mapping[str, str]:
    """Name the kinds of incidents."""
    return {
        "flow_no_flow": _("流程没有路可走"),
        "flow_expression": _("流程里的条件算不出来"),
        "flow_decision": _("规则算不出来"),
        "flow_no_signers": _("会签没有人"),
        "flow_runaway": _("流程一直在转圈"),
        "flow_stalled": _("流程停在半路"),
        "flow_engine": _("流程引擎出错"),
        "no_candidate": _("环节没有人能办"),
        "job_failed": _("后台任务失败"),
        "outbox_failed": _("消息没有转出去"),
        "second_correction": _("第二次要求补正"),
    }


def _ways() -> Mapping[str, str]:
    """Say what helps."""
    return {
        "flow_no_flow": _(
            "这一步后面的条件有一种情况没有写，请业务人员改。这一件先核对办件的内容，再点“让流程接着走”。"
        ),
        "flow_expression": _("多半是条件用到的内容没有填。请核对办件，再点“让流程接着走”。"),
        "flow_decision": _(
            "请看规则用到的参数和字典这一天有没有值，补上以后再点“让流程接着走”。"
        ),
        "flow_no_signers": _("请先给会签的角色安排人，再点“让流程接着走”。"),
        "no_candidate": _("请在“人员和岗位”里给这个角色加人，再点“再看一次有没有人”。"),
        "job_failed": _("请到“后台任务”里看原因，再重试。"),
        "outbox_failed": _("办件本身没有受影响，但有一条通知可能没发。请核对办件的通知。"),
    }  # fmt: skip


def job_words() -> Mapping[str, str]:
    """Name the kinds of jobs."""
    return {
        SEND: _("发通知"),
        SCAN: _("查附件有没有病毒"),
        BEGIN: _("给证书和决定书编号"),
        PRINT: _("打印证书和决定书"),
        RECOUNT: _("日历变了，重算办理用时"),
    }


def job_kind(code: str) -> str:
    """Name one kind of job."""
    return job_words().get(code, _("其他任务"))


def reason(error: str | None) -> str:
    """Say in words why a job failed."""
    if not error:
        return ""
    known = {
        "given_up": _("管理员放弃了"),
        "worker_lost": _("后台中途停了，没有做完"),
        "away": _("对方系统连不上"),
        "sms_away": _("短信服务连不上"),
        "mail_away": _("邮件服务连不上"),
        "scanner_away": _("查毒服务连不上"),
        "timeout": _("对方系统太慢，没有等到回答"),
        "ConnectionRefusedError": _("对方系统连不上"),
        "TimeoutError": _("对方系统太慢，没有等到回答"),
        "ErasedError": _("这个人的资料已经按规定销毁，不能再发"),
        "StoreBusyError": _("数据库太忙"),
    }
    if error in known:
        return known[error]
    if "away" in error or "connect" in error.casefold():
        return _("对方系统连不上")
    return _("程序出错了，请把这一条告诉开发人员")


@bp.get("/incidents")
@room("admin.jobs", "read")
def incident_list() -> str:
    """List incidents."""
    status = request.args.get("status", "open")
    status = "" if status == "all" else status if status in ("open", "resolved") else "open"
    code = request.args.get("kind", "")[:40]
    with house().store.read() as reader:
        own = access(reader)
        rows, total = incidents.list_incidents(reader, own, status, code, page_number())
        names = lists.names(reader)
        mine = incidents.readable_cases(own, [row.case_id for row in rows if row.case_id])
    kinds = list(incident_words().items())
    return listing(
        _("故障"),
        [
            Head(_("出了什么事")),
            Head(_("办件")),
            Head(_("应用")),
            Head(_("细节")),
            Head(_("时间")),
            Head(_("状态")),
        ],
        [
            [
                Cell(_kind(row.code), f"{BASE}/incidents/{row.id}"),
                Cell(
                    row.number or "—",
                    f"/staff/cases/{row.case_id}" if row.case_id in mine else "",
                ),
                Cell(row.app_name or "—"),
                Cell(_detail(row, names)),
                Cell(at=row.created_at),
                Cell(_("要处理"), kind="tag", tone="bad")
                if row.status == "open"
                else Cell(_("处理过")),
            ]
            for row in rows
        ],
        active="incidents",
        caption=_("故障，新的在前"),
        empty=_("没有要处理的故障。流程停住、没有人办的环节会出现在这里。"),
        total=total,
        pickers=[
            Picker(
                "status",
                _("状态"),
                [("open", _("要处理")), ("resolved", _("处理过")), ("all", _("都看"))],
                status or "all",
            ),
            Picker("kind", _("种类"), kinds, code),
        ],
    )


def _kind(code: str) -> str:
    return incident_words().get(code, _("其他故障"))


def _detail(row: Any, names: Mapping[str, str]) -> str:
    data = row.data
    if "role" in data:
        return _("角色“%(role)s”没有人", role=names.get(str(data["role"]), str(data["role"])))
    if row.code == "job_failed":
        return f"{job_kind(str(data.get('kind', '')))}{_('，')}{reason(str(data.get('error', '')))}"
    if data.get("element"):
        return _("停在“%(place)s”", place=_element(row, str(data["element"])))
    return ""


def _element(row: Any, element: str) -> str:
    """Name the place in the process by its step, where there is one."""
    if row.app_id is None or row.process_id is None:
        return element
    with house().store.read() as reader:
        app = house().services.apps.load(reader, g.tenant.id, row.app_id, row.release)
    process = app.processes.get(row.process_id)
    node = process.definition.node(element) if process is not None else None
    return str(getattr(node, "name", "") or element)


def _incident(incident_id: int) -> tuple[Any, Mapping[str, str], bool]:
    with house().store.read() as reader:
        own = access(reader)
        try:
            row = incidents.read_incident(reader, own, incident_id)
        except Denied as denied:
            raise NotFound from denied
        cases = [row.case_id] if row.case_id else []
        return row, lists.names(reader), bool(incidents.readable_cases(own, cases))


@bp.get("/incidents/<id:incident_id>")
@room("admin.jobs", "read")
def incident(incident_id: int) -> Page:
    """Show one incident: what, why, what helps, and what one may do."""
    return _show(incident_id, small_forms.blank("admin/note"))


def _show(incident_id: int, sheet: Sheet, status: int = 200, trouble: Any = None) -> Page:
    row, names, opens = _incident(incident_id)
    is_open = row.status == "open" and may("admin.jobs", "write")
    facts = [
        Fact(_("出了什么事"), _kind(row.code)),
        Fact(_("办件"), row.number or "—"),
        Fact(_("应用"), row.app_name or "—"),
        Fact(_("细节"), _detail(row, names) or "—"),
        Fact(_("时间"), dates.moment(row.created_at)),
    ]
    if row.status != "open":
        note = incidents.read_note(house().services, row)
        who = row.resolver or _("系统")
        facts.append(Fact(_("处理"), f"{who}{_('，')}{dates.moment(row.resolved_at)}"))
        if note:
            facts.append(Fact(_("说明"), note))
    deeds = []
    if opens:
        deeds.append(Deed(f"/staff/cases/{row.case_id}", _("打开办件")))
    if is_open and row.code.startswith("flow_"):
        deeds.append(_again(row, _("让流程接着走")))
    if is_open and row.code == "no_candidate":
        deeds.append(_again(row, _("再看一次有没有人")))
    if row.job_id is not None:
        deeds.append(Deed(f"{BASE}/jobs/{row.job_id}", _("看后台任务")))
    return form_page(
        _kind(row.code),
        sheet if is_open else None,
        _("记下说明，算处理好了"),
        active="incidents",
        back=f"{BASE}/incidents",
        back_words=_("回到故障"),
        status=status,
        facts=facts,
        notes=[_ways()[row.code]] if row.status == "open" and row.code in _ways() else [],
        deeds=deeds,
        banner=trouble,
        sealed=not is_open,
    )


def _again(row: Any, text: str) -> Deed:
    return Deed(f"{BASE}/incidents/{row.id}/retry", text, primary=True, post=True)


@bp.post("/incidents/<id:incident_id>")
@room("admin.jobs", "write")
def resolve(incident_id: int) -> Page:
    """Close an incident with a note."""
    sheet = small_forms.filled("admin/note")
    if sheet.mistakes:
        return _show(incident_id, sheet, 422)
    try:
        run(incidents.RESOLVE, incidents.Resolve(incident_id, str(sheet.values["note"])))
    except Refused as refusal:
        return _show(incident_id, said(sheet, refusal, {"note_": "note"}), refusal.status)
    return redirect(f"{BASE}/incidents?done=resolved")


@bp.post("/incidents/<id:incident_id>/retry")
@room("admin.jobs", "write")
def retry_incident(incident_id: int) -> Page:
    """Let the process try again."""
    try:
        run(incidents.RETRY, incidents.Retry(incident_id))
    except Refused as refusal:
        rendered = refusal.render(g.locale, g.zone)
        trouble = {"kind": "bad", "title": rendered.message, "text": rendered.fix}
        return _show(incident_id, small_forms.blank("admin/note"), refusal.status, trouble)
    return redirect(f"{BASE}/incidents?done=resumed")


@bp.get("/jobs")
@room("admin.jobs", "read")
def job_list() -> str:
    """List jobs, and tell how the worker is."""
    status, kind = request.args.get("status", ""), request.args.get("kind", "")[:40]
    with house().store.read() as reader:
        own = access(reader)
        rows, total = operation.list_jobs(reader, own, status, kind, page_number())
        pulse = operation.pulse(reader, g.tenant.id, g.now)
    kinds = [(each, job_kind(each)) for each in KINDS]
    return listing(
        _("后台任务"),
        [
            Head(_("做什么")),
            Head(_("状态")),
            Head(_("原因")),
            Head(_("第几次"), kind="r"),
            Head(_("下次或完成")),
            Head(_("排进来")),
        ],
        [_job_row(row) for row in rows],
        active="jobs",
        caption=_("后台任务，新的在前"),
        empty=_("还没有后台任务。发通知、查毒都在这里排队。"),
        total=total,
        pickers=[
            Picker("status", _("状态"), list(_statuses().items()), status),
            Picker("kind", _("种类"), kinds, kind),
        ],
        banner=_pulse(pulse),
    )


def _statuses() -> Mapping[str, str]:
    return {
        "waiting": _("排队"),
        "running": _("正在做"),
        "failed": _("失败"),
        "done": _("做完了"),
    }


def _job_row(row: Any) -> list[Cell]:
    late = row.status == "failed"
    return [
        Cell(job_kind(row.kind), f"{BASE}/jobs/{row.id}"),
        Cell(_statuses()[row.status], kind="tag" if late else "", tone="bad" if late else ""),
        Cell(reason(row.error)),
        Cell(str(row.attempt)),
        Cell(at=row.finished_at or row.run_at),
        Cell(at=row.created_at),
    ]


def _pulse(pulse: operation.Pulse) -> dict[str, str]:
    waiting = ngettext("%(num)s个任务在等", "%(num)s jobs wait", pulse.waiting)
    if pulse.alive:
        title = _("后台在跑，最近一次动静：%(ago)s", ago=words.ago(pulse.seen_at))
        text = waiting
        if pulse.failing:
            count = len(pulse.failing)
            text = ngettext("有%(num)s项工作上一轮失败了", "%(num)s duties failed", count)
            return {"kind": "warn", "title": title, "text": text}
        return {"kind": "ok", "title": title, "text": text}
    return {
        "kind": "bad",
        "title": _("后台没有动静，最近一次：%(ago)s", ago=words.ago(pulse.seen_at)),
        "text": _("通知、到期提醒现在都不会发。请技术人员看服务是否在运行。") + waiting,
    }


@bp.get("/jobs/<id:job_id>")
@room("admin.jobs", "read")
def job(job_id: int) -> Page:
    """Show one job, and what one may do with it."""
    with house().store.read() as reader:
        try:
            row = operation.find_job(reader, g.tenant.id, job_id)
        except Denied as denied:
            raise NotFound from denied
    writes = may("admin.jobs", "write")
    deeds = []
    if writes and row.status == "failed":
        again = f"{BASE}/jobs/{job_id}/retry"
        deeds.append(Deed(again, _("再试一次"), primary=True, post=True))
    if writes and row.status == "waiting":
        again, stop = f"{BASE}/jobs/{job_id}/retry", f"{BASE}/jobs/{job_id}/give-up"
        deeds.append(Deed(again, _("现在就试"), primary=True, post=True))
        deeds.append(Deed(stop, _("不再试了"), post=True, danger=True))
    return form_page(
        job_kind(row.kind),
        None,
        "",
        active="jobs",
        back=f"{BASE}/jobs",
        back_words=_("回到后台任务"),
        facts=[
            Fact(_("状态"), _statuses()[row.status]),
            Fact(_("原因"), reason(row.error) or "—"),
            Fact(_("试过"), ngettext("%(num)s次", "%(num)s times", row.attempt)),
            Fact(_("排进来"), dates.moment(row.created_at)),
            Fact(
                _("完成") if row.finished_at else _("下次"),
                dates.moment(row.finished_at or row.run_at),
            ),
            Fact(_("编号"), str(row.id)),
        ],
        notes=[_("失败以后会隔10秒、1分钟、5分钟、30分钟自动再试；都不行才会停下来等您。")],
        deeds=deeds,
        sealed=True,
    )


@bp.post("/jobs/<id:job_id>/retry")
@room("admin.jobs", "write")
def retry_job(job_id: int) -> Page:
    """Let a job run once more."""
    run(operation.RETRY, operation.JobAsk(job_id))
    return redirect(f"{BASE}/jobs?done=retried")


@bp.post("/jobs/<id:job_id>/give-up")
@room("admin.jobs", "write")
def give_up(job_id: int) -> Page:
    """Try a job no more."""
    run(operation.GIVE_UP, operation.JobAsk(job_id))
    return redirect(f"{BASE}/jobs?done=given_up")
