"""What all pages of administration share: doors, lists, forms, the password once more."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import urlencode

from flask import g, redirect, render_template, request
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as Answer

from gcrm.runtime import step_up
from gcrm.runtime.refusals import Refused
from gcrm.web import refusals, small_forms
from gcrm.web.language import gettext as _
from gcrm.web.office import page_number, pages
from gcrm.web.sessions import access, me, staff, token
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

P = ParamSpec("P")
Page = str | tuple[str, int] | Answer


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a list: text, a note in grey behind it, a link, or a tag of a tone."""

    text: str = ""
    link: str = ""
    note: str = ""
    tone: str = ""
    kind: str = ""  # num, tag, strong; group: the only cell, a heading of the rows below
    at: Any = None  # a moment or a day to be shown
    depth: int = 0  # steps to the right, in a list that shows a tree


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its words, and by what it sorts where it does."""

    words: str
    sort: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Picker:
    """A filter with a list to choose from; an empty value means all."""

    name: str
    words: str
    choices: Sequence[tuple[str, str]]
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """A link or button to something one may do."""

    link: str
    words: str
    primary: bool = False
    post: bool = False
    danger: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value."""

    label: str
    shown: Any
    link: str = ""
    anchor: str = ""


def room(resource: str, action: str) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Let in who has the right on some row; others read that the page is not open to them."""

    def around(view: Callable[P, Any]) -> Callable[P, Any]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            if not may(resource, action):
                raise Forbidden
            return view(*args, **kwargs)

        return staff(guarded)

    return around


def may(resource: str, action: str) -> bool:
    """Tell whether who asks has the right on some row."""
    with house().store.read() as reader:
        return access(reader).has(resource, action)


def run(use_case: Any, ask: Any) -> Any:
    """Run a use case for who asks, with the number of the request for the audit."""
    return house().run(use_case, me(), replace(ask, request_id=g.request_id))


def listing(
    title: str,
    heads: Sequence[Head],
    rows: Iterable[Sequence[Cell]],
    *,
    active: str,
    caption: str,
    empty: str,
    total: int | None = None,
    size: int = 50,
    query_words: str = "",
    pickers: Sequence[Picker] = (),
    deeds: Sequence[Deed] = (),
    lead: str = "",
    banner: Any = None,
    chips: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Draw a list: search, filters, sorting by a column's head, paging, an empty state."""
    found = [list(row) for row in rows]
    return render_template(
        "staff/admin/list.html",
        active=f"admin.{active}",
        title=title,
        heads=[_head(head) for head in heads],
        rows=found,
        caption=caption,
        empty=empty,
        total=total,
        query=request.args.get("q", "")[:60],
        query_words=query_words,
        pickers=pickers,
        deeds=deeds,
        lead=lead,
        banner=done() or banner,
        chips=chips,
        pages=pages(page_number(), total if total is not None else len(found), size),
        filtered=any(request.args.get(each) for each in ("q", *(p.name for p in pickers))),
    )


def _head(head: Head) -> dict[str, str]:
    if not head.sort:
        return {"words": head.words, "kind": head.kind, "link": "", "sorted": ""}
    now, down = request.args.get("sort", ""), request.args.get("down", "") == "1"
    kept = {
        name: value
        for name, value in request.args.items()
        if name not in ("sort", "down", "page", "done")
    }
    turned = {"sort": head.sort, **({"down": "1"} if now == head.sort and not down else {})}
    order = "descending" if down else "ascending"
    return {
        "words": head.words,
        "kind": head.kind,
        "link": f"{request.path}?{urlencode({**kept, **turned})}",
        "sorted": order if now == head.sort else "",
    }


