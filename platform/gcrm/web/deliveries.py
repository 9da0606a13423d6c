"""The delivery log of staff, their own messages, and reports of an SMS gateway."""

import datetime as dt
import hmac
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, redirect, render_template, request
from sqlalchemy import Connection
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as Answer

from gcrm.access import Denied
from gcrm.runtime import deliveries, notice_box
from gcrm.runtime.deliveries import Filter, LogLine, Receipt, Receipts
from gcrm.web import casebook, dates, office, refusals
from gcrm.web.language import gettext as _
from gcrm.web.notice_words import name_of
from gcrm.web.sessions import access, me, staff
from gcrm.web.site import house

bp = Blueprint("deliveries", __name__)

MOST_RECEIPTS = 500
TONES = {"failed": "bad", "waiting": "warn", "delivered": "ok", "sent": ""}


@dataclass(frozen=True, slots=True)
class Row:
    """One notice of the log, ready to show."""

    notice_id: int
    number: str
    link: str
    notice: str
    channel: str
    to_mask: str
    state: str
    tone: str
    why: str
    tries: tuple[str, ...]
    at: dt.datetime
    again: bool


@bp.get("/staff/notices")
@staff
def log() -> str:
    """Show what went out, when, and what the other side said."""
    wanted = Filter(
        request.args.get("channel", ""),
        request.args.get("state", ""),
        _day(request.args.get("day", "")),
        request.args.get("number", "").strip()[:40],
        office.page_number(),
    )
    with house().store.read() as reader:
        own = access(reader)
        try:
            lines, total, counts = deliveries.read_log(own, wanted)
        except Denied as denied:
            raise Forbidden from denied
        may_send = own.has(deliveries.RESOURCE, "write")
        may_read = own.has("case", "read")
        notices = {line.notice_id: _notice(reader, line) for line in lines}
    return render_template(
        "staff/notices.html",
        active="notices",
        rows=[_row(line, notices[line.notice_id], may_send, may_read) for line in lines],
        total=total,
        failed=counts.get("failed", 0),
        waiting=counts.get("waiting", 0),
        channels=channel_words(),
        states=state_words(),
        wanted={name: request.args.get(name, "") for name in ("channel", "state", "day", "number")},
        pages=office.pages(wanted.page, total, deliveries.PAGE),
        here=request.full_path.rstrip("?"),
    )


def _day(text: str) -> dt.datetime | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return dt.datetime.combine(day, dt.time(), g.zone)


def _notice(reader: Connection, line: LogLine) -> str:
    """Name the notice: what it answers to stands in the release with which its case began."""
    occasion = ""
    if line.app_id is not None and line.release is not None:
        app = house().services.apps.load(reader, g.tenant.id, line.app_id, line.release)
        occasion = next((n.on for n in app.definition.notices if n.id == line.template), "")
    return name_of(line.template, occasion)


def _row(line: LogLine, notice: str, may_send: bool, may_read: bool) -> Row:
    return Row(
        notice_id=line.notice_id,
        number=line.number or "",
        link=f"/staff/cases/{line.case_id}" if line.case_id and may_read else "",
        notice=notice,
        channel=channel_words().get(line.channel, line.channel),
        to_mask=line.to_mask,
        state=state_words().get(line.status, line.status),
        tone=TONES.get(line.status, ""),
        why=why(line.error) if line.error else "",
        tries=tuple(
            _("%(at)s：%(said)s", at=dates.moment(each.at), said=_said(each.result, each.code))
            for each in line.attempts
        ),
        at=line.created_at,
        again=may_send and line.may_be_sent_again,
    )


def channel_words() -> dict[str, str]:
    """Name the ways."""
    return {"sms": _("短信"), "mail": _("邮件"), "in_app": _("站内")}


def state_words() -> dict[str, str]:
    """Say how far a notice came."""
    return {
        "waiting": _("等着发"),
        "sent": _("已发出"),
        "delivered": _("已送达"),
        "failed": _("没有发到"),
    }


