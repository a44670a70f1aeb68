"""What is put around the resolvers of the application's own, and on which fields.

Their objects are prepared before they run, and their results when they have run. Under
an event loop what is still missing below is batched by the loaders; without one, a
resolver is called for all siblings of its object ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ariadne.types import Resolver
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    default_field_resolver,
)

from sqla_selection.attribute_names import is_mapped
from sqla_selection.reading import RelationshipRead, reading_of

from .application_resolvers import preparing, preparing_reads, reading_prepared
from .attribute_resolvers import attribute_resolver
from .bound import Bound, BoundSchema
from .hidden_fields import hiding
from .lazy_reading import loading_what_it_reads
from .leading import Leading
from .ownership import (
    belongs_to_the_application,
    is_default,
    is_ours,
    is_surrounded,
    own,
    path_of_alias,
    path_set_by_us,
    put_around,
    resolver_inside,
)
from .subscriptions import EventField
from .watched_fields import InterfaceField, WatchedField, watch

__all__ = ["watch_resolvers"]


@dataclass(frozen=True, slots=True)
class _Around:
    """Puts around the application's resolvers what they take, see `watch_resolvers`."""

    schema: BoundSchema
    owner: Bound | None
    """The bound type that the field belongs to."""
    field_name: str
    prepares_result: bool

    def __call__(self, definition: GraphQLField, resolver: Any) -> Any:
        """Return what to set on the field in place of *resolver*."""
        path = path_of_alias(resolver)
        if path is not None and self._reads_mapped(path):
            # An alias (`set_alias`, a converted name) reads the attribute as it is, one
            # object at a time; ours loads it for all.
            assert self.owner is not None
            resolver = attribute_resolver(self.owner, "", path)
            own(definition, resolver, path, gives_it=True)
        if belongs_to_the_application(definition, resolver):
            call: Resolver = resolver
            if self.owner is not None:
                call = loading_what_it_reads(self.owner, call)
            if self.prepares_result:
                call = preparing(call)
            if self.owner is not None:
                call = reading_prepared(call, self.owner, self.field_name, self.schema)
                call = hiding(call)
            return _put_around(definition, call, resolver)
        return resolver

    def _reads_mapped(self, path: str) -> bool:
        name = path.partition(".")[0]
        return self.owner is not None and is_mapped(self.owner.config.mapper, name)


def _put_around(
    definition: GraphQLField, call: Resolver, inside: Resolver | None
) -> Resolver:
    """Put *call* around a resolver, unless that is wrapped again and prepared there.

    A directive wraps what it finds. The outermost prepares: what it calls, all of it,
    is the application's code.
    """
    resolver = inside or default_field_resolver

    def around(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        running = info.parent_type.fields[info.field_name]
        if running.resolve is not around and is_surrounded(running):
            return resolver(obj, info, **kwargs)
        return call(obj, info, **kwargs)

    put_around(definition, around, inside)
    return around


def watch_resolvers(schema: GraphQLSchema, bound: BoundSchema) -> None:
    """See to the resolvers of the application's own, from now on.

    Fields of *bound* types get what their hint says of the object before their resolver
    runs. Fields that lead to a bound type have their results prepared. Fields of the
    mutation and the subscription type are all watched: what one wrote, and what was
    written before an event, must be seen by those after it.
    """
    writing = (schema.mutation_type, schema.subscription_type)
    leading = Leading(schema, bound.types)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInterfaceType):
            _watch_interface(schema, type_, bound)
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        owner = bound.types.get(type_.name)
        for name, definition in type_.fields.items():
            prepares_result = type_ in writing or leading.leads(definition.type)
            around = _Around(bound, owner, name, prepares_result)
            is_watched = getattr(definition, "watcher", None) == around
            if not is_watched and (owner is not None or around.prepares_result):
                is_event = type_ is schema.subscription_type
                watch(type_, name, around, EventField if is_event else WatchedField)
    reads = partial(_watch_reads, bound=bound)
    bound.at_first_synchronous.add("reads", reads)


def _watch_interface(
    schema: GraphQLSchema,
    interface: GraphQLInterfaceType,
    bound: BoundSchema,
) -> None:
    for name, definition in interface.fields.items():
        if not isinstance(definition, InterfaceField):
            passing_on = _PassingOn(schema, interface, name, bound)
            watch(interface, name, passing_on, InterfaceField)


@dataclass(frozen=True, slots=True)
class _PassingOn:
    """Gives the types that implement an interface the resolver that its field gets.

    Ariadne's `InterfaceType` gives its resolvers to fields that have none, so it passes
    by the fields of a type that was bound before it.
    """

    schema: GraphQLSchema
    interface: GraphQLInterfaceType
    name: str
    bound: BoundSchema

    def __call__(self, _: GraphQLField, resolver: Any) -> Any:
        for type_name in self.bound.types if resolver is not None else ():
            type_ = self.schema.type_map[type_name]
            assert isinstance(type_, GraphQLObjectType)
            if self.interface in type_.interfaces and is_ours(type_.fields[self.name]):
                type_.fields[self.name].resolve = resolver
        return resolver


def _watch_reads(schema: GraphQLSchema, bound: BoundSchema) -> None:
    """Prepare what Python code of plain attributes gives in synchronous executions.

    A page may have its edges as a property or a method, a mapped class may have one
    that gives objects. They are read when their field is resolved, and once: so this
    is around the fields that lead to a bound type and have no resolver of the
    application's. Nobody may see that as a resolver while the schema is made, so that
    it is put there when the first result is prepared. Under an event loop the loaders
    do as well without it.
    """
    leading = Leading(schema, bound.types)
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        for definition in type_.fields.values():
            owner = bound.types.get(type_.name)
            is_read = (
                is_default(definition)
                if owner is None
                else _reads_code(owner, definition)
            )
            if is_read and leading.leads(definition.type):
                resolver = resolver_inside(definition)
                call = preparing_reads(resolver or default_field_resolver)
                call = call if owner is None else hiding(call)
                definition.resolve = _put_around(definition, call, resolver)


def _reads_code(owner: Bound, definition: GraphQLField) -> bool:
    """Tell whether the field reads what Python code of the mapped class gives."""
    if not is_ours(definition):
        return is_default(definition)
    path = path_set_by_us(definition)
    return path is not None and not isinstance(
        reading_of(owner.config.mapper, path), RelationshipRead
    )
