"""Rules for staff: read them as sentences, try them, see tests, gaps and whom a change touches."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, g, render_template, request
from sqlalchemy import Connection, select
from werkzeug.exceptions import Forbidden, NotFound

from app_definitions import ids
from form_engine import dates as form_dates
from gcrm.access import Denied
from gcrm.apps import CompiledApp, draft_rows
from gcrm.apps.impact import Change, Judged, Side, changes, held, samples_of_tests, say_outcome
from gcrm.apps.surroundings import CodeRegions
from gcrm.runtime import replay
from gcrm.store import tables as t
from gcrm.web import dates, findings, rule_reading, rule_trial
from gcrm.web.definitions import app_names, words
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from gcrm.web.rule_reading import Reader
from gcrm.web.sessions import access, staff
from gcrm.web.site import house
from rule_engine import CompiledVersion, Decision, EvaluationContext, Verdict
from rule_engine.coverage import rows_hit
from rule_engine.show import for_people

bp = Blueprint("rules", __name__)

DRAFT = "draft"
RELEASES = 20
LISTED = 200
P = ParamSpec("P")
R = TypeVar("R")


def readers(view: Callable[P, R]) -> Callable[P, R]:
    """Let in staff who may read the definitions of apps."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        with house().store.read() as reader:
            try:
                access(reader).require("admin.apps", "read")
            except Denied as denied:
                raise Forbidden from denied
        return view(*args, **kwargs)

    return guarded


@dataclass(frozen=True, slots=True)
class Listed:
    """A decision in the list."""

    link: str
    name: str
    kind: str
    versions: int
    holds: str
    passed: int
    tests: int
    warnings: int


@bp.get("/staff/rules")
@staff
@readers
def listed() -> str:
    """List the decisions of all published apps."""
    today = g.now.astimezone(g.tenant.zone).date()
    kinds = {"conditions": _("条件"), "table": _("决定表"), "graph": _("几步算出")}
    groups = []
    with house().store.read() as reader:
        statement = (
            select(t.app.c.id)
            .where(t.app.c.tenant_id == g.tenant.id, t.app.c.current_release.is_not(None))
            .order_by(t.app.c.id)
        )
        for app_id in reader.execute(statement).scalars().all():
            app = _current(reader, app_id)
            rows = []
            for decision in app.decisions.values():
                own = rule_reading.results(app, decision)
                version = decision.version_for(today)
                rows.append(
                    Listed(
                        f"/staff/rules/{app_id}/{decision.id}",
                        Reader(app, decision, locale()).name,
                        kinds[decision.kind],
                        len(decision.versions),
                        dates.full(version.definition.effective_from) if version else "",
                        sum(one.passed for one in own),
                        len(own),
                        rule_reading.warnings_of(app, decision, today),
                    )
                )
            if rows:
                groups.append((words(app)(app.definition.name), rows))
    return render_template("staff/rules.html", active="rules", groups=groups)


@bp.route("/staff/rules/<app_id>/<decision_id>", methods=["GET", "POST"])
@staff
@readers
def rule(app_id: str, decision_id: str) -> str:
    """Show one decision: its sentences, tables, tests; try it with values."""
    with house().store.read() as reader:
        app = _current(reader, app_id)
        decision = _decision(app, decision_id)
        day = _day("as_of") or g.now.astimezone(g.tenant.zone).date()
        context = _context(reader, app, day)
    version = _version(decision, day)
    shown = Reader(app, decision, locale())
    sample = request.values.get("sample", "")[:40]
    typed = (
        {
            name.removeprefix(rule_trial.PREFIX): ",".join(request.form.getlist(name))
            for name in request.form
        }
        if request.method == "POST"
        else rule_trial.typed_of(rule_reading.given_of(app, decision, sample))
    )
    declared = tuple(entry for entry in _declared(app, decision))
    trial = rule_trial.read(
        rule_trial.asked(app, decision, declared), typed, shown, context.regions
    )
    tried = request.method == "POST" or bool(typed)
    here = f"/staff/rules/{app_id}/{decision_id}"
    return render_template(
        "staff/rule.html",
        active="rules",
        app_name=words(app)(app.definition.name),
        name=shown.name,
        rule_link=here,
        version=shown.read(version, context),
        versions=[
            {
                "id": one.definition.id,
                "link": f"{here}?version={one.definition.id}",
                "from": one.definition.effective_from,
                "on": one is version,
            }
            for one in decision.versions
        ],
        trial=trial,
        as_of=day.isoformat(),
        answer=_answer(app, decision, version, trial, context, shown)
        if tried and not trial.wrong
        else None,
        results=_results(app, decision, here, sample),
        impact_link=f"{here}/impact",
    )  # fmt: skip


