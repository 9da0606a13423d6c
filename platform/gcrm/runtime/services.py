"""What every use case is given: built once, by hand, when the program starts."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from form_engine import Printer
from gcrm.apps import AppCatalogue
from gcrm.config import Settings
from gcrm.connectors import Connectors
from gcrm.runtime.passwords import Passwords
from gcrm.runtime.reference import Reference
from gcrm.store.blobs import Blobs
from gcrm.store.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a use case works with beside the database; shared by all threads."""

    settings: Settings
    sealer: Sealer
    apps: AppCatalogue
    connectors: Connectors
    blobs: Blobs
    passwords: Passwords
    printer: Printer
    reference: Reference
    zone: ZoneInfo
