"""An application's schema → what is verified: its types, over its root fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ariadne.types import Resolver
from graphql import (
    GraphQLField,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)

from sqla_selection import ConfigurationError, TypeRegistry

from ..bound import bound_to
from ..check import BoundField, bound_fields
from ..chosen_rows import shape_of_field
from ..ownership import application_resolver, path_given, resolver_set_by_us
from .naive import page_reader_of, reader_of
from .report import NotAsked
from .subject import AskedField, AskedRoot, AskedType, Subject, with_session

__all__ = ["subject_of_schema"]

_FEWEST_ROWS = 20
"""Rows that a page must have, so that the rows of the tool's own are on the first."""


def subject_of_schema(
    schema: GraphQLSchema,
    context_of: Callable[[Any], dict[str, Any]] | None,
    not_asked: list[NotAsked],
    is_excluded: Callable[[str], bool],
) -> Subject:
    """Return what queries may ask of *schema*.

    Left out, and told, are fields with an argument that must be given, pages that may
    be smaller than what is there, and connections.

    Args:
        schema: With its bindables.
        context_of: Makes the context of a request of a session.
        not_asked: Is told what is left out.
        is_excluded: Tells whether somebody leaves `"User.email"` out.

    Raises:
        ConfigurationError: No type is bound to a model.
    """
    configs = TypeRegistry.of(schema)
    if not configs:
        msg = "No type of the schema is bound to a model: nothing to verify."
        raise ConfigurationError(msg)
    bound_to(schema).when_complete.do(schema)
    fields: dict[str, dict[str, AskedField]] = {name: {} for name in configs}
    for field in bound_fields(schema):
        asked, why = _asked(field, schema)
        if is_excluded(field.coordinate):
            asked, why = None, "is excluded"
        if asked is None:
            not_asked.append(NotAsked(field.coordinate, why))
        else:
            fields[field.type_name][field.name] = asked
    types = {
        name: AskedType(name, config.mapper, fields[name])
        for name, config in configs.items()
    }
    types |= {one.name: one for one in _abstract(schema, types)}
    roots: dict[str, list[AskedRoot]] = {}
    query = schema.query_type
    for name, definition in (query.fields if query else {}).items():
        type_name = get_named_type(definition.type).name
        why = _why_not(definition)
        if type_name not in types:
            why = "gives no rows of a bound type"
        if why:
            not_asked.append(NotAsked(f"Query.{name}", why))
            continue
        own = application_resolver(definition) is not None
        root = AskedRoot(name, type_name, "own resolver" if own else "eager")
        roots.setdefault(type_name, []).append(root)
        if not own:
            roots[type_name].append(AskedRoot(name, type_name, "fallback"))
    mappers = tuple({config.mapper: None for config in configs.values()})
    return Subject(
        schema,
        mappers,
        types,
        {name: tuple(ways) for name, ways in roots.items()},
        context_of=context_of or with_session,
        max_depth=min(configs.limit_of([name]).max_depth for name in configs),
    )


def _asked(field: BoundField, schema: GraphQLSchema) -> tuple[AskedField | None, str]:
    """Return the field as it is asked for, or why it is not."""
    why = _why_not(field.definition)
    if why:
        return None, why
    shape = shape_of_field(field.name, field.definition)
    if shape is not None and (shape.page_size or _FEWEST_ROWS) < _FEWEST_ROWS:
        return None, f"is paged by less than {_FEWEST_ROWS} rows"
    if shape is not None and shape.connection is not None:
        return None, "is a connection"
    named = get_named_type(field.definition.type)
    is_list = is_list_type(get_nullable_type(field.definition.type))
    resolver = application_resolver(field.definition) or _maker(field.definition)
    types = TypeRegistry.of(schema)
    known = {*types, *(one.name for one in _abstract_of(schema, set(types)))}
    target = named.name if named.name in known else None
    if target is None and not is_leaf_type(named):
        return None, f"gives a {named.name}, which is bound to no model"
    prop = field.relationship
    if resolver is None and field.path is None:
        return None, "reads nothing"
    read = resolver or reader_of(field.path or "", is_list=is_list)
    if resolver is None and prop is not None and shape is not None and shape.page_size:
        read = page_reader_of(field.path or "", shape.page_size)
    return (
        AskedField(
            field.name,
            read,
            target,
            is_list,
            bool(prop is not None and prop.order_by),
            bool(field.columns) and "." not in (field.path or ""),
        ),
        "",
    )


def _maker(definition: GraphQLField) -> Resolver | None:
    """Return the library's resolver that makes something of a column: a global id."""
    resolver = resolver_set_by_us(definition)
    is_there = resolver is not None and definition.resolve is resolver
    return resolver if is_there and path_given(definition) is None else None


def _why_not(definition: GraphQLField) -> str:
    for name, argument in definition.args.items():
        if is_required_argument(argument):
            return f"has an argument {name!r}, which must be given"
    return ""


def _abstract_of(schema: GraphQLSchema, bound: set[str]) -> Iterator[Any]:
    """Yield the interfaces and unions all of whose types are bound."""
    for type_ in schema.type_map.values():
        if is_abstract_type(type_) and not type_.name.startswith("__"):
            possible = {one.name for one in schema.get_possible_types(type_)}
            if possible and possible <= bound:
                yield type_


def _abstract(
    schema: GraphQLSchema, types: dict[str, AskedType]
) -> Iterator[AskedType]:
    for type_ in _abstract_of(schema, set(types)):
        names = tuple(one.name for one in schema.get_possible_types(type_))
        own = getattr(type_, "fields", {})
        fields = {
            name: types[names[0]].fields[name]
            for name in own
            if all(name in types[one].fields for one in names)
        }
        yield AskedType(type_.name, types[names[0]].mapper, fields, names)
