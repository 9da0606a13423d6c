"""The compiler: a package becomes an app that can run, or the list of what is wrong with it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Any

from app_definitions import ids
from app_definitions.app import App, Issue
from app_definitions.package import Package
from app_definitions.problem import Catalogue, Problem, Problems, has_errors
from app_definitions.vocabulary import Input, Vocabulary
from flow_engine import Process, compile_process
from form_engine import FieldTypes, Form, Paper, compile_form, compile_paper
from gcrm.apps import board_sources, references, words
from gcrm.apps import parts as part_files
from gcrm.apps.compiled import CompiledApp
from gcrm.apps.parts import Parts
from report_engine.board import compile_board
from report_engine.chart import ChartTypes
from report_engine.charts import standard
from report_engine.uses import CompiledBoard
from rule_engine import FUNCTIONS, Decision, Expression, compile_decision, compile_expression

VERSION = "1"
"""The compiler's own version: releases name the one that checked them."""

Functions = Mapping[str, Any]

KEPT = 16
KEPT_SIZE = 2 * 1024 * 1024
"""How many packages are kept compiled beside the releases in use, and how large they may be."""

FindApp = Callable[[str], CompiledApp | None]
"""Gives the current release of another app, for the members of a composite."""


@cache
def installed_types() -> FieldTypes:
    """Give the field types of this installation."""
    return FieldTypes.installed()


@cache
def chart_types() -> ChartTypes:
    """Give the chart types of this installation."""
    return standard()


@cache
def sentences() -> Catalogue:
    """Give the sentences of all problems that a package can have."""
    return Catalogue.of(
        "app_definitions", "rule_engine", "form_engine", "flow_engine", "report_engine", "gcrm.apps"
    )


def compile_package(
    package: Package,
    *,
    number: int = 0,
    field_types: FieldTypes | None = None,
    functions: Functions = FUNCTIONS,
    find_app: FindApp | None = None,
) -> tuple[CompiledApp | None, Problems]:
    """Compile every part and check every reference; all problems come back together.

    The app is None where something must be mended. Without `find_app` the members of a
    composite are taken on trust, as a package alone cannot show them.
    """
    usual = field_types is None and functions is FUNCTIONS
    size = sum(len(part.content) for part in package.parts)
    if usual and size <= KEPT_SIZE:
        work, problems = _kept(package)
    else:
        work, problems = _worked(package, field_types or installed_types(), functions)
    if work is None:
        return None, problems
    members = {
        member.id: found
        for member in work.app.members
        if find_app is not None and (found := find_app(member.app)) is not None
    }
    if find_app is not None:
        problems = (*problems, *references.check_members(work.parts, members))
    told = _once(problems)
    if has_errors(told):
        return None, told
    if members:
        return work.finish(number, package.digest, members), told
    return _alone(work, number, package.digest), told


def vocabulary_of(package: Package) -> Vocabulary:
    """Give what rules of a draft may name, also while other things in it are wrong."""
    work, _problems = _kept(package)
    return Vocabulary() if work is None else work.vocabulary


def _worked(
    package: Package, field_types: FieldTypes, functions: Functions
) -> tuple["_Work | None", Problems]:
    """Compile everything that the package itself holds; members come later."""
    parts, problems = part_files.read(package)
    if parts.app is None:
        return None, problems
    work = _Work(parts, parts.app, field_types, functions)
    work.problems += problems
    work.compile()
    work.problems += references.check(parts, work.forms, work.processes)
    work.problems += words.check_translations(parts)
    return work, tuple(work.problems)


@lru_cache(maxsize=KEPT)
def _kept(package: Package) -> tuple["_Work | None", Problems]:
    """Compile a package once: a draft is checked, published and loaded with the same parts."""
    return _worked(package, installed_types(), FUNCTIONS)


@lru_cache(maxsize=KEPT)
def _alone(work: "_Work", number: int, digest: str) -> CompiledApp:
    return work.finish(number, digest, {})


