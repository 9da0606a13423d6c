"""Parameters: what counts from when on, by which source; a new value from a day on."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from flask import g, redirect, render_template, request
from sqlalchemy import Connection
from werkzeug.exceptions import NotFound

from app_definitions import ids, translation
from gcrm.access import Denied
from gcrm.apps.publishing import ALWAYS
from gcrm.runtime import administration, house_parameters, parameter_preview, parameters
from gcrm.runtime.house_parameters import HOUSE, ShippedRow
from gcrm.runtime.reference import OFFICE
from gcrm.runtime.refusals import Refused
from gcrm.store import audit
from gcrm.web import dates, refusals, small_forms
from gcrm.web.admin import lists, words
from gcrm.web.admin.frame import (
    Cell,
    Deed,
    Fact,
    Head,
    Page,
    Picker,
    done,
    form_page,
    listing,
    may,
    room,
    run,
    said,
)
from gcrm.web.admin.people import change_log
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import locale, ngettext
from gcrm.web.sessions import access
from gcrm.web.site import house
from gcrm.web.small_forms import Sheet
from rule_engine import Verdict

BASE = "/staff/admin/parameters"
NO_APP = "-"
"""Stands in addresses for the platform's own."""

PLACES = {
    "parameter_past": "effective_from",
    "parameter_dates": "effective_to",
    "parameter_source": "source",
    "parameter_overlap": "effective_from",
    "parameter_": "value",
}


@bp.get("/parameters")
@room("admin.settings", "read")
def parameter_list() -> str:
    """List parameters with the value of today, the platform's before those of each app."""
    app_id = request.args.get("app", "")[:40]
    with house().store.read() as reader:
        found = parameters.list_parameters(
            reader, access(reader), _app(app_id) if app_id else None,
            request.args.get("q", "")[:60], g.today,
        )  # fmt: skip
        found = [_named(reader, line) for line in found]
        apps = lists.apps(reader)
        places = dict(lists.all_regions(reader))
    named = dict(apps)
    rows: list[list[Cell]] = []
    for app, lines in groupby(found, key=lambda line: line.app_id):
        rows.append([Cell(owner(app, named), kind="group")])
        rows += [_row(line, places) for line in lines]
    return listing(
        _("参数"),
        [
            Head(_("参数")),
            Head(_("现在是"), kind="r"),
            Head(_("从哪天起")),
            Head(_("依据")),
            Head(_("由谁定")),
        ],
        rows,
        active="parameters",
        caption=_("参数和今天的值"),
        empty=_("还没有参数。发布应用会带来它用的参数。"),
        total=len(found),
        size=10_000,
        query_words=_("参数名称"),
        pickers=[Picker("app", _("属于"), [(NO_APP, _("平台")), *apps], app_id)],
        lead=_("法规、政策里的数字都在这里，改了从那天起生效，以前的不变。不用改程序。"),
    )


def _app(word: str) -> str:
    """Give the app that a word in an address stands for."""
    return HOUSE if word == NO_APP else word


def owner(app_id: str, named: Mapping[str, str]) -> str:
    """Name what a parameter belongs to: the platform, or an app."""
    return _("平台") if app_id == HOUSE else named.get(app_id, app_id)


def _row(line: parameters.Line, places: dict[str, str]) -> list[Cell]:
    now = line.now
    more = sum(1 for each in line.values if each.effective_from > g.today)
    return [
        Cell(
            line.name,
            f"{BASE}/{line.app_id or NO_APP}/{line.code}",
            note=_("以后还要变") if more else "",
        ),
        Cell(value_of(now, line, places) if now is not None else _("今天没有值")),
        Cell(_begins(now.effective_from) if now is not None else ""),
        Cell(_source(now) if now is not None else ""),
        Cell(_origin(now) if now is not None else ""),
    ]


def _source(row: Any) -> str:
    """Say the source; that of a value which ships in the page's language."""
    if isinstance(row, ShippedRow):
        return house_parameters.say(row.sources, locale())
    return str(row.source)


def _origin(row: Any) -> str:
    if row.origin == OFFICE:
        return _("本单位")
    return _("平台自带") if row.app_id == HOUSE else _("应用自带")


