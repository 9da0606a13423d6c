"""`gcrm app check|publish|list`: app definitions from folders or zip files."""

import argparse
import base64
from pathlib import Path

from sqlalchemy import select

from app_definitions import package
from app_definitions.package import Package
from app_definitions.problem import Problem, has_errors
from gcrm.apps import report
from gcrm.apps.publish import Publish
from gcrm.assembly import House
from gcrm.cli import context
from gcrm.cli.control import Document
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add, show
from gcrm.demo.library import PUBLISH
from gcrm.store import tables


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = add(commands, "app", "Check, publish and list apps.")
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    check = add(inner, "check", "Compile a package, run its tests, list problems.", as_json=True)
    check.add_argument("package", type=Path, help="a folder or a zip file")
    check.set_defaults(run=_check)
    send = add(inner, "publish", "Publish a package as the next release.", as_json=True)
    send.add_argument("package", type=Path, help="a folder or a zip file")
    send.add_argument("--note", default="", help="what changed, for those who read the releases")
    send.add_argument("--tenant", default=None, help="the tenant's code, where there are several")
    send.set_defaults(run=_publish)
    listed = add(inner, "list", "List the apps and their current releases.", as_json=True)
    listed.set_defaults(run=_list)


def publish(house: House, arguments: Document) -> Document:
    """Publish a package that came as a zip file in base64."""
    found, problems = package.read(base64.b64decode(arguments["package"]))
    if has_errors(problems):
        return report.check(found, problems) | {"release": None, "unchanged": False}
    tenant = context.tenant(house, arguments["tenant"])
    ask = Publish(tenant_id=tenant, package=found, note=str(arguments["note"]))
    return report.published(house.run(PUBLISH, None, ask))


def _check(arguments: argparse.Namespace) -> int:
    found, problems = _read(arguments.package)
    document = report.check(found, problems)
    show(document, _lines(document), as_json=arguments.json)
    return DONE if document["ok"] else PROBLEMS


def _publish(arguments: argparse.Namespace) -> int:
    found, problems = _read(arguments.package)
    if has_errors(problems):
        document = report.check(found, problems) | {"release": None, "unchanged": False}
    else:
        content = base64.b64encode(package.write(found)).decode("ascii")
        asked = {"package": content, "note": arguments.note, "tenant": arguments.tenant}
        document = context.write("app.publish", publish, asked)
    lines = _lines(document)
    if document["release"] is not None:
        same = " already; nothing changed" if document["unchanged"] else ""
        lines.append(f"{document['app']} is release {document['release']}{same}.")
    show(document, lines, as_json=arguments.json)
    return DONE if document["release"] is not None else PROBLEMS


def _list(arguments: argparse.Namespace) -> int:
    app, release = tables.app.c, tables.release.c
    with context.house() as house, house.store.read() as reader:
        rows = reader.execute(
            select(app.tenant_id, app.id, app.name, app.current_release, release.published_at)
            .join_from(
                tables.app,
                tables.release,
                (release.tenant_id == app.tenant_id)
                & (release.app_id == app.id)
                & (release.number == app.current_release),
                isouter=True,
            )
            .order_by(app.tenant_id, app.id)
        ).all()
    listed = [
        {
            "tenant": row.tenant_id,
            "id": row.id,
            "name": row.name,
            "release": row.current_release,
            "published_at": row.published_at.isoformat() if row.published_at else None,
        }
        for row in rows
    ]
    lines = [f"{each['id']:<24} release {each['release']}  {each['name']}" for each in listed]
    show({"apps": listed}, lines, as_json=arguments.json)
    return DONE


def _read(path: Path) -> tuple[Package, tuple[Problem, ...]]:
    if not path.exists():
        raise Stop(f"{path} is not there.")
    return package.read(path if path.is_dir() else path.read_bytes())


def _lines(document: Document) -> list[str]:
    lines = [
        f"{each['path']}: {each['texts']['zh_CN']['message']} {each['texts']['zh_CN']['fix']}"
        for each in document["problems"]
    ]
    run = document["tests"]
    lines += [f"{each['path']}: {difference}" for each in run for difference in each["differences"]]
    passed = sum(each["passed"] for each in run)
    return [*lines, f"{len(document['problems'])} problems; {passed} of {len(run)} tests pass."]
