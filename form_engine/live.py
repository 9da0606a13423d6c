"""What a page follows by itself: conditions, formulas and checks as trees, and what they see.

The script on the page reacts at once; the server decides again with each post. The page gets
nothing that the person may not read: no sealed or masked value, no fact from elsewhere. An
expression that needs one is left to the server.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from form_engine import errors
from form_engine.context import FillContext
from form_engine.field import Field, translated
from form_engine.fields.computed import ComputedType
from form_engine.messages import Message, is_chinese
from form_engine.rights import WRITING
from form_engine.section import Section
from form_engine.settling import Settled
from rule_engine import Expression, tree_json
from rule_engine.numeric import plain
from rule_engine.values import kind_of

RESULTS = frozenset({"number", "date", "boolean", "string"})
"""Results of formulas that a page can say as the server does."""

_KNOWN = frozenset({"string", "number", "boolean", "date", "list<string>"})


@dataclass(frozen=True, slots=True)
class Live:
    """What the page follows. `shows` and `requires` are fields, `results` are formulas."""

    shows: frozenset[str] = frozenset()
    requires: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    document: Mapping[str, Any] = field(default_factory=dict)

    def written(self) -> str:
        """Write the document; empty where there is nothing to follow."""
        if not self.document:
            return ""
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":"))


def live(section: Section, order: Iterable[Field], settled: Settled, context: FillContext) -> Live:
    """Collect what the page of a section can follow for this person."""
    collected = _Collector(section, tuple(order), settled, context)
    for found in collected.order:
        if found.section_id == section.id:
            collected.add(found)
    return collected.live()


def trees_of(found: Field) -> dict[str, dict[str, Any]]:
    """Write the trees of a field's expressions, as far as the interpreter of pages knows them."""
    expressions = {
        "visible_when": found.visible_when,
        "required_when": found.required_when,
        "value": found.value,
        **{check.id: check.that for check in found.checks},
    }
    written = {
        name: tree_json.node_of(expression, "form")
        for name, expression in expressions.items()
        if expression is not None
    }
    return {name: node for name, node in written.items() if node is not None}


