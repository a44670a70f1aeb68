"""Relationship fields whose arguments choose among the rows.

What they may choose is decided when the schema is complete, and kept with the field's
definition. What one field of a document chooses is a value, by which the loaders keep
its rows: two aliases have their own, equal ones share them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ariadne.types import Resolver
from graphql import GraphQLField, GraphQLSchema, get_named_type
from sqlalchemy.orm import Mapper, RelationshipProperty

from sqla_selection import ConfigurationError, LoadStrategy, TypeRegistry
from sqla_selection.arguments import (
    ArgumentsShape,
    connection_shape,
    reads_of_connection,
)
from sqla_selection.asked import AskedArguments, AskedField
from sqla_selection.attribute_names import attribute_named
from sqla_selection.selection import collect_field

from .bound import Bound
from .ownership import application_resolver
from .unprepared import Unprepared

__all__ = ["choosing", "set_shape", "shape_of_field"]

_KEY = "ariadne_sqla.arguments"


def set_shape(definition: GraphQLField, shape: ArgumentsShape | None) -> None:
    """Let the arguments of a field choose among its rows as *shape* says.

    `None`: they are all the application's own.
    """
    definition.extensions[_KEY] = shape


def shape_of_field(_: str, definition: GraphQLField) -> ArgumentsShape | None:
    """Return what the arguments of a field may choose, see `TypeConfig.arguments`."""
    shape: ArgumentsShape | None = definition.extensions.get(_KEY)
    return shape


def relationship_shown(
    mapper: Mapper[Any],
    field_name: str,
    definition: GraphQLField,
    schema: GraphQLSchema,
) -> str | None:
    """Return the relationship that a field shows as a connection by its name, if any.

    `postsConnection` shows `posts`. Which types are bound is not known as yet.
    """
    type_ = get_named_type(definition.type)
    for name in reads_of_connection(field_name):
        path = attribute_named(mapper, name)
        if path is not None and path in mapper.relationships:
            with suppress(ConfigurationError):  # it has a structure of its own
                if connection_shape(type_, schema.type_map.keys() - {type_.name}):
                    return path
    return None


def choosing(
    bound: Bound,
    prop: RelationshipProperty[Any],
    strategy: LoadStrategy | None,
    every: Resolver,
) -> Resolver:
    """Return the resolver of a relationship field, which is *every* for all rows."""
    unprepared = Unprepared(bound, prop.key, prop, reads=prop.key, strategy=strategy)

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        definition = info.parent_type.fields[info.field_name]
        if _KEY not in definition.extensions:
            if kwargs:
                raise _unread(info, kwargs)
            return every(obj, info)
        asked = _asked(bound, info, definition)
        if asked is None:
            return every(obj, info, **kwargs)
        if kwargs and application_resolver(definition) is not None:
            _check_unchanged(info, asked, kwargs)
        return unprepared.resolve_chosen(obj, info, asked, kwargs)

    return resolve


def _asked(bound: Bound, info: Any, definition: GraphQLField) -> AskedField | None:
    """Return what the running field chooses, `None` where that is all rows."""
    types = TypeRegistry.of(info.schema)
    shape = types.arguments_of(info.parent_type.name, info.field_name, definition)
    node = info.field_nodes[0]
    if shape is None or not AskedArguments.are_asked(shape, definition, node):
        return None
    known = bound.registry_in(info.context).executions.of(info.fragments).asked
    key = (info.parent_type.name, id(node))
    _, asked = known.get(key, (None, None))
    if asked is None:
        asked = collect_field(info)
        known[key] = (node, asked)
    return asked


def _unread(info: Any, kwargs: dict[str, Any]) -> ConfigurationError:
    field, names = _named(info, kwargs)
    return ConfigurationError(
        f"{field} is given {names} by a resolver around it, which was not known to be "
        "one when the schema was made: they choose no rows. Let that resolver be set "
        "by a directive or before the schema is made, or let it load the rows itself."
    )


def _check_unchanged(info: Any, asked: AskedField, kwargs: dict[str, Any]) -> None:
    """Check that a resolver around the field gives on what the client asks.

    Raises:
        ConfigurationError: It gives other values, by which nothing is loaded.
    """
    assert asked.arguments is not None
    wanted = asked.arguments.values(info.variable_values)
    changed = {
        key: value
        for key, value in kwargs.items()
        if key in asked.arguments.shape.keys and value != wanted.get(key)
    }
    if changed:
        field, names = _named(info, changed)
        msg = (
            f"{field} is given another value for {names} by the resolver around it "
            "than by the query, whose values choose the rows. Let that resolver load "
            "the rows itself."
        )
        raise ConfigurationError(msg)


def _named(info: Any, kwargs: dict[str, Any]) -> tuple[str, str]:
    field = f"{info.parent_type.name}.{info.field_name}"
    return field, ", ".join(map(repr, kwargs))
