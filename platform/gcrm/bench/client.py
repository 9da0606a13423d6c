"""A browser for the bench: one kept connection, cookies, hidden fields of a form."""

import http.client
import re
import time
from dataclasses import dataclass
from urllib.parse import urlencode

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Taken:
    """What one request took: wall seconds, processor seconds of the server, statements."""

    status: int
    wall: float
    cpu: float
    statements: int
    location: str


class Browser:
    """Speaks to one server over one kept connection."""

    def __init__(self, port: int, token: str | None = None) -> None:
        """Connect; `token` is a session that is open already."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies = {"gcrm_session": token} if token else {}

    def page(self, path: str) -> str:
        """Get a page and keep its cookies."""
        self._connection.request("GET", path, headers=self._headers())
        answer = self._connection.getresponse()
        text = answer.read().decode("utf-8")
        for header in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = header.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {text[:300]}")
        return text

    def file(self, path: str) -> bytes:
        """Get what a page links, as it is."""
        self._connection.request("GET", path, headers=self._headers())
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}.")
        return content

    def get(self, path: str) -> Taken:
        """Get a page and take the time until the answer is read."""
        return self._taken("GET", path, None, self._headers())

    def post(self, path: str, fields: dict[str, str]) -> Taken:
        """Post a form and take the time until the answer is read."""
        headers = self._headers() | {"Content-Type": "application/x-www-form-urlencoded"}
        return self._taken("POST", path, urlencode(fields), headers)

    def _taken(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Taken:
        began = time.perf_counter()
        self._connection.request(method, path, body=body, headers=headers)
        answer = self._connection.getresponse()
        answer.read()
        wall = time.perf_counter() - began
        return Taken(
            answer.status,
            wall,
            int(answer.headers.get("X-Bench-Cpu-Us", "0")) / 1e6,
            int(answer.headers.get("X-Bench-Statements", "0")),
            answer.headers.get("Location", ""),
        )

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"Cookie": cookies} if cookies else {}


def form_of(page: str, action: str) -> dict[str, str]:
    """Give the hidden fields of the form that posts to `action`."""
    for found in re.finditer(r"<form\b[^>]*>.*?</form>", page, re.DOTALL):
        if f'action="{action}"' in found[0]:
            return dict(HIDDEN.findall(found[0]))
    raise RuntimeError(f"The page has no form that posts to {action}.")
