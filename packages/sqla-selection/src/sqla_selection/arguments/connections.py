"""An object type → the shape of a connection, if its structure is one.

As the Relay cursor connections specification has it: `edges { node cursor }`, or
`nodes`, or both, with `pageInfo` and `totalCount` where the schema wants them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from graphql import (
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_object_type,
)

from .shapes import ConnectionShape
from .vocabulary import plain, refuse

__all__ = [
    "connection_shape",
    "node_type_of",
    "reads_of_connection",
]

_PAGE_INFO = ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor")


def connection_shape(type_: Any, bound: Collection[str]) -> ConnectionShape | None:
    """Return the shape of *type_*, `None` where it is no connection.

    Args:
        type_: The named type of a field.
        bound: The names of the GraphQL types that show mapped classes, see
            `shown_types`.

    Raises:
        ConfigurationError: It is one, but has a field that would have no value.
    """
    shape = _shape_of(type_)
    if shape is None or type_.name in bound or shape.node_type not in bound:
        return None
    _check(type_, ("edges", "nodes", "pageInfo", "totalCount"))
    if shape.edges is not None:
        edge = get_named_type(type_.fields[shape.edges].type)
        _check(edge, ("node", "cursor"))
    if shape.page_info is not None:
        of_page = get_named_type(type_.fields[shape.page_info].type)
        if not is_object_type(of_page):
            refuse(f"{type_.name}.{shape.page_info}", "is no object type.")
        _check(of_page, _PAGE_INFO)
    return shape


def node_type_of(type_: Any) -> str:
    """Return the name of the nodes' type, empty where *type_* is no connection.

    Which types are bound, and what else it has, is not asked: the schema may not be
    complete as yet.
    """
    shape = _shape_of(type_)
    return "" if shape is None else shape.node_type


def _shape_of(type_: Any) -> ConnectionShape | None:
    if not is_object_type(type_):
        return None
    fields = {plain(name): name for name in type_.fields}
    edges, nodes = fields.get("edges"), fields.get("nodes")
    edge = node = cursor = node_type = None
    if nodes is not None and _is_list(type_.fields[nodes].type):
        node_type = get_named_type(type_.fields[nodes].type).name
    if edges is not None and _is_list(type_.fields[edges].type):
        edge = get_named_type(type_.fields[edges].type)
    if is_object_type(edge):
        of_edge = {plain(name): name for name in edge.fields}
        node, cursor = of_edge.get("node"), of_edge.get("cursor")
        if node is not None:
            node_type = get_named_type(edge.fields[node].type).name
    if node_type is None:
        return None
    return ConnectionShape(
        type_.name,
        node_type,
        edges if is_object_type(edge) else None,
        nodes,
        fields.get("pageinfo"),
        fields.get("totalcount"),
        cursor,
        node,
    )


def reads_of_connection(field_name: str) -> tuple[str, ...]:
    """Return the names that a connection field of *field_name* may read, in order.

    `postsConnection` reads `posts`, where nothing has its own name.
    """
    for suffix in ("Connection", "_connection"):
        shorter = field_name.removesuffix(suffix)
        if shorter and shorter != field_name:
            return field_name, shorter
    return (field_name,)


def _is_list(type_: Any) -> bool:
    return is_list_type(get_nullable_type(type_))


def _check(type_: GraphQLObjectType, known: tuple[str, ...]) -> None:
    names = {plain(name) for name in known}
    for name, definition in type_.fields.items():
        if definition.resolve is not None:
            continue
        if plain(name) not in names:
            refuse(
                f"{type_.name}.{name}",
                "is not known of a connection, and has no resolver.",
                name,
                known,
            )
        for argument in definition.args:
            refuse(
                f"{type_.name}.{name}({argument}:)",
                "is an argument of a connection's own field, which reads none. The "
                "field that gives the connection takes them.",
            )
