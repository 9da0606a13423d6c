"""Addresses: ids that a database can hold, and paths that stay on this site."""

from urllib.parse import urlsplit

from flask import Flask
from werkzeug.routing import IntegerConverter, ValidationError

LARGEST = 2**63 - 1


class IdConverter(IntegerConverter):
    """A row's id in an address; a larger number leads to no page."""

    def to_python(self, value: str) -> int:
        """Read the id."""
        number = int(value) if len(value) < 20 else LARGEST + 1
        if number > LARGEST:
            raise ValidationError
        return number


def init(app: Flask) -> None:
    """Let routes say `<id:case_id>`."""
    app.url_map.converters["id"] = IdConverter


def local_path(text: str | None) -> str:
    """Give back a path of this site; anything else becomes the start page.

    A second slash or a backslash would lead to another host, so both are refused.
    """
    if not text or not text.startswith("/") or text.startswith("//") or "\\" in text:
        return "/"
    if any(ord(letter) < 32 for letter in text):
        return "/"
    parts = urlsplit(text)
    if parts.scheme or parts.netloc:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
