"""Prepares what resolvers of the application's own return.

A resolver that runs its own `select()` returns objects that no plan prepared. Before
graphql-core goes into them, what the client asks below is planned, and what the objects
lack is loaded for all of them: one statement for each relationship and level. So no
field below has to wait, under an event loop or without one.

To see every such resolver, whichever bindable sets it and when, the fields in question
are replaced by `_ApplicationField`, which wraps the resolver that it is given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from ariadne.resolvers import is_default_resolver, resolve_parent_field
from ariadne.types import Resolver
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
)
from sqlalchemy import Result, inspect
from sqlalchemy.engine import ScalarResult
from sqlalchemy.orm import InstanceState, Mapper

from sqla_loaders import LoaderRegistry
from sqla_loaders.completion import is_complete
from sqla_loaders.session import Cause
from sqla_selection import LoadPlan, Selection, TypeRegistry, collect, plan

from .resolvers import is_async, path_of_alias, path_read_by, reading_prepared
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


def watch_results(
    schema: GraphQLSchema, bound: Mapping[str, SQLAlchemyObjectType]
) -> None:
    """Wrap resolvers of the application's own, from now on.

    Fields of *bound* types get what their hint says of the object before their resolver
    runs. Fields that lead to a bound type have their results prepared. Fields of the
    mutation type are all watched: what one wrote must be seen by those after it.
    """
    leading = _Leading(schema, bound)
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        owner = bound.get(type_.name)
        for name, definition in type_.fields.items():
            prepares = type_ is schema.mutation_type or leading.leads(definition.type)
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
        self._bound = bound
        self._known: dict[str, bool] = {}

    def leads(self, type_: Any) -> bool:
        named: GraphQLNamedType = get_named_type(type_)
        if named.name not in self._known:
            self._known[named.name] = False  # a type that leads to itself only
            self._known[named.name] = self._decide(named)
        return self._known[named.name]

    def _decide(self, type_: GraphQLNamedType) -> bool:
        if type_.name in self._bound:
            return True
        if is_abstract_type(type_):
            return any(map(self.leads, self._schema.get_possible_types(type_)))
        return isinstance(type_, GraphQLObjectType) and any(
            self.leads(definition.type) for definition in type_.fields.values()
        )


def _is_of_the_application(resolver: Any) -> bool:
    return (
        resolver is not None
        and path_read_by(resolver) is None
        and not is_default_resolver(resolver)
        and not getattr(resolver, _PREPARING, False)
    )


_PREPARING = "_ariadne_sqla_prepares"


def own_result(resolver: Resolver) -> Resolver:
    """Mark *resolver* as one whose result needs no preparing."""
    setattr(resolver, _PREPARING, True)
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
    registry = _registry(_any_object_type(info), info)
    if registry is None or current_route() == "lazy":
        return resolver(parent, info, **kwargs)
    key = (info.parent_type.name, *map(id, info.field_nodes))
    known = registry.sibling_results.setdefault(key, {})
    if id(parent) not in known:
        results: list[Any] = []
        for sibling in registry.siblings_of(parent, info.parent_type.name):
            try:
                result = resolver(sibling, info, **kwargs)
            except Exception as error:
                result = _Raised(error)
            # The sibling is kept with its result: its id stays its own.
            known[id(sibling)] = (sibling, _materialized(result))
            results.append(known[id(sibling)][1])
        _prepared([one for one in results if not isinstance(one, _Raised)], info)
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
    is_mutation = info.parent_type is info.schema.mutation_type
    if current_route() == "lazy" or (result is None and not is_mutation):
        return result
    result = _materialized(result)
    object_type = _any_object_type(info)
    registry = _registry(object_type, info)
    if registry is None:
        return result
    if is_mutation:
        registry.forget()
    if _is_below_a_list(info.path) and is_async(info):
        # Its siblings' objects are still to come: the loaders load for all of them.
        return result
    return prepare(result, info, registry)


def _any_object_type(info: Any) -> SQLAlchemyObjectType:
    bound = info.schema.extensions["ariadne_sqla"]
    named = get_named_type(info.return_type).name
    object_type: SQLAlchemyObjectType = bound.get(named) or next(iter(bound.values()))
    return object_type


def _registry(object_type: SQLAlchemyObjectType, info: Any) -> LoaderRegistry | None:
    try:
        return object_type.get_loader_registry_from_context(info.context)
    except Exception:
        return None


def _is_below_a_list(path: Any) -> bool:
    while path is not None:
        if isinstance(path.key, int):
            return True
        path = path.prev
    return False


def prepare(result: Any, info: Any, registry: LoaderRegistry) -> Any:
    """Return *result* with all that the client asks of the objects in it loaded.

    On an `AsyncSession` that is an awaitable, unless there is nothing to load.
    """
    if not any(node.selection_set for node in info.field_nodes):
        return result
    types = TypeRegistry.of(info.schema)
    groups = list(_planned(result, collect(info), types))
    if not is_async(info):
        registry.results.extend(groups)
    lacking = [
        (objects, planned)
        for objects, planned in groups
        if not is_complete(objects, planned)
    ]
    if not lacking:
        return result
    done = registry.complete_all(
        lacking,
        Cause(
            "fallback",
            tuple(info.path.as_list()),
            f"{info.parent_type.name}.{info.field_name}",
            plan=lacking[0][1],
            why="The field has its own resolver: what its objects lack is batched.",
        ),
    )
    return result if done is None else _after(done, result)


async def _after(done: Awaitable[None], result: Any) -> Any:
    await done
    return result


def _planned(
    value: Any, selection: Selection, types: TypeRegistry
) -> Iterator[tuple[list[Any], LoadPlan]]:
    """Yield the objects of bound types in *value*, each kind with its plan."""
    values = [one for one in _flat(value) if one is not None]
    if not values:
        return
    if types.keys() & selection.fields.keys():
        for mapper, objects in _by_mapper(values, selection, types).items():
            yield objects, plan(selection, mapper, types)
        return
    for fields in selection.fields.values():
        for selected in fields.values():
            definition = selected.definition
            if selected.selection is None or definition is None:
                continue
            if is_default_resolver(definition.resolve):
                path = path_of_alias(definition.resolve) or selected.name
                below = [resolve_parent_field(one, path) for one in values]
                below = [one for one in below if not callable(one)]
                yield from _planned(below, selected.selection, types)


def _by_mapper(
    values: Iterable[Any], selection: Selection, types: TypeRegistry
) -> dict[Mapper[Any], list[Any]]:
    """Return the objects by the mapper that their plan is for."""
    grouped: dict[Mapper[Any], list[Any]] = {}
    configured = [types[name].mapper for name in selection.fields if name in types]
    for value in values:
        state = inspect(value, raiseerr=False)
        if isinstance(state, InstanceState):
            mapper = state.mapper
            if len(configured) == 1:
                mapper = configured[0] if mapper.isa(configured[0]) else mapper
            else:
                mapper = mapper.base_mapper
            grouped.setdefault(mapper, []).append(value)
        elif len(configured) == 1:
            grouped.setdefault(configured[0], []).append(value)
    return grouped


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _flat(one)
    else:
        yield value
