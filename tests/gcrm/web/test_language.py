"""Every sentence of our pages is in both languages; nothing Chinese slips past the catalogue."""

import re
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir

from gcrm.web import language

WEB = Path(language.__file__).parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"**/templates/**.html": {"newstyle_gettext": "true"}}
CHINESE = re.compile(r"[\u3400-\u9fff]")
BRACES = re.compile(r"%\((\w+)\)s")


@cache
def sources() -> dict[str, str | None]:
    """Give each sentence and its plural, None where it has none."""
    found: dict[str, str | None] = {}
    for _, _, message, _, _ in extract_from_dir(
        str(WEB), METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=()
    ):
        if isinstance(message, tuple):
            found[message[0]] = message[1]
        else:
            found[message] = None
    return found


def test_sentences_are_found_in_code_and_templates():
    found = sources()

    assert "跳到正文" in found
    assert "这一页没有对您开放" in found


def test_every_sentence_has_english():
    english = language.catalogue("en")

    missing = [
        source
        for source, plural in sources().items()
        if CHINESE.search(source)
        and source not in (english.sentences if plural is None else english.plurals)
    ]

    assert missing == []


def test_no_english_is_left_over():
    english = language.catalogue("en")

    assert set(english.sentences) | set(english.plurals) <= set(sources())


def test_values_are_the_same_in_both():
    sentences = language.catalogue("en").sentences

    wrong = {
        source: translated
        for source, translated in sentences.items()
        if sorted(BRACES.findall(translated)) != sorted(BRACES.findall(source))
        or CHINESE.search(translated)
    }

    assert len(sentences) > 1000
    assert wrong == {}


def test_templates_say_nothing_in_chinese_outside_the_catalogue():
    marked = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|lang=\"zh-CN\"[^>]*>[^<]*<", re.DOTALL)

    for path in (WEB / "templates").rglob("*.html"):
        bare = marked.sub("", path.read_text("utf-8"))

        assert not CHINESE.search(bare), path


def test_chinese_sentences_use_full_width_punctuation():
    wrong = [source for source in sources() if re.search(r"[\u3400-\u9fff][,;:?!]", source)]

    assert wrong == []
