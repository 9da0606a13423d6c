"""An archive made under writes restores to a whole store, and nobody can change it unseen."""

import datetime as dt
import io
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from gcrm.store import backups, events
from gcrm.store import tables as t
from gcrm.store.blobs import Blobs, Folder
from gcrm.store.engine import Store, url_of
from gcrm.store.errors import BackupError
from gcrm.store.events import Event
from gcrm.store.sealing import Sealer

NOW = dt.datetime(2026, 11, 24, 1, 49, tzinfo=dt.UTC)
MASTER = bytes(range(32))


def elsewhere(url: str, tmp_path: Path) -> str:
    """Name an empty place on the same kind of database."""
    if url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/restored/gcrm.db"
    address = url_of(url).set(drivername="postgresql")
    name = f"{address.database}_restored"
    with psycopg.connect(
        address.set(database="postgres").render_as_string(hide_password=False), autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    connection.close()
    return address.set(database=name).render_as_string(hide_password=False)


def test_a_backup_under_writes_restores_whole(
    store: Store, store_url: str, city: Any, tmp_path: Path
) -> None:
    sealer = Sealer(MASTER)
    with store.write() as writer:
        sealer.ensure_key(writer, 1, city.party, NOW)
    blobs = Blobs(Folder(tmp_path / "blobs"), sealer)
    digest = blobs.put(1, city.party, b"photo" * 1000)
    first = city.open_case(Event("submitted", NOW))
    stop = threading.Event()

    def write_on() -> None:
        while not stop.is_set():
            city.open_case(Event("submitted", NOW), Event("accepted", NOW))

    thread = threading.Thread(target=write_on)
    thread.start()
    try:
        backups.backup(store_url, tmp_path / "blobs", tmp_path / "b.tar", MASTER, NOW)
    finally:
        stop.set()
        thread.join()

    target = elsewhere(store_url, tmp_path)
    backups.restore(tmp_path / "b.tar", target, tmp_path / "restored" / "blobs", MASTER)
    restored, again = Store(target), Sealer(MASTER)
    with restored.read() as reader:
        assert list(events.rebuild(reader)) == []
        assert first.case_id in set(reader.scalars(sa.select(t.case.c.id)))
        again.load(reader, 1, [city.party])
    restored.close()
    folder = Folder(tmp_path / "restored" / "blobs")
    assert Blobs(folder, again).get(1, city.party, digest) == b"photo" * 1000
    assert (tmp_path / "b.tar").stat().st_mode & 0o077 == 0


def test_a_restore_never_overwrites(store: Store, store_url: str, tmp_path: Path) -> None:
    backups.backup(store_url, tmp_path / "blobs", tmp_path / "b.tar", MASTER, NOW)

    with pytest.raises(BackupError, match=r"move it away first|into an empty one"):
        backups.restore(tmp_path / "b.tar", store_url, tmp_path / "blobs", MASTER)


@pytest.fixture
def archive(new_url: Callable[[str], str], tmp_path: Path) -> Path:
    path = tmp_path / "backup.tar"
    backups.backup(new_url("sqlite"), tmp_path / "none", path, MASTER, NOW)
    return path


def test_an_archive_tells_what_it_holds(archive: Path) -> None:
    manifest = backups.verify(archive, MASTER)

    assert manifest.created_at == NOW
    assert manifest.dialect == "sqlite"
    assert list(manifest.files) == ["database.db"]


def test_another_key_does_not_verify(archive: Path) -> None:
    with pytest.raises(BackupError, match="another master key"):
        backups.verify(archive, bytes(32))


@pytest.mark.parametrize("where", [0.2, 0.5, 0.9])
def test_a_changed_byte_is_found(archive: Path, where: float) -> None:
    content = bytearray(archive.read_bytes())
    size = backups.verify(archive, MASTER).files["database.db"][0]
    content[512 + int(size * where)] ^= 1
    archive.write_bytes(content)

    with pytest.raises(BackupError, match="was changed"):
        backups.verify(archive, MASTER)


def test_a_cut_archive_is_refused(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:5_000])

    with pytest.raises(BackupError, match=r"no whole archive|has no"):
        backups.verify(archive, MASTER)


@pytest.mark.parametrize("name", ["../outside", "blobs/../../outside", "/etc/outside"])
def test_a_smuggled_file_is_refused(archive: Path, name: str) -> None:
    with tarfile.open(archive, "a") as tar:
        info = tarfile.TarInfo(name)
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))

    with pytest.raises(BackupError, match="does not hold what its manifest lists"):
        backups.verify(archive, MASTER)


def test_an_archive_of_a_newer_program_is_refused(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gcrm.store.database.revisions", lambda: frozenset({"0000"}))

    with pytest.raises(BackupError, match="newer program"):
        backups.restore(archive, f"sqlite:///{tmp_path}/new.db", tmp_path / "b", MASTER)
