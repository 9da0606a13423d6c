"""Whatever a package reads at run time goes into the wheel with it."""

import configparser
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ("designer_ui/", "app_definitions/README.md")  # built into static/dist; read by people


def read() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Give the folder and the patterns of each package."""
    config = configparser.ConfigParser(interpolation=None)
    config.optionxform = str  # type: ignore[method-assign, assignment]
    config.read(ROOT / "setup.cfg")
    places = dict(
        map(str.strip, line.split("="))
        for line in config["options"]["package_dir"].strip().splitlines()
    )
    folders = {}
    for package in config["options"]["packages"].split():
        top, _, rest = package.partition(".")
        place = places.get(package) or f"{places.get(top, top)}/{rest.replace('.', '/')}"
        folders[package] = place.rstrip("/")
    patterns = {
        package: [each.strip() for each in text.replace("\n", ",").split(",") if each.strip()]
        for package, text in config["options.package_data"].items()
    }
    return folders, patterns


def test_every_data_file_of_a_package_is_in_the_wheel():
    folders, patterns = read()
    packed = {
        path
        for package, folder in folders.items()
        for pattern in [*patterns["*"], *patterns.get(package, [])]
        for path in (ROOT / folder).glob(pattern)
    }
    listed = subprocess.run(  # noqa: S603
        ["git", "ls-files", *folders.values()],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip

    forgotten = [
        name
        for name in listed
        if not name.endswith(".py") and not name.startswith(SOURCES) and ROOT / name not in packed
    ]

    assert len(packed) > 100
    assert forgotten == []
