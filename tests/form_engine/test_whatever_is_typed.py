"""Whatever is posted, binding, drawing, checking and keeping never raise."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

OPTIONS = {"options": [{"id": "a", "label": "甲"}, {"id": "b", "label": "乙", "exclusive": True}]}
COLUMNS = [
    {"id": "when", "type": "datetime", "label": "何时"},
    {"id": "many", "type": "multiselect", "label": "几个", "settings": OPTIONS},
    {"id": "place", "type": "address", "label": "哪里"},
]
FIELDS: list[dict[str, Any]] = [
    *(
        {"id": kind, "type": kind, "label": kind}
        for kind in (
            "text", "textarea", "password", "number", "money", "date", "datetime", "switch",
            "checkbox", "idcard", "uscc", "phone", "email", "bankcard", "region", "address",
            "file", "image", "signature", "consent", "note",
        )
    ),
    *(
        {"id": kind, "type": kind, "label": kind, "settings": OPTIONS}
        for kind in ("radio", "select", "multiselect")
    ),
    {"id": "rows", "type": "subtable", "label": "rows", "columns": COLUMNS},
    {"id": "sum", "type": "computed", "label": "sum", "value": "number * money"},
    {"id": "late", "type": "text", "label": "late", "visible_when": "date > today()"},
]  # fmt: skip
PARTS = ["", "date", "time", "region", "region-0", "detail", "new", "remove", "photo", "drawn",
         "kind", "at", "digest", "clear", "refused", "shown", "rows", "more", "0", "1",
         "0-when-date", "0-when-time", "0-many", "7-place-detail", "0-remove", "999-many",
         "-", "x"]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="0123456789xX-./:：年月日 ，,。.+", max_size=24),
    st.sampled_from(["true", "false", "a", "b", "1", "2", "990102001001", "2026-11-24",
                     "99010219360212001X", "\x00", "\ud800", "9" * 400, "１" * 30, "-", "٣",
                     "下午13点", "9999-12-31", "23:59"]),
)  # fmt: skip
NAMES = st.builds(
    lambda field, part: f"{field}-{part}" if part else field,
    st.sampled_from([field["id"] for field in FIELDS] + ["unknown", ""]),
    st.sampled_from(PARTS),
)
POSTS = st.dictionaries(NAMES, st.lists(TEXTS, max_size=3), max_size=14)


@pytest.fixture(scope="module")
def whole(compile_once, fill_once):
    form = compile_once(*FIELDS)
    return form, fill_once(form)


@settings(
    max_examples=settings.default.max_examples * 3 // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=POSTS, second=POSTS)
def test_nothing_that_is_posted_raises(whole, first, second):
    form, context = whole

    bound = form.bind(first, {}, context, "page")
    again = form.bind(second, bound.values, context)

    for one in (bound, again):
        page = form.render_section("page", one, context)
        page.encode("utf-8")
        kept = json.loads(json.dumps(form.to_json(one.values)))
        stored = {
            name: value
            for name, value in one.values.items()
            if name not in ("password", "sum") and value is not None
        }
        assert form.from_json(kept) == stored
        wrong = {error.field_id for error in form.check(one.values, context)}
        assert not wrong - {error.field_id for error in one.errors} or one.again
        form.answers(one.values, context)
        form.record_values(one.values, context)
        assert form.bind(one.typed, one.values, context).values.keys() <= {
            field["id"] for field in FIELDS
        }


@settings(max_examples=settings.default.max_examples * 3 // 2, deadline=None)
@given(
    document=st.dictionaries(
        st.sampled_from([field["id"] for field in FIELDS]),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(["region", "detail", "kind", "attachment", "at", "when"]),
                    inner,
                    max_size=4,
                ),
            ),
            max_leaves=6,
        ),
        max_size=8,
    )
)
def test_no_stored_document_raises(whole, document):
    form, context = whole

    values = form.from_json(document)

    form.check(values, context)
    form.answers(values, context)
    form.render_section("page", form.start(values, context), context)
    form.record_values(values, context)


def test_a_row_of_mistakes_alone_is_kept_as_typed_and_holds_no_value(whole):
    form, context = whole

    bound = form.bind({"rows-0-when-date": ["0"]}, {}, context)

    assert "rows" not in form.to_json(bound.values)
    assert [error.field_id for error in bound.errors] == ["rows"]
    assert bound.typed["rows-0-when-date"] == ["0"]


def test_a_file_of_the_wrong_kind_is_told_again_where_nothing_was_posted_for_it(whole):
    form, context = whole
    before = form.bind({"image": ["2"]}, {}, context)

    again = form.bind({}, before.values, context)

    assert [error.field_id for error in before.errors] == ["image"]
    assert again.errors == before.errors
