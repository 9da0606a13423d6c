"""A new app to begin with: a form, a line of two steps, one rule, one board, all of it working.

Somebody who makes their first app changes what is there instead of facing nothing.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from app_definitions import canonical
from app_definitions.package import APP, Package, Part
from gcrm.apps import flow_lines
from gcrm.apps.flow_lines import LineStep


@dataclass(frozen=True, slots=True)
class Start:
    """What a person says about an app before it exists: its name, whose it is, who works on it."""

    app_id: str
    name: str
    department: str
    roles: tuple[tuple[str, str], ...]  # one or two: code and name, in the order of the steps
    day: dt.date


def package_of(start: Start) -> Package:
    """Make the package of a new app."""
    first, last = start.roles[0], start.roles[-1]
    steps = (
        LineStep("review", "受理审核", first[0], 3, advance="材料齐全，转审批"),
        LineStep("decide", "审批", last[0], 2, advance="准予", correct=False, back=True),
    )
    parts = {
        APP: canonical.dumps(_app(start)),
        "forms/main.json": canonical.dumps(_form(start)),
        "decisions/precheck.json": canonical.dumps(_rules(start)),
        "boards/overview.json": canonical.dumps(_board(start)),
        "processes/main.bpmn": flow_lines.write(start.app_id, "main", start.name, steps),
    }
    return Package(tuple(Part(path, content) for path, content in sorted(parts.items())))


def rights_of(app_id: str) -> list[dict[str, Any]]:
    """Give what somebody who works on cases of an app may do, in their place and below."""
    here = {"below": True, "scope": "region"}
    on_cases = [("task", "read"), ("task", "act")]
    on_cases += [(each, "read") for each in ("case", "submission", "event", "attachment")]
    on_cases += [(f"record:{app_id}.main", "read")]
    return [
        *({"resource": resource, "action": action, "scope": here} for resource, action in on_cases),
        {"resource": f"board:{app_id}", "action": "read", "scope": {"scope": "everything"}},
    ]


def _app(start: Start) -> dict[str, Any]:
    prefix = "".join(letter for letter in start.app_id.upper() if letter.isalnum())[:6]
    days = {"value": 5, "unit": "wd"}
    return {
        "format": "gcrm.app/1",
        "id": start.app_id,
        "name": start.name,
        "service_item": {
            "base_code": f"new_{start.app_id}"[:40],
            "name": start.name,
            "item_type": "public_service",
            "audience": "natural",
            "department": start.department,
        },
        "item_variants": [
            {
                "id": "new",
                "name": "新办",
                "number_prefix": prefix,
                "form": "main",
                "process": "main",
                "statutory": {"value": 20, "unit": "wd"},
                "promised": days,
                "precheck": "precheck",
                "subject": ["applicant_name"],
            }
        ],
        "summary": "网上填一页就能办。",
        "roles": [
            {"id": code, "name": name, "rights": rights_of(start.app_id)}
            for code, name in dict(start.roles).items()
        ],
        "participants": [
            {"role": "applicant", "name_field": "applicant_name", "phone_field": "phone"}
        ],
        "place": {"region_field": "home"},
        "notices": [
            _notice("taken", "submitted", "“{item}”已提交，编号{case_no}。"),
            _notice("approved", "approved", "“{item}”办好了，编号{case_no}。"),
            _notice("refused", "refused", "“{item}”没有通过，编号{case_no}。原因在“我的办件”里。"),
        ],
        "guide": {
            "who": "住在本市、年满18周岁的人。",
            "steps": [{"id": "fill", "text": "填一页，5个工作日内办好。"}],
        },
        "tests": [],
    }


def _notice(own: str, on: str, text: str) -> dict[str, Any]:
    return {"id": own, "on": on, "to": ["applicant"], "channels": ["in_app"], "text": text}


def _form(start: Start) -> dict[str, Any]:
    return {
        "format": "gcrm.form/1",
        "id": "main",
        "title": start.name,
        "sections": [
            {
                "id": "who",
                "title": "您是谁",
                "fields": [
                    {
                        "id": "applicant_name",
                        "type": "text",
                        "label": "姓名",
                        "required": True,
                        "reuse": "account.name",
                        "record": True,
                        "settings": {"max_length": 50},
                    },
                    {
                        "id": "phone",
                        "type": "phone",
                        "label": "手机号",
                        "required": True,
                        "reuse": "account.phone",
                    },
                    {
                        "id": "applicant_age",
                        "type": "number",
                        "label": "年龄",
                        "required": True,
                        "settings": {"min": "0", "max": "150", "unit": "岁"},
                    },
                    {"id": "home", "type": "address", "label": "现住地址", "required": True},
                ],
                "rights": [
                    {"step": "apply", "right": "write"},
                    {"step": "*", "right": "read"},
                ],
            }
        ],
    }


def _rules(start: Start) -> dict[str, Any]:
    return {
        "format": "gcrm.decision/1",
        "id": "precheck",
        "name": "能不能办",
        "kind": "conditions",
        "inputs": [{"id": "applicant_age"}],
        "versions": [
            {
                "id": "v1",
                "effective_from": start.day.replace(month=1, day=1).isoformat(),
                "source": "示例，请写上依据",
                "conditions": [
                    {
                        "id": "old_enough",
                        "name": "年满18周岁",
                        "that": "applicant_age >= 18",
                        "message": "没有满18周岁。",
                        "fix": "满18周岁以后再来办。",
                    }
                ],
            }
        ],
        "tests": [],
    }


def _board(start: Start) -> dict[str, Any]:
    def tile(own: str, kind: str, title: str, place: tuple[int, int, int, int], **more: Any) -> Any:
        x, y, width, height = place
        count = [{"id": "count", "label": "件数", "aggregate": "count", **more.pop("measure", {})}]
        return {
            "id": own,
            "type": kind,
            "title": title,
            "source": "cases",
            "measures": count,
            "x": x,
            "y": y,
            "width": width,
            "height": height,
            **more,
        }

    street = [{"id": "street", "label": "街道", "field": "street"}]
    return {
        "format": "gcrm.board/1",
        "id": "overview",
        "title": f"{start.name}办理情况",
        "filters": [{"id": "period", "label": "时间", "field": "submitted_at"}],
        "tiles": [
            tile("open", "number", "正在办", (0, 0, 4, 2), measure={"where": "open = true"}),
            tile("streets", "bar", "各街道办件", (4, 0, 8, 4), dimensions=street),
        ],
    }
