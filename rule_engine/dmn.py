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
from rule_engine.feel_types import MISMATCH
from rule_engine.running import EvaluationContext, Exhausted, Result, Run, Scope
from rule_engine.values import Function

_Values = dict[str, Any]


class DmnProgram:
    """A compiled model."""

    def __init__(self, model: DmnModel) -> None:
        """Compile all decisions and functions; texts that cannot be read are in `broken`."""
        self.model = model
        self._boxes = Boxes(_members(model))
        self._types = Types(model, lambda text: self._boxes.tests(text, ()) or _always)
        self._boxes.types = self._types
        self._logic: dict[str, Closure] = {}
        self._functions: dict[str, Callable[[Run, Scope], Function | None]] = {}
        for element in model.elements.values():
            names = tuple(self._names(element))
            if isinstance(element, DecisionElement):
                logic = self._boxes.box(element.logic, names)
                self._logic[element.id] = self._boxes.typed(logic, element.type)
            elif isinstance(element, KnowledgeElement) and element.function is not None:
                result = self._result_type(element)
                self._functions[element.id] = self._boxes.function(
                    element.function, names, result, element.name
                )

    @property
    def broken(self) -> list[tuple[str, str]]:
        """List texts that could not be read, with the code of the fault."""
        return self._boxes.broken

    def evaluate(self, name: str, inputs: Mapping[str, Any], context: EvaluationContext) -> Result:
        """Evaluate a decision or call a service by its name, with input data by their names."""
        run = Run(context)
        session = _Session(self, inputs, run)
        element = self.model.named(name)
        value: Any = None
        try:
            if isinstance(element, ServiceElement):
                value = session.service(element, inputs)
            elif element is not None:
                value = session.value(element)
            else:
                run.error("feel_unknown_name", tree.NO_SPAN, name=name)
        except Exhausted as bound:
            run.error(bound.code, tree.NO_SPAN)
        except RecursionError:
            run.error("feel_too_many_calls", tree.NO_SPAN)
        return Result(value, tuple(run.notes))

    def _result_type(self, element: KnowledgeElement) -> str:
        kind = self._types.get(element.type)
        if kind.name == "function":
            item = next((i for i in self.model.items if i.name == element.type), None)
            return item.result if item is not None else ""
        return element.type

    def _names(self, element: Element) -> list[str]:
        if not isinstance(element, DecisionElement | KnowledgeElement):
            return []
        found = [self.model.elements[i].name for i in element.needs if i in self.model.elements]
        if isinstance(element, KnowledgeElement):
            found.append(element.name)
        return found


class _Session:
    """The values of one evaluation, each found once."""

    def __init__(self, program: DmnProgram, inputs: Mapping[str, Any], run: Run) -> None:
        self.program = program
        self.inputs = inputs
        self.run = run
        self.known: _Values = {}
        self.pending: set[str] = set()

    def value(self, element: Element) -> Any:
        """Give the value of an element: data, a decision's result, or a function."""
        if element.id in self.known:
            return self.known[element.id]
        if element.id in self.pending:
            self.run.error("decision_graph_circle", tree.NO_SPAN, name=element.name)
            return None
        self.pending.add(element.id)
        value = self._found(element)
        self.pending.discard(element.id)
        self.known[element.id] = value
        return value

    def _found(self, element: Element) -> Any:
        if isinstance(element, InputElement):
            return self.input(element.name, element.type)
        if isinstance(element, DecisionElement):
            return self.program._logic[element.id](self.run, self.scope(element.needs))
        if isinstance(element, KnowledgeElement):
            make = self.program._functions.get(element.id)
            return None if make is None else make(self.run, self.scope(element.needs))
        return self.service_function(element)

    def input(self, name: str, type_name: str) -> Any:
        """Give an input as its declared type."""
        kind = self.program._types.get(type_name)
        value = conformed(self.inputs.get(name), kind, self.run, Scope({}))
        if value is MISMATCH:
            self.run.error("feel_wrong_argument", tree.NO_SPAN, name=name)
            return None
        return value

    def scope(self, needs: tuple[str, ...]) -> Scope:
        """Give the names that an element's logic sees."""
        elements = self.program.model.elements
        return Scope({elements[i].name: self.value(elements[i]) for i in needs if i in elements})

    def service(self, element: ServiceElement, given: Mapping[str, Any]) -> Any:
        """Run a decision service: its inputs are given, all else is worked out anew."""
        model = self.program.model
        inner = _Session(self.program, given, self.run)
        for element_id in element.inputs:
            part = model.elements.get(element_id)
            if part is None:
                continue
            kind = self.program._types.get(getattr(part, "type", ""))
            value = conformed(given.get(part.name), kind, self.run, Scope({}))
            if value is MISMATCH:
                self.run.error("feel_wrong_argument", tree.NO_SPAN, name=part.name)
                return None
            inner.known[element_id] = value
        outputs = [model.elements[i] for i in element.outputs if i in model.elements]
        values = {output.name: inner.value(output) for output in outputs}
        value = next(iter(values.values()), None) if len(values) == 1 else values
        kind = self.program._types.get(element.type)
        if kind.name == "function":
            kind = kind.result or self.program._types.get("")
        done = conformed(value, kind, self.run, Scope({}))
        if done is MISMATCH:
            self.run.error("feel_wrong_result", tree.NO_SPAN, wanted=str(kind))
            return None
        return done

    def service_function(self, element: ServiceElement) -> Function:
        """Give a decision service as a function of its inputs."""
        elements = self.program.model.elements
        ordered = [elements[i] for i in element.inputs if i in elements]
        names = tuple(part.name for part in ordered)
        kinds = tuple(self.program._types.get(part.type) for part in ordered)

        def call(run: Run, arguments: list[Any]) -> Any:
            given = dict(zip(names, arguments, strict=True))
            return guarded(run, lambda r, s: self.service(element, given), Scope({}))

        return Function(element.name, names, call, kinds, self.program._types.get(element.type))


def _members(model: DmnModel) -> set[str]:
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
