"""The bindable that gives objects global ids, and finds them by these."""

from __future__ import annotations

from functools import partial
from inspect import signature
from typing import Any

from ariadne import SchemaBindable
from ariadne.types import Resolver
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from sqla_selection import ConfigurationError
from sqla_selection.errors import suggest

from .argument_shapes import look_when_complete
from .node_ids import NodeIds, NodeType
from .nodes import answer_node, answer_nodes
from .ownership import is_default, is_ours, own

__all__ = ["SQLAlchemyNodeType"]

_SDL = "interface Node { id: ID! }"


class SQLAlchemyNodeType(SchemaBindable):
    """Gives objects global ids, and answers `node(id)` and `nodes(ids)` by these.

    ```graphql
    type Query { node(id: ID!): Node  nodes(ids: [ID!]!): [Node]! }
    interface Node { id: ID! }
    type User implements Node { id: ID! name: String! }
    ```

    The types that implement the interface and are bound by `SQLAlchemyObjectType` are
    nodes: their `id` is a global id, and `ID` arguments and filters of columns that are
    their keys, or refer to them, take one as well as the key itself. An `id` with a
    resolver of the application's own keeps that.

    Fields of `Query` that give the interface, or a list of it, by an argument `id` or
    `ids` are one statement for each type that is asked for, and one more for each
    collection and level. They start from the `get_base_query` of the type, without its
    order and limit. What does not exist is null, what is no global id is an error.

    See the Relay specification of
    [Global Object Identification](https://relay.dev/graphql/objectidentification.htm).

    Args:
        name: The name of the interface.
    """

    def __init__(self, name: str = "Node") -> None:
        self.name = name

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        """Note the interface; the types are looked at when the schema is complete.

        Raises:
            ConfigurationError: The schema has no such interface with an `id: ID!`.
        """
        self._check(schema)
        bound = look_when_complete(schema)
        ids = NodeIds(schema, bound, self.name)
        bound.id_reader = ids.reader_of
        bound.vocabulary = None
        bound.when_complete.add("nodes", lambda schema: self._bind(schema, ids))
        if schema.query_type is not None:
            for name, definition in schema.query_type.fields.items():
                resolver = self._root_resolver(definition, ids)
                if resolver is not None and _is_free(definition):
                    own(definition, resolver)
                    bound.when_complete.add(("root", name), lambda _: None)

    def _check(self, schema: GraphQLSchema) -> None:
        interface = schema.type_map.get(self.name)
        if not isinstance(interface, GraphQLInterfaceType):
            known = [
                name
                for name, type_ in schema.type_map.items()
                if isinstance(type_, GraphQLInterfaceType)
            ]
            msg = (
                f"{self.name!r} is no interface of the schema."
                f"{suggest(self.name, known)} Global ids need `{_SDL}`."
            )
            raise ConfigurationError(msg)
        if "id" not in interface.fields or str(interface.fields["id"].type) != "ID!":
            msg = f"{self.name!r} has no `id: ID!`. Global ids need `{_SDL}`."
            raise ConfigurationError(msg)

    def _bind(self, schema: GraphQLSchema, ids: NodeIds) -> None:
        """Let the `id` of each node be its global id."""
        for name, node in ids.types.items():
            _check_base_query(node)
            type_ = schema.type_map[name]
            assert isinstance(type_, GraphQLObjectType)
            definition = type_.fields["id"]
            if _is_free(definition):
                own(
                    definition,
                    _id_resolver(ids, node),
                    node.key.fields.split()[0],
                    made_of=partial(ids.made_of, node),
                )

    def _root_resolver(self, definition: GraphQLField, ids: NodeIds) -> Resolver | None:
        """Return what answers a field of `Query`, `None` if it asks for no node."""
        if get_named_type(definition.type).name != self.name:
            return None
        names = [
            argument.out_name or name for name, argument in definition.args.items()
        ]
        is_list = is_list_type(get_nullable_type(definition.type))
        if names == ["ids"] and is_list:
            return lambda _, info, /, **kwargs: answer_nodes(
                ids, info, kwargs.get("ids")
            )
        if names == ["id"] and not is_list:
            return lambda _, info, /, **kwargs: answer_node(ids, info, kwargs.get("id"))
        return None


def _id_resolver(ids: NodeIds, node: NodeType) -> Resolver:
    def resolve(obj: Any, info: Any, /) -> str | None:
        return ids.id_of(obj, node, info)

    return resolve


def _is_free(definition: GraphQLField) -> bool:
    """Tell whether the field has no resolver of the application's own."""
    return is_ours(definition) or is_default(definition)


def _check_base_query(node: NodeType) -> None:
    """Check that the statement of a type's rows can be made without arguments.

    Raises:
        ConfigurationError: The application's `get_base_query` demands some.
    """
    if node.bound.base_query is None:
        return
    try:
        signature(node.bound.base_query).bind(None)
    except TypeError as error:
        msg = (
            f"The `get_base_query` of {node.name!r} demands arguments, and a row that "
            f"is found by its global id has none: {error}. Give them defaults."
        )
        raise ConfigurationError(msg) from error
