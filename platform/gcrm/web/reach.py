"""How we reach you: channels, nights, a mail address confirmed by its code."""

from typing import Any

from flask import Blueprint, g, redirect, render_template
from werkzeug.wrappers import Response as Answer

from gcrm.runtime import reaching
from gcrm.runtime.reaching import Reach
from gcrm.runtime.refusals import Refused
from gcrm.web import refusals, small_forms
from gcrm.web.casebook import Shown
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.sessions import citizens, me
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

bp = Blueprint("reach", __name__)

BESIDE = {
    "mail_code_": "code",
    "mail_wrong": "address",
    "mail_away": "address",
    "mail_none": "ways",
}
WAYS = ("sms", "mail")

Page = str | tuple[str, int]


@bp.get("/me/contact")
@citizens
def show() -> Page:
    """Show how a person is reached, and let them choose."""
    return _page()


def _page(sheet: Sheet | None = None, status: int = 200) -> Page:
    g.back = "/me/contact"
    with house().store.read() as reader:
        found = reaching.read_reach(reader, me(), g.now)
    ways = [name for name in WAYS if getattr(found, name)]
    known = {"ways": ways or None, "night": "also" if found.night else "day"}
    forms = {
        "contact": small_forms.blank("contact", {k: v for k, v in known.items() if v}),
        "contact_mail": small_forms.blank("contact_mail"),
        "contact_code": small_forms.blank("contact_code"),
    }
    if sheet is not None:
        forms[sheet.form.id] = sheet
    page = render_template(
        "citizen/contact.html",
        forms=forms,
        errors=sheet.mistakes if sheet is not None else [],
        known=_known(found),
        pending=found.pending,
        has_mail=bool(found.mail_mask),
    )
    return page if status == 200 else (page, status)


def _known(found: Reach) -> list[Shown]:
    return [
        Shown(_("我的消息"), _("一直都有，登录就能看")),
        Shown(_("手机"), found.phone_mask or _("还没有")),
        Shown(_("邮箱"), found.mail_mask or _("还没有")),
    ]


@bp.post("/me/contact")
@citizens
def choose() -> Page | Answer:
    """Keep what was chosen."""
    sheet = small_forms.filled("contact")
    if sheet.mistakes:
        return _page(sheet, 422)
    ways = sheet.values.get("ways") or ()
    asked = reaching.Choose("sms" in ways, "mail" in ways, sheet.values.get("night") == "also")
    return _run(reaching.CHOOSE, asked, sheet)


@bp.post("/me/contact/mail")
@citizens
def add_mail() -> Page | Answer:
    """Send a code to the address that was typed."""
    sheet = small_forms.filled("contact_mail")
    if sheet.mistakes:
        return _page(sheet, 422)
    asked = reaching.AskMailCode(str(sheet.values["address"]), locale())
    return _run(reaching.ASK_MAIL_CODE, asked, sheet)


@bp.post("/me/contact/code")
@citizens
def confirm() -> Page | Answer:
    """Check the code of the mail."""
    sheet = small_forms.filled("contact_code")
    if sheet.mistakes:
        return _page(sheet, 422)
    return _run(reaching.CONFIRM_MAIL, reaching.ConfirmMail(str(sheet.values["code"])), sheet)


@bp.post("/me/contact/remove")
@citizens
def remove() -> Answer:
    """Forget the address."""
    refusals.run(reaching.REMOVE_MAIL, reaching.RemoveMail())
    return redirect("/me/contact")


def _run(use_case: Any, asked: Any, sheet: Sheet) -> Page | Answer:
    try:
        house().run(use_case, me(), asked)
    except Refused as refusal:
        place, sentence = refusals.beside(refusal, BESIDE)
        known = {field.id for field in sheet.form.fields}
        return _page(sheet.refused(place if place in known else "", sentence), refusal.status)
    return redirect("/me/contact")
