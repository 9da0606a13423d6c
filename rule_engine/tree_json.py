"""Trees as JSON (`gcrm.tree/1`) for the interpreter in the browser; parsing stays here.

What a name means, which signatures a call fits and what a type is called is settled here, so that
the browser need not know: it gets no text of the language and no places in it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from app_definitions.problem import Problems
from rule_engine import temporal, tree
from rule_engine.backends import BROWSER, FORM, Faces
from rule_engine.cursor import Fault
from rule_engine.expression import Expression, problem_of
from rule_engine.feel_types import Type, type_of_name
from rule_engine.functions.registry import FeelFunction, arranged
from rule_engine.numeric import plain
from rule_engine.values import kind_of

FORMAT = "gcrm.tree/1"
COMPILER = "1"
"""The version of this compiler; a browser refuses trees of another one."""

BackEnd = Literal["browser", "form"]
_FACES: Mapping[str, Faces] = {"browser": BROWSER, "form": FORM}


class Unsupported(Exception):  # noqa: N818
    """Says which construct a back end does not know, and where it stands."""

    def __init__(self, construct: str, span: tree.Span = tree.NO_SPAN) -> None:
        """Name the construct."""
        super().__init__(construct)
        self.construct, self.span = construct, span


def write(expression: Expression, back_end: BackEnd = "browser") -> dict[str, Any]:
    """Write an expression with its inputs. Raises Unsupported where the browser cannot follow."""
    writer = Writer(expression.functions, expression.vocabulary.ids(), faces=_FACES[back_end])
    used = [entry for entry in expression.vocabulary if entry.id in expression.inputs]
    inputs = [{"id": entry.id, "type": entry.type} for entry in used]
    return document(inputs, expression=writer.node(expression.tree))


def node_of(expression: Expression, back_end: BackEnd = "browser") -> dict[str, Any] | None:
    """Write an expression's tree alone; `None` where the browser cannot follow."""
    writer = Writer(expression.functions, expression.vocabulary.ids(), faces=_FACES[back_end])
    try:
        return writer.node(expression.tree)
    except Unsupported:
        return None


def parameters_of(expression: Expression) -> frozenset[str]:
    """Name the parameters that an expression asks for."""
    return frozenset(
        node.member
        for node in tree.walk(expression.tree)
        if isinstance(node, tree.Path)
        and isinstance(node.base, tree.Name)
        and node.base.name == "parameters"
    )


def document(inputs: list[dict[str, str]], **parts: Any) -> dict[str, Any]:
    """Put format and version before the parts of a document."""
    return {"format": FORMAT, "compiler": COMPILER, "inputs": inputs, **parts}


def problems(expression: Expression, path: str, back_end: BackEnd = "browser") -> Problems:
    """Say what the browser cannot follow, where it is needed there."""
    try:
        write(expression, back_end)
    except Unsupported as refused:
        fault = Fault("feel_no_browser", refused.span, {"construct": refused.construct})
        return (problem_of(fault, expression.text, path),)
    return ()


