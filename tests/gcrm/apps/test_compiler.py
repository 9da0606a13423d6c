"""The compiler: every reference is checked, and all problems come back together."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app_definitions import canonical
from app_definitions.package import Package, Part
from app_definitions.problem import Problems, has_errors
from gcrm.apps import compile_package, compiler, library, report, tests


def codes(problems: Problems) -> set[tuple[str, str]]:
    return {(problem.path, problem.code) for problem in problems}


def test_a_package_without_app_part_is_named() -> None:
    app, problems = compile_package(Package(()))

    assert app is None
    assert problems == ()


def right(resource: str, scope: Any) -> Any:
    return lambda d: d["roles"][0]["rights"].insert(
        0, {"resource": resource, "action": "read", "scope": scope}
    )


def issue(prop: str, value: str) -> Any:
    return lambda d: d["item_variants"][0]["issues"][0].update({prop: value})


BROKEN: list[tuple[str, Any, tuple[str, str]]] = [
    (
        "app.json",
        issue("paper", "nothing"),
        ("app.json#issue_certificate.paper", "app_paper_unknown"),
    ),
    ("app.json", issue("on", "refused"), ("app.json#issue_refusal.on", "issue_doubled")),
    (
        "app.json",
        issue("number_prefix", "GLJT"),
        ("app.json#issue_certificate.number_prefix", "issue_prefix_of_cases"),
    ),
    (
        "app.json",
        issue("valid_to", "nobody"),
        ("app.json#issue_certificate.valid_to", "feel_unknown_name"),
    ),
    (
        "app.json",
        lambda d: d["item_variants"][0].update({"revocation_four_eyes": ["nowhere"]}),
        ("app.json#new.revocation_four_eyes", "step_unknown"),
    ),
    (
        "papers/certificate.json",
        lambda d: d["blocks"][0]["spans"][0].update({"value": "nobody"}),
        ("papers/certificate.json#heading.spans", "feel_unknown_name"),
    ),
    (
        "app.json",
        right("admin.people", {"scope": "everything"}),
        ("app.json#community_clerk.rights[0].resource", "bad_notation"),
    ),
    (
        "app.json",
        right("record:other.main", {"scope": "everything"}),
        ("app.json#community_clerk.rights", "right_on_other_app"),
    ),
    (
        "app.json",
        right("case", {"scope": "and", "of": [{"scope": "moon"}]}),
        ("app.json#community_clerk.rights", "scope_unknown"),
    ),
    (
        "app.json",
        right(
            "case",
            {
                "scope": "not",
                "of": {
                    "scope": "condition",
                    "that": "state > ",
                    "fields": [{"id": "state", "type": "string"}],
                },
            },
        ),
        ("app.json#community_clerk.rights", "feel_unfinished"),
    ),
    (
        "app.json",
        right("case", {"scope": "condition", "that": "x", "fields": [{"id": 1}]}),
        ("app.json#community_clerk.rights", "scope_unknown"),
    ),
    (
        "app.json",
        lambda d: d["item_variants"][0].update(form="other"),
        ("app.json#new.form", "app_form_unknown"),
    ),
    (
        "app.json",
        lambda d: d["item_variants"][0].update(precheck="amount"),
        ("app.json#new.precheck", "precheck_is_no_list"),
    ),
    (
        "app.json",
        lambda d: d["item_variants"][0]["subject"].append("nobody"),
        ("app.json#new.subject", "field_unknown"),
    ),
    (
        "app.json",
        lambda d: d["item_variants"][0]["subject"].append("elder_id"),
        ("app.json#new.subject", "subject_is_sealed"),
    ),
    (
        "app.json",
        lambda d: d["participants"][0].update(id_field="elder_name"),
        ("app.json#elder_allowance.participants.applicant.id_field", "field_type_unfit"),
    ),
    (
        "app.json",
        lambda d: d["item_variants"][0]["promised"].update(value=30),
        ("app.json#new.promised", "promise_longer_than_law"),
    ),
    (
        "app.json",
        lambda d: d["facts"][0].update(field="nobody"),
        ("app.json#already_receiving.field", "field_unknown"),
    ),
    (
        "app.json",
        lambda d: d["facts"][0].update(id="elder_name"),
        ("app.json#elder_name.id", "name_taken"),
    ),
    (
        "decisions/amount.json",
        lambda d: d["versions"][0]["table"]["outputs"][0].update(id="elder_name"),
        ("processes/main.bpmn", "name_taken"),
    ),
    (
        "app.json",
        lambda d: d["participants"][0].update(id_field="nobody"),
        ("app.json#elder_allowance.participants.applicant.id_field", "field_unknown"),
    ),
    (
        "app.json",
        lambda d: d["participants"][2].update(when="nobody = 1"),
        ("app.json#elder_allowance.participants.agent.when", "feel_unknown_name"),
    ),
    (
        "app.json",
        lambda d: d["place"].update(region_field="elder_name"),
        ("app.json#elder_allowance.place.region_field", "field_type_unfit"),
    ),
    (
        "app.json",
        lambda d: d["notices"][0].update(text="您好{nobody}"),
        ("app.json#n01.text", "placeholder_unknown"),
    ),
    (
        "app.json",
        lambda d: d["notices"][0].update(text="您好{elder_id}"),
        ("app.json#n01.text", "placeholder_is_sealed"),
    ),
    (
        "app.json",
        lambda d: d["notices"][0].update(to=[]),
        ("app.json#n01.to", "notice_goes_nowhere"),
    ),
    (
        "app.json",
        lambda d: d["roles"].pop(0),
        ("processes/main.bpmn#verify.assignee", "role_unknown"),
    ),
    (
        "app.json",
        lambda d: d.pop("place"),
        ("processes/main.bpmn#street.assignee", "place_missing"),
    ),
    (
        "app.json",
        lambda d: d["tests"][0]["acts"][0].update(step="nowhere"),
        ("app.json#li_86.acts", "step_unknown"),
    ),
    (
        "app.json",
        lambda d: d["tests"][0]["acts"][0].update(verb="jump"),
        ("app.json#li_86.acts", "verb_unknown"),
    ),
    (
        "app.json",
        lambda d: d["tests"][0]["facts"][0].update(fact="nothing"),
        ("app.json#li_86.facts", "fact_unknown"),
    ),
    (
        "app.json",
        lambda d: d["tests"][0].update(variant="old"),
        ("app.json#li_86.variant", "variant_unknown"),
    ),
    (
        "forms/main.json",
        lambda d: d["sections"][0]["rights"].append({"step": "nowhere", "right": "read"}),
        ("forms/main.json#who.rights", "step_unknown"),
    ),
    (
        "forms/main.json",
        lambda d: d["sections"][1]["fields"][1]["rights"].append(
            {"step": "*", "right": "read", "role": "nobody"}
        ),
        ("forms/main.json#elder_id.rights", "role_unknown"),
    ),
    (
        "decisions/precheck.json",
        lambda d: d["versions"][0]["conditions"][1].update(that="parameters.max_age > 3"),
        ("decisions/precheck.json#v2026.age.that", "feel_unknown_parameter"),
    ),
    (
        "i18n/en.json",
        lambda d: d["texts"].pop(0),
        ("i18n/en.json", "translation_missing"),
    ),
    (
        "i18n/en.json",
        lambda d: d["texts"].append({"key": "app.json#nothing.name", "text": "x"}),
        ("i18n/en.json", "translation_unused"),
    ),
    (
        "i18n/en.json",
        lambda d: next(e for e in d["texts"] if e["key"] == "app.json#n02.text").update(
            text="Done by {when}."
        ),
        ("i18n/en.json", "translation_of_other_values"),
    ),
]


@pytest.mark.parametrize(
    ("path", "how", "expected"), BROKEN, ids=[f"{path}-{code}" for path, _, (_, code) in BROKEN]
)
def test_a_wrong_reference_is_named_where_it_stands(
    elder: Package, edit: Any, path: str, how: Any, expected: tuple[str, str]
) -> None:
    app, problems = compile_package(edit(elder, path, how))

    assert expected in codes(problems)
    warned = all(problem.severity == "warning" for problem in problems)
    assert (app is not None) == warned


def test_problems_of_all_parts_come_back_together(elder: Package, edit: Any) -> None:
    broken = edit(elder, "app.json", lambda d: d["facts"][0].update(field="nobody"))
    broken = edit(
        broken, "forms/main.json", lambda d: d["sections"][0]["fields"][0].update(type="cash")
    )
    broken = edit(
        broken,
        "decisions/amount.json",
        lambda d: d["versions"][0]["table"]["rows"][0].update(inputs=[">= "]),
    )
    broken = broken.with_part("dictionaries/relation.json", b"{")

    app, problems = compile_package(broken)

    assert app is None
    assert {problem.path.partition("#")[0] for problem in problems} >= {
        "app.json",
        "forms/main.json",
        "decisions/amount.json",
        "dictionaries/relation.json",
    }


def test_two_variants_do_not_share_their_numbers(elder: Package, edit: Any) -> None:
    def double(document: Any) -> None:
        document["item_variants"].append({**document["item_variants"][0], "id": "again"})

    _, problems = compile_package(edit(elder, "app.json", double))

    assert codes(problems) >= {
        ("app.json#new.number_prefix", "prefix_taken"),
        ("app.json#again.number_prefix", "prefix_taken"),
    }


def test_a_process_reads_nothing_confidential(elder: Package) -> None:
    content = elder.content("processes/main.bpmn")
    assert content is not None
    told = content.replace(b'verb_verify = "refuse"', b'elder_id = "1"')

    app, problems = compile_package(elder.with_part("processes/main.bpmn", told))

    assert app is None
    assert codes(problems) == {("processes/main.bpmn", "process_reads_sealed")}


def test_a_part_that_nothing_uses_is_mentioned(elder: Package) -> None:
    extra = elder.content("decisions/amount.json")
    assert extra is not None
    spare = elder.with_part("decisions/spare.json", extra.replace(b'"amount"', b'"spare"', 1))

    app, problems = compile_package(spare)

    assert app is not None
    assert ("decisions/spare.json", "part_unused") in codes(problems)


def test_an_entry_of_a_dictionary_is_translated_at_its_field(elder: Package) -> None:
    app, _ = compile_package(elder)

    assert app is not None
    assert app.translations["en"]["forms/main.json#relation.options.child"] == "Son or daughter"
    assert app.say("app.json#elder_allowance.name", "高龄津贴申请", "en") == "Old-age allowance"
    assert app.say("app.json#elder_allowance.name", "高龄津贴申请", "zh-CN") == "高龄津贴申请"


def test_a_language_that_is_missing_is_mentioned(elder: Package) -> None:
    app, problems = compile_package(elder.with_part("i18n/en.json", None))

    assert app is not None
    assert codes(problems) == {("i18n/en.json", "translation_language_missing")}


JUNK = [None, True, 0, -1, "", "x", "*", "{x}", "not(", '"a"', [], {}, [None], [{}], "1" * 300]
JUNK += ["elder_id", "elder_age >= 80 and", "\0", "apply", "image", "computed", "verify", 10**15]


def places(document: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = document.items() if isinstance(document, dict) else enumerate(document)
    found = [(*here, key) for key, _ in inside] if isinstance(document, dict | list) else []
    for place in list(found):
        value = document[place[-1]]
        if isinstance(value, dict | list):
            found += places(value, place)
    return found


PARTS = [part for part in library.read("elder_allowance").parts if part.path.endswith(".json")]


@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_a_part_holds_there_are_problems_and_never_a_trace(data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(PARTS))
    document, _ = canonical.loads(part.content, part.path)
    *way, last = data.draw(st.sampled_from(places(document)))
    inner = document
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(st.sampled_from(JUNK))
    package = library.read("elder_allowance").with_part(part.path, canonical.dumps(document))

    app, problems = compile_package(package)
    results = tests.run(app) if app is not None else ()

    for problem in (*problems, *tests.problems(results)):
        assert all(rendered for rendered in report.said(problem)["texts"].values())
    assert (app is None) == has_errors(problems)


def test_every_code_has_its_sentences_in_both_languages() -> None:
    texts = compiler.sentences().texts

    assert set(texts["zh_CN"]) == set(texts["en"])


@pytest.mark.parametrize(
    ("text", "short", "codes"),
    [
        ("“{item}”已受理。", "", []),
        ("字" * 71, "", ["notice_too_long"]),
        ("字" * 71, "“{item}”已受理。", []),
        ("字" * 40 + "{rate}", "", ["notice_too_long"]),
        ("“{item}”已受理。", "{nobody}", ["placeholder_unknown"]),
        ("“{item}”已受理。", "{", ["braces_do_not_match"]),
    ],
)
def test_a_text_message_must_fit(text: str, short: str, codes: list[str]) -> None:
    package = library.read("elder_allowance")
    document = json.loads(next(p.content for p in package.parts if p.path == "app.json"))
    document["notices"] = [
        {"id": "one", "on": "accepted", "to": ["applicant"], "channels": ["sms"], "text": text,
         **({"short": short} if short else {})}
    ]  # fmt: skip
    parts = tuple(
        Part(each.path, canonical.dumps(document)) if each.path == "app.json" else each
        for each in package.parts
    )

    _, problems = compile_package(Package(parts))

    assert [each.code for each in problems if each.path.startswith("app.json#one")] == codes
