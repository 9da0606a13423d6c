"""Everything built once, by hand: the store, the services, and the threads of the embedded mode."""

import datetime as dt
import gc
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from form_engine import Printer
from gcrm.access import Actor
from gcrm.apps import AppCatalogue
from gcrm.config import Settings
from gcrm.connectors import (
    Connectors,
    Sms,
    SmsDouble,
    SmtpMail,
    SmtpServer,
    build_connectors,
    guarded,
    known_connectors,
)
from gcrm.connectors.guard import refuse_while
from gcrm.runtime import jobs, paper_fonts, service_catalogue
from gcrm.runtime.passwords import Passwords
from gcrm.runtime.reference import Reference
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services
from gcrm.store import database, tables
from gcrm.store.blobs import Blobs, Folder
from gcrm.store.columns import new_id
from gcrm.store.engine import Store
from gcrm.store.errors import SealingError, StaleError, StoreAwayError, StoreBusyError
from gcrm.store.masks import mask
from gcrm.store.sealing import TENANT, Sealer
from gcrm.store.turns import Turns

ATTEMPTS = 4  # how often a step is prepared again when somebody else was faster
PLACES = {"sqlite": 2, "postgresql": 64}
"""How many threads of a process compute at once: there they wait for another process anyway."""

SWITCH = 0.0002  # seconds after which a thread that computes lets another one in

COLLECT = (20_000, 20, 20)  # a request makes some thousand objects, hardly any in circles

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Read the clock; nothing below the assembly does."""
    return dt.datetime.now(dt.UTC)


class TablesError(Exception):
    """The database's tables have another form than this program needs."""


@dataclass(frozen=True, slots=True)
class House:
    """An installation that runs: its settings, its store, its services and its clock."""

    settings: Settings
    store: Store
    services: Services
    clock: Clock = utc_now
    turns: Turns = field(default_factory=lambda: Turns(PLACES["postgresql"]))

    def now(self) -> dt.datetime:
        """Tell the moment, aware, in UTC."""
        return self.clock()

    def run(self, use_case: Any, actor: Actor | None, ask: Any) -> Any:
        """Run a use case: prepare with a reader, commit with the writer, then what comes after.

        Where the commit finds that something changed since it was prepared
        (StaleError, or a unique key that somebody else took), it is prepared again,
        four times at the most. Raises Refused with a sentence for the person.
        """
        for attempt in range(1, ATTEMPTS + 1):
            now = self.now()
            try:
                with self.store.read() as reader:
                    plan = use_case.prepare(reader, self.services, actor, ask, now)
                with self.store.write() as writer:
                    receipt = use_case.commit(writer, self.services, plan, now)
            except (StaleError, IntegrityError) as error:
                if attempt == ATTEMPTS:
                    raise Refused("busy", status=503) from error
                continue
            except StoreBusyError as error:
                raise Refused("busy", status=503) from error
            except StoreAwayError as error:
                raise Refused("not_saved", status=503) from error
            answer = use_case.after(self.services, receipt)
            return receipt if answer is None else answer
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close all connections."""
        self.store.close()


def build(
    settings: Settings, *, connectors: Connectors | None = None, clock: Clock = utc_now
) -> House:
    """Build a house on a database that has its tables; starts nothing.

    Raises TablesError where the tables are missing or have another form, ConnectorError
    where the settings name a connector that is not installed.
    """
    store = Store(
        settings.database,
        synchronous=settings.synchronous,
        prepare_threshold=5 if settings.prepared_statements else None,
    )
    with store.read() as reader:
        found, needed = database.revision(reader), database.newest()
    if found != needed:
        store.close()
        raise TablesError(
            f"The tables have the form {found}, {needed} is needed; run `gcrm database upgrade`."
        )
    sealer = Sealer(settings.master_key, settings.cipher)
    ports = connectors or build_connectors(settings.connectors, _known(settings))
    if isinstance(ports.sms, SmsDouble):
        ports.sms.keep = _keeper(store, sealer)
    services = Services(
        settings=settings,
        sealer=sealer,
        apps=AppCatalogue(),
        connectors=guarded(ports, store.holding),
        blobs=Blobs(Folder(settings.data / "blobs"), sealer),
        passwords=Passwords(holding=store.holding),
        printer=Printer(
            paper_fonts.find(settings.data),
            before=partial(refuse_while, store.holding, "printer.print"),
        ),
        reference=Reference(),
        zone=ZoneInfo("Asia/Shanghai"),
    )
    with store.read() as reader:
        for tenant in reader.execute(select(tables.tenant.c.id)).scalars().all():
            try:
                sealer.load(reader, tenant, (TENANT,))
            except SealingError as error:
                store.close()
                raise SealingError(
                    "The master key is not the one with which this database was sealed; set "
                    "GCRM_MASTER_KEY or GCRM_MASTER_KEY_FILE to that one."
                ) from error
    return House(settings, store, services, clock, Turns(PLACES[store.dialect]))


def settle(house: House) -> None:
    """Make a process ready to serve: apps compiled, lists read, what was built left alone.

    The collector need not look again and again through modules, compiled apps and
    statements, which live as long as the process.
    """
    now = house.now()
    with house.store.read() as reader:
        current = select(tables.app.c.tenant_id, tables.app.c.id).where(
            tables.app.c.current_release.is_not(None)
        )
        for row in reader.execute(current).all():
            house.services.apps.current(reader, row.tenant_id, row.id)
        for tenant in reader.execute(select(tables.tenant.c.id)).scalars().all():
            house.services.reference.at(reader, tenant, now)
            today = now.astimezone(house.services.zone).date()
            often = house.services.reference.words(reader, tenant, now, today).common
            for question in often[:1]:  # the first question is not answered slower than others
                service_catalogue.search(reader, house.services, tenant, question, now)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


def start_services(house: House) -> jobs.Running:
    """Start the worker of this process; never by importing anything. Stop it before closing."""
    # SQLite lets go of the interpreter's lock at each statement; a thread that computes then
    # keeps it for the interval, 5 ms by default: a request of 18 statements waits 18 times.
    sys.setswitchinterval(SWITCH)
    return jobs.start(house)


def _known(settings: Settings) -> Mapping[str, Callable[[], Any]]:
    """List the connectors: those that ship, plug-ins, and the office's mail server."""
    known = dict(known_connectors(settings.clamd))
    smtp = settings.smtp
    if smtp is not None:
        server = SmtpServer(
            smtp.host,
            smtp.port,
            smtp.sender,
            smtp.security,
            smtp.user,
            smtp.password,
            smtp.ca,
            smtp.timeout,
        )
        known["mail.smtp"] = lambda: SmtpMail(server)
    return known


_SMS = insert(tables.sms_message)


def _keeper(store: Store, sealer: Sealer) -> Callable[[Sms], None]:
    """Keep every message of the double in the store, sealed, in a transaction of its own."""

    def keep(message: Sms) -> None:
        key = new_id()
        content = json.dumps({"phone": message.phone, "text": message.text}, ensure_ascii=False)
        place = f"sms_message.sealed.{key}"
        row = {
            "tenant_id": message.tenant_id,
            "id": key,
            "phone_mask": mask("phone", message.phone),
            "sealed": sealer.seal(message.tenant_id, TENANT, place, content.encode("utf-8")),
            "kind": message.kind,
            "sent_at": message.at,
        }
        with store.write() as writer:
            writer.execute(_SMS, row)

    return keep
