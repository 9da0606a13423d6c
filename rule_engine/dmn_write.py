"""Writing DMN 1.5 files: one version of a decision, labels as names, ids as ids."""

from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from app_definitions import decision as ours
from app_definitions.problem import Problem, Problems, warning
from app_definitions.vocabulary import Vocabulary
from rule_engine import tree
from rule_engine.dmn_xml import NAMESPACES
from rule_engine.functions.known import FUNCTIONS, STANDARD
from rule_engine.lexer import NAME, NUMBER, quoted, tokens_of
from rule_engine.names import Names
from rule_engine.parser import parse_expression, parse_unary_tests
from rule_engine.printer import text_of
from rule_engine.properties import NAMES as PROPERTIES
from rule_engine.renaming import Deeper, renamed

_NS = NAMESPACES[-1]
_PREFIXES: Any = {None: _NS}
_Xml = etree._Element


def write_dmn(
    decision: ours.Decision,
    version: ours.Version,
    vocabulary: Vocabulary = Vocabulary(),  # noqa: B008 a frozen value
    *,
    path: str = "",
) -> tuple[bytes, Problems]:
    """Write a version; functions of ours and articles of law are listed as not kept."""
    work = _Writer(decision, version, vocabulary, path)
    content = etree.tostring(
        work.write(), encoding="UTF-8", xml_declaration=True, pretty_print=True
    )
    return content, tuple(dict.fromkeys(work.problems))


