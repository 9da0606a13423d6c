"""Field rights: the most specific entry wins, and nothing is allowed by default."""

import pytest

FIELD = {"id": "name", "type": "text", "label": "姓名"}

# section entries, field entries, step, roles, right
MATRIX = [
    ([], [], "apply", (), "write"),
    ([], [], "verify", (), "hidden"),
    ([("verify", "read", None)], [], "verify", (), "read"),
    ([("verify", "read", None)], [], "street", (), "hidden"),
    ([("*", "read", None)], [], "street", (), "read"),
    ([("*", "read", None)], [], "apply", (), "read"),
    ([("*", "read", None), ("apply", "write", None)], [], "apply", (), "write"),
    ([("verify", "read", None)], [("verify", "masked", None)], "verify", (), "masked"),
    ([("verify", "write", None)], [("*", "hidden", None)], "verify", (), "hidden"),
    ([("*", "read", "audit")], [], "verify", (), "hidden"),
    ([("*", "read", "audit")], [], "verify", ("audit",), "read"),
    ([("verify", "write", None), ("*", "masked", "audit")], [], "verify", ("audit",), "write"),
    ([("verify", "read", None), ("verify", "write", "clerk")], [], "verify", ("clerk",), "write"),
    ([], [("verify", "masked", "a"), ("verify", "read", "b")], "verify", ("a", "b"), "read"),
    ([], [("verify", "required", None)], "verify", (), "required"),
]


@pytest.mark.parametrize(("section", "field", "step", "roles", "right"), MATRIX)
def test_the_most_specific_entry_wins(make, section, field, step, roles, right):
    form = make(
        sections=[
            {
                "id": "page",
                "title": "页",
                "rights": entries(section),
                "fields": [{**FIELD, "rights": entries(field)}],
            }
        ]
    )

    assert form.rights_for(step, roles) == {"name": right}


def test_rights_of_one_step_do_not_become_those_of_another(make):
    form = make({**FIELD, "rights": entries([("verify", "read", "a"), ("street", "write", "a")])})

    for step, roles, right in [("verify", ("a", "x"), "read"), ("street", ("a",), "write")] * 2:
        assert form.rights_for(step, roles) == {"name": right}
        assert form.rights_for(step, ("x",)) == {"name": "hidden"}


def test_a_formula_can_be_read_where_others_can_be_written(make):
    form = make({"id": "sum", "type": "computed", "label": "合计", "value": "1 + 1"})

    assert form.rights_for("apply") == {"sum": "read"}


@pytest.mark.parametrize(
    ("right", "seen", "control"),
    [
        ("hidden", None, False),
        ("masked", "990102********001X", False),
        ("read", "99010219360212001X", False),
        ("write", "99010219360212001X", True),
        ("required", "99010219360212001X", True),
    ],
)
def test_a_page_shows_no_more_than_the_right_allows(make, fill, right, seen, control):
    number = "99010219360212001X"
    form = make(
        {"id": "card", "type": "idcard", "label": "身份证号",
         "rights": [{"step": "verify", "right": right}]},
        {"id": "copy", "type": "computed", "label": "抄一遍", "value": "card",
         "settings": {"result": "string"}, "rights": [{"step": "verify", "right": "masked"}]},
    )  # fmt: skip
    context = fill(form, "verify")
    bound = form.start({"card": number}, context)

    page = form.render_section("page", bound, context)
    answers = [
        answer
        for section in form.answers({"card": number}, context)
        for answer in section.answers
        if answer.field_id == "card"
    ]

    assert (number in page) == (seen == number)
    assert (seen or "990102") in page or seen is None
    assert ('name="card"' in page) == control
    assert [answer.text for answer in answers] == ([seen] if seen else [])
    assert all(answer.masked == (right == "masked") for answer in answers)
    assert all(bool(answer.change) == control for answer in answers)


def entries(listed: list[tuple[str, str, str | None]]) -> list[dict[str, str]]:
    return [
        {"step": step, "right": right, **({"role": role} if role else {})}
        for step, right, role in listed
    ]