def _begins(day: dt.date) -> str:
    return _("一直") if day <= ALWAYS else words.year_day(day)


def _named(reader: Connection, line: parameters.Line) -> parameters.Line:
    """Say a parameter in the page's language, as its app does: name, unit, sources that ship."""
    if line.app_id == HOUSE:
        own = house_parameters.shipped().get(line.code)
        return replace(line, name=house_parameters.say(own.names, locale())) if own else line
    app = house().services.apps.current(reader, g.tenant.id, line.app_id)
    if app is None:
        return line

    def say(prop: str, source: str, *inside: str) -> str:
        return str(app.say(ids.path("app.json", [line.code, *inside], prop), source, locale()))

    def value(row: Any) -> Any:
        if row.origin == OFFICE:
            return row
        inside = translation.value_id(row.effective_from, row.region_code)
        words = {"zh": row.source, "en": say("source", row.source, inside)}
        return ShippedRow(
            row.code, row.name, row.value, row.type, line.unit, row.effective_from, row.source,
            words, row.effective_to, row.region_code, row.app_id, row.origin, row.id,
        )  # fmt: skip

    said = {row.id: value(row) for row in line.values}
    return replace(
        line,
        name=say("name", line.name),
        unit=say("unit", line.unit) if line.unit else "",
        values=tuple(said.values()),
        now=said[line.now.id] if line.now is not None else None,
    )


def value_of(row: Any, line: parameters.Line, places: Mapping[str, str] | None = None) -> str:
    """Say a value with its unit; the code of a region by its name."""
    if row.type in ("string", "text") and row.value in (places or {}):
        return f"{(places or {})[row.value]} {row.value}"
    match row.type:
        case "money":
            return dates.money(Decimal(row.value))
        case "date":
            return words.year_day(dt.date.fromisoformat(row.value))
        case "boolean":
            return _("是") if row.value == "true" else _("否")
        case "number":
            return words.measured(row.value, line.unit)
        case _:
            return words.measured(row.value, line.unit)


def _read(app_id: str, code: str) -> tuple[parameters.Line, dict[str, str], Any, Any]:
    app_id = _app(app_id)
    with house().store.read() as reader:
        try:
            read = parameters.read_parameter(reader, access(reader), app_id, code, g.today)
        except Denied as denied:
            raise NotFound from denied
        line = _named(reader, read)
        subject = f"parameter:{app_id}.{code}"[:80]
        log = administration.history(reader, g.tenant.id, audit.TENANT_CHAIN, subject)
        effect = parameters.effect(reader, g.tenant.id, line, None)
        names = {
            **lists.names(reader),
            **dict(lists.all_regions(reader)),
            **dict(lists.apps(reader)),
        }
        return line, names, log, effect


@bp.get("/parameters/<app_id>/<code>")
@room("admin.settings", "read")
def parameter(app_id: str, code: str) -> str:
    """Show one parameter with all its values."""
    line, names, log, effect = _read(app_id, code)
    writes = may("admin.settings", "write")
    base = f"{BASE}/{app_id}/{code}"
    return render_template(
        "staff/admin/parameter.html",
        active="admin.parameters",
        title=line.name,
        banner=done(),
        back=BASE,
        back_words=_("回到参数"),
        heads=[Head(_("值")), Head(_("地区")), Head(_("时间")), Head(_("依据")), Head(_("由谁定")),
               Head("")],
        rows=[
            [
                Cell(value_of(row, line, names), note=_("现在") if row is line.now else ""),
                Cell(names.get(row.region_code or "", row.region_code or _("全部"))),
                Cell(_span(row)),
                Cell(_source(row)),
                Cell(_origin(row)),
                Cell(_("结束"), f"{BASE}/values/{row.id}/end")
                if writes and row.origin == OFFICE and not _is_over(row)
                else Cell(),
            ]
            for row in line.values
        ],
        deeds=[Deed(f"{base}/new", _("加一个值"), primary=True)] if writes else [],
        facts=[Fact(_("属于"), owner(line.app_id, names)), *_touched(line, effect)],
        notes=_reckoned(line),
        history=change_log(log, names),
    )  # fmt: skip


