"""Files that leave the site: under their own name, never shown by the browser as a page of ours."""

from urllib.parse import quote

from flask import Response

SANDBOX = "sandbox; default-src 'none'"
UNRESERVED = "!#$&+-.^_`|~"  # what RFC 5987 leaves as it is, beside letters and digits


def named(answer: Response, name: str) -> Response:
    """Send an answer as a file of this name, whatever script it is written in (RFC 6266)."""
    plain = "".join(each if each.isascii() and each not in '"\\%;' else "_" for each in name)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, UNRESERVED)}"
    )
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
