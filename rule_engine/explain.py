"""Explanations: for each part of a condition that fails or is missing, what is asked and what is.

A part is a leaf of `and` and `or`; of alternatives the nearest branch is told. All texts are
ready to show: labels in place of ids, options by their labels, sealed values masked.
"""

import datetime as dt
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import temporal, tree
from rule_engine.compare import holds
from rule_engine.evaluate import Compiler
from rule_engine.functions.registry import FeelFunction
from rule_engine.hints import Goal, goal_of, joint
from rule_engine.numeric import CONTEXT, grouped
from rule_engine.running import EvaluationContext, Exhausted, Run, Scope, place_name
from rule_engine.sentence import Speaker
from rule_engine.show import for_people, with_unit
from rule_engine.values import Unknown
from rule_engine.verdict import Verdict, judgement_of

MAX_LEAVES = 20


@dataclass(frozen=True, slots=True)
class Leaf:
    """要求, 实际, 差额, 状态, 怎么改 for one part of a condition, as sentences.

    `goal` is the hint as a value: with it the part holds. There is none where only the
    sentence is known.
    """

    input_id: str
    label: str
    required: str
    actual: str
    gap: str
    status: Verdict
    hint: str
    goal: Goal | None = None


class Explainer:
    """Explains trees for given inputs in one language."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        functions: Mapping[str, FeelFunction],
        inputs: Mapping[str, Any],
        context: EvaluationContext,
        locale: str,
        labels: Mapping[str, str] | None = None,
        asked: Container[str] | None = None,
        fixed: Container[str] = (),
    ) -> None:
        """Know the inputs and the language; `asked` are those that the reader can give.

        `fixed` are values worked out from others: nobody can give them.
        """
        self.asked, self.fixed = asked, fixed
        self.inputs = inputs
        self.context = context
        self.locale = locale
        self.chinese = locale.lower().startswith("zh")
        self.known = {entry.id: entry for entry in vocabulary}
        self.compiler = Compiler(functions, vocabulary.ids())
        self.speaker = Speaker(
            vocabulary, functions, locale, context.parameters, labels, context.regions
        )

    def leaves(self, node: tree.Node) -> tuple[Leaf, ...]:
        """List the parts that are not met; hints that cannot be followed together say so."""
        found = [self._leaf(part, status) for part, status in self._parts(node)[:MAX_LEAVES]]
        return self.told(found, (node,))

    def told(self, found: Sequence[Leaf], held: Iterable[tree.Node]) -> tuple[Leaf, ...]:
        """Say beside the hints if they cannot hold together, or break one of the parts `held`.

        `held` are judged as if all hints were followed; what still fails then is broken,
        where each failing part has a hint.
        """
        goals = [leaf.goal for leaf in found if leaf.goal is not None]
        if not goals or any(leaf.hint.endswith(self._clash) for leaf in found):
            return tuple(found)
        values = joint(goals, self.known, self.inputs)
        clash = values is None
        if values is not None and all(
            leaf.goal is not None or leaf.status is not Verdict.FAIL for leaf in found
        ):
            followed = {**self.inputs, **values}
            clash = any(self._judged(node, followed) is Verdict.FAIL for node in held)
        if not clash:
            return tuple(found)
        return tuple(
            leaf if leaf.goal is None else replace(leaf, hint=leaf.hint + self._clash)
            for leaf in found
        )

    @property
    def _clash(self) -> str:
        if self.chinese:
            return "不过，几条要求不能同时满足，请问工作人员。"
        return " But not everything that is asked can hold together; please ask our staff."

    def _status(self, node: tree.Node) -> Verdict:
        return self._judged(node, self.inputs)

    def _judged(self, node: tree.Node, inputs: Mapping[str, Any]) -> Verdict:
        run = Run(self.context, verdict=True)
        try:
            value = self.compiler.compile(node)(run, Scope(inputs))
        except (Exhausted, RecursionError):
            return Verdict.ERROR
        return judgement_of(value, run.notes).verdict

    def _value(self, node: tree.Node, inputs: Mapping[str, Any] | None = None) -> Any:
        run = Run(self.context, verdict=True)
        try:
            scope = Scope(self.inputs if inputs is None else inputs)
            value = self.compiler.compile(node)(run, scope)
        except (Exhausted, RecursionError):
            return None
        return None if type(value) is Unknown else value

    def _parts(self, node: tree.Node) -> list[tuple[tree.Node, Verdict]]:
        status = self._status(node)
        if status is Verdict.PASS:
            return []
        if isinstance(node, tree.Logical):
            found = [self._parts(operand) for operand in node.operands]
            if node.operator == "and":
                return [part for parts in found for part in parts]
            return min((parts for parts in found if parts), key=_distance, default=[])
        if isinstance(node, tree.If):
            chosen = self._status(node.condition)
            if chosen in (Verdict.PASS, Verdict.FAIL):
                return self._parts(node.yes if chosen is Verdict.PASS else node.no)
        return [(node, status)]

    def _leaf(self, node: tree.Node, status: Verdict) -> Leaf:
        value, test = _shape(node)
        entry = self._main_input(value if value is not None else node)
        label = self.speaker.label(entry) if entry is not None else ""
        required = self.speaker.say(node)
        if value is not None and isinstance(value, tree.Name):
            label = self.speaker.say(value)
        actual = self._actual(value, entry)
        if _is_within_region(node) and entry is not None and not entry.sealed:
            actual = place_name(self.context.regions, actual)
        gap = self._gap(value, test, entry) if status is Verdict.FAIL else ""
        goal = self._goal(node) if status is Verdict.FAIL else None
        aim = goal.condition() if goal is not None else None
        wanted = required if aim is None else self.speaker.say(aim)
        hint = self._hint(entry, label, wanted, status)
        return Leaf(entry.id if entry else "", label, required, actual, gap, status, hint, goal)

    def _goal(self, node: tree.Node) -> Goal | None:
        known = {
            name: entry
            for name, entry in self.known.items()
            if self.can_give(name) and name not in self.fixed
        }
        return goal_of(node, self.inputs, known, self._value)

    def lacking(self, entry: Input, required: str) -> Leaf:
        """Tell of an input that is missing where something computed from it is asked."""
        label = self.speaker.label(entry)
        hint = self._hint(entry, label, required, Verdict.MISSING)
        nothing = for_people(None, self.locale)
        return Leaf(entry.id, label, required, nothing, "", Verdict.MISSING, hint)

    def _main_input(self, node: tree.Node) -> Input | None:
        names = [n for n in tree.walk(node) if isinstance(n, tree.Name) and n.name in self.known]
        names.sort(key=lambda name: name.span)
        missing = [name for name in names if _is_missing(self.inputs.get(name.name))]
        return self.known[(missing or names)[0].name] if names else None

    def _actual(self, value: tree.Node | None, entry: Input | None) -> str:
        if entry is None:
            return ""
        found = self.inputs.get(entry.id)
        if _is_missing(found):
            return for_people(None, self.locale)
        if entry.sealed:
            return "已填写（内容已隐去）" if self.chinese else "given (hidden)"
        if value is not None and not isinstance(value, tree.Name):
            computed = self._value(value)
            if computed is not None and self.known.keys() & _sealed(value, self.known) == set():
                return for_people(computed, self.locale)
        return self.shown(entry, found)

    def shown(self, entry: Input, value: Any) -> str:
        """Write the value of an input: options by their labels, with the unit."""
        if entry.sealed and value is not None:
            return "已填写（内容已隐去）" if self.chinese else "given (hidden)"
        if entry.options:
            if isinstance(value, str):
                return self.speaker.option(entry, value)
            if isinstance(value, list):
                labels = [self.speaker.option(entry, one) for one in value if isinstance(one, str)]
                return ("、" if self.chinese else ", ").join(labels)
        said = for_people(value, self.locale)
        return with_unit(said, entry.unit if isinstance(value, Decimal) else None, self.locale)

    def _gap(
        self, value: tree.Node | None, test: tuple[str, tree.Node] | None, entry: Input | None
    ) -> str:
        if value is None or test is None or entry is None or entry.sealed:
            return ""
        operator, limit = test
        if operator not in ("<", "<=", ">", ">=", "="):
            return ""
        first, second = self._value(value), self._value(limit)
        if holds(operator, first, second) is not False:
            return ""
        unit = entry.unit if isinstance(value, tree.Name) else None
        if isinstance(first, Decimal) and isinstance(second, Decimal):
            amount = grouped(abs(CONTEXT.subtract(second, first)))
            return self._difference(with_unit(amount, unit, self.locale), first < second)
        if isinstance(first, dt.date) and isinstance(second, dt.date):
            early, late = sorted((_day(first), _day(second)))
            return self._difference(_length(early, late, self.locale), first < second)
        return ""

    def _difference(self, amount: str, short: bool) -> str:
        if self.chinese:
            return f"还差{amount}" if short else f"超出{amount}"
        return f"{amount} short" if short else f"{amount} over"

    def can_give(self, input_id: str) -> bool:
        """Tell whether the reader can give an input; facts come from the platform."""
        return self.asked is None or input_id in self.asked

    def _hint(self, entry: Input | None, label: str, required: str, status: Verdict) -> str:
        if status is Verdict.MISSING and entry is not None and not self.can_give(entry.id):
            return "由工作人员核对。" if self.chinese else "Our staff will check this."
        if status is Verdict.MISSING and label:
            return f"请补充“{label}”。" if self.chinese else f'Please give "{label}".'
        if status is Verdict.ERROR:
            return (
                "系统没能算出这一条，请联系管理员。"
                if self.chinese
                else "This could not be worked out; please tell the administrator."
            )
        return f"需要{required}。" if self.chinese else f"Needed: {required}."


def _is_within_region(node: tree.Node) -> bool:
    return isinstance(node, tree.Call) and node.function == tree.Name("within region")


def _is_missing(value: Any) -> bool:
    return value is None or type(value) is Unknown


def _distance(parts: list[tuple[tree.Node, Verdict]]) -> tuple[int, int]:
    return (sum(status is not Verdict.MISSING for _, status in parts), len(parts))


def _shape(node: tree.Node) -> tuple[tree.Node | None, tuple[str, tree.Node] | None]:
    if isinstance(node, tree.Comparison):
        if isinstance(node.left, tree.NumberLiteral | tree.StringLiteral | tree.AtLiteral):
            flipped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            return node.right, (flipped.get(node.operator, node.operator), node.left)
        return node.left, (node.operator, node.right)
    if isinstance(node, tree.Between | tree.Membership):
        return node.value, None
    return None, None


def _sealed(node: tree.Node, known: Mapping[str, Input]) -> set[str]:
    names = {n.name for n in tree.walk(node) if isinstance(n, tree.Name)}
    return {name for name in names if name in known and known[name].sealed}


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _length(early: dt.date, late: dt.date, locale: str) -> str:
    months = temporal.months_between(early, late)
    start = temporal.add_months(early, months) or early
    pieces = []
    if months:
        pieces.append(for_people(temporal.months_of(months), locale))
    days = (late - start).days
    if days or not months:
        chinese = locale.lower().startswith("zh")
        pieces.append(f"{days}天" if chinese else f"{days} {'day' if days == 1 else 'days'}")
    return ("" if locale.lower().startswith("zh") else " ").join(pieces)
