"""What a document has at a place of an argument: what coercion does not tell."""

from __future__ import annotations

from graphql import ListValueNode, ObjectValueNode, ValueNode

__all__ = ["child", "has_fields", "item"]


def has_fields(node: ValueNode | None) -> bool:
    """Tell whether the document has an object there that is not empty."""
    return isinstance(node, ObjectValueNode) and bool(node.fields)


def child(node: ValueNode | None, name: str) -> ValueNode | None:
    """Return the value of a field of an object in the document, if it is there."""
    if isinstance(node, ObjectValueNode):
        for one in node.fields:
            if one.name.value == name:
                return one.value
    return None


def item(node: ValueNode | None, index: int) -> ValueNode | None:
    """Return an item of a list in the document; what is no list is its only item."""
    if isinstance(node, ListValueNode):
        return node.values[index] if index < len(node.values) else None
    return node if isinstance(node, ObjectValueNode) else None
