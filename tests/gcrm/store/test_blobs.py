"""Attachments lie sealed on the disk, whole or not at all."""

from pathlib import Path

import pytest

from gcrm.store.blobs import Blobs, Folder
from gcrm.store.errors import SealingError, StoreError
from gcrm.store.sealing import Sealer

PLANTED = "李秀英的身份证 990102194006150022".encode() * 50


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    sealer = Sealer(bytes(range(32)))
    for party in (0, 7, 8):
        sealer.new_key(1, party)
    return Blobs(Folder(tmp_path / "blobs"), sealer)


def files(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()]


def test_content_comes_back_and_lies_sealed(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.put(1, 7, PLANTED)

    assert blobs.get(1, 7, digest) == PLANTED
    (file,) = files(tmp_path)
    assert b"990102194006150022" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_the_same_content_is_kept_once_a_party(blobs: Blobs, tmp_path: Path) -> None:
    first, second = blobs.put(1, 7, PLANTED), blobs.put(1, 7, PLANTED)
    other = blobs.put(1, 8, PLANTED)

    assert first == second == other
    assert len(files(tmp_path)) == 2


def test_content_that_is_not_there_or_deleted_is_none(blobs: Blobs) -> None:
    digest = blobs.put(1, 7, b"x")
    blobs.delete(1, 7, digest)
    blobs.delete(1, 7, digest)

    assert blobs.get(1, 7, digest) is None


def test_content_under_another_name_does_not_open(blobs: Blobs) -> None:
    first, second = blobs.put(1, 7, b"first"), blobs.put(1, 7, b"second")
    sealed = blobs.objects.get(f"1/7/{first}")
    assert sealed is not None
    blobs.objects.delete(f"1/7/{second}")
    blobs.objects.put(f"1/7/{second}", sealed)

    with pytest.raises(SealingError):
        blobs.get(1, 7, second)


@pytest.mark.parametrize("address", ["../../etc/passwd", "1/7/x", "", "1/7/" + "g" * 64])
def test_addresses_cannot_leave_the_folder(tmp_path: Path, address: str) -> None:
    with pytest.raises(StoreError):
        Folder(tmp_path).get(address)
