"""Which connectors there are: the local doubles, and plug-ins by entry point `gcrm.connectors`."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import entry_points
from typing import Any

from gcrm.connectors.absent import NONE, Absent
from gcrm.connectors.clamd import DEFAULT, ClamdScanner
from gcrm.connectors.faults import ConnectorError
from gcrm.connectors.mail import MailDouble
from gcrm.connectors.population import PopulationDouble, read_people
from gcrm.connectors.ports import Connectors
from gcrm.connectors.scanner import ScannerDouble
from gcrm.connectors.sms import SmsDouble

GROUP = "gcrm.connectors"
PORTS = ("sms", "population", "scanner", "mail")

Factory = Callable[[], Any]

DOUBLES: Mapping[str, Factory] = {
    "sms.double": SmsDouble,
    "population.double": lambda: PopulationDouble(read_people()),
    "scanner.double": ScannerDouble,
    "mail.double": MailDouble,
}


def known_connectors(clamd: str = DEFAULT) -> Mapping[str, Factory]:
    """List every connector by `<port>.<name>`; a plug-in's entry point is a factory.

    A plug-in cannot take the place of what ships: the doubles, `off`, which goes without,
    and `clamd` at the given address.
    """
    plugged = {point.name: point.load() for point in entry_points(group=GROUP)}
    absent = {f"{port}.{NONE}": partial(Absent, port) for port in PORTS}
    shipped = {"scanner.clamd": partial(ClamdScanner, clamd)}
    return {**plugged, **absent, **shipped, **DOUBLES}


def build_connectors(
    chosen: Mapping[str, str], known: Mapping[str, Factory] | None = None
) -> Connectors:
    """Build the ports; `chosen` names a connector for a port, the double stands in otherwise.

    Raises ConnectorError for a port or a name that is not there.
    """
    factories = known_connectors() if known is None else known
    for port in sorted(set(chosen) - set(PORTS)):
        raise ConnectorError(port, "unknown_port", f"known ports are {', '.join(PORTS)}")
    built = {}
    for port in PORTS:
        name = f"{port}.{chosen.get(port, 'double')}"
        if name not in factories:
            there = sorted(each for each in factories if each.startswith(f"{port}."))
            raise ConnectorError(port, "unknown_connector", f"{name}; known: {', '.join(there)}")
        built[port] = factories[name]()
    return Connectors(**built)