@bp.get("/staff/rules/<app_id>/<decision_id>/impact")
@staff
@readers
def impact(app_id: str, decision_id: str) -> str:
    """List for whom the decision comes out otherwise between two releases or versions."""
    with house().store.read() as reader:
        app = _current(reader, app_id)
        decision = _decision(app, decision_id)
        pairs = _pairs(reader, app, decision_id)
        now_at = f"{app.number}/{decision.versions[-1].definition.id}"
        before = f"{app.number}/{decision.versions[0].definition.id}"
        asked = (request.args.get("old", before)[:90], request.args.get("new", now_at)[:90])
        day = _day("as_of") or g.now.astimezone(g.tenant.zone).date()
        over = "cases" if request.args.get("over") == "cases" else "samples"
        sides = [_side(reader, app, decision_id, text, pairs) for text in asked]
        moment = _noon(day)
        own = access(reader)
        samples = list(
            replay.samples_of_cases(reader, house().services, own, app_id)
            if over == "cases"
            else samples_of_tests(app, decision_id)
        )
        fill = (
            replay.fill_as_cases(reader, house().services, g.tenant.id, g.now)
            if over == "cases"
            else None
        )
        found = list(changes(sides[0], sides[1], samples, moment, locale=locale(), fill=fill))
        sentence = own.sentence("case", "read", locale(), app_names(reader))
    return render_template(
        "staff/rules_impact.html",
        active="rules",
        name=Reader(app, decision, locale()).name,
        back=f"/staff/rules/{app_id}/{decision_id}",
        pairs=pairs,
        old=asked[0],
        new=asked[1],
        as_of=day.isoformat(),
        over=over,
        scope_sentence=sentence,
        looked_at=len(samples),
        total=len(found),
        changed=[_changed(one) for one in found[:LISTED]],
    )


def _current(reader: Connection, app_id: str) -> CompiledApp:
    found = house().services.apps.current(reader, g.tenant.id, app_id)
    if found is None:
        raise NotFound
    app: CompiledApp = found
    return app


def _decision(app: CompiledApp, decision_id: str) -> Decision:
    found = app.decisions.get(decision_id)
    if found is None:
        raise NotFound
    return found


def _version(decision: Decision, day: dt.date) -> CompiledVersion:
    """Give the version asked for; without one that of the day, else the newest."""
    asked = request.values.get("version", "")
    for version in decision.versions:
        if version.definition.id == asked:
            return version
    if asked:
        raise NotFound
    newest = max(decision.versions, key=lambda one: one.definition.effective_from)
    return decision.version_for(day) or newest


def _declared(app: CompiledApp, decision: Decision) -> tuple[str, ...]:
    """Name the inputs that the tests and the vocabulary of the decision's own steps ask for."""
    names: dict[str, None] = {}
    for version in decision.versions:
        for condition in version.conditions:
            names.update(dict.fromkeys(sorted(condition.that.inputs)))
        for node in version.nodes:
            if node.expression is not None:
                names.update(dict.fromkeys(sorted(node.expression.inputs)))
    for test in app.decision_tests.get(decision.id, ()):
        names.update(dict.fromkeys(given.input for given in test.given))
    steps = {node.id for version in decision.versions for node in version.nodes}
    return tuple(name for name in names if name not in steps)


def _context(reader: Connection, app: CompiledApp, day: dt.date) -> EvaluationContext:
    services = house().services
    lists = services.reference.at(reader, g.tenant.id, g.now)
    found: EvaluationContext = lists.evaluation(
        app.definition.parameters, app.id, None, _noon(day), services.zone
    )
    return found


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 12, tzinfo=g.tenant.zone)


def _day(name: str) -> dt.date | None:
    found = form_dates.read_day(request.values.get(name, "")[:40])
    return found if isinstance(found, dt.date) and 1900 <= found.year <= 2200 else None


