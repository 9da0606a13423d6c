"""`gcrm selfcheck`: does what is stored agree with itself?"""

import argparse

from sqlalchemy import Connection, select

from app_definitions.problem import Catalogue, Problem, error
from gcrm.assembly import House
from gcrm.cli import context
from gcrm.cli.control import Document
from gcrm.cli.output import DONE, PROBLEMS, Commands, add, show
from gcrm.runtime import handling
from gcrm.store import rewrite, selfcheck, service_search
from gcrm.store import tables as t


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
    """Write anew what differs from event log and clocks, and the index of services."""
    with house.store.write() as writer:
        service_search.rebuild(writer)
        rewritten = rewrite.projections(writer)
        for tenant in _tenants(writer):
            lists = house.services.reference.at(writer, tenant, house.now())
            rewritten += handling.settle_all(writer, tenant, lists.calendar, house.now())
        return {"rewritten": rewritten}


def _tenants(reader: Connection) -> list[int]:
    return list(reader.execute(select(t.tenant.c.id)).scalars())


def _handling(house: House, reader: Connection) -> list[Problem]:
    """Compare how long cases took with their clocks, on each tenant's calendar."""
    found = []
    for tenant in _tenants(reader):
        calendar = house.services.reference.at(reader, tenant, house.now()).calendar
        for row in handling.differences(reader, tenant, calendar, house.now()):
            found.append(
                error(
                    f"case/{row.id}", "handling_differs",
                    stored=str(row.handled_days), counted=str(row.days),
                )
            )  # fmt: skip
    return found


def _run(arguments: argparse.Namespace) -> int:
    catalogue = Catalogue.of("gcrm.store")
    with context.house() as house, house.store.read() as reader:
        found = [*selfcheck.check(reader), *_handling(house, reader)]
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
