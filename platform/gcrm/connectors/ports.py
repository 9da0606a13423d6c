"""What each other system gives us: one Protocol a port, one error for all of them."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol

from gcrm.connectors.faults import ConnectorError
from gcrm.connectors.mail import Mail
from gcrm.connectors.sms import Sms

__all__ = [
    "ConnectorError",
    "Connectors",
    "MailPort",
    "Person",
    "PopulationPort",
    "Scanned",
    "ScannerPort",
    "SmsPort",
]


@dataclass(frozen=True, slots=True)
class Person:
    """One person as the population register knows them."""

    id_number: str
    name: str
    sex: Literal["female", "male"]
    born: dt.date
    alive: bool
    region_code: str  # where the household is registered


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the virus scanner says of a file; `threat` names what it found."""

    clean: bool
    threat: str = ""


class SmsPort(Protocol):
    """Text messages."""

    def send(self, message: Sms) -> str:
        """Send one message and give the receipt number. Raises ConnectorError."""
        ...


class PopulationPort(Protocol):
    """The register of natural persons."""

    def find(self, id_number: str) -> Person | None:
        """Give the person with that ID number, None where it is unknown. Raises ConnectorError."""
        ...


class ScannerPort(Protocol):
    """The virus scanner."""

    def scan(self, content: bytes) -> Scanned:
        """Judge the content of a file. Raises ConnectorError."""
        ...


class MailPort(Protocol):
    """Electronic mail."""

    def send(self, mail: Mail) -> str:
        """Send one mail and give the receipt number. Raises ConnectorError."""
        ...


@dataclass(frozen=True, slots=True)
class Connectors:
    """All ports of an installation."""

    sms: SmsPort
    population: PopulationPort
    scanner: ScannerPort
    mail: MailPort