def _touched(line: parameters.Line, effect: parameters.Effect) -> list[Fact]:
    """Say where a parameter is used, and what its values may be where the platform says so."""
    if line.app_id != HOUSE:
        return [
            Fact(_("正在办的"), ngettext("%(num)s件", "%(num)s", effect.cases)),
            Fact(_("哪里在用"), _("、").join(effect.rules) or "—"),
        ]
    own = house_parameters.shipped().get(line.code)
    if own is None:
        return []
    facts = []
    if own.used:
        facts.append(Fact(_("哪里在用"), house_parameters.say(own.used, locale())))
    if own.least is not None and own.most is not None:
        limits = _("%(least)s到%(most)s的整数", least=own.least, most=own.most)
        facts.append(Fact(_("可以填"), limits))
    return facts


def _reckoned(line: parameters.Line) -> list[str]:
    """Say which value counts, and for what."""
    if line.app_id == HOUSE:
        return [
            _("先看最近的地区；同一个地区，本单位定的优先于平台自带的；再看最后开始的。"),
            _("从那天起算的，都按新的值。以前算好的期限和时间不变。"),
        ]
    return [
        _("先看本应用的，再看最近的地区；同一个地区，本单位定的优先于应用自带的；再看最后开始的。"),
        _("已经办完的办件不会变。正在办的，在以后的步骤里按那天的值算。"),
    ]


def _is_over(row: Any) -> bool:
    return row.effective_to is not None and row.effective_to < g.today


def _span(row: Any) -> str:
    if row.effective_from <= ALWAYS and row.effective_to is None:
        return _("一直")
    return words.period(row.effective_from, row.effective_to)


def _choices() -> dict[str, list[tuple[str, str]]]:
    with house().store.read() as reader:
        return {"regions": lists.regions(reader)}


@bp.get("/parameters/<app_id>/<code>/new")
@room("admin.settings", "write")
def new_value(app_id: str, code: str) -> Page:
    """Ask for a value from a day on."""
    sheet = small_forms.blank("admin/parameter", {"effective_from": g.today}, _choices())
    return _new(app_id, code, sheet)


def _new(
    app_id: str, code: str, sheet: Sheet, status: int = 200, tried: Mapping[str, Any] | None = None
) -> Page:
    line, _names, _log, effect = _read(app_id, code)
    now = value_of(line.now, line) if line.now is not None else _("今天没有值")
    return form_page(
        _("“%(name)s”加一个值", name=line.name),
        sheet,
        _("从这天起用新的值"),
        active="parameters",
        back=f"{BASE}/{app_id}/{code}",
        back_words=_("回到这个参数"),
        status=status,
        facts=[
            Fact(_("现在是"), now),
            *_touched(line, effect),
        ],
        notes=[
            _("从那天起算的，都按新的值。以前算好的期限和时间不变。")
            if line.app_id == HOUSE
            else _("新申请从那天起按新的值；正在办的，在那天以后的步骤里按新的值。以前的不变。")
        ],
        second=_("先试算，不保存") if line.app_id != HOUSE and line.now is not None else "",
        tried=tried,
    )


@bp.post("/parameters/<app_id>/<code>/new")
@room("admin.settings", "write")
def add_value(app_id: str, code: str) -> Page:
    """Set a value from a day on."""
    sheet = small_forms.filled("admin/parameter", _choices())
    if sheet.mistakes:
        return _new(app_id, code, sheet, 422)
    v = sheet.values
    if request.form.get("go") == "try" and _app(app_id) != HOUSE:
        return _new(app_id, code, sheet, tried=_tried(_app(app_id), code, v))
    ask = parameters.AddValue(
        _app(app_id),
        code,
        str(v["value"]),
        v.get("region") or None,
        v["effective_from"],
        v.get("effective_to"),
        str(v["source"]),
    )
    try:
        run(parameters.ADD, ask)
    except Refused as refusal:
        return _new(app_id, code, said(sheet, refusal, PLACES), refusal.status)
    return redirect(f"{BASE}/{app_id}/{code}?done=saved")


