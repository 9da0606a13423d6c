"""Running DMN models: each decision sees what it requires, and nothing else (DMN 1.5, 6.3)."""

from collections.abc import Callable, Mapping
from typing import Any

from rule_engine import tree
from rule_engine.calls import Closure
from rule_engine.dmn_boxes import Boxes, guarded
from rule_engine.dmn_model import (
    Box,
    ContextBox,
    DecisionElement,
    DmnModel,
    Element,
    FunctionBox,
    InputElement,
    ItemDefinition,
    KnowledgeElement,
    RelationBox,
    ServiceElement,
    TableBox,
)
from rule_engine.dmn_types import Types, conformed
from rule_engine.feel_types import ANY, MISMATCH
from rule_engine.running import EvaluationContext, Exhausted, Result, Run, Scope
from rule_engine.values import Function


class DmnProgram:
    """A compiled model, with the models that it imports."""

    def __init__(
        self,
        model: DmnModel,
        library: Mapping[str, DmnModel] | None = None,
        *,
        importing: tuple[str, ...] = (),
    ) -> None:
        """Compile all decisions and functions; `library` has other models by their namespace.

        Texts that cannot be read are listed in `broken`.
        """
        self.model = model
        self.imported: dict[str, DmnProgram] = {}
        for wanted in model.imports:
            found = (library or {}).get(wanted.namespace)
            if found is not None and wanted.namespace not in importing:
                path = (*importing, model.namespace)
                self.imported[wanted.name] = DmnProgram(found, library, importing=path)
        self.boxes = Boxes(self._members())
        self.types: Types = Types(
            model,
            lambda text: self.boxes.tests(text, ()) or _always,
            {name: program.types for name, program in self.imported.items()},
        )
        self.boxes.types = self.types
        self.logic: dict[str, Closure] = {}
        self.functions: dict[str, Callable[[Run, Scope], Function | None]] = {}
        for element in model.elements.values():
            names = tuple(self._names(element))
            if isinstance(element, DecisionElement):
                logic = self.boxes.box(element.logic, names)
                self.logic[element.id] = self.boxes.typed(logic, element.type)
            elif isinstance(element, KnowledgeElement) and element.function is not None:
                result = self._result_type(element)
                self.functions[element.id] = self.boxes.function(
                    element.function, names, result, element.name
                )

    @property
    def broken(self) -> list[tuple[str, str]]:
        """List texts that could not be read, with the code of the fault."""
        return self.boxes.broken

    def evaluate(self, name: str, inputs: Mapping[str, Any], context: EvaluationContext) -> Result:
        """Evaluate a decision or call a service by its name, with input data by their names."""
        run = Run(context)
        session = Session(inputs, run)
        element = self.model.named(name)
        value: Any = None
        try:
            if isinstance(element, ServiceElement):
                value = session.service(self, element, inputs)
            elif element is not None:
                value = session.value(self, element, "")
            else:
                run.error("feel_unknown_name", tree.NO_SPAN, name=name)
        except Exhausted as bound:
            run.error(bound.code, tree.NO_SPAN)
        except RecursionError:
            run.error("feel_too_many_calls", tree.NO_SPAN)
        return Result(value, tuple(run.notes))

    def resolve(self, reference: str) -> tuple["DmnProgram", Element, str] | None:
        """Find an element by its reference: its program, itself, the name of the import."""
        namespace, _, element_id = reference.rpartition("#")
        if not namespace:
            element = self.model.elements.get(element_id)
            return None if element is None else (self, element, "")
        for name, program in self.imported.items():
            if program.model.namespace == namespace:
                element = program.model.elements.get(element_id)
                return None if element is None else (program, element, name)
        for name, program in self.imported.items():
            deeper = program.resolve(reference)
            if deeper is not None:
                return (deeper[0], deeper[1], ".".join(filter(None, (name, deeper[2]))))
        return None

    def _result_type(self, element: KnowledgeElement) -> str:
        kind = self.types.get(element.type)
        if kind.name == "function":
            item = next((i for i in self.model.items if i.name == element.type), None)
            return item.result if item is not None else ""
        return element.type

    def _names(self, element: Element) -> list[str]:
        if not isinstance(element, DecisionElement | KnowledgeElement):
            return []
        found = []
        for reference in element.needs:
            target = self.resolve(reference)
            if target is not None:
                found.append(target[2].partition(".")[0] or target[1].name)
        if isinstance(element, KnowledgeElement):
            found.append(element.name)
        return found

    def _members(self) -> set[str]:
        found = members_of(self.model)
        for name, program in self.imported.items():
            found |= set(program.boxes.members) | {name}
            found |= {element.name for element in program.model.elements.values()}
        return {name for name in found if name}


