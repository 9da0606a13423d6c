"""Runs inside an installed machine: the first administrators sign in over https, as documented.

    SSL_CERT_FILE=… python3 first_day.py ADDRESS TOLD [again]

TOLD is what the installer printed, with the first passwords. `again` is a later day, maybe on
another machine: the passwords they chose are known, nothing else.
"""

import re
import sys
from pathlib import Path

from inside import Browser

MB = 1 << 20
CHOSEN = {
    "sysadmin": "Mo-li-hua-2026-ye-kai",
    "secadmin": "Gui-hua-2026-ye-xiang",
    "auditor": "Mei-hua-2026-ye-hong",
}


def main(address: str, told: str, again: bool) -> None:
    first = dict(re.findall(r"^  (sysadmin|secadmin|auditor) +(\S+) ", told, re.MULTILINE))
    assert len(first) == 3, "The installer printed no three passwords."
    for login, password in first.items():
        enter(Browser(address), login, password, again)
        print(f"{login} signs in")
    browser = Browser(address)
    browser.get("/staff/login").post("/staff/login", login="sysadmin", password=CHOSEN["sysadmin"])
    cookies = [cookie for handler in browser.opener.handlers for cookie in jar(handler)]
    assert cookies, "No cookie came."
    assert all(cookie.secure for cookie in cookies), "A cookie goes over plain http too."
    uploads(browser)


def enter(browser: Browser, login: str, password: str, again: bool) -> None:
    chosen = CHOSEN[login]
    if not again:
        browser.get("/staff/login").post("/staff/login", login=login, password=password)
        assert browser.path == "/staff/password", f"{login}: {browser.path} {browser.text[:300]}"
        browser.post("/staff/password", old=password, new=chosen, again=chosen)
        assert browser.status == 200, browser.text[:300]
        browser = Browser(browser.address)
    browser.get("/staff/login").post("/staff/login", login=login, password=chosen)
    assert browser.status == 200, browser.text[:300]
    assert browser.path not in ("/staff/login", "/staff/password"), browser.text[:300]


def uploads(browser: Browser) -> None:
    """Send as much as a page may, then more than the program takes, then more than the proxy."""
    page = "/staff/admin/people/import"
    for megabytes, status, words in (
        (61, (200, 422), "文件太大了，请分成几个再导入"),
        (63, (413,), "一次选的文件太多太大，没有收下"),
        (70, (413,), "每个文件请不要超过10MB，一页上的文件加起来不要超过60MB"),
    ):
        browser.get(page)
        assert browser.status == 200, browser.text[:300]
        browser.post(page, {"file": bytes(megabytes * MB)})
        assert browser.status in status, f"{megabytes} MB: {browser.status} {browser.text[:300]}"
        assert words in browser.text, f"{megabytes} MB: {browser.text[:500]}"
        print(f"{megabytes} MB are answered with {browser.status}")


def jar(handler: object) -> list[object]:
    return list(getattr(handler, "cookiejar", ()))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).read_text("utf-8"), sys.argv[3:] == ["again"])
