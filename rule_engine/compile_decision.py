"""From definition to decision: every text of every version compiled, every reference checked."""

import re
from collections.abc import Iterable, Mapping

from app_definitions import decision as definitions
from app_definitions import ids
from app_definitions.problem import Problem, Problems, error, has_errors
from app_definitions.vocabulary import Input, Option, Vocabulary
from rule_engine import tree
from rule_engine.calls import Closure
from rule_engine.check import type_of
from rule_engine.decision import CompiledCondition, CompiledNode, CompiledVersion, Decision
from rule_engine.evaluate import Compiler
from rule_engine.expression import (
    Expression,
    Profile,
    compile_expression,
    compile_unary_tests,
)
from rule_engine.fast_decide import FastDecide, RowTrees, Source
from rule_engine.fast_table import Column
from rule_engine.feel_types import ANY, BOOLEAN, Type, agrees
from rule_engine.functions.known import FUNCTIONS
from rule_engine.functions.registry import FeelFunction
from rule_engine.table import CompiledRow, CompiledTable

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def compile_decision(
    decision: definitions.Decision,
    vocabulary: Vocabulary,
    *,
    part: str = "",
    functions: Mapping[str, FeelFunction] = FUNCTIONS,
    profile: Profile = "gcrm",
) -> tuple[Decision | None, Problems]:
    """Compile a decision against an app's vocabulary; all problems come back together."""
    work = _Work(part or f"decisions/{decision.id}.json", functions, profile)
    known = vocabulary.extended(_declared(decision, vocabulary))
    versions = tuple(work.version(version, known) for version in decision.versions)
    work.overlaps(decision.versions)
    problems = tuple(work.problems)
    if has_errors(problems):
        return None, problems
    compiled = Decision(
        decision.id,
        decision.name,
        decision.kind,
        work.part,
        versions,
        known,
        functions,
    )
    return compiled, problems


def _declared(decision: definitions.Decision, vocabulary: Vocabulary) -> list[Input]:
    return [
        Input(entry.id, entry.label or entry.id, entry.type)
        for entry in decision.inputs
        if entry.type and entry.id not in vocabulary
    ]


