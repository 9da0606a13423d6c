"""Verifying a paper: anybody with its code or its QR code sees whether it is genuine. No login."""

import hashlib
from dataclasses import dataclass

from flask import Blueprint, Response, g, make_response, render_template, request

from gcrm.runtime import paper_values, verification
from gcrm.runtime.refusals import Refused
from gcrm.runtime.verification import Verified, Verify, Way
from gcrm.web import dates, refusals, small_forms
from gcrm.web.casebook import Shown
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import actor
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

bp = Blueprint("verify", __name__)

COPY = 8 * 1024 * 1024  # bytes of a file that somebody compares


@dataclass(frozen=True, slots=True)
class Head:
    """What stands large at the top: colour, mark and words say the same."""

    tone: str
    icon: str
    title: str
    text: str


@bp.after_request
def keep_out(answer: Response) -> Response:
    """Keep codes out of search engines and out of other sites' logs."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@bp.get("/verify")
def ask() -> str:
    """Ask for the code on the paper."""
    return _ask(small_forms.blank("verify"))


def _ask(sheet: Sheet) -> str:
    return render_template("citizen/verify_ask.html", fields=sheet.fields, errors=sheet.mistakes)


@bp.post("/verify")
def look() -> str | Response | tuple[str, int]:
    """Look a typed code up."""
    sheet = small_forms.filled("verify")
    if sheet.mistakes:
        return _ask(sheet), 422
    g.back = "/verify"
    code = str(sheet.values["code"])
    try:
        found = _verify(code, "code")
    except Refused as refusal:
        what, fix = refusals.said(refusal)
        return _ask(sheet.refused("code", what + fix, what, fix)), refusal.status
    return _answer(_head(found), found, 200)


@bp.get("/verify/<code>")
def show(code: str) -> str | Response:
    """Show what stands behind a code, as the QR code on a paper leads here."""
    g.back = "/verify"
    return _shown(code, None)


@bp.post("/verify/<code>")
def compare(code: str) -> str | Response | tuple[str, int]:
    """Compare a file with the paper that was issued; the file is not kept."""
    g.back = f"/verify/{code}"
    upload = request.files.get("copy")
    content = upload.stream.read(COPY + 1) if upload is not None else b""
    if not content or len(content) > COPY:
        return _shown(code, None, wrong=Refused("verify_file", status=422))
    return _shown(code, hashlib.sha256(content).hexdigest())


def _verify(code: str, way: Way, copy: str | None = None) -> Verified:
    asked = Verify(g.tenant.id, code, request.remote_addr or "", way, copy, locale())
    found: Verified = house().run(verification.VERIFY, actor(), asked)
    return found


def _shown(code: str, copy: str | None, wrong: Refused | None = None) -> Response:
    try:
        found = _verify(code, "link" if copy is None else "file", copy)
    except Refused as refusal:
        what, fix = refusals.said(refusal)
        head = Head("bad", "error", what, fix)
        return _answer(head, None, refusal.status)
    said = refusals.said(wrong) if wrong is not None else None
    return _answer(_head(found), found, wrong.status if wrong else 200, said)


def _answer(
    head: Head, found: Verified | None, status: int, wrong: tuple[str, str] | None = None
) -> Response:
    page = render_template(
        "citizen/verify.html",
        head=head,
        found=found,
        rows=_rows(found) if found is not None else [],
        at=g.now,
        wrong=wrong,
        link=f"/verify/{found.code}" if found is not None else "",
    )
    return make_response(page, status)


def _head(found: Verified) -> Head:
    match found.standing:
        case "valid":
            title = _("这张证有效") if found.kind == "certificate" else _("这份文书是真的")
            return Head("ok", "shield", title, "")
        case "expired":
            until = dates.full(found.valid_to) if found.valid_to is not None else ""
            return Head("warn", "warn", _("这张证过期了"), _("有效期到%(day)s。", day=until))
        case "revoked":
            day = dates.full(found.revoked_at) if found.revoked_at is not None else ""
            return Head("bad", "error", _("这张证已经撤销"), _("%(day)s撤销，不能再用。", day=day))
        case _:
            return Head("warn", "clock", _("这张证还在制作"), _("一般几秒钟就好，请过一会儿再查。"))


def _rows(found: Verified) -> list[Shown]:
    until = dates.full(found.valid_to) if found.valid_to is not None else _("长期")
    rows = [
        Shown(_("文书编号"), found.number),
        Shown(_("姓名"), found.holder or _("已经按本人要求删除")),
        Shown(_("出具单位"), found.issuer),
        Shown(_("出具日期"), dates.full(found.issued_on)),
    ]
    if found.kind == "certificate":
        rows.append(Shown(_("有效期到"), until))
    rows.append(Shown(_("核验码"), paper_values.spaced(found.code)))
    return rows
