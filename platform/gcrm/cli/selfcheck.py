"""`gcrm selfcheck`: does what is stored agree with itself?"""

import argparse

from app_definitions.problem import Catalogue
from gcrm.assembly import House
from gcrm.cli import context
from gcrm.cli.control import Document
from gcrm.cli.output import DONE, PROBLEMS, Commands, add, show
from gcrm.store import rewrite, selfcheck, service_search


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add(
        commands,
        "selfcheck",
        "Compare cases with their events, records with submissions, numbers with counters.",
        as_json=True,
    )
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="write the projections that differ anew from the event log",
    )
    parser.set_defaults(run=_run)


def rebuild(house: House, _arguments: Document) -> Document:
    """Write anew what differs from the event log, and the index of services; counts columns."""
    with house.store.write() as writer:
        service_search.rebuild(writer)
        return {"rewritten": rewrite.projections(writer)}


def _run(arguments: argparse.Namespace) -> int:
    catalogue = Catalogue.of("gcrm.store")
    with context.house() as house, house.store.read() as reader:
        found = selfcheck.check(reader)
    findings = [
        {
            "path": problem.path,
            "code": problem.code,
            "message": catalogue.render(problem, "en").message,
            "fix": catalogue.render(problem, "en").fix,
        }
        for problem in found
    ]
    rewritten = (
        context.write("selfcheck.rebuild", rebuild, {})["rewritten"] if arguments.rebuild else 0
    )
    document = {"findings": findings, "rewritten": rewritten}
    lines = [f"{item['path']}: {item['message']} {item['fix']}" for item in findings]
    if arguments.rebuild:
        lines.append(f"{rewritten} columns written anew.")
    show(document, [*lines, f"{len(findings)} findings."], as_json=arguments.json)
    return PROBLEMS if findings else DONE
