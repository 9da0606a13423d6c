"""Tables taken out of the house: Excel, and CSV that Excel opens without running anything."""

import csv
import datetime as dt
import io
from decimal import Decimal

from app_definitions.sheets import Sheet, Value
from report_engine.workbook import APOSTROPHE, FORMULA, write_workbook

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def workbook(sheet: Sheet, zone: dt.tzinfo) -> bytes:
    """Give an Excel file; text that looks like a formula is text there."""
    return write_workbook([sheet], zone)


def csv_text(sheet: Sheet, zone: dt.tzinfo) -> bytes:
    """Give a CSV file with a mark that tells Excel of UTF-8; formulas get an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_text(head, zone) for head in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_text(cell.value, zone) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _text(value: Value, zone: dt.tzinfo) -> str:
    match value:
        case None:
            return ""
        case dt.datetime():
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        case bool():
            return "1" if value else "0"
        case Decimal() | dt.date():
            return str(value)
        case _:
            text = value.replace("\0", "")
            head = text.lstrip()[:1] or text[:1]
            return f"{APOSTROPHE}{text}" if head in FORMULA or text[:1] in FORMULA else text
