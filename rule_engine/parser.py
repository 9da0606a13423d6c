"""From text to tree: a Pratt parser for FEEL that goes on after an error (DMN 1.5, 10.3.1.2)."""

from collections.abc import Callable

from rule_engine import temporal, tree
from rule_engine.brackets import ADD, COMPARISONS, Brackets
from rule_engine.cursor import Fault, Stop, short
from rule_engine.lexer import END, KEYWORDS, MAX_TOKENS, NAME, NUMBER, OPERATOR, STRING, Token
from rule_engine.names import Names, normalized
from rule_engine.numeric import number
from rule_engine.tree import Node

MAX_LENGTH = 32_768
MAX_CHAIN = 128

_AFTER_RANGE = frozenset(
    ("and", "or", "in", "then", "else", "return", "satisfies", "between", "instance")
)
_OR, _AND, _COMPARE, _MULTIPLY, _POWER = 1, 2, 3, 5, 6
_BINARY = {"+": ADD, "-": ADD, "*": _MULTIPLY, "/": _MULTIPLY, "**": _POWER}


def parse_expression(text: str, names: Names) -> tuple[Node, list[Fault]]:
    """Read an expression."""
    return _parse(text, names, lambda parser: parser.expression())


def parse_unary_tests(text: str, names: Names) -> tuple[Node, list[Fault]]:
    """Read the text of a table's cell; nothing and `-` are any value."""
    if text.strip() in ("", "-"):
        return tree.UnaryTests((), span=(0, len(text))), []
    return _parse(text, names, lambda parser: parser.unary_tests())


def parse_type(text: str) -> tuple[tree.TypeName | None, list[Fault]]:
    """Read the name of a type."""
    node, faults = _parse(text, Names(), lambda parser: parser.type_name())
    return (node if isinstance(node, tree.TypeName) else None), faults


def _parse(text: str, names: Names, rule: Callable[["_Parser"], Node]) -> tuple[Node, list[Fault]]:
    if len(text) > MAX_LENGTH:
        fault = Fault("feel_too_long", (0, 0), {"length": len(text), "most": MAX_LENGTH})
        return tree.Broken(span=(0, len(text))), [fault]
    parser = _Parser(text, names)
    if len(parser.tokens) > MAX_TOKENS:
        fault = Fault("feel_too_long", (0, 0), {"length": len(text), "most": MAX_LENGTH})
        return tree.Broken(span=(0, len(text))), [fault]
    try:
        node = rule(parser)
        if not parser.faults and parser.token.kind != END:
            parser.unexpected()
    except Stop:
        node = tree.Broken(span=(0, len(text)))
    return node, parser.faults


