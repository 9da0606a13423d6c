"""Take the pictures of the tours: the demo city in a browser, from the first page to the result.

    .venv/bin/python tools/pictures.py [FOLDER]

Needs what `make test` needs (Chromium, a Chinese font). The clock is the story's own, so
that the pictures show the same days each time they are taken.
"""

import datetime as dt
import io
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from waitress.server import create_server

from gcrm import assembly, config
from gcrm.connectors import SmsDouble, doubles
from gcrm.demo import PASSWORD, load, many_cases, read_city
from gcrm.demo.loading import TENANT_ID
from gcrm.runtime import jobs
from gcrm.store import database
from gcrm.store import tables as t
from gcrm.web.app import create_app

BEGIN = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
CARD = "6217000000000000004"
PHONE, DESK = 375, 1280
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


class Clock:
    """The city's time; it moves only when told."""

    now = BEGIN

    def __call__(self) -> dt.datetime:
        """Tell the moment."""
        return self.now

    def pass_by(self, **length: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(**length)


class City:
    """The demo city with some history, served on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        """Load the city into a folder and serve it."""
        self.clock, ports = Clock(), doubles()
        self.sms = cast(SmsDouble, ports.sms)
        settings = config.load({"GCRM_DATA": str(folder), "GCRM_SYNCHRONOUS": "NORMAL"})
        database.upgrade(settings.database)
        self.house = assembly.build(settings, connectors=ports, clock=self.clock)
        load(self.house, read_city())
        many_cases.make(self.house, TENANT_ID, 160, days=300)
        self.worker = jobs.Worker(self.house)
        app = create_app(self.house, self.worker)
        app.config["GCRM_LOG"] = False
        self.server = create_server(app, host="127.0.0.1", port=0, threads=4)
        self.address = f"http://127.0.0.1:{self.server.effective_port}"
        threading.Thread(target=self.server.run, daemon=True).start()

    def work(self) -> None:
        """Do what the worker would do meanwhile."""
        for _ in range(60):
            if not self.worker.turn():
                return


class Person:
    """Somebody at a browser of their own, with a camera."""

    def __init__(self, browser: Browser, city: City, folder: Path, width: int) -> None:
        """Open a window of this width."""
        self.city, self.folder = city, folder
        context = browser.new_context(
            viewport={"width": width, "height": 800}, locale="zh-CN", device_scale_factor=1.5
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(60_000)

    def visit(self, path: str) -> "Person":
        """Open a page."""
        self.page.goto(self.city.address + path)
        return self

    def press(self, selector: str) -> "Person":
        """Press a button or follow a link, and wait for the page."""
        self.page.click(selector)
        self.page.wait_for_load_state()
        return self

    def fill(self, **answers: str) -> "Person":
        """Give answers by the names of their fields; `__` stands for `-`."""
        for name, value in answers.items():
            name = name.replace("__", "-")
            field = f'[name="{name}"]'
            if self.page.locator(f"select{field}").count():
                self.page.select_option(f"select{field}", value)
            elif self.page.locator(f'{field}[type="radio"], {field}[type="checkbox"]').count():
                self.page.check(f'{field}[value="{value}"]')
            else:
                self.page.fill(field, value)
        return self

    def shoot(self, name: str, *, whole: bool = False) -> "Person":
        """Take a picture of what stands on the screen, or of the whole page."""
        self.page.wait_for_load_state("networkidle")
        content = self.page.screenshot(full_page=whole, animations="disabled")
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        picture.quantize(128).save(self.folder / f"{name}.png", optimize=True)
        return self

    def log_in(self, phone: str) -> "Person":
        """Log in as a citizen with the code that was sent."""
        self.city.clock.pass_by(seconds=61)
        self.visit("/login").fill(phone=phone).press("form .btn--primary")
        code = re.search(r"\d{6}", self.city.sms.messages(phone)[0].text)
        if code is None:
            raise RuntimeError("No code has come.")
        return self.fill(code=code[0]).press("form .btn--primary")

    def work_as(self, login: str) -> "Person":
        """Log in as staff."""
        self.visit("/staff/login").fill(login=login, password=PASSWORD)
        return self.press("form .btn--primary")


def signature(folder: Path) -> Path:
    """Draw the photo of a signature."""
    path = folder / "签名.png"
    image = Image.new("RGB", (320, 120), "white")
    ImageDraw.Draw(image).line([(20, 90), (90, 30), (140, 95), (220, 25), (300, 80)], "black", 4)
    image.save(path)
    return path


@contextmanager
def running(folder: Path) -> Iterator[tuple[City, Browser]]:
    """Serve the city and open the browser."""
    city = City(folder)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield city, browser
        browser.close()
    city.server.close()
    city.house.close()


class Story:
    """An old woman's daughter applies; offices correct, decide, publish; all look at it."""

    def __init__(self, city: City, browser: Browser, folder: Path, files: Path) -> None:
        """Take the city and the folder of pictures; `files` is for what is uploaded."""
        self.city, self.browser, self.folder = city, browser, folder
        self.sign = signature(files)

    def somebody(self, width: int = DESK) -> Person:
        """Let somebody arrive."""
        return Person(self.browser, self.city, self.folder, width)

    def tell(self) -> None:
        """Tell it all."""
        citizen = self.apply()
        case = citizen.page.url.removeprefix(self.city.address)
        self.ask_for_a_correction()
        self.correct(citizen, case)
        self.decide()
        self.publish_and_finish(citizen, case)
        self.lead()
        self.design()
        self.administer()

    def apply(self) -> Person:
        """Find the service, fill it in, look at it once more, submit it."""
        self.somebody().visit("/").shoot("citizen_start")
        self.somebody(PHONE).visit("/services?q=老人补贴").shoot("citizen_search")
        citizen = self.somebody(PHONE).log_in("19900000001")
        citizen.visit("/services/elder_allowance/new").shoot("citizen_guide")
        citizen.press('form[action$="/start"] button')
        citizen.fill(agent_flag="true", relation="child").shoot("citizen_form")
        citizen.press('button[value="next"]')
        elder = {"elder_name": "李秀英", "elder_id": "990102194006150022"}
        citizen.fill(**elder, elder_phone="19900000312").press('button[value="next"]')
        citizen.fill(hukou_region="990102001001", live_addr__region="990102001001")
        citizen.fill(live_addr__detail="建国路1号", bank=CARD).press('button[value="next"]')
        citizen.fill(other_sub="none")
        citizen.page.set_input_files('[name="sign-photo"]', self.sign)
        citizen.press('button[value="next"]')
        citizen.page.wait_for_url("**/check")
        citizen.shoot("citizen_check")
        citizen.press('form[action$="/submit"] .btn--primary').press("main .btn--primary")
        self.city.work()
        return citizen

    def ask_for_a_correction(self) -> None:
        """Send one complete list back."""
        clerk = self.somebody().work_as("hefang").shoot("staff_inbox")
        clerk.press('.list--tasks tbody a:has-text("李秀英")').shoot("staff_case")
        clerk.visit(str(clerk.page.get_attribute('a[href$="/correct"]', "href")))
        clerk.page.check('[value="elder_phone"]')
        clerk.page.select_option('[name="phrase-elder_phone"]', "unreachable")
        clerk.page.locator('[value="elder_phone"]').scroll_into_view_if_needed()
        clerk.shoot("staff_correction").press('button[value="send"]')
        self.city.work()

    def correct(self, citizen: Person, case: str) -> None:
        """Mend what was asked for."""
        citizen.visit(case).shoot("citizen_asked")
        citizen.visit(f"{case}/correct").shoot("citizen_correct")
        citizen.fill(elder_phone="19900000399").press("form button.btn--primary")
        citizen.press('form[action$="/submit"] .btn--primary')
        self.city.work()

    def decide(self) -> None:
        """Pass the community, the street and both officers of the bureau."""
        visit = {"visit_way": "home", "visit_date": "2026-11-24"}
        for login, answers in (("hefang", visit), ("linyu", {}), ("machao", {}), ("zhaolei", {})):
            clerk = self.somebody().work_as(login)
            clerk.press('.list--tasks tbody a:has-text("李秀英")')
            clerk.fill(**answers, opinion="上门看过，情况属实，同意。")
            if login == "zhaolei":
                clerk.shoot("staff_two_sign")
            clerk.press('button[value="pass"]')
            self.city.work()

    def publish_and_finish(self, citizen: Person, case: str) -> None:
        """Show the public notice, the result, the check of the certificate, the rating."""
        self.somebody().visit("/publicity").shoot("citizen_publicity")
        self.city.clock.pass_by(days=4)
        self.city.work()
        citizen.log_in("19900000001").visit(case).shoot("citizen_result")
        with self.city.house.store.read() as reader:
            code = reader.execute(select(t.certificate.c.code)).scalars().first()
        self.somebody(PHONE).visit(f"/verify/{code}").shoot("citizen_verify")
        citizen.visit(f"{case}/rate").shoot("citizen_rate")

    def lead(self) -> None:
        """Look at the board."""
        head = self.somebody().work_as("juzhang")
        head.visit("/staff/boards/elder_allowance/overview")
        head.page.wait_for_timeout(900)
        head.shoot("staff_board", whole=True)

    def design(self) -> None:
        """Look at rules and the designer."""
        designer = self.somebody().work_as("designer")
        designer.visit("/staff/rules").shoot("rules_list")
        designer.visit("/staff/rules/elder_allowance/precheck").shoot("rules_sentences")
        form = "app=elder_allowance&room=form&part=forms/main.json"
        designer.visit(f"/staff/designer#{form}")
        designer.page.locator(".thing > summary").first.click()
        designer.page.wait_for_selector(".thing[open] input")
        designer.shoot("designer")

    def administer(self) -> None:
        """Look at the pages of the three administrators."""
        admin = self.somebody().work_as("sysadmin")
        admin.visit("/staff/admin").shoot("admin_index")
        admin.visit("/staff/admin/people").shoot("admin_people")
        guard = self.somebody().work_as("secadmin")
        guard.visit("/staff/admin/roles").shoot("admin_roles")
        auditor = self.somebody().work_as("auditor")
        auditor.visit("/staff/admin/audit").shoot("admin_audit")


def main() -> None:
    """Take all pictures into the folder that was named."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/tours/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as (city, browser):
        Story(city, browser, folder, Path(name)).tell()


if __name__ == "__main__":
    main()
