"""A fence: no port is called while this thread holds the database writer.

Twenty milliseconds of waiting inside the write transaction cost everyone nine
tenths of the throughput; the fence turns such a mistake into an error at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gcrm.connectors.mail import Mail
from gcrm.connectors.ports import (
    Connectors,
    MailPort,
    Person,
    PopulationPort,
    Scanned,
    ScannerPort,
    SmsPort,
)
from gcrm.connectors.sms import Sms

Holding = Callable[[], bool]


class WriterHeldError(RuntimeError):
    """Something slow was about to run while the writer was held: a mistake in our code."""


def refuse_while(holding: Holding, what: str) -> None:
    """Raise WriterHeldError where `holding()` says that this thread holds the writer."""
    if holding():
        raise WriterHeldError(f"{what} was called while the database writer was held.")


def guarded(connectors: Connectors, holding: Holding) -> Connectors:
    """Give the same ports behind the fence; `holding` is `store.holding`."""
    return Connectors(
        sms=_Sms(connectors.sms, holding),
        population=_Population(connectors.population, holding),
        scanner=_Scanner(connectors.scanner, holding),
        mail=_Mail(connectors.mail, holding),
    )


@dataclass(frozen=True, slots=True)
class _Sms:
    port: SmsPort
    holding: Holding

    def send(self, message: Sms) -> str:
        refuse_while(self.holding, "sms.send")
        return self.port.send(message)


@dataclass(frozen=True, slots=True)
class _Population:
    port: PopulationPort
    holding: Holding

    def find(self, id_number: str) -> Person | None:
        refuse_while(self.holding, "population.find")
        return self.port.find(id_number)


@dataclass(frozen=True, slots=True)
class _Scanner:
    port: ScannerPort
    holding: Holding

    def scan(self, content: bytes) -> Scanned:
        refuse_while(self.holding, "scanner.scan")
        return self.port.scan(content)


@dataclass(frozen=True, slots=True)
class _Mail:
    port: MailPort
    holding: Holding

    def send(self, mail: Mail) -> str:
        refuse_while(self.holding, "mail.send")
        return self.port.send(mail)
