"""What a function is: its signatures, its Python face, and how arguments are brought into them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rule_engine.feel_types import ANY, MISMATCH, SIMPLE, Type, coerced
from rule_engine.running import Run
from rule_engine.values import WideDate, WideMoment

Call = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `nullable` ones get null passed on, for others null gives null."""

    name: str
    types: tuple[Type, ...]
    optional: bool = False
    nullable: bool = False
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function."""

    parameters: tuple[Parameter, ...]

    def takes(self, count: int) -> bool:
        """Tell whether so many positional arguments fit."""
        least = sum(not p.optional and not p.variadic for p in self.parameters)
        endless = any(p.variadic for p in self.parameters)
        if endless:
            return count >= max(least, 1)
        return least <= count <= len(self.parameters)


@dataclass(frozen=True, slots=True)
class FeelFunction:
    """A function of the language.

    `call(run, *arguments)` gives the value, null where there is none. `may_be_null` says that a
    null from arguments that are not null is an answer and no error. `people` are sentences for
    readers by locale, with `{0}`, `{1}` for the arguments. `wide` ones know dates of all years.
    """

    name: str
    signatures: tuple[Signature, ...]
    result: Type
    call: Call
    may_be_null: bool = False
    people: Mapping[str, str] | None = None
    by_signature: bool = False
    wide: bool = False


def parameter(text: str) -> Parameter:
    """Read `name: type|type`, with `name?` optional, `name...` variadic, `type?` nullable."""
    name, _, kinds = text.partition(":")
    name, kinds = name.strip(), kinds.strip()
    variadic, optional = name.endswith("..."), name.endswith("?")
    nullable = kinds.endswith("?") or kinds == "any"
    types = tuple(_TYPES[kind.strip()] for kind in kinds.rstrip("?").split("|"))
    return Parameter(name.rstrip(".?"), types, optional, nullable, variadic)


_TYPES = {
    **SIMPLE,
    "moment": SIMPLE["date and time"],
    "days": SIMPLE["days and time duration"],
    "months": SIMPLE["years and months duration"],
    "numbers": Type("list", (SIMPLE["number"],)),
    "strings": Type("list", (SIMPLE["string"],)),
}


def signature(text: str) -> Signature:
    """Read parameters separated by commas."""
    return Signature(tuple(parameter(part) for part in text.split(",") if part.strip()))


def feel(
    name: str,
    *signatures: str,
    result: str = "any",
    may_be_null: bool = False,
    people: Mapping[str, str] | None = None,
    by_signature: bool = False,
    wide: bool = False,
) -> Callable[[Call], FeelFunction]:
    """Make a function of the language out of a Python function.

    With `by_signature` the Python function gets the signature's number before the arguments.
    """

    def made(call: Call) -> FeelFunction:
        ways = tuple(signature(text) for text in signatures)
        return FeelFunction(
            name, ways, _TYPES[result], call, may_be_null, people, by_signature, wide
        )

    return made


def registry(*groups: Iterable[FeelFunction]) -> dict[str, FeelFunction]:
    """Join functions into one registry; raises ValueError where a name is taken."""
    known: dict[str, FeelFunction] = {}
    for group in groups:
        for function in group:
            if function.name in known:
                raise ValueError(f'The function name "{function.name}" is taken.')
            known[function.name] = function
    return known


_NOTHING = object()


def arranged(
    function: FeelFunction, names: tuple[str | None, ...]
) -> list[tuple[int, tuple[int, ...]]]:
    """Find the signatures that a call's shape fits: the number, and where each argument goes."""
    fitting = []
    for number, way in enumerate(function.signatures):
        if all(name is None for name in names):
            if way.takes(len(names)):
                fitting.append((number, tuple(range(len(names)))))
            continue
        known = [p.name for p in way.parameters]
        if any(name is None or name not in known for name in names):
            continue
        if len(set(names)) != len(names):
            continue
        needed = [p.name for p in way.parameters if not p.optional and not p.variadic]
        if all(name in names for name in needed):
            fitting.append((number, tuple(known.index(name) for name in names if name)))
    return fitting


def invoke(
    function: FeelFunction,
    shapes: list[tuple[int, tuple[int, ...]]],
    arguments: list[Any],
    run: Run,
) -> tuple[Any, bool]:
    """Call a function; the second part of the answer is False where no signature fits the types."""
    for number, places in shapes:
        prepared = _prepare(function.signatures[number], places, arguments)
        if prepared is None:
            continue
        values, has_null = prepared
        if has_null or (not function.wide and _is_wide(function, number, values)):
            return None, True
        if function.by_signature:
            return function.call(run, number, *values), True
        return function.call(run, *values), True
    return None, False


def _is_wide(function: FeelFunction, number: int, values: list[Any]) -> bool:
    parameters = function.signatures[number].parameters
    return any(
        isinstance(value, WideDate | WideMoment) and wanted.types[0] is not ANY
        for value, wanted in zip(values, parameters, strict=True)
    )


def _prepare(
    way: Signature, places: tuple[int, ...], arguments: list[Any]
) -> tuple[list[Any], bool] | None:
    parameters = way.parameters
    values: list[Any] = [_NOTHING] * len(parameters)
    rest: list[Any] = []
    has_null = False
    for place, argument in zip(places, arguments, strict=True):
        at = min(place, len(parameters) - 1)
        wanted = parameters[at]
        value = _converted(argument, wanted)
        if value is MISMATCH:
            return None
        if value is None and not wanted.nullable:
            has_null = True
        if wanted.variadic:
            rest.append(value)
        else:
            values[at] = value
    done: list[Any] = []
    for at, wanted in enumerate(parameters):
        if wanted.variadic:
            done.append(rest)
        elif values[at] is not _NOTHING:
            done.append(values[at])
        else:
            done.append(None)
    return done, has_null


def _converted(value: Any, wanted: Parameter) -> Any:
    if value is None or wanted.types[0] is ANY:
        return value
    for kind in wanted.types:
        done = coerced(value, kind)
        if done is not MISMATCH:
            return done
    return MISMATCH
