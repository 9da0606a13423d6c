"""Sheets that administrators bring: read from Excel or CSV, kept while they are looked at."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from flask import g, request

from app_definitions.problem import Catalogue
from gcrm.runtime.refusals import Refused
from gcrm.web.language import gettext as _
from gcrm.web.language import locale
from report_engine.workbook import read_workbook

LARGEST = 2_000_000
MOST = 5_000
Rows = tuple[tuple[str, ...], ...]


def uploaded(heads: Sequence[Sequence[str]]) -> tuple[Rows, str]:
    """Give the rows of the file that was sent, in the order of `heads`, or what is wrong.

    Each of `heads` names one column in the words that its head may have.
    """
    file = request.files.get("file")
    content = file.stream.read(LARGEST + 1) if file is not None else b""
    if not content:
        return (), _("请选一个文件。")
    if len(content) > LARGEST:
        return (), _("文件太大了，请分成几个再导入。")
    table, trouble = _table(content)
    if trouble or not table:
        return (), trouble or _("表格里没有内容。")
    names = [cell.strip().casefold() for cell in table[0]]
    places = []
    for words in heads:
        place = next(
            (names.index(each.casefold()) for each in words if each.casefold() in names), -1
        )
        places.append(place)
    if places[0] < 0:
        return (), _("第一行要写列名：%(names)s。", names=_("、").join(each[0] for each in heads))
    rows = [
        tuple(row[place].strip() if 0 <= place < len(row) else "" for place in places)
        for row in table[1:]
        if any(cell.strip() for cell in row)
    ]
    if not rows:
        return (), _("表格里没有内容。")
    return tuple(rows[: MOST + 1]), ""


def _table(content: bytes) -> tuple[list[list[str]], str]:
    if content[:2] == b"PK":
        sheets, problems = read_workbook(content, "file", g.zone)
        if sheets is None or not sheets:
            if not problems:
                return [], _("表格里没有内容。")
            return [], Catalogue.of("report_engine").render(problems[0], locale()).message
        sheet = sheets[0]
        rows = [[_text(cell.value) for cell in row] for row in sheet.rows]
        return [list(sheet.columns), *rows], ""
    for encoding in ("utf-8-sig", "gb18030"):  # Excel on Chinese Windows writes the second
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return [list(row) for row in csv.reader(io.StringIO(text.replace("\0", "")))], ""
    return [], _("这个文件读不出来。请用Excel（.xlsx）或者CSV。")


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return text[1:] if text.startswith("'") else text


def kept() -> Rows:
    """Give the rows that the page before had checked."""
    try:
        found = json.loads(request.form.get("rows", ""))
    except ValueError:
        return ()
    if not isinstance(found, list):
        return ()
    return tuple(
        tuple(str(cell)[:500] for cell in row) for row in found[:MOST] if isinstance(row, list)
    )


def keep(rows: Rows) -> str:
    """Write rows into a page, to be posted again once they were looked at."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def say(refused: Refused) -> str:
    """Say what is wrong with a cell."""
    rendered = refused.render(locale(), g.zone)
    return f"{rendered.message}{' ' if locale() == 'en' else ''}{rendered.fix}"