class _Writer:
    def __init__(
        self,
        decision: ours.Decision,
        version: ours.Version,
        vocabulary: Vocabulary,
        path: str,
    ) -> None:
        self.decision = decision
        self.version = version
        self.path = path
        self.problems: list[Problem] = []
        labels = {entry.id: entry.label for entry in vocabulary if "." not in entry.id}
        labels |= {entry.id: entry.label for entry in decision.inputs if entry.label}
        labels |= {node.id: node.label for node in version.nodes}
        self.types = {entry.id: entry.type for entry in vocabulary}
        self.types |= {entry.id: entry.type for entry in decision.inputs if entry.type}
        self.names = _unique(labels)
        self.used: dict[str, None] = {}
        self.root = etree.Element(f"{{{_NS}}}definitions", nsmap=_PREFIXES)
        self.root.set("name", decision.name)
        self.root.set("id", decision.id)
        self.root.set("namespace", f"urn:gcrm:decision:{decision.id}")
        self.root.set("exporter", "gcrm")

    def lost(self, what: str) -> None:
        self.problems.append(warning(self.path, "dmn_not_kept", what=what))

    def write(self) -> _Xml:
        version = self.version
        if version.table is not None:
            self.element(self.decision.id, self.decision.name, "", version.table, {})
        earlier: dict[str, str] = {}
        for node in version.nodes:
            logic = node.table if node.table is not None else node.expression
            self.element(node.id, self.names.get(node.id, node.id), node.type, logic, earlier)
            earlier[node.id] = node.label
        for condition in version.conditions:
            self.element(condition.id, condition.name, "boolean", condition.that, earlier)
            for prop in ("message", "fix", "source"):
                if getattr(condition, prop):
                    self.lost(f"{condition.id}.{prop}")
        for input_id in self.used:
            data = self.add(self.root, "inputData", id=input_id, name=self.name(input_id))
            kind = self.types.get(input_id, "")
            typed = {"typeRef": kind} if kind and "<" not in kind and kind != "any" else {}
            self.add(data, "variable", name=self.name(input_id), **typed)
        return self.root

    def name(self, input_id: str) -> str:
        return self.names.get(input_id, input_id)

    def add(self, parent: _Xml, tag: str, text: str | None = None, **attributes: str) -> _Xml:
        found = etree.SubElement(parent, f"{{{_NS}}}{tag}")
        for key, value in attributes.items():
            found.set(key, value)
        found.text = text
        return found

    def element(
        self,
        element_id: str,
        name: str,
        kind: str,
        logic: ours.Table | str,
        earlier: Mapping[str, str],
    ) -> None:
        decision = self.add(self.root, "decision", id=element_id, name=name)
        typed = {"typeRef": kind} if kind and "<" not in kind and kind != "any" else {}
        self.add(decision, "variable", name=name, **typed)
        needs: dict[str, None] = {}
        holder = etree.Element("holder")
        if isinstance(logic, str):
            literal = self.add(holder, "literalExpression")
            self.add(literal, "text", self.text(logic, needs))
        else:
            self.table(holder, logic, needs)
        for need in needs:
            requirement = self.add(decision, "informationRequirement")
            tag = "requiredDecision" if need in earlier else "requiredInput"
            self.add(requirement, tag, href=f"#{need}")
            if need not in earlier:
                self.used[need] = None
        decision.extend(list(holder))

    def table(self, parent: _Xml, table: ours.Table, needs: dict[str, None]) -> None:
        node = self.add(parent, "decisionTable", hitPolicy=table.hit_policy)
        if table.aggregation:
            node.set("aggregation", table.aggregation.upper())
        for column in table.inputs:
            clause = self.add(node, "input", id=column.id, label=column.label)
            asked = self.add(clause, "inputExpression")
            self.add(asked, "text", self.text(column.expression, needs))
            self.options(clause, "inputValues", column.options)
        for output in table.outputs:
            clause = self.add(node, "output", id=output.id, name=output.label)
            if output.type and "<" not in output.type and output.type != "any":
                clause.set("typeRef", output.type)
            self.options(clause, "outputValues", output.options)
        for row in table.rows:
            rule = self.add(node, "rule", id=row.id)
            for text in row.inputs:
                self.add(self.add(rule, "inputEntry"), "text", self.tests(text, needs))
            for text in row.outputs:
                self.add(self.add(rule, "outputEntry"), "text", self.text(text or "null", needs))
            if row.source:
                self.lost(f"{row.id}.source")

    def options(self, clause: _Xml, tag: str, options: Iterable[ours.Choice]) -> None:
        codes = [quoted(option.code) for option in options]
        if codes:
            self.add(self.add(clause, tag), "text", ", ".join(codes))

    # Texts

    def text(self, text: str, needs: dict[str, None]) -> str:
        node, faults = parse_expression(text, self._known())
        return text if faults else self._renamed(node, needs)

    def tests(self, text: str, needs: dict[str, None]) -> str:
        node, faults = parse_unary_tests(text, self._known())
        return text if faults else self._renamed(node, needs)

    def _known(self) -> Names:
        return Names((*self.names, "parameters"), FUNCTIONS, PROPERTIES)

    def _renamed(self, node: tree.Node, needs: dict[str, None]) -> str:
        def rename(name: str) -> str:
            if name in self.names or name == "parameters":
                needs[name] = None
                return self.name(name)
            return name

        def special(old: tree.Node, deeper: Deeper) -> tree.Node | None:
            """Leave a called function alone, even where an input is called like it."""
            function = old.function if isinstance(old, tree.Call) else None
            if not isinstance(old, tree.Call) or not isinstance(function, tree.Name):
                return None
            if function.name not in FUNCTIONS:
                return None
            if function.name not in STANDARD:
                self.lost(f"{function.name}()")
            given = [tree.Argument(deeper(each.value), each.name) for each in old.arguments]
            return tree.Call(function, tuple(given))

        return text_of(renamed(node, rename, special))


def _unique(labels: Mapping[str, str]) -> dict[str, str]:
    """Choose names: labels that FEEL can read and that are nobody else's, else ids."""
    found = {}
    for input_id, label in labels.items():
        kinds = [token.kind for token in tokens_of(label)[:-1]]
        readable = bool(kinds) and kinds[0] == NAME and set(kinds) <= {NAME, NUMBER}
        others = [other for key, other in labels.items() if key != input_id]
        usable = readable and label not in others and label not in labels and label not in FUNCTIONS
        found[input_id] = label if usable else input_id
    return found
