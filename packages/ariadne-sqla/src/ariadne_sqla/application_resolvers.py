"""Resolvers of the application's own on fields of bound types."""

from __future__ import annotations

from typing import Any

from ariadne.types import Resolver
from graphql import GraphQLSchema

from sqla_selection.attributes import Needs
from sqla_selection.planner import needs_of_field

from .bound import Bound, BoundSchema
from .routes import current_route
from .unprepared import Unprepared

__all__ = ["reading_prepared"]


class _FieldNeeds:
    """What one field needs of its object: derived of the complete schema."""

    def __init__(self, bound: Bound, field_name: str) -> None:
        self._bound = bound
        self._field_name = field_name
        self.needs: Needs | None = None

    def derive(self, schema: GraphQLSchema) -> None:
        config = self._bound.config
        type_: Any = schema.type_map[config.name]
        definition = type_.fields[self._field_name]
        name = self._field_name
        self.needs = needs_of_field(config.mapper, config, name, definition)


def reading_prepared(
    resolver: Resolver, bound: Bound, field_name: str, schema: BoundSchema
) -> Resolver:
    """Return *resolver*, a resolver of the application's own, on a prepared object.

    An object that lacks what the field's `requires` hint names, or any plain column
    where there is no hint, gets it first, in one batch with its siblings.
    """
    derived = _FieldNeeds(bound, field_name)
    schema.at_first.add((bound.config.name, field_name), derived.derive)
    unprepared = Unprepared(bound, "")

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        needs = derived.needs
        if needs is None:
            schema.at_first.do(info.schema)
            needs = derived.needs
            assert needs is not None
        if current_route() == "lazy" or unprepared.is_ready(obj, info, needs):
            return resolver(obj, info, **kwargs)
        return unprepared.then(obj, info, kwargs, resolver)

    return resolve
