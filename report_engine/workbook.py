"""Excel: sheets written to and read from .xlsx files.

Text that Excel could take for a formula gets an apostrophe in front, which is taken off again
when the file comes back. Files from outside are measured before they are opened.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation

from app_definitions.problem import Problems, error
from app_definitions.sheets import Cell, Sheet, Value

FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
APOSTROPHE = "'"
MOST_TEXT = 32_767
MOST_DIGITS = 15
MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_PARTS = 2_000
MOST_ROWS = 200_000
MOST_COLUMNS = 500
CHOICES = "_choices"

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TITLE = re.compile(r"[\\/*?:\[\]\x00-\x1f]")


def write_workbook(sheets: Iterable[Sheet], zone: tzinfo) -> bytes:
    """Give the .xlsx file of some sheets; moments are written in the local time of `zone`."""
    book = Workbook(write_only=True)
    lists: dict[tuple[str, ...], int] = {}
    taken: set[str] = {CHOICES}
    for sheet in sheets:
        _write(book, sheet, _title(sheet.name, taken), lists, zone)
    if lists:
        _write_choices(book, lists)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_workbook(
    content: bytes, part: str, zone: tzinfo
) -> tuple[tuple[Sheet, ...] | None, Problems]:
    """Read a .xlsx file: the first row of each sheet names its columns.

    Values come as text, decimals, booleans, dates or moments; formulas by their last result.
    """
    refusal = _measured(content, part)
    if refusal:
        return None, refusal
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheets = [
                _read(sheet, zone)
                for sheet in book.worksheets
                if sheet.title != CHOICES and sheet.sheet_state == "visible"
            ]
        finally:
            book.close()
    except _TooLargeError as large:
        return None, (error(part, "workbook_too_large", sheet=large.sheet, limit=MOST_ROWS),)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError) as failure:
        return None, (error(part, "workbook_unreadable", detail=type(failure).__name__),)
    return tuple(sheets), ()


def neutral(text: str) -> str:
    """Make text that no spreadsheet takes for a formula."""
    cleaned = _CONTROL.sub("", text)[: MOST_TEXT - 1]
    if cleaned[:1] in FORMULA or cleaned[:1] == APOSTROPHE:
        return APOSTROPHE + cleaned if cleaned else cleaned
    return cleaned


def original(text: str) -> str:
    """Take off the apostrophe that `neutral` put."""
    if text[:1] == APOSTROPHE and (text[1:2] in FORMULA or text[1:2] == APOSTROPHE):
        return text[1:]
    return text


class _TooLargeError(Exception):
    def __init__(self, sheet: str) -> None:
        super().__init__(sheet)
        self.sheet = sheet


def _measured(content: bytes, part: str) -> Problems:
    """Look at the list of the file's parts before anything is unpacked."""
    if len(content) > MOST_BYTES:
        return (error(part, "workbook_too_many_bytes", limit=MOST_BYTES // 1_000_000),)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            size = sum(each.file_size for each in parts)
            if len(parts) > MOST_PARTS or size > MOST_UNPACKED:
                return (error(part, "workbook_bomb", limit=MOST_UNPACKED // 1_000_000),)
            for each in parts:
                if each.filename.endswith((".xml", ".rels")) and _has_doctype(packed, each):
                    return (error(part, "workbook_doctype"),)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        return (error(part, "workbook_unreadable", detail="zip"),)
    return ()


def _has_doctype(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    with packed.open(member) as stream:
        head = stream.read(4096).replace(b"\x00", b"").lower()
    return b"<!doctype" in head or b"<!entity" in head


def _write(
    book: Any, sheet: Sheet, title: str, lists: dict[tuple[str, ...], int], zone: tzinfo
) -> None:
    page = book.create_sheet(title)
    page.freeze_panes = "A2"
    for at, name in enumerate(sheet.columns, 1):
        page.column_dimensions[get_column_letter(at)].width = _width(sheet, at - 1, name)
    page.append([_head(page, name) for name in sheet.columns])
    allowed: dict[tuple[str, ...], DataValidation] = {}
    for line, row in enumerate(sheet.rows, 2):
        cells = []
        for at, cell in enumerate(row, 1):
            cells.append(_cell(page, cell, zone))
            if cell.choices:
                rule = allowed.get(cell.choices)
                if rule is None:
                    rule = allowed[cell.choices] = _rule(cell.choices, lists)
                rule.add(f"{get_column_letter(at)}{line}")
        page.append(cells)
    for rule in allowed.values():
        page.data_validations.append(rule)


def _head(page: Any, name: str) -> Any:
    head = WriteOnlyCell(page, neutral(name))
    head.font = Font(bold=True)
    head.fill = PatternFill("solid", fgColor="E8F0F8")
    head.alignment = Alignment(wrap_text=True, vertical="top")
    return head


def _cell(page: Any, cell: Cell, zone: tzinfo) -> Any:
    value = _excel(cell.value, zone)
    made = WriteOnlyCell(page, value)
    if isinstance(value, str):
        made.data_type = "s"
    if isinstance(cell.value, datetime):
        made.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(cell.value, date):
        made.number_format = "yyyy-mm-dd"
    if cell.note:
        made.comment = Comment(_CONTROL.sub("", cell.note)[:2000], "gcrm")
    return made


def _excel(value: Value, zone: tzinfo) -> Any:
    """Give what Excel can hold: it keeps 15 digits of a number and knows no time zones."""
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, Decimal):
        if not value.is_finite() or len(value.normalize().as_tuple().digits) > MOST_DIGITS:
            return str(value)
        return value
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None)
    return value


def _rule(choices: tuple[str, ...], lists: dict[tuple[str, ...], int]) -> DataValidation:
    """Allow only the choices, which stand in a column of a hidden sheet."""
    at = lists.setdefault(choices, len(lists) + 1)
    letter = get_column_letter(at)
    rule = DataValidation(
        type="list", formula1=f"'{CHOICES}'!${letter}$1:${letter}${len(choices)}", allow_blank=True
    )
    rule.showErrorMessage = True
    return rule


def _write_choices(book: Any, lists: dict[tuple[str, ...], int]) -> None:
    page = book.create_sheet(CHOICES)
    page.sheet_state = "hidden"
    columns = list(lists)
    for line in range(max(len(column) for column in columns)):
        page.append([neutral(c[line]) if line < len(c) else None for c in columns])


def _title(name: str, taken: set[str]) -> str:
    """Give a title Excel takes: 31 characters, no signs of its own, none twice."""
    clean = _TITLE.sub(" ", name).strip(" '")[:31] or "Sheet"
    title, number = clean, 2
    while title.casefold() in {each.casefold() for each in taken}:
        end = f" {number}"
        title, number = clean[: 31 - len(end)] + end, number + 1
    taken.add(title)
    return title


def _width(sheet: Sheet, at: int, name: str) -> float:
    """Give the width of a column from its first rows; a Chinese character is two wide."""
    texts = [name, *(str(row[at].value or "") for row in sheet.rows[:50] if at < len(row))]
    longest = max(sum(2 if ord(sign) > 0x2E7F else 1 for sign in text[:60]) for text in texts)
    return float(min(60, max(8, longest + 2)))


def _read(page: Any, zone: tzinfo) -> Sheet:
    rows: list[tuple[Cell, ...]] = []
    heads: tuple[str, ...] = ()
    for line, row in enumerate(page.iter_rows(max_col=MOST_COLUMNS)):
        if line > MOST_ROWS:
            raise _TooLargeError(page.title)
        values = [_value(cell, zone) for cell in row]
        if line == 0:
            heads = _heads(values)
        elif any(value not in (None, "") for value in values):
            padded = [*values, *[None] * len(heads)][: len(heads)]
            rows.append(tuple(Cell(value) for value in padded))
    return Sheet(page.title, heads, tuple(rows))


def _heads(values: list[Value]) -> tuple[str, ...]:
    while values and values[-1] in (None, ""):
        values.pop()
    return tuple("" if value is None else str(value).strip() for value in values)


def _value(cell: Any, zone: tzinfo) -> Value:
    value = cell.value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return original(value)
    if isinstance(value, int | float | Decimal):
        return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if isinstance(value, datetime):
        if "h" not in (cell.number_format or "").lower():
            return value.date()
        return value.replace(tzinfo=zone).astimezone(UTC)
    return value if isinstance(value, date) else str(value)
