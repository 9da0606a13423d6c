"""Ports to other systems, each with a local double."""

from gcrm.connectors.absent import NONE
from gcrm.connectors.clamd import ClamdScanner
from gcrm.connectors.guard import WriterHeldError, guarded
from gcrm.connectors.mail import Mail, MailDouble
from gcrm.connectors.population import PopulationDouble, read_people
from gcrm.connectors.ports import (
    ConnectorError,
    Connectors,
    MailPort,
    Person,
    PopulationPort,
    Scanned,
    ScannerPort,
    SmsPort,
)
from gcrm.connectors.registry import DOUBLES, build_connectors, known_connectors
from gcrm.connectors.scanner import ScannerDouble
from gcrm.connectors.sms import Sms, SmsDouble
from gcrm.connectors.smtp import SmtpMail, SmtpServer

__all__ = [
    "NONE",
    "ClamdScanner",
    "ConnectorError",
    "Connectors",
    "Mail",
    "MailDouble",
    "MailPort",
    "Person",
    "PopulationDouble",
    "PopulationPort",
    "Scanned",
    "ScannerDouble",
    "ScannerPort",
    "Sms",
    "SmsDouble",
    "SmsPort",
    "SmtpMail",
    "SmtpServer",
    "WriterHeldError",
    "build_connectors",
    "doubles",
    "guarded",
    "known_connectors",
    "read_people",
]


def doubles() -> Connectors:
    """Give the local doubles of all ports: nothing leaves this machine."""
    return build_connectors({}, DOUBLES)
