"""A real server with the demo city and a real browser: Chromium as it is installed."""

import datetime as dt
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from sqlalchemy import select
from waitress.server import create_server

from gcrm import assembly, config
from gcrm.apps import AppCatalogue
from gcrm.connectors import SmsDouble, doubles
from gcrm.demo import load, read_city
from gcrm.store import tables as t
from gcrm.web.app import create_app
from tests.e2e.people import DAUGHTER, TOO_YOUNG, Person, Server
from tests.town import Clock

Once = Callable[[str, Callable[[Path], None]], Path]
VISIT = {"visit_way": "home", "visit_date": "2026-11-24"}
CHROMIUM = (
    "/usr/bin/chromium-headless-shell",  # the same without windows: half the work
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
)
LEFT_OUT = (
    # what is at home in a window's frame, which would be drawn anew for each visitor
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    *("PreloadTopChromeWebUI", "SpareRendererForSitePerProcess"),
    # what Playwright leaves out by itself; the last list that a browser is given counts
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "PaintHolding"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "AimEnabled"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
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
    f"--disable-features={','.join(LEFT_OUT)}",
]
PHONE, DESK = 375, 1280


def settings(folder: Path) -> config.Settings:
    return config.load({"GCRM_DATA": str(folder), "GCRM_SYNCHRONOUS": "NORMAL"})


@pytest.fixture(scope="session")
def catalogue() -> AppCatalogue:
    """The compiled releases of the city: immutable, so all tests of a run share them."""
    return AppCatalogue()


@pytest.fixture(scope="session")
def ready_city(once: Once, new_url: Callable[[str], str]) -> Path:
    """The demo city, loaded once a run."""

    def found(folder: Path) -> None:
        shutil.copyfile(new_url("sqlite").removeprefix("sqlite:///"), folder / "gcrm.db")
        house = assembly.build(settings(folder), clock=Clock())
        load(house, read_city())
        house.close()

    return once("city", found)


@pytest.fixture(scope="session")
def applied_city(
    once: Once, ready_city: Path, catalogue: AppCatalogue, chromium: Browser, signature: Path
) -> Path:
    """The city in which a daughter has applied, begun a second draft, and filled in a third.

    Once a run, through the pages.
    """

    def go_on(folder: Path) -> None:
        with served(ready_city, folder, catalogue) as server, browsing(chromium, server) as come:
            citizen = come(375, script=False).log_in(DAUGHTER).apply(signature, mistaken=True)
            citizen.submit()
            citizen.visit("/services/elder_allowance/new")
            citizen.press('form[action$="/start"] button')
            citizen.choose("agent_flag", "true")
            citizen.press('button[value="next"]')
            citizen.apply(signature, elder=TOO_YOUNG)

    return once("applied", go_on)


@pytest.fixture(scope="session")
def agreed_city(once: Once, applied_city: Path, catalogue: AppCatalogue, chromium: Browser) -> Path:
    """The city in which all agree but the second of two officers; once a run, by pages."""

    def go_on(folder: Path) -> None:
        with served(applied_city, folder, catalogue) as server, browsing(chromium, server) as come:
            case = case_in(server)
            for login, answers in (("hefang", VISIT), ("linyu", {}), ("machao", {})):
                come().work_as(login).visit(f"/staff/cases/{case}").decide(**answers)

    return once("agreed", go_on)


@contextmanager
def served(begin: Path, folder: Path, catalogue: AppCatalogue) -> Iterator[Server]:
    """Serve a copy of a city with the server that ships; time goes on where it stood."""
    shutil.copytree(begin, folder, dirs_exist_ok=True)
    moment, clock, ports = folder / "moment", Clock(), doubles()
    if moment.exists():
        clock.now = dt.datetime.fromisoformat(moment.read_text())
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
    moment.write_text(clock.now.isoformat())


def case_in(server: Server) -> str:
    """Give the number of the only case in its addresses."""
    with server.house.store.read() as reader:
        return str(reader.execute(select(t.case.c.id)).scalar_one())


@pytest.fixture
def server(
    request: pytest.FixtureRequest, catalogue: AppCatalogue, tmp_path: Path
) -> Iterator[Server]:
    """Serve a city of this test alone: the one that its other fixtures begin with."""
    names = (f"{name}_city" for name in ("agreed", "applied") if name in request.fixturenames)
    begin = request.getfixturevalue(next(names, "ready_city"))
    with served(begin, tmp_path / "city", catalogue) as server:
        yield server


@pytest.fixture
def applied(server: Server) -> str:
    """The case of a daughter's application that waits for the community: its number."""
    return case_in(server)


@pytest.fixture
def agreed(server: Server) -> str:
    """The case that waits for the second of two officers: its number."""
    return case_in(server)


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


@contextmanager
def browsing(chromium: Browser, server: Server) -> Iterator[Callable[..., Person]]:
    """Let somebody arrive: come(width=375, script=False, keyboard=True, type="large")."""
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
        opened.append(context)
        person = Person(context.new_page(), context, server, keyboard)
        person.see(**view)
        return person

    yield come
    for context in opened:
        context.close()


@pytest.fixture
def arrive(chromium: Browser, server: Server) -> Iterator[Callable[..., Person]]:
    """Let somebody arrive at this test's server; see `browsing`."""
    with browsing(chromium, server) as come:
        yield come


@pytest.fixture(scope="session")
def signature(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of a signature."""
    path = tmp_path_factory.mktemp("photo") / "签名.png"
    image = Image.new("RGB", (320, 120), "white")
    ImageDraw.Draw(image).line([(20, 90), (90, 30), (140, 95), (220, 25), (300, 80)], "black", 4)
    image.save(path)
    return path
