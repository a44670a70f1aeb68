"""Prepares what resolvers of the application's own return.

A resolver that runs its own `select()` returns objects that no plan prepared. Before
graphql-core goes into them, what the client asks below is planned, and what the objects
lack is loaded for all of them: one statement for each relationship and level. So no
field below has to wait, under an event loop or without one.

To see every such resolver, whichever bindable sets it and when, the fields in question
are replaced by `_ApplicationField`, which wraps the resolver that it is given.
"""

from __future__ import annotations

from collections.abc import (
    Awaitable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
)
from dataclasses import dataclass
from functools import wraps
from inspect import getattr_static, isdatadescriptor
from typing import TYPE_CHECKING, Any

from ariadne.resolvers import is_default_resolver
from ariadne.types import Resolver
from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
)
from sqlalchemy import Result
from sqlalchemy.engine import ScalarResult
from sqlalchemy.orm import Mapper

from sqla_loaders import LoaderRegistry
from sqla_loaders._compat import state_of
from sqla_loaders.completion import is_complete
from sqla_loaders.session import Cause
from sqla_selection import LoadPlan, Selection, TypeRegistry, collect, plan
from sqla_selection.attributes import is_mapped

from .resolvers import (
    attribute_resolver,
    fields_of_path,
    is_async,
    path_of_alias,
    path_read_by,
    reading_prepared,
    registry_of,
)
from .routes import current_route

if TYPE_CHECKING:
    from .object_type import SQLAlchemyObjectType

__all__ = ["prepare", "watch_results"]


