"""What is put around the resolvers of the application's own, and on which fields.

Their objects are prepared before they run, and their results when they have run. Under
an event loop what is still missing below is batched by the loaders; without one, a
resolver is called for all siblings of its object ahead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from ariadne.types import Resolver
from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    default_field_resolver,
    default_type_resolver,
    get_named_type,
    get_nullable_type,
)
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from sqla_loaders.siblings import Places
from sqla_selection.attributes import is_mapped, needs_of

from .leading import Leading
from .ownership import (
    InterfaceField,
    WatchedField,
    belongs_to_the_application,
    is_default,
    is_ours,
    is_surrounded,
    own,
    path_of_alias,
    path_set_by_us,
    put_around,
    resolver_inside,
    watch,
)
from .resolvers import (
    attribute_resolver,
    check_depth,
    fields_of_path,
    is_async,
    loading_what_it_reads,
    places_in,
    reading_prepared,
    registry_of,
)
from .results import prepare, prepare_placed
from .routes import current_route
from .subscriptions import EventField

if TYPE_CHECKING:
    from .object_type import SQLAlchemyObjectType

__all__ = ["watch_reads", "watch_resolvers"]


@dataclass(frozen=True, slots=True)
class _Around:
    """Puts around the application's resolvers what they take, see `watch_resolvers`."""

    owner: SQLAlchemyObjectType | None
    """The bound type that the field belongs to."""
    prepares_result: bool

    def __call__(self, definition: GraphQLField, resolver: Any) -> Any:
        """Return what to set on the field in place of *resolver*."""
        path = path_of_alias(resolver)
        if path is not None and self._reads_mapped(path):
            # An alias (`set_alias`, a converted name) reads the attribute as it is, one
            # object at a time; ours loads it for all.
            assert self.owner is not None
            resolver = attribute_resolver(self.owner, "", path)
            own(definition, resolver, path)
        if belongs_to_the_application(definition, resolver):
            call: Resolver = resolver
            if self.owner is not None:
                call = loading_what_it_reads(call)
            if self.prepares_result:
                call = _preparing(call)
            if self.owner is not None:
                call = reading_prepared(self.owner, call)
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


def watch_resolvers(
    schema: GraphQLSchema, bound: Mapping[str, SQLAlchemyObjectType]
) -> None:
    """See to the resolvers of the application's own, from now on.

    Fields of *bound* types get what their hint says of the object before their resolver
    runs. Fields that lead to a bound type have their results prepared. Fields of the
    mutation and the subscription type are all watched: what one wrote, and what was
    written before an event, must be seen by those after it.
    """
    writing = (schema.mutation_type, schema.subscription_type)
    leading = Leading(schema, bound)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInterfaceType):
            _watch_interface(schema, type_, bound)
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        owner = bound.get(type_.name)
        for name, definition in type_.fields.items():
            around = _Around(owner, type_ in writing or leading.leads(definition.type))
            is_watched = getattr(definition, "watcher", None) == around
            if not is_watched and (owner is not None or around.prepares_result):
                is_event = type_ is schema.subscription_type
                watch(type_, name, around, EventField if is_event else WatchedField)


