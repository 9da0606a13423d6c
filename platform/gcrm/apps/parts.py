"""Parts of a package, read: every definition of an app with what is wrong in each."""

from dataclasses import dataclass, field
from typing import Any

from app_definitions import package as packages
from app_definitions.app import App
from app_definitions.board import Board
from app_definitions.decision import Decision
from app_definitions.dictionary import Dictionary
from app_definitions.form import Form
from app_definitions.package import APP, Package
from app_definitions.paper import Paper
from app_definitions.problem import Problem, Problems
from app_definitions.translation import Translation
from flow_engine import ProcessDefinition, read_process


@dataclass(frozen=True, slots=True)
class Parts:
    """All definitions of an app by id; those that cannot be read are missing."""

    app: App | None = None
    forms: dict[str, Form] = field(default_factory=dict)
    processes: dict[str, ProcessDefinition] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    dictionaries: dict[str, Dictionary] = field(default_factory=dict)
    translations: dict[str, Translation] = field(default_factory=dict)
    paths: frozenset[str] = frozenset()

    def has(self, folder: str, name: str) -> bool:
        """Tell whether a part is in the package, read or not."""
        ending = "bpmn" if folder == "processes" else "json"
        return f"{folder}/{name}.{ending}" in self.paths


def read(package: Package) -> tuple[Parts, Problems]:
    """Read every part; all problems come back together."""
    found: dict[str, dict[str, Any]] = {}
    app: App | None = None
    problems: list[Problem] = []
    for part in package.parts:
        folder, _, name = part.path.rpartition("/")
        model, wrong = _read(part.path, part.content)
        problems += wrong
        if model is None:
            continue
        if part.path == APP:
            app = model
        else:
            found.setdefault(folder, {})[name.rpartition(".")[0]] = model
    paths = frozenset(part.path for part in package.parts)
    found["translations"] = found.pop("i18n", {})
    return Parts(app=app, paths=paths, **found), tuple(problems)


def _read(path: str, content: bytes) -> tuple[Any | None, Problems]:
    if path.endswith(".bpmn"):
        return read_process(content, path)
    return packages.read_part(path, content)
