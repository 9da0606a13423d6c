"""`gcrm catalogue import`: bring the list of services up to a file; say what changed."""

import argparse
import base64
from pathlib import Path

from gcrm.assembly import House
from gcrm.cli import context
from gcrm.cli.control import Document
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add, language, show
from gcrm.runtime import catalogue_import
from gcrm.runtime.catalogue_files import LARGEST, Fault
from gcrm.runtime.catalogue_import import SOURCE, Import, Receipt
from gcrm.runtime.refusals import Refused

LOCALES = ("zh_CN", "en")
NAMED = 20  # names of each kind that people are shown; --json has them all


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = add(commands, "catalogue", "Look after the catalogue of services.")
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    bring = add(inner, "import", "Bring the catalogue up to a list of services.", as_json=True)
    bring.add_argument("file", type=Path, help="script data (.js), gcrm.catalogue/1 as JSON, .xlsx")
    bring.add_argument("--source", default=SOURCE, help="which list it is, where there are several")
    bring.add_argument("--gone", action="store_true", help="many items may end with this file")
    bring.add_argument("--tenant", default=None, help="the tenant's code, where there are several")
    bring.set_defaults(run=_import)


def bring_in(house: House, arguments: Document) -> Document:
    """Import a file that came in base64; a file with faults changes nothing."""
    ask = Import(
        context.tenant(house, arguments["tenant"]),
        base64.b64decode(arguments["content"]),
        str(arguments["file"]),
        str(arguments["source"]),
        bool(arguments["gone"]),
    )
    receipt: Receipt = house.run(catalogue_import.IMPORT, None, ask)
    return {
        "departments": receipt.departments,
        "new": list(receipt.added),
        "changed": list(receipt.changed),
        "gone": list(receipt.gone),
        "same": receipt.same,
        "problems": [_said(house, fault) for fault in receipt.faults],
    }


def _said(house: House, fault: Fault) -> Document:
    refused = Refused(fault.code, fault.values)
    texts = {locale: refused.render(locale, house.services.zone) for locale in LOCALES}
    return {
        "code": fault.code,
        "line": fault.values.get("line"),
        "texts": {
            locale: {"message": said.message, "fix": said.fix} for locale, said in texts.items()
        },
    }


def _import(arguments: argparse.Namespace) -> int:
    try:
        if arguments.file.stat().st_size > LARGEST:
            raise Stop(f"{arguments.file} is larger than {LARGEST // 1_000_000} MB.", PROBLEMS)
        content = arguments.file.read_bytes()
    except OSError as error:
        raise Stop(f"{arguments.file} cannot be read: {error.strerror}.") from error
    asked = {
        "content": base64.b64encode(content).decode("ascii"),
        "file": arguments.file.name,
        "source": arguments.source,
        "gone": arguments.gone,
        "tenant": arguments.tenant,
    }
    try:
        document = context.write("catalogue.import", bring_in, asked)
    except ValueError as error:
        raise Stop(str(error)) from error
    show(document, _lines(document), as_json=arguments.json)
    return PROBLEMS if document["problems"] else DONE


def _lines(document: Document) -> list[str]:
    if document["problems"]:
        said = [each["texts"][language()] for each in document["problems"]]
        space = "" if language() == "zh_CN" else " "
        lines = [f"{each['message']}{space}{each['fix']}" for each in said]
        return [*lines, f"{len(lines)} problems; nothing was imported."]
    lines = []
    for name in ("new", "changed", "gone"):
        listed = document[name]
        lines += [f"{name:<8} {each}" for each in listed[:NAMED]]
        if len(listed) > NAMED:
            lines.append(f"{name:<8} … and {len(listed) - NAMED} more")
    counted = ", ".join(f"{len(document[name])} {name}" for name in ("new", "changed", "gone"))
    total = len(document["new"]) + len(document["changed"]) + document["same"]
    return [
        *lines,
        f"{total} items of {document['departments']} departments: "
        f"{counted}, {document['same']} as they were.",
    ]
