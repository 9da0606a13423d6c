"""Canonical JSON: one text for one document; doubtful text is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_definitions import canonical

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(JSON)
def test_what_is_written_is_read_and_written_the_same(document):
    written = canonical.dumps(document)

    read, trouble = canonical.loads(written, "p")

    assert trouble is None
    assert read == document
    assert canonical.dumps(read) == written


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"a": 1, "a": 2}', "doubled_key"),
        (b'{"a": 1.5}', "fraction_is_no_text"),
        (b'{"a": NaN}', "fraction_is_no_text"),
        (b'{"a": 1e9}', "fraction_is_no_text"),
        (b"9" * 5000, "fraction_is_no_text"),
        (b'{"a": ', "not_json"),
        (b"", "not_json"),
        (b"\xff\xfe", "not_utf8"),
        (b'"\\ud800"', "not_utf8"),
        (b'{"a": ["x\\u0000"]}', "null_character"),
        (b'{"\\u0000": 1}', "null_character"),
        (b"[" * 100_000, "too_deep"),
        (b"[" * 60 + b"]" * 60, "too_deep"),
    ],
)
def test_doubtful_text_is_refused(text, code):
    document, trouble = canonical.loads(text, "p")

    assert document is None
    assert trouble is not None
    assert trouble.code == code


def test_the_digest_knows_where_one_part_ends():
    assert canonical.digest([("a", b"bc")]) != canonical.digest([("ab", b"c")])
    assert canonical.digest([("a", b"1"), ("b", b"2")]) == canonical.digest(
        [("b", b"2"), ("a", b"1")]
    )
