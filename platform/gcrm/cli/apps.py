"""`gcrm app check|publish|export|list`: app definitions from and to folders and zip files."""

import argparse
import base64
from pathlib import Path

from sqlalchemy import Connection, select

from app_definitions import package
from app_definitions.package import Package
from app_definitions.problem import Problem, has_errors
from gcrm.apps import report
from gcrm.apps.catalogue import read_release
from gcrm.apps.publish import Publish
from gcrm.assembly import House
from gcrm.cli import context
from gcrm.cli.control import Document
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add, language, show
from gcrm.demo.library import PUBLISH
from gcrm.store import tables


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = add(commands, "app", "Check, publish, export and list apps.")
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    check = add(inner, "check", "Compile a package, run its tests, list problems.", as_json=True)
    check.add_argument("package", type=Path, help="a folder or a zip file")
    check.set_defaults(run=_check)
    send = add(inner, "publish", "Publish a package as the next release.", as_json=True)
    send.add_argument("package", type=Path, help="a folder or a zip file")
    send.add_argument("--note", default="", help="what changed, for those who read the releases")
    send.add_argument("--tenant", default=None, help="the tenant's code, where there are several")
    send.set_defaults(run=_publish)
    taken = add(
        inner, "export", "Write a release into a zip file, for another installation.", as_json=True
    )
    taken.add_argument("app", help="the app's id, as gcrm app list shows it")
    taken.add_argument("file", type=Path, help="where to; a file that is there stays as it is")
    taken.add_argument("--release", type=int, metavar="N", help="which one (the current one)")
    taken.add_argument("--tenant", default=None, help="the tenant's code, where there are several")
    taken.set_defaults(run=_export)
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


def _export(arguments: argparse.Namespace) -> int:
    with context.house() as house:
        try:
            tenant = context.tenant(house, arguments.tenant)
        except ValueError as error:
            raise Stop(str(error)) from error
        with house.store.read() as reader:
            number, found = _released(reader, tenant, arguments.app, arguments.release)
    try:
        with arguments.file.open("xb") as file:
            file.write(package.write(found))
    except FileExistsError as error:
        raise Stop(f"{arguments.file} is there already; name another file.") from error
    document = {
        "app": arguments.app,
        "release": number,
        "parts": len(found.parts),
        "digest": found.digest,
        "file": str(arguments.file),
    }
    told = f"{arguments.file} holds release {number} of {arguments.app}, {len(found.parts)} parts."
    show(document, [told], as_json=arguments.json)
    return DONE


def _released(
    reader: Connection, tenant_id: int, app_id: str, number: int | None
) -> tuple[int, Package]:
    """Read the parts of a release as they were published."""
    app = tables.app.c
    current = reader.scalar(
        select(app.current_release).where(app.tenant_id == tenant_id, app.id == app_id)
    )
    wanted = current if number is None else number
    found = None if wanted is None else read_release(reader, tenant_id, app_id, wanted)
    if wanted is None or found is None:
        said = "no release yet" if number is None else f"no release {number}"
        raise Stop(f'There is {said} of an app "{app_id}"; gcrm app list shows what there is.')
    return wanted, found


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
    said = [(each["path"], each["texts"][language()]) for each in document["problems"]]
    lines = [f"{path}: {text['message']} {text['fix']}" for path, text in said]
    run = document["tests"]
    lines += [f"{each['path']}: {difference}" for each in run for difference in each["differences"]]
    passed = sum(each["passed"] for each in run)
    return [*lines, f"{len(document['problems'])} problems; {passed} of {len(run)} tests pass."]
