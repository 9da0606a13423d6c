"""The kinds of parts: which folder holds which model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app_definitions import (
    app,
    board,
    decision,
    dictionary,
    form,
    ids,
    paper,
    process,
    reading,
    translation,
)
from app_definitions.problem import Problems, error


@dataclass(frozen=True, slots=True)
class Kind:
    """A folder, the model that its files hold, and how they are read and written."""

    folder: str
    model: type[Any]
    read: Callable[[Any, str], tuple[Any | None, Problems]]
    write: Callable[[Any], dict[str, Any]]


KINDS: tuple[Kind, ...] = (
    Kind("", app.App, app.read_app, app.write_app),
    Kind("forms", form.Form, form.read_form, form.write_form),
    Kind("decisions", decision.Decision, decision.read_decision, decision.write_decision),
    Kind("boards", board.Board, board.read_board, board.write_board),
    Kind("papers", paper.Paper, paper.read_paper, paper.write_paper),
    Kind(
        "dictionaries",
        dictionary.Dictionary,
        dictionary.read_dictionary,
        dictionary.write_dictionary,
    ),
    Kind(
        "i18n",
        translation.Translation,
        translation.read_translation,
        translation.write_translation,
    ),
)


def kind_of(path: str) -> Kind | None:
    """Find the kind of a JSON part by its folder."""
    folder = path.rpartition("/")[0]
    return next((kind for kind in KINDS if kind.folder == folder), None)


def read(path: str, document: Any) -> tuple[Any | None, Problems]:
    """Read a part; its file is named after the id (or the locale) inside it."""
    kind = kind_of(path)
    if kind is None:
        return None, (error(path, "part_of_no_kind"),)
    model, problems = kind.read(document, path)
    if model is None or not kind.folder:
        return model, problems
    name = path.rpartition("/")[2].removesuffix(".json")
    found = model.locale if isinstance(model, translation.Translation) else model.id
    if found == name:
        return model, problems
    return model, (*problems, error(ids.path(path, [], "id"), "part_named_otherwise", id=found))


def write(model: Any) -> dict[str, Any]:
    """Give the canonical document of any model."""
    return next(kind for kind in KINDS if kind.model is type(model)).write(model)


def schemas() -> Mapping[str, dict[str, Any]]:
    """Give the JSON Schema of every kind, by the name of its file."""
    models: list[Any] = [*(kind.model for kind in KINDS), process.Words]
    return {f"{model.FORMAT.replace('/', '.')}.json": reading.schema_of(model) for model in models}
