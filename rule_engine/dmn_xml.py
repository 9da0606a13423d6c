"""Reading DMN 1.2 to 1.5 files: XML to a model, nothing fetched, no entities."""

from collections.abc import Callable

from lxml import etree

from app_definitions.problem import Problem, Problems, error, warning
from rule_engine.dmn_model import (
    Box,
    Clause,
    ContextBox,
    DecisionElement,
    DmnModel,
    Element,
    EntryBox,
    FilterBox,
    FunctionBox,
    IfBox,
    Import,
    InputElement,
    InvocationBox,
    ItemDefinition,
    IteratorBox,
    KnowledgeElement,
    ListBox,
    Literal,
    RelationBox,
    ServiceElement,
    TableBox,
    TableRule,
)
from rule_engine.names import normalized

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
"""DMN 1.2, 1.3, 1.4, 1.5."""

MAX_BYTES = 5_000_000
_AGGREGATIONS = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}
_NOT_KEPT = frozenset(
    {
        "import",
        "textAnnotation",
        "association",
        "group",
        "knowledgeSource",
        "organizationUnit",
        "performanceIndicator",
        "elementCollection",
    }
)

_Xml = etree._Element


def read_dmn(content: bytes, part: str = "") -> tuple[DmnModel | None, Problems]:
    """Read a file; what cannot be kept is listed as warnings."""
    if len(content) > MAX_BYTES:
        return None, (error(part, "dmn_not_xml", reason=f"> {MAX_BYTES}"),)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as wrong:
        return None, (error(part, "dmn_not_xml", reason=str(wrong)[:200]),)
    if b"<!DOCTYPE" in content or root.getroottree().docinfo.internalDTD is not None:
        return None, (error(part, "dmn_doctype"),)
    tag = etree.QName(root)
    if tag.localname != "definitions" or tag.namespace not in NAMESPACES:
        return None, (error(part, "dmn_not_dmn"),)
    reader = _Reader(tag.namespace or "", part)
    return reader.model(root), tuple(reader.problems)