class Writer:
    """Writes trees; knows what names mean outside them, as the compiler does."""

    def __init__(
        self,
        functions: Mapping[str, FeelFunction],
        inputs: Iterable[str],
        types: Mapping[str, Type] | None = None,
        *,
        callables: Iterable[str] = (),
        faces: Faces = BROWSER,
    ) -> None:
        """See the inputs and functions; `callables` are inputs that are functions."""
        self.functions, self.inputs = functions, frozenset(inputs)
        self.types, self.callables = types or {}, frozenset(callables)
        self.faces = faces
        self._locals: list[dict[str, str | None]] = []

    def node(self, node: tree.Node) -> dict[str, Any]:
        """Write a node and all below it."""
        kind = _KINDS.get(type(node), "")
        if kind not in self.faces.nodes:
            raise Unsupported(_construct(node), node.span)
        done: dict[str, Any] = {"kind": kind}
        done.update(getattr(self, f"_{kind}")(node))
        return done

    def all(self, nodes: Iterable[tree.Node]) -> list[dict[str, Any]]:
        """Write several nodes."""
        return [self.node(node) for node in nodes]

    def _number(self, node: tree.NumberLiteral) -> dict[str, Any]:
        return {"value": plain(node.value)}

    def _string(self, node: tree.StringLiteral) -> dict[str, Any]:
        return {"value": node.value}

    def _boolean(self, node: tree.BooleanLiteral) -> dict[str, Any]:
        return {"value": node.value}

    def _null(self, node: tree.NullLiteral) -> dict[str, Any]:
        return {}

    def _at(self, node: tree.AtLiteral) -> dict[str, Any]:
        if "@" in node.text:
            raise Unsupported("@", node.span)
        return {"type": kind_of(temporal.read_any(node.text)), "text": node.text}

    def _name(self, node: tree.Name) -> dict[str, Any]:
        name, local = node.name, self._is_local(node.name)
        if name == "parameters" and name not in self.inputs and not local:
            return {"kind": "parameters"}
        done: dict[str, Any] = {"name": name}
        if name in self.inputs:
            done["input"] = True
        elif not local and name in self.functions:
            raise Unsupported(f"{name}()", node.span)
        root = self._locals[-1].get("item") if self._locals else None
        if root and name not in self.inputs:
            done["root"] = root
        return done

    def _path(self, node: tree.Path) -> dict[str, Any]:
        done = {"base": self.node(node.base), "member": node.member}
        root = self._root_of(node.base)
        return {**done, "root": root} if root else done

    def _negation(self, node: tree.Negation) -> dict[str, Any]:
        return {"operand": self.node(node.operand)}

    def _arithmetic(self, node: tree.Arithmetic) -> dict[str, Any]:
        if node.operator == "**" and not self.faces.powers:
            raise Unsupported("**", node.span)
        return self._comparison(node)

    def _comparison(self, node: tree.Comparison | tree.Arithmetic) -> dict[str, Any]:
        sides = {"left": self.node(node.left), "right": self.node(node.right)}
        return {"operator": node.operator, **sides}

    def _logical(self, node: tree.Logical) -> dict[str, Any]:
        return {"operator": node.operator, "operands": self.all(node.operands)}

    def _between(self, node: tree.Between) -> dict[str, Any]:
        parts = {"value": node.value, "low": node.low, "high": node.high}
        return {name: self.node(part) for name, part in parts.items()}

    def _test(self, node: tree.Test) -> dict[str, Any]:
        return {"operator": node.operator, "operand": self.node(node.operand)}

    def _membership(self, node: tree.Membership) -> dict[str, Any]:
        return {"value": self.node(node.value), "tests": self.all(node.tests)}

    def _unary_tests(self, node: tree.UnaryTests) -> dict[str, Any]:
        done: dict[str, Any] = {"tests": self.all(node.tests)}
        return {**done, "negated": True} if node.negated else done

    def _range(self, node: tree.RangeLiteral) -> dict[str, Any]:
        closed = {"low_closed": node.low_closed, "high_closed": node.high_closed}
        return {"low": self.node(node.low), "high": self.node(node.high), **closed}

    def _if(self, node: tree.If) -> dict[str, Any]:
        parts = {"condition": node.condition, "yes": node.yes, "no": node.no}
        return {name: self.node(part) for name, part in parts.items()}

    def _for(self, node: tree.For) -> dict[str, Any]:
        iterators, names = self._iterators(node.iterators)
        with self._inside({**names, "partial": None}):
            return {"iterators": iterators, "body": self.node(node.body)}

    def _quantified(self, node: tree.Quantified) -> dict[str, Any]:
        iterators, names = self._iterators(node.iterators)
        with self._inside(names):
            condition = self.node(node.condition)
        return {"quantifier": node.kind, "iterators": iterators, "condition": condition}

    def _iterators(
        self, iterators: tuple[tree.Iterator, ...]
    ) -> tuple[list[dict[str, Any]], dict[str, str | None]]:
        names: dict[str, str | None] = {}
        done = []
        for iterator in iterators:
            with self._inside(names):
                written = {"name": iterator.name, "source": self.node(iterator.source)}
                if iterator.end is not None:
                    written["end"] = self.node(iterator.end)
                root = self._root_of(iterator.source)
            names[iterator.name] = root
            done.append(written)
        return done, names

    def _filter(self, node: tree.Filter) -> dict[str, Any]:
        base = self.node(node.base)
        with self._inside({"item": self._root_of(node.base)}):
            return {"base": base, "condition": self.node(node.condition)}

    def _function(self, node: tree.FunctionLiteral) -> dict[str, Any]:
        if node.external:
            raise Unsupported("function external", node.span)
        parameters = []
        for parameter in node.parameters:
            written: dict[str, Any] = {"name": parameter.name}
            kind = None if parameter.type is None else type_of_name(parameter.type, self.types)
            if kind is not None:
                written["type"] = type_tree(kind)
            parameters.append(written)
        with self._inside({parameter.name: None for parameter in node.parameters}):
            return {"parameters": parameters, "body": self.node(node.body)}

    def _call(self, node: tree.Call) -> dict[str, Any]:
        function = node.function
        arguments = self.all(argument.value for argument in node.arguments)
        names = tuple(argument.name for argument in node.arguments)
        own = isinstance(function, tree.Name) and (
            self._is_local(function.name) or function.name in self.callables
        )
        if isinstance(function, tree.Name) and function.name in self.functions and not own:
            if function.name not in self.faces.functions:
                raise Unsupported(f"{function.name}()", node.span)
            shapes = arranged(self.functions[function.name], names)
            written = [[number, list(places)] for number, places in shapes]
            return {"function": function.name, "shapes": written, "arguments": arguments}
        if "invoke" not in self.faces.nodes:
            raise Unsupported("function", node.span)
        target = {"target": self.node(function), "names": list(names), "arguments": arguments}
        return {"kind": "invoke", **target}

    def _context(self, node: tree.ContextLiteral) -> dict[str, Any]:
        entries: list[dict[str, Any]] = []
        names: dict[str, str | None] = {}
        for entry in node.entries:
            with self._inside(names):
                entries.append({"key": entry.key, "value": self.node(entry.value)})
            names[entry.key] = None
        return {"entries": entries}

    def _list(self, node: tree.ListLiteral) -> dict[str, Any]:
        return {"items": self.all(node.items)}

    def _instance_of(self, node: tree.InstanceOf) -> dict[str, Any]:
        kind = type_of_name(node.type, self.types)
        written = None if kind is None else type_tree(kind)
        return {"value": self.node(node.value), "type": written}

    def _is_local(self, name: str) -> bool:
        return any(name in layer for layer in self._locals)

    def _root_of(self, node: tree.Node) -> str | None:
        if isinstance(node, tree.Name):
            for layer in reversed(self._locals):
                if node.name in layer:
                    return layer[node.name]
            return node.name if node.name in self.inputs else None
        return self._root_of(node.base) if isinstance(node, tree.Path | tree.Filter) else None

    @contextmanager
    def _inside(self, names: Mapping[str, str | None]) -> Iterator[None]:
        self._locals.append(dict(names))
        try:
            yield
        finally:
            self._locals.pop()


