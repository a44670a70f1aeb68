"""Fields that a viewer may not see: null or an error, and nothing behind it runs.

Their resolvers are kept from running here, ours and the application's alike. That
nothing is loaded for them either is decided where plans are: see `HiddenRead`.
"""

from __future__ import annotations

from typing import Any

from ariadne.types import Resolver
from graphql import (
    GraphQLNonNull,
    GraphQLSchema,
    default_field_resolver,
)

from sqla_selection import (
    ConfigurationError,
    FieldVisibility,
    HiddenFieldError,
    TypeConfig,
    TypeRegistry,
)
from sqla_selection.errors import suggest

from .bound import bound_to
from .ownership import (
    application_resolver,
    hide_by,
    is_hidden_by_us,
    resolver_inside,
)
from .request import Request

__all__ = ["hiding", "is_seen", "set_visible_if"]


def set_visible_if(schema: GraphQLSchema, config: TypeConfig) -> None:
    """Let fields of a type be seen as its `visible_if` says, when *schema* is complete.

    Raises:
        ConfigurationError: The type has no such field, or what is given is no function.
    """
    fields = getattr(schema.type_map.get(config.name), "fields", {})
    for name, rule in config.visible_if.items():
        where = f"`visible_if` of {config.name!r}"
        if name not in fields:
            msg = f"{where} names {name!r}, no field of it.{suggest(name, fields)}"
            raise ConfigurationError(msg)
        if not callable(rule):
            msg = (
                f"{where} has {rule!r} for {name!r}. Give a function of `info` that "
                "returns `True` or `False`."
            )
            raise ConfigurationError(msg)
    bound_to(schema).when_complete.add("visible_if", _hide)


def _hide(schema: GraphQLSchema) -> None:
    """Put `hiding` around resolvers of this library's, and default ones.

    What is around one of the application's has it already, see `watching`.
    """
    types = TypeRegistry.of(schema)
    types.viewing = _seen_by
    rules = types.field_rules(schema)
    for type_name, field_name in () if rules is None else rules.of_fields:
        definition = getattr(schema.type_map[type_name], "fields", {})[field_name]
        if is_hidden_by_us(definition) or application_resolver(definition) is not None:
            continue
        resolver = definition.resolve or default_field_resolver
        hide_by(definition, hiding(resolver), resolver_inside(definition))


def _seen_by(info: Any) -> FieldVisibility | None:
    return Request(info).field_visibility


def is_seen(info: Any, type_name: str, field_name: str) -> bool:
    """Tell whether the viewer of a request may see a field.

    Raises:
        Exception: What says so has failed.
    """
    seen = _seen_by(info)
    return seen is None or seen.is_seen(type_name, field_name)


def hiding(resolver: Resolver) -> Resolver:
    """Return *resolver*, which is not called for who may not see its field."""

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        type_name, field_name = info.parent_type.name, info.field_name
        rules = TypeRegistry.of(info.schema).field_rules(info.schema)
        if rules is None or (type_name, field_name) not in rules.of_fields:
            return resolver(obj, info, **kwargs)

        def go() -> Any:
            if is_seen(info, type_name, field_name):
                return resolver(obj, info, **kwargs)
            if isinstance(info.return_type, GraphQLNonNull):
                raise HiddenFieldError(type_name, field_name)
            return None

        return Request(info).when_policies_are_known(go)

    return resolve
