"""The working calendar: a year at a glance, a term tried out, holidays imported, a day changed."""

import calendar as months
import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import g, redirect, render_template, request

from gcrm.runtime import administration, calendar_days, calendar_import
from gcrm.runtime.calendars import NATIONAL, WorkingCalendar
from gcrm.runtime.refusals import Refused
from gcrm.store import audit
from gcrm.web import dates, small_forms
from gcrm.web.admin import lists
from gcrm.web.admin.frame import Deed, Page, done, form_page, may, room, run, said
from gcrm.web.admin.people import change_log
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import locale, ngettext
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet

BASE = "/staff/admin/calendar"
LARGEST = 1_000_000
LONGEST = 400
PLACES = {"calendar_source": "source", "calendar_day_source": "source", "calendar_": ""}
DAY_PLACES = {
    "calendar_day_source": "source",
    "calendar_day_same": "working",
    "calendar_": "day",
}


@dataclass(frozen=True, slots=True)
class Square:
    """One day of a month as it is drawn."""

    number: int
    kinds: str
    mark: str
    words: str
    link: str


@bp.get("/calendar")
@room("admin.settings", "read")
def calendar() -> str:
    """Show a year."""
    year = _year()
    with house().store.read() as reader:
        known = house().services.reference.at(reader, g.tenant.id, g.now).calendar
        sources = calendar_days.sources(reader, g.tenant.id)
        local = calendar_days.local_days(reader, g.tenant.id, year)
        waiting = calendar_days.provisional(reader, g.tenant.id)
        log = administration.history(
            reader, g.tenant.id, audit.TENANT_CHAIN, f"calendar:{NATIONAL}", 8
        )
        names = lists.names(reader)
    writes = may("admin.settings", "write")
    first = min(sources, default=g.today.year)
    last = max((*sources, *waiting, g.today.year)) + (0 if waiting else 1)
    return render_template(
        "staff/admin/calendar.html",
        active="admin.calendar",
        year=year,
        years=[
            {
                "words": str(each),
                "note": _("已公布") if each in sources else _("暂算"),
                "link": f"{BASE}?year={each}",
                "on": each == year,
            }
            for each in range(max(first, year - 2, last - 4), max(last, year) + 1)
        ],
        months=[_month(known, year, number, writes) for number in range(1, 13)],
        total=sum(known.is_working_day(day) for day in _days(year)),
        banner=done() or _banner(year, sources, waiting),
        source=sources.get(year, ""),
        local=[
            {
                "day": each.day,
                "words": _("上班") if each.working else _("休息"),
                "source": each.source,
                "link": f"{BASE}/day?day={each.day}" if writes and each.day >= g.today else "",
            }
            for each in local
        ],
        trial=_trial(known),
        history=change_log(log, names),
        deeds=[
            Deed(f"{BASE}/day", _("改一天")),
            Deed(f"{BASE}/import", _("导入一年的安排"), primary=True),
        ]
        if writes
        else [],
        weekdays=dates.WEEKDAYS if locale() != "en" else ("M", "T", "W", "T", "F", "S", "S"),
    )


def _year() -> int:
    text = request.args.get("year", "")
    found = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else g.today.year
    return min(max(found, 2000), 2100)


def _days(year: int) -> list[dt.date]:
    first = dt.date(year, 1, 1)
    return [first + dt.timedelta(days=n) for n in range(366 if months.isleap(year) else 365)]


def _month(known: WorkingCalendar, year: int, number: int, writes: bool) -> dict[str, Any]:
    weeks = []
    for week in months.Calendar().monthdatescalendar(year, number):
        row: list[Square | None] = []
        for day in week:
            row.append(_square(known, day, writes) if day.month == number else None)
        weeks.append(row)
    name = dates.MONTHS[number - 1] if locale() == "en" else _("%(month)s月", month=number)
    return {"name": name, "weeks": weeks}


def _square(known: WorkingCalendar, day: dt.date, writes: bool) -> Square:
    working, weekend = known.is_working_day(day), day.weekday() > 4
    name = known.name_of(day)
    kinds, mark, said_ = ("we" if weekend else ""), "", ""
    if working and weekend:
        kinds, mark, said_ = "mk", _("班"), _("调休上班")
    elif not working and (name or not weekend):
        kinds, mark, said_ = "hol", _("休"), name or _("放假")
    if day == g.today:
        kinds += " td"
    open_ = writes and day >= g.today and known.announced(day)
    return Square(day.day, kinds, mark, said_, f"{BASE}/day?day={day}" if open_ else "")


