"""A new app from nothing: begun, changed, tried, published, changed again, through the API."""

import json
import re
from typing import Any

import pytest

Visitor = Any
City = Any


class Designer:
    """Somebody with the designer open."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor.work_as("designer")
        page = self.visitor.get("/staff/designer").body
        found = re.search(r'data-csrf="([^"]+)"', page)
        assert found
        self.token = found[1]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API; keep the status."""
        answer = self.visitor.client.open(
            path, method=method, json=body, headers={"X-CSRFToken": self.token}
        )
        self.status = answer.status_code
        return answer.json

    def part(self, path: str, content: str) -> Any:
        """Change a part as it stands now."""
        base = f"/api/apps/{self.app}/draft/parts/{path}"
        return self.ask(
            "PATCH", base, {"revision": self.ask("GET", base)["revision"], "content": content}
        )

    def begin(self, name: str = "体育馆预约") -> str:
        """Begin an app of the street."""
        body = {"name": name, "department": "ZWJ", "roles": ["street_civil", "street_civil"]}
        self.app = str(self.ask("POST", "/api/apps", body)["id"])
        return self.app

    def publish(self, note: str = "") -> Any:
        """Publish what stands in the draft now."""
        base = f"/api/apps/{self.app}"
        revision = self.ask("GET", f"{base}/draft/changes")["revision"]
        return self.ask("POST", f"{base}/publish", {"revision": revision, "note": note})


@pytest.fixture
def designer(city: City, newcomer: Any) -> Designer:
    return Designer(newcomer(city))


def test_a_new_app_works_before_anything_is_changed(city: City, designer: Designer, newcomer: Any):
    app = designer.begin()

    said = designer.ask("GET", f"/api/apps/{app}/draft/problems")["problems"]
    assert [each for each in said if each["severity"] == "error"] == []
    assert designer.publish("第一版")["release"] == 1
    assert "体育馆预约" in newcomer(city).get("/services").text
    assert designer.ask("GET", f"/api/apps/{app}/draft/changes")["differences"] == []


def test_names_that_are_alike_get_ids_of_their_own(designer: Designer):
    assert designer.begin() != designer.begin()


@pytest.mark.parametrize(
    "body", [{}, {"name": "甲"}, {"name": "甲", "department": "ZWJ", "roles": ["nobody"]}]
)
def test_what_is_missing_for_a_new_app_is_said(designer: Designer, body: dict[str, Any]):
    designer.ask("POST", "/api/apps", body)

    assert designer.status == 422


def test_a_flow_is_changed_as_steps_and_new_roles_get_their_rights(designer: Designer):
    app = designer.begin()
    base = f"/api/apps/{app}/draft"
    flow = designer.ask("GET", f"{base}/flows/main")
    step = {**flow["steps"][0], "id": "visit", "name": "上门看", "role": "community_clerk"}

    designer.ask("PUT", f"{base}/flows/main",
                 {"revision": flow["revision"], "steps": [step, *flow["steps"]]})  # fmt: skip

    again = designer.ask("GET", f"{base}/flows/main")["steps"]
    assert [each["name"] for each in again] == ["上门看", "受理审核", "审批"]
    assert designer.publish()["release"] == 1
    for wrong in ([], [{**step, "days": 0}], [step, step]):
        designer.ask("PUT", f"{base}/flows/main", {"revision": flow["revision"], "steps": wrong})
        assert designer.status == 422


def test_a_rule_is_read_as_rows_and_written_from_rows(designer: Designer):
    app = designer.begin()
    base = f"/api/apps/{app}/draft/rule"
    read = designer.ask("POST", base, {"that": "applicant_age >= 18"})
    read["group"]["items"][0]["operands"][0]["text"] = "16"

    written = designer.ask("POST", base, {"group": read["group"]})

    assert written["that"] == "applicant_age >= 16"
    assert "年龄" in written["sentence"]
    read["group"]["items"][0]["operands"][0]["text"] = "很多"
    assert designer.ask("POST", base, {"group": read["group"]})["status"] == 422