class _Parser(Brackets):
    # The grammar, from the loosest binding to the tightest

    def expression(self, level: int = _OR) -> Node:
        self.deeper()
        try:
            return self.binary(level)
        finally:
            self.nesting -= 1

    def binary(self, level: int) -> Node:
        left = self.prefix()
        chain = 0
        while True:
            chain += 1
            if chain > MAX_CHAIN:
                self.fail("feel_too_deep", most=MAX_CHAIN)
            token = self.token
            text = token.text
            if token.kind == OPERATOR and text in _BINARY and _BINARY[text] >= level:
                self.at += 1
                right = self.binary(_BINARY[text] + 1)
                left = tree.Arithmetic(text, left, right, span=self.span(left))
            elif token.kind == OPERATOR and text in COMPARISONS and level <= _COMPARE:
                self.at += 1
                right = self.binary(ADD)
                left = tree.Comparison(text, left, right, span=self.span(left))
            elif token.kind == NAME and text in ("and", "or"):
                wanted = _AND if text == "and" else _OR
                if level > wanted:
                    return left
                left = self.logical(left, text, wanted)
            elif token.kind == NAME and text == "between" and level <= _COMPARE:
                left = self.between(left)
            elif token.kind == NAME and text == "in" and level <= _COMPARE:
                self.at += 1
                tests = self.tests_of_in()
                left = tree.Membership(left, tests, span=self.span(left))
            else:
                return left

    def logical(self, left: Node, operator: str, level: int) -> Node:
        operands = [left]
        while self.token.kind == NAME and self.token.text == operator:
            self.at += 1
            operands.append(self.binary(level + 1))
        return tree.Logical(operator, tuple(operands), span=self.span(left))

    def between(self, left: Node) -> Node:
        self.at += 1
        low = self.binary(ADD)
        self.word("and")
        high = self.binary(ADD)
        return tree.Between(left, low, high, span=self.span(left))

    def prefix(self) -> Node:
        token = self.token
        if token.kind == OPERATOR and token.text == "-":
            self.deeper()
            self.at += 1
            operand = self.prefix()
            self.nesting -= 1
            return tree.Negation(operand, span=(token.start, operand.span[1]))
        return self.postfix(self.primary())

    def postfix(self, node: Node) -> Node:
        chain = 0
        while True:
            chain += 1
            if chain > MAX_CHAIN:
                self.fail("feel_too_deep", most=MAX_CHAIN)
            token = self.token
            if token.kind == NAME and token.text == "instance":
                if self.tokens[self.at + 1].text != "of":
                    return node
                self.at += 2
                node = tree.InstanceOf(node, self.type_name(), span=self.span(node))
                continue
            if token.kind != OPERATOR:
                return node
            if token.text == ".":
                self.at += 1
                node = tree.Path(node, self.member_name(), span=self.span(node))
            elif token.text == "[" and not (self.in_range and self.closes_range()):
                self.at += 1
                self.names.push(("item",))
                condition = self.bracketed(self.expression, "]")
                self.names.pop()
                node = tree.Filter(node, condition, span=self.span(node))
            elif token.text == "(":
                self.at += 1
                node = tree.Call(node, self.arguments(), span=self.span(node))
            else:
                return node

    def closes_range(self) -> bool:
        follower = self.tokens[self.at + 1]
        if follower.kind == END:
            return True
        if follower.kind == OPERATOR:
            return follower.text not in ("(", "[", "{", "-", "@", "?")
        return follower.kind == NAME and follower.text in _AFTER_RANGE

    def primary(self) -> Node:
        token = self.token
        span = (token.start, token.end)
        if token.kind == NUMBER:
            self.at += 1
            value = number(token.text)
            if value is None:
                self.report("feel_bad_number", span, found=short(token.text))
                return tree.Broken(span=span)
            return tree.NumberLiteral(value, span=span)
        if token.kind == STRING:
            self.at += 1
            return tree.StringLiteral(token.value, span=span)
        if token.kind == OPERATOR:
            return self.sign(token)
        if token.kind == NAME:
            return self.word_or_name(token)
        return self.unexpected()

    def sign(self, token: Token) -> Node:
        if token.text == "(":
            self.at += 1
            return self.parenthesis(token)
        if token.text == "[":
            self.at += 1
            return self.list_or_range(token)
        if token.text == "]":
            self.at += 1
            return self.range_from(token, self.binary(ADD), closed=False)
        if token.text == "{":
            self.at += 1
            return self.context(token)
        if token.text == "?":
            self.at += 1
            return tree.Name("?", span=(token.start, token.end))
        if token.text == "@" and self.tokens[self.at + 1].kind == STRING:
            literal = self.tokens[self.at + 1]
            self.at += 2
            span = (token.start, literal.end)
            if temporal.read_any(literal.value) is None:
                self.report("feel_bad_date", span, found=short(literal.value))
            return tree.AtLiteral(literal.value, span=span)
        return self.unexpected()

    def word_or_name(self, token: Token) -> Node:
        known = self.names.variable(self.tokens, self.at)
        if known is not None and not (known[1] == 1 and token.text in KEYWORDS):
            self.at += known[1]
            return tree.Name(known[0], span=(token.start, self.tokens[self.at - 1].end))
        simple = _WORDS.get(token.text)
        if simple is not None:
            return simple(self)
        if token.text in KEYWORDS:
            return self.unexpected()
        return self.unknown_name(token)

    def unknown_name(self, token: Token) -> Node:
        while True:
            self.at += 1
            follower = self.token
            if follower.kind not in (NAME, NUMBER) or follower.text in KEYWORDS:
                break
            if follower.kind == NUMBER and not follower.text.isdigit():
                break
        end = self.tokens[self.at - 1].end
        return tree.Name(normalized(self.text[token.start : end]), span=(token.start, end))

    # Words

    def if_(self) -> Node:
        start = self.token.start
        self.at += 1
        condition = self.clause("then")
        self.word("then")
        yes = self.clause("else")
        self.word("else")
        no = self.expression()
        return tree.If(condition, yes, no, span=(start, no.span[1]))

    def clause(self, word: str) -> Node:
        start = self.token.start
        try:
            node = self.expression()
            if self.token.text != word:
                self.unexpected()
            return node
        except Stop:
            self.skip_to(word)
            if self.token.text != word:
                raise
            return tree.Broken(span=(start, self.token.start))

    def for_(self) -> Node:
        start = self.token.start
        self.at += 1
        iterators = self.iterators("return")
        self.names.add("partial")
        body = self.expression()
        self.names.pop()
        return tree.For(iterators, body, span=(start, body.span[1]))

    def quantified(self) -> Node:
        token = self.token
        self.at += 1
        iterators = self.iterators("satisfies")
        condition = self.expression()
        self.names.pop()
        return tree.Quantified(
            token.text, iterators, condition, span=(token.start, condition.span[1])
        )

    def iterators(self, word: str) -> tuple[tree.Iterator, ...]:
        self.names.push(())
        found: list[tree.Iterator] = []
        while True:
            start = self.token.start
            name = self.key("in")
            self.word("in")
            source = self.expression()
            end: Node | None = None
            if self.is_sign(".."):
                self.at += 1
                end = self.expression()
            self.names.add(name)
            last = end or source
            found.append(tree.Iterator(name, source, end, span=(start, last.span[1])))
            if not self.is_sign(","):
                break
            self.at += 1
        self.word(word)
        return tuple(found)

    def function(self) -> Node:
        start = self.token.start
        self.at += 1
        self.sign_of("(")
        parameters: list[tree.Parameter] = []
        while not self.is_sign(")"):
            begin = self.token.start
            name = self.key(":", ",", ")")
            kind: tree.TypeName | None = None
            if self.is_sign(":"):
                self.at += 1
                kind = self.type_name()
            end = self.tokens[self.at - 1].end
            parameters.append(tree.Parameter(name, kind, span=(begin, end)))
            if not self.is_sign(")"):
                self.sign_of(",")
        self.at += 1
        external = self.token.text == "external"
        if external:
            self.at += 1
        self.names.push([parameter.name for parameter in parameters])
        body = self.expression()
        self.names.pop()
        return tree.FunctionLiteral(tuple(parameters), body, external, span=(start, body.span[1]))

    def literal(self) -> Node:
        token = self.token
        self.at += 1
        span = (token.start, token.end)
        if token.text == "null":
            return tree.NullLiteral(span=span)
        return tree.BooleanLiteral(token.text == "true", span=span)


_WORDS: dict[str, Callable[[_Parser], Node]] = {
    "if": _Parser.if_,
    "for": _Parser.for_,
    "some": _Parser.quantified,
    "every": _Parser.quantified,
    "function": _Parser.function,
    "true": _Parser.literal,
    "false": _Parser.literal,
    "null": _Parser.literal,
}
