"""What filling a form needs to know: who may do what, today's lists, facts, attachments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from app_definitions.dictionary import Dictionary
from app_definitions.form import Right
from form_engine.regions import Regions
from rule_engine import EvaluationContext


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file, as a page shows it. The bytes are never here.

    `fixed`: it was handed in before, so it may be left out but is never changed.
    """

    id: str
    name: str
    media_type: str
    size: int
    url: str = ""
    state: Literal["waiting", "clean", "infected"] = "clean"
    fixed: bool = False


def no_attachments(attachment_id: str) -> Attachment | None:
    """Know no attachment at all: what a context without files uses."""
    return None


@dataclass(frozen=True, slots=True)
class FillContext:
    """One filling of a form by one person.

    `rights` comes from `Form.rights_for`; a field without an entry is hidden. `attachments`
    gives only files that this person may put into this form, and `None` for all others.
    `sources` says where a value came from that the person did not type.
    """

    evaluation: EvaluationContext
    locale: str = "zh-CN"
    rights: Mapping[str, Right] = field(default_factory=dict)
    dictionaries: Mapping[str, Dictionary] = field(default_factory=dict)
    regions: Regions | None = None
    facts: Mapping[str, object] = field(default_factory=dict, repr=False)
    attachments: Callable[[str], Attachment | None] = no_attachments
    large: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)

    def right(self, field_id: str) -> Right:
        """Tell what this person may do with a field."""
        return self.rights.get(field_id, "hidden")