def test_a_draft_is_tried_without_leaving_anything(city: City, designer: Designer):
    app = designer.begin()
    visitor = designer.visitor
    page = f"/staff/designer/{app}/try"
    visitor.get(page)
    assert "交了以后怎么走" in visitor.text

    visitor.post(page, go="try", applicant_age="12", applicant_name="甲")

    assert "没有满18周岁" in visitor.text
    assert "还不能提交" in visitor.text


def test_what_changed_since_the_release_is_told_by_its_names(designer: Designer):
    app = designer.begin()
    designer.publish()
    base = f"/api/apps/{app}/draft/parts/forms/main.json"
    text = designer.ask("GET", base)["content"]
    designer.part("forms/main.json", text.replace('"label": "年龄"', '"label": "今年几岁"'))

    found = designer.ask("GET", f"/api/apps/{app}/draft/changes")

    (told,) = found["differences"]
    assert (told["where"][-1], told["what"], told["after"]) == ("年龄", "label", "今年几岁")
    assert found["log"][0]["who"] == "苏文"
    released = designer.ask("GET", f"/api/apps/{app}/release/parts/forms/main.json")
    assert "年龄" in released["content"]
    assert designer.publish("改了问法")["release"] == 2


def test_a_draft_changed_meanwhile_is_not_published(designer: Designer):
    app = designer.begin()

    designer.ask("POST", f"/api/apps/{app}/publish", {"revision": 999})

    assert designer.status == 409


def test_only_designers_begin_and_publish_apps(city: City, newcomer: Any, designer: Designer):
    app = designer.begin()
    clerk = newcomer(city).work_as("linyu")
    token = {"X-CSRFToken": clerk.hidden("csrf_token")}

    for path in ("/api/apps", f"/api/apps/{app}/publish"):
        assert clerk.client.post(path, json={"revision": 1}, headers=token).status_code == 403
    assert clerk.client.get(f"/staff/designer/{app}/try").status_code == 403