def _banner(year: int, sources: dict[int, str], waiting: dict[int, int]) -> Any:
    if year in sources:
        return None
    count = sum(number for each, number in waiting.items() if each >= year)
    text = _("现在按周末和法定节日暂算。导入以后自动重算。")
    if count:
        text = ngettext(
            "有%(num)s个时限会落到这一年，都标了“暂定”。导入以后自动重算。",
            "%(num)s deadlines end in this year and are marked provisional. "
            "Importing works them out anew.",
            count,
        )
    return {
        "kind": "warn",
        "title": _("%(year)s年的放假安排还没有导入", year=year),
        "text": text,
    }


def _trial(known: WorkingCalendar) -> dict[str, Any]:
    """Work out a term from a day on: the answer in words."""
    try:
        begin = dt.date.fromisoformat(request.args.get("from", ""))
    except ValueError:
        begin = g.today
    text = request.args.get("days", "5")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 5
    number = max(1, min(number, LONGEST))
    end = known.add_working_days(begin, number)
    return {
        "from": begin,
        "days": number,
        "end": end,
        "provisional": not known.announced(end),
    }


@bp.get("/calendar/import")
@room("admin.settings", "write")
def import_form() -> Page:
    """Ask for the file of a year."""
    return _import(small_forms.blank("admin/calendar_import"))


def _import(sheet: Sheet, status: int = 200) -> Page:
    return form_page(
        _("导入一年的安排"),
        sheet,
        _("导入并重算时限"),
        active="calendar",
        back=BASE,
        back_words=_("回到日历"),
        status=status,
        multipart=True,
        upload={"name": "file", "words": _("文件"), "accept": ".csv,.json,.txt"},
        lead=_("每行三格：日期、放假或上班、名称。Excel另存为CSV就行，一年一个文件。"),
        notes=[_("导入会换掉这一年原来的安排；手工改过的日子保留。")],
    )


@bp.post("/calendar/import")
@room("admin.settings", "write")
def bring_in() -> Page:
    """Import the year of a file."""
    sheet = small_forms.filled("admin/calendar_import")
    file = request.files.get("file")
    content = file.stream.read(LARGEST + 1) if file is not None else b""
    if not content:
        missing = _("请选一个文件。")
        sheet = sheet.refused("", missing, missing)
    if sheet.mistakes:
        return _import(sheet, 422)
    ask = calendar_import.Import(content, str(sheet.values.get("source") or ""))
    try:
        receipt = run(calendar_import.IMPORT, ask)
    except Refused as refusal:
        return _import(said(sheet, refusal, PLACES), refusal.status)
    return redirect(f"{BASE}?year={receipt.years[0]}&done=imported")


@bp.get("/calendar/day")
@room("admin.settings", "write")
def day_form() -> Page:
    """Ask how one day shall be."""
    try:
        day = dt.date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        day = g.today
    return _day(small_forms.blank("admin/calendar_day", {"day": day}))


def _day(sheet: Sheet, status: int = 200) -> Page:
    return form_page(
        _("改一天的安排"),
        sheet,
        _("改这一天并重算时限"),
        active="calendar",
        back=BASE,
        back_words=_("回到日历"),
        status=status,
        lead=_("停电、防汛等本地停办的日子，或者临时加班。跨过这一天、还在走的时限会一起重算。"),
    )


@bp.post("/calendar/day")
@room("admin.settings", "write")
def change_day() -> Page:
    """Change one day."""
    sheet = small_forms.filled("admin/calendar_day")
    if sheet.mistakes:
        return _day(sheet, 422)
    v = sheet.values
    working = {"off": False, "on": True, "back": None}[str(v["working"])]
    ask = calendar_days.ChangeDay(
        v["day"], working, str(v.get("name") or ""), str(v.get("source") or "")
    )
    try:
        run(calendar_days.CHANGE_DAY, ask)
    except Refused as refusal:
        return _day(said(sheet, refusal, DAY_PLACES), refusal.status)
    return redirect(f"{BASE}?year={v['day'].year}&done=saved")