class _Reader:
    def __init__(self, namespace: str, part: str) -> None:
        self.prefix = f"{{{namespace}}}"
        self.part = part
        self.namespace = ""
        self.problems: list[Problem] = []

    def all(self, node: _Xml, name: str) -> list[_Xml]:
        return node.findall(self.prefix + name)

    def one(self, node: _Xml | None, name: str) -> _Xml | None:
        return None if node is None else node.find(self.prefix + name)

    def text(self, node: _Xml | None, *names: str) -> str:
        for name in names:
            node = self.one(node, name)
        return (node.text or "").strip() if node is not None else ""

    def model(self, root: _Xml) -> DmnModel:
        elements: dict[str, Element] = {}
        self.namespace = root.get("namespace", "")
        imports: list[Import] = []
        items = tuple(self.item(node) for node in self.all(root, "itemDefinition"))
        for node in root:
            name = etree.QName(node).localname if isinstance(node.tag, str) else ""
            reader = _ELEMENTS.get(name)
            if reader is not None:
                element = reader(self, node)
                elements[element.id] = element
            elif name == "import" and node.get("importType", "") in NAMESPACES:
                imports.append(Import(_name(node), node.get("namespace", "")))
            elif name in _NOT_KEPT:
                what = f"{name} {node.get('name', node.get('id', ''))}".strip()
                self.problems.append(warning(self.part, "dmn_not_kept", what=what))
        return DmnModel(_name(root), self.namespace, elements, items, tuple(imports))

    def item(self, node: _Xml) -> ItemDefinition:
        function = self.one(node, "functionItem")
        parameters: tuple[Clause, ...] | None = None
        if function is not None:
            parameters = tuple(
                Clause(_name(p), type=p.get("typeRef", ""))
                for p in self.all(function, "parameters")
            )
        return ItemDefinition(
            _name(node),
            self.text(node, "typeRef"),
            node.get("isCollection", "false") in ("true", "1"),
            tuple(self.item(inner) for inner in self.all(node, "itemComponent")),
            self.text(node, "allowedValues", "text"),
            parameters,
            function.get("outputTypeRef", "") if function is not None else "",
        )

    # Elements

    def target(self, node: _Xml) -> str:
        namespace, _, element_id = (node.get("href") or "").rpartition("#")
        return element_id if namespace in ("", self.namespace) else f"{namespace}#{element_id}"

    def variable_type(self, node: _Xml) -> str:
        variable = self.one(node, "variable")
        return variable.get("typeRef", "") if variable is not None else ""

    def input_data(self, node: _Xml) -> InputElement:
        return InputElement(_id(node), _name(node), self.variable_type(node))

    def needs(self, node: _Xml) -> tuple[str, ...]:
        found = []
        for requirement in node:
            for inner in requirement:
                if isinstance(inner.tag, str) and etree.QName(inner).localname in (
                    "requiredInput", "requiredDecision", "requiredKnowledge",
                ):  # fmt: skip
                    found.append(self.target(inner))
        return tuple(found)

    def decision(self, node: _Xml) -> DecisionElement:
        return DecisionElement(
            _id(node), _name(node), self.variable_type(node), self.needs(node), self.box_in(node)
        )

    def knowledge(self, node: _Xml) -> KnowledgeElement:
        logic = self.one(node, "encapsulatedLogic")
        function = self.function(logic) if logic is not None else None
        return KnowledgeElement(
            _id(node), _name(node), self.variable_type(node), self.needs(node), function
        )

    def service(self, node: _Xml) -> ServiceElement:
        inputs = [
            self.target(inner) for kind in ("inputData", "inputDecision")
            for inner in self.all(node, kind)
        ]  # fmt: skip
        outputs = [self.target(inner) for inner in self.all(node, "outputDecision")]
        return ServiceElement(
            _id(node), _name(node), self.variable_type(node), tuple(outputs), tuple(inputs)
        )

    # Boxed expressions

    def box_in(self, node: _Xml | None) -> Box | None:
        if node is None:
            return None
        for inner in node:
            if isinstance(inner.tag, str):
                reader = _BOXES.get(etree.QName(inner).localname)
                if reader is not None and inner.tag.startswith(self.prefix):
                    return reader(self, inner)
        return None

    def literal(self, node: _Xml) -> Literal:
        return Literal(self.text(node, "text"), node.get("typeRef", ""), node.get("id", ""))

    def table(self, node: _Xml) -> TableBox:
        inputs = tuple(
            Clause(
                clause.get("label", ""),
                self.text(clause, "inputExpression", "text"),
                _attribute(self.one(clause, "inputExpression"), "typeRef"),
                self.text(clause, "inputValues", "text"),
            )
            for clause in self.all(node, "input")
        )
        outputs = tuple(
            Clause(
                _name(clause),
                "",
                clause.get("typeRef", ""),
                self.text(clause, "outputValues", "text"),
                self.text(clause, "defaultOutputEntry", "text"),
            )
            for clause in self.all(node, "output")
        )
        rules = tuple(
            TableRule(
                rule.get("id", "") or str(at + 1),
                tuple(self.text(entry, "text") for entry in self.all(rule, "inputEntry")),
                tuple(self.text(entry, "text") for entry in self.all(rule, "outputEntry")),
            )
            for at, rule in enumerate(self.all(node, "rule"))
        )
        aggregation = _AGGREGATIONS.get(node.get("aggregation", ""), "")
        return TableBox(node.get("hitPolicy", "UNIQUE"), aggregation, inputs, outputs, rules)

    def entry(self, node: _Xml) -> EntryBox:
        variable = self.one(node, "variable")
        if variable is None:
            variable = self.one(node, "parameter")
        name = _name(variable) if variable is not None else ""
        return EntryBox(name, _attribute(variable, "typeRef"), self.box_in(node))

    def context(self, node: _Xml) -> ContextBox:
        return ContextBox(tuple(self.entry(inner) for inner in self.all(node, "contextEntry")))

    def list(self, node: _Xml) -> ListBox:
        items = [
            _BOXES[etree.QName(inner).localname](self, inner)
            for inner in node
            if isinstance(inner.tag, str) and etree.QName(inner).localname in _BOXES
        ]
        return ListBox(tuple(items), node.get("typeRef", ""))

    def relation(self, node: _Xml) -> RelationBox:
        columns = tuple(_name(column) for column in self.all(node, "column"))
        rows = tuple(self.list(row).items for row in self.all(node, "row"))
        return RelationBox(columns, rows)

    def invocation(self, node: _Xml) -> InvocationBox:
        bindings = tuple(self.entry(inner) for inner in self.all(node, "binding"))
        return InvocationBox(self.box_in(node), bindings)

    def function(self, node: _Xml) -> FunctionBox:
        parameters = tuple(
            Clause(_name(p), type=p.get("typeRef", "")) for p in self.all(node, "formalParameter")
        )
        kind = node.get("kind", "FEEL")
        return FunctionBox(kind, parameters, self.box_in(node), node.get("typeRef", ""))

    def conditional(self, node: _Xml) -> IfBox:
        return IfBox(*(self.box_in(self.one(node, name)) for name in ("if", "then", "else")))

    def filter(self, node: _Xml) -> FilterBox:
        return FilterBox(self.box_in(self.one(node, "in")), self.box_in(self.one(node, "match")))

    def iterator(self, node: _Xml) -> IteratorBox:
        kind = etree.QName(node).localname
        body = self.one(node, "return" if kind == "for" else "satisfies")
        variable = normalized(node.get("iteratorVariable", ""))
        return IteratorBox(kind, variable, self.box_in(self.one(node, "in")), self.box_in(body))


def _id(node: _Xml) -> str:
    return node.get("id") or f"element {_name(node)}"


def _name(node: _Xml) -> str:
    return normalized(node.get("name", ""))


def _attribute(node: _Xml | None, name: str) -> str:
    return node.get(name, "") if node is not None else ""


_ELEMENTS: dict[str, Callable[[_Reader, _Xml], Element]] = {
    "inputData": _Reader.input_data,
    "decision": _Reader.decision,
    "businessKnowledgeModel": _Reader.knowledge,
    "decisionService": _Reader.service,
}
_BOXES: dict[str, Callable[[_Reader, _Xml], Box]] = {
    "literalExpression": _Reader.literal,
    "decisionTable": _Reader.table,
    "context": _Reader.context,
    "list": _Reader.list,
    "relation": _Reader.relation,
    "invocation": _Reader.invocation,
    "functionDefinition": _Reader.function,
    "conditional": _Reader.conditional,
    "filter": _Reader.filter,
    "for": _Reader.iterator,
    "some": _Reader.iterator,
    "every": _Reader.iterator,
}
