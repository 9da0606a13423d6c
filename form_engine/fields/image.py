"""Photos and scans."""

from typing import ClassVar

from form_engine import settings
from form_engine.field import Palette
from form_engine.fields.file import FileType


class ImageType(FileType):
    """Files that are pictures; on a phone the picker offers the camera."""

    id = "image"
    camera = True
    palette = Palette("file", "image", 20)
    settings_schema: ClassVar[settings.Schema] = settings.of(
        max_count=settings.whole(3, 1, 50),
        max_mb=settings.whole(10, 1, 50),
        accept=settings.several_of("jpg", "png", "webp", default=("jpg", "png")),
    )


TYPE = ImageType()
