"""The accessor: denied unless granted, and the same answer for what is not there."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest

from gcrm.access import (
    Accessor,
    And,
    Assigned,
    Denied,
    Department,
    Everything,
    FieldEquals,
    Item,
    Keys,
    Not,
    Or,
    Own,
    Post,
    Region,
    Right,
    ScopeError,
    from_json,
    keys_of,
)
from gcrm.store.columns import new_id
from gcrm.store.engine import Store
from gcrm.store.record_tables import columns_of
from gcrm.store.records import FIXED_COLUMNS, Field, Shape, create_or_widen, write_record

NOW = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)
Towns = Callable[[], AbstractContextManager[Any]]


def test_a_citizen_sees_their_own_cases_and_no_others(shared_store: Store, town: Towns) -> None:
    with town() as built:
        me, other = built.party(), built.party()
        mine, theirs = built.case(me), built.case(other)
        actor = built.citizen(me)

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))

        assert accessor.get("case", mine)["id"] == mine
        assert accessor.find("case", theirs) is None
        answers = []
        for key in (theirs, new_id()):
            with pytest.raises(Denied) as caught:
                accessor.get("case", key)
            answers.append(str(caught.value))
        assert answers[0] == answers[1]


def test_a_declared_agent_sees_the_case_they_take_part_in_only(
    shared_store: Store, town: Towns
) -> None:
    with town() as built:
        elder, agent = built.party(), built.party()
        together, before = built.case(elder), built.case(elder)
        built.add("case_participant", case_id=together, party_id=agent, role="agent")
        built.add(
            "representation",
            id=new_id(),
            principal_id=elder,
            representative_id=agent,
            kind="agent",
            scope="*",
            valid_from=built.citizen(1).today,
            created_at=NOW,
        )
        actor = built.citizen(agent)

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))

        assert [row.id for row in reader.execute(accessor.select("case"))] == [together]
        assert accessor.find("case", before) is None


def test_a_parent_sees_the_childs_cases_until_the_representation_ends(
    shared_store: Store, town: Towns
) -> None:
    with town() as built:
        child, parent, former = built.party(), built.party(), built.party()
        case = built.case(child)
        today = built.citizen(1).today
        for person, valid_to in ((parent, today), (former, today.replace(day=23))):
            built.add(
                "representation",
                id=new_id(),
                principal_id=child,
                representative_id=person,
                kind="parent",
                scope="*",
                valid_from=today.replace(day=1),
                valid_to=valid_to,
                created_at=NOW,
            )
        actors = (built.citizen(parent), built.citizen(former))

    with shared_store.read() as reader:
        seen = [
            Accessor(reader, actor, keys_of(reader, actor)).find("case", case) is not None
            for actor in actors
        ]

    assert seen == [True, False]


def test_staff_without_a_right_see_nothing(shared_store: Store, town: Towns) -> None:
    with town() as built:
        case = built.case(built.party())
        built.role("clerk")
        actor = built.staff(Post("clerk", built.department("ca"), None, None))

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))

        assert accessor.find("case", case) is None
        assert not accessor.has("case", "read")
        assert accessor.sentence("case", "read", "en") == "none"
        with pytest.raises(Denied):
            accessor.require("admin.people", "write")


def test_a_scope_that_cannot_be_read_opens_nothing(shared_store: Store, town: Towns) -> None:
    with town() as built:
        case = built.case(built.party())
        built.role("clerk")
        built.add(
            "role_right",
            id=new_id(),
            role_code="clerk",
            resource="case",
            action="read",
            scope={"scope": "all of them"},
        )
        actor = built.staff(Post("clerk", built.department("ca"), None, None))

    with shared_store.read() as reader:
        assert Accessor(reader, actor, keys_of(reader, actor)).find("case", case) is None


def test_what_one_post_opens_another_does_not(shared_store: Store, town: Towns) -> None:
    with town() as built:
        east, west = built.department("east"), built.department("west")
        in_east = built.case(built.party(), department_id=east)
        in_west = built.case(built.party(), department_id=west)
        for role in ("clerk", "reader"):
            built.role(role)
        built.right("clerk", "case", "read", Department())
        actor = built.staff(Post("clerk", east, None, None), Post("reader", west, None, None))

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))

        assert [row.id for row in reader.execute(accessor.select("case"))] == [in_east]
        assert accessor.find("case", in_west) is None


def test_a_subtree_holds_all_below_and_what_a_closed_department_left(
    shared_store: Store, town: Towns
) -> None:
    with town() as built:
        top = built.department("top")
        middle = built.department("middle", top)
        leaf = built.department("leaf", middle)
        closed = built.department("closed", successor_id=top)
        below_closed = built.department("below", closed)
        stranger = built.department("stranger")
        cases = {
            each: built.case(built.party(), department_id=each)
            for each in (top, middle, leaf, closed, below_closed, stranger)
        }
        built.role("head")
        built.right("head", "case", "read", Department())
        built.right("head", "case", "export", Department(below=False))
        actor = built.staff(Post("head", top, None, None))

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))
        seen = {row.id for row in reader.execute(accessor.select("case"))}
        exported = {row.id for row in reader.execute(accessor.select("case", "export"))}

    assert seen == set(cases.values()) - {cases[stranger]}
    assert exported == {cases[top]}


def test_a_role_of_an_app_has_its_rights_on_that_app_only(shared_store: Store, town: Towns) -> None:
    with town() as built:
        elder = built.case(built.party())
        hotline = built.case(built.party(), app_id="hotline")
        built.role("mz_a", app_id="elder_allowance")
        built.right("mz_a", "case", "read", Everything())
        actor = built.staff(Post("mz_a", built.department("mzj"), None, None))

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))

        assert {row.id for row in reader.execute(accessor.select("case"))} == {elder}
        assert accessor.find("case", hotline) is None


def test_a_role_of_an_app_cannot_administer_nor_read_another_apps_records(
    shared_store: Store, town: Towns
) -> None:
    with town() as built:
        built.role("sly", app_id="elder_allowance")
        for resource in ("admin.people", "record:hotline.main", "record:elder_allowance.main"):
            built.right("sly", resource, "read", Everything())
        actor = built.staff(Post("sly", built.department("d"), None, None))

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))

        assert not accessor.has("admin.people", "read")
        assert not accessor.has("record:hotline.main", "read")
        assert accessor.has("record:elder_allowance.main", "read")


def test_trial_cases_and_real_ones_never_mix(shared_store: Store, town: Towns) -> None:
    with town() as built:
        me = built.party()
        real = built.case(me)
        trial = built.case(me, mode="trial", number=None)
        task = built.task(trial, assignee_id=me)
        actor = built.citizen(me)

    with shared_store.read() as reader:
        keys = keys_of(reader, actor)
        normal, trying = Accessor(reader, actor, keys), Accessor(reader, actor, keys, trial=True)

        assert [row.id for row in reader.execute(normal.select("case"))] == [real]
        assert [row.id for row in reader.execute(trying.select("case"))] == [trial]
        assert normal.find("case", trial) is None
        assert normal.find("task", task) is None
        assert trying.find("task", task) is not None


def test_a_task_waits_for_a_role_in_its_region_until_somebody_claims_it(
    shared_store: Store, town: Towns
) -> None:
    with town() as built:
        built.region("990102001")
        here, there = built.region("990102001001", "990102001"), built.region("990102002001")
        case = built.case(built.party(), region_code=here)
        waiting = built.task(case, role_code="community_clerk", region_code=here)
        elsewhere = built.task(case, role_code="community_clerk", region_code=there)
        claimed = built.task(
            case, role_code="community_clerk", region_code=here, assignee_id=built.party()
        )
        built.role("community_clerk", app_id="elder_allowance")
        built.right("community_clerk", "task", "act", And((Assigned(), Region())))
        office = built.department("ca")
        actor = built.staff(Post("community_clerk", office, "990102001", None))

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))
        listed = {row.id for row in reader.execute(accessor.select("task", "act"))}

    assert listed == {waiting}
    assert elsewhere not in listed
    assert claimed not in listed


def test_the_applicants_side_may_act_on_a_correction(shared_store: Store, town: Towns) -> None:
    with town() as built:
        elder, agent, stranger = built.party(), built.party(), built.party()
        case = built.case(elder)
        built.add("case_participant", case_id=case, party_id=agent, role="agent")
        correction = built.task(case, role_code="applicant")
        review = built.task(case, role_code="street_civil")
        actors = [built.citizen(each) for each in (elder, agent, stranger)]

    with shared_store.read() as reader:
        for actor, allowed in zip(actors, (True, True, False), strict=True):
            accessor = Accessor(reader, actor, keys_of(reader, actor))
            assert (accessor.find("task", correction, "act") is not None) == allowed
            assert accessor.find("task", review) is None


def test_files_of_a_draft_are_their_uploaders(shared_store: Store, town: Towns) -> None:
    with town() as built:
        me, other = built.party(), built.party()
        mine = _attachment(built, me)
        theirs = _attachment(built, other)
        actor = built.citizen(me)

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))

        assert accessor.find("attachment", mine) is not None
        assert accessor.find("attachment", theirs) is None
        facts = accessor.facts("attachment", mine)
        assert facts is not None
        assert accessor.may("attachment", "write", facts)


def test_search_takes_wildcards_as_plain_signs(shared_store: Store, town: Towns) -> None:
    with town() as built:
        me = built.party()
        plain = built.case(me, title="王德福的高龄津贴")
        odd = built.case(me, title="100%_'; DROP TABLE case")
        actor = built.citizen(me)

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))

        def found(text: str) -> set[int]:
            return {row.id for row in reader.execute(accessor.search(text))}

        assert found("王德福") == {plain}
        assert found("%") == {odd}
        assert found("_") == {odd}
        assert found("'; DROP") == {odd}
        assert found("nothing\0") == set()
        assert found("") == set()


def test_records_are_seen_by_the_same_scopes(shared_store: Store, town: Towns) -> None:
    resource = "record:elder_allowance.main"
    fields = (Field("relation", "text", 0), Field("agent_flag", "boolean", 0))
    with town() as built:
        shape = Shape("main", "", fields)
        create_or_widen(built.writer, built.tenant, "elder_allowance", 1, (shape,))
        form = columns_of(built.writer, built.tenant, "elder_allowance").form("main")
        person = built.party()
        cases = [built.case(person), built.case(person), built.case(person, mode="trial")]
        for case, relation in zip(cases, ("child", None, "child"), strict=True):
            fixed = dict.fromkeys(FIXED_COLUMNS) | {
                "tenant_id": built.tenant,
                "case_id": case,
                "app_id": "elder_allowance",
                "release": 1,
                "submission_id": 1,
                "item_variant_id": 1,
                "applicant_id": person,
                "mode": "trial" if case == cases[2] else "real",
                "state": "in_review",
                "submitted_at": NOW,
            }
            write_record(built.writer, form, fixed, {"relation": relation, "agent_flag": True})
        built.role("reader")
        scope = Or((FieldEquals("relation", "child"), FieldEquals("agent_flag", "true")))
        built.right("reader", resource, "read", scope)
        actor = built.staff(Post("reader", built.department("d"), None, None))

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))
        listed = [row.case_id for row in reader.execute(accessor.select(resource))]

        assert listed == cases[:1]
        facts = [accessor.facts(resource, case) for case in cases]
        assert [accessor.may(resource, "read", fact) for fact in facts if fact] == [
            True,
            False,
            False,
        ]
        assert accessor.find("record:a.b", 1) is None
        assert accessor.find("record:elder_allowance.other", 1) is None


@pytest.mark.parametrize(
    ("that", "seen"),
    [
        ("income < 500.5 and age(born) >= 80", [0]),
        ("income / people > 3", [2]),
        ("born = null or flag", [1, 2]),
        ("not(income > 400)", [0]),
        ('state = "in_review" and income != null', [0, 2]),
    ],
)
def test_feel_conditions_are_scopes_of_records(
    shared_store: Store, town: Towns, that: str, seen: list[int]
) -> None:
    resource = "record:elder_allowance.asked"
    fields = (
        Field("income", "decimal", 2),
        Field("people", "whole", 0),
        Field("born", "date", 0),
        Field("flag", "boolean", 0),
    )
    answers = (
        {"income": Decimal("400.00"), "people": 0, "born": dt.date(1940, 1, 1), "flag": False},
        {"income": None, "people": 2, "born": None, "flag": None},
        {"income": Decimal("700.50"), "people": 2, "born": dt.date(1990, 1, 1), "flag": True},
    )
    written = {
        "scope": "condition",
        "that": that,
        "fields": [
            {"id": "income", "type": "number", "scale": 2, "label": "月收入"},
            {"id": "people", "type": "number"},
            {"id": "born", "type": "date"},
            {"id": "flag", "type": "boolean"},
            {"id": "state", "type": "string", "field": "case.state"},
        ],
    }
    with town() as built:
        shape = Shape("asked", "", fields)
        create_or_widen(built.writer, built.tenant, "elder_allowance", 1, (shape,))
        form = columns_of(built.writer, built.tenant, "elder_allowance").form("asked")
        person = built.party()
        cases = [built.case(person) for _ in answers]
        for case, values in zip(cases, answers, strict=True):
            fixed = dict.fromkeys(FIXED_COLUMNS) | {
                "tenant_id": built.tenant,
                "case_id": case,
                "app_id": "elder_allowance",
                "release": 1,
                "submission_id": 1,
                "item_variant_id": 1,
                "applicant_id": person,
                "mode": "real",
                "state": "in_review",
                "submitted_at": NOW,
            }
            write_record(built.writer, form, fixed, values)
        built.role("reader")
        built.right("reader", resource, "read", from_json(written))
        built.right("reader", resource, "act", Not(from_json(written)))
        built.right("reader", "case", "read", from_json(written))
        actor = built.staff(Post("reader", built.department("d"), None, None))

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))
        listed = [row.case_id for row in reader.execute(accessor.select(resource))]
        others = [row.case_id for row in reader.execute(accessor.select(resource, "act"))]
        facts = [accessor.facts(resource, case) or {} for case in cases]

        assert sorted(listed) == sorted(cases[at] for at in seen)
        assert {*listed, *others} == {*cases}
        assert [accessor.may(resource, "read", fact) for fact in facts] == [
            case in listed for case in cases
        ]
        assert [accessor.may(resource, "act", fact) for fact in facts] == [
            case in others for case in cases
        ]
        assert [accessor.find(resource, case) is not None for case in cases] == [
            case in listed for case in cases
        ]
        assert not reader.execute(accessor.select("case")).all(), "cases have no such fields"
        assert "月收入" in accessor.sentence(resource, "read", "zh-CN") or "income" not in that


@pytest.mark.parametrize(
    "written",
    [
        {"that": "x > 1", "fields": []},
        {"that": "x", "fields": [{"id": "x", "type": "number"}]},
        {"that": "x > 1", "fields": [{"id": "x", "type": "date and time"}]},
        {"that": "x > 1", "fields": [{"id": "x", "type": "number", "scale": 99}]},
        {"that": "x > 1", "fields": [{"id": "x", "type": "number", "python": "1"}]},
        {"that": 'matches(x, "a")', "fields": [{"id": "x", "type": "string"}]},
        {"that": "x > parameters.y", "fields": [{"id": "x", "type": "number"}]},
        {"that": "x > 1", "fields": "x"},
        {"that": 1, "fields": []},
    ],
)
def test_a_condition_that_no_database_can_ask_is_no_scope(written: dict[str, Any]) -> None:
    with pytest.raises(ScopeError):
        from_json({"scope": "condition", **written})


def test_keys_and_a_row_cost_one_statement_each(shared_store: Store, town: Towns) -> None:
    with town() as built:
        case = built.case(built.party(), region_code=built.region("1"))
        built.role("clerk")
        built.right("clerk", "case", "read", Or((Own(), Region(), Item(("hotline",)))))
        actor = built.staff(Post("clerk", built.department("d"), "1", None))

    with shared_store.read() as reader:
        before = shared_store.statements()
        keys = keys_of(reader, actor)
        between = shared_store.statements()
        row = Accessor(reader, actor, keys).get("case", case)
        after = shared_store.statements()

    assert row["id"] == case
    assert (between - before, after - between) == (1, 1)


def test_a_province_of_seventy_thousand_communities_is_one_condition(
    shared_store: Store, town: Towns
) -> None:
    codes = frozenset(f"99{number:010}" for number in range(70_000))
    parties = frozenset(range(70_000))
    with town() as built:
        inside = built.case(built.party(), region_code="990000069999")
        outside = built.case(built.party(), region_code="88")
        nowhere = built.case(built.party())
        actor = built.staff(Post("head", built.department("d"), "99", None))
        rights = (
            Right("head", "case", "read", Region()),
            Right("head", "case", "count", Not(Region())),
            Right("head", "case", "export", Own()),
        )
        owned = built.case(69_999)
    keys = Keys(
        parties=parties, posts=actor.posts, roles=frozenset({"head"}),
        below_region={"99": codes}, rights=rights,
    )  # fmt: skip

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys)

        def listed(action: str) -> set[int]:
            return {row.id for row in reader.execute(accessor.select("case", action))}

        assert listed("read") == {inside}
        assert listed("count") == {outside, nowhere, owned}
        assert listed("export") == {owned}


def test_a_scope_is_said_in_both_languages(shared_store: Store, town: Towns) -> None:
    with town() as built:
        actor = built.citizen(built.party())

    with shared_store.read() as reader:
        accessor = Accessor(reader, actor, keys_of(reader, actor))

    assert (
        accessor.sentence("case", "read", "zh-CN") == "本人的，或者本人参与的，或者依法由本人代表的"
    )
    assert accessor.sentence("notice", "read", "en") == "one's own"


def _attachment(built: Any, party: int) -> int:
    key = new_id()
    built.add(
        "attachment",
        id=key,
        party_id=party,
        draft_id=new_id(),
        field_id="alive_photo",
        digest="0" * 64,
        name_sealed=b"",
        media_type="image/png",
        size=1,
        state="clean",
        uploaded_by=party,
        uploaded_at=NOW,
    )
    return key
