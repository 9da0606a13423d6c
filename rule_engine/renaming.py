"""Renaming in trees: names of the vocabulary change, names declared inside stay."""

import dataclasses
from collections.abc import Callable
from typing import Any

from rule_engine import tree

Deeper = Callable[[tree.Node], tree.Node]
Special = Callable[[tree.Node, Deeper], tree.Node | None]


def renamed(
    node: tree.Node,
    rename: Callable[[str], str],
    special: Special | None = None,
    hidden: frozenset[str] = frozenset(),
) -> tree.Node:
    """Give a tree with other names; `special` may rewrite a node itself, else gives None."""
    if isinstance(node, tree.Name):
        if node.name in hidden:
            return node
        return tree.Name(rename(node.name), span=node.span)
    inner = hidden | declared(node)

    def deeper(child: tree.Node) -> tree.Node:
        return renamed(child, rename, special, inner)

    if special is not None:
        done = special(node, deeper)
        if done is not None:
            return done
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tree.Node):
            changes[field.name] = deeper(value)
        elif isinstance(value, tuple):
            changes[field.name] = tuple(
                deeper(item) if isinstance(item, tree.Node) else item for item in value
            )
    return dataclasses.replace(node, **changes)


def declared(node: tree.Node) -> frozenset[str]:
    """Name what a node declares for the nodes inside it."""
    if isinstance(node, tree.For | tree.Quantified):
        return frozenset(iterator.name for iterator in node.iterators) | {"partial"}
    if isinstance(node, tree.FunctionLiteral):
        return frozenset(parameter.name for parameter in node.parameters)
    if isinstance(node, tree.ContextLiteral):
        return frozenset(entry.key for entry in node.entries)
    if isinstance(node, tree.Filter):
        return frozenset(("item",))
    return frozenset()