def _answer(
    app: CompiledApp,
    decision: Decision,
    version: CompiledVersion,
    trial: rule_trial.Trial,
    context: EvaluationContext,
    shown: Reader,
) -> Mapping[str, Any]:
    """Judge what was typed by the version that is shown."""
    chosen = held(decision, version.definition.id)
    labels = shown.labels(version.definition)
    judged = chosen.judge(trial.values, context, locale=locale(), texts=shown.texts, labels=labels)
    said = {
        Verdict.PASS: ("ok", _("符合")),
        Verdict.FAIL: ("bad", _("不符合")),
        Verdict.MISSING: ("warn", _("缺资料，还不能判断")),
        Verdict.ERROR: ("bad", _("没有算出来，请检查规则")),
    }
    tone, verdict = said[judged.verdict]
    plain = {Verdict.PASS: _("有结果")} if not version.conditions else {}
    rows = _rows(version, trial.values, context)
    return {
        "tone": tone,
        "verdict": plain.get(judged.verdict, verdict),
        "outcome": say_outcome(chosen, judged, shown.texts),
        "findings": [findings.shown(app, one) for one in judged.findings],
        "missing": [labels.get(name) or name for name in judged.missing if not judged.findings],
        "rows": rows,
        "outputs": [
            (labels.get(name) or name, for_people(value, locale()))
            for name, value in judged.outputs.items()
            if value is not None and not isinstance(value, dict | str)
        ],
    }


def _results(
    app: CompiledApp, decision: Decision, here: str, sample: str
) -> list[Mapping[str, Any]]:
    """Give the results of the decision's tests, each with the address at which it is tried."""
    found = {one.path: one for one in rule_reading.results(app, decision)}
    shown: list[Mapping[str, Any]] = []
    for test in app.decision_tests.get(decision.id, ()):
        one = found[ids.path(decision.part, [test.id])]
        day = test.as_of.astimezone(g.tenant.zone).date()
        version = decision.version_for(day, test.region, CodeRegions())
        asked = f"?version={version.definition.id}&as_of={day}" if version else "?"
        shown.append(
            {
                "name": one.name,
                "passed": one.passed,
                "differences": one.differences,
                "link": f"{here}{asked}&sample={test.id}#try",
                "on": test.id == sample,
            }
        )
    return shown


def _rows(
    version: CompiledVersion, values: Mapping[str, Any], context: EvaluationContext
) -> set[tuple[str, str]]:
    found = rows_hit(version, values, context)
    return {(step, row) for step, rows in found.items() for row in rows}


def _pairs(reader: Connection, app: CompiledApp, decision_id: str) -> list[dict[str, str]]:
    """List the releases, and the draft, each with the versions of the decision."""
    numbers = reader.execute(
        select(t.release.c.number)
        .where(t.release.c.tenant_id == g.tenant.id, t.release.c.app_id == app.id)
        .order_by(t.release.c.number.desc())
        .limit(RELEASES)
    ).scalars()
    found = []
    for number in numbers.all():
        release = house().services.apps.load(reader, g.tenant.id, app.id, number)
        found += _versions(release, decision_id, str(number), _("第%(n)s版", n=number))
    draft = _draft(reader, app.id)
    if draft is not None:
        found += _versions(draft, decision_id, DRAFT, _("草稿"))
    return found


def _versions(app: CompiledApp, decision_id: str, code: str, said: str) -> list[dict[str, str]]:
    decision = app.decisions.get(decision_id)
    return [
        {
            "value": f"{code}/{version.definition.id}",
            "words": _("%(release)s，%(day)s起的规则",
                       release=said, day=dates.full(version.definition.effective_from)),
        }
        for version in (decision.versions if decision else ())
    ]  # fmt: skip


def _draft(reader: Connection, app_id: str) -> CompiledApp | None:
    """Compile the draft, if there is one and it has no errors."""
    found = draft_rows.read_package(reader, g.tenant.id, app_id)
    if found is None:
        return None
    compiled, _problems = house().services.apps.compile(found[0], reader, g.tenant.id)
    app: CompiledApp | None = compiled
    return app


def _side(
    reader: Connection,
    app: CompiledApp,
    decision_id: str,
    asked: str,
    pairs: list[dict[str, str]],
) -> Side:
    if asked not in [pair["value"] for pair in pairs]:
        raise NotFound
    code, _slash, version = asked.partition("/")
    chosen = (
        _draft(reader, app.id)
        if code == DRAFT
        else house().services.apps.load(reader, g.tenant.id, app.id, int(code))
    )
    if chosen is None:
        raise NotFound
    return Side(chosen, decision_id, version)


def _changed(change: Change) -> Mapping[str, Any]:
    return {
        "name": change.sample.name,
        "old": _judged(change.old),
        "new": _judged(change.new),
    }


def _judged(judged: Judged) -> Mapping[str, Any]:
    said = {
        Verdict.PASS: ("ok", _("符合")),
        Verdict.FAIL: ("bad", _("不符合")),
        Verdict.MISSING: ("warn", _("缺资料")),
        Verdict.ERROR: ("bad", _("没有判断出来")),
    }
    tone, verdict = said[judged.verdict]
    return {"tone": tone, "verdict": verdict, "said": judged.said, "reasons": judged.reasons}
