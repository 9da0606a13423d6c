"""From tree to sentence: what an expression says, in Chinese or English, without ids or FEEL."""

from collections.abc import Callable, Mapping
from typing import Any

from app_definitions.vocabulary import Input, Vocabulary
from rule_engine import temporal, tree
from rule_engine.functions.registry import FeelFunction
from rule_engine.phrases import CHINESE, ENGLISH, MEMBERS, SIGNS
from rule_engine.running import Regions, place_name
from rule_engine.show import for_people, with_unit

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


class Speaker:
    """Says trees in one language; `parameters` are said by their values where they are given."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        functions: Mapping[str, FeelFunction],
        locale: str,
        parameters: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
        regions: Regions | None = None,
    ) -> None:
        """Know the labels; `labels` are those of the locale, by input id."""
        self.regions = regions
        self.inputs = {entry.id: entry for entry in vocabulary}
        self.functions = functions
        self.locale = locale
        self.chinese = locale.lower().startswith("zh")
        self.words = CHINESE if self.chinese else ENGLISH
        self.parameters = parameters
        self.labels = labels or {}
        self.subject: str | None = None

    def say(self, node: tree.Node) -> str:
        """Say a node."""
        teller = _TELLERS.get(type(node))
        return self.words["value"] if teller is None else teller(self, node)

    def put(self, word: str, *pieces: str) -> str:
        """Put pieces into a phrase."""
        return _fill(self.words[word], pieces)

    def label(self, entry: Input) -> str:
        """Give the label of an input."""
        return self.labels.get(entry.id) or entry.label or entry.id

    def option(self, entry: Input, code: str) -> str:
        """Give the label of an option: `labels` may hold it under `input.code`."""
        return self.labels.get(f"{entry.id}.{code}") or entry.label_of(code)

    def plain(self, node: tree.Node, other: tree.Node | None = None) -> str:
        """Say a value; a code by its option's label where the other side has options."""
        entry = self.entry(other) if other is not None else None
        if entry is not None and isinstance(node, tree.StringLiteral) and entry.options:
            return self.put("quote", self.option(entry, node.value))
        said = self.inner(node)
        unit = entry.unit if entry is not None and _is_amount(node) else None
        return with_unit(said, unit, self.locale)

    def entry(self, node: tree.Node) -> Input | None:
        """Give the input that a node names."""
        if isinstance(node, tree.Name):
            return self.inputs.get(node.name)
        return None

    def inner(self, node: tree.Node) -> str:
        """Say a part, in brackets where it could be misread."""
        said = self.say(node)
        return self.put("group", said) if isinstance(node, tree.Logical | tree.If) else said

    def _literal(self, node: Any) -> str:
        if isinstance(node, tree.StringLiteral):
            return self.put("quote", node.value)
        return for_people(node.value, self.locale)

    def _null(self, node: tree.NullLiteral) -> str:
        return self.words["nothing"]

    def _at(self, node: tree.AtLiteral) -> str:
        return for_people(temporal.read_any(node.text), self.locale)

    def _name(self, node: tree.Name) -> str:
        if node.name == "?":
            return self.subject or self.words["value"]
        entry = self.inputs.get(node.name)
        return node.name if entry is None else self.label(entry)

    def _path(self, node: tree.Path) -> str:
        if isinstance(node.base, tree.Name) and node.base.name == "parameters":
            return self._parameter(node.member)
        member = MEMBERS.get(node.member, node.member) if self.chinese else node.member
        if isinstance(node.base, tree.Name):
            member = self.labels.get(f"{node.base.name}.{node.member}", member)
        return self.put("path", self.say(node.base), member)

    def _parameter(self, name: str) -> str:
        if self.parameters is not None and name in self.parameters:
            return for_people(self.parameters[name], self.locale)
        entry = self.inputs.get(f"parameters.{name}")
        return self.put("quote", self.label(entry) if entry else name)

    def _negation(self, node: tree.Negation) -> str:
        return f"−{self.inner(node.operand)}"

    def _arithmetic(self, node: tree.Arithmetic) -> str:
        pieces = []
        for side in (node.left, node.right):
            said = self.say(side)
            tight = node.operator in ("*", "/", "**", "-")
            loose = isinstance(side, tree.Logical | tree.If)
            if loose or (
                isinstance(side, tree.Arithmetic) and tight and side.operator in ("+", "-")
            ):
                said = self.put("group", said)
            pieces.append(said)
        return SIGNS[node.operator].join(pieces)

    def _comparison(self, node: tree.Comparison) -> str:
        left, right, operator = node.left, node.right, node.operator
        if _is_constant(left) and not _is_constant(right):
            left, right, operator = right, left, _FLIPPED[operator]
        if isinstance(right, tree.NullLiteral) and operator in ("=", "!="):
            return self.put(f"null{operator}", self.inner(left))
        if isinstance(right, tree.BooleanLiteral) and operator in ("=", "!="):
            word = "true" if right.value == (operator == "=") else "false"
            said = self.inner(left)
            return self.put(f"asked_{word}" if said.endswith(("？", "?")) else word, said)
        word = f"date{operator}" if self._is_date(left) or self._is_date(right) else operator
        return self.put(word if word in self.words else operator, self.inner(left),
                        self.plain(right, left))  # fmt: skip

    def _is_date(self, node: tree.Node) -> bool:
        if isinstance(node, tree.AtLiteral):
            return True
        if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
            known = self.functions.get(node.function.name)
            return known is not None and known.result.name in ("date", "date and time")
        entry = self.entry(node)
        return entry is not None and entry.type in ("date", "date and time")

    def _logical(self, node: tree.Logical) -> str:
        return self.words[node.operator].join(self.inner(operand) for operand in node.operands)

    def _between(self, node: tree.Between) -> str:
        ends = (self.plain(node.low, node.value), self.plain(node.high, node.value))
        return self.put("between", self.inner(node.value), *ends)

    def _membership(self, node: tree.Membership) -> str:
        return self.tests(self.inner(node.value), node.value, node.tests)

    def _unary_tests(self, node: tree.UnaryTests) -> str:
        subject = self.subject or self.words["value"]
        said = self.tests(subject, tree.Name("?"), node.tests) if node.tests else self.words["any"]
        return self.put("not", said) if node.negated else said

    def tests(self, subject: str, value: tree.Node, tests: tuple[tree.Node, ...]) -> str:
        """Say that a value passes one of some tests."""
        plain = [test for test in tests if not isinstance(test, tree.Test | tree.RangeLiteral)]
        if len(plain) == len(tests):
            items = list(plain)
            if len(plain) == 1 and isinstance(plain[0], tree.ListLiteral):
                items = list(plain[0].items)
            said = self.words["list"].join(self.plain(item, value) for item in items)
            return self.put("in_list" if len(items) > 1 else "in", subject, said)
        return self.words["or"].join(self._one(subject, value, test) for test in tests)

    def _one(self, subject: str, value: tree.Node, test: tree.Node) -> str:
        if isinstance(test, tree.Test):
            return self._comparison(tree.Comparison(test.operator, value, test.operand))
        if isinstance(test, tree.RangeLiteral):
            return self.put("in_range", subject, self._range(test, value))
        return self.put("in", subject, self.plain(test, value))

    def _test(self, node: tree.Test) -> str:
        return self.put(node.operator, self.words["value"], self.say(node.operand))

    def _range(self, node: tree.RangeLiteral, value: tree.Node | None = None) -> str:
        shape = ("[" if node.low_closed else "(") + ("]" if node.high_closed else ")")
        return self.put(f"range{shape}", self.plain(node.low, value), self.plain(node.high, value))

    def _if(self, node: tree.If) -> str:
        return self.put("if", *(self.inner(n) for n in (node.condition, node.yes, node.no)))

    def _iterators(self, iterators: tuple[tree.Iterator, ...]) -> str:
        return self.words["list"].join(
            self.put("from", iterator.name, self.say(iterator.source))
            if iterator.end is None
            else self.put(
                "from_to", iterator.name, self.say(iterator.source), self.say(iterator.end)
            )
            for iterator in iterators
        )

    def _for(self, node: tree.For) -> str:
        return self.put("for", self._iterators(node.iterators), self.say(node.body))

    def _quantified(self, node: tree.Quantified) -> str:
        return self.put(node.kind, self._iterators(node.iterators), self.inner(node.condition))

    def _filter(self, node: tree.Filter) -> str:
        if isinstance(node.condition, tree.NumberLiteral):
            return self.put("element", self.say(node.base), self.say(node.condition))
        return self.put("filter", self.say(node.base), self.say(node.condition))

    def _function(self, node: tree.FunctionLiteral) -> str:
        names = self.words["list"].join(parameter.name for parameter in node.parameters)
        return self.put("function", names, self.say(node.body))

    def _call(self, node: tree.Call) -> str:
        fixed = _fixed(node)
        if fixed is not None:
            return for_people(fixed, self.locale)
        given = [self.say(argument.value) for argument in node.arguments]
        if isinstance(node.function, tree.Name):
            known = self.functions.get(node.function.name)
            if known is not None and known.people is not None:
                language = "zh" if self.chinese else "en"
                people = known.people
                phrase = people.get(f"{language}/{len(given)}") or people[language]
                values = [argument.value for argument in node.arguments]
                if known.name == "list contains" and len(values) == 2:
                    given[1] = self.plain(values[1], values[0])
                if known.name == "within region":
                    given = [self._place(value) for value in values]
                if phrase.count("{") <= len(given):
                    return _fill(phrase, tuple(given))
        return f"{self.say(node.function)}({', '.join(given)})"

    def _place(self, node: tree.Node) -> str:
        code: Any = node.value if isinstance(node, tree.StringLiteral) else None
        if isinstance(node, tree.Path) and self.parameters is not None:
            code = self.parameters.get(node.member)
        return place_name(self.regions, code) if isinstance(code, str) else self.say(node)

    def _context(self, node: tree.ContextLiteral) -> str:
        pieces = [f"{entry.key}: {self.say(entry.value)}" for entry in node.entries]
        return self.put("group", self.words["comma"].join(pieces))

    def _list(self, node: tree.ListLiteral) -> str:
        return self.words["list"].join(map(self.say, node.items)) or self.words["nothing"]

    def _instance_of(self, node: tree.InstanceOf) -> str:
        return self.put("instance", self.say(node.value), node.type.name)


