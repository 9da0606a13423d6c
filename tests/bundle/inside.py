"""Runs inside a network namespace with nothing but a loopback: install, serve, apply, decide.

    unshare -n python inside.py BUNDLE FOLDER [again]

Every Python process that is started carries an audit hook which notes each name look-up and
each connection to another host, and refuses it. Prints one JSON document.
"""

import fcntl
import http.cookiejar
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
import zlib
from html import unescape
from pathlib import Path
from typing import Any

HOOK = """
import ipaddress, os, sys

def _watch(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    try:
        address = None if host is None else ipaddress.ip_address(host.partition("%")[0])
        inside = address is None or address.is_loopback or address.is_unspecified  # our own
    except ValueError:
        inside = False
    if not inside:
        with open(os.environ["WATCH"], "a") as file:
            file.write(f"{sys.argv[0]}: {event} {host}\\n")
        raise OSError(f"{event} {host} in a place without network")

sys.addaudithook(_watch)
"""
LOGIN = {"hefang": "Yunzhou-2026", "sysadmin": "Yunzhou-2026"}
PHONE = "19900000001"
ELDER = {"name": "李秀英", "id": "990102194006150022", "phone": "19900000312"}
UP, SIOCGIFFLAGS, SIOCSIFFLAGS = 1, 0x8913, 0x8914


class Browser:
    """Reads pages and posts the forms on them, with cookies."""

    def __init__(self, address: str) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar, urllib.request.ProxyHandler({}))
        self.address, self.body, self.path, self.status = address, "", "", 0

    def _open(self, request: urllib.request.Request) -> "Browser":
        try:
            with self.opener.open(request, timeout=60) as answer:
                self.status, self.path = answer.status, answer.url.removeprefix(self.address)
                self.body = answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            self.status, self.body = error.code, error.read().decode("utf-8", "replace")
        return self

    def get(self, path: str) -> "Browser":
        return self._open(urllib.request.Request(self.address + path))  # noqa: S310

    def post(self, path: str, files: dict[str, bytes] | None = None, **fields: str) -> "Browser":
        told = {"csrf_token": self.hidden("csrf_token")}
        told |= {name.replace("__", "-"): value for name, value in fields.items()}
        mark = uuid.uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in told.items()
        ]
        for name, content in (files or {}).items():
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"'
            parts.append(f"{head}\r\nContent-Type: image/png\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join([*parts, f"--{mark}--\r\n".encode()])
        headers = {
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Referer": self.address + path,
        }
        return self._open(urllib.request.Request(self.address + path, body, headers))  # noqa: S310

    def hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.body)
        return unescape(found[1]) if found else ""

    @property
    def text(self) -> str:
        body = re.sub(r"<head.*?</head>|<svg.*?</svg>", "", self.body, flags=re.DOTALL)
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))

    def work_as(self, login: str) -> "Browser":
        self.get("/staff/login").post("/staff/login", login=login, password=LOGIN[login])
        assert self.status == 200, self.text
        assert "/login" not in self.path, self.text
        return self

    def fill(self, draft: str, section: str, files: Any = None, **answers: str) -> "Browser":
        self.get(f"{draft}/{section}")
        self.post(f"{draft}/{section}", files, rev=self.hidden("rev"), go="next", **answers)
        assert self.status == 200, self.text
        assert not self.path.endswith(f"/{section}"), self.text
        return self


