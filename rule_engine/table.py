"""Decision tables: hit policies and aggregation over compiled cells (DMN 1.5, 8.2.10)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Protocol

from rule_engine.arithmetic import calculate
from rule_engine.calls import Closure
from rule_engine.compare import compare, equal
from rule_engine.numeric import of_int
from rule_engine.running import Run, Scope
from rule_engine.tree import NO_SPAN
from rule_engine.values import Unknown, unknown_of


@dataclass(frozen=True, slots=True)
class CompiledRow:
    """One rule; a test that is None lets any value pass."""

    id: str
    tests: tuple[Closure | None, ...]
    outputs: tuple[Closure, ...]


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A table; `priorities` are the output values of each column, the highest first."""

    hit_policy: str
    aggregation: str
    columns: tuple[Closure, ...]
    output_ids: tuple[str, ...]
    rows: tuple[CompiledRow, ...]
    priorities: tuple[tuple[Closure, ...], ...] = ()
    defaults: tuple[Closure | None, ...] = ()
    allowed: tuple[Closure | None, ...] = ()
    fast: "Fast | None" = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class TableResult:
    """What a table gives; `unknown` where missing inputs could change it, `code` where it fails."""

    value: Any
    rows: tuple[str, ...] = ()
    unknown: Unknown | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matches; `unknown` where missing inputs could keep it from matching."""

    row: CompiledRow
    unknown: Unknown | None


class Fast(Protocol):
    """A faster way to decide a table."""

    answer: Callable[[Mapping[str, Any]], TableResult | None]
    """Decides by inputs alone, where none is missing; None where it cannot."""

    def decide(self, table: CompiledTable, run: Run, scope: Scope) -> TableResult | None:
        """Give the same result, or None where the table has to be decided as here."""
        ...


def decide_at_once(table: CompiledTable, run: Run, inputs: Mapping[str, Any]) -> TableResult:
    """Decide a table that is all of a run."""
    if table.fast is not None:
        found = table.fast.answer(inputs)
        if found is not None:
            return found
    return decide(table, run, Scope(inputs))


def decide(table: CompiledTable, run: Run, scope: Scope) -> TableResult:
    """Find the rules that match, and join their outputs by the hit policy."""
    if table.fast is not None:
        found = table.fast.decide(table, run, scope)
        if found is not None:
            return found
    return decide_plainly(table, run, scope)


def decide_plainly(table: CompiledTable, run: Run, scope: Scope) -> TableResult:
    """Go through all rules in their order."""
    subjects = [column(run, scope) for column in table.columns]
    scopes = [Scope({"?": subject}, scope) for subject in subjects]
    for allowed, inner, subject in zip(table.allowed, scopes, subjects, strict=False):
        if allowed is None or type(subject) is Unknown or allowed(run, inner) is True:
            continue
        run.error("decision_input_not_allowed", NO_SPAN)
        return TableResult(None, code="decision_input_not_allowed")
    return finish(table, _hits(table, run, scopes), run, scope)


def finish(table: CompiledTable, hits: list[Hit], run: Run, scope: Scope) -> TableResult:
    """Join the outputs of the rules that match by the hit policy."""
    return _POLICIES[table.hit_policy](table, hits, run, scope)


def _hits(table: CompiledTable, run: Run, scopes: Sequence[Scope]) -> list[Hit]:
    hits: list[Hit] = []
    first = table.hit_policy == "FIRST"
    for row in table.rows:
        run.step()
        unknown: list[Any] = []
        for test, inner in zip(row.tests, scopes, strict=True):
            if test is None:
                continue
            answer = test(run, inner)
            if answer is True:
                continue
            if type(answer) is Unknown:
                unknown.append(answer)
                continue
            break
        else:
            hits.append(Hit(row, unknown_of(*unknown)))
            if first and not unknown:
                break
    return hits


def _sure(hits: list[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit.unknown is None]


def _doubt(hits: list[Hit]) -> Unknown | None:
    return unknown_of(*(hit.unknown for hit in hits))


def _ids(hits: Sequence[Hit]) -> tuple[str, ...]:
    return tuple(hit.row.id for hit in hits)


def _outputs(table: CompiledTable, hit: Hit, run: Run, scope: Scope) -> Any:
    values = [output(run, scope) for output in hit.row.outputs]
    unknown = unknown_of(*values)
    return unknown if unknown is not None else _shaped(table, values)


def _shaped(table: CompiledTable, values: Sequence[Any]) -> Any:
    if len(table.output_ids) == 1:
        return values[0]
    return dict(zip(table.output_ids, values, strict=True))


def _one(table: CompiledTable, hit: Hit, run: Run, scope: Scope) -> TableResult:
    value = _outputs(table, hit, run, scope)
    if type(value) is Unknown:
        return TableResult(None, _ids([hit]), value)
    return TableResult(value, _ids([hit]))


def _none(table: CompiledTable, doubt: Unknown | None, run: Run, scope: Scope) -> TableResult:
    if doubt is not None:
        return TableResult(None, (), doubt)
    if any(default is not None for default in table.defaults):
        values = [None if default is None else default(run, scope) for default in table.defaults]
        return TableResult(_shaped(table, values))
    return TableResult(None, code="decision_no_row")


def _unique(table: CompiledTable, hits: list[Hit], run: Run, scope: Scope) -> TableResult:
    sure = _sure(hits)
    if len(sure) > 1:
        rows = ", ".join(_ids(sure))
        run.error("decision_unique_violated", NO_SPAN, rows=rows)
        return TableResult(None, _ids(sure), code="decision_unique_violated")
    if sure:
        return _one(table, sure[0], run, scope)
    return _none(table, _doubt(hits), run, scope)


def _any(table: CompiledTable, hits: list[Hit], run: Run, scope: Scope) -> TableResult:
    sure = _sure(hits)
    if not sure:
        return _none(table, _doubt(hits), run, scope)
    values = [_outputs(table, hit, run, scope) for hit in sure]
    unknown = unknown_of(*values)
    if unknown is not None:
        return TableResult(None, _ids(sure), unknown)
    if any(equal(value, values[0]) is not True for value in values[1:]):
        run.error("decision_any_violated", NO_SPAN, rows=", ".join(_ids(sure)))
        return TableResult(None, _ids(sure), code="decision_any_violated")
    return TableResult(values[0], _ids(sure))


def _first(table: CompiledTable, hits: list[Hit], run: Run, scope: Scope) -> TableResult:
    if not _sure(hits):
        return _none(table, _doubt(hits), run, scope)
    return _same_or_unknown(table, hits, run, scope)


def _same_or_unknown(table: CompiledTable, hits: list[Hit], run: Run, scope: Scope) -> TableResult:
    last = hits[-1]
    doubt = _doubt(hits)
    result = _one(table, last, run, scope)
    if doubt is None or result.unknown is not None:
        return result
    others = [_outputs(table, hit, run, scope) for hit in hits[:-1]]
    if all(equal(other, result.value) is True for other in others):
        return TableResult(result.value, ())
    return TableResult(None, (), doubt)


def _rank(table: CompiledTable, hit: Hit, run: Run, scope: Scope) -> tuple[int, ...]:
    ranks = []
    for output, choices in zip(hit.row.outputs, table.priorities, strict=False):
        value = output(run, scope)
        found = len(choices)
        for place, choice in enumerate(choices):
            if equal(choice(run, scope), value) is True:
                found = place
                break
        ranks.append(found)
    return tuple(ranks)


def _priority(table: CompiledTable, hits: list[Hit], run: Run, scope: Scope) -> TableResult:
    sure = _sure(hits)
    if not sure:
        return _none(table, _doubt(hits), run, scope)
    ranked = sorted(sure, key=lambda hit: _rank(table, hit, run, scope))
    best = _rank(table, ranked[0], run, scope)
    rivals = [h for h in hits if h.unknown is not None and _rank(table, h, run, scope) < best]
    if rivals:
        return TableResult(None, (), _doubt(rivals))
    return _one(table, ranked[0], run, scope)


def _listed(table: CompiledTable, hits: list[Hit], run: Run, scope: Scope) -> TableResult:
    doubt = _doubt(hits)
    if doubt is not None:
        return TableResult(None, (), doubt)
    values = [_outputs(table, hit, run, scope) for hit in hits]
    unknown = unknown_of(*values)
    if unknown is not None:
        return TableResult(None, _ids(hits), unknown)
    return TableResult(values, _ids(hits))


def _rule_order(table: CompiledTable, hits: list[Hit], run: Run, scope: Scope) -> TableResult:
    if not hits and any(default is not None for default in table.defaults):
        return _none(table, None, run, scope)
    return _listed(table, hits, run, scope)


def _output_order(table: CompiledTable, hits: list[Hit], run: Run, scope: Scope) -> TableResult:
    ranked = sorted(hits, key=lambda hit: _rank(table, hit, run, scope))
    return _rule_order(table, ranked, run, scope)


def _collect(table: CompiledTable, hits: list[Hit], run: Run, scope: Scope) -> TableResult:
    listed = _rule_order(table, hits, run, scope)
    if not table.aggregation or listed.unknown is not None or not isinstance(listed.value, list):
        return listed
    values = listed.value
    if table.aggregation == "count":
        return TableResult(of_int(len(values)), listed.rows)
    if not values:
        return TableResult(None, (), code="decision_no_row")
    if len(table.output_ids) > 1:
        parts = {
            name: _aggregated(table.aggregation, [value[name] for value in values])
            for name in table.output_ids
        }
        return TableResult(parts, listed.rows)
    return TableResult(_aggregated(table.aggregation, values), listed.rows)


def _aggregated(kind: str, values: list[Any]) -> Any:
    if kind == "sum":
        return reduce(lambda a, b: calculate("+", a, b), values)
    best = values[0]
    for value in values[1:]:
        order = compare(value, best)
        if order is None:
            return None
        if (order < 0) == (kind == "min") and order:
            best = value
    return best


_POLICIES = {
    "UNIQUE": _unique,
    "ANY": _any,
    "FIRST": _first,
    "PRIORITY": _priority,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
    "COLLECT": _collect,
}
