"""The population register's local double: it knows the people of the demo city."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import replace
from importlib import resources

from gcrm.connectors.faults import Faults
from gcrm.connectors.ports import Person


def read_people() -> tuple[Person, ...]:
    """Read the demo city's people; their ID numbers are well formed and belong to nobody."""
    text = (resources.files("gcrm.connectors") / "data" / "people.json").read_text("utf-8")
    return tuple(
        Person(
            id_number=entry["id_number"],
            name=entry["name"],
            sex="male" if int(entry["id_number"][16]) % 2 else "female",
            born=dt.date.fromisoformat(
                f"{entry['id_number'][6:10]}-{entry['id_number'][10:12]}-{entry['id_number'][12:14]}"
            ),
            alive=entry["alive"],
            region_code=entry["region_code"],
        )
        for entry in json.loads(text)
    )


class PopulationDouble(Faults):
    """Answer from a list of people; a person can be declared dead, and the double switched away."""

    def __init__(self, people: Iterable[Person]) -> None:
        """Know these people."""
        super().__init__("population")
        self._people = {person.id_number: person for person in people}
        self.asked = 0

    def find(self, id_number: str) -> Person | None:
        """Give the person with that ID number, None where it is unknown."""
        self.fail_if_away()
        self.asked += 1
        return self._people.get(id_number)

    def add(self, person: Person) -> None:
        """Know one more person, or know a person differently from now on."""
        self._people[person.id_number] = person

    def declare_dead(self, id_number: str) -> None:
        """Say from now on that this person has died. Raises KeyError where it is unknown."""
        self._people[id_number] = replace(self._people[id_number], alive=False)
