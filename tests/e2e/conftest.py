"""A real server with the demo city and a real browser: Chromium as it is installed."""

import datetime as dt
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from waitress.server import create_server

from gcrm import assembly, config
from gcrm.apps import AppCatalogue
from gcrm.connectors import SmsDouble, doubles
from gcrm.demo import PASSWORD, load, read_city
from gcrm.web.app import create_app

CHROMIUM = (
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
)
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BEGIN = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
AXE = Path(__file__).parents[2] / "designer_ui/node_modules/axe-core/axe.min.js"
PHONE, DESK = 375, 1280


@dataclass
class Clock:
    """The server's time; it moves only when told."""

    now: dt.datetime = BEGIN

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_by(self, **length: float) -> None:
        self.now += dt.timedelta(**length)


@dataclass
class Server:
    """A server on a free port of this machine."""

    address: str
    clock: Clock
    sms: SmsDouble
    house: assembly.House


def settings(folder: Path) -> config.Settings:
    return config.load({"GCRM_DATA": str(folder), "GCRM_SYNCHRONOUS": "NORMAL"})


@pytest.fixture(scope="session")
def ready_city(tmp_path_factory: pytest.TempPathFactory, new_url: Callable[[str], str]) -> Path:
    """Load the demo city once a run."""
    folder = tmp_path_factory.mktemp("city")
    shutil.copyfile(new_url("sqlite").removeprefix("sqlite:///"), folder / "gcrm.db")
    house = assembly.build(settings(folder), clock=Clock())
    load(house, read_city())
    house.close()
    return folder


@pytest.fixture(scope="session")
def catalogue() -> AppCatalogue:
    """The compiled releases of the city: immutable, so all tests of a run share them."""
    return AppCatalogue()


@pytest.fixture
def server(ready_city: Path, catalogue: AppCatalogue, tmp_path: Path) -> Iterator[Server]:
    """Serve a city of this test alone with the server that ships."""
    folder = tmp_path / "city"
    shutil.copytree(ready_city, folder)
    clock, ports = Clock(), doubles()
    assert isinstance(ports.sms, SmsDouble)
    built = assembly.build(settings(folder), connectors=ports, clock=clock)
    house = replace(built, services=replace(built.services, apps=catalogue))
    app = create_app(house)
    app.config["GCRM_LOG"] = False
    listening = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=listening.run, daemon=True)
    thread.start()
    yield Server(f"http://127.0.0.1:{listening.effective_port}", clock, ports.sms, house)
    listening.close()
    thread.join(timeout=10)
    house.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser a run, the one that is installed."""
    wanted = os.environ.get("CHROMIUM")
    found = next((path for path in (wanted, *CHROMIUM) if path and Path(path).exists()), None)
    if found is None and os.environ.get("ALLOW_SKIP") == "1":
        pytest.skip("no Chromium on this machine")
    driver: Playwright
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody at a browser of their own."""

    page: Page
    context: BrowserContext
    server: Server
    keyboard_only: bool = False

    def visit(self, path: str) -> "Person":
        self.page.goto(self.server.address + path)
        return self

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.server.address)

    def text(self) -> str:
        return self.page.inner_text("body")

    def press(self, selector: str) -> None:
        """Press a button or follow a link: by mouse, or by Tab and Enter alone."""
        if not self.keyboard_only:
            self.page.click(selector)
            self.page.wait_for_load_state()
            return
        self.reach(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def reach(self, selector: str) -> None:
        """Walk with Tab until the element has the focus."""
        wanted = self.page.locator(selector).first
        for _ in range(120):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {selector} on {self.path}")

    def type_in(self, selector: str, text: str) -> None:
        if self.keyboard_only:
            self.reach(selector)
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(text)
        else:
            self.page.fill(selector, text)

    def choose(self, name: str, value: str) -> None:
        """Choose an answer of a group of buttons, a box, or an entry of a list."""
        field = f'[name="{name}"]'
        if self.page.locator(f"select{field}").count():
            self._choose_entry(f"select{field}", value)
            return
        wanted = f'{field}[value="{value}"]'
        if not self.keyboard_only:
            self.page.check(wanted)
            return
        if self.page.locator(wanted).get_attribute("type") == "checkbox":
            self.reach(wanted)
            self.page.keyboard.press("Space")
            return
        self.reach(f"{field}:checked, {field} >> nth=0")
        for _ in range(20):
            if self.page.locator(wanted).is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"The arrow keys do not reach {wanted}")

    def _choose_entry(self, selector: str, value: str) -> None:
        if not self.keyboard_only:
            self.page.select_option(selector, value)
            return
        self.reach(selector)
        for _ in range(40):
            if self.page.input_value(selector) == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"The arrow keys do not reach {value}")

    def attach(self, selector: str, file: Path) -> None:
        self.page.set_input_files(selector, file)

    def log_in(self, phone: str) -> "Person":
        self.server.clock.pass_by(seconds=61)
        self.visit("/login")
        self.type_in('[name="phone"]', phone)
        self.press("form .btn--primary")
        text = self.server.sms.messages(phone)[0].text
        code = re.search(r"\d{6}", text)
        assert code
        self.type_in('[name="code"]', code[0])
        self.press("form .btn--primary")
        return self

    def work_as(self, login: str) -> "Person":
        self.visit("/staff/login")
        self.type_in('[name="login"]', login)
        self.type_in('[name="password"]', PASSWORD)
        self.press("form .btn--primary")
        return self


@pytest.fixture
def arrive(chromium: Browser, server: Server) -> Iterator[Callable[..., Person]]:
    """Let somebody arrive: arrive(width=375, script=False, keyboard=True, type="large")."""
    opened: list[BrowserContext] = []

    def come(
        width: int = DESK,
        *,
        script: bool = True,
        keyboard: bool = False,
        language: str = "zh-CN",
        **view: str,
    ) -> Person:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=script,
            locale=language,
        )
        cookies: list[Any] = [
            {"name": f"gcrm_{name}", "value": value, "url": server.address}
            for name, value in view.items()
        ]
        if cookies:
            context.add_cookies(cookies)
        opened.append(context)
        return Person(context.new_page(), context, server, keyboard)

    yield come
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def signature(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of a signature."""
    path = tmp_path_factory.mktemp("photo") / "签名.png"
    image = Image.new("RGB", (320, 120), "white")
    ImageDraw.Draw(image).line([(20, 90), (90, 30), (140, 95), (220, 25), (300, 80)], "black", 4)
    image.save(path)
    return path


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core; it comes with the designer's packages."""
    return AXE.read_text("utf-8")
