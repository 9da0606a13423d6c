"""Files of service items: a site's script data, our own JSON, or a sheet of Excel."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from gcrm.runtime import script_data
from gcrm.runtime.script_data import Located, ScriptError
from report_engine.workbook import read_workbook

FORMAT = "gcrm.catalogue/1"
LARGEST = 20_000_000  # bytes
MOST_ITEMS = 50_000
MOST_FAULTS = 50  # sentences; whoever has more mends these first
LONGEST_NAME = 500
LONGEST_CODE = 80
UNSORTED = frozenset({"", "未分类", "其他", "无"})
AUDIENCES = {
    "natural": "natural", "个人": "natural", "自然人": "natural",
    "organisation": "organisation", "企业": "organisation", "法人": "organisation",
    "both": "both", "个人、企业": "both", "自然人、法人": "both", "不限": "both",
}  # fmt: skip
TYPES = {
    "1": "licence", "2": "penalty", "3": "coercion", "4": "levy", "5": "benefit",
    "6": "inspection", "7": "confirmation", "8": "award", "9": "ruling", "10": "other_power",
    "11": "public_service", "20": "public_service",
    "行政许可": "licence", "行政处罚": "penalty", "行政强制": "coercion", "行政征收": "levy",
    "行政给付": "benefit", "行政检查": "inspection", "行政确认": "confirmation",
    "行政奖励": "award", "行政裁决": "ruling", "其他行政权力": "other_power",
    "公共服务": "public_service",
}  # fmt: skip
READ = ("code", "name", "department", "group", "type", "audience", "theme", "link", "text")
COLUMNS = {
    "编码": "code", "事项编码": "code", "名称": "name", "事项名称": "name", "部门": "department",
    "主项": "group", "类型": "type", "事项类型": "type", "对象": "audience", "服务对象": "audience",
    "链接": "link", "网址": "link", "主题": "theme", "说明": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a catalogue. `audience`, `item_type` and `theme` are "" where it says nothing."""

    line: int
    code: str
    name: str
    department: str
    group: str
    item_type: str
    audience: str
    theme: str
    link: str
    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: a code of the catalogue of refusals and what its sentence names."""

    code: str
    values: Mapping[str, str | int]


@dataclass(slots=True)
class _Found:
    items: list[Item] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


def read(content: bytes, name: str, zone: ZoneInfo) -> tuple[tuple[Item, ...], tuple[Fault, ...]]:
    """Read a file; either its items, or all that is wrong with it, each with its line."""
    if len(content) > LARGEST:
        return (), (Fault("catalogue_large", {"megabytes": LARGEST // 1_000_000}),)
    found = _Found()
    try:
        lines = _sheet(content, zone) if content[:4] == b"PK\x03\x04" else _script(content)
        for line, values in lines:
            _take(found, line, values)
            if len(found.items) > MOST_ITEMS:
                return (), (Fault("catalogue_many", {"count": MOST_ITEMS}),)
    except ScriptError as error:
        return (), (Fault(error.code, {"line": error.line, "text": error.text}),)
    if not found.items and not found.faults:
        found.faults.append(Fault("catalogue_empty", {"file": name}))
    if found.faults:
        return (), tuple(found.faults[:MOST_FAULTS])
    return tuple(found.items), ()


def _script(content: bytes) -> Iterator[tuple[int, Mapping[str, Any]]]:
    document = script_data.read(_decode(content))
    if isinstance(document, Located):
        if document.values.get("format") != FORMAT:
            raise ScriptError("catalogue_format", document.line, FORMAT)
        for each in _list(document, "items"):
            yield each.line, each.values
        return
    if not isinstance(document, list):
        raise ScriptError("catalogue_shape", 1)
    for office in document:
        if not isinstance(office, Located):
            raise ScriptError("catalogue_shape", 1)
        for group in _list(office, "items"):
            for each in _list(group, "sub_items"):
                title = str(group.values.get("main_item") or "").strip()
                yield (
                    each.line,
                    {
                        "department": office.values.get("department"),
                        "group": "" if title in UNSORTED else title,
                        **_of_link(each.values),
                    },
                )


def _list(parent: Located, name: str) -> list[Located]:
    listed = parent.values.get(name)
    if not isinstance(listed, list) or not all(isinstance(each, Located) for each in listed):
        raise ScriptError("catalogue_list", parent.line, name)
    return listed


def _of_link(values: Mapping[str, Any]) -> dict[str, Any]:
    """Take code and type from the address of the official page, where such lists have them."""
    link = values.get("link")
    asked = parse_qs(urlsplit(link).query) if isinstance(link, str) and _is_link(link) else {}
    code, kind = asked.get("itemCode", [""])[0], asked.get("taskType", [""])[0]
    return {"name": values.get("name"), "link": link, "code": code, "type": kind}


def _sheet(content: bytes, zone: ZoneInfo) -> Iterator[tuple[int, Mapping[str, Any]]]:
    sheets, problems = read_workbook(content, "catalogue", zone)
    if not sheets or problems:
        raise ScriptError("catalogue_sheet", 1)
    sheet = sheets[0]
    names = [COLUMNS.get(name.strip(), name.strip()) for name in sheet.columns]
    if not {"name", "department"} <= set(names):
        raise ScriptError("catalogue_columns", 1)
    for line, row in enumerate(sheet.rows, 2):
        values = {
            name: "" if cell.value is None else str(cell.value)
            for name, cell in zip(names, row, strict=False)
        }
        if any(values.values()):
            yield line, values


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ScriptError("catalogue_unreadable", 1)


def _take(found: _Found, line: int, values: Mapping[str, Any]) -> None:
    """Take a line in, or say everything that is wrong with it."""
    texts = {key: _text(values.get(key)) for key in READ}
    name, office, link = texts["name"], texts["department"], texts["link"]
    before = len(found.faults)
    if not name:
        found.faults.append(Fault("catalogue_name", {"line": line}))
    elif len(name) > LONGEST_NAME:
        found.faults.append(Fault("catalogue_long", {"line": line, "count": LONGEST_NAME}))
    if not office:
        found.faults.append(Fault("catalogue_department", {"line": line, "name": name}))
    if link and not _is_link(link):
        found.faults.append(Fault("catalogue_link", {"line": line, "text": link[:60]}))
    kind, audience = texts["type"].lstrip("0"), texts["audience"]
    if kind and kind not in TYPES and kind not in TYPES.values():
        found.faults.append(Fault("catalogue_type", {"line": line, "text": kind[:40]}))
    if audience and audience not in AUDIENCES:
        found.faults.append(Fault("catalogue_audience", {"line": line, "text": audience[:40]}))
    code = texts["code"] or _code(office, texts["group"], name)
    if len(code) > LONGEST_CODE:
        found.faults.append(Fault("catalogue_code", {"line": line, "text": code[:60]}))
    elif code in found.lines:
        found.faults.append(
            Fault("catalogue_twice", {"line": line, "first": found.lines[code], "code": code})
        )
    if len(found.faults) > before:
        return
    found.lines[code] = line
    found.items.append(
        Item(
            line, code, name, office, texts["group"], TYPES.get(kind, kind),
            AUDIENCES.get(audience, ""), texts["theme"], link, texts["text"],
        )
    )  # fmt: skip


def _text(value: Any) -> str:
    """Give one line of text; half a character from a broken escape becomes a question mark."""
    if not isinstance(value, str):
        return ""
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\s\x00-\x1f]+", " ", whole).strip()


def _code(*parts: str) -> str:
    """Make a code for an item that has none: the same words, the same code."""
    return "x" + hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()[:24]


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
