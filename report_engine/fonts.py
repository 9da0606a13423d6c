"""Fonts for pictures: a static TrueType Noto Sans SC, or a system font found by its place.

Run `python -m report_engine.fonts FOLDER` once to make the static fonts (weights 400 and 700)
out of the variable one in PyPI's `justmytype-intl-cjk`. With CFF fonts Chinese vanishes from
PDFs; the system fonts below are for PNG and SVG, where glyphs become outlines.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import util
from pathlib import Path

WEIGHTS = (("regular", 400), ("bold", 700))
HERE = Path(__file__).parent / "static_fonts"
SOURCE = ("justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf")

SYSTEM = (
    (
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    ),
    (
        "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    ),
    (
        "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
    ),
    (
        "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
        "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    ),
)


class MissingFontError(Exception):
    """No font with Chinese characters is on this machine."""

    def __init__(self) -> None:
        """Say how to get one."""
        super().__init__(
            "No font with Chinese characters was found. "
            "Run `python -m report_engine.fonts` or install the package fonts-noto-cjk."
        )


@dataclass(frozen=True, slots=True)
class Fonts:
    """The files of the two weights; `static` tells whether they are fit for PDFs."""

    regular: Path
    bold: Path
    static: bool


def find(folders: Iterable[Path] = (HERE,)) -> Fonts:
    """Find the static fonts in one of the folders, else a system font.

    Raises MissingFontError where there is none.
    """
    for folder in folders:
        regular, bold = (folder / _name(weight) for weight, _ in WEIGHTS)
        if regular.is_file() and bold.is_file():
            return Fonts(regular, bold, static=True)
    for first, second in SYSTEM:
        if Path(first).is_file() and Path(second).is_file():
            return Fonts(Path(first), Path(second), static=False)
    raise MissingFontError


def variable_font() -> Path | None:
    """Find the variable Noto Sans SC of the installed package."""
    package, inside = SOURCE
    spec = util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / inside
    return path if path.is_file() else None


def make(source: Path, folder: Path) -> Fonts:
    """Make the static fonts from a variable one, each in a process of its own: it takes long."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(len(WEIGHTS), get_context("spawn")) as pool:
        for making in [pool.submit(_make, source, folder, *each) for each in WEIGHTS]:
            making.result()
    regular, bold = (folder / _name(weight) for weight, _ in WEIGHTS)
    return Fonts(regular, bold, static=True)


def _make(source: Path, folder: Path, name: str, weight: int) -> None:
    """Make one of them; the variable font's own default is the thin weight."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    from fontTools.varLib import instancer  # type: ignore[import-untyped]

    font = TTFont(source)
    instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True, updateFontNames=False)
    waiting = folder / f"{_name(name)}.{os.getpid()}.part"
    font.save(waiting)
    waiting.replace(folder / _name(name))


def _name(weight: str) -> str:
    return f"NotoSansSC-{weight}.ttf"


def main(arguments: list[str]) -> int:
    """Make the fonts in a folder unless they are there."""
    folder = Path(arguments[0]) if arguments else HERE
    if all((folder / _name(weight)).is_file() for weight, _ in WEIGHTS):
        return 0
    source = variable_font()
    if source is None:
        print("The package justmytype-intl-cjk is not installed.", file=sys.stderr)
        return 1
    make(source, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
