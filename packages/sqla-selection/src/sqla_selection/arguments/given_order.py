"""What a client gave as order → its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from graphql import ListValueNode, ValueNode, VariableNode

from .document import child, has_fields
from .errors import ArgumentError, ArgumentPath
from .limits import Budget
from .order_inputs import direction_named
from .seen import EVERYTHING, Hides, check_order_key
from .shapes import OrderKey, OrderShape

__all__ = ["order_of"]


def order_of(
    shape: OrderShape,
    value: Any,
    node: ValueNode | None,
    name: str,
    budget: Budget,
    variables: Mapping[str, Any],
    hides: Hides = EVERYTHING,
) -> tuple[OrderKey, ...]:
    """Return the keys of an order, a list of items or one; the same key counts once.

    Raises:
        ArgumentError: An item has not exactly one key, or is about what is hidden.
        ArgumentLimitError: There are too many items.
    """
    items = value if isinstance(value, list) else [value]
    budget.check_order((name,), len(items))
    nodes = node.values if isinstance(node, ListValueNode) else (node,)
    keys: dict[Any, OrderKey] = {}
    for index, one in enumerate(items):
        path = (name, index) if isinstance(value, list) else (name,)
        written = nodes[index] if index < len(nodes) else None
        if one is None:
            if isinstance(written, VariableNode) and (
                written.name.value not in variables
            ):
                continue
            raise ArgumentError(path, "is null, which is no order. Leave it out.")
        for key in _keys(shape, one, written, path):
            check_order_key(hides, shape.mapper, key, path)
            keys.setdefault((key.path, key.source), key)
    return tuple(keys.values())


def _keys(
    shape: OrderShape, value: Any, node: ValueNode | None, path: ArgumentPath
) -> Iterator[OrderKey]:
    if shape.enum is not None:
        # Whatever Python values the application gave the enum.
        yield shape.keys[shape.enum.serialize(value)]
        return
    if not value and has_fields(node):
        return  # its variable was not given
    if len(value) != 1:
        raise ArgumentError(path, f"has {len(value)} keys, but must have one.")
    [(key, one)] = value.items()
    choice = shape.choices[key]
    if one is None:
        why = "is null, which is no order. Leave it out."
        raise ArgumentError((*path, choice.name), why)
    if choice.target is not None:
        for found in _keys(
            choice.target, one, child(node, choice.name), (*path, choice.name)
        ):
            yield replace(
                found,
                path=(choice.relationship, *found.path),
                is_exposed=found.is_exposed and choice.is_exposed,
            )
        return
    assert choice.key is not None
    assert choice.directions is not None
    yield replace(
        choice.key, direction=direction_named(choice.directions.serialize(one))
    )