def _watch_interface(
    schema: GraphQLSchema,
    interface: GraphQLInterfaceType,
    bound: Mapping[str, SQLAlchemyObjectType],
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
    bound: Mapping[str, SQLAlchemyObjectType]

    def __call__(self, _: GraphQLField, resolver: Any) -> Any:
        for type_name in self.bound if resolver is not None else ():
            type_ = self.schema.type_map[type_name]
            assert isinstance(type_, GraphQLObjectType)
            if self.interface in type_.interfaces and is_ours(type_.fields[self.name]):
                type_.fields[self.name].resolve = resolver
        return resolver


_watched: WeakSet[GraphQLSchema] = WeakSet()


def watch_reads(schema: GraphQLSchema) -> None:
    """Prepare what Python code of plain attributes gives in synchronous executions.

    A page may have its edges as a property or a method, a mapped class may have one
    that gives objects. They are read when their field is resolved, and once: so this
    is around the fields that lead to a bound type and have no resolver of the
    application's. Nobody may see that as a resolver while the schema is made, so that
    it is put there when the first result is prepared. Under an event loop the loaders
    do as well without it.
    """
    if schema in _watched:
        return
    _watched.add(schema)
    bound = schema.extensions.get("ariadne_sqla", {})  # a query type may be alone
    leading = Leading(schema, bound)
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        for definition in type_.fields.values():
            is_read = (
                _reads_code(bound[type_.name], definition)
                if type_.name in bound
                else is_default(definition)
            )
            if is_read and leading.leads(definition.type):
                resolver = resolver_inside(definition)
                call = _preparing_reads(resolver or default_field_resolver)
                definition.resolve = _put_around(definition, call, resolver)


def _reads_code(owner: SQLAlchemyObjectType, definition: GraphQLField) -> bool:
    """Tell whether the field reads what Python code of the mapped class gives."""
    if not is_ours(definition):
        return is_default(definition)
    path = path_set_by_us(definition)
    return path is not None and not needs_of(owner.config.mapper, path).target


def _preparing_reads(resolver: Resolver) -> Resolver:
    prepared = _preparing(resolver)

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        if is_async(info):
            return resolver(obj, info, **kwargs)
        return prepared(obj, info, **kwargs)

    return resolve


def _preparing(resolver: Resolver) -> Resolver:
    def resolve(parent: Any, info: Any, /, **kwargs: Any) -> Any:
        if not is_async(info) and _is_below_a_list(info.path):
            return _one_of_siblings(resolver, parent, info, kwargs)
        if info.parent_type is info.schema.mutation_type:
            check_depth(info, None)  # before anything is written
        result = resolver(parent, info, **kwargs)
        if info.is_awaitable(result):
            return _prepared_later(result, info)
        return _prepared(result, info)

    return resolve


@dataclass(frozen=True, slots=True)
class _Raised:
    """What stands for the result of a resolver that raised."""

    error: Exception


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What a resolver gave before the turn of its object had come."""

    parent: Any
    arguments: dict[str, Any]
    result: Any

    def is_for(self, parent: Any, arguments: dict[str, Any]) -> bool:
        """Tell whether the resolver would be called with the same now.

        Middleware may have left objects out of the list, or changed arguments.
        """
        return self.parent is parent and self.arguments == arguments


def _one_of_siblings(
    resolver: Resolver, parent: Any, info: Any, kwargs: dict[str, Any]
) -> Any:
    """Return the prepared result for *parent*, whose siblings are resolved with it.

    A synchronous execution completes one object of a list before it goes to the next,
    so nothing could be loaded for all of them. But which objects are asked for the
    same is known from the plan that loaded them: the resolver is called for all of them
    ahead (it has no side effects: GraphQL specification, section 6.2.2), for each place
    in the response once and with the `info` of that place, and what it returned is
    prepared at once.
    """
    registry = registry_of(_any_object_type(info), info)
    if registry is None or current_route() == "lazy":
        return resolver(parent, info, **kwargs)
    execution = registry.execution(info.fragments)
    # The path too: a fragment has the same nodes wherever it is spread.
    nodes = tuple(map(id, info.field_nodes))
    key = (id(resolver), info.parent_type.name, fields_of_path(info.path), nodes)
    known: dict[Places, _Ahead] = execution.results_of(key)
    here = places_in(info.path)
    ahead = known.get(here)
    if ahead is None or not ahead.is_for(parent, kwargs):
        watch_reads(info.schema)
        siblings, arguments = [(here, parent)], _arguments(info)
        if ahead is None and kwargs == arguments:
            siblings = execution.placed_siblings_of(
                parent, fields_of_path(info.path.prev), here
            )
        results: list[tuple[Places, Any]] = []
        for places, sibling in siblings:
            is_own = places == here
            if not is_own and (
                places in known or not _is_of_type(sibling, parent, info)
            ):
                continue
            given = kwargs if is_own else _arguments(info)
            sibling_info = info._replace(path=_path_at(info.path, places))
            try:
                result = resolver(sibling, sibling_info, **given)
                result = _materialized(result, info.return_type)
            except Exception as error:
                result = _Raised(error)
            known[places] = _Ahead(sibling, kwargs if is_own else arguments, result)
            if not isinstance(result, _Raised):
                results.append((places, result))
        prepare_placed(results, info, registry)
    result = known[here].result
    if isinstance(result, _Raised):
        raise result.error
    return result


def _arguments(info: Any) -> dict[str, Any]:
    """Return the arguments of the running field, as graphql-core makes them anew.

    What stands in the document is made for each call, so that a resolver may change it;
    what a variable has is shared.
    """
    definition = info.parent_type.fields[info.field_name]
    if not definition.args:
        return {}
    return get_argument_values(definition, info.field_nodes[0], info.variable_values)


def _is_of_type(sibling: Any, parent: Any, info: Any) -> bool:
    """Tell whether *sibling* is of the GraphQL type whose field is resolved.

    In a list of an interface or a union the objects are of several. Which abstract type
    the list has is not known here: where any of them says otherwise, the sibling waits
    for its own turn.
    """
    if sibling is parent:
        return True
    for abstract in _abstract_types_of(info.parent_type, info.schema):
        try:
            resolve_type = abstract.resolve_type or default_type_resolver
            name = resolve_type(sibling, info, abstract)
        except Exception:
            return False
        if name != info.parent_type.name:
            return False
    return True


def _abstract_types_of(
    type_: GraphQLObjectType, schema: GraphQLSchema
) -> Iterator[GraphQLAbstractType]:
    """Yield the interfaces and the unions that *type_* belongs to."""
    yield from type_.interfaces
    for union in schema.type_map.values():
        if isinstance(union, GraphQLUnionType) and type_ in union.types:
            yield union


def _path_at(path: Path, places: Places) -> Path:
    """Return the response path *path* with other places in its lists."""
    prev = path.prev
    if isinstance(path.key, int):
        *before, key = places
        return Path(_path_at(prev, tuple(before)) if prev else None, key, path.typename)
    return Path(_path_at(prev, places) if prev else None, path.key, path.typename)


def _materialized(result: Any, type_: Any) -> Any:
    """Return rows that can be read only once, or that load anew each time, as a list.

    That is all that graphql-core would iterate for a list and that is no collection: an
    iterator, a `Result`, a `Query`, a page with `__iter__`.
    """
    if isinstance(get_nullable_type(type_), GraphQLList) and (
        isinstance(result, Iterable) and not isinstance(result, Collection)
    ):
        return list(result)
    return result


async def _prepared_later(result: Awaitable[Any], info: Any) -> Any:
    prepared = _prepared(await result, info)
    return await prepared if info.is_awaitable(prepared) else prepared


def _prepared(result: Any, info: Any) -> Any:
    schema = info.schema
    writes = info.parent_type in (schema.mutation_type, schema.subscription_type)
    if current_route() == "lazy" or (result is None and not writes):
        return result
    result = _materialized(result, info.return_type)
    registry = registry_of(_any_object_type(info), info)
    if registry is None:
        if info.path.prev is None:
            check_depth(info, None)
        return result
    if writes:
        registry.forget()
    if _is_below_a_list(info.path) and is_async(info):
        # Its siblings' objects are still to come: the loaders load for all of them.
        return result
    if not is_async(info):
        watch_reads(info.schema)
    done = prepare(result, info, registry)
    return result if done is None else _after(done, result)


def _any_object_type(info: Any) -> SQLAlchemyObjectType:
    bound = info.schema.extensions["ariadne_sqla"]
    named = get_named_type(info.return_type).name
    object_type: SQLAlchemyObjectType = bound.get(named) or next(iter(bound.values()))
    return object_type


def _is_below_a_list(path: Any) -> bool:
    while path is not None:
        if isinstance(path.key, int):
            return True
        path = path.prev
    return False


async def _after(done: Awaitable[None], result: Any) -> Any:
    await done
    return result
