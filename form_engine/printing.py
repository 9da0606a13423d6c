"""Printing: a laid sheet becomes a PDF by Typst, from our own template and a list of fonts.

Everything that people wrote goes in as JSON data; the template is the only markup there is.
No network, no fonts but the given ones; the same sheet and moment give the same bytes.
"""

import io
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import segno
import typst

from form_engine.paper import Laid, PaperTooLargeError, texts_of

STANDARD: Literal["a-2b"] = "a-2b"
LARGEST = 8 * 1024 * 1024
PICTURE = 1024 * 1024


class PrintingError(Exception):
    """A sheet could not be printed; the message holds nothing that people wrote."""


class MissingGlyphsError(PrintingError):
    """No font has some of the characters: a box instead of a name is worse than no paper."""

    def __init__(self, characters: Sequence[str]) -> None:
        """Name the characters by their code points, so that a log tells no name."""
        self.characters = tuple(characters)
        shown = " ".join(f"U+{ord(each):04X}" for each in self.characters[:20])
        super().__init__(f"No font has the characters {shown}.")


@dataclass(frozen=True)
class PaperFonts:
    """Folders with fonts, the first one first; nothing else is looked at.

    A character that the first lacks comes from the next one that has it.
    """

    folders: tuple[Path, ...]

    @cached_property
    def typst(self) -> typst.Fonts:
        """Open the fonts."""
        return typst.Fonts(False, False, [str(folder) for folder in self.folders])

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """List the font files in the order of the folders."""
        return tuple(
            path
            for folder in self.folders
            for path in sorted(folder.iterdir())
            if path.suffix.lower() in (".ttf", ".ttc", ".otf")
        )

    @cached_property
    def families(self) -> tuple[str, ...]:
        """Name the families in the order of the folders."""
        found = self.typst.fonts()
        named = {Path(each.path): each.family for each in found if each.path}
        ordered = [named[path] for path in self.files if path in named]
        return tuple(dict.fromkeys([*ordered, *(each.family for each in found)]))

    def missing(self, texts: Sequence[str]) -> tuple[str, ...]:
        """List the characters that no font has, each once; later fonts are only opened for
        what the earlier ones lack."""
        left = [sign for sign in dict.fromkeys("".join(texts)) if not _unseen(sign)]
        for path in self.files:
            if not left:
                break
            known = _characters(path)
            left = [sign for sign in left if ord(sign) not in known]
        return tuple(left)


@lru_cache(maxsize=32)
def _characters(path: Path) -> frozenset[int]:
    """List the code points that a font file has."""
    from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

    known: set[int] = set()
    if path.suffix.lower() == ".ttc":
        with TTCollection(path, lazy=True) as collection:
            for each in collection.fonts:
                known.update(each.getBestCmap() or ())
    else:
        with TTFont(path, lazy=True) as font:
            known.update(font.getBestCmap() or ())
    return frozenset(known)


def _unseen(sign: str) -> bool:
    return sign == "\n" or unicodedata.category(sign) in ("Cf", "Mn", "Zs")


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints papers. `before` is called first: the platform refuses there while others wait."""

    fonts: PaperFonts
    before: Callable[[], object] = field(default=_never, compare=False)

    def print(
        self,
        laid: Laid,
        moment: datetime,
        *,
        author: str = "",
        pictures: Mapping[str, bytes] | None = None,
    ) -> bytes:
        """Give the PDF (PDF/A-2b) with the moment as its date.

        `pictures` are PNG or JPEG by the id of the placed thing; `seal` is the issuer's.
        Raises MissingGlyphsError, PaperTooLargeError or PrintingError.
        """
        self.before()
        missing = self.fonts.missing(tuple(texts_of(laid)))
        if missing:
            raise MissingGlyphsError(missing)
        given = {name: _picture(content) for name, content in (pictures or {}).items()}
        sheet = {
            **laid,
            "author": author,
            "fonts": list(self.fonts.families),
            "pictures": given,
            "placed": [_drawn(each) for each in laid["placed"]],
        }
        data = json.dumps(sheet, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        compiler = typst.Compiler(
            _template(), font_paths=self.fonts.typst, ignore_system_fonts=True, root=_nowhere()
        )
        try:
            made = compiler.compile(
                format="pdf",
                sys_inputs={"sheet": data},
                pdf_standards=[STANDARD],
                timestamp=int(moment.timestamp()),
            )
        except typst.TypstError as failure:
            # What Typst says may quote the sheet: only its kind goes on.
            raise PrintingError("Typst could not set the sheet.") from failure
        if not isinstance(made, bytes):
            raise PrintingError("Typst gave no PDF.")
        if len(made) > LARGEST:
            raise PaperTooLargeError(f"The PDF has more than {LARGEST} bytes.")
        return made


def _template() -> bytes:
    return (resources.files("form_engine") / "templates" / "paper.typ").read_bytes()


def _nowhere() -> str:
    """Give the folder of the template as the root: nothing else can be read."""
    return str(resources.files("form_engine") / "templates")


def _picture(content: bytes) -> list[int]:
    if len(content) > PICTURE:
        raise PaperTooLargeError(f"A picture has more than {PICTURE} bytes.")
    return list(content)


def _drawn(placed: Mapping[str, Any]) -> dict[str, Any]:
    """Draw a code; everything else is left to the template."""
    if placed["kind"] != "qr" or not placed["value"]:
        return {**placed, "drawing": ""}
    try:
        code = segno.make(placed["value"], error="m", micro=False)
    except segno.DataOverflowError:
        raise PaperTooLargeError("The text of a code is too long.") from None
    drawing = io.BytesIO()
    code.save(drawing, kind="svg", border=0, omitsize=True, xmldecl=False)
    return {**placed, "drawing": drawing.getvalue().decode("ascii")}
