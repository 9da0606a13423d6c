"""Groups of questions that stand on a page while a condition holds.

Where a condition names codes of answers just before it, the style sheet follows it without script.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from form_engine.field import Field
from rule_engine import tree

Terms = Mapping[str, frozenset[str]]
"""Field ids, each with the codes of which one must be chosen; all must hold.

A condition that says anything else stands under the empty id, as its own text.
"""


def terms_of(node: tree.Node) -> Terms | None:
    """Read a condition made of equalities joined by `and`; `None` where it says anything else.

    `a = "x"`, `a in ("x", "y")`, `a = "x" or a = "y"`, `flag`, `flag = true` and `not(flag)`
    are understood.
    """
    if isinstance(node, tree.Name):
        return {node.name: frozenset({"true"})}
    if isinstance(node, tree.Comparison) and node.operator == "=":
        return _equality(node.left, [node.right]) or _equality(node.right, [node.left])
    if isinstance(node, tree.Membership):
        return _equality(node.value, [_tested(test) for test in node.tests])
    if isinstance(node, tree.Call):
        return _negated(node)
    if isinstance(node, tree.Logical):
        parts = [terms_of(operand) for operand in node.operands]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return _all_of(known) if node.operator == "and" else _one_of(known)
    return None


def _tested(node: tree.Node) -> tree.Node:
    return node.operand if isinstance(node, tree.Test) and node.operator == "=" else node


def _equality(name: tree.Node, literals: Iterable[tree.Node]) -> Terms | None:
    codes = [_code(literal) for literal in literals]
    if not isinstance(name, tree.Name) or any(code is None for code in codes):
        return None
    return {name.name: frozenset(code for code in codes if code is not None)}


def _code(node: tree.Node) -> str | None:
    if isinstance(node, tree.StringLiteral):
        return node.value
    if isinstance(node, tree.BooleanLiteral):
        return "true" if node.value else "false"
    return None


def _negated(node: tree.Call) -> Terms | None:
    is_not = isinstance(node.function, tree.Name) and node.function.name == "not"
    if not is_not or len(node.arguments) != 1:
        return None
    inner = node.arguments[0].value
    return {inner.name: frozenset({"false"})} if isinstance(inner, tree.Name) else None


def _all_of(parts: list[Terms]) -> Terms | None:
    joined: dict[str, frozenset[str]] = {}
    for part in parts:
        for name, codes in part.items():
            joined[name] = joined[name] & codes if name in joined else codes
    return joined


def _one_of(parts: list[Terms]) -> Terms | None:
    names = {name for part in parts for name in part}
    if len(names) != 1 or any(len(part) != 1 for part in parts):
        return None
    name = names.pop()
    return {name: frozenset().union(*(part[name] for part in parts))}


@dataclass(slots=True)
class Group:
    """Fields and groups that stand on the page only while `terms` hold."""

    terms: Terms
    items: "list[Field | Group]"

    @property
    def shows(self) -> str:
        """Name the field whose condition is that of the group: its first one."""
        return next((item.id for item in self.items if isinstance(item, Field)), "")


def grouped(fields: Iterable[Field], own: frozenset[str], live: frozenset[str]) -> Group:
    """Nest fields in the groups of their conditions.

    `own` are the fields of the page that can be answered, `live` those whose showing its script
    follows; other conditions make no groups. Where a condition narrows that of the group
    before, it nests inside.
    """
    root = Group({}, [])
    stack = [root]
    for field in fields:
        terms = _followed(field, own, live)
        while not _implies(terms, stack[-1], stack):
            stack.pop()
        held = {name: codes for group in stack for name, codes in group.terms.items()}
        rest = {name: codes for name, codes in terms.items() if held.get(name) != codes}
        if rest:
            group = Group(rest, [])
            stack[-1].items.append(group)
            stack.append(group)
        stack[-1].items.append(field)
    return root


def _followed(field: Field, own: frozenset[str], live: frozenset[str]) -> Terms:
    if field.visible_when is None:
        return {}
    terms = terms_of(field.visible_when.tree)
    if terms is not None and terms.keys() <= own:
        return terms
    return {"": frozenset({field.visible_when.text})} if field.id in live else {}


def _implies(terms: Terms, group: Group, stack: list[Group]) -> bool:
    return all(terms.get(name) == codes for name, codes in group.terms.items()) or group is stack[0]


def opened_by(group: Group, before: "Field | Group | None") -> tuple[str, frozenset[str]] | None:
    """Tell which answers of the field just before a group open it, where just they do."""
    if not isinstance(before, Field) or len(group.terms) != 1:
        return None
    name, codes = next(iter(group.terms.items()))
    return (name, codes) if name == before.id else None