class _Collector:
    """One page: what its expressions may see, and those that see nothing else."""

    def __init__(
        self, section: Section, order: tuple[Field, ...], settled: Settled, context: FillContext
    ) -> None:
        self.section, self.order = section, order
        self.settled, self.context = settled, context
        self.by_id = {found.id: found for found in order}
        self.fields: list[dict[str, Any]] = []
        self.asked: set[str] = set()
        self.parameters: dict[str, dict[str, Any]] = {}
        self.shows: set[str] = set()
        self.requires: set[str] = set()
        self.results: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, str] = {}

    @cached_property
    def controls(self) -> dict[str, Mapping[str, Any]]:
        """Give how the page reads what this person may answer on it."""
        readings = {
            found.id: found.type.reading(found, self.context)
            for found in self.section.fields
            if found.type.answers and self.context.right(found.id) in WRITING
        }
        return {name: reading for name, reading in readings.items() if reading is not None}

    def add(self, found: Field) -> None:
        """Take what the page can follow of a field."""
        right = self.context.right(found.id)
        if right == "hidden":
            return
        written: dict[str, Any] = {"id": found.id}
        shown = self._tree(found, "visible_when", found.visible_when)
        if shown is not None:
            written["visible_when"] = shown
            self.shows.add(found.id)
        if found.value is not None and right != "masked" and not found.sealed:
            result = found.type.feel_type(found.settings)
            value = self._tree(found, "value", found.value) if result in RESULTS else None
            if value is not None:
                written["value"] = value
                self.results[found.id] = self._result(found, result)
        if right in WRITING:
            written |= self._demands(found, right == "required")
        if len(written) > 1:
            self.fields.append(written)

    def _demands(self, found: Field, always: bool) -> dict[str, Any]:
        written: dict[str, Any] = {}
        needed = self._tree(found, "required_when", found.required_when)
        if needed is not None and not found.definition.required and not always:
            written["required_when"] = needed
            self.requires.add(found.id)
        if found.id not in self.controls:
            return written
        checks = []
        for check in found.checks:
            that = self._tree(found, check.id, check.that)
            if that is not None:
                checks.append({"id": check.id, "that": that})
                self.messages[check.id] = self._message(found, check.id)
        return {**written, "checks": checks} if checks else written

    def _tree(
        self, found: Field, name: str, expression: Expression | None
    ) -> Mapping[str, Any] | None:
        """Give a tree if the page may see all that it names, and something on it can change."""
        node = found.trees.get(name)
        if node is None or expression is None:
            return None
        here = {one for one in expression.inputs if one in self.controls or one in self.results}
        if not here or not all(one in here or self._may_see(one) for one in expression.inputs):
            return None
        named = tree_json.parameters_of(expression)
        known = self.context.evaluation.parameters
        for parameter in named & known.keys():
            if (kind := kind_of(known[parameter])) not in _KNOWN:
                return None
            self.parameters[parameter] = {"type": kind, "value": _json(known[parameter])}
        self.asked |= expression.inputs
        return node

    def _may_see(self, name: str) -> bool:
        """Tell whether a page may hold an answer that does not stand on it."""
        found = self.by_id.get(name)
        if found is None or found.sealed or any(one.sealed for one in found.columns):
            return False
        if found.section_id == self.section.id and (found.id in self.shows or found.visible_when):
            return False
        kind = found.type.feel_type(found.settings)
        return self.context.right(name) not in ("hidden", "masked") and kind in _KNOWN

    def _message(self, found: Field, check_id: str) -> str:
        source = next(one.message for one in found.definition.checks if one.id == check_id)
        part = found.key.partition("#")[0]
        locale = self.context.locale
        said = translated(found.translations, f"{part}#{check_id}.message", source, locale)
        return errors.error(found, Message("designer", {"message": said}), locale).message

    def _result(self, found: Field, result: str) -> dict[str, Any]:
        written: dict[str, Any] = {"type": result}
        if result == "number" and isinstance(found.type, ComputedType):
            unit = found.setting("unit", self.context.locale)
            gap = " " if unit and unit.isascii() and unit not in "%" else ""
            written |= {"decimals": int(found.settings["decimals"]), "unit": f"{gap}{unit}"}
        return written

    def live(self) -> Live:
        """Put it all together."""
        if not self.fields:
            return Live()
        kinds = {
            name: self.by_id[name].type.feel_type(self.by_id[name].settings)
            for name in sorted(self.asked | self.results.keys() | self._checked())
        }
        inputs = [{"id": name, "type": kind} for name, kind in kinds.items()]
        evaluation = self.context.evaluation
        document: dict[str, Any] = {
            "tree": tree_json.document(inputs, fields=self.fields),
            "now": evaluation.now.astimezone(evaluation.zone).isoformat(timespec="seconds"),
            "controls": {name: how for name, how in self.controls.items() if name in kinds},
            "known": {
                name: _json(self.settled.inputs[name])
                for name in kinds
                if name not in self.controls
                and name not in self.results
                and self.settled.inputs.get(name) is not None
            },
            "closed": sorted(
                found.id
                for found in self.section.fields
                if found.id in kinds
                and found.id not in self.shows
                and found.id not in self.settled.shown
            ),
            "parameters": self.parameters,
            "results": self.results,
            "messages": self.messages,
            "words": self._words(),
        }
        return Live(
            frozenset(self.shows),
            frozenset(self.requires),
            frozenset(self.results),
            {name: part for name, part in document.items() if part},
        )

    def _checked(self) -> set[str]:
        return {found["id"] for found in self.fields if "checks" in found}

    def _words(self) -> dict[str, Any]:
        """Give the words in which results are said."""
        if not self.results:
            return {}
        locale, texts = self.context.locale, self.section.fields[0].texts
        said: dict[str, Any] = {"later": texts.word("computed_later", locale)}
        kinds = {result["type"] for result in self.results.values()}
        if "boolean" in kinds:
            said |= {"yes": texts.word("yes", locale), "no": texts.word("no", locale)}
        if "date" in kinds:
            said["weekdays"] = [texts.word(f"weekday.{day}", locale) for day in range(1, 8)]
            if not is_chinese(locale):
                said["months"] = [texts.word(f"month.{month}", locale) for month in range(1, 13)]
        return said


def _json(value: Any) -> Any:
    """Write a known value: numbers and days as text."""
    if isinstance(value, bool | str | list):
        return value
    return plain(value) if kind_of(value) == "number" else value.isoformat()
