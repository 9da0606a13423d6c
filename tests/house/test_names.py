"""The checkout must never hide a standard library module."""

import configparser
import pathlib
import platform
import subprocess
import sys

import setuptools

ROOT = pathlib.Path(__file__).parents[2]


def test_platform_folder_is_no_package():
    """platform/ holds packages; a module of its own would shadow the standard library."""
    assert not list((ROOT / "platform").glob("*.py"))


def test_standard_platform_wins_in_a_fresh_interpreter_at_the_root():
    code = "import platform; print(platform.python_implementation())"

    answer = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)  # noqa: S603

    assert answer.strip() == platform.python_implementation()


def test_no_top_level_name_is_taken():
    roots = (ROOT, ROOT / "platform")
    names = {path.name.removesuffix(".py") for root in roots for path in root.iterdir()}

    assert names & (sys.stdlib_module_names - {"platform"}) == set()


def test_every_package_is_listed_for_the_wheel():
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    found = set(setuptools.find_packages(ROOT / "platform")) | {
        name
        for name in setuptools.find_packages(ROOT)
        if name.partition(".")[0] not in ("tests", "migrations")
    }

    assert listed - {"gcrm.migrations"} == found
