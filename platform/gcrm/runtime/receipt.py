"""The receipt of an application: the same small paper for every app, printed when asked for."""

import io
import json
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from app_definitions.paper import read_paper
from app_definitions.vocabulary import Input, Vocabulary
from form_engine import Paper, compile_paper
from gcrm.access.accessor import Accessor
from gcrm.apps.words import PAPER
from gcrm.runtime import issuing, paper_values
from gcrm.runtime.attachments import FileView
from gcrm.runtime.certificates import PDF
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services

FILE = Path(__file__).parent / "data" / "receipt.json"
OWN = (Input("lookup_code", "查询码", "string"), Input("lookup_link", "查询网址", "string"))


@cache
def own_paper() -> Paper:
    """Compile the receipt that ships."""
    part = "papers/receipt.json"
    definition, problems = read_paper(json.loads(FILE.read_text("utf-8")), part)
    if definition is None:
        raise ValueError(f"Our own receipt cannot be read: {problems}")
    paper, problems = compile_paper(definition, (), Vocabulary((*PAPER, *OWN)), part=part)
    if paper is None:
        raise ValueError(f"Our own receipt does not compile: {problems}")
    return paper


def print_receipt(
    reader: Connection, services: Services, accessor: Accessor, case_id: int, now: datetime
) -> FileView:
    """Print the receipt of a case that the actor may read. Raises Refused for any other."""
    if accessor.find("case", case_id) is None:
        raise Refused("not_found", status=404)
    case = issuing.case_of(reader, accessor.actor.tenant_id, case_id)
    if case is None or case["submitted_at"] is None:
        raise Refused("not_found", status=404)
    known = paper_values.read_values(reader, services, case, now)
    issuer = issuing.issuer_of(reader, case["tenant_id"], case["department_id"])
    filling = known.filling(
        {
            "paper_issuer": issuer,
            "paper_date": now.astimezone(services.zone).date(),
            "lookup_code": paper_values.spaced(case["lookup_code"]),
            "lookup_link": f"{known.base}/lookup",
        }
    )
    pdf = services.printer.print(own_paper().lay(filling), now, author=issuer)
    name = f"{own_paper().definition.title} {case['number'] or ''}".strip() + ".pdf"
    return FileView(name, PDF, io.BytesIO(pdf), len(pdf))
