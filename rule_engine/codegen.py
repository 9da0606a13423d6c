"""Python functions out of syntax trees: names are generated, literals are constants of the code.

The one module that compiles. No text goes in: the pieces below are the only way to build code,
and none of them takes a name, an operator or a literal as Python text from outside. A value of
an expression becomes a constant of the code or a generated global of the function.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

Piece = ast.expr
Line = ast.stmt

_COMPARISONS: Mapping[str, ast.cmpop] = {
    "=": ast.Eq(),
    "!=": ast.NotEq(),
    "<": ast.Lt(),
    "<=": ast.LtE(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
}


class Code:
    """One function under way: its parameters, its generated names and its constants."""

    def __init__(self, parameters: int) -> None:
        """Take so many parameters."""
        self._parameters = [f"p{at}" for at in range(parameters)]
        self._constants: dict[str, Any] = {}
        self._known: dict[int, str] = {}
        self._locals = 0

    def parameter(self, at: int) -> Piece:
        """Give the value of a parameter."""
        return ast.Name(self._parameters[at], ast.Load())

    def local(self) -> str:
        """Generate the name of a variable."""
        self._locals += 1
        return f"v{self._locals}"

    def constant(self, value: Any) -> Piece:
        """Make a value known to the function: in its code, or under a generated name."""
        if value is None or value is True or value is False or type(value) is str:
            return ast.Constant(value)
        name = self._known.get(id(value))
        if name is None:
            name = f"k{len(self._constants)}"
            self._constants[name] = value
            self._known[id(value)] = name
        return ast.Name(name, ast.Load())

    def function(self, body: Sequence[Line]) -> Callable[..., Any]:
        """Compile the function."""
        arguments = ast.arguments(
            posonlyargs=[ast.arg(name) for name in self._parameters],
            args=[],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        )
        made = ast.FunctionDef("generated", arguments, list(body), [])
        module = ast.fix_missing_locations(ast.Module([made], []))
        code = compile(module, "<generated>", "exec").co_consts[0]
        return FunctionType(code, {"__builtins__": {}, **self._constants})


def load(name: str) -> Piece:
    """Give the value of a local variable."""
    return ast.Name(name, ast.Load())


def assign(name: str, value: Piece) -> Line:
    """Set a local variable."""
    return ast.Assign([ast.Name(name, ast.Store())], value)


def call(function: Piece, *arguments: Piece) -> Piece:
    """Call a function."""
    return ast.Call(function, list(arguments), [])


def look_up(mapping: Piece, *arguments: Piece) -> Piece:
    """Call the method `get` of a mapping."""
    return ast.Call(ast.Attribute(mapping, "get", ast.Load()), list(arguments), [])


def item(sequence: Piece, at: Piece) -> Piece:
    """Take an element."""
    return ast.Subscript(sequence, at, ast.Load())


def compared(operator: str, left: Piece, right: Piece) -> Piece:
    """Compare by an operator of FEEL, with Python's meaning."""
    return ast.Compare(left, [_COMPARISONS[operator]], [right])


def between(low: Piece, low_closed: bool, value: Piece, high_closed: bool, high: Piece) -> Piece:
    """Ask whether a value lies between two others."""
    signs = [_COMPARISONS["<=" if closed else "<"] for closed in (low_closed, high_closed)]
    return ast.Compare(low, signs, [value, high])


def same(left: Piece, right: Piece) -> Piece:
    """Ask whether two values are one object."""
    return ast.Compare(left, [ast.Is()], [right])


def other(left: Piece, right: Piece) -> Piece:
    """Ask whether two values are different objects."""
    return ast.Compare(left, [ast.IsNot()], [right])


def is_none(value: Piece) -> Piece:
    """Ask whether a value is None."""
    return same(value, ast.Constant(None))


def within(value: Piece, container: Piece) -> Piece:
    """Ask whether a container has a value."""
    return ast.Compare(value, [ast.In()], [container])


def negated(value: Piece) -> Piece:
    """Turn a truth value around."""
    return ast.UnaryOp(ast.Not(), value)


def all_of(*values: Piece) -> Piece:
    """Join truth values by `and`."""
    return values[0] if len(values) == 1 else ast.BoolOp(ast.And(), list(values))


def any_of(*values: Piece) -> Piece:
    """Join truth values by `or`."""
    return values[0] if len(values) == 1 else ast.BoolOp(ast.Or(), list(values))


def added(left: Piece, right: Piece) -> Piece:
    """Add two counts."""
    return ast.BinOp(left, ast.Add(), right)


def common_bits(left: Piece, right: Piece) -> Piece:
    """Join two sets of bits by `&`."""
    return ast.BinOp(left, ast.BitAnd(), right)


def first_bit(bits: Piece) -> Piece:
    """Give the place of the lowest bit, counted from one; 0 where there is none."""
    lowest = ast.BinOp(bits, ast.BitAnd(), ast.UnaryOp(ast.USub(), bits))
    return ast.Call(ast.Attribute(lowest, "bit_length", ast.Load()), [], [])


def more_bits(bits: Piece) -> Piece:
    """Give the bits without the lowest."""
    return ast.BinOp(bits, ast.BitAnd(), ast.BinOp(bits, ast.Sub(), ast.Constant(1)))


def chosen(condition: Piece, yes: Piece, no: Piece) -> Piece:
    """Choose between two values."""
    return ast.IfExp(condition, yes, no)


def when(condition: Piece, yes: Sequence[Line], no: Sequence[Line] = ()) -> Line:
    """Choose between two blocks."""
    return ast.If(condition, list(yes) or [ast.Pass()], list(no))


def once(body: Sequence[Line]) -> Line:
    """Make a block that `leave` leaves; its last line must leave it as well."""
    return ast.While(ast.Constant(True), list(body), [])


def leave() -> Line:
    """Leave the block around."""
    return ast.Break()


def give(value: Piece) -> Line:
    """Return a value."""
    return ast.Return(value)


def run(value: Piece) -> Line:
    """Work a value out for its effect."""
    return ast.Expr(value)


def guarded(body: Sequence[Line], errors: Piece, answer: Piece) -> Line:
    """Give an answer where one of the errors comes up."""
    handler = ast.ExceptHandler(errors, None, [give(answer)])
    return ast.Try(list(body), [handler], [], [])
