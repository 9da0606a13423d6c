"""Decisions: lists of conditions, decision tables and graphs, in versions with dates of law."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from app_definitions import ids, reading
from app_definitions.problem import Problem, Problems, error
from app_definitions.shapes import Code, Feel, Id, Text, Word

HitPolicy = Literal["UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"]


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A name that the decision uses; without a type it is looked up in the app's vocabulary."""

    id: Id
    label: Text = ""
    type: Word = ""


@dataclass(frozen=True, slots=True)
class MessageValue:
    """A value for `{id}` in a message."""

    id: Id
    expression: Feel


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be true; message and fix are what a person reads when it is not."""

    id: Id
    name: Text
    that: Feel
    message: Text
    values: tuple[MessageValue, ...] = ()
    fix: Text = ""
    source: Text = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """An allowed value of a column; for outputs the order is the priority."""

    code: Word
    label: Text


@dataclass(frozen=True, slots=True)
class TableInput:
    """A column that asks."""

    id: Id
    label: Text
    expression: Feel
    options: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class TableOutput:
    """A column that answers; `type` is a FEEL type."""

    id: Id
    label: Text
    type: Word
    options: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: unary tests under the inputs (empty or `-` is any), expressions for outputs."""

    id: Id
    inputs: tuple[Feel, ...]
    outputs: tuple[Feel, ...]
    source: Text = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table (DMN 1.5, 8)."""

    hit_policy: HitPolicy
    inputs: tuple[TableInput, ...]
    outputs: tuple[TableOutput, ...]
    rows: tuple[Row, ...]
    aggregation: Literal["", "sum", "min", "max", "count"] = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A step of a graph: an expression or a table whose result later nodes may name by its id."""

    id: Id
    label: Text
    type: Word = ""
    expression: Feel = ""
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """The decision as it holds between two dates (both included) in a region (empty: everywhere).

    A graph's last node is its result. A list of conditions may have nodes too, worked out before
    its conditions, which may name them.
    """

    id: Id
    effective_from: dt.date
    source: Text
    effective_to: dt.date | None = None
    region: Code | None = None
    conditions: tuple[Condition, ...] = ()
    table: Table | None = None
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class InputValue:
    """A value given by a test, as JSON has it in snapshots."""

    input: Id
    value: Any


@dataclass(frozen=True, slots=True)
class OutputValue:
    """A value expected by a test."""

    output: Id
    value: Any


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a test expects: a verdict, conditions that fail, rows that match, outputs."""

    verdict: Literal["", "pass", "fail", "missing"] = ""
    failed: tuple[Id, ...] = ()
    rows: tuple[Id, ...] = ()
    outputs: tuple[OutputValue, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionTest:
    """An example: given these inputs at this moment, this comes out."""

    id: Id
    name: Text
    as_of: dt.datetime
    given: tuple[InputValue, ...]
    expect: Expectation
    region: Code | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A rule that staff can change: its versions, and tests that show what it does."""

    FORMAT: ClassVar[str] = "gcrm.decision/1"

    id: Id
    name: Text
    kind: Literal["conditions", "table", "graph"]
    inputs: tuple[DecisionInput, ...] = ()
    versions: tuple[Version, ...] = ()
    tests: tuple[DecisionTest, ...] = ()


def read_decision(document: Any, part: str) -> tuple[Decision | None, Problems]:
    """Read a decision; all problems come back together."""
    return reading.read(Decision, document, part, check=_check, scopes=(Version, Node, Condition))


def write_decision(decision: Decision) -> dict[str, Any]:
    """Give the canonical document."""
    return reading.write(decision)


def _check(decision: Decision, part: str) -> list[Problem]:
    problems: list[Problem] = []
    content = {"conditions": "conditions", "table": "table", "graph": "nodes"}[decision.kind]
    for version in decision.versions:
        if version.effective_to is not None and version.effective_to < version.effective_from:
            problems.append(
                error(
                    ids.path(part, [version.id], "effective_to"),
                    "ends_before_it_begins",
                    begins=version.effective_from.isoformat(),
                    ends=version.effective_to.isoformat(),
                )
            )
        for name in ("conditions", "table", "nodes"):
            if name == "nodes" and content == "conditions":
                continue
            if bool(getattr(version, name)) != (name == content):
                code = "version_is_empty" if name == content else "version_of_other_kind"
                problems.append(error(ids.path(part, [version.id], name), code, kind=decision.kind))
        if version.table is not None:
            problems += _check_table(version.table, part, [version.id])
        for node in version.nodes:
            if node.table is not None:
                problems += _check_table(node.table, part, [version.id, node.id])
    return problems


def _check_table(table: Table, part: str, inside: list[str]) -> list[Problem]:
    problems = []
    for row in table.rows:
        for name, columns in (("inputs", table.inputs), ("outputs", table.outputs)):
            cells = getattr(row, name)
            if len(cells) != len(columns):
                problems.append(
                    error(
                        ids.path(part, [*inside, row.id], name),
                        "row_has_other_width",
                        cells=len(cells),
                        columns=len(columns),
                    )
                )
    if table.aggregation and table.hit_policy != "COLLECT":
        problems.append(
            error(ids.path(part, inside, "table.aggregation"), "aggregation_needs_collect")
        )
    return problems
