"""Interfaces and unions: which type an object is shown as, told by its class."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    default_type_resolver,
)

from sqla_selection.config import TELLS_BY_CLASS

from .bound import bound_to
from .errors import AmbiguousTypeWarning, warn

__all__ = ["name_by_class", "set_type_resolvers", "tells_by_class"]


def set_type_resolvers(schema: GraphQLSchema, graphql_type: GraphQLObjectType) -> None:
    """Let abstract types without a type resolver find types by the object's class."""
    for abstract in schema.type_map.values():
        if (
            isinstance(abstract, GraphQLInterfaceType | GraphQLUnionType)
            and abstract.resolve_type in (None, _resolve_type)
            and schema.is_sub_type(abstract, graphql_type)
        ):
            abstract.resolve_type = _resolve_type
            abstract.extensions[TELLS_BY_CLASS] = _resolve_type
            _warn_of_twins(schema, abstract, graphql_type.name)


def _warn_of_twins(
    schema: GraphQLSchema,
    abstract: GraphQLInterfaceType | GraphQLUnionType,
    name: str,
) -> None:
    """Warn where an object's class does not tell which type of *abstract* it is of."""
    bound = bound_to(schema).types
    model = bound[name].config.model
    twins = sorted(
        twin.name
        for twin in schema.get_possible_types(abstract)
        if twin.name in bound and bound[twin.name].config.model is model
    )
    if len(twins) > 1:
        msg = (
            f"{abstract.name!r} has no type resolver as yet, and a {model.__name__} "
            f"may be any of {', '.join(twins)}. Bind its type resolver before them."
        )
        warn(msg, AmbiguousTypeWarning)


def tells_by_class(abstract: GraphQLAbstractType) -> bool:
    """Tell whether types are found by the object's class, and by no other code."""
    resolver = abstract.extensions.get(TELLS_BY_CLASS)
    return resolver is not None and abstract.resolve_type is resolver


def name_by_class(
    class_: type, abstract: GraphQLAbstractType, schema: GraphQLSchema
) -> str | None:
    """Return the name of the type that objects of a class are shown as.

    `None` where their class is bound to none of them.

    Raises:
        TypeError: It may be any of several.
    """
    bound = bound_to(schema).types
    possible = [
        bound[type_.name]
        for type_ in schema.get_possible_types(abstract)
        if type_.name in bound
    ]
    for base in class_.__mro__:
        configs = [known.config for known in possible if known.config.model is base]
        names = [config.name for config in configs]
        if len(names) == 1:
            return names[0]
        if names:
            msg = (
                f"A {class_.__name__} may be any of {', '.join(names)}: set a type "
                f"resolver on {abstract.name!r}."
            )
            raise TypeError(msg)
    return None


def _resolve_type(obj: Any, info: Any, abstract: Any) -> Any:
    name = name_by_class(type(obj), abstract, info.schema)
    return default_type_resolver(obj, info, abstract) if name is None else name
