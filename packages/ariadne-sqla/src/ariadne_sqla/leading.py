"""Which types of a schema lead to a type that a model is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
)

from .bound import bound_to

__all__ = ["Leading", "leads_to_bound"]


class Leading:
    """Tells which types have objects of a bound type in them."""

    def __init__(self, schema: GraphQLSchema, bound: Mapping[str, Any]) -> None:
        self._schema = schema
        self._leading = set(bound)

    def leads(self, type_: Any) -> bool:
        """Tell whether *type_*, under any wrapping, is or leads to a bound type."""
        return self._reaches(get_named_type(type_), set())

    def _reaches(self, type_: GraphQLNamedType, passed: set[str]) -> bool:
        if type_.name in self._leading:
            return True
        if type_.name in passed:  # a "no" on the way round a cycle is not final
            return False
        passed.add(type_.name)
        below: list[Any] = []
        if is_abstract_type(type_):
            below = list(self._schema.get_possible_types(type_))
        elif isinstance(type_, GraphQLObjectType):
            below = [definition.type for definition in type_.fields.values()]
        if any(self._reaches(get_named_type(lower), passed) for lower in below):
            self._leading.add(type_.name)
            return True
        return False


def leads_to_bound(schema: GraphQLSchema, type_: GraphQLNamedType) -> bool:
    """Tell whether *type_* is or leads to a bound type; looked up once."""
    bound = bound_to(schema)
    leads = bound.leads.get(type_.name)
    if leads is None:
        leads = Leading(schema, bound.types).leads(type_)
        bound.leads[type_.name] = leads
    return leads
