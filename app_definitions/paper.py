"""Papers: official sheets with fields as words in running text, and things placed on them."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from app_definitions import ids, reading
from app_definitions.problem import Problem, Problems, error
from app_definitions.shapes import Feel, Id, Mark, Text

Printed = Annotated[str, Mark("printed", max_length=4000)]
"""Words of the sheet itself. An official paper is issued in Chinese; only its title, which
pages show too, is translated."""
Show = Literal["plain", "date", "weekday", "chinese_date", "month", "number", "amount", "capital"]
"""How a value is written: a date with or without its weekday or in Chinese figures, a month,
a number or sum with thousands, a sum in the capital figures of receipts."""
Millimetres = Annotated[str, Mark("decimal", pattern=r"^[0-9]{1,3}(\.[0-9])?$")]


@dataclass(frozen=True, slots=True)
class Margins:
    """The empty border, in millimetres."""

    top: Millimetres = "25"
    right: Millimetres = "25"
    bottom: Millimetres = "25"
    left: Millimetres = "25"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of running text: words, or the value of an expression.

    `empty` stands where there is no value; without it a line to write on is drawn.
    """

    text: Printed = ""
    value: Feel = ""
    bold: bool = False
    show: Show = "plain"
    empty: Printed = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table of label and value, with words of its own."""

    id: Id
    label: Printed
    value: Feel
    show: Show = "plain"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: `field` is what it takes from each entry."""

    id: Id
    label: Printed
    field: Id
    show: Show = "plain"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a table of label and value, or a list.

    `rows` are questions of a form with their own labels, `lines` follow with labels written
    here. A list prints a line for each entry of `each`. Only `body` begins two signs further in;
    `issuer` stands at the right with the place of the seal behind it, wherever the text ends.
    """

    id: Id
    style: Literal["title", "subtitle", "body", "plain", "note", "rows", "list", "issuer"] = "body"
    align: Literal["start", "centre", "end"] = "start"
    spans: tuple[Span, ...] = ()
    rows: tuple[Id, ...] = ()
    lines: tuple[Line, ...] = ()
    each: Feel = ""
    columns: tuple[Column, ...] = ()
    when: Feel = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A seal, signature, code or picture at a place from the upper left corner.

    `value` is the text of a code, or the id of the picture. `page` is "last" for what belongs
    beside the issuer's name.
    """

    id: Id
    kind: Literal["seal", "signature", "qr", "image"]
    x: Millimetres
    y: Millimetres
    width: Millimetres
    height: Millimetres
    value: Feel = ""
    page: Literal["first", "last"] = "first"


@dataclass(frozen=True, slots=True)
class Paper:
    """A notice, certificate or report as it is printed."""

    FORMAT: ClassVar[str] = "gcrm.paper/1"

    id: Id
    title: Text
    size: Literal["A4", "A5", "A3", "B5"] = "A4"
    turned: bool = False
    margins: Margins = Margins()
    page_numbers: bool = False
    blocks: tuple[Block, ...] = ()
    placed: tuple[Placed, ...] = ()


def read_paper(document: Any, part: str) -> tuple[Paper | None, Problems]:
    """Read a paper; all problems come back together."""
    return reading.read(Paper, document, part, check=_check)


def write_paper(paper: Paper) -> dict[str, Any]:
    """Give the canonical document."""
    return reading.write(paper)


SIZES = {"A3": (297, 420), "A4": (210, 297), "A5": (148, 210), "B5": (176, 250)}
"""Width and height in millimetres, standing upright."""


def extent(paper: Paper) -> tuple[int, int]:
    """Give the width and height of the sheet in millimetres."""
    width, height = SIZES[paper.size]
    return (height, width) if paper.turned else (width, height)


def _check(paper: Paper, part: str) -> list[Problem]:
    return [*_spans(paper, part), *_lists(paper, part)]


def _lists(paper: Paper, part: str) -> list[Problem]:
    return [
        error(ids.path(part, [block.id], "columns"), "list_needs_columns", block=block.id)
        for block in paper.blocks
        if (block.style == "list") != bool(block.each and block.columns)
    ]


def _spans(paper: Paper, part: str) -> list[Problem]:
    return [
        error(ids.path(part, [block.id], "spans"), "span_needs_one", block=block.id)
        for block in paper.blocks
        for span in block.spans
        if bool(span.text) == bool(span.value)
    ]
