"""Sections: the pages of a form."""

from dataclasses import dataclass, field

from app_definitions import form as definitions
from form_engine.field import Field, Translations, translated
from rule_engine import Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Section:
    """Questions that stand on one page. `key` is the path under which its texts are translated."""

    definition: definitions.Section
    key: str
    fields: tuple[Field, ...]
    visible_when: Expression | None = None
    translations: Translations = field(default_factory=dict)

    def __repr__(self) -> str:
        """Name the section."""
        return f"<Section {self.key}>"

    @property
    def id(self) -> str:
        """Give the section's id."""
        return self.definition.id

    def title(self, locale: str) -> str:
        """Give the heading."""
        return translated(self.translations, f"{self.key}.title", self.definition.title, locale)

    def hint(self, locale: str) -> str:
        """Give the sentence under the heading."""
        return translated(self.translations, f"{self.key}.hint", self.definition.hint, locale)
