"""`gcrm audit verify`: was anything edited, removed or inserted?"""

import argparse
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app_definitions.problem import Catalogue
from gcrm.cli import context
from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add, show
from gcrm.store import anchors, audit_seals, tables
from gcrm.store.audit_seals import Anchor
from gcrm.store.errors import StoreError


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = add(commands, "audit", "Look after the audit.")
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    verify = add(
        inner, "verify", "Tell edits, removals and insertions, and the unsealed tail.", as_json=True
    )
    verify.add_argument(
        "--anchors", type=Path, help="anchors kept on another machine, one JSON a line"
    )
    verify.set_defaults(run=_verify)


def _verify(arguments: argparse.Namespace) -> int:
    kept = _anchors(arguments.anchors) if arguments.anchors else ()
    catalogue = Catalogue.of("gcrm.store")
    tenants: list[dict[str, Any]] = []
    lines: list[str] = []
    with context.house() as house, house.store.read() as reader:
        for tenant in reader.execute(select(tables.tenant.c.id)).scalars().all():
            key = house.services.sealer.audit_key(tenant)
            result = audit_seals.verify(reader, key, tenant, kept)
            sentences = [catalogue.render(each.problem(), "en").message for each in result.findings]
            tenants.append(
                {
                    "tenant": tenant,
                    "rows": result.rows,
                    "seals": result.seals,
                    "unsealed": list(result.unsealed),
                    "anchor": result.anchor.to_json() if result.anchor else None,
                    "findings": [
                        {"code": each.code, "subject": each.subject, "message": sentence}
                        for each, sentence in zip(result.findings, sentences, strict=True)
                    ],
                }
            )
            lines += sentences
            lines.append(
                f"Tenant {tenant}: {result.rows} rows, {result.seals} seals, "
                f"{len(result.unsealed)} not yet sealed, {len(result.findings)} findings."
            )
    show({"tenants": tenants}, lines, as_json=arguments.json)
    return PROBLEMS if any(each["findings"] for each in tenants) else DONE


def _anchors(path: Path) -> tuple[Anchor, ...]:
    try:
        return anchors.read(path)
    except (OSError, ValueError, StoreError) as error:
        raise Stop(f"The anchors in {path} cannot be read: {error}") from error