class _ApplicationField(GraphQLField):
    """A field that wraps the application's resolvers, whoever sets one and when."""

    owner: SQLAlchemyObjectType | None = None
    """The bound type that the field belongs to."""
    prepares_result: bool = False
    own_resolver: Resolver | None = None
    """The application's resolver as it was set."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "resolve" and self.owner is not None:
            value = _reading_mapped(self.owner, value)
        if name == "resolve" and _is_of_the_application(value):
            self.own_resolver = value
            if self.prepares_result:
                value = _preparing(value)
            if self.owner is not None:
                value = reading_prepared(self.owner, value)
        super().__setattr__(name, value)

    @classmethod
    def instead_of(
        cls,
        definition: GraphQLField,
        owner: SQLAlchemyObjectType | None,
        *,
        prepares_result: bool,
    ) -> _ApplicationField:
        own = getattr(definition, "own_resolver", None)
        resolver = own or definition.resolve
        kwargs: dict[str, Any] = {**definition.to_kwargs(), "resolve": None}
        field = cls(**kwargs)
        field.owner, field.prepares_result = owner, prepares_result
        field.resolve = resolver
        return field


def _reading_mapped(owner: SQLAlchemyObjectType, resolver: Any) -> Any:
    """Return the resolver of a mapped attribute in place of Ariadne's own alias of it.

    An alias (`set_alias`, a converted name) reads the attribute as it is, one object at
    a time; the resolver that is given here loads it for all.
    """
    path = path_of_alias(resolver)
    if path is None or not is_mapped(owner.config.mapper, path.partition(".")[0]):
        return resolver
    return attribute_resolver(owner, "", path)


def watch_results(
    schema: GraphQLSchema, bound: Mapping[str, SQLAlchemyObjectType]
) -> None:
    """Wrap resolvers of the application's own, from now on.

    Fields of *bound* types get what their hint says of the object before their resolver
    runs. Fields that lead to a bound type have their results prepared. Fields of the
    mutation and the subscription type are all watched: what one wrote, and what was
    written before an event, must be seen by those after it.
    """
    writing = (schema.mutation_type, schema.subscription_type)
    leading = _Leading(schema, bound)
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        owner = bound.get(type_.name)
        for name, definition in type_.fields.items():
            prepares = type_ in writing or leading.leads(definition.type)
            if isinstance(definition, _ApplicationField) and (
                definition.owner is owner and definition.prepares_result is prepares
            ):
                continue
            if owner is not None or prepares:
                type_.fields[name] = _ApplicationField.instead_of(
                    definition, owner, prepares_result=prepares
                )


class _Leading:
    """Tells which types have objects of a bound type in them."""

    def __init__(self, schema: GraphQLSchema, bound: Mapping[str, Any]) -> None:
        self._schema = schema
        self._leading = set(bound)

    def leads(self, type_: Any) -> bool:
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
        if any(self._reaches(get_named_type(one), passed) for one in below):
            self._leading.add(type_.name)
            return True
        return False


def _is_of_the_application(resolver: Any) -> bool:
    return (
        resolver is not None
        and path_read_by(resolver) is None
        and not is_default_resolver(resolver)
        and not getattr(resolver, _NEEDS_NO_PREPARING, False)
    )


_NEEDS_NO_PREPARING = "_ariadne_sqla_needs_no_preparing"


def own_result(resolver: Resolver) -> Resolver:
    """Mark *resolver* as one whose result needs no preparing."""
    setattr(resolver, _NEEDS_NO_PREPARING, True)
    return resolver


def _preparing(resolver: Resolver) -> Resolver:
    @wraps(resolver)
    def resolve(parent: Any, info: Any, **kwargs: Any) -> Any:
        if not is_async(info) and _is_below_a_list(info.path):
            return _one_of_siblings(resolver, parent, info, kwargs)
        result = resolver(parent, info, **kwargs)
        if info.is_awaitable(result):
            return _prepared_later(result, info)
        return _prepared(result, info)

    return own_result(resolve)


@dataclass(frozen=True, slots=True)
class _Raised:
    """What stands for the result of a resolver that raised."""

    error: Exception


def _one_of_siblings(
    resolver: Resolver, parent: Any, info: Any, kwargs: dict[str, Any]
) -> Any:
    """Return the prepared result for *parent*, whose siblings are resolved with it.

    A synchronous execution completes one object of a list before it goes to the next,
    so nothing could be loaded for all of them. But which objects are asked for the
    same is known from the plan that loaded them: the resolver is called for all of them
    ahead (it has no side effects: GraphQL specification, section 6.2.2), and what it
    returned is prepared at once.
    """
    registry = registry_of(_any_object_type(info), info)
    if registry is None or current_route() == "lazy":
        return resolver(parent, info, **kwargs)
    key = (info.parent_type.name, *map(id, info.field_nodes))
    known = registry.sibling_results.setdefault(key, {})
    if id(parent) not in known:
        results: list[Any] = []
        for sibling in registry.siblings_of(parent, fields_of_path(info.path.prev)):
            if id(sibling) in known:
                continue
            try:
                result = _materialized(resolver(sibling, info, **kwargs))
            except Exception as error:
                result = _Raised(error)
            # The sibling is kept with its result: its id stays its own.
            known[id(sibling)] = (sibling, result)
            if not isinstance(result, _Raised):
                results.append(result)
        prepare(results, GraphQLList(info.return_type), info, registry)
    _, result = known[id(parent)]
    if isinstance(result, _Raised):
        raise result.error
    return result


def _materialized(result: Any) -> Any:
    """Return rows that can be read only once as a list."""
    return (
        list(result) if isinstance(result, Iterator | Result | ScalarResult) else result
    )


async def _prepared_later(result: Awaitable[Any], info: Any) -> Any:
    prepared = _prepared(await result, info)
    return await prepared if info.is_awaitable(prepared) else prepared


def _prepared(result: Any, info: Any) -> Any:
    schema = info.schema
    writes = info.parent_type in (schema.mutation_type, schema.subscription_type)
    if current_route() == "lazy" or (result is None and not writes):
        return result
    result = _materialized(result)
    registry = registry_of(_any_object_type(info), info)
    if registry is None:
        return result
    if writes:
        registry.forget()
    if _is_below_a_list(info.path) and is_async(info):
        # Its siblings' objects are still to come: the loaders load for all of them.
        return result
    done = prepare(result, info.return_type, info, registry)
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


def prepare(
    result: Any, type_: Any, info: Any, registry: LoaderRegistry
) -> Awaitable[None] | None:
    """Load all that the client asks of the objects in *result*, which is of *type_*.

    On an `AsyncSession` the return value must be awaited, unless there is nothing to
    load. What fails here fails again, and is told, at the field that needs it.
    """
    if not any(node.selection_set for node in info.field_nodes):
        return None
    types = TypeRegistry.of(info.schema)
    found = list(_found(result, type_, collect(info), fields_of_path(info.path), types))
    lacking = [
        (one.objects, one.plan)
        for one in found
        if one.plan is not None and not is_complete(one.objects, one.plan)
    ]
    done = None
    if lacking:
        cause = Cause(
            "fallback",
            tuple(info.path.as_list()),
            f"{info.parent_type.name}.{info.field_name}",
            plan=lacking[0][1],
            why="The field has its own resolver: what its objects lack is batched.",
        )
        done = registry.complete_all(lacking, cause, is_tolerant=True)
    if not is_async(info):
        for one in found:
            registry.note_result(one.path, one.objects, one.plan)
    return done


async def _after(done: Awaitable[None], result: Any) -> Any:
    await done
    return result


@dataclass(frozen=True, slots=True)
class _Found:
    """Objects of one kind in a result."""

    path: tuple[str, ...]
    """Where they are: response keys, without places in lists."""
    objects: list[Any]
    plan: LoadPlan | None
    """What is asked of them, if they are of a bound type."""


def _found(
    value: Any,
    type_: Any,
    selection: Selection,
    path: tuple[str, ...],
    types: TypeRegistry,
) -> Iterator[_Found]:
    """Yield the objects in *value*, through types that are bound to no model."""
    values = [one for one in _listed(value, type_) if one is not None]
    if not values:
        return
    if types.keys() & selection.fields.keys():
        for mapper, objects in _by_mapper(values, selection, types).items():
            yield _Found(path, objects, plan(selection, mapper, types))
        return
    yield _Found(path, values, None)
    walked: set[tuple[str, int]] = set()
    for fields in selection.fields.values():
        for selected in fields.values():
            definition = selected.definition
            below = (selected.response_key, id(selected.selection))
            # The possible types of an interface share what is asked below them.
            if selected.selection is None or definition is None or below in walked:
                continue
            walked.add(below)
            if is_default_resolver(definition.resolve):
                name = path_of_alias(definition.resolve) or selected.name
                yield from _found(
                    [_stored(one, name) for one in values],
                    GraphQLList(definition.type),
                    selected.selection,
                    (*path, selected.response_key),
                    types,
                )


def _stored(value: Any, path: str) -> Any:
    """Return what *value* has at *path* without running any code of its class.

    A property may be slow, raise, or load: it is read once, when its field is resolved.
    """
    for name in path.split("."):
        if isinstance(value, MutableMapping):
            value[name] = _materialized(value.get(name))
            value = value[name]
        elif isinstance(value, Mapping):
            value = value.get(name)
        elif name in getattr(value, "__dict__", ()):
            value = value.__dict__[name]
        else:
            descriptor = getattr_static(value, name, None)
            is_data = isdatadescriptor(descriptor) and not isinstance(
                descriptor, property
            )
            if not is_data or state_of(value) is not None:
                return None
            value = getattr(value, name, None)
    return value


def _by_mapper(
    values: Iterable[Any], selection: Selection, types: TypeRegistry
) -> dict[Mapper[Any], list[Any]]:
    """Return the objects by the mapper that their plan is for."""
    own: dict[Mapper[Any] | None, list[Any]] = {}
    for value in values:
        state = state_of(value)
        own.setdefault(None if state is None else state.mapper, []).append(value)
    configured = [types[name].mapper for name in selection.fields if name in types]
    only = configured[0] if len(configured) == 1 else None
    grouped: dict[Mapper[Any], list[Any]] = {}
    for mapper, objects in own.items():
        planned = _planned_by(mapper, only)
        if planned is not None:
            grouped.setdefault(planned, []).extend(objects)
    return grouped


def _planned_by(
    mapper: Mapper[Any] | None, only: Mapper[Any] | None
) -> Mapper[Any] | None:
    """Return the mapper to plan by for objects of *mapper*.

    Args:
        mapper: `None` for objects that are not mapped.
        only: The one that the types are bound to, if there is just one.
    """
    if mapper is None:
        return only
    if only is None:
        return mapper.base_mapper
    return only if mapper.isa(only) else mapper


def _listed(value: Any, type_: Any) -> Iterator[Any]:
    """Yield the values in *value* that are no list by their GraphQL type."""
    type_ = get_nullable_type(type_)
    if not isinstance(type_, GraphQLList):
        yield value
    elif isinstance(value, Collection) and not isinstance(value, str | Mapping):
        if isinstance(get_nullable_type(type_.of_type), GraphQLList):
            for one in value:
                yield from _listed(one, type_.of_type)
        else:
            yield from value