def _tried(app_id: str, code: str, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Judge cases and examples with the new value; None where there is nothing to compare."""
    with house().store.read() as reader:
        own = access(reader)
        line = parameters.read_parameter(reader, own, app_id, code, g.today)
        app = house().services.apps.current(reader, g.tenant.id, app_id)
        if app is None or line.now is None:
            return None
        try:
            value = parameters.typed(str(asked["value"]), line.type)
        except Refused as refusal:
            what, fix = refusals.said(refusal)
            return {"title": what, "text": fix, "rows": [], "kind": "bad"}
        noon = dt.datetime.combine(asked["effective_from"], dt.time(12), g.zone)
        found = parameter_preview.preview(
            reader, house().services, own, app, code, line.now.value, value,
            noon.astimezone(dt.UTC), locale=locale(),
        )  # fmt: skip
    tried = _("试了应用自带的%(examples)s个例子。", examples=found.examples)
    if found.cases:
        tried = _(
            "试了您能看的%(cases)s件办件和应用自带的%(examples)s个例子。",
            cases=found.cases,
            examples=found.examples,
        )
    elif not access_to_cases(own):
        tried += _("您的岗位不能看办件，所以没有用真实的办件试。")
    title = (
        ngettext("%(num)s个结果会变", "%(num)s results change", len(found.changes) + found.more)
        if found.changes
        else _("没有结果会变")
    )
    return {
        "title": title,
        "text": tried + _("只比较规则算出的结果，不改任何东西；表单里自己的检查没有试。"),
        "kind": "warn" if found.changes else "ok",
        "rows": [
            {"name": each.sample.name, "rule": rule, **_both(each)} for rule, each in found.changes
        ],
    }


def access_to_cases(own: Any) -> bool:
    """Tell whether somebody may read any cases at all."""
    return bool(own.has("case", "read"))


def _both(change: Any) -> Mapping[str, Any]:
    said = {
        Verdict.PASS: ("ok", _("符合")),
        Verdict.FAIL: ("bad", _("不符合")),
        Verdict.MISSING: ("warn", _("缺资料")),
        Verdict.ERROR: ("bad", _("没有判断出来")),
    }
    return {
        side: {
            "tone": said[judged.verdict][0],
            "verdict": judged.said or said[judged.verdict][1],
        }
        for side, judged in (("old", change.old), ("new", change.new))
    }


@bp.get("/parameters/values/<id:value_id>/end")
@room("admin.settings", "write")
def ask_end_value(value_id: int) -> Page:
    """Ask for the last day of a value."""
    yesterday = g.today - dt.timedelta(days=1)
    return _end(value_id, small_forms.blank("admin/post_end", {"last_day": yesterday}))


def _end(value_id: int, sheet: Sheet, status: int = 200) -> Page:
    line, row = _value(value_id)
    return form_page(
        _("结束“%(name)s”的一个值", name=line.name),
        sheet,
        _("结束这个值"),
        active="parameters",
        back=f"{BASE}/{line.app_id or NO_APP}/{line.code}",
        back_words=_("回到这个参数"),
        status=status,
        danger=True,
        facts=[
            Fact(_("值"), value_of(row, line)),
            Fact(_("时间"), _span(row)),
            Fact(_("依据"), _source(row)),
        ],
        notes=[
            _("结束以后，按平台自带的值，或者上级地区的值。")
            if line.app_id == HOUSE
            else _("结束以后，按应用自带的值，或者上级地区的值。")
        ],
    )


def _value(value_id: int) -> tuple[parameters.Line, Any]:
    with house().store.read() as reader:
        every = parameters.list_parameters(reader, access(reader), None, "", g.today)
        for line in every:
            for row in line.values:
                if row.id == value_id:
                    return _named(reader, line), row
    raise NotFound


@bp.post("/parameters/values/<id:value_id>/end")
@room("admin.settings", "write")
def end_value(value_id: int) -> Page:
    """End a value."""
    line, _found = _value(value_id)
    sheet = small_forms.filled("admin/post_end")
    if sheet.mistakes:
        return _end(value_id, sheet, 422)
    try:
        run(parameters.END, parameters.EndValue(value_id, sheet.values["last_day"]))
    except Refused as refusal:
        return _end(value_id, said(sheet, refusal, {"": "last_day"}), refusal.status)
    return redirect(f"{BASE}/{line.app_id or NO_APP}/{line.code}?done=ended")