def main(bundle: Path, folder: Path, again: bool) -> dict[str, Any]:
    bring_up_loopback()
    (folder / "watch").mkdir()
    (folder / "watch" / "sitecustomize.py").write_text(HOOK, "utf-8")
    os.environ.update(
        PYTHONPATH=str(folder / "watch"), WATCH=str(folder / "looked-up"), PIP_COMPILE="0"
    )
    ours = [name for name in os.environ if name.startswith("GCRM_")]
    kept = ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")  # each start would compile anew
    for name in (*kept, "PORT", *ours):  # what the house has set is not there
        os.environ.pop(name, None)
    assert watched("import socket; socket.getaddrinfo('service.example', 443)")
    subprocess.check_call(["/usr/bin/tar", "-xf", bundle, "-C", folder])  # noqa: S603  our own
    unpacked = next(folder.glob("gcrm-*"))
    port = free_port()
    places = [f"--{name}={folder / name}" for name in ("prefix", "config", "data")]
    options = [part for place in places for part in place.split("=", 1)]
    account = subprocess.check_output(["/usr/bin/id", "-un"], text=True).strip()
    options += ["--account", account, "--no-service"]
    told = install(unpacked, "--demo", "--port", str(port), *options)
    if again:
        told += install(unpacked, *options)
    gcrm = str(folder / "prefix" / "bin" / "gcrm")
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen([gcrm, "serve"], stderr=log, stdout=log)  # noqa: S603
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(address, server)
        said = visit(address)
    finally:
        server.send_signal(signal.SIGTERM)
        ended = server.wait(30)
    looked_up = folder / "looked-up"
    doctor = subprocess.run(  # noqa: S603
        [gcrm, "doctor", "--json"], capture_output=True, text=True, check=False
    )
    checked = subprocess.run(  # noqa: S603
        [gcrm, "selfcheck"], capture_output=True, text=True, check=False
    )
    return {
        **said,
        "told": told,
        "ended": ended,
        "doctor": json.loads(doctor.stdout)["findings"],
        "selfcheck": checked.stdout + checked.stderr,
        "looked_up": looked_up.read_text("utf-8").splitlines()[1:],  # the first was the trial
        "log": (folder / "server.log").read_text("utf-8"),
    }


def bring_up_loopback() -> None:
    with socket.socket() as any_socket:
        name = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, SIOCGIFFLAGS, name))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | UP))


def watched(code: str) -> bool:
    """Say whether the hook stops what it should."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)  # noqa: S603
    return b"without network" in done.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def install(unpacked: Path, *options: str) -> str:
    done = subprocess.run(  # noqa: S603
        [str(unpacked / "install.sh"), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wait_until_ready(address: str, server: subprocess.Popen[bytes]) -> None:
    browser = Browser(address)
    for _ in range(600):
        assert server.poll() is None, "the server ended"
        try:
            if browser.get("/health/ready").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{address} was never ready: {browser.body}")


def visit(address: str) -> dict[str, Any]:
    """Apply as 陈静 and decide as 何芳, as people do."""
    citizen, clerk, admin = (Browser(address) for _ in range(3))
    start = citizen.get("/").text
    citizen.get("/login").post("/login", phone=PHONE)
    code = re.search(r"是(\d{6})", admin.work_as("sysadmin").get("/staff/sms").text)
    assert code, admin.text
    citizen.post("/login/code", phone=PHONE, code=code[1])
    citizen.get("/services/elder_allowance/new").post("/services/elder_allowance/new/start")
    draft = citizen.path.rpartition("/")[0]
    citizen.fill(draft, "who", agent_flag="true", relation="child")
    citizen.fill(
        draft, "elder", elder_name=ELDER["name"], elder_id=ELDER["id"], elder_phone=ELDER["phone"]
    )
    citizen.fill(
        draft, "home", hukou_region="990102001001", live_addr__region="990102001001",
        live_addr__detail="建国路1号", bank="6217000000000000004",
    )  # fmt: skip
    citizen.fill(draft, "confirm", {"sign-photo": picture()}, other_sub="none")
    citizen.get(f"{draft}/check")
    citizen.post(
        f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"), insist="1"
    )
    number = re.search(r"[A-Z]{2}-?\d{4}-?\d{4,}", citizen.text)
    submitted = re.search(r"/cases/[0-9]+", citizen.path)
    assert submitted, citizen.path
    case = f"/staff{submitted[0]}"
    assert f'href="{case}"' in clerk.work_as("hefang").get("/staff").body, clerk.text
    clerk.get(case)
    shown = clerk.text
    clerk.post(
        f"{case}/act", task=clerk.hidden("task"), verb="pass", opinion="材料齐全，情况属实。",
        visit_way="home", visit_date=time.strftime("%Y-%m-%d"),
    )  # fmt: skip
    assert clerk.status == 200, clerk.text
    return {
        "start": start[:200],
        "number": number[0] if number else citizen.text[:400],
        "case": shown,
        "decided": clerk.get(case).text,
        "metrics": Browser(address).get("/metrics").body,
        "static": Browser(address).get(asset(clerk.body)).status,
    }


def asset(body: str) -> str:
    found = re.search(r'(?:src|href)="(/static/[^"]+)"', body)
    assert found
    return found[1]


def picture() -> bytes:
    """Draw a small grey PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + crc

    rows = b"".join(b"\0" + bytes([90]) * 40 for _ in range(20))
    head = struct.pack(">IIBBBBB", 40, 20, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] == ["again"]), sys.stdout)
