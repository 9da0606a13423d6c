"""The demo city as it is written down, and the accounts one may try."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

PASSWORD = "Yunzhou-2026"  # noqa: S105  printed for everyone; production has no demo
VALID_FROM = "2020-01-01"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account to try: what kind of user it is, the name, and with what one logs in."""

    kind: str
    kind_en: str
    name: str
    login: str
    office: str


@dataclass(frozen=True, slots=True)
class City:
    """The city's document (`city.json`), whose rows become rows of the store."""

    document: dict[str, Any]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """List regions, departments, roles, staff, people or organisations."""
        listed: list[dict[str, Any]] = self.document[name]
        return listed

    def accounts(self) -> tuple[DemoAccount, ...]:
        """List one account for each kind of user, citizens first."""
        offices = {row["code"]: row["name"] for row in self.rows("departments")}
        citizens = [
            DemoAccount("市民", self._kind("市民"), row["name"], row["phone"], "")
            for row in self.rows("people")
            if row.get("login")
        ]
        seen: set[str] = set()
        staff = []
        for row in self.rows("staff"):
            if row["kind"] not in seen:
                seen.add(row["kind"])
                staff.append(
                    DemoAccount(
                        row["kind"],
                        self._kind(row["kind"]),
                        row["name"],
                        row["login"],
                        offices[row["department"]],
                    )
                )
        return (*citizens[:1], *staff)

    def _kind(self, kind: str) -> str:
        """Say a kind of user in English; one without words of its own says itself."""
        kinds: dict[str, str] = self.document.get("kinds", {})
        return kinds.get(kind, kind)


def read_city() -> City:
    """Read the city that ships."""
    return City(json.loads(files("gcrm.demo").joinpath("city.json").read_text("utf-8")))
