"""The project's own papers: locks with hashes, no registry hosts, commands as documented."""

import pathlib
import re
import tomllib

import pytest

ROOT = pathlib.Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def requirements(text: str) -> set[str]:
    return {
        re.split(r"[\[<>=~! ]", line, maxsplit=1)[0].lower()
        for line in text.splitlines()
        if line[:1].isalpha()
    }


def test_every_locked_package_has_hashes():
    for lock in LOCKS:
        entries = re.split(r"\n(?=[A-Za-z])", lock.read_text("utf-8"))
        bare = [
            entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry
        ]

        assert bare == [], lock.name


def test_everything_the_wheel_requires_is_locked():
    config = (ROOT / "setup.cfg").read_text("utf-8")
    block = re.search(r"install_requires =\n((?:    .*\n)+)", config)
    assert block is not None
    wanted = requirements(re.sub(r"^    ", "", block[1], flags=re.MULTILINE))

    assert wanted <= requirements((ROOT / "requirements/run.txt").read_text("utf-8"))


def test_wheel_and_lock_name_the_same_direct_packages():
    config = (ROOT / "setup.cfg").read_text("utf-8")
    block = re.search(r"install_requires =\n((?:    .*\n)+)", config)
    assert block is not None
    wheel = requirements(re.sub(r"^    ", "", block[1], flags=re.MULTILINE))
    lock = requirements((ROOT / "requirements/run.in").read_text("utf-8")) - {"setuptools"}

    assert wheel == lock


def test_locks_name_no_host():
    for lock in [*LOCKS, *ROOT.glob("designer_ui/package-lock.json")]:
        assert not re.search(
            r"https?://(?!github\.com|opencollective\.com|www\.patreon\.com|feross\.org|paypal\.me|tidelift\.com|dotenvx\.com)",
            lock.read_text("utf-8"),
        ), lock.name


def test_pyproject_holds_only_what_setup_cfg_cannot():
    document = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert set(document) == {"build-system", "tool"}
    assert set(document["tool"]) == {"ruff", "pyright"}


def test_make_targets_are_those_of_the_design():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    assert {"run", "test", "check", "bench", "clean"} <= targets


PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: pathlib.Path):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_picture_of_the_tours_is_shown_and_taken():
    told = {
        name
        for page in ROOT.glob("docs/tours/*.md")
        for name in re.findall(r"pictures/([a-z_]+)\.png", page.read_text("utf-8"))
    }
    kept = {path.stem for path in ROOT.glob("docs/tours/pictures/*.png")}
    script = (ROOT / "tools/pictures.py").read_text("utf-8")
    taken = set(re.findall(r'shoot\("([a-z_]+)"', script))

    assert told == kept == taken


@pytest.mark.parametrize("unit", sorted((ROOT / "deploy").glob("*.service")), ids=lambda u: u.stem)
def test_a_unit_answers_a_denied_call_instead_of_killing_the_service(unit: pathlib.Path) -> None:
    """Libraries probe (a linear algebra library asks for `mbind`) and go on when told no."""
    lines = unit.read_text().splitlines()

    assert any(line.startswith("SystemCallFilter=~") for line in lines)
    assert "SystemCallErrorNumber=EPERM" in lines
