"""Fonts: made from the variable one, found by their place, missing with a sentence."""

from pathlib import Path

import pytest
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from report_engine import fonts


def test_static_fonts_come_first(tmp_path):
    for weight in ("regular", "bold"):
        (tmp_path / f"NotoSansSC-{weight}.ttf").write_bytes(b"")

    found = fonts.find((tmp_path,))

    assert found.static
    assert found.regular.parent == tmp_path


def test_without_any_font_there_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "SYSTEM", ())

    with pytest.raises(fonts.MissingFontError, match=r"python -m report_engine\.fonts"):
        fonts.find((tmp_path,))


def test_the_static_fonts_have_outlines_of_their_weight_and_are_true_type(tmp_path):
    """The variable font's own default is the thin weight; with CFF Chinese vanishes from PDFs."""
    source = fonts.variable_font()
    assert source is not None, "pip install justmytype-intl-cjk"
    small = _subset(source, "受理A", tmp_path)

    made = fonts.make(small, tmp_path / "made")

    widths = []
    for path in (made.regular, made.bold):
        font = TTFont(path)
        assert "glyf" in font
        assert "fvar" not in font
        assert 0x53D7 in font.getBestCmap()
        widths.append(font["OS/2"].usWeightClass)
        font.close()
    assert widths == [400, 700]
    assert fonts.main([str(tmp_path / "made")]) == 0


def _subset(source: Path, text: str, folder: Path) -> Path:
    options = Options()
    options.layout_features = []
    font = TTFont(source, lazy=True)
    subsetter = Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    path = folder / "small.ttf"
    font.save(path)
    font.close()
    return path
