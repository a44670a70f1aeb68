"""What was decided by nodes of a document, for as long as that lives.

A server that keeps parsed documents gives the same field nodes with every request of
the same query. What else decided the selection (the fragments, the variables of `@skip`
and `@include`) is compared before it holds again.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import FieldNode, FragmentDefinitionNode

from ._compat import coerced_variables
from .asked import Asked
from .collector import Consulted
from .selection import collect_field, collect_root
from .type_registry import TypeRegistry

__all__ = ["RootAsked", "remember", "remembered", "root_of"]

_VARIANTS = 8
"""Kept for one field of one document: one for each outcome of its conditions."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What was decided, and all that it was decided by, beside its nodes."""

    fragments: dict[str, FragmentDefinitionNode | None]
    variables: dict[str, Any]
    value: Any

    def holds_for(self, info: Any) -> bool:
        if not all(
            info.fragments.get(name) is fragment
            for name, fragment in self.fragments.items()
        ):
            return False
        if not self.variables:
            return True
        values = coerced_variables(info)
        return all(
            name in values and values[name] == value
            for name, value in self.variables.items()
        )


def remembered(
    types: TypeRegistry, nodes: Sequence[FieldNode], key: Hashable, info: Any
) -> list[Any]:
    """Return what was decided for *nodes* and *key*, where all was as it is now."""
    variants = types.plans_of_nodes.get(nodes, key) or ()
    return [one.value for one in variants if one.holds_for(info)]


def remember(
    types: TypeRegistry,
    nodes: Sequence[FieldNode],
    key: Hashable,
    info: Any,
    consulted: Consulted,
    value: Any = None,
) -> None:
    """Keep *value*, which was decided by *nodes* and what was *consulted*.

    It must not lead to the document, which goes when nobody else keeps it.
    """
    values = coerced_variables(info)
    if not consulted.variables <= values.keys():
        return
    variables = {name: values[name] for name in consulted.variables}
    made = _Remembered(consulted.fragments, variables, value)
    variants = types.plans_of_nodes.get(nodes, key) or ()
    types.plans_of_nodes.put(nodes, key, (made, *variants)[:_VARIANTS])


class RootAsked(NamedTuple):
    """A field of the operation."""

    nodes: tuple[FieldNode, ...]
    asked: Asked
    """What is asked below it."""


def root_of(info: Any, consulted: Consulted) -> RootAsked | None:
    """Return the field of the operation that *info* is in, `None` if that is a leaf."""
    path = info.path
    while path.prev is not None:
        path = path.prev
    if path is info.path:
        below = collect_field(info, consulted).below
        return None if below is None else RootAsked(tuple(info.field_nodes), below)
    root = collect_root(info, path.key, consulted)
    if root is None or root.selection is None:
        return None
    return RootAsked(root.nodes, root.selection.asked)
