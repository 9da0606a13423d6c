"""Trying a draft: its form as people will see it, what the rules say, and where it goes then.

Nothing is kept and nothing is sent: the page judges what is posted with the draft as it stands.
"""

from typing import Any

from flask import Blueprint, g, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import Forbidden, NotFound

from app_definitions.problem import has_errors
from form_engine import Bound
from gcrm.access import Denied
from gcrm.apps import CompiledApp, draft_rows
from gcrm.runtime import filling, precheck, wording
from gcrm.runtime.clocks import Term
from gcrm.runtime.filling import Paper
from gcrm.web import api, findings
from gcrm.web.apply import Mistake, mistake
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.portal import duration
from gcrm.web.sessions import access, staff
from gcrm.web.site import house
from rule_engine import Verdict

bp = Blueprint("try_out", __name__)


@bp.route("/staff/designer/<app_id>/try", methods=["GET", "POST"])
@staff
def look(app_id: str) -> str | tuple[str, int]:
    """Show the draft's form; judge what is posted."""
    with house().store.read() as reader:
        try:
            access(reader).require("admin.apps", "read")
        except Denied as denied:
            raise Forbidden from denied
        found = draft_rows.read_package(reader, g.tenant.id, app_id)
        if found is None:
            raise NotFound
        app, problems = house().services.apps.compile(found[0], reader, g.tenant.id)
        lists = house().services.reference.at(reader, g.tenant.id, g.now)
    back = f"/staff/designer#app={app_id}"
    if app is None or has_errors(problems):
        told = [each for each in api.said(problems) if each["severity"] == "error"]
        return render_template("staff/try.html", back=back, problems=told, title=_("试一试"))
    variant = app.definition.item_variants[0]
    paper = Paper(app, variant, app.forms[variant.form])
    values: dict[str, Any] = {}
    errors: list[Mistake] = []
    tried = request.method == "POST" and request.form.get("go") == "try"

    def context() -> Any:
        return filling.context_of(
            house().services, lists, paper, values, g.now, locale=locale(), large=g.view.large
        )

    form = paper.form
    bound = form.start({}, context())
    if request.method == "POST":
        raw = {key: request.form.getlist(key) for key in request.form}
        bound = form.bind(raw, bound.values, context())
        values = dict(bound.values)
        if tried and not bound.again:
            wrong = bound.errors or form.check(values, context())
            bound = Bound(bound.values, bound.typed, wrong)
            labels = {field.id: field.label(locale()) for field in form.fields}
            errors = [mistake(f"#{e.target}", labels.get(e.field_id, ""), e) for e in wrong]
    sections = [
        {
            "title": section.title(locale()),
            "hint": section.hint(locale()),
            "fields": Markup(form.render_section(section.id, bound, context())),  # noqa: S704
        }
        for section in form.visible_sections(bound.values, context())
    ]
    judged = None
    if tried and not bound.again:
        judged = precheck.judge(paper, form.inputs(values, context()), context())
    return render_template(
        "staff/try.html",
        back=back,
        problems=[],
        title=wording.item_name(app, locale()),
        sections=sections,
        errors=errors,
        verdict=_verdict(judged.verdict, errors) if judged is not None else None,
        findings=[findings.shown(app, each) for each in judged.findings] if judged else [],
        steps=_steps(app, variant.process),
    )


def _verdict(verdict: Verdict, errors: list[Mistake]) -> dict[str, str]:
    if errors:
        return {"kind": "bad", "title": _("还不能提交：有几项没有填对")}
    said = {
        Verdict.PASS: ("ok", _("可以提交：条件都符合")),
        Verdict.FAIL: ("bad", _("条件不符合，申请人会看到差在哪里")),
        Verdict.MISSING: ("warn", _("资料不够，还判断不出来")),
    }
    kind, title = said.get(verdict, ("bad", _("规则算不出来，请检查规则")))
    return {"kind": kind, "title": title}


def _steps(app: CompiledApp, process_id: str) -> list[dict[str, str]]:
    roles = {role.id: role.name for role in app.definition.roles}
    return [
        {
            "name": wording.step_name(app, process_id, step.id, locale()),
            "who": _("、").join(roles.get(role, role) for role in step.roles),
            "days": duration(Term(step.deadline.value, step.deadline.unit))
            if step.deadline
            else "",
        }
        for step in app.processes[process_id].steps
    ]
