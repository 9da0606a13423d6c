"""Papers: official sheets with fields as words in running text, and things placed on them."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from app_definitions import ids, reading
from app_definitions.problem import Problem, Problems, error
from app_definitions.shapes import Feel, Id, Mark, Text

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
    """A piece of running text: words, or the value of an expression."""

    text: Text = ""
    value: Feel = ""
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a table of label and value when it has rows."""

    id: Id
    style: Literal["title", "subtitle", "body", "note", "rows"] = "body"
    align: Literal["start", "centre", "end"] = "start"
    spans: tuple[Span, ...] = ()
    rows: tuple[Id, ...] = ()
    when: Feel = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A seal, signature, code or picture at a place from the upper left corner."""

    id: Id
    kind: Literal["seal", "signature", "qr", "image"]
    x: Millimetres
    y: Millimetres
    width: Millimetres
    height: Millimetres
    value: Feel = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A notice, certificate or report as it is printed."""

    FORMAT: ClassVar[str] = "gcrm.paper/1"

    id: Id
    title: Text
    size: Literal["A4", "A5", "A3", "B5"] = "A4"
    turned: bool = False
    margins: Margins = Margins()
    blocks: tuple[Block, ...] = ()
    placed: tuple[Placed, ...] = ()


def read_paper(document: Any, part: str) -> tuple[Paper | None, Problems]:
    """Read a paper; all problems come back together."""
    return reading.read(Paper, document, part, check=_check)


def write_paper(paper: Paper) -> dict[str, Any]:
    """Give the canonical document."""
    return reading.write(paper)


def _check(paper: Paper, part: str) -> list[Problem]:
    return [
        error(ids.path(part, [block.id], "spans"), "span_needs_one", block=block.id)
        for block in paper.blocks
        for span in block.spans
        if bool(span.text) == bool(span.value)
    ]
