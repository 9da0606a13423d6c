"""Names of offices and roles in the language of who reads; the Chinese one is the legal one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

CHINESE = "zh"
ENGLISH = "en"
LONGEST = 120  # characters of a name


@dataclass(frozen=True, slots=True)
class Named:
    """A name with those in other languages: for sentences whose reader is not known yet."""

    name: str
    names: Mapping[str, str] | None = None

    @classmethod
    def of(cls, row: Any) -> "Named":
        """Take the names of a row of a department or role."""
        return cls(row.name, row.names)

    def said(self, locale: str) -> str:
        """Give the name in a language."""
        return name_in(locale, self.name, self.names)


def name_in(locale: str, name: str, names: Mapping[str, str] | None) -> str:
    """Give the name in the reader's language, the Chinese one where there is none."""
    return (names or {}).get(_language(locale)) or name


def name_column(of: FromClause, locale: str) -> ColumnElement[str]:
    """Do the same in SQL: the name of a department or role as a column, without a statement."""
    name: ColumnElement[str] = of.c.name
    language = _language(locale)
    if language == CHINESE:
        return name
    spoken = sa.func.nullif(of.c.names[language].as_string(), "")
    return sa.func.coalesce(spoken, name, type_=sa.Text())


def with_english(names: Mapping[str, str] | None, english: str) -> dict[str, str] | None:
    """Put the English name beside those in other languages; an empty one is taken away."""
    kept = {key: text for key, text in (names or {}).items() if key != ENGLISH}
    if english:
        kept[ENGLISH] = english
    return kept or None


def english_of(row: Any) -> str:
    """Give the English name of a row, "" where it has none."""
    return str((row.names or {}).get(ENGLISH, ""))


def in_all_languages(name: str, names: Mapping[str, str] | None) -> str:
    """Give all names, a blank between them: for an index in which people search."""
    return " ".join((name, *(names or {}).values()))


def is_well_formed(names: Any) -> bool:
    """Tell whether stored names are texts by language, none empty and none in Chinese."""
    return isinstance(names, dict) and all(
        isinstance(text, str) and len(text.strip()) > 0 and language != CHINESE
        for language, text in names.items()
    )


def _language(locale: str) -> str:
    return locale.lower().split("-")[0].split("_")[0]
