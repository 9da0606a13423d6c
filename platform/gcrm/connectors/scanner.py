"""The virus scanner's local double: everything is clean except the EICAR test file."""

from gcrm.connectors.faults import Faults
from gcrm.connectors.ports import Scanned

# The industry's harmless test string (eicar.org), in two halves so that no
# scanner on a developer's machine takes this module for a virus.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class ScannerDouble(Faults):
    """Flag files that contain the EICAR test string."""

    def __init__(self) -> None:
        """Start working, with no file seen."""
        super().__init__("scanner")
        self.scanned = 0

    def scan(self, content: bytes) -> Scanned:
        """Judge the content of a file."""
        self.fail_if_away()
        self.scanned += 1
        return Scanned(False, "EICAR-Test-File") if EICAR in content else Scanned(True)
