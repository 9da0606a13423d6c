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
    id: str = field(init=False)

    def __post_init__(self) -> None:
        """Keep the id here, as fields do."""
        object.__setattr__(self, "id", self.definition.id)

    def __repr__(self) -> str:
        """Name the section."""
        return f"<Section {self.key}>"

    def title(self, locale: str) -> str:
        """Give the heading."""
        return translated(self.translations, f"{self.key}.title", self.definition.title, locale)

    def hint(self, locale: str) -> str:
        """Give the sentence under the heading."""
        return translated(self.translations, f"{self.key}.hint", self.definition.hint, locale)
