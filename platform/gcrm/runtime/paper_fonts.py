"""Fonts of official papers: ours first, then those for rare characters, at known places only."""

from pathlib import Path

from form_engine import PaperFonts
from report_engine import fonts

OWN = "fonts"
"""The folder in the data folder where an installation puts fonts of its own."""

RARE = (
    Path("/usr/share/fonts/truetype/hanazono"),
    Path("/usr/share/fonts/hanazono"),
    Path("/usr/share/fonts/truetype/babelstone"),
)
"""Where packages put fonts with the rare characters of names (GB 18030-2022, level 3)."""


def find(data: Path, rare: tuple[Path, ...] = RARE) -> PaperFonts:
    """List the folders: Noto Sans SC (static, else the variable one), the installation's, rare.

    Noto Sans SC has every character of level 2. The folder of the installation comes second:
    what it holds stands in where ours has nothing.
    """
    folders = [fonts.HERE] if _holds(fonts.HERE) else []
    if not folders and (variable := fonts.variable_font()) is not None:
        folders.append(variable.parent)
    return PaperFonts((*folders, *(each for each in (data / OWN, *rare) if _holds(each))))


def _holds(folder: Path) -> bool:
    return folder.is_dir() and any(folder.glob("*.tt[fc]"))