def _said(result: str, code: str) -> str:
    named = {"sent": _("发出"), "delivered": _("送达"), "undelivered": _("没有送达")}
    if result in named:
        return named[result] if code in ("OK", "DELIVERED") else f"{named[result]} {code}"
    return why(code)


def why(code: str) -> str:
    """Say a code of another system in words; one that nobody knows stands as it is."""
    known = {
        "away": _("对方系统连不上"),
        "timeout": _("对方系统太久没有回答"),
        "off": _("这里没有接这条渠道"),
        "tls": _("加密连接没有建成"),
        "not_supported": _("对方不支持加密"),
        "host_unknown": _("找不到邮件服务器"),
        "smtp_535": _("邮件服务器不认我们的口令"),
        "smtp_550": _("没有这个邮箱"),
        "smtp_554": _("邮件被对方拒收"),
        "address_wrong": _("邮箱地址写得不对"),
        "no_address": _("没有留地址"),
        "erased": _("这个人的信息已经删除"),
        "gave_up": _("试了多次都没有成功"),
        "isv.BUSINESS_LIMIT_CONTROL": _("短信发得太多，被限流"),
        "isv.MOBILE_NUMBER_ILLEGAL": _("手机号不对"),
    }
    if code in known:
        return known[code]
    return _("对方回答%(code)s", code=code)


@bp.post("/staff/notices/<id:notice_id>/again")
@staff
def again(notice_id: int) -> Answer:
    """Send a failed notice once more."""
    refusals.run(deliveries.SEND_AGAIN, deliveries.SendAgain(notice_id, g.request_id))
    return redirect("/staff/notices?state=waiting")


@bp.get("/staff/messages")
@staff
def messages() -> str:
    """List what a member of staff was told: lamps, reminders, bad ratings."""
    with house().store.read() as reader:
        own = access(reader)
        found = notice_box.list_notices(reader, house().services, own, limit=100)
    unread = tuple(each.notice_id for each in found if each.read_at is None)
    if unread:
        house().run(notice_box.MARK_READ, me(), notice_box.MarkRead(unread))
    rows = [
        casebook.Line(
            each.text,
            each.at,
            _leads_to(each),
            each.notice_id if each.read_at is None else None,
            cases=[(number, f"/staff/cases/{case}") for case, number in each.cases],
        )
        for each in found
    ]
    return render_template("staff/messages.html", active="messages", rows=rows)


def _leads_to(line: notice_box.NoticeLine) -> str:
    if line.case_id:
        return f"/staff/cases/{line.case_id}"
    if line.rating_id:
        return f"/staff/ratings/{line.rating_id}"
    return "/staff" if line.cases else "/staff/ratings"


@bp.post("/receipts/sms")
def receipts() -> Response:
    """Take reports of an SMS gateway: a list as gateways in China send it, with our token."""
    token = house().settings.receipt_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(token.encode(), given.encode("utf-8", "replace")):
        abort(404)
    document = request.get_json(silent=True, force=True)
    rows = document if isinstance(document, list) else []
    taken = tuple(found for each in rows[:MOST_RECEIPTS] if (found := _receipt(each)) is not None)
    entered = house().run(deliveries.ENTER_RECEIPTS, None, Receipts(g.tenant.id, taken))
    return jsonify(code=0, msg="OK", known=entered.known, unknown=entered.unknown)


def _receipt(row: Any) -> Receipt | None:
    """Read one report; its moment is on the gateway's clock in the tenant's zone."""
    if not isinstance(row, dict) or not row.get("biz_id"):
        return None
    at = g.now
    try:
        at = dt.datetime.fromisoformat(str(row.get("report_time", "")))
        at = at.replace(tzinfo=g.zone) if at.tzinfo is None else at
    except ValueError:
        at = g.now
    delivered = row.get("success") in (True, "true", "True", 1)
    return Receipt(str(row["biz_id"])[:120], delivered, str(row.get("err_code") or ""), at)
