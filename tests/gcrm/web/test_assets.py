"""Styles and scripts: built ones by their manifest, else the sources of the styles."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from gcrm.web import assets

Visitor = Any
CSS = Path(assets.__file__).parent / "static" / "css"


def test_without_a_build_pages_have_their_source_styles_and_no_script():
    tags = assets._tags("citizen", {})

    assert tags.count("<link") == 4
    assert "<script" not in tags


@pytest.mark.parametrize("face", assets.SOURCES)
def test_every_source_style_is_there(face: str):
    assert all((CSS / f"{name}.css").exists() for name in assets.SOURCES[face])


def test_a_build_is_named_by_its_manifest():
    entries = {
        "src/citizen/main.ts": {
            "name": "citizen",
            "isEntry": True,
            "file": "citizen-1.js",
            "css": ["citizen-2.css"],
        }
    }

    tags = assets._tags("citizen", entries)

    assert "/static/dist/citizen-1.js" in tags
    assert "/static/dist/citizen-2.css" in tags


def test_files_are_sent_compressed_to_those_who_can(visitor: Visitor):
    client = visitor.client

    packed = client.get("/static/css/tokens.css", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/static/css/tokens.css", headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_only_our_own_files_are_sent(visitor: Visitor):
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/css/none.css"):
        assert visitor.client.get(path).status_code == 404


def test_citizen_styles_are_light():
    whole = b"".join((CSS / f"{name}.css").read_bytes() for name in assets.SOURCES["citizen"])

    assert len(gzip.compress(whole, 9)) <= 12 * 1024


def test_styles_name_no_foreign_address():
    for path in CSS.glob("*.css"):
        text = path.read_text("utf-8")
        assert "url(" not in text
        assert "@import" not in text


def test_the_designers_words_are_in_both_languages():
    folder = Path(assets.__file__).parents[3] / "designer_ui" / "src" / "designer" / "words"
    chinese = json.loads((folder / "zh-CN.json").read_text("utf-8"))
    english = json.loads((folder / "en.json").read_text("utf-8"))

    assert chinese.keys() == english.keys()
    assert all(english.values())
