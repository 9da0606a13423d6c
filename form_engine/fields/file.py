"""Files that a person adds."""

from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import FileField

from form_engine import cleaning, settings
from form_engine.cleaning import Raw
from form_engine.context import Attachment, FillContext
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
from form_engine.messages import is_chinese

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ofd": "application/ofd",
    "zip": "application/zip",
}
ADDED = ("new", "camera")
REFUSALS = ("too_large", "wrong_type", "infected", "empty", "failed")
"""What the platform may say about an upload that it did not keep, under the part `refused`."""


class FileType(FieldType):
    """The value is the ids of stored files. The platform stores what is uploaded first.

    Parts: "" the ids that stand in the form, `new` and `camera` ids just stored, `remove`
    ids to take out, `refused` why an upload was not kept.
    """

    id = "file"
    palette = Palette("file", "file", 10)
    template = "files.html"
    first_part = "new"
    camera = False
    marked = True
    grouped = False
    recorded_by_default = False
    required_code = "required_file"
    settings_schema: ClassVar[settings.Schema] = settings.of(
        max_count=settings.whole(5, 1, 50),
        max_mb=settings.whole(10, 1, 200),
        accept=settings.several_of(*MEDIA_TYPES, default=("pdf", "jpg", "png")),
    )

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give `list<string>`."""
        return "list<string>"

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Keep the files that this person may use here; say what was refused and why."""
        removed = set(raw.get("remove", ()))
        fresh = [part for name in ADDED for part in raw.get(name, ()) if part]
        kept_before = raw.get("", ())
        if fresh and int(field.settings["max_count"]) == 1:
            kept_before = ()  # taken again: the new one stands for the old one
        typed = [*kept_before, *fresh]
        ids = list(dict.fromkeys(part for part in typed if part and part not in removed))
        known = [context.attachments(part) for part in ids if cleaning.is_number(part)]
        kept = [found for found in known if found is not None]
        refused = next((code for code in raw.get("refused", ()) if code), None)
        if refused:
            code = refused if refused in REFUSALS else "failed"
            return Cleaned(
                [found.id for found in kept] or None,
                bad(
                    f"file_{code}",
                    max=int(field.settings["max_mb"]),
                    kinds=kinds(field, context),
                ).errors,
            )
        if len(kept) < len(ids):
            return Cleaned([found.id for found in kept] or None, bad("file_gone").errors)
        return self._judged(kept, field, context)

    def _judged(self, kept: list[Attachment], field: Field, context: FillContext) -> Cleaned:
        most, megabytes = int(field.settings["max_count"]), int(field.settings["max_mb"])
        value = [found.id for found in kept] or None
        if len(kept) > most:
            return Cleaned(value, bad("file_many", max=most, count=len(kept)).errors)
        allowed = {MEDIA_TYPES[kind] for kind in field.settings["accept"]}
        for found in kept:
            if found.state == "infected":
                return Cleaned(value, bad("file_infected", name=found.name).errors)
            if found.media_type not in allowed:
                said = bad("file_wrong_type", name=found.name, kinds=kinds(field, context))
                return Cleaned(value, said.errors)
            if found.size > megabytes * 1024 * 1024:
                return Cleaned(value, bad("file_too_large", name=found.name, max=megabytes).errors)
        return Cleaned(value)

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give the ids."""
        return {"": [str(part) for part in value] if isinstance(value, list) else []}

    def from_json(self, document: Any, field: Field) -> object:
        """Read a list of ids."""
        if isinstance(document, list) and all(isinstance(part, str) for part in document):
            return document or None
        return None

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build the button that opens the file picker, and the camera's where there is one."""
        accept = ",".join(MEDIA_TYPES[kind] for kind in field.settings["accept"])
        given: dict[str, object] = {
            "class": "input input--file",
            "accept": accept,
            "data-max": int(field.settings["max_mb"]) * 1024 * 1024,
            "data-large": field.texts.word(
                "file.large", view.locale, max=int(field.settings["max_mb"])
            ),
        }
        photo = {**given, "accept": "image/*", "capture": "environment"}
        if int(field.settings["max_count"]) > 1:
            given["multiple"] = True
        taken: Controls = {"new": FileField(render_kw=given)}
        return {**taken, "camera": FileField(render_kw=photo)} if self.camera else taken

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """List the files that stand in the form, and the limits."""
        listed = dict.fromkeys(part for name in ("", *ADDED) for part in view.raw.get(name, ()))
        stored = [view.context.attachments(part) for part in listed if cleaning.is_number(part)]
        most = int(field.settings["max_count"])
        return {
            "files": [found for found in stored if found is not None],
            "limits": field.texts.word(
                "file.limits" if most > 1 else "file.limit",
                view.locale,
                count=most,
                max=int(field.settings["max_mb"]),
                kinds=kinds(field, view.context),
            ),
        }

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say how many files, and their names."""
        if not isinstance(value, list) or not value:
            return ""
        found = [context.attachments(str(part)) for part in value]
        names = [one.name for one in found if one is not None and one.name]
        counted = field.texts.word("file.count", context.locale, count=len(value))
        between = "、" if is_chinese(context.locale) else ", "
        apart = "：" if is_chinese(context.locale) else ": "
        return f"{counted}{apart}{between.join(names)}" if names else counted

    def attachments(self, value: object) -> tuple[str, ...]:
        """List the files."""
        return tuple(str(part) for part in value) if isinstance(value, list) else ()

    def mask(self, value: object) -> str:
        """Show nothing of the names."""
        return "****"

    def record(self, field: Field) -> RecordShape | None:
        """Fill no column."""
        return None


def kinds(field: Field, context: FillContext) -> str:
    """Say which kinds of file a field takes."""
    between = "、" if is_chinese(context.locale) else ", "
    return between.join(str(kind).upper() for kind in field.settings["accept"])


TYPE = FileType()
