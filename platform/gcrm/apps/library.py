"""The apps that ship: packages in the library of app_definitions."""

from importlib import resources
from pathlib import Path

from app_definitions import package
from app_definitions.package import Package


def folder() -> Path:
    """Give the folder of the library."""
    return Path(str(resources.files("app_definitions"))) / "library"


def names() -> tuple[str, ...]:
    """List the ids of the apps that ship."""
    return tuple(sorted(path.parent.name for path in folder().glob("*/app.json")))


def read(name: str) -> Package:
    """Read an app that ships. Raises LookupError where there is none of that name."""
    if name not in names():
        raise LookupError(f'The library has no app "{name}"; it has {", ".join(names())}.')
    found, problems = package.read(folder() / name)
    if problems:
        raise LookupError(f'The app "{name}" of the library is damaged: {problems[0].code}.')
    return found