class Session:
    """The values of one evaluation, each found once."""

    def __init__(self, inputs: Mapping[str, Any], run: Run) -> None:
        """Begin with the given input data."""
        self.inputs = inputs
        self.run = run
        self.known: dict[tuple[int, str], Any] = {}
        self.pending: set[tuple[int, str]] = set()

    def value(self, program: DmnProgram, element: Element, prefix: str) -> Any:
        """Give the value of an element: data, a decision's result, or a function."""
        key = (id(program), element.id)
        if key in self.known:
            return self.known[key]
        if key in self.pending:
            self.run.error("decision_graph_circle", tree.NO_SPAN, name=element.name)
            return None
        self.pending.add(key)
        value = self._found(program, element, prefix)
        self.pending.discard(key)
        self.known[key] = value
        return value

    def _found(self, program: DmnProgram, element: Element, prefix: str) -> Any:
        if isinstance(element, InputElement):
            full = f"{prefix}.{element.name}" if prefix else element.name
            given = self.inputs.get(full, self.inputs.get(element.name))
            return self.typed(program, given, element.type, element.name)
        if isinstance(element, DecisionElement):
            return program.logic[element.id](self.run, self.scope(program, element.needs, prefix))
        if isinstance(element, KnowledgeElement):
            make = program.functions.get(element.id)
            scope = self.scope(program, element.needs, prefix)
            return None if make is None else make(self.run, scope)
        return self.service_function(program, element)

    def typed(self, program: DmnProgram, value: Any, type_name: str, name: str) -> Any:
        """Give a value as its declared type, null where it has another one."""
        kind = program.types.get(type_name)
        done = conformed(value, kind, self.run, Scope({}))
        if done is MISMATCH:
            self.run.error("feel_wrong_argument", tree.NO_SPAN, name=name)
            return None
        return done

    def scope(self, program: DmnProgram, needs: tuple[str, ...], prefix: str) -> Scope:
        """Give the names that an element's logic sees; imported ones lie in a context."""
        values: dict[str, Any] = {}
        for reference in needs:
            target = program.resolve(reference)
            if target is None:
                continue
            owner, element, name = target
            path = ".".join(filter(None, (prefix, name)))
            inner = values
            for step in filter(None, name.split(".")):
                inner = inner.setdefault(step, {})
            inner[element.name] = self.value(owner, element, path)
        return Scope(values)

    def service(
        self, program: DmnProgram, element: ServiceElement, given: Mapping[str, Any]
    ) -> Any:
        """Run a decision service: its inputs are given, all else is worked out anew."""
        inner = Session(given, self.run)
        for reference in element.inputs:
            target = program.resolve(reference)
            if target is None:
                continue
            owner, part, _ = target
            kind = owner.types.get(part.type)
            value = conformed(given.get(part.name), kind, self.run, Scope({}))
            if value is MISMATCH:
                self.run.error("feel_wrong_argument", tree.NO_SPAN, name=part.name)
                return None
            inner.known[id(owner), part.id] = value
        outputs = [t for t in map(program.resolve, element.outputs) if t is not None]
        values = {part.name: inner.value(owner, part, name) for owner, part, name in outputs}
        value = next(iter(values.values()), None) if len(values) == 1 else values
        kind = program.types.get(element.type)
        if kind.name == "function":
            kind = kind.result or ANY
        done = conformed(value, kind, self.run, Scope({}))
        if done is MISMATCH:
            self.run.error("feel_wrong_result", tree.NO_SPAN, wanted=str(kind))
            return None
        return done

    def service_function(self, program: DmnProgram, element: ServiceElement) -> Function:
        """Give a decision service as a function of its inputs."""
        ordered = [target for target in map(program.resolve, element.inputs) if target is not None]
        names = tuple(part.name for _, part, _ in ordered)
        kinds = tuple(owner.types.get(part.type) for owner, part, _ in ordered)

        def call(run: Run, arguments: list[Any]) -> Any:
            given = dict(zip(names, arguments, strict=True))
            return guarded(run, lambda r, s: self.service(program, element, given), Scope({}))

        return Function(element.name, names, call, kinds, program.types.get(element.type))


def members_of(model: DmnModel) -> set[str]:
    """List the names that may stand behind a dot: members of types, entries, columns."""
    found: set[str] = set()
    items: list[ItemDefinition] = list(model.items)
    while items:
        item = items.pop()
        found.update(component.name for component in item.components)
        items.extend(item.components)
    for element in model.elements.values():
        if isinstance(element, DecisionElement):
            _box_members(element.logic, found)
            found.add(element.name)
        elif isinstance(element, KnowledgeElement):
            _box_members(element.function, found)
        elif isinstance(element, ServiceElement):
            found.update(model.elements[i].name for i in element.outputs if i in model.elements)
    return {name for name in found if name}


def _box_members(box: Box | None, found: set[str]) -> None:
    if isinstance(box, ContextBox):
        for entry in box.entries:
            found.add(entry.name)
            _box_members(entry.value, found)
    elif isinstance(box, RelationBox):
        found.update(box.columns)
    elif isinstance(box, TableBox):
        found.update(clause.name for clause in box.outputs)
    elif isinstance(box, FunctionBox):
        _box_members(box.body, found)


def _always(run: Run, scope: Scope) -> bool:
    return True
