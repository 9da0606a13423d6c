"""Uploaded bytes: what they really are, whether a field takes them, and under which name."""

import io
import re
import unicodedata
import warnings
from dataclasses import dataclass
from typing import BinaryIO, Final

from PIL import Image, UnidentifiedImageError

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
HEIC: Final = "image/heic"
PDF: Final = "application/pdf"

PICTURES: Final = frozenset({JPEG, PNG, WEBP})
PAPERS: Final = PICTURES | {PDF}
TAKEN: Final = {"image": PICTURES, "signature": PICTURES, "file": PAPERS}

ENDINGS: Final = {JPEG: ".jpg", PNG: ".png", WEBP: ".webp", PDF: ".pdf"}
HEIC_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"heim", b"heis"}
)
MOST_PIXELS: Final = 50_000_000  # a picture of a good phone; more is a bomb
CHUNK: Final = 64 * 1024
NAME_LENGTH: Final = 80

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
    return None


def judge(content: bytes, field_type: str) -> tuple[str, Fault | None]:
    """Tell the media type, and why a field of this type does not take the content, if so.

    A picture is decoded as far as its header, so that neither a wrong file with the
    right first bytes nor one that unpacks to gigabytes passes.
    """
    if not content:
        return "", Fault("attachment_empty")
    media_type = sniff(content)
    if media_type == HEIC:
        return media_type, Fault("attachment_heic")
    taken = TAKEN.get(field_type, frozenset())
    if media_type is None or media_type not in taken:
        return media_type or "", Fault(
            "attachment_type_picture" if PDF not in taken else "attachment_type"
        )
    if media_type in PICTURES:
        return media_type, _picture_fault(content)
    return media_type, None


def _picture_fault(content: bytes) -> Fault | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
                width, height = picture.size
                if width * height > MOST_PIXELS:
                    return Fault("attachment_pixels")
                picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Fault("attachment_broken")
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
