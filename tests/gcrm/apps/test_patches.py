"""JSON Patch: the examples of RFC 6902, and what a patch may not do."""

from typing import Any

import pytest

from gcrm.apps import patches

EXAMPLES: list[tuple[Any, list[dict[str, Any]], Any]] = [
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": 1}], {"foo": "bar", "baz": 1}),
    (
        {"foo": ["a", "c"]},
        [{"op": "add", "path": "/foo/1", "value": "b"}],
        {"foo": ["a", "b", "c"]},
    ),
    ({"foo": ["a"]}, [{"op": "add", "path": "/foo/-", "value": ["b"]}], {"foo": ["a", ["b"]]}),
    ({"a": 1, "b": 2}, [{"op": "remove", "path": "/a"}], {"b": 2}),
    ({"foo": ["a", "b", "c"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["a", "c"]}),
    ({"a": 1}, [{"op": "replace", "path": "/a", "value": None}], {"a": None}),
    (
        {"foo": {"bar": 1, "waldo": 2}, "qux": {}},
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        {"foo": {"bar": 1}, "qux": {"thud": 2}},
    ),
    (
        {"foo": ["all", "grass", "cows", "eat"]},
        [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
    (
        {"/": 9, "~1": 10},
        [
            {"op": "test", "path": "/~01", "value": 10},
            {"op": "replace", "path": "/~1", "value": 8},
        ],
        {"/": 8, "~1": 10},
    ),
    ({"a": 1}, [{"op": "replace", "path": "", "value": {"b": 2}}], {"b": 2}),
    ({}, [], {}),
]


@pytest.mark.parametrize(("document", "patch", "expected"), EXAMPLES)
def test_a_patch_gives_what_the_standard_says(document: Any, patch: Any, expected: Any) -> None:
    assert patches.apply(document, patch) == expected


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "remove", "path": "/none"}],
        [{"op": "replace", "path": "/none", "value": 1}],
        [{"op": "add", "path": "/none/deep", "value": 1}],
        [{"op": "add", "path": "/list/3", "value": 1}],
        [{"op": "add", "path": "/list/01", "value": 1}],
        [{"op": "add", "path": "/list/-1", "value": 1}],
        [{"op": "remove", "path": "/list/-"}],
        [{"op": "add", "path": "name", "value": 1}],
        [{"op": "add", "path": "/a"}],
        [{"op": "add", "path": "/name/x", "value": 1}],
        [{"op": "test", "path": "/list/0", "value": True}],
        [{"op": "move", "from": "/deep", "path": "/deep/inner"}],
        [{"op": "copy", "path": "/a"}],
        [{"op": "shout", "path": "/a"}],
        [7],
        "text",
        {"op": "add"},
        [{"op": "add", "path": "/a", "value": 1}] * 1001,
    ],
)
def test_a_patch_that_does_not_fit_changes_nothing(patch: Any) -> None:
    document = {"name": "x", "list": [1, 2], "deep": {"inner": {}}}

    with pytest.raises(patches.PatchError):
        patches.apply(document, patch)

    assert document == {"name": "x", "list": [1, 2], "deep": {"inner": {}}}


def test_the_given_document_and_values_stay_their_owners() -> None:
    document: dict[str, Any] = {"list": []}
    value: list[int] = []

    result = patches.apply(
        document,
        [
            {"op": "add", "path": "/list/-", "value": value},
            {"op": "add", "path": "/list/0/-", "value": 1},
        ],
    )

    assert (document, value, result) == ({"list": []}, [], {"list": [[1]]})
