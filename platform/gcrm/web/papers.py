"""Papers of a case: handed out as PDF; the receipt; revoking a certificate with reason and rule."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as Reply

from gcrm.access.accessor import Accessor
from gcrm.runtime import certificates, receipt, revoke
from gcrm.runtime.attachments import FileView
from gcrm.runtime.refusals import Refused
from gcrm.web import dates, downloads, refusals, small_forms
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import access, actor, citizens, me, staff
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

bp = Blueprint("papers", __name__)

PLACES = {"revoke_reason_": "reason", "revoke_rule_": "rule"}


@dataclass(frozen=True, slots=True)
class Line:
    """One paper in a list."""

    title: str
    number: str
    note: str
    tone: str
    state: str
    link: str
    verify_link: str


def lines(own: Accessor, case_id: int) -> list[Line]:
    """List the papers of a case ready to be shown."""
    found = certificates.list_papers(
        own.reader, house().services, own, case_id, g.now, locale=locale()
    )
    return [_line(each) for each in found]


def _line(paper: certificates.PaperLine) -> Line:
    words = {
        "issuing": ("warn", _("正在制作")),
        "valid": ("ok", _("有效")),
        "expired": ("warn", _("过期了")),
        "revoked": ("bad", _("已撤销")),
    }
    tone, state = words[paper.standing]
    if paper.kind == "letter" and paper.standing == "valid":
        state = _("已出具")
    note = _("%(day)s出具", day=dates.full(paper.issued_at))
    if paper.revoked_at is not None:
        note += _("，") + _("%(day)s撤销", day=dates.full(paper.revoked_at))
    ready = paper.standing != "issuing"
    return Line(
        paper.title,
        paper.number,
        note,
        tone,
        state,
        f"/papers/{paper.id}" if ready else "",
        f"/verify/{paper.code}" if ready else "",
    )


@bp.get("/papers/<id:certificate_id>")
def download(certificate_id: int) -> Response:
    """Hand a paper out to somebody who may read it."""
    if actor() is None:
        raise Unauthorized
    try:
        found = house().run(
            certificates.OPEN, me(), certificates.Open(certificate_id, g.request_id)
        )
    except Refused as refusal:
        raise refusals.stopped(refusal) from refusal
    return sent(found)


def sent(file: FileView) -> Response:
    """Send a file under its Chinese name (RFC 6266), never shown inside a page of ours."""
    return downloads.named(
        Response(file.content.getvalue(), content_type=file.media_type), file.name
    )


@bp.get("/me/cases/<id:case_id>/receipt")
@citizens
def get_receipt(case_id: int) -> Response:
    """Hand out the receipt of one's own application, printed now."""
    with house().store.read() as reader:
        try:
            file = receipt.print_receipt(reader, house().services, access(reader), case_id, g.now)
        except Refused as refusal:
            raise refusals.stopped(refusal) from refusal
    return sent(file)


@bp.get("/staff/cases/<id:case_id>/revoke")
@staff
def ask(case_id: int) -> str:
    """Ask why, and by which rule."""
    with house().store.read() as reader:
        if not revoke.may_revoke(reader, access(reader), case_id):
            raise refusals.stopped(Refused("not_found", status=404))
    return _page(small_forms.blank("revoke"), case_id)


def _page(sheet: Sheet, case_id: int) -> str:
    with house().store.read() as reader:
        papers = lines(access(reader), case_id)
    named = _("、").join(f"{each.title} {each.number}" for each in papers)
    return render_template(
        "staff/login.html",
        active="cases",
        title=_("撤销证照"),
        fields=sheet.fields,
        errors=sheet.mistakes,
        hidden={},
        button=_("撤销这张证照，通知本人"),
        other={"link": f"/staff/cases/{case_id}", "words": _("不撤销了")},
        notes=[
            _("要撤销的是：%(papers)s。", papers=named),
            _("撤销以后马上失效，扫码核验的人都会看到，不能恢复。"),
        ],
    )


@bp.post("/staff/cases/<id:case_id>/revoke")
@staff
def take_back(case_id: int) -> str | Reply | tuple[str, int]:
    """Revoke."""
    g.back = f"/staff/cases/{case_id}"
    sheet = small_forms.filled("revoke")
    if sheet.mistakes:
        return _page(sheet, case_id), 422
    asked = revoke.Revoke(
        case_id,
        str(sheet.values["reason"]),
        str(sheet.values["rule"]),
        locale(),
        g.request_id,
    )
    try:
        house().run(revoke.REVOKE, me(), asked)
    except Refused as refusal:
        if refusal.status == 404:
            raise refusals.stopped(refusal) from refusal
        what, fix = refusals.said(refusal)
        place = next((at for code, at in PLACES.items() if refusal.code.startswith(code)), "")
        return _page(sheet.refused(place, what + fix, what, fix), case_id), refusal.status
    return redirect(f"/staff/cases/{case_id}?done=1")


def pane(own: Accessor, case_id: int) -> dict[str, Any]:
    """Give what the staff's page of a case shows of its papers."""
    said = revoke.words_of(own.reader, house().services, g.tenant.id, case_id)
    return {
        "papers": lines(own, case_id),
        "revocation": said,
        "revoke_link": f"/staff/cases/{case_id}/revoke"
        if revoke.may_revoke(own.reader, own, case_id)
        else "",
    }
