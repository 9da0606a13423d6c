"""Connectors are chosen by name among the doubles and what plug-ins bring."""

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from gcrm.connectors import ConnectorError, SmsDouble, build_connectors, known_connectors, registry
from gcrm.connectors.registry import DOUBLES


class Gateway(SmsDouble):
    """What a plug-in would bring."""


def test_without_a_choice_every_port_has_its_double() -> None:
    ports = build_connectors({})

    assert isinstance(ports.sms, SmsDouble)
    assert ports.population.find("990102194006150022") is not None


def test_a_plug_in_is_known_by_its_entry_point_and_can_be_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Point:
        name = "sms.gateway"

        def load(self) -> Any:
            return Gateway

    def points(*, group: str) -> list[EntryPoint]:
        assert group == "gcrm.connectors"
        return [Point()]  # type: ignore[list-item]

    monkeypatch.setattr(registry, "entry_points", points)

    assert "sms.gateway" in known_connectors()
    assert isinstance(build_connectors({"sms": "gateway"}).sms, Gateway)


@pytest.mark.parametrize("chosen", [{"sms": "nothing"}, {"fax": "double"}])
def test_what_is_not_there_is_named(chosen: dict[str, str]) -> None:
    with pytest.raises(ConnectorError) as caught:
        build_connectors(chosen, DOUBLES)

    assert "known" in str(caught.value)