def test_a_citizen_applies_to_a_new_app_and_the_office_decides(
    city: City, designer: Designer, citizen: Visitor, newcomer: Any
):
    app = designer.begin()
    designer.publish()
    citizen.get(f"/services/{app}/new").post(f"/services/{app}/new/start")
    draft = citizen.path.rpartition("/")[0]
    citizen.fill(draft, "who", applicant_name="陈静", phone="19900000001", applicant_age="34",
                 home__region="990102001001", home__detail="1号楼101")  # fmt: skip
    citizen.get(f"{draft}/check")
    citizen.post(f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"))
    assert "submitted" in citizen.path, citizen.text
    clerk = newcomer(city).work_as("linyu").get("/staff")
    address = re.search(r"/staff/cases/\d+", clerk.body)
    assert address, clerk.text

    for state in ("待受理", "审查中"):
        clerk.get(address[0])
        assert "体育馆预约" in clerk.text
        assert state in clerk.text
        clerk.post(f"{address[0]}/act", task=clerk.hidden("task"), verb="pass", opinion="同意")

    assert "已经办完：通过" in clerk.text or "已经办完：准予" in clerk.text, clerk.text


def test_a_tables_rows_go_to_excel_and_come_back(designer: Designer):
    designer.app = "elder_allowance"
    base = "/api/apps/elder_allowance/draft"
    designer.ask("GET", base)
    visitor, address = designer.visitor, f"{base}/decisions/amount.xlsx"
    token = {"X-CSRFToken": designer.token}
    file = visitor.client.get(address).data
    revision = designer.ask("GET", f"{base}/parts/decisions/amount.json")["revision"]

    same = visitor.client.put(f"{address}?revision={revision}", data=file, headers=token)
    wrong = visitor.client.put(f"{address}?revision={revision}", data=b"x", headers=token)

    assert same.status_code == 200
    found = designer.ask("GET", "/api/apps/elder_allowance/draft/changes")
    assert found["differences"] == []
    assert wrong.status_code == 422
    assert visitor.client.get(f"{base}/decisions/precheck.xlsx").status_code == 404


def test_a_decision_goes_out_and_comes_in_as_dmn(designer: Designer):
    base = "/api/apps/elder_allowance/draft"
    designer.ask("GET", base)
    visitor, address = designer.visitor, f"{base}/decisions/amount.dmn"
    token = {"X-CSRFToken": designer.token}
    file = visitor.client.get(address).data
    assert b"<decisionTable" in file
    revision = designer.ask("GET", f"{base}/parts/decisions/amount.json")["revision"]

    taken = visitor.client.put(f"{address}?revision={revision}", data=file, headers=token)
    wrong = visitor.client.put(f"{address}?revision={revision}", data=b"<x/>", headers=token)

    assert (taken.status_code, wrong.status_code) == (200, 422)
    assert '"kind": "table"' in taken.json["content"]


def test_a_rule_is_typed_with_the_words_of_the_form(designer: Designer):
    app = designer.begin()
    base = f"/api/apps/{app}/draft/rule"

    typed = designer.ask("POST", base, {"words": "年龄 + 2 > 20"})

    assert typed["that"] == "applicant_age + 2 > 20"
    assert typed["group"] is None
    assert designer.ask("POST", base, {"that": typed["that"]})["words"] == "年龄 + 2 > 20"
    assert designer.ask("POST", base, {"words": "身高 > 2 +"})["status"] == 422


def test_a_question_that_a_rule_needs_is_missed_when_it_goes(designer: Designer):
    app = designer.begin()
    base = f"/api/apps/{app}/draft"
    form = json.loads(designer.ask("GET", f"{base}/parts/forms/main.json")["content"])
    fields = form["sections"][0]["fields"]
    form["sections"][0]["fields"] = [each for each in fields if each["id"] != "applicant_age"]

    designer.part("forms/main.json", json.dumps(form))

    said = designer.ask("GET", f"{base}/problems")["problems"]
    (wrong,) = [each for each in said if each["severity"] == "error"]
    assert wrong["path"].startswith("decisions/precheck.json#v1.old_enough")
    assert designer.publish()["release"] is None


def test_a_flow_with_branches_is_read_and_not_written_as_steps(designer: Designer):
    base = "/api/apps/elder_allowance/draft"
    designer.ask("GET", base)

    flow = designer.ask("GET", f"{base}/flows/main")

    assert flow["steps"] is None
    assert flow["shown"][1]["name"] == "社区核实"
    assert flow["shown"][1]["who"] == ["社区专干"]
    one = {"id": "a", "name": "甲", "role": "mz_a", "days": 1, "unit": "wd"}
    designer.ask("PUT", f"{base}/flows/main", {"revision": 1, "steps": [one]})
    assert designer.status == 404


def test_a_step_gets_a_form_of_its_own(designer: Designer):
    app = designer.begin()
    base = f"/api/apps/{app}/draft"
    field = {"id": "seen", "type": "textarea", "label": "看到的情况"}
    rights = [{"step": "review", "right": "write"}, {"step": "*", "right": "read"}]
    section = {"id": "work", "title": "核实", "fields": [field], "rights": rights}
    form = {"format": "gcrm.form/1", "id": "visit", "title": "核实", "sections": [section]}
    body = {"revision": 0, "content": json.dumps(form)}
    designer.ask("PATCH", f"{base}/parts/forms/visit.json", body)
    flow = designer.ask("GET", f"{base}/flows/main")
    flow["steps"][0]["form"] = "visit"

    designer.ask("PUT", f"{base}/flows/main", flow)

    assert designer.status == 200
    assert designer.ask("GET", f"{base}/flows/main")["steps"][0]["form"] == "visit"
    assert designer.publish()["release"] == 1
