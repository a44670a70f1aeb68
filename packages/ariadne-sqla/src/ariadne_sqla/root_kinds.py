"""What kind of root field a schema says: a list, a connection, one object."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from graphql import GraphQLField, GraphQLList, get_named_type, get_nullable_type
from sqlalchemy.orm import Mapper

from sqla_selection import ConfigurationError
from sqla_selection.arguments import connection_shape

from .errors import UnfilteredFieldWarning, warn
from .object_type import SQLAlchemyObjectType

__all__ = [
    "common_base",
    "is_connection_field",
    "is_list_field",
    "warn_if_unfiltered",
]


def is_list_field(definition: GraphQLField) -> bool:
    """Tell whether the field gives a list."""
    return isinstance(get_nullable_type(definition.type), GraphQLList)


def is_connection_field(definition: GraphQLField, types: Collection[str]) -> bool:
    """Tell whether a field whose type has nodes is to be answered as a connection.

    A type that has other fields, too, may be anything, unless it is asked with
    arguments: their resolvers may be set later.
    """
    try:
        shape = connection_shape(get_named_type(definition.type), types)
    except ConfigurationError:
        return bool(definition.args)
    return shape is not None


def common_base(mappers: Iterable[Mapper[Any]]) -> Mapper[Any] | None:
    """Return the nearest mapper that all *mappers* are or inherit from."""
    first, *others = mappers
    for candidate in first.iterate_to_root():
        if all(other.isa(candidate) for other in others):
            return candidate
    return None


def warn_if_unfiltered(
    object_type: SQLAlchemyObjectType,
    mapper: Mapper[Any],
    name: str,
    definition: GraphQLField,
) -> None:
    """Warn of a field for one object of *mapper* that nothing says which one of."""
    has_own_query = object_type.config.mapper is mapper
    if has_own_query and object_type.bound.base_query:
        return
    if not definition.args and not is_list_field(definition):
        model = mapper.class_.__name__
        msg = (
            f"Query.{name} gives the first row of {model!r}: it is no list, has no "
            "argument that names a column, and no resolver as yet. Bind its resolver "
            "before this query type, give it an argument"
        )
        if has_own_query:
            msg += f", or let the type {object_type.name!r} override `get_base_query`"
        warn(f"{msg}.", UnfilteredFieldWarning)
