"""Pictures that people send: measured before they are opened, written anew as pixels only.

A photo carries where and when it was taken, and may carry another file behind its end. What
is kept is only what can be seen, turned the way it was held.
"""

import io
import warnings
from contextlib import suppress
from typing import Any, Final

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
MOST_PIXELS: Final = 50_000_000  # a picture of a good phone; more is a bomb
LONGEST_SIDE: Final = 20_000
QUALITY: Final = 90
SMALL: Final = (320, 320)
MODES: Final = {"JPEG": ("L", "RGB"), "PNG": ("1", "L", "LA", "P", "RGB", "RGBA"),
                "WEBP": ("RGB", "RGBA")}  # fmt: skip
BROKEN: Final = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    Image.DecompressionBombError,
)


class PictureError(Exception):
    """The bytes are no picture that can be opened; `code` has a sentence."""

    def __init__(self, code: str) -> None:
        """Keep the code of the refusal."""
        super().__init__(code)
        self.code = code


def measure(content: bytes) -> None:
    """Raise PictureError where a picture is broken or has too many pixels; reads its header."""
    try:
        with _opened(content) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
                raise PictureError("attachment_pixels")
            picture.verify()
    except BROKEN as error:
        raise PictureError("attachment_broken") from error


def rewrite(content: bytes, media_type: str, quarter_turns: int = 0) -> bytes:
    """Give the same picture without anything but its pixels, upright, turned to the right.

    Raises PictureError where it cannot be decoded to its end.
    """
    try:
        with _opened(content) as picture:
            picture.seek(0)
            upright = ImageOps.exif_transpose(picture)
            for _ in range(quarter_turns % 4):
                upright = upright.transpose(Image.Transpose.ROTATE_270)
            return _written(upright, FORMATS[media_type])
    except BROKEN as error:
        raise PictureError("attachment_broken") from error


def small(content: bytes) -> bytes:
    """Give a small JPEG of a picture for lists. Raises PictureError."""
    try:
        with _opened(content) as picture:
            picture.draft("RGB", SMALL)
            picture.thumbnail(SMALL)
            return _written(_on_white(picture), "JPEG")
    except BROKEN as error:
        raise PictureError("attachment_broken") from error


def _opened(content: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(content), formats=tuple(FORMATS.values()))


def _written(picture: Image.Image, kind: str) -> bytes:
    if picture.mode not in MODES[kind]:
        clear = "A" in picture.getbands() and kind != "JPEG"
        picture = picture.convert("RGBA" if clear else "RGB")
    plain = Image.new(picture.mode, picture.size)
    with suppress(ValueError):
        if palette := picture.getpalette():
            plain.putpalette(palette)
    plain.paste(picture)
    more: dict[str, Any] = {} if kind == "PNG" else {"quality": QUALITY}
    if picture.mode == "P" and "transparency" in picture.info:
        more["transparency"] = picture.info["transparency"]
    out = io.BytesIO()
    plain.save(out, kind, **more)
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    white = Image.new("RGB", clear.size, "white")
    white.paste(clear, mask=clear.getchannel("A"))
    return white
