"""Forms to fill: a demo region tree, stored files, and a context at a fixed moment."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app_definitions.form import read_form
from form_engine import Attachment, FieldTypes, FillContext, Form, Region, RegionTree, compile_form
from rule_engine import EvaluationContext

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
ZONE = ZoneInfo("Asia/Shanghai")
PLACES = RegionTree(
    [
        Region("990100", "云州市"),
        Region("990102", "云东区", "990100"),
        Region("990102001", "长安街道", "990102"),
        Region("990102001001", "和平社区", "990102001"),
        Region("990103", "云西区", "990100"),
        Region("990103001", "南湖街道", "990103"),
        Region("990103001001", "湖东社区", "990103001"),
    ]
)
FILES = {
    "1": Attachment("1", "照片.png", "image/png", 2_000, "/files/1"),
    "2": Attachment("2", "说明<b>.pdf", "application/pdf", 3_000),
    "3": Attachment("3", "大.png", "image/png", 30 * 1024 * 1024),
    "4": Attachment("4", "坏.png", "image/png", 2_000, state="infected"),
    "5": Attachment("5", "程序.exe", "application/octet-stream", 2_000),
    "6": Attachment("6", "又一张.png", "image/png", 2_000),
}

Make = Callable[..., Form]
Fill = Callable[..., FillContext]


def evaluation() -> EvaluationContext:
    return EvaluationContext(now=NOW, zone=ZONE, regions=PLACES)


def compiled(*fields: Mapping[str, Any], **more: Any) -> Form:
    """Compile a form of one section, or of the sections given."""
    sections = more.pop("sections", None) or [
        {"id": "page", "title": "一页", "fields": list(fields)}
    ]
    document = {"format": "gcrm.form/1", "id": "main", "title": "表单", "sections": sections}
    definition, problems = read_form(document, "forms/main.json")
    assert definition is not None, problems
    form, problems = compile_form(definition, FieldTypes.shipped(), **more)
    assert form is not None, problems
    return form


def filling(
    form: Form, step: str = "apply", roles: tuple[str, ...] = (), **more: Any
) -> FillContext:
    """Make a context for a person at a step."""
    given: dict[str, Any] = {
        "rights": form.rights_for(step, roles),
        "regions": PLACES,
        "attachments": FILES.get,
    }
    return FillContext(evaluation(), **{**given, **more})


@pytest.fixture
def make() -> Make:
    return compiled


@pytest.fixture
def fill() -> Fill:
    return filling


@pytest.fixture(scope="session")
def compile_once() -> Make:
    return compiled


@pytest.fixture(scope="session")
def fill_once() -> Fill:
    return filling