def _fill(phrase: str, pieces: tuple[str, ...]) -> str:
    done = []
    for at, part in enumerate(phrase.split("{")):
        number, closed, rest = part.partition("}")
        if at and closed and number.isdigit() and int(number) < len(pieces):
            done.append(pieces[int(number)] + rest)
        else:
            done.append(part)
    return "".join(done)


def _fixed(node: tree.Call) -> Any:
    """Give the value of `date("…")` and the like, which is said as the value itself."""
    if not isinstance(node.function, tree.Name) or node.function.name not in _WRITTEN:
        return None
    given = [argument.value for argument in node.arguments]
    if len(given) != 1 or not isinstance(given[0], tree.StringLiteral):
        return None
    return temporal.read_any(given[0].value)


_WRITTEN = frozenset({"date", "time", "date and time", "duration"})


def _is_constant(node: tree.Node) -> bool:
    return isinstance(
        node, tree.NumberLiteral | tree.StringLiteral | tree.BooleanLiteral | tree.NullLiteral
    )


def _is_amount(node: tree.Node) -> bool:
    parameter = (
        isinstance(node, tree.Path)
        and isinstance(node.base, tree.Name)
        and node.base.name == "parameters"
    )
    return parameter or isinstance(node, tree.NumberLiteral)


_TELLERS: dict[type, Callable[[Speaker, Any], str]] = {
    tree.NumberLiteral: Speaker._literal,
    tree.StringLiteral: Speaker._literal,
    tree.BooleanLiteral: Speaker._literal,
    tree.NullLiteral: Speaker._null,
    tree.AtLiteral: Speaker._at,
    tree.Name: Speaker._name,
    tree.Path: Speaker._path,
    tree.Negation: Speaker._negation,
    tree.Arithmetic: Speaker._arithmetic,
    tree.Comparison: Speaker._comparison,
    tree.Logical: Speaker._logical,
    tree.Between: Speaker._between,
    tree.Membership: Speaker._membership,
    tree.UnaryTests: Speaker._unary_tests,
    tree.Test: Speaker._test,
    tree.RangeLiteral: Speaker._range,
    tree.If: Speaker._if,
    tree.For: Speaker._for,
    tree.Quantified: Speaker._quantified,
    tree.Filter: Speaker._filter,
    tree.FunctionLiteral: Speaker._function,
    tree.Call: Speaker._call,
    tree.ContextLiteral: Speaker._context,
    tree.ListLiteral: Speaker._list,
    tree.InstanceOf: Speaker._instance_of,
}
