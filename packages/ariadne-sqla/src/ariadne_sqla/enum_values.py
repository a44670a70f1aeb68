"""Enum types of a schema that show enums of Python: by the names of their members.

A client's value is such a member then, and a member that a column holds is shown by its
name, as if the application had bound an `EnumType`. What it binds itself wins.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type
from sqlalchemy import ARRAY, Enum
from sqlalchemy.types import TypeDecorator, TypeEngine

from sqla_selection import TypeConfig
from sqla_selection.attribute_names import attribute_named

__all__ = ["bind_enums"]


def bind_enums(graphql_type: GraphQLObjectType, config: TypeConfig) -> None:
    """Bind the enum types of fields whose columns hold an enum of Python.

    An enum type that has a name which is no member's is left alone: so it is bound by
    the application, or holds text.
    """
    for enum_type, class_ in _enums_shown(graphql_type, config):
        members = class_.__members__
        if not _is_bound(enum_type) and enum_type.values.keys() <= members.keys():
            for name, value in enum_type.values.items():
                value.value = members[name]


def _enums_shown(
    graphql_type: GraphQLObjectType, config: TypeConfig
) -> Iterator[tuple[GraphQLEnumType, type[enum.Enum]]]:
    columns = config.mapper.column_attrs
    for name, definition in graphql_type.fields.items():
        named: Any = get_named_type(definition.type)
        path = attribute_named(config.mapper, name, config.aliases)
        if path is None or path not in columns:
            continue
        if isinstance(named, GraphQLEnumType):
            class_ = _class_of(columns[path].columns[0].type)
            if class_ is not None:
                yield named, class_


def _class_of(type_: TypeEngine[Any]) -> type[enum.Enum] | None:
    """Return the enum of Python that values of the type are members of, if any."""
    if isinstance(type_, ARRAY):
        return _class_of(type_.item_type)
    if isinstance(type_, TypeDecorator):
        return None  # its code may make anything of them
    return type_.enum_class if isinstance(type_, Enum) else None


def _is_bound(enum_type: GraphQLEnumType) -> bool:
    """Tell whether its values are something else than their names already."""
    return any(value.value != name for name, value in enum_type.values.items())
