"""A program that is killed: it forks servers and workers under load, on command.

`python people_at_work.py URL FOLDER` loads the demo city, compiles the apps once, and
then forks at each line on standard input: `server` (threads that fill in and submit, and
clerks that decide) or `worker` (jobs, outbox, timers, sealer). It answers with the new
process's number. What was acknowledged stands in FOLDER/acknowledged, one line each.
"""

import contextlib
import datetime as dt
import io
import os
import random
import secrets
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select

from gcrm import config
from gcrm.access.actors import actor_of_account
from gcrm.apps import AppCatalogue
from gcrm.assembly import House, build
from gcrm.connectors import Person, doubles
from gcrm.demo.city import read_city
from gcrm.demo.loading import load
from gcrm.runtime import act, attachments, drafts, jobs, submit
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
THREADS = 3
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CATALOGUE = AppCatalogue()


def open_house(url: str, folder: Path) -> House:
    settings = config.load(
        {
            "GCRM_DATA": str(folder),
            "GCRM_DATABASE": url,
            "GCRM_MASTER_KEY": KEY,
            "GCRM_SYNCHRONOUS": "NORMAL",  # survives a killed process; power is another test
        }
    )
    house = build(settings, connectors=doubles())
    return replace(house, services=replace(house.services, apps=CATALOGUE))


def main() -> None:
    url, folder = sys.argv[1], Path(sys.argv[2])
    house = open_house(url, folder)
    load(house, read_city())
    with house.store.read() as reader:
        house.services.apps.current(reader, 1, "elder_allowance")
    house.close()
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    print("ready", flush=True)
    while line := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                {"server": serve, "worker": work, "both": both}[line.strip()](url, folder)
            os._exit(1)
        print(child, flush=True)


def reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def work(url: str, folder: Path) -> None:
    jobs.run(open_house(url, folder), threading.Event())


def serve(url: str, folder: Path) -> None:
    people(open_house(url, folder), folder)


def both(url: str, folder: Path) -> None:
    """The embedded mode: one process with the pages' threads and the job thread."""
    house = open_house(url, folder)
    jobs.start(house)
    people(house, folder)


def people(house: House, folder: Path) -> None:
    """Fill in, submit and decide until killed."""
    notes = os.open(folder / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    threads = [
        threading.Thread(target=citizen, args=(house, notes), daemon=True) for _ in range(THREADS)
    ]
    threads.append(threading.Thread(target=clerks, args=(house, notes), daemon=True))
    for thread in threads:
        thread.start()
    while True:
        time.sleep(60)  # until it is killed


def citizen(house: House, notes: int) -> None:
    chen = actor(house, t.account.c.kind == "citizen", t.account.c.assurance >= 2)
    while True:
        ask = fill(house, chen)
        os.write(notes, f"try {ask.draft_id} {ask.key} {ask.rev}\n".encode())
        done = house.run(submit.SUBMIT, chen, ask)
        os.write(notes, f"ack {ask.key} {done.case_id} {done.number}\n".encode())


def clerks(house: House, notes: int) -> None:
    """Decide whatever is open; the same task may be pressed by two processes."""
    who = {
        step: actor(house, t.account.c.login == login)
        for step, login in (
            ("community_clerk", "hefang"),
            ("street_civil", "linyu"),
            ("mz_a", "machao"),
            ("mz_b", "zhaolei"),
        )
    }
    raw = {"visit_way": ["home"], "visit_date": [dt.date.today().isoformat()]}
    while True:
        with house.store.read() as reader:
            found = reader.execute(
                select(t.task.c.id, t.task.c.role_code).where(t.task.c.status == "open").limit(20)
            ).all()
        if not found:
            time.sleep(0.01)
            continue
        task = random.choice(found)  # noqa: S311
        try:
            done = house.run(act.ACT, who[task.role_code], act.Act(task.id, "pass", "同意", raw))
        except Refused:
            continue
        os.write(notes, f"done {task.id} {done.state}\n".encode())


def fill(house: House, chen: Any) -> submit.Submit:
    name, number = new_elder(house)
    started = begin(house, chen)
    content = io.BytesIO()
    Image.new("RGB", (4, 4), tuple(secrets.token_bytes(3))).save(content, "PNG")
    content.seek(0)
    sign = house.run(
        attachments.UPLOAD, chen,
        attachments.Upload(started.draft_id, "sign", "sign.png", content),
    )  # fmt: skip
    answers = {
        "agent_flag": "true", "relation": "child", "elder_name": name, "elder_id": number,
        "elder_phone": "19900000001", "hukou_region": "990102001001",
        "live_addr-region": "990102001001", "live_addr-detail": "1",
        "bank": "6222020000000000000", "other_sub": "none", "sign": sign.id, "sign-photo": sign.id,
    }  # fmt: skip
    with house.store.read() as reader:
        app = house.services.apps.current(reader, 1, "elder_allowance")
    rev = 1
    for section in app.forms["main"].sections:
        names = {field.id for field in section.fields}
        raw = {k: [v] for k, v in answers.items() if k.partition("-")[0] in names}
        rev = house.run(drafts.SAVE, chen, drafts.Save(started.draft_id, section.id, raw, rev)).rev
    return submit.Submit(started.draft_id, started.key, rev)


def begin(house: House, chen: Any) -> drafts.Started:
    """Start a draft; those that killed processes left half filled make room."""
    try:
        return house.run(drafts.START, chen, drafts.Start("elder_allowance", "new"))
    except Refused:
        with house.store.read() as reader:
            left = drafts.list_drafts(reader, chen)
        for line in left[THREADS:]:  # the newest are being filled in by the other threads
            with contextlib.suppress(Refused):
                house.run(drafts.DELETE, chen, drafts.Delete(line.draft_id))
        return house.run(drafts.START, chen, drafts.Start("elder_allowance", "new"))


def new_elder(house: House) -> tuple[str, str]:
    day = dt.date(1930, 1, 1) + dt.timedelta(days=secrets.randbelow(3_000))
    body = f"990102{day:%Y%m%d}{secrets.randbelow(500) * 2:03d}"
    digit = "10X98765432"[sum(int(a) * b for a, b in zip(body, WEIGHTS, strict=True)) % 11]
    port: Any = house.services.connectors.population
    port.port.add(Person(body + digit, "老人", "female", day, True, "990102001001"))
    return "老人", body + digit


def actor(house: House, *conditions: Any) -> Any:
    with house.store.read() as reader:
        account = reader.execute(select(t.account.c.id).where(*conditions)).scalars().first()
        return actor_of_account(reader, 1, account, house.now())


if __name__ == "__main__":
    main()
