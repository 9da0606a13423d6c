"""What a decision brings: a numbered, sealed PDF exactly once, and a completed case."""

import hashlib
import io
from dataclasses import replace
from typing import Any

import pypdf
from sqlalchemy import select, update

from form_engine import PaperFonts, Printer
from gcrm.runtime import act, issuing, jobs, paper_values, receipt, submit
from gcrm.store import jobs as jobs_table
from gcrm.store import selfcheck
from gcrm.store import tables as t

REASON = "上门核实时邻居说老人三年前已经迁走，户籍不在本市。"


def turns(town: Any, count: int = 4) -> jobs.Worker:
    worker = jobs.Worker(town.house)
    for _ in range(count):
        worker.turn()
    assert not worker.failures
    return worker


def certificate(town: Any) -> Any:
    (row,) = town.rows(select(t.certificate))
    return row


def pdf_of(town: Any, row: Any) -> bytes:
    services = town.house.services
    with town.house.store.read() as reader:
        services.sealer.load(reader, row["tenant_id"], (row["holder_id"],))
    content: bytes = services.blobs.get(row["tenant_id"], row["holder_id"], row["blob"])
    return content


def words_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def state(town: Any, case_id: int) -> Any:
    return town.one(select(t.case.c.state).where(t.case.c.id == case_id))


def test_an_approved_case_gets_its_certificate_and_is_completed(town: Any) -> None:
    done = town.submitted()
    town.decide(done.case_id)

    turns(town)

    row = certificate(town)
    assert state(town, done.case_id) == "completed"
    assert (row["status"], row["kind"], row["number"]) == (
        "valid",
        "certificate",
        "GLJTZ-2026-000001",
    )
    pdf = pdf_of(town, row)
    assert hashlib.sha256(pdf).hexdigest() == row["digest"]
    assert len(pdf) == row["size"]
    words = words_of(pdf)
    for expected in (
        "高龄津贴核准书",
        row["number"],
        "测试老人1",
        "2026年12月",
        "30元",
        "叁拾元整",
    ):
        assert expected in words
    with town.house.store.read() as reader:
        assert selfcheck.check(reader) == ()
    log = town.rows(select(t.event.c.type).where(t.event.c.case_id == done.case_id))
    assert [each["type"] for each in log][-3:] == ["approved", "issuing", "completed"]


def test_a_refused_case_gets_a_letter_with_its_reason_and_how_to_appeal(town: Any) -> None:
    done = town.submitted()
    town.decide(done.case_id, "refuse", REASON)

    turns(town)

    row = certificate(town)
    assert (state(town, done.case_id), row["kind"], row["status"]) == (
        "completed",
        "letter",
        "valid",
    )
    words = words_of(pdf_of(town, row))
    for said in (
        REASON,
        town.grounds.change,
        town.grounds.elsewhere,
        "60日内可以申请行政复议",
        "6个月内",
    ):
        assert "".join(said.split()) in words
    outcome = town.one(select(t.case.c.outcome).where(t.case.c.id == done.case_id))
    assert outcome == "refused"


def test_an_application_that_is_not_accepted_gets_its_letter_once_and_stays_closed(
    town: Any,
) -> None:
    """行政许可法 32: a refusal to accept is given in writing, with its reason."""
    filled = town.fill(town.chen, elder=town.new_elder(born=1966))
    done = town.run(submit.SUBMIT, town.chen, replace(filled, insist=True))
    decline = act.Act(town.task(done.case_id), "decline", REASON, grounds=town.grounds)
    town.run(act.ACT, town.staff("linyu"), decline)

    turns(town)
    with town.house.store.write() as writer:
        again = jobs_table.NewJob(issuing.BEGIN, {"case": str(done.case_id)}, town.clock())
        jobs_table.enqueue(writer, 1, [again], town.clock())
    turns(town)

    row = certificate(town)
    assert state(town, done.case_id) == "not_accepted"
    assert (row["kind"], row["status"], row["number"]) == ("letter", "valid", "GLJTN-2026-000001")
    words = words_of(pdf_of(town, row))
    for said in ("不予受理通知书", REASON, town.grounds.change, "60日内可以申请行政复议"):
        assert "".join(said.split()) in words
    with town.house.store.read() as reader:
        assert selfcheck.check(reader) == ()


