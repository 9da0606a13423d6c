"""Each refusal of the case core says in both languages what is wrong and what to do."""

import re
from importlib import resources
from pathlib import Path

import pytest

from gcrm.runtime import refusals

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ROOT = Path(str(resources.files("gcrm.runtime")))
USED = sorted(
    {
        code
        for path in ROOT.glob("*.py")
        for code in re.findall(r'(?:Refused|Fault)\(\s*"([a-z_]+)"', path.read_text("utf-8"))
    }
)


@pytest.mark.parametrize("code", USED)
def test_refusal_has_a_sentence_and_a_way_out_in_both_languages(code: str) -> None:
    chinese, english = (refusals.sentences(locale)[code] for locale in ("zh_CN", "en"))

    for text in (chinese.message, chinese.fix):
        assert CHINESE.search(text)
        assert text.endswith(("。", "！", "？"))
    for text in (english.message, english.fix):
        assert not CHINESE.search(re.sub("“[^”]*”", "", text))
        assert text.endswith((".", "!", "?"))


def test_no_sentence_is_left_over() -> None:
    known = set(refusals.sentences("zh_CN"))

    assert known == set(refusals.sentences("en"))


def test_chinese_sentences_are_short_and_never_blame() -> None:
    for code, sentence in refusals.sentences("zh_CN").items():
        parts = re.split(r"[。！？；，]", sentence.message + sentence.fix)
        assert all(len(part) <= 30 for part in parts), code
        assert "格式错误" not in sentence.message