class _Work:
    """The problems found so far, and how to compile each thing."""

    def __init__(self, part: str, functions: Mapping[str, FeelFunction], profile: Profile) -> None:
        self.part = part
        self.functions = functions
        self.profile: Profile = profile
        self.problems: list[Problem] = []

    def path(self, inside: Iterable[str], prop: str) -> str:
        return ids.path(self.part, inside, prop)

    def expression(self, text: str, known: Vocabulary, path: str) -> Expression | None:
        compiled, problems = compile_expression(
            text, known, profile=self.profile, functions=self.functions, path=path
        )
        self.problems += problems
        return compiled

    def version(self, version: definitions.Version, known: Vocabulary) -> CompiledVersion:
        table = self.table(version.table, known, [version.id]) if version.table else None
        nodes: list[CompiledNode] = []
        inner = known
        later = {node.id: node.label for node in version.nodes}
        for node in version.nodes:
            compiled_node, kind = self.node(node, inner, version.id, later)
            nodes.append(compiled_node)
            later.pop(node.id, None)
            inner = inner.extended([_step(node, str(kind))])
        conditions = []
        for condition in version.conditions:
            compiled = self.condition(condition, inner, [version.id, condition.id])
            if compiled is not None:
                conditions.append(compiled)
        return CompiledVersion(version, tuple(conditions), table, tuple(nodes), inner)

    def condition(
        self, condition: definitions.Condition, known: Vocabulary, inside: list[str]
    ) -> CompiledCondition | None:
        that = self.expression(condition.that, known, self.path(inside, "that"))
        if that is not None and not agrees(that.type, BOOLEAN):
            self.problems.append(
                error(
                    self.path(inside, "that"),
                    "decision_not_boolean",
                    name=condition.name,
                    type=str(that.type),
                )
            )
        values: list[tuple[str, Expression]] = []
        for value in condition.values:
            path = self.path([*inside, value.id], "expression")
            compiled = self.expression(value.expression, known, path)
            if compiled is not None:
                values.append((value.id, compiled))
        given = {value.id for value in condition.values}
        for prop in ("message", "fix"):
            for name in _PLACEHOLDER.findall(getattr(condition, prop)):
                if name not in given:
                    self.problems.append(
                        error(self.path(inside, prop), "decision_unknown_placeholder", name=name)
                    )
        if not condition.message.strip():
            self.problems.append(
                error(self.path(inside, "message"), "decision_message_missing", name=condition.name)
            )
        return None if that is None else CompiledCondition(condition, that, tuple(values))

    def node(
        self,
        node: definitions.Node,
        known: Vocabulary,
        version_id: str,
        later: Mapping[str, str],
    ) -> tuple[CompiledNode, Type]:
        inside = [version_id, node.id]
        if node.table is not None:
            return CompiledNode(node.id, None, self.table(node.table, known, inside)), ANY
        path = self.path(inside, "expression")
        before = len(self.problems)
        expression = self.expression(node.expression, known, path)
        if expression is None and _names_later(self.problems[before:], later):
            del self.problems[before:]
            self.problems.append(error(path, "decision_graph_circle", name=node.label or node.id))
        return CompiledNode(node.id, expression, None), expression.type if expression else ANY

    # Tables

    def table(
        self, table: definitions.Table, known: Vocabulary, inside: list[str]
    ) -> CompiledTable | None:
        before = len(self.problems)
        columns: list[Closure] = []
        subjects: list[tuple[Input | None, Type]] = []
        sources: list[Column] = []
        for column in table.inputs:
            path = self.path([*inside, column.id], "expression")
            expression = self.expression(column.expression, known, path)
            columns.append(_never if expression is None else expression.closure)
            subjects.append(subject_of(column, expression, known))
            if expression is not None:
                kind = subjects[-1][1].name
                sources.append(Column(expression.tree, kind, expression.closure))
        made = [self.row(row, table, known, subjects, inside) for row in table.rows]
        rows = [row for row, _ in made]
        priorities = tuple(
            tuple(_literal(choice.code, type_of(output.type)) for choice in output.options)
            for output in table.outputs
        )
        if has_errors(self.problems[before:]):
            return None
        return CompiledTable(
            table.hit_policy,
            table.aggregation,
            tuple(columns),
            tuple(output.id for output in table.outputs),
            tuple(rows),
            priorities,
            fast=FastDecide(Source(tuple(sources), tuple(trees for _, trees in made), known)),
        )

    def row(
        self,
        row: definitions.Row,
        table: definitions.Table,
        known: Vocabulary,
        subjects: list[tuple[Input | None, Type]],
        inside: list[str],
    ) -> tuple[CompiledRow, RowTrees]:
        tests: list[Closure | None] = []
        trees: list[tree.Node | None] = []
        results: list[tree.Node] = []
        for at, (text, (subject, kind)) in enumerate(zip(row.inputs, subjects, strict=False)):
            path = self.path([*inside, row.id], f"inputs[{at}]")
            compiled, problems = compile_unary_tests(
                text,
                known,
                subject=subject,
                subject_type=kind,
                profile=self.profile,
                functions=self.functions,
                path=path,
            )
            self.problems += problems
            always = compiled is None or compiled.tree == tree.UnaryTests(())
            tests.append(None if compiled is None or always else compiled.closure)
            trees.append(None if compiled is None or always else compiled.tree)
        outputs: list[Closure] = []
        for at, (text, output) in enumerate(zip(row.outputs, table.outputs, strict=False)):
            path = self.path([*inside, row.id], f"outputs[{at}]")
            expression = self.expression(text.strip() or "null", known, path)
            if expression is None:
                continue
            self.output(expression, output, path)
            outputs.append(expression.closure)
            results.append(expression.tree)
        compiled_row = CompiledRow(row.id, tuple(tests), tuple(outputs))
        return compiled_row, RowTrees(tuple(trees), tuple(results))

    def output(self, expression: Expression, output: definitions.TableOutput, path: str) -> None:
        wanted = type_of(output.type)
        if not agrees(expression.type, wanted):
            self.problems.append(
                error(
                    path,
                    "decision_output_type",
                    output=output.label,
                    wanted=output.type,
                    found=str(expression.type),
                )
            )
        node = expression.tree
        if output.options and isinstance(node, tree.StringLiteral):
            codes = [choice.code for choice in output.options]
            if node.value not in codes:
                self.problems.append(
                    error(
                        path,
                        "decision_output_option",
                        value=node.value,
                        output=output.label,
                        options="、".join(codes[:8]),
                    )
                )

    # Versions

    def overlaps(self, versions: tuple[definitions.Version, ...]) -> None:
        for at, first in enumerate(versions):
            for second in versions[at + 1 :]:
                if first.region == second.region and _overlap(first, second):
                    self.problems.append(
                        error(
                            self.path([second.id], "effective_from"),
                            "decision_versions_overlap",
                            first=first.id,
                            second=second.id,
                        )
                    )


def _overlap(first: definitions.Version, second: definitions.Version) -> bool:
    starts = max(first.effective_from, second.effective_from)
    ends = [end for end in (first.effective_to, second.effective_to) if end is not None]
    return not ends or starts <= min(ends)


def _step(node: definitions.Node, kind: str) -> Input:
    """Make the input that later texts name; a table of one output has its type and options."""
    table = node.table
    if table is None or len(table.outputs) != 1 or table.aggregation:
        return Input(node.id, node.label, node.type or kind)
    output = table.outputs[0]
    single = table.hit_policy in ("UNIQUE", "FIRST", "PRIORITY", "ANY")
    options = tuple(Option(choice.code, choice.label) for choice in output.options)
    return Input(
        node.id,
        node.label,
        node.type or (output.type if single else kind),
        options=options if single else (),
    )


def _names_later(problems: Iterable[Problem], later: Mapping[str, str]) -> bool:
    return any(
        problem.code.startswith("feel_unknown_name") and problem.values.get("name") in later
        for problem in problems
    )


def subject_of(
    column: definitions.TableInput, expression: Expression | None, known: Vocabulary
) -> tuple[Input | None, Type]:
    """Give what the cells of a column test: its input with options, and its type."""
    """Tell which input a column asks about, with the column's own options, and its type."""
    kind = ANY if expression is None else expression.type
    entry: Input | None = None
    if expression is not None and isinstance(expression.tree, tree.Name):
        entry = known.get(expression.tree.name)
    if column.options:
        options = tuple(Option(choice.code, choice.label) for choice in column.options)
        base = entry or Input(column.id, column.label, str(kind))
        return Input(base.id, column.label or base.label, base.type, options=options), kind
    return entry, kind


def _literal(code: str, kind: Type) -> Closure:
    node, problems = compile_expression(code, Vocabulary(), profile="dmn")
    if kind.name == "string" or node is None or problems:
        return Compiler({}).compile(tree.StringLiteral(code))
    return node.closure


def _never(run: object, scope: object) -> None:
    return None
