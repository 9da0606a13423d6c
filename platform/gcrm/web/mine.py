"""A citizen's own pages: cases, progress, messages, files, who has seen their data; look-up."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request
from sqlalchemy import and_, select
from werkzeug.exceptions import NotFound, Unauthorized
from werkzeug.wrappers import Response as Reply

from gcrm.runtime import attachments, drafts, progress, withdraw
from gcrm.runtime import notice_box as told
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t
from gcrm.store.audit import case_chain, party_chain
from gcrm.web import casebook, downloads, papers, portal, progress_page, refusals, small_forms
from gcrm.web.casebook import Shown
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import access, actor, citizens, me
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

bp = Blueprint("mine", __name__)

SEEN = 200


@bp.get("/me")
@citizens
def cases() -> str:
    """List own drafts and cases, and what is known of the account."""
    with house().store.read() as reader:
        own = access(reader)
        rows, _count = casebook.own_cases(own)
        unfinished = portal.unfinished(reader)
        phone = reader.execute(
            select(t.account.c.phone_mask).where(
                t.account.c.tenant_id == g.tenant.id, t.account.c.id == me().account_id
            )
        ).scalar()
    known = me().assurance >= 2
    return render_template(
        "citizen/cases.html",
        cases=rows,
        drafts=unfinished,
        real_name=known,
        account=[
            Shown(_("姓名"), me().name or _("还没有实名")),
            Shown(_("手机"), phone or ""),
            Shown(_("实名"), _("已经核对") if known else _("还没有")),
        ],
    )


@bp.get("/me/cases/<id:case_id>")
@citizens
def case(case_id: int) -> str:
    """Tell how far one of one's cases is."""
    with house().store.read() as reader:
        own = access(reader)
        found = _progress(own, case_id)
        notices = casebook.notices(own, case_id=case_id, limit=20)
        outputs = casebook.granted(own, case_id, found)
        issued = papers.lines(own, case_id)
        todo = casebook.to_correct(own, case_id, found)
    return progress_page.page(
        found, mine=True, notices=notices, outputs=outputs, todo=todo, papers=issued
    )


@bp.get("/me/cases/<id:case_id>/submitted")
@citizens
def submitted(case_id: int) -> str:
    """Say that it has arrived, with number and look-up code."""
    with house().store.read() as reader:
        found = _progress(access(reader), case_id)
    promised = found.promised
    sentence = (
        _("已经受理。%(due)s。", due=progress_page.due_words(promised))
        if promised is not None
        else _("工作人员会先看您的申请，受理以后发短信告诉您。")
    )
    return render_template(
        "citizen/submitted.html",
        title=casebook.own_title(found.item, found.title),
        number=found.number,
        code=found.lookup_code,
        sentence=sentence,
        link=f"/me/cases/{case_id}",
    )


@bp.post("/me/cases/<id:case_id>/withdraw")
@citizens
def take_back(case_id: int) -> Reply:
    """Take an application back before anything is decided."""
    refusals.run(withdraw.WITHDRAW, withdraw.Withdraw(case_id, request_id=g.request_id))
    return redirect(f"/me/cases/{case_id}")


@bp.post("/apply/<id:draft_id>/delete")
@citizens
def throw_away(draft_id: int) -> Reply:
    """Throw a draft away."""
    refusals.run(drafts.DELETE, drafts.Delete(draft_id))
    return redirect("/me")


def _progress(own: Any, case_id: int) -> progress.Progress:
    try:
        return progress.read_progress(
            own.reader, house().services, own, case_id, g.now, locale=locale()
        )
    except Refused as refusal:
        raise NotFound from refusal


