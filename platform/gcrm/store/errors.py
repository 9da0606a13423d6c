"""What can go wrong in the store: one small tree."""

from pathlib import Path


class StoreError(Exception):
    """Something in the store failed; the message names the thing and the way out."""


class StoreBusyError(StoreError):
    """The writer was not free in time."""


class StoreAwayError(StoreError):
    """Nothing can be read or written now: disk full or read-only, or the server is away."""


class StaleError(StoreError):
    """What was read has changed since; read again and decide again."""


class FencedError(StoreError):
    """A job was given to another worker; what this one did must be rolled back."""


class SealingError(StoreError):
    """A value cannot be sealed or opened."""


class ErasedError(SealingError):
    """The key of this party was destroyed; its values are gone for good."""


class RecordLimitError(StoreError):
    """A form has more listed fields than record tables can hold."""


class FolderHeldError(StoreError):
    """Another process serves this data folder."""

    def __init__(self, folder: Path, process: int | None) -> None:
        """Say which folder, and who holds it."""
        who = f"process {process}" if process else "another process"
        super().__init__(
            f"The data folder {folder} is held by {who}. Stop that gcrm, or choose another "
            "folder with GCRM_DATA."
        )
        self.folder = folder
        self.process = process


class BackupError(StoreError):
    """An archive cannot be made, read or put back."""
