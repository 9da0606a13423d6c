"""People at browsers: how they reach, fill in and press, and what is looked at on their pages."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page
from sqlalchemy import select

from gcrm import assembly
from gcrm.connectors import SmsDouble
from gcrm.demo import PASSWORD
from gcrm.runtime import sessions
from gcrm.store import tables as t
from tests.town import ELDER, Clock, application

TENANT = 1
DAUGHTER = "19900000001"
MOTHER = (ELDER["name"], ELDER["id"])
TOO_YOUNG = ("张建国", "990102196603100057")
REASON = "上门和电话核对过，老人已经不住在本市了。"
AXE = Path(__file__).parents[2] / "designer_ui/node_modules/axe-core/axe.min.js"
RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
TABS = """wanted => {
  if (location.hash || document.activeElement !== document.body) return 0;
  const all = [...document.querySelectorAll(
    'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]'
  )].filter(each => !each.disabled && each.tabIndex >= 0 && each.checkVisibility());
  const groups = new Set();
  for (const each of all.slice(0, all.indexOf(wanted)))
    groups.add(each.type === 'radio' ? each.name : each);
  return groups.size;
}"""  # from the top of a page; of a group of buttons Tab reaches one
CHOSEN = "field => field.matches('select, [type=radio], [type=checkbox]')"
CHINESE = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const place = node.parentElement;
    if (!/[\\u3400-\\u9fff]/.test(node.data)) continue;
    if (place.closest('[lang="zh-CN"], option, noscript')) continue;
    if (place.closest("[lang]").lang === "en") found.push(node.data.trim());
  }
  return found;
}"""


@dataclass
class Server:
    """A server on a free port of this machine."""

    address: str
    clock: Clock
    sms: SmsDouble
    house: assembly.House


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
        for _ in range(wanted.evaluate(TABS)):
            self.page.keyboard.press("Tab")
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

    def answer(self, answers: dict[str, str]) -> None:
        """Choose or type each answer, as its field asks."""
        for name, value in answers.items():
            if self.page.locator(f'[name="{name}"]').first.evaluate(CHOSEN):
                self.choose(name, value)
            else:
                self.type_in(f'[name="{name}"]', value)

    def attach(self, selector: str, file: Path) -> None:
        self.page.set_input_files(selector, file)

    def see(self, **view: str) -> None:
        """Choose language, type or contrast, as the page of settings keeps it."""
        for name, value in view.items():
            self.bring(f"gcrm_{name}", value)

    def bring(self, cookie: str, value: str) -> None:
        self.context.add_cookies([{"name": cookie, "value": value, "url": self.server.address}])

    def log_in(self, phone: str) -> "Person":
        """Log in as a citizen, through the pages."""
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

    def log_in_at_work(self, login: str) -> "Person":
        """Log in as one of the staff, through the pages."""
        self.visit("/staff/login")
        self.type_in('[name="login"]', login)
        self.type_in('[name="password"]', PASSWORD)
        self.press("form .btn--primary")
        return self

    def come_back(self, phone: str) -> "Person":
        """Be a citizen who has logged in before; the pages of logging in have their own tests."""
        index = self.server.house.services.sealer.blind_index(TENANT, "phone", phone)
        return self._open(t.account.c.phone_index == index)

    def work_as(self, login: str) -> "Person":
        """Be one of the staff who has logged in before."""
        return self._open(t.account.c.login == login)

    def _open(self, whose: Any) -> "Person":
        house = self.server.house
        with house.store.write() as writer:
            account = writer.execute(select(t.account.c.id).where(whose)).scalar_one()
            opened = sessions.open_session(TENANT, account, "127.0.0.1", "e2e", house.now())
            sessions.insert_session(writer, opened)
        self.bring("gcrm_session", opened.token)
        return self

    def apply(
        self,
        signature: Path,
        *,
        elder: tuple[str, str] = MOTHER,
        phone: str = "19900000312",
        mistaken: bool = False,
        on_screen: Callable[[], None] = lambda: None,
    ) -> "Person":
        """Fill in the four screens for an elder, up to the page that shows all answers."""
        name, number = elder
        screens = application(elder_name=name, elder_phone=phone, elder_id=number)
        self.visit("/services/elder_allowance/new")
        self.press('form[action$="/start"] button')
        for screen, answers in screens.items():
            if screen == "elder" and mistaken:
                self.answer({**answers, "elder_id": number[:-1] + "3"})
                self.press('button[value="next"]')
                assert self.page.locator(".errors").count() == 1
                answers = {"elder_id": number}
            self.answer(answers)
            if screen == "confirm":
                self.attach('[name="sign-photo"]', signature)
            on_screen()
            self.press('button[value="next"]')
        self.page.wait_for_url(re.compile(r"/check"))  # what is uploaded takes its time
        return self

    def submit(self) -> "Person":
        """Submit on the page that shows all answers, and go on to the case."""
        self.press('form[action$="/submit"] .btn--primary')
        self.press("main .btn--primary")
        return self

    def decide(self, verb: str = "pass", **answers: str) -> "Person":
        """Press a button of an open case; who refuses says why, and by which rule."""
        self.answer(answers)
        self.type_in(
            '[name="opinion"]', REASON if verb == "refuse" else "上门看过，情况属实，同意。"
        )
        if verb == "refuse":
            self.page.click("#refusing summary")
            self.choose("refusal_rule", "basis:basis_plan")
            self.type_in('[name="refusal_change"]', "住回本市以后可以再申请")
            self.type_in('[name="refusal_elsewhere"]', "请向现在住的地方的民政部门申请")
        self.press(f'button[value="{verb}"]')
        assert self.page.locator(".banner--ok").count() == 1, self.text()
        return self

    def faults(
        self, name: str = "", *, widths: tuple[int, ...] = (), contrast: bool = False
    ) -> list[str]:
        """Say what is wrong with the page that is open: for axe, in words, in width.

        High contrast changes colours by one attribute and nothing else, so with `contrast`
        they alone are looked at again. Large type in English is both of two views that axe
        sees by themselves: only words and width can be new.
        """
        said, page = [], self.page
        seen = page.locator("html[lang|=en][data-type=large]").count() > 0
        for width in widths or (0,):
            if width:
                page.set_viewport_size({"width": width, "height": 800})
            said += [] if seen else self._axe(f"runOnly: {RULES}")
            said += self._sideways()
            if contrast:
                page.evaluate("document.documentElement.dataset.contrast = 'more'")
                said += self._axe("runOnly: {type: 'rule', values: ['color-contrast']}")
                page.evaluate("delete document.documentElement.dataset.contrast")
        return [f"{name or self.path}: {fault}" for fault in (*said, *self._left_chinese())]

    def plain_faults(self, name: str = "") -> list[str]:
        """Say what is wrong in words and in width alone: where axe has seen the page before."""
        return [
            f"{name or self.path}: {fault}" for fault in (*self._sideways(), *self._left_chinese())
        ]

    def _sideways(self) -> list[str]:
        over = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return [f"scrolls sideways by {over} px"] if over > 0 else []

    def _left_chinese(self) -> list[str]:
        if not self.page.locator("html[lang|=en]").count():
            return []
        return [f"Chinese “{text}”" for text in self.page.evaluate(CHINESE)]

    def _axe(self, options: str) -> list[str]:
        """Let axe look at the page; it runs beside the page's own policy."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8"))
        return list(
            self.page.evaluate(
                f"() => axe.run(document, {{resultTypes: ['violations'], {options}}})"
                ".then(found => found.violations.flatMap(each => each.nodes.map(node => "
                "`${each.id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 200)}`)))"
            )
        )
