"""Legal figures: what the law says, from when to when, by which article, and what counts on it."""

from flask import g, request

from gcrm.runtime import house_parameters, law
from gcrm.web.admin import lists, words
from gcrm.web.admin.frame import Cell, Head, listing, room
from gcrm.web.admin.parameters import BASE, NO_APP, owner
from gcrm.web.admin.rooms import bp
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.site import house


@bp.get("/legal")
@room("admin.settings", "read")
def legal_list() -> str:
    """List the numbers of law; they ship with the platform and are only read here."""
    query = request.args.get("q", "").strip()[:60].casefold()
    with house().store.read() as reader:
        own = law.declared(reader, g.tenant.id)
        apps = dict(lists.apps(reader))
    found = [each for each in law.figures() if query in _spoken(each)]
    return listing(
        _("法规数据"),
        [
            Head(_("名称")),
            Head(_("值"), kind="r"),
            Head(_("时间")),
            Head(_("依据")),
            Head(_("哪里在用")),
            Head(_("另有规定")),
        ],
        [_row(each, own.get(each.code, ()), apps) for each in found],
        active="legal",
        caption=_("法规数据和依据"),
        empty=_("没有法规数据。"),
        total=len(found),
        size=10_000,
        query_words=_("名称、依据、用途"),
        lead=_(
            "法律法规定下的数字，随平台更新，这里只能看。本单位或者某个应用另有规定的，以“参数”里的为准。"
        ),
    )


def _spoken(figure: law.Figure) -> str:
    texts = (*figure.names.values(), *figure.sources.values(), *figure.used.values(), figure.code)
    return " ".join(texts).casefold()


def _row(figure: law.Figure, own: tuple[str, ...], apps: dict[str, str]) -> list[Cell]:
    is_over = figure.effective_to is not None and figure.effective_to < g.today
    first = own[0] if own else ""
    return [
        Cell(house_parameters.say(figure.names, locale()), note=_("已不适用") if is_over else ""),
        Cell(words.measured(figure.value, figure.unit)),
        Cell(words.period(figure.effective_from, figure.effective_to)),
        Cell(house_parameters.say(figure.sources, locale())),
        Cell(house_parameters.say(figure.used, locale())),
        Cell(
            _("、").join(owner(each, apps) for each in own),
            f"{BASE}/{first or NO_APP}/{figure.code}" if own else "",
        ),
    ]
