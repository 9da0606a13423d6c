"""A running city for page tests: one house on SQLite, visitors without a browser, a clock."""

import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from werkzeug.datastructures import FileStorage

from gcrm import assembly, config
from gcrm.apps import AppCatalogue
from gcrm.connectors import SmsDouble, doubles
from gcrm.demo import PASSWORD
from gcrm.runtime.passwords import Passwords
from gcrm.web.app import create_app, move_in
from tests.town import CARD, ELDER, Clock, application


@dataclass
class City:
    """A house with the demo city, its application and its clock."""

    house: assembly.House
    app: Flask
    clock: Clock
    sms: SmsDouble


@dataclass
class Visitor:
    """Somebody with a browser: reads pages, posts the forms on them."""

    city: City
    language: str = "zh-CN"
    body: str = ""
    status: int = 0
    path: str = ""
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.city.app.test_client()

    def _read(self, answer: Any) -> "Visitor":
        self.status, self.path = answer.status_code, answer.request.path
        self.headers = answer.headers
        self.body = answer.get_data(as_text=True) if answer.mimetype.startswith("text") else ""
        self.answer = answer
        return self

    def get(self, path: str) -> "Visitor":
        headers = {"Accept-Language": self.language}
        return self._read(self.client.get(path, headers=headers, follow_redirects=True))

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> "Visitor":
        """Post with the token of the page that was read last; `__` in a name stands for `-`."""
        fields = {
            **(data or {}),
            **{name.replace("__", "-"): value for name, value in more.items()},
        }
        fields.setdefault("csrf_token", self.hidden("csrf_token"))
        return self._read(
            self.client.post(
                path,
                data=fields,
                headers={"Accept-Language": self.language},
                content_type="multipart/form-data",
                follow_redirects=True,
            )
        )

    def hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.body)
        return unescape(found[1]) if found else ""

    @property
    def text(self) -> str:
        """What a person reads, one blank between words."""
        body = re.sub(r"<head.*?</head>|<svg.*?</svg>|<style.*?</style>", "", self.body, flags=re.S)
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))

    def log_in(self, phone: str) -> "Visitor":
        """Log in as a citizen with the code that the double kept."""
        self.city.clock.pass_by(seconds=61)
        self.get("/login").post("/login", phone=phone)
        message = self.city.sms.messages(phone)[0]
        code = re.search(r"\d{6}", message.text)
        assert code
        return self.post("/login/code", phone=phone, code=code[0])

    def work_as(self, login: str) -> "Visitor":
        """Log in as staff."""
        return self.get("/staff/login").post("/staff/login", login=login, password=PASSWORD)

    def begin(self) -> str:
        """Start an application and give the address of its draft."""
        self.get("/services/elder_allowance/new").post("/services/elder_allowance/new/start")
        return self.path.rpartition("/")[0]

    def fill(self, draft: str, section: str, **answers: Any) -> "Visitor":
        """Fill in one screen."""
        self.get(f"{draft}/{section}")
        return self.post(f"{draft}/{section}", rev=self.hidden("rev"), go="next", **answers)

    def fill_all(self, draft: str, **changed: Any) -> "Visitor":
        """Fill in all four screens as the daughter of an old woman."""
        screens = application(**changed)
        for name in ("who", "elder", "home"):
            self.fill(draft, name, **screens[name])
        return self.fill(draft, "confirm", **screens["confirm"], sign__photo=picture())


def picture(name: str = "签名.png") -> FileStorage:
    """A small true picture."""
    content = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(content, "PNG")
    content.seek(0)
    return FileStorage(content, filename=name, content_type="image/png")


def _settings(folder: Path) -> config.Settings:
    return config.load({"GCRM_DATA": str(folder), "GCRM_SYNCHRONOUS": "NORMAL"})


@pytest.fixture(scope="session")
def catalogue() -> AppCatalogue:
    """The compiled releases of the city: immutable, so all tests of a run share them."""
    return AppCatalogue()


@pytest.fixture(scope="session")
def pages() -> Callable[[assembly.House], Flask]:
    """The application, which houses move into one after another: its routes and templates stay."""
    made: list[tuple[Flask, dict[str, Any]]] = []

    def serve(house: assembly.House) -> Flask:
        if not made:
            app = create_app(house)
            made.append((app, dict(app.config)))
        app, settings = made[0]
        app.config.clear()
        app.config.update(settings)
        app.config.update(GCRM_LOG=False, GCRM_RAISE=True, PROPAGATE_EXCEPTIONS=True)
        move_in(app, house)
        return app

    return serve


@pytest.fixture
def city(
    ready_city: Path,
    catalogue: AppCatalogue,
    pages: Callable[[assembly.House], Flask],
    tmp_path: Path,
) -> Iterator[City]:
    """A city of this test alone."""
    clock = Clock()
    ports = doubles()
    assert isinstance(ports.sms, SmsDouble)
    folder = tmp_path / "city"
    shutil.copytree(ready_city, folder)
    built = assembly.build(_settings(folder), connectors=ports, clock=clock)
    quick = Passwords(memory=64, rounds=1, holding=built.store.holding)
    house = replace(built, services=replace(built.services, apps=catalogue, passwords=quick))
    yield City(house, pages(house), clock, ports.sms)
    house.close()


@pytest.fixture
def newcomer() -> type[Visitor]:
    """Make somebody with a browser: newcomer(city, "en")."""
    return Visitor


@pytest.fixture(name="picture")
def take_picture() -> Callable[..., FileStorage]:
    """Make a small true picture: picture(name)."""
    return picture


@pytest.fixture
def elder() -> dict[str, str]:
    """李秀英, 86, of whom the registers know."""
    return ELDER


@pytest.fixture
def card() -> str:
    """A card number whose check digit is right."""
    return CARD


@pytest.fixture
def visitor(city: City) -> Visitor:
    """Somebody who has just arrived."""
    return Visitor(city)


@pytest.fixture
def citizen(city: City) -> Visitor:
    """陈静, logged in, her name confirmed."""
    return Visitor(city).log_in("19900000001")
