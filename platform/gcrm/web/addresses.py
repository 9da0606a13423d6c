"""Addresses that stay on this site."""

from urllib.parse import urlsplit


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
