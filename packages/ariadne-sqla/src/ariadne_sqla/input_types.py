"""Bindables for filters and orders: what the schema cannot say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ariadne import SchemaBindable
from graphql import (
    GraphQLSchema,
    is_enum_type,
    is_input_object_type,
)

from sqla_selection import ConfigurationError
from sqla_selection.arguments import FilterConfig, OrderConfig
from sqla_selection.errors import suggest

from .argument_shapes import look_when_complete

__all__ = ["SQLAlchemyFilterType", "SQLAlchemyOrderType"]


class SQLAlchemyFilterType(SchemaBindable):
    """Says what fields of a filter input mean that name no attribute.

    Args:
        name: The name of the input type.
        aliases: Input field → attribute.
        functions: Input field → function `(entity, value, info)` → condition on the
            entity. Its opposite under `not` holds where it does not, NULL included.
    """

    def __init__(
        self,
        name: str,
        *,
        aliases: Mapping[str, str] | None = None,
        functions: Mapping[str, Callable[[Any, Any, Any], Any]] | None = None,
    ) -> None:
        self.config = FilterConfig(name, dict(aliases or {}), dict(functions or {}))

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        """Note it for the fields that take such a filter.

        Raises:
            ConfigurationError: The schema has no such input type.
        """
        _note(schema, self.config, "an input type", is_input_object_type)


class SQLAlchemyOrderType(SchemaBindable):
    """Says what values of an order enum, or fields of an order input, mean.

    Args:
        name: The name of the enum or input type.
        aliases: Value without its direction, or field → attribute or dotted path.
        functions: The same → function `(entity, info)` → expression on the entity.
    """

    def __init__(
        self,
        name: str,
        *,
        aliases: Mapping[str, str] | None = None,
        functions: Mapping[str, Callable[[Any, Any], Any]] | None = None,
    ) -> None:
        self.config = OrderConfig(name, dict(aliases or {}), dict(functions or {}))

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        """Note it for the fields that take such an order.

        Raises:
            ConfigurationError: The schema has no such enum or input type.
        """
        _note(schema, self.config, "an enum or an input type", _is_order)


def _is_order(type_: Any) -> bool:
    return is_enum_type(type_) or is_input_object_type(type_)


def _note(
    schema: GraphQLSchema,
    config: FilterConfig | OrderConfig,
    kind: str,
    is_kind: Callable[[Any], bool],
) -> None:
    if not is_kind(schema.type_map.get(config.name)):
        known = [name for name, type_ in schema.type_map.items() if is_kind(type_)]
        msg = (
            f"{config.name!r} is not {kind} of the schema.{suggest(config.name, known)}"
        )
        raise ConfigurationError(msg)
    bound = look_when_complete(schema)
    bound.inputs[config.name] = config
    bound.vocabulary = None