def type_tree(kind: Type) -> dict[str, Any]:
    """Write a type."""
    done: dict[str, Any] = {"name": kind.name}
    if kind.arguments:
        done["arguments"] = [type_tree(argument) for argument in kind.arguments]
    if kind.names:
        done["names"] = list(kind.names)
    if kind.result is not None:
        done["result"] = type_tree(kind.result)
    return done


def _construct(node: tree.Node) -> str:
    names = {
        tree.For: "for",
        tree.Quantified: "some / every",
        tree.Filter: "[ ]",
        tree.FunctionLiteral: "function",
        tree.ContextLiteral: "{ }",
        tree.InstanceOf: "instance of",
    }
    return names.get(type(node), type(node).__name__)


_KINDS: Mapping[type, str] = {
    tree.NumberLiteral: "number",
    tree.StringLiteral: "string",
    tree.BooleanLiteral: "boolean",
    tree.NullLiteral: "null",
    tree.AtLiteral: "at",
    tree.Name: "name",
    tree.Path: "path",
    tree.Negation: "negation",
    tree.Arithmetic: "arithmetic",
    tree.Comparison: "comparison",
    tree.Logical: "logical",
    tree.Between: "between",
    tree.Test: "test",
    tree.Membership: "membership",
    tree.UnaryTests: "unary_tests",
    tree.RangeLiteral: "range",
    tree.If: "if",
    tree.For: "for",
    tree.Quantified: "quantified",
    tree.Filter: "filter",
    tree.FunctionLiteral: "function",
    tree.Call: "call",
    tree.ContextLiteral: "context",
    tree.ListLiteral: "list",
    tree.InstanceOf: "instance_of",
}
__all__ = [
    "COMPILER",
    "FORMAT",
    "BackEnd",
    "Unsupported",
    "Writer",
    "document",
    "node_of",
    "parameters_of",
    "problems",
    "type_tree",
    "write",
]