@bp.get("/me/messages")
@citizens
def messages() -> str:
    """List all that one was told."""
    with house().store.read() as reader:
        rows = casebook.notices(access(reader))
    unread = tuple(each.unread for each in rows if each.unread is not None)
    if unread:
        house().run(told.MARK_READ, me(), told.MarkRead(unread))
    return render_template(
        "citizen/messages.html",
        title=_("我的消息"),
        contact_link="/me/contact",
        lead="",
        rows=rows,
        nothing=_("还没有消息。受理、补材料、出结果都会在这里告诉您。"),
    )


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked at a full number."""

    at: dt.datetime
    text: str
    kind: str
    link: str


@bp.get("/me/seen")
@citizens
def seen() -> str:
    """List who looked at full numbers of one's own or of one's cases, when and why."""
    audit, party = t.audit, t.party
    with house().store.read() as reader:
        own = access(reader)
        cases = reader.execute(own.select("case").with_only_columns(t.case.c.id)).scalars()
        chains = [party_chain(each) for each in sorted(own.keys.parties)]
        chains += [case_chain(each) for each in cases]
        rows = reader.execute(
            select(audit.c.at, audit.c.data, audit.c.subject, party.c.name)
            .select_from(
                audit.outerjoin(
                    party,
                    and_(party.c.tenant_id == audit.c.tenant_id, party.c.id == audit.c.actor_id),
                )
            )
            .where(
                audit.c.tenant_id == g.tenant.id,
                audit.c.chain.in_(chains),
                audit.c.action == "revealed",
            )
            .order_by(audit.c.at.desc(), audit.c.id.desc())
            .limit(SEEN)
        ).all()
    looks = {(row.at, row.subject, row.name): row for row in rows}  # in both chains at once
    return render_template(
        "citizen/messages.html",
        title=_("谁看过我的信息"),
        lead=_("工作人员平时只看到隐去中间几位的号码。看全号要写理由，都记在这里。"),
        rows=[_look(row) for row in looks.values()],
        nothing=_("还没有人看过您的全号。"),
    )


def _look(row: Any) -> Look:
    name = row.name or _("系统")
    reason = row.data.get("reason", "")
    return Look(row.at, _("%(name)s看了全号，理由：%(reason)s", name=name, reason=reason), "", "")


@bp.get("/files/<id:attachment_id>/small")
def small_file(attachment_id: int) -> Response:
    """Show a picture small, to somebody who may see it."""
    content = attachments.small(_opened(attachment_id))
    if content is None:
        raise NotFound
    answer = Response(content, content_type="image/jpeg")
    answer.headers["Content-Security-Policy"] = downloads.SANDBOX
    return answer


def _opened(attachment_id: int) -> attachments.FileView:
    if actor() is None:
        raise Unauthorized
    with house().store.read() as reader:
        try:
            return attachments.open_file(
                reader, house().services, access(reader), me(), attachment_id
            )
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal


@bp.get("/files/<id:attachment_id>")
def file(attachment_id: int) -> Response:
    """Hand a file out to somebody who may see it, never shown inside a page of ours."""
    found = _opened(attachment_id)
    return downloads.named(
        Response(found.content.getvalue(), content_type=found.media_type), found.name
    )


@bp.get("/lookup")
def ask_code() -> str:
    """Ask for a look-up code."""
    return _lookup(small_forms.blank("lookup"))


def _lookup(sheet: Sheet) -> str:
    return render_template("citizen/lookup.html", fields=sheet.fields, errors=sheet.mistakes)


@bp.post("/lookup")
def look_up() -> str | tuple[str, int]:
    """Tell where a case stands to who has its code, and nothing about a person."""
    sheet = small_forms.filled("lookup")
    if sheet.mistakes:
        return _lookup(sheet), 422
    asked = progress.LookUp(
        g.tenant.id, str(sheet.values["code"]), request.remote_addr or "", locale()
    )
    g.back = "/lookup"
    try:
        found = house().run(progress.LOOK_UP, actor(), asked)
    except Refused as refusal:
        what, fix = refusals.said(refusal)
        return _lookup(sheet.refused("code", what + fix, what, fix)), refusal.status
    return progress_page.page(found, mine=False, notices=[])
