"""What policies take of a schema: looked at once, when it is complete.

Fields whose values no statement of this library selects get `showing` around them, and
what a policy cannot hold for is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    default_field_resolver,
    get_named_type,
    is_abstract_type,
    is_list_type,
)
from sqlalchemy.orm import Mapper

from sqla_selection import ConfigurationError, Policies, TypeConfig, TypeRegistry
from sqla_selection.errors import suggest
from sqla_selection.net import tables_asked
from sqla_selection.reading import ColumnRead, RelationshipRead, reading_of

from .bound import bound_to
from .errors import HiddenNonNullWarning, UnguardedExpressionWarning, warn
from .ownership import is_default, is_ours, path_set_by_us, put_around, resolver_inside
from .shown import guarded_types, showing

__all__ = ["guard"]


def guard(schema: GraphQLSchema, type_name: str, trusted: Collection[str]) -> None:
    """Look at *schema* when it is complete, and trust fields of a type from now on.

    Raises:
        ConfigurationError: The type has no such field, or two types of one model have
            different policies.
    """
    bound = bound_to(schema)
    fields = getattr(schema.type_map.get(type_name), "fields", {})
    for name in trusted:
        if name not in fields:
            msg = (
                f"{type_name!r} has no field {name!r} to trust.{suggest(name, fields)}"
            )
            raise ConfigurationError(msg)
        bound.trusted.add((type_name, name))
    assert TypeRegistry.of(schema).policies is not None
    bound.when_complete.add("policies", _look)


def _look(schema: GraphQLSchema) -> None:
    types, bound = TypeRegistry.of(schema), bound_to(schema)
    if bound.requires_policy:
        _check_all_have_one(types)
        _check_all_led_to_have_one(schema, types, bound.trusted)
    if not types.policies:
        return
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        config = types.get(type_.name)
        for name, definition in type_.fields.items():
            if config is not None and (type_.name, name) not in bound.trusted:
                _check_reading(config, name, definition, types.policies)
            if guarded_types(definition.type, schema):
                _look_at(definition, config)
                if config is not None or type_ is schema.query_type:
                    _warn_of_null(f"{type_.name}.{name}", definition)


def _check_reading(
    config: TypeConfig, name: str, definition: GraphQLField, policies: Policies
) -> None:
    """Look at SQL of the mapping that a field reads, and that no policy gets into.

    Raises:
        ConfigurationError: A relationship has a model with a policy in between.
    """
    path = config.reads(name, definition)
    reading = None if path is None else reading_of(config.mapper, path)
    if isinstance(reading, RelationshipRead) and is_ours(definition):
        mapper = config.mapper
        for key in reading.path:
            prop = mapper.relationships[key]
            between = policies.guarded_between(prop)
            if between is not None:
                _refuse_between(f"{config.name}.{name}", prop, between)
            mapper = prop.mapper
    if isinstance(reading, ColumnRead):
        _warn_of_expression(config, name, reading, policies)


def _warn_of_expression(
    config: TypeConfig, name: str, reading: ColumnRead, policies: Policies
) -> None:
    """Warn of a `column_property` that reads rows which no policy filters there."""
    tables = tables_asked(config.mapper.column_attrs[reading.name].columns)
    for mapper in policies.by_mapper if tables else ():
        if not tables.isdisjoint(mapper.tables) and not config.mapper.isa(mapper):
            msg = (
                f"{config.name}.{name} is an expression that reads rows of "
                f"{mapper.class_.__name__!r}, hidden ones too: its policy cannot be "
                "asked there. Give the field a resolver that asks `visible(…)`, or "
                f"say that it may: `trusted=[{name!r}]`."
            )
            warn(msg, UnguardedExpressionWarning)


def _check_all_have_one(types: TypeRegistry) -> None:
    lacking = [
        name for name, one in types.items() if not types.policies.has_one(one.mapper)
    ]
    if lacking:
        msg = (
            f"{', '.join(sorted(lacking))} {'has' if len(lacking) == 1 else 'have'} no "
            "policy, which the query type requires. Say which rows may be seen "
            "(`policy=…`), or `policy=public`."
        )
        raise ConfigurationError(msg)


def _check_all_led_to_have_one(
    schema: GraphQLSchema, types: TypeRegistry, trusted: Collection[tuple[str, str]]
) -> None:
    """Look at what relationships lead to, whose types may be bound to no model."""
    for type_name, config in types.items():
        for name, definition in getattr(
            schema.type_map.get(type_name), "fields", {}
        ).items():
            path = config.reads(name, definition)
            reading = None if path is None else reading_of(config.mapper, path)
            if (type_name, name) in trusted or not isinstance(
                reading, RelationshipRead
            ):
                continue
            mapper = config.mapper
            for key in reading.path:
                mapper = mapper.relationships[key].mapper
            if not types.policies.has_one(mapper):
                model, shown = mapper.class_.__name__, get_named_type(definition.type)
                to = f"{shown.name!r}"
                if is_abstract_type(shown):
                    to = f"an object type that is a {shown.name!r}"
                if mapper.polymorphic_abstract:
                    model = _lacking_below(mapper, types)
                msg = (
                    f"{type_name}.{name} shows rows of {model!r}, which has no policy: "
                    f"the query type requires one. Bind {model!r} to {to} "
                    "by a SQLAlchemyObjectType, and say which rows may be seen "
                    "(`policy=…`), or `policy=public`."
                )
                raise ConfigurationError(msg)


def _lacking_below(mapper: Mapper[Any], types: TypeRegistry) -> str:
    """Return the first class with rows below an abstract one that has no policy."""
    return next(
        (
            one.class_.__name__
            for one in mapper.self_and_descendants
            if not one.polymorphic_abstract and not types.policies.has_one(one)
        ),
        mapper.class_.__name__,
    )


def _look_at(definition: GraphQLField, config: TypeConfig | None) -> None:
    """Put `showing` around a field whose value is read by code that is not ours."""
    path = path_set_by_us(definition) if is_ours(definition) else None
    if config is not None and path is not None:
        reading = reading_of(config.mapper, path)
        if isinstance(reading, RelationshipRead) and reading.relationship is not None:
            return  # its rows are selected by the loaders
    elif not is_default(definition):
        return  # ours, which selects rows; or the application's, which is watched
    inside = resolver_inside(definition)
    around = showing(inside or default_field_resolver)
    put_around(definition, around, inside)
    definition.resolve = around


def _refuse_between(where: str, prop: Any, between: Any) -> None:
    model = between.class_.__name__
    msg = (
        f"{where!r} reads {prop}, whose `secondary` is the table of {model!r}: its "
        "policy cannot be asked there. Show the rows between by a field of their own, "
        "give this one a resolver, or say that it may be read: `trusted=[…]`."
    )
    raise ConfigurationError(msg)


def _warn_of_null(where: str, definition: GraphQLField) -> None:
    type_ = definition.type
    if isinstance(type_, GraphQLNonNull) and not is_list_type(type_.of_type):
        named = get_named_type(type_).name
        msg = (
            f"{where} is {named}!, but a policy may hide what it leads to: that is an "
            f"error then, and its parent null. Let it be nullable, as {named}."
        )
        warn(msg, HiddenNonNullWarning)