@dataclass(slots=True, eq=False)
class _Work:
    """One compilation under way."""

    parts: Parts
    app: App
    field_types: FieldTypes
    functions: Functions
    problems: list[Problem] = field(default_factory=list)
    forms: dict[str, Form] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    paper_vocabulary: Vocabulary = field(default_factory=Vocabulary)
    expressions: dict[str, Expression] = field(default_factory=dict)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    boards: dict[str, CompiledBoard] = field(default_factory=dict)

    def compile(self) -> None:
        """Compile what one applies with first, what is done with it later, boards last."""
        self.texts = words.translations(self.parts)
        self.vocabulary = Vocabulary(words.platform_inputs(self.app))
        first = {variant.form for variant in self.app.item_variants}
        platform = self.vocabulary
        for name in sorted(first & self.parts.forms.keys()):
            form = self._form(name, platform)
            if form is not None:
                self.vocabulary = self.vocabulary.extended(form.vocabulary)
        for name, decision in self.parts.decisions.items():
            compiled, problems = compile_decision(
                decision,
                self.vocabulary,
                part=f"decisions/{name}.json",
                functions=self.functions,
            )
            self.problems += problems
            if compiled is not None:
                self.decisions[name] = compiled
        left: tuple[Input, ...] = ()
        for name, definition in self.parts.processes.items():
            own = words.outputs(self.parts, definition)
            left += own
            process, problems = compile_process(
                definition,
                partial(compile_expression, functions=self.functions),
                self.vocabulary.extended((*own, *words.routing(self.vocabulary))),
            )
            self.problems += problems
            if process is not None:
                self.processes[name] = process
        after = self.vocabulary.extended(left)
        for name in sorted(self.parts.forms.keys() - first):
            self._form(name, after)
        self._conditions(after)
        self._boards()
        self._papers(after)

    def _boards(self) -> None:
        """Compile boards last: they count what all forms record."""
        known = board_sources.sources(self.forms)
        for name, definition in self.parts.boards.items():
            board, problems = compile_board(
                definition,
                f"boards/{name}.json",
                chart_types(),
                known,
                partial(compile_expression, functions=self.functions),
            )
            self.problems += problems
            if board is not None:
                self.boards[name] = board

    def _form(self, name: str, known: Vocabulary) -> Form | None:
        form, problems = compile_form(
            self.parts.forms[name],
            self.field_types,
            part=f"forms/{name}.json",
            dictionaries=self.parts.dictionaries,
            vocabulary_extra=known,
            translations=self.texts,
        )
        self.problems += problems
        if form is not None:
            self.forms[name] = form
        return form

    def _conditions(self, known: Vocabulary) -> None:
        for path, text in _texts(self.app):
            expression, problems = compile_expression(
                text, known, functions=self.functions, path=path
            )
            self.problems += problems
            if expression is not None:
                self.expressions[path] = expression

    def _papers(self, known: Vocabulary) -> None:
        """Compile papers last: they name answers of all steps, and what was decided."""
        for form in self.forms.values():
            known = known.extended(form.vocabulary)
        known = self.paper_vocabulary = known.extended(words.PAPER)
        for variant in self.app.item_variants:
            for issue in variant.issues:
                self._until(issue, known)
        for name, definition in self.parts.papers.items():
            paper, problems = compile_paper(
                definition, self.forms.values(), known, part=f"papers/{name}.json"
            )
            self.problems += problems
            if paper is not None:
                self.papers[name] = paper

    def _until(self, issue: Issue, known: Vocabulary) -> None:
        if not issue.valid_to:
            return
        path = ids.path(words.APP, [issue.id], "valid_to")
        expression, problems = compile_expression(
            issue.valid_to, known, functions=self.functions, path=path
        )
        self.problems += problems
        if expression is not None:
            self.expressions[path] = expression

    def finish(self, number: int, digest: str, members: Mapping[str, CompiledApp]) -> CompiledApp:
        """Give the app."""
        return CompiledApp(
            definition=self.app,
            number=number,
            digest=digest,
            forms=self.forms,
            processes=self.processes,
            decisions=self.decisions,
            dictionaries=self.parts.dictionaries,
            translations=self.texts,
            vocabulary=self.vocabulary,
            boards=self.boards,
            papers=self.papers,
            paper_vocabulary=self.paper_vocabulary,
            expressions=self.expressions,
            decision_tests={name: each.tests for name, each in self.parts.decisions.items()},
            members=members,
        )


def _texts(app: App) -> Iterator[tuple[str, str]]:
    """List the conditions of `app.json` with their paths."""
    for person in app.participants:
        if person.when:
            yield ids.path(words.APP, [app.id], f"participants.{person.role}.when"), person.when
    for listed in (app.notices, app.members):
        for entry in listed:
            if entry.when:
                yield ids.path(words.APP, [entry.id], "when"), entry.when


def _once(problems: Iterable[Problem]) -> Problems:
    """Keep each problem once, in the order of finding."""
    seen: set[tuple[str, str, tuple[tuple[str, object], ...]]] = set()
    kept = []
    for problem in problems:
        key = (problem.path, problem.code, tuple(sorted(problem.values.items())))
        if key not in seen:
            seen.add(key)
            kept.append(problem)
    return tuple(kept)


__all__ = [
    "VERSION",
    "FieldTypes",
    "FindApp",
    "Functions",
    "chart_types",
    "compile_package",
    "installed_types",
    "sentences",
]
