"""A signature: drawn on the screen, or a photo of one on paper (or of a fingerprint)."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import FileField, HiddenField

from form_engine import cleaning, settings
from form_engine.cleaning import Raw
from form_engine.context import FillContext
from form_engine.field import (
    Cleaned,
    Controls,
    ControlView,
    Field,
    FieldType,
    Palette,
    RecordShape,
    bad,
)
from form_engine.fields.date_time import TYPE as MOMENT
from form_engine.fields.file import REFUSALS

KINDS = ("drawn", "photo")
_POSTED = frozenset({*KINDS, "clear", "refused", "shown"})
_DIGEST = re.compile(r"[0-9a-f]{64}")


class SignatureType(FieldType):
    """The image, what was signed (as a digest) and when.

    Parts: `drawn` and `photo` are ids of images just stored by the platform (a drawn one
    arrives from a small script), "" repeats the image of the signature given before, `clear`
    takes it away. Kind, moment and digest never come from a page: a new signature gets them
    here and from the form, an old one keeps its own.
    """

    id = "signature"
    palette = Palette("file", "signature", 30)
    template = "signature.html"
    first_part = "photo"
    grouped = True
    marked = True
    recorded_by_default = False
    required_code = "required_signature"
    settings_schema: ClassVar[settings.Schema] = settings.of(
        max_mb=settings.whole(10, 1, 50), again_after_change=settings.yes()
    )

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give `context`."""
        return "context"

    def posted(self, raw: Raw, previous: object, field: Field, context: FillContext) -> Raw:
        """Take new images, and the signature before where the page still shows it."""
        taken = {part: texts for part, texts in raw.items() if part in _POSTED}
        if isinstance(previous, dict) and cleaning.first(raw) == previous.get("attachment"):
            taken |= self.raw(previous, field, context)
        return taken

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Take the newest image; a drawn one and a photo together are one too many."""
        refused = cleaning.first(raw, "refused")
        if refused:
            code = refused if refused in REFUSALS else "failed"
            return bad(f"file_{code}", max=int(field.settings["max_mb"]), kinds="JPG, PNG")
        for kind in KINDS:
            attachment = cleaning.first(raw, kind)
            if attachment:
                return self._signed(kind, attachment, context)
        attachment = cleaning.first(raw)
        if not attachment or cleaning.first(raw, "clear"):
            return Cleaned(None)
        return self._repeated(attachment, raw, field, context)

    def _signed(self, kind: str, attachment: str, context: FillContext) -> Cleaned:
        if not _is_image(attachment, context):
            return bad("signature_image")
        at = context.evaluation.now.astimezone(dt.UTC).replace(microsecond=0)
        return Cleaned({"kind": kind, "attachment": attachment, "digest": "", "at": at})

    def _repeated(self, attachment: str, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        kind, digest = cleaning.first(raw, "kind"), cleaning.first(raw, "digest")
        at = MOMENT.from_json(cleaning.first(raw, "at"), field)
        known = kind in KINDS and (not digest or _DIGEST.fullmatch(digest)) and at is not None
        if not known or not _is_image(attachment, context):
            return bad("signature_image")
        return Cleaned({"kind": kind, "attachment": attachment, "digest": digest, "at": at})

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give the parts of a signature given before."""
        if not isinstance(value, dict):
            return {"": []}
        return {
            "": [str(value.get("attachment", ""))],
            "kind": [str(value.get("kind", ""))],
            "digest": [str(value.get("digest", ""))],
            "at": [str(MOMENT.to_json(value.get("at"), field))],
        }

    def to_json(self, value: object, field: Field) -> Any:
        """Give kind, attachment, digest and moment."""
        if not isinstance(value, dict):
            return None
        return {**value, "at": MOMENT.to_json(value["at"], field)}

    def from_json(self, document: Any, field: Field) -> object:
        """Read kind, attachment, digest and moment."""
        if not isinstance(document, dict):
            return None
        texts = {name: document.get(name) for name in ("kind", "attachment", "digest")}
        at = MOMENT.from_json(document.get("at"), field)
        if at is None or not all(isinstance(text, str) for text in texts.values()):
            return None
        return {**texts, "at": at}

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build the photo upload, and the hidden place into which the script puts a drawing."""
        photo = {"class": "input input--file", "accept": "image/jpeg,image/png"}
        drawn = {"data-signature-image": True}
        return {
            "photo": FileField(render_kw=photo),
            "drawn": HiddenField(default="", render_kw=drawn),
        }

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Show the signature given before."""
        found = view.context.attachments(view.first()) if view.first() else None
        return {"signed": found}

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say how and when it was signed."""
        if not isinstance(value, dict):
            return ""
        key = f"signature.{value['kind']}"
        when = MOMENT.show(value["at"], field, context)
        return field.texts.word(key, context.locale, at=when)

    def attachments(self, value: object) -> tuple[str, ...]:
        """Name the image."""
        return (str(value["attachment"]),) if isinstance(value, dict) else ()

    def mask(self, value: object) -> str:
        """Show nothing of it."""
        return "****"

    def record(self, field: Field) -> RecordShape | None:
        """Fill no column."""
        return None


def _is_image(attachment: str, context: FillContext) -> bool:
    if not cleaning.is_number(attachment):
        return False
    found = context.attachments(attachment)
    return found is not None and found.media_type.startswith("image/") and found.state != "infected"


TYPE = SignatureType()
