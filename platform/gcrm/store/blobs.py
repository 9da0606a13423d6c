"""Attachments by content digest: sealed for their party, then given to an object store."""

import errno
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gcrm.store.errors import StoreAwayError, StoreError
from gcrm.store.sealing import Sealer

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
_ADDRESS = re.compile(r"[0-9]+/[0-9]+/[0-9a-f]{64}")


class ObjectStore(Protocol):
    """Where sealed content lies: a folder, or an object store of the customer."""

    def put(self, address: str, content: bytes) -> None:
        """Keep content; it must be durable when this returns. The same again is no error."""

    def get(self, address: str) -> bytes | None:
        """Give content back, None where there is none."""

    def delete(self, address: str) -> None:
        """Remove content; no error where there is none."""


class Folder:
    """An object store in a folder: two levels of folders, written aside and renamed."""

    def __init__(self, path: Path) -> None:
        """Stand on a folder, made with the first content."""
        self._path = path

    def put(self, address: str, content: bytes) -> None:
        """Write the content through to the disk under its final name only."""
        path = self._file(address)
        if path.exists():
            return
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except OSError as error:
            aside.unlink(missing_ok=True)
            if error.errno in NO_ROOM:
                raise StoreAwayError(f"Content cannot be written: {error.strerror}.") from error
            raise
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def get(self, address: str) -> bytes | None:
        """Read the content."""
        try:
            return self._file(address).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, address: str) -> None:
        """Remove the content."""
        self._file(address).unlink(missing_ok=True)

    def _file(self, address: str) -> Path:
        if not _ADDRESS.fullmatch(address):
            raise StoreError("An address of content is tenant/party/digest.")
        tenant, party, digest = address.split("/")
        return self._path / tenant / digest[:2] / f"{digest}.{party}"


@dataclass(frozen=True, slots=True)
class Blobs:
    """Content sealed for a party; the object store never sees it in clear."""

    objects: ObjectStore
    sealer: Sealer

    def put(self, tenant_id: int, party_id: int, content: bytes) -> str:
        """Seal and keep content; give its keyed digest (64 hex digits).

        The party's key must be in memory. Not inside the writer: this writes to a disk.
        """
        key = self.sealer.content_key(tenant_id)
        digest = hmac.digest(key, content, "sha256").hex()
        sealed = self.sealer.seal(tenant_id, party_id, _place(digest), content)
        self.objects.put(_address(tenant_id, party_id, digest), sealed)
        return digest

    def get(self, tenant_id: int, party_id: int, digest: str) -> bytes | None:
        """Open content; None where there is none. The party's key must be in memory."""
        sealed = self.objects.get(_address(tenant_id, party_id, digest))
        if sealed is None:
            return None
        return self.sealer.open(tenant_id, party_id, _place(digest), sealed)

    def delete(self, tenant_id: int, party_id: int, digest: str) -> None:
        """Remove content that nothing names any more."""
        self.objects.delete(_address(tenant_id, party_id, digest))


def _address(tenant_id: int, party_id: int, digest: str) -> str:
    return f"{tenant_id}/{party_id}/{digest}"


def _place(digest: str) -> str:
    return f"blob.content.{digest}"
