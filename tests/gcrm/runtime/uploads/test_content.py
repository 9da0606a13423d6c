"""What bytes really are: bombs, programs, files in files, and what a photo carries unseen."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from gcrm.runtime import content, packed_files, pdf_files, pictures
from gcrm.runtime.content import DOCX, JPEG, PDF, PNG, XLSX, ZIP

PACKED = (DOCX, XLSX, ZIP)


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in members:
            file.writestr(name, data)
    return out.getvalue()


def pdf(*streams: bytes, head: bytes = b"", filters: bytes = b"/FlateDecode") -> bytes:
    parts = [b"%PDF-1.7\n", head]
    for number, data in enumerate(streams, 1):
        parts.append(b"%d 0 obj\n<< /Filter %s >>\nstream\n" % (number, filters))
        parts.append(data + b"\nendstream\nendobj\n")
    return b"".join([*parts, b"trailer << >>\nstartxref\n0\n%%EOF\n"])


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind)
    return out.getvalue()


def overlapping() -> bytes:
    """Two members that share their bytes, as in the bombs that unpack to terabytes."""
    whole = packed(("a.txt", b"x" * 5000), ("b.txt", b"y" * 5000))
    end = whole.index(b"PK\x01\x02")
    directory = whole[end:]
    second = directory.index(b"PK\x01\x02", 4)
    head = bytearray(directory)
    for at in (0, second):
        head[at + 20 : at + 24] = struct.pack("<L", len(whole))
    return whole[:end] + bytes(head)


def fault(data: bytes, field: str = "file", name: str = "") -> str | None:
    found = content.judge(data, field, name, PACKED)[1]
    return found.code if found else None


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: packed(("a.txt", bytes(8 * 1024 * 1024))), "attachment_bomb"),
        (lambda: packed(*((f"{number}.txt", b"") for number in range(2_100))), "attachment_bomb"),
        (overlapping, "attachment_bomb"),
        (lambda: packed(("inner.zip", packed(("a.txt", b"a")))), "attachment_nested"),
        (lambda: packed(("run.exe", b"MZ")), "attachment_program"),
        (lambda: packed(("xl/workbook.xml", b""), ("xl/vbaProject.bin", b"")),
         "attachment_program"),
        (lambda: packed(("../../etc/passwd", b"x")), "attachment_broken"),
        (lambda: packed(("a.txt", b"a" * 100))[:-30], "attachment_type"),
        (lambda: pdf(head=b"1 0 obj << /OpenAction << /S /JavaScript >> >>"),
         "attachment_program"),
        (lambda: pdf(head=b"1 0 obj << /S /Java#53cript >>"), "attachment_program"),
        (lambda: pdf(zlib.compress(b"<< /S /Launch /F (cmd.exe) >>")), "attachment_program"),
        (lambda: b"%PDF-1.7 <script>alert(1)</script>\n%%EOF", "attachment_two"),
        (lambda: pdf() + packed(("a.txt", b"a")), "attachment_two"),
        (lambda: pdf() + b"MZ" * 2000, "attachment_two"),
        (lambda: b"%PDF-1.7 cut off", "attachment_broken"),
        (lambda: picture() + packed(("a.class", b"a")), "attachment_two"),
        (lambda: picture("JPEG") + packed(("a.txt", b"a")), "attachment_two"),
        (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
         "attachment_markup"),
        (lambda: b'\xef\xbb\xbf<?xml version="1.0"?><!-- x --><svg:svg onload="x()"/>',
         "attachment_markup"),
        (lambda: b"<!DOCTYPE html><script>alert(1)</script>", "attachment_markup"),
        (lambda: b"", "attachment_empty"),
        (lambda: b"MZ\x90\x00", "attachment_type"),
        (lambda: picture("GIF"), "attachment_type"),
    ],
)  # fmt: skip
def test_hostile_bytes_are_refused(make: Callable[[], bytes], code: str):
    assert fault(make()) == code


@pytest.mark.parametrize(
    "make",
    [
        lambda size: pdf(zlib.compress(bytes(size))),
        lambda size: pdf(*[zlib.compress(bytes(size // 4))] * 4),
        lambda size: pdf(
            zlib.compress(zlib.compress(bytes(size))), filters=b"[/FlateDecode /FlateDecode]"
        ),
    ],
    ids=["one stream", "many streams", "packed twice"],
)
def test_a_page_that_unpacks_to_more_than_is_allowed_is_refused(
    make: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pdf_files, "MOST_UNPACKED", 3 * 1024 * 1024)

    found = [fault(make(size * 1024 * 1024)) for size in (2, 4)]

    assert found == [None, "attachment_bomb"]


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (picture(), PNG),
        (picture("JPEG"), JPEG),
        (pdf(zlib.compress(b"BT (Hello) Tj ET")), PDF),
        (packed(("word/document.xml", b"<w/>")), DOCX),
        (packed(("a.txt", b"text " * 1000)), ZIP),
    ],
)
def test_honest_files_are_taken(data: bytes, media_type: str):
    assert content.judge(data, "file", "", PACKED) == (media_type, None)


def test_packed_files_are_taken_only_where_a_field_asks_for_them():
    assert fault(packed(("a.txt", b"a"))) is None
    assert content.judge(packed(("a.txt", b"a")), "file", "", ["image/png"])[1] is not None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("照片.jpg", None),  # a camera that names a PNG so deceives nobody
        ("照片.pdf", "attachment_ending"),
        ("照片.docx", "attachment_ending"),
        ("照片", None),
        ("照片.xyz", None),
    ],
)
def test_an_ending_that_promises_something_else_is_refused(name: str, code: str | None):
    assert fault(picture(), name=name) == code


def test_a_picture_of_many_pixels_is_refused_by_its_header():
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")

    assert fault(out.getvalue(), "image") == "attachment_pixels"
    assert len(out.getvalue()) < 100_000


def test_a_photo_loses_place_and_is_upright():
    photo = Image.new("RGB", (40, 20), "white")
    exif = Image.Exif()
    exif[0x0112] = 6  # taken on end
    exif[0x010F] = "Phone of Chen Jing"
    gps = exif.get_ifd(0x8825)
    gps[2] = (30.0, 28.0, 0.0)
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=exif)
    assert b"Chen Jing" in out.getvalue()

    kept = pictures.rewrite(out.getvalue(), JPEG)

    with Image.open(io.BytesIO(kept)) as found:
        assert found.size == (20, 40)
        assert dict(found.getexif()) == {}
    assert b"Chen Jing" not in kept
    assert b"Exif" not in kept


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_picture_keeps_what_can_be_seen(mode: str):
    drawn = Image.new("RGBA", (6, 4), (200, 30, 40, 255)).convert(mode)
    out = io.BytesIO()
    drawn.save(out, "PNG")

    kept = pictures.rewrite(out.getvalue(), PNG)

    with Image.open(io.BytesIO(kept)) as found:
        assert found.convert("RGBA").tobytes() == drawn.convert("RGBA").tobytes()


def test_what_stands_behind_a_picture_is_gone():
    kept = pictures.rewrite(picture() + b"<?php system($_GET[0]); ?>", PNG)

    assert b"php" not in kept


def test_four_turns_are_none():
    drawn = Image.new("RGB", (3, 2), "white")
    drawn.putpixel((0, 0), (255, 0, 0))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    turned = content_of = out.getvalue()

    once = pictures.rewrite(content_of, PNG, 1)
    for _ in range(4):
        turned = pictures.rewrite(turned, PNG, 1)

    with Image.open(io.BytesIO(once)) as first, Image.open(io.BytesIO(turned)) as last:
        assert first.size == (2, 3)
        assert first.getpixel((1, 0)) == (255, 0, 0)  # the upper left is the upper right now
        assert last.tobytes() == drawn.tobytes()


def test_a_broken_picture_is_an_error_with_a_sentence():
    with pytest.raises(pictures.PictureError) as error:
        pictures.rewrite(picture("JPEG")[:200] + b"\xff\xd9", JPEG)

    assert error.value.code == "attachment_broken"


def test_limits_are_read_from_the_directory_alone():
    """A member that says it unpacks to 900 MB is refused before a byte of it is unpacked."""
    data = bytearray(packed(("a.txt", b"x" * 100), method=zipfile.ZIP_STORED))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<L", 900_000_000)

    assert packed_files.fault(bytes(data)) == "attachment_bomb"
    assert pdf_files.fault(pdf()) is None
