"""Reports for commands and pages: what is wrong with a package, in both languages."""

from typing import Any

from app_definitions.package import Package
from app_definitions.problem import Problem, Problems, has_errors
from gcrm.apps import compiler, publish, tests
from gcrm.apps.compiler import FindApp


def check(
    package: Package, problems: Problems = (), *, find_app: FindApp | None = None
) -> dict[str, Any]:
    """Compile a package and run its tests; give the report as JSON.

    `problems` are those found when the package was read.
    """
    canonical, found = publish.canonical_package(package)
    app, more = compiler.compile_package(canonical, find_app=find_app)
    told = _once((*problems, *found, *more))
    results = tests.run(app) if app is not None else ()
    told = (*told, *tests.problems(results))
    return {
        "app": app.id if app is not None else None,
        "digest": canonical.digest,
        "canonical": canonical == package,
        "ok": app is not None and not has_errors(told),
        "problems": [said(problem) for problem in told],
        "tests": [result.to_json() for result in results],
    }


def said(problem: Problem) -> dict[str, Any]:
    """Give a problem as JSON with its sentences in Chinese and English."""
    catalogue = compiler.sentences()
    texts = {}
    for locale in catalogue.LOCALES:
        rendered = catalogue.render(problem, locale)
        texts[locale] = {"message": rendered.message, "fix": rendered.fix}
    return {**problem.to_json(), "texts": texts}


def published(receipt: publish.Receipt) -> dict[str, Any]:
    """Give what publishing came to as JSON."""
    return {
        "app": receipt.app_id,
        "release": receipt.number,
        "unchanged": receipt.unchanged,
        "ok": receipt.number is not None,
        "problems": [said(problem) for problem in receipt.problems],
        "tests": [result.to_json() for result in receipt.results],
    }


def _once(problems: Problems) -> Problems:
    return tuple(
        problem for index, problem in enumerate(problems) if problem not in problems[:index]
    )
