"""Packed files (zip, Office, OFD): their directory is read before anything in them is opened."""

import io
import zipfile
import zlib
from typing import Final

MOST_MEMBERS: Final = 2_000
MOST_UNPACKED: Final = 200 * 1024 * 1024
MOST_OF_ONE: Final = 100 * 1024 * 1024
HIGHEST_RATIO: Final = 200  # text packs to a twentieth; more than this is a bomb
SMALL: Final = 1024 * 1024  # below it the ratio tells nothing
CHUNK: Final = 64 * 1024
PACKED: Final = (".zip", ".jar", ".rar", ".7z", ".gz", ".bz2", ".xz", ".tar", ".apk", ".docm")
PROGRAMS: Final = (".exe", ".dll", ".scr", ".bat", ".cmd", ".com", ".js", ".vbs", ".ps1", ".msi",
                   ".lnk", ".hta", ".html", ".htm", ".svg")  # fmt: skip
ENCRYPTED: Final = 0x1

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OFD: Final = "application/ofd"
ZIP: Final = "application/zip"
MARKS: Final = {"xl/workbook.xml": XLSX, "word/document.xml": DOCX, "OFD.xml": OFD}


def kind(content: bytes) -> str | None:
    """Tell what a packed file is by what it holds; None where its directory cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    return next((media_type for name, media_type in MARKS.items() if name in names), ZIP)


def fault(content: bytes) -> str | None:
    """Say what is wrong with a packed file, by the code of its sentence.

    First the directory alone (how many, how large, which names), then each member is
    unpacked into nothing, since a directory may lie.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            return _directory_fault(members, len(content)) or _unpacking_fault(packed, members)
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, OSError, EOFError,
            RuntimeError):  # fmt: skip
        return "attachment_broken"


def _directory_fault(members: list[zipfile.ZipInfo], size: int) -> str | None:
    if len(members) > MOST_MEMBERS:
        return "attachment_bomb"
    unpacked = sum(member.file_size for member in members)
    if unpacked > MOST_UNPACKED or any(member.file_size > MOST_OF_ONE for member in members):
        return "attachment_bomb"
    # Members that share their bytes: forty kilobytes that unpack to gigabytes.
    if sum(member.compress_size for member in members) > size:
        return "attachment_bomb"
    if unpacked > SMALL and unpacked > HIGHEST_RATIO * size:
        return "attachment_bomb"
    for member in members:
        name = member.filename.casefold()
        if member.flag_bits & ENCRYPTED:
            return "attachment_locked"
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            return "attachment_broken"
        if name.endswith(PACKED):
            return "attachment_nested"
        if name.endswith(PROGRAMS) or name.rsplit("/", 1)[-1] == "vbaproject.bin":
            return "attachment_program"
    return None


def _unpacking_fault(packed: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> str | None:
    total = 0
    for member in members:
        if member.is_dir():
            continue
        with packed.open(member) as stream:
            while piece := stream.read(CHUNK):
                total += len(piece)
                if total > MOST_UNPACKED:
                    return "attachment_bomb"
    return None
