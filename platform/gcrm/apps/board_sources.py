"""What a board may count: the platform's own sources, and each form with what it records."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from app_definitions.vocabulary import Input, Option, Vocabulary
from form_engine import Form

FORM = "form"
"""The entry of `board_sources.json` for what every record has beside its form's answers."""

RATINGS = "ratings"


@cache
def _document() -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(
        files("gcrm.apps").joinpath("board_sources.json").read_text("utf-8")
    )
    return found


def language(locale: str) -> str:
    """Give the key of a language in the sources' words."""
    return "zh" if locale.lower().startswith("zh") else "en"


@cache
def platform_inputs(source: str, locale: str = "zh-CN") -> Vocabulary:
    """Give what may be counted of `cases`, `ratings`, or of any record (`form`)."""
    said = language(locale)
    return Vocabulary(
        tuple(
            Input(
                id=row["id"],
                label=row["label"][said],
                type=row["type"],
                scale=row.get("scale"),
                unit=row["unit"][said] if "unit" in row else None,
                options=tuple(
                    Option(option["code"], option["label"][said])
                    for option in row.get("options", ())
                ),
                column=row["id"],
            )
            for row in _document()[source]["inputs"]
        )
    )


def sources(forms: Mapping[str, Form], locale: str = "zh-CN") -> dict[str, Vocabulary]:
    """Give the vocabulary of every source that a board of the app may name.

    A form's own field goes before what every record has under the same name.
    """
    found = {name: platform_inputs(name, locale) for name in _document() if name != FORM}
    for form_id, form in forms.items():
        found.setdefault(form_id, platform_inputs(FORM, locale).extended(form.vocabulary))
    return found


def name_of(source: str, locale: str) -> str:
    """Say what the rows of a source are: cases, ratings, applications."""
    document = _document()
    said: str = document.get(source, document[FORM])["label"][language(locale)]
    return said
