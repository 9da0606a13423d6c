"""Publishing: a release is written once with all the platform reads from it, and never changes."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from app_definitions.package import Package
from gcrm.apps import AppCatalogue, BrokenRelease, publish
from gcrm.apps.catalogue import read_release
from gcrm.store import tables as t
from gcrm.store.errors import StaleError

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)


def test_publishing_writes_the_release_and_the_registers(house: Any, elder: Package) -> None:
    receipt = house.publish(elder, note="第一版")

    assert (receipt.number, receipt.unchanged, receipt.problems) == (1, False, ())
    [release] = house.rows(t.release)
    assert (release.digest, release.note, release.published_by) == (elder.digest, "第一版", 11)
    assert {row.path: bytes(row.content) for row in house.rows(t.release_part)} == {
        part.path: part.content for part in elder.parts
    }
    [app] = house.rows(t.app)
    assert (app.id, app.name, app.current_release) == ("elder_allowance", "高龄津贴申请", 1)
    [item] = house.rows(t.service_item)
    assert (item.base_code, item.item_type, item.audience) == ("000511999000", "benefit", "natural")
    [variant] = house.rows(t.item_variant)
    assert (variant.code, variant.number_prefix, variant.assurance) == ("new", "GLJT", 2)
    assert (variant.statutory_value, variant.promised_value, variant.open) == (20, 10, True)
    assert {row.code for row in house.rows(t.role)} == {
        "community_clerk",
        "street_civil",
        "mz_a",
        "mz_b",
        "audit",
    }
    rights = {(row.role_code, row.resource, row.action) for row in house.rows(t.role_right)}
    assert ("community_clerk", "task", "act") in rights
    assert ("audit", "case", "read") in rights
    assert ("audit", "case", "reveal") not in rights
    assert house.services.reference.forgotten == 1
    values = {row.code: row.value for row in house.rows(t.parameter)}
    assert (values["min_age"], values["home_region"]) == ("80", "990100")
    assert [row.code for row in house.rows(t.dictionary)] == ["elder_allowance.relation"]
    assert len(house.rows(t.dictionary_entry)) == 6
    columns = {row.field_id for row in house.rows(t.record_column) if row.form_id == "main"}
    assert {"elder_name", "elder_age", "birth", "hukou_region", "other_sub"} <= columns
    assert not {"sign", "alive_photo"} & columns
    [entry] = house.rows(t.audit)
    assert (entry.action, entry.subject) == ("app.publish", "elder_allowance/1")


def test_publishing_the_same_again_changes_nothing(house: Any, elder: Package) -> None:
    house.publish(elder)

    receipt = house.publish(elder)

    assert (receipt.number, receipt.unchanged) == (1, True)
    assert len(house.rows(t.release)) == 1


def test_the_current_release_is_read_each_time_and_old_ones_stay(
    house: Any, elder: Package, edit: Any
) -> None:
    house.publish(elder)
    apps = house.services.apps
    with house.store.read() as reader:
        first = apps.current(reader, 1, "elder_allowance")
    house.publish(edit(elder, "app.json", lambda d: d.update(summary="新的说明。")))

    with house.store.read() as reader:
        second = apps.current(reader, 1, "elder_allowance")
        again = apps.load(reader, 1, "elder_allowance", 1)

    assert (first.number, second.number) == (1, 2)
    assert again is first
    assert second.definition.summary == "新的说明。"


def test_a_current_release_in_memory_costs_one_statement(house: Any, elder: Package) -> None:
    house.publish(elder)
    apps = house.services.apps
    with house.store.read() as reader:
        apps.current(reader, 1, "elder_allowance")
        before = house.store.statements()
        apps.current(reader, 1, "elder_allowance")

    assert house.store.statements() - before == 1


def test_many_who_ask_at_once_get_one_compiled_release(house: Any, elder: Package) -> None:
    house.publish(elder)
    fresh = AppCatalogue()

    def ask(_: int) -> Any:
        with house.store.read() as reader:
            return fresh.current(reader, 1, "elder_allowance")

    with ThreadPoolExecutor(6) as pool:
        apps = list(pool.map(ask, range(12)))

    assert len({id(app) for app in apps}) == 1


def test_old_releases_make_room_in_memory(
    house: Any, elder: Package, edit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.publish(elder)
    house.publish(edit(elder, "app.json", lambda d: d.update(summary="新的说明。")))
    small = AppCatalogue(kept=1)
    read: list[int] = []

    def reading(reader: Any, tenant: int, app_id: str, number: int) -> Any:
        read.append(number)
        return read_release(reader, tenant, app_id, number)

    monkeypatch.setattr("gcrm.apps.catalogue.read_release", reading)

    with house.store.read() as reader:
        for number in (1, 1, 2, 1):
            small.load(reader, 1, "elder_allowance", number)

    assert read == [1, 2, 1]


def test_another_tenant_has_none_of_it(house: Any, elder: Package) -> None:
    house.publish(elder)

    with house.store.read() as reader:
        assert house.services.apps.current(reader, 2, "elder_allowance") is None
        with pytest.raises(LookupError):
            house.services.apps.load(reader, 1, "elder_allowance", 9)


def test_a_package_with_problems_is_not_published(house: Any, elder: Package, edit: Any) -> None:
    broken = edit(elder, "app.json", lambda d: d["item_variants"][0].update(form="other"))

    receipt = house.publish(broken)

    assert receipt.number is None
    assert "app_form_unknown" in {problem.code for problem in receipt.problems}
    assert house.rows(t.release) == []


def test_a_failing_test_of_the_app_stops_publishing(house: Any, elder: Package, edit: Any) -> None:
    def raise_amount(document: Any) -> None:
        document["versions"][0]["table"]["rows"][2]["outputs"] = ["35"]

    receipt = house.publish(edit(elder, "decisions/amount.json", raise_amount))

    assert receipt.number is None
    found = {
        (problem.path, problem.values["expected"], problem.values["got"])
        for problem in receipt.problems
    }
    assert ("app.json#li_86", "30", "35") in found
    assert ("decisions/amount.json#at_80", "30", "35") in found


def test_a_text_that_is_not_canonical_is_published_canonical(house: Any, elder: Package) -> None:
    app = elder.content("app.json")
    assert app is not None

    house.publish(elder.with_part("app.json", app.replace(b"  ", b"\t")))

    [release] = house.rows(t.release)
    assert release.digest == elder.digest


def test_two_who_publish_at_the_same_moment_do_not_mix(
    house: Any, elder: Package, edit: Any
) -> None:
    house.publish(elder)
    one = edit(elder, "app.json", lambda d: d.update(summary="甲"))
    two = edit(elder, "app.json", lambda d: d.update(summary="乙"))
    with house.store.read() as reader:
        plans = [
            publish.prepare(reader, house.services, house.he, publish.Publish(1, each), NOW)
            for each in (one, two)
        ]
    with house.store.write() as writer:
        publish.commit(writer, house.services, plans[0], NOW)

    with pytest.raises(StaleError), house.store.write() as writer:
        publish.commit(writer, house.services, plans[1], NOW)
    assert [row.number for row in house.rows(t.release)] == [1, 2]


def test_a_field_that_changes_its_kind_is_refused(house: Any, elder: Package, edit: Any) -> None:
    house.publish(elder)

    def change(document: Any) -> None:
        document["sections"][1]["fields"][4]["settings"] = {"decimals": 2, "unit": "岁"}

    receipt = house.publish(edit(elder, "forms/main.json", change))

    assert receipt.number is None
    assert [problem.code for problem in receipt.problems] == ["record_kind_changed"]


def test_a_new_field_widens_the_record_table(house: Any, elder: Package, edit: Any) -> None:
    house.publish(elder)

    def add(document: Any) -> None:
        document["sections"][0]["fields"].append(
            {"id": "remark", "type": "text", "label": "备注", "record": True}
        )

    receipt = house.publish(edit(elder, "forms/main.json", add))

    assert receipt.number == 2
    assert "remark" in {row.field_id for row in house.rows(t.record_column)}


def test_what_an_administrator_set_stays_and_old_values_make_room(
    house: Any, elder: Package, edit: Any
) -> None:
    house.publish(elder)
    with house.store.write() as writer:
        c = t.parameter.c
        writer.execute(sa.update(t.parameter).where(c.code == "home_region").values(value="990102"))

    def change(document: Any) -> None:
        document["parameters"][0]["values"][0]["source"] = "新的依据"

    receipt = house.publish(edit(elder, "app.json", change))

    assert receipt.number == 2
    assert {(row.code, row.value, row.source) for row in house.rows(t.parameter)} >= {
        ("min_age", "80", "新的依据"),
        ("home_region", "990102", "示范城市"),
    }


def test_an_entry_left_out_of_a_dictionary_ends_and_stays(
    house: Any, elder: Package, edit: Any
) -> None:
    house.publish(elder)
    fewer = edit(elder, "dictionaries/relation.json", lambda d: d["entries"].pop(3))

    house.publish(fewer)

    entries = {row.code: row.valid_to for row in house.rows(t.dictionary_entry)}
    assert entries["relative"] == dt.date(2026, 11, 24)
    assert entries["child"] is None


def test_a_variant_left_out_is_closed(house: Any, elder: Package, edit: Any) -> None:
    house.publish(elder)

    def rename(document: Any) -> None:
        document["item_variants"][0]["id"] = "renewed"
        for test in document["tests"]:
            test["variant"] = "renewed"

    house.publish(edit(elder, "app.json", rename))

    assert {row.code: row.open for row in house.rows(t.item_variant)} == {
        "new": False,
        "renewed": True,
    }


def test_a_damaged_release_says_what_is_wrong(house: Any, elder: Package) -> None:
    house.publish(elder)
    with house.store.write() as writer:
        c = t.release_part.c
        writer.execute(sa.delete(t.release_part).where(c.path == "forms/main.json"))
    fresh = type(house.services.apps)()

    with house.store.read() as reader, pytest.raises(BrokenRelease) as caught:
        fresh.current(reader, 1, "elder_allowance")

    assert "app_form_unknown" in {problem.code for problem in caught.value.problems}


def test_rights_that_an_administrator_changed_stay_until_the_app_changes_them(
    house: Any, elder: Package, edit: Any
) -> None:
    house.publish(elder)
    with house.store.write() as writer:
        writer.execute(sa.delete(t.role_right).where(t.role_right.c.role_code == "audit"))

    house.publish(edit(elder, "app.json", lambda d: d.update(summary="新的说明。")))
    before = {row.role_code for row in house.rows(t.role_right)}
    house.publish(edit(elder, "app.json", lambda d: d["roles"][-1]["rights"].pop()))

    assert "audit" not in before
    assert "audit" in {row.role_code for row in house.rows(t.role_right)}


def test_a_role_of_the_platform_gets_no_rights_from_an_app(house: Any, elder: Package) -> None:
    with house.store.write() as writer:
        writer.execute(sa.insert(t.role).values(tenant_id=1, code="audit", name="平台审计"))
        writer.execute(
            sa.insert(t.role_right).values(
                tenant_id=1, id=1, role_code="audit", resource="admin.audit", action="read",
                scope={"scope": "everything"},
            )
        )  # fmt: skip

    receipt = house.publish(elder)

    assert [(p.path, p.code) for p in receipt.problems] == [
        ("app.json#audit.id", "role_of_platform")
    ]
    assert [row.id for row in house.rows(t.role_right)] == [1]


def test_variants_and_prefixes_belong_to_the_app_that_brought_them(
    house: Any, elder: Package, edit: Any
) -> None:
    house.publish(elder)

    def copy(document: Any) -> None:
        document["id"] = "second"
        for role in document["roles"]:
            role["rights"] = []

    receipt = house.publish(edit(elder, "app.json", copy).with_part("i18n/en.json", None))

    errors = {p.code for p in receipt.problems if p.severity == "error"}
    assert errors == {"variant_of_other_app", "prefix_taken"}


def test_apps_share_the_roles_of_offices_each_with_rights_on_its_own_rows(
    house: Any, elder: Package, edit: Any
) -> None:
    house.publish(elder)

    def copy(document: Any) -> None:
        document["id"] = "second"
        document["service_item"]["base_code"] = "990000000999"
        for variant in document["item_variants"]:
            variant["number_prefix"] = "ZZ"
        document["roles"][0].update(name="别的叫法", excludes=["audit"])
        for role in document["roles"]:
            role["rights"] = [each for each in role["rights"] if ":" not in each["resource"]]

    second = edit(elder, "app.json", copy).with_part("i18n/en.json", None)
    receipt = house.publish(second)

    assert receipt.number == 1
    assert "role_of_other_app" in [p.code for p in receipt.problems]
    role = next(row for row in house.rows(t.role) if row.code == "community_clerk")
    assert (role.name, role.app_id) == ("社区专干", "elder_allowance")
    assert "audit" in role.excludes
    gave = {row.app_id for row in house.rows(t.role_right) if row.role_code == "community_clerk"}
    assert gave == {"elder_allowance", "second"}

    house.publish(edit(second, "app.json", lambda d: d["roles"][0].update(rights=[])))
    left = {row.app_id for row in house.rows(t.role_right) if row.role_code == "community_clerk"}
    assert left == {"elder_allowance"}


def test_a_release_brings_the_english_names_of_its_roles(house: Any, elder: Package) -> None:
    house.publish(elder)
    with house.store.write() as writer:  # as an installation was before names had languages
        writer.execute(sa.update(t.role).values(names=None))

    house.publish(elder)

    names = {row.code: row.names for row in house.rows(t.role)}
    assert names["community_clerk"] == {"en": "Community officer"}
    assert all(names.values())
    told = [row for row in house.rows(t.audit) if row.action == "role_changed"]
    assert {row.subject for row in told} == {f"role:{code}" for code in names}


def test_an_english_name_that_is_there_stays_where_an_app_shares_the_role(
    house: Any, elder: Package
) -> None:
    with house.store.write() as writer:
        writer.execute(
            sa.insert(t.role),
            [
                {"tenant_id": 1, "code": "mz_a", "name": "区民政审批", "names": {"en": "Approver"}},
                {"tenant_id": 1, "code": "mz_b", "name": "区民政复核", "names": None},
                {"tenant_id": 1, "code": "street_civil", "name": "民政科", "names": None},
            ],
        )

    house.publish(elder)

    names = {row.code: row.names for row in house.rows(t.role)}
    assert names["mz_a"] == {"en": "Approver"}
    assert names["mz_b"] == {"en": "District civil affairs, second signature"}
    assert names["street_civil"] is None