def test_somebody_who_was_refused_and_has_the_letter_may_apply_again(sqlite_town: Any) -> None:
    elder = sqlite_town.new_elder()
    done = sqlite_town.submitted(elder=elder)
    sqlite_town.decide(done.case_id, "refuse", REASON)
    turns(sqlite_town)

    again = sqlite_town.submitted(elder=elder)

    assert again.case_id != done.case_id


def test_a_worker_killed_after_printing_loses_nothing_and_doubles_nothing(town: Any) -> None:
    done = town.submitted()
    town.decide(done.case_id)
    house = town.house
    claimed: Any = ()
    while not claimed:  # the notices of the days before come first
        turns(town, 1)
        with house.store.write() as writer:
            claimed = issuing.jobs.claim(writer, town.clock(), kinds=(issuing.PRINT,))
    (job,) = claimed
    with house.store.read() as reader:  # printed and kept, then the power fails
        first = issuing.print_paper(reader, house.services, job, town.clock())

    town.clock.go(minutes=5)
    turns(town, 3)

    row = certificate(town)
    assert first is not None
    assert row["digest"] == first.values["digest"]
    assert row["status"] == "valid"
    assert state(town, done.case_id) == "completed"


def test_a_paper_that_cannot_be_printed_is_an_incident_and_goes_on_when_tried_again(
    sqlite_town: Any,
) -> None:
    town = sqlite_town
    done = town.submitted()
    town.decide(done.case_id)
    good = town.house.services.printer
    broken = replace(town.house.services, printer=Printer(PaperFonts(())))
    town.house = replace(town.house, services=broken)
    for _ in range(7):
        town.clock.go(hours=1)
        turns(town, 2)
    (incident,) = town.rows(select(t.incident))
    waiting = state(town, done.case_id)

    town.house = replace(town.house, services=replace(broken, printer=good))
    with town.house.store.write() as writer:
        writer.execute(
            t.job.update()
            .where(t.job.c.id == incident["job_id"])
            .values(status="waiting", attempts_left=5)
        )
    turns(town, 2)

    assert incident["data"] == {"kind": "paper.print", "error": "MissingGlyphsError"}
    assert waiting == "issuing"
    assert state(town, done.case_id) == "completed"
    assert certificate(town)["number"] == "GLJTZ-2026-000001"


def test_numbers_of_papers_have_no_gap(sqlite_town: Any) -> None:
    for _ in range(3):
        sqlite_town.decide(sqlite_town.submitted().case_id)

    turns(sqlite_town, 5)

    rows = sqlite_town.rows(select(t.certificate.c.number, t.certificate.c.code))
    assert sorted(row["number"][-1] for row in rows) == ["1", "2", "3"]
    assert len({row["code"] for row in rows}) == 3


def test_codes_on_papers_lead_to_the_governments_own_address(sqlite_town: Any) -> None:
    town = sqlite_town
    with town.house.store.write() as writer:
        writer.execute(update(t.tenant).values(host="yunzhou.example.gov.cn"))
    case_id = town.submitted().case_id
    town.decide(case_id)
    turns(town)
    row = certificate(town)

    with town.house.store.read() as reader:
        services = town.house.services
        case = issuing.case_of(reader, 1, case_id)
        known = paper_values.read_values(reader, services, case, town.clock())
        accessor = town.accessor(reader, town.chen)
        printed = receipt.print_receipt(reader, services, accessor, case_id, town.clock())

    own = "http://yunzhou.example.gov.cn"
    assert (
        issuing.filled(services, known, row).inputs["paper_link"] == f"{own}/verify/{row['code']}"
    )
    assert f"{own}/lookup" in words_of(printed.content.getvalue())