def form_page(
    title: str,
    sheet: Sheet | None,
    button: str,
    *,
    active: str,
    back: str,
    back_words: str,
    status: int = 200,
    lead: str = "",
    facts: Sequence[Fact] = (),
    notes: Sequence[str] = (),
    hidden: Mapping[str, Any] | None = None,
    danger: bool = False,
    strong: bool = False,
    multipart: bool = False,
    again: Sheet | None = None,
    banner: Any = None,
    action: str = "",
    upload: Mapping[str, str] | None = None,
    **more: Any,
) -> Page:
    """Draw a form, or a page that asks before something is done.

    With `strong` it asks for the password once more, unless that was given a while ago.
    """
    asked = again
    if strong and asked is None and not _fresh():
        asked = small_forms.blank("admin/step_up")
    mistakes = [*(sheet.mistakes if sheet else []), *(asked.mistakes if asked else [])]
    page = render_template(
        "staff/admin/form.html",
        active=f"admin.{active}",
        title=title,
        fields=sheet.fields if sheet is not None else "",
        again=asked.fields if asked is not None else "",
        errors=mistakes,
        button=button,
        back=back,
        back_words=back_words,
        lead=lead,
        facts=facts,
        notes=notes,
        hidden=hidden or {},
        danger=danger,
        multipart=multipart,
        banner=banner,
        action=action,
        upload=upload,
        **more,
    )
    return (page, status) if status != 200 else page


def _fresh() -> bool:
    with house().store.read() as reader:
        return step_up.is_fresh(reader, me(), token(), g.now)


def stepped_up() -> Sheet | None:
    """Take the password that came with a form; None where all is well, else what to ask again."""
    if _fresh():
        return None
    sheet = small_forms.filled("admin/step_up")
    if sheet.mistakes:
        return sheet
    try:
        run(step_up.CONFIRM, step_up.StepUp(str(sheet.values["your_password"]), token()))
    except Refused as refusal:
        return said(sheet, refusal, {"": "your_password"})
    return None


def carry_out(
    sheet: Sheet,
    use_case: Any,
    ask: Callable[[Mapping[str, Any]], Any],
    again: Callable[[Sheet, int], Page],
    places: Mapping[str, str],
    to: str,
) -> Page:
    """Do what a sheet asks and lead on; where something is wrong, show it again with that."""
    if sheet.mistakes:
        return again(sheet, 422)
    try:
        run(use_case, ask(sheet.values))
    except Refused as refusal:
        return again(said(sheet, refusal, places), refusal.status)
    return redirect(to)


def said(sheet: Sheet, refusal: Refused, places: Mapping[str, str]) -> Sheet:
    """Put a refusal beside its field, by the beginning of its code."""
    what, fix = refusals.said(refusal)
    place = next((at for code, at in places.items() if refusal.code.startswith(code)), "")
    between = "" if not fix or g.locale != "en" else " "
    return sheet.refused(place, f"{what}{between}{fix}", what, fix)


DONE = {
    "saved": lambda: _("已保存。"),
    "made": lambda: _("已建立。"),
    "ended": lambda: _("已结束。"),
    "locked": lambda: _("已锁住，登录都退出了。"),
    "unlocked": lambda: _("已解锁。"),
    "disabled": lambda: _("已停用，登录都退出了。"),
    "enabled": lambda: _("已启用。"),
    "out": lambda: _("已退出这些登录。"),
    "retried": lambda: _("已重新排队，稍后看结果。"),
    "given_up": lambda: _("已放弃，记成了故障。"),
    "resolved": lambda: _("已处理。"),
    "resumed": lambda: _("流程接着往下走了。"),
    "imported": lambda: _("已导入。"),
}
"""What a page says after something was done, by the word in its address."""


def done() -> Any:
    """Say what was just done, where the address tells."""
    words = DONE.get(request.args.get("done", ""))
    return {"kind": "ok", "title": words(), "text": ""} if words else None


def whole(name: str) -> int | None:
    """Read a number from the address; a forged one is none."""
    text = request.values.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def rev() -> int:
    """Read the revision that a form was drawn with."""
    found = whole("rev")
    return found if found is not None else -1
