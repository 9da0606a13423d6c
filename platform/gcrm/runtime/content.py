"""Uploaded bytes: what they really are, whether a field takes them, and under which name."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO, Final

from gcrm.runtime import packed_files, pdf_files, pictures
from gcrm.runtime.packed_files import DOCX, OFD, XLSX, ZIP
from gcrm.runtime.pictures import PictureError

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
HEIC: Final = "image/heic"
PDF: Final = "application/pdf"
MARKUP: Final = "text/html"

PICTURES: Final = frozenset({JPEG, PNG, WEBP})
PACKED: Final = frozenset({DOCX, XLSX, OFD, ZIP})
PAPERS: Final = PICTURES | {PDF}
TAKEN: Final = {"image": PICTURES, "signature": PICTURES, "file": PAPERS | PACKED}

ENDINGS: Final = {
    JPEG: ".jpg", PNG: ".png", WEBP: ".webp", PDF: ".pdf",
    DOCX: ".docx", XLSX: ".xlsx", OFD: ".ofd", ZIP: ".zip",
}  # fmt: skip
CLAIMS: Final = {
    "jpg": PICTURES, "jpeg": PICTURES, "jfif": PICTURES, "png": PICTURES, "webp": PICTURES,
    "pdf": frozenset({PDF}), "docx": frozenset({DOCX}), "xlsx": frozenset({XLSX}),
    "ofd": frozenset({OFD}), "zip": PACKED,
}  # fmt: skip
"""What an ending promises; a camera that calls a PNG .jpg deceives nobody."""
HEIC_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"heim", b"heis"}
)
CHUNK: Final = 64 * 1024
NAME_LENGTH: Final = 80

_MARKUP = re.compile(
    rb"^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:svg|html|!doctype|script|\w+:)",
    re.IGNORECASE | re.DOTALL,
)
_UNSAFE = re.compile(r'[\\/:*?"<>|%;&$`\'\x00-\x1f\x7f]+')


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the bytes are not taken; the code has a sentence in the catalogue of refusals."""

    code: str
    values: tuple[tuple[str, str], ...] = ()


def read_limited(stream: BinaryIO, limit: int) -> bytes | None:
    """Read a stream piece by piece, or give None as soon as it is longer than `limit` bytes."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(CHUNK):
        size += len(piece)
        if size > limit:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def sniff(content: bytes) -> str | None:
    """Tell the media type from the first bytes; what was claimed does not count."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        return HEIC
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return packed_files.kind(content)
    return MARKUP if _MARKUP.match(content[:4096].removeprefix(b"\xef\xbb\xbf")) else None


def judge(
    content: bytes, field_type: str, name: str = "", accept: Collection[str] | None = None
) -> tuple[str, Fault | None]:
    """Tell the media type, and why a field of this type does not take the content, if so.

    `accept` are the media types that this field asks for; packed files need to be among them.
    Pictures are measured, packed files and PDF unpacked into nothing, before anybody opens them.
    """
    if not content:
        return "", Fault("attachment_empty")
    media_type = sniff(content)
    if media_type == HEIC:
        return media_type, Fault("attachment_heic")
    if media_type == MARKUP:
        return media_type, Fault("attachment_markup")
    taken = TAKEN.get(field_type, frozenset())
    wanted = taken if accept is None else (taken & PAPERS) | (taken & frozenset(accept))
    if media_type is None or media_type not in wanted:
        code = "attachment_type_picture" if PDF not in taken else "attachment_type"
        return media_type or "", Fault(code)
    promised = CLAIMS.get(name.rsplit(".", 1)[-1].casefold()) if "." in name else None
    if promised is not None and media_type not in promised:
        return media_type, Fault("attachment_ending", (("ending", ENDINGS[media_type]),))
    hidden = _hidden_fault(content, media_type)
    return media_type, Fault(hidden) if hidden else None


def _hidden_fault(content: bytes, media_type: str) -> str | None:
    if media_type in PACKED:
        return packed_files.fault(content)
    if zipfile.is_zipfile(io.BytesIO(content)):
        return "attachment_two"
    if media_type == PDF:
        return pdf_files.fault(content)
    try:
        pictures.measure(content)
    except PictureError as error:
        return error.code
    return None


def safe_name(name: str, media_type: str) -> str:
    """Neutralise a file name: no path, no control signs, and the ending of its real type."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(
        sign for sign in base if unicodedata.category(sign) not in ("Cc", "Cf", "Co", "Cs")
    )
    stem = _UNSAFE.sub("_", base.rsplit(".", 1)[0] if "." in base else base)
    stem = stem.strip(" ._-")[:NAME_LENGTH]
    return (stem or "file") + ENDINGS.get(media_type, "")
