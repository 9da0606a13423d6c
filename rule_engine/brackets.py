"""What stands in brackets: lists, ranges, contexts, arguments, and the tests of cells."""

from collections.abc import Callable

from rule_engine import tree
from rule_engine.cursor import Cursor, Stop
from rule_engine.lexer import END, NAME, OPERATOR, Token
from rule_engine.names import normalized
from rule_engine.tree import Node

COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))
ADD = 4
"""How tightly + and - bind; what binds as tightly needs no brackets at the ends of a range."""


class Brackets(Cursor):
    """Reads brackets; what stands in them is read by the parser that this is part of."""

    def expression(self) -> Node:
        """Read an expression."""
        raise NotImplementedError

    def binary(self, level: int) -> Node:
        """Read operators that bind as tightly as a level."""
        raise NotImplementedError

    def bracketed(self, rule: Callable[[], Node], closing: str) -> Node:
        """Read up to a closing bracket; after an error go on behind it."""
        inside, self.in_range = self.in_range, 0
        start = self.token.start
        try:
            node = rule()
            if not self.is_sign(closing):
                self.unexpected()
        except Stop:
            self.skip_to(closing)
            node = tree.Broken(span=(start, self.token.start))
        self.in_range = inside
        self.sign_of(closing)
        return node

    def parenthesis(self, opening: Token) -> Node:
        """Read what stands in round brackets: an expression, a test or a range."""
        inside, self.in_range = self.in_range, 0
        token = self.token
        if token.kind == OPERATOR and token.text in COMPARISONS:
            self.at += 1
            operand = self.binary(ADD)
            node: Node = tree.Test(token.text, operand, span=(token.start, operand.span[1]))
        else:
            node = self.expression()
            if self.is_sign(".."):
                self.in_range = inside
                return self.range_from(opening, node, closed=False)
        self.in_range = inside
        self.sign_of(")")
        return node

    def list_or_range(self, opening: Token) -> Node:
        """Read a list or a range."""
        inside, self.in_range = self.in_range, 0
        items: list[Node] = []
        while not self.is_sign("]"):
            items.append(self.test() if self.starts_test() else self.expression())
            if len(items) == 1 and self.is_sign(".."):
                self.in_range = inside
                return self.range_from(opening, items[0], closed=True)
            if not self.is_sign("]"):
                self.sign_of(",")
        self.in_range = inside
        self.at += 1
        return tree.ListLiteral(tuple(items), span=(opening.start, self.tokens[self.at - 1].end))

    def range_from(self, opening: Token, low: Node, *, closed: bool) -> Node:
        """Read a range from its `..` on."""
        self.sign_of("..")
        self.in_range += 1
        high = self.binary(ADD)
        self.in_range -= 1
        if self.is_sign("]") or self.is_sign(")") or self.is_sign("["):
            high_closed = self.token.text == "]"
            self.at += 1
        else:
            self.unexpected()
        end = self.tokens[self.at - 1].end
        return tree.RangeLiteral(low, high, closed, high_closed, span=(opening.start, end))

    def context(self, opening: Token) -> Node:
        """Read a context."""
        entries: list[tree.Entry] = []
        self.names.push(())
        while not self.is_sign("}"):
            start = self.token.start
            key = self.key(":")
            self.sign_of(":")
            value = self.expression()
            self.names.add(key)
            self.names.add_member(key)
            entries.append(tree.Entry(key, value, span=(start, value.span[1])))
            if not self.is_sign("}"):
                self.sign_of(",")
        self.at += 1
        self.names.pop()
        return tree.ContextLiteral(
            tuple(entries), span=(opening.start, self.tokens[self.at - 1].end)
        )

    def member_name(self) -> str:
        """Read the name behind a dot."""
        token = self.token
        known = self.names.member(self.tokens, self.at)
        if known is not None:
            self.at += known[1]
            return known[0]
        if token.kind != NAME:
            self.unexpected()
        self.at += 1
        return token.text

    def arguments(self) -> tuple[tree.Argument, ...]:
        """Read the arguments of a call."""
        found: list[tree.Argument] = []
        inside, self.in_range = self.in_range, 0
        while not self.is_sign(")"):
            start = self.token.start
            name = self.argument_name()
            value = self.test() if self.starts_test() else self.expression()
            found.append(tree.Argument(value, name, span=(start, value.span[1])))
            if not self.is_sign(")"):
                self.sign_of(",")
        self.in_range = inside
        self.at += 1
        return tuple(found)

    def argument_name(self) -> str | None:
        """Read the name of a named argument."""
        ahead = self.at
        while self.tokens[ahead].kind == NAME:
            ahead += 1
        token = self.tokens[ahead]
        if ahead == self.at or token.kind != OPERATOR or token.text != ":":
            return None
        name = normalized(self.text[self.token.start : self.tokens[ahead - 1].end])
        self.at = ahead + 1
        return name

    def unary_tests(self) -> Node:
        """Read the text of a cell."""
        start = self.token.start
        if self.token.text == "not" and self.tokens[self.at + 1].text == "(":
            before = self.at
            self.at += 2
            tests = self.test_list()
            if self.is_sign(")") and self.tokens[self.at + 1].kind == END:
                self.at += 1
                return tree.UnaryTests(tests, negated=True, span=(start, self.token.start))
            self.at = before
            self.faults.clear()
        tests = self.test_list()
        return tree.UnaryTests(tests, span=(start, self.token.start))

    def test_list(self) -> tuple[Node, ...]:
        """Read tests separated by commas."""
        tests = [self.test()]
        while self.is_sign(","):
            self.at += 1
            tests.append(self.test())
        return tuple(tests)

    def starts_test(self) -> bool:
        """Tell whether a test with an operator begins here."""
        return self.token.kind == OPERATOR and self.token.text in COMPARISONS

    def test(self) -> Node:
        """Read one test."""
        token = self.token
        if not self.starts_test():
            return self.expression()
        self.at += 1
        operand = self.binary(ADD)
        return tree.Test(token.text, operand, span=(token.start, operand.span[1]))

    def tests_of_in(self) -> tuple[Node, ...]:
        """Read what stands behind `in`."""
        if not self.is_sign("("):
            return (self.single_test(),)
        before, faults = self.at, len(self.faults)
        self.at += 1
        try:
            tests = self.test_list()
        except Stop:
            tests = ()
        if tests and self.is_sign(")"):
            self.at += 1
            return tests
        self.at = before
        del self.faults[faults:]
        return (self.single_test(),)

    def single_test(self) -> Node:
        """Read the only test behind `in`."""
        if self.starts_test():
            return self.test()
        return self.binary(ADD)
