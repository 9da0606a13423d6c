"""Rows of the same questions, such as the members of a household."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from wtforms import HiddenField

from app_definitions import form as definitions
from form_engine import errors, settings
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
from form_engine.messages import Message, is_chinese

MOST_ROWS = 200
_PART = re.compile(r"([0-9]{1,3})-([a-z][a-z0-9_]*)(?:-(.*))?")


class SubtableType(FieldType):
    """The value is a list of rows; a row without any answer does not count.

    Parts: `0-name` is the column `name` of the first row, `0-remove` takes the row away,
    `rows` says how many rows stand on the page.
    """

    id = "subtable"
    palette = Palette("layout", "subtable", 30)
    template = "subtable.html"
    grouped = True
    marked = True
    required_code = "required_rows"
    takes_columns = True
    settings_schema: ClassVar[settings.Schema] = settings.of(
        min_rows=settings.whole(0, 0, MOST_ROWS), max_rows=settings.whole(20, 1, MOST_ROWS)
    )

    def feel_type(self, given: Mapping[str, Any]) -> str:
        """Give `list<context>`."""
        return "list<context>"

    def find_faults(self, definition: definitions.Field) -> Iterable[tuple[str, Message]]:
        """Look for a table without columns, and for limits that contradict each other."""
        given = settings.with_defaults(self.settings_schema, dict(definition.settings))
        if int(given["min_rows"]) > int(given["max_rows"]):
            yield "settings.min_rows", Message("settings_limits")
        if not definition.columns:
            yield "columns", Message("columns_missing")

    def clean(self, raw: Raw, field: Field, context: FillContext) -> Cleaned:
        """Clean each row by its columns; all messages come back together, each with its place."""
        rows: list[dict[str, object]] = []
        wrong: list[Message] = []
        warnings: list[Message] = []
        for index, typed in sorted(rows_of(raw).items()):
            cleaned = {
                column.id: column.type.clean(typed.get(column.id, {}), column, context)
                for column in field.columns
            }
            row = {name: one.value for name, one in cleaned.items() if one.value is not None}
            if not row and not any(one.errors for one in cleaned.values()):
                continue
            rows.append(row)
            for column in field.columns:
                one = cleaned[column.id]
                found = one.errors or _missing(column, one)
                wrong += [_placed(said, index, len(rows), column, context) for said in found]
                warnings += [
                    _placed(said, index, len(rows), column, context) for said in one.warnings
                ]
        if wrong:
            kept = [row for row in rows if row]  # a row of mistakes alone holds no value yet
            return Cleaned(kept or None, tuple(wrong), tuple(warnings))
        least, most = int(field.settings["min_rows"]), int(field.settings["max_rows"])
        if len(rows) > most:
            return Cleaned(rows, bad("rows_many", max=most, count=len(rows)).errors)
        if rows and len(rows) < least:
            return Cleaned(rows, bad("rows_few", min=least, count=len(rows)).errors)
        return Cleaned(rows or None, warnings=tuple(warnings))

    def raw(self, value: object, field: Field, context: FillContext) -> dict[str, list[str]]:
        """Give the texts of all rows."""
        found: dict[str, list[str]] = {}
        for index, row in enumerate(value if isinstance(value, list) else ()):
            for column in field.columns:
                texts = column.type.raw(row.get(column.id), column, context)
                for part, typed in texts.items():
                    name = f"{index}-{column.id}"
                    found[f"{name}-{part}" if part else name] = typed
        return found

    def to_json(self, value: object, field: Field) -> Any:
        """Give a list of objects."""
        if not isinstance(value, list):
            return None
        return [
            {
                column.id: column.type.to_json(row[column.id], column)
                for column in field.columns
                if row.get(column.id) is not None and column.type.stored
            }
            for row in value
        ]

    def from_json(self, document: Any, field: Field) -> object:
        """Read a list of objects."""
        if not isinstance(document, list):
            return None
        rows: list[dict[str, object]] = []
        for entry in document[:MOST_ROWS]:
            given = entry if isinstance(entry, dict) else {}
            read = {
                column.id: column.type.from_json(given.get(column.id), column)
                for column in field.columns
            }
            rows.append({name: value for name, value in read.items() if value is not None})
        return [row for row in rows if row] or None

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build the hidden count of rows; the columns draw themselves."""
        return {"rows": HiddenField(default=str(len(self._shown(field, view))))}

    def extras(self, field: Field, view: ControlView) -> dict[str, object]:
        """Draw each row: what it is called, whether it can go, its columns."""
        typed = rows_of(view.raw)
        rows = []
        for number, index in enumerate(self._shown(field, view), start=1):
            known = typed.get(index, {})
            drawn = [
                view.draw(column, f"{index}-{column.id}", known.get(column.id, {}))
                for column in field.columns
            ]
            title = field.texts.word("row", view.locale, number=number)
            rows.append({"index": index, "title": title, "columns": drawn, "known": bool(known)})
        return {"rows": rows, "more": len(rows) < int(field.settings["max_rows"])}

    def _shown(self, field: Field, view: ControlView) -> list[int]:
        """List the rows to show: those with answers, as many as asked for, at least one."""
        shown = sorted(rows_of(view.raw))
        count = view.first("rows")
        asked = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 1
        least, most = int(field.settings["min_rows"]), int(field.settings["max_rows"])
        wanted = max(len(shown), min(max(asked, least, 1), most))
        following = (shown[-1] if shown else -1) + 1
        return shown + list(range(following, following + wanted - len(shown)))

    def show(self, value: object, field: Field, context: FillContext) -> str:
        """Say each row with its answers."""
        if not isinstance(value, list):
            return ""
        between, apart = ("，", "；") if is_chinese(context.locale) else (", ", "; ")
        said = []
        for row in value:
            parts = [
                column.type.show(row[column.id], column, context)
                for column in field.columns
                if row.get(column.id) is not None
            ]
            said.append(between.join(part for part in parts if part))
        return apart.join(said)

    def mask(self, value: object) -> str:
        """Show nothing of the rows."""
        return "****"

    def record(self, field: Field) -> RecordShape | None:
        """Fill no column of its own: its columns stand in a child table."""
        return None


def rows_of(raw: Raw) -> dict[int, dict[str, dict[str, list[str]]]]:
    """Sort posted parts by row, column and part of the column; removed rows are left out."""
    rows: dict[int, dict[str, dict[str, list[str]]]] = {}
    removed: set[int] = set()
    for part, texts in raw.items():
        found = _PART.fullmatch(part)
        if found is None or int(found.group(1)) >= MOST_ROWS:
            continue
        index, column, inside = int(found.group(1)), found.group(2), found.group(3) or ""
        if column == "remove" and any(texts):
            removed.add(index)
        rows.setdefault(index, {}).setdefault(column, {})[inside] = list(texts)
    return {index: row for index, row in rows.items() if index not in removed}


def _missing(column: Field, one: Cleaned) -> tuple[Message, ...]:
    if column.definition.required and column.type.is_empty(one.value):
        return (Message(column.type.required_code),)
    return ()


def _placed(said: Message, index: int, number: int, column: Field, context: FillContext) -> Message:
    sentence = errors.joined(errors.say(column, said, context.locale), context.locale)
    part = f"{index}-{column.id}" + (f"-{said.part}" if said.part else "")
    values: dict[str, str | int] = {"row": number, "message": sentence}
    return Message("row_error", values, part)


TYPE = SubtableType()
