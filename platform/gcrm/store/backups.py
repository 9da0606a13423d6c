"""Backups: database and attachments in one signed archive, made while the server runs."""

import contextlib
import datetime as dt
import errno
import hashlib
import hmac
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import create_engine
from sqlalchemy.engine.url import URL

from gcrm.store import database, postgres_tools
from gcrm.store.ciphers import derive
from gcrm.store.engine import url_of
from gcrm.store.errors import BackupError

FORMAT = "gcrm.backup/1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.hmac"
_NAME = re.compile(r"(database\.(db|dump)|blobs/[0-9]+/[0-9a-f]{2}/[0-9a-f]{64}\.[0-9]+)")
_CHUNK = 1 << 20
_RIGHTS = "Give the folder to the account that runs gcrm (chown), and nobody else."
_NOTHING = "Nothing was left behind; name a file in a folder, such as /backup/gcrm.tar."
_ROOM = "Nothing was left behind; the folder needs room for twice the data."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds: `files` by name with size and SHA-256."""

    created_at: dt.datetime
    dialect: str
    revision: str
    files: Mapping[str, tuple[int, str]]

    def to_bytes(self) -> bytes:
        """Write it as JSON, the bytes that are signed."""
        document = {
            "format": FORMAT,
            "created_at": self.created_at.astimezone(dt.UTC).isoformat(),
            "dialect": self.dialect,
            "revision": self.revision,
            "files": [
                {"name": name, "size": size, "sha256": digest}
                for name, (size, digest) in sorted(self.files.items())
            ],
        }
        return json.dumps(document, indent=2).encode() + b"\n"

    @staticmethod
    def from_bytes(content: bytes) -> "Manifest":
        """Read it; raises BackupError for another format."""
        document: dict[str, Any] = json.loads(content)
        if document.get("format") != FORMAT:
            raise BackupError(f'The archive has the format "{document.get("format")}".')
        files = {f["name"]: (int(f["size"]), str(f["sha256"])) for f in document["files"]}
        return Manifest(
            dt.datetime.fromisoformat(document["created_at"]),
            document["dialect"],
            document["revision"],
            files,
        )


def backup(url: str, blobs: Path, target: Path, master_key: bytes, now: dt.datetime) -> Manifest:
    """Write an archive of the database as it is now, and of all attachments.

    The attachments come second: each that the copied database names is on the disk
    already. The master key is not in it; keep it elsewhere, without it nothing opens.
    """
    try:
        return _backup(url_of(url), blobs, target, master_key, now)
    except sqlite3.Error as error:
        raise BackupError(
            f"The database could not be copied: {error}. No archive was made."
        ) from error
    except OSError as error:
        way = _RIGHTS if isinstance(error, PermissionError) else _NOTHING
        way = _ROOM if error.errno == errno.ENOSPC else way
        raise BackupError(f"{target} could not be written: {error.strerror}. {way}") from error


def _backup(
    address: URL, blobs: Path, target: Path, master_key: bytes, now: dt.datetime
) -> Manifest:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".gcrm-backup-") as folder:
        copy, dialect = _copy(address, Path(folder))
        aside = Path(folder) / "archive.tar"
        files: dict[str, tuple[int, str]] = {}
        with tarfile.open(aside, "w") as archive:
            _add(archive, f"database{copy.suffix}", copy, files)
            for path in sorted(blobs.rglob("*")) if blobs.exists() else []:
                name = f"blobs/{path.relative_to(blobs).as_posix()}"
                if path.is_file() and _NAME.fullmatch(name):
                    _add(archive, name, path, files)
            manifest = Manifest(now, dialect, _revision(address), files)
            content = manifest.to_bytes()
            _add_bytes(archive, MANIFEST, content)
            _add_bytes(archive, SIGNATURE, _sign(master_key, content))
        aside.chmod(0o600)
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(target)
    return manifest


def verify(archive: Path, master_key: bytes) -> Manifest:
    """Read a whole archive and compare it with its signed manifest.

    Raises BackupError that names what is wrong.
    """
    with _opened(archive) as tar:
        manifest = _manifest(tar, master_key)
        for name, (size, digest) in manifest.files.items():
            with _member(tar, name) as content:
                if _digest(content) != (size, digest):
                    raise BackupError(f'"{name}" in {archive} was changed.')
    return manifest


def restore(archive: Path, url: str, blobs: Path, master_key: bytes) -> Manifest:
    """Put an archive's content into an empty place, and bring its tables up to date.

    The server must be stopped. Raises BackupError where there is a database already or
    attachments (move them away first), for a damaged archive, or one of a newer program.
    Everything is made ready aside and then renamed: whatever fails, nothing is half there.
    """
    manifest = verify(archive, master_key)
    address = url_of(url)
    dialect = "sqlite" if address.get_backend_name() == "sqlite" else "postgresql"
    if dialect != manifest.dialect:
        raise BackupError(f"The archive is of {manifest.dialect}, the database is {dialect}.")
    if manifest.revision not in database.revisions():
        raise BackupError(
            f"The archive has tables of revision {manifest.revision}, which this program does "
            "not know; use the newer program."
        )
    _refuse_full(address, blobs)
    blobs.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=blobs.parent, prefix=".gcrm-restore-"))
    try:
        _unpack(archive, manifest, aside)
        (aside / "blobs").mkdir(exist_ok=True)
        shutil.rmtree(blobs, ignore_errors=True)  # empty folders, as was looked at above
        (aside / "blobs").rename(blobs)
        try:
            _put_back(address, aside)
        except BaseException:
            shutil.rmtree(blobs, ignore_errors=True)
            raise
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise BackupError(
            f"The archive could not be put back: {why}. Nothing was changed."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    if dialect != "sqlite":
        database.upgrade(url)
    return manifest


def _unpack(archive: Path, manifest: Manifest, folder: Path) -> None:
    with _opened(archive) as tar:
        for name, expected in manifest.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            size, sha = 0, hashlib.sha256()
            with _member(tar, name) as content, path.open("wb") as file:
                while piece := content.read(_CHUNK):
                    size += len(piece)
                    sha.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            path.chmod(0o600)
            if (size, sha.hexdigest()) != expected:
                raise BackupError(f'"{name}" in {archive} was changed while it was read.')


def _copy(address: URL, folder: Path) -> tuple[Path, str]:
    if address.get_backend_name() != "sqlite":
        path = folder / "database.dump"
        postgres_tools.dump(address, path)
        return path, "postgresql"
    path = folder / "database.db"
    source = sqlite3.connect(f"file:{address.database}?mode=ro", uri=True)
    target = sqlite3.connect(path)
    try:
        # All pages at once: a stepwise copy begins anew with each write and never ends.
        source.backup(target, pages=-1)
        verdict = target.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        source.close()
        target.close()
    if verdict != "ok":
        raise BackupError(f"The copy of {address.database} is damaged: {verdict}")
    return path, "sqlite"


def _put_back(address: URL, folder: Path) -> None:
    if address.get_backend_name() != "sqlite":
        postgres_tools.load(address, folder / "database.dump")
        return
    target = Path(address.database or "")
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.restoring")
    try:
        shutil.copyfile(folder / "database.db", aside)
        aside.chmod(0o600)
        database.upgrade(f"sqlite:///{aside}")
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(target)
    finally:
        for path in target.parent.glob(f"{aside.name}*"):
            path.unlink()


def _refuse_full(address: URL, blobs: Path) -> None:
    if any(path.is_file() for path in blobs.rglob("*")):
        raise BackupError(f"{blobs} holds attachments already; move it away first.")
    if address.get_backend_name() == "sqlite":
        if Path(address.database or "").exists():
            raise BackupError(f"{address.database} is there already; move it away first.")
    elif _revision(address):
        raise BackupError(f"The database {address.database} has tables; restore into an empty one.")


def _revision(address: URL) -> str:
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            return database.revision(connection) or ""
    finally:
        engine.dispose()


def _add(
    archive: tarfile.TarFile, name: str, path: Path, files: dict[str, tuple[int, str]]
) -> None:
    with path.open("rb") as file:
        files[name] = _digest(file)
        file.seek(0)
        info = tarfile.TarInfo(name)
        info.size = files[name][0]
        archive.addfile(info, file)


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def _digest(file: IO[bytes]) -> tuple[int, str]:
    size, sha = 0, hashlib.sha256()
    while piece := file.read(_CHUNK):
        size += len(piece)
        sha.update(piece)
    return size, sha.hexdigest()


def _sign(master_key: bytes, content: bytes) -> bytes:
    return hmac.digest(derive(master_key, "backup"), content, "sha256").hex().encode()


@contextlib.contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        tar = tarfile.open(archive, "r:")  # noqa: SIM115  closed below
    except OSError as problem:
        raise BackupError(f"{archive} cannot be read: {problem.strerror}.") from None
    except tarfile.TarError as problem:
        raise BackupError(f"{archive} is no whole archive: {problem}") from None
    with tar:
        try:
            yield tar
        except (tarfile.TarError, EOFError) as problem:
            raise BackupError(f"{archive} is no whole archive: {problem}") from None


def _manifest(tar: tarfile.TarFile, master_key: bytes) -> Manifest:
    with _member(tar, MANIFEST) as file, _member(tar, SIGNATURE) as signature:
        content = file.read()
        if not hmac.compare_digest(signature.read(), _sign(master_key, content)):
            raise BackupError("The archive was signed with another master key, or changed.")
    manifest = Manifest.from_bytes(content)
    held = set(tar.getnames()) - {MANIFEST, SIGNATURE}
    if held != manifest.files.keys() or not all(_NAME.fullmatch(name) for name in held):
        raise BackupError("The archive does not hold what its manifest lists.")
    return manifest


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        held = tar.getmember(name)
        content = tar.extractfile(held) if held.isreg() else None
    except KeyError:
        content = None
    if content is None:
        raise BackupError(f'The archive has no "{name}".')
    return content
