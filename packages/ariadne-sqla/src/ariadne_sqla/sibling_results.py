"""Calls a resolver for all objects of a list ahead, where no event loop runs.

A synchronous execution completes one object of a list before it goes to the next, so
nothing could be loaded for all that its resolvers give.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ariadne.types import Resolver
from graphql import (
    GraphQLAbstractType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    default_type_resolver,
    get_nullable_type,
)
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from sqla_loaders import Places

from .recorded import running_at
from .request import Request, fields_of_path, places_in
from .results import known_as_seen, prepare_placed
from .shown import shown

__all__ = ["materialized", "of_siblings"]


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


def of_siblings(
    resolver: Resolver, parent: Any, request: Request, kwargs: dict[str, Any]
) -> Any:
    """Return the prepared result for *parent*, whose siblings are resolved with it.

    A synchronous execution completes one object of a list before it goes to the next,
    so nothing could be loaded for all of them. But which objects are asked for the
    same is known from the plan that loaded them: the resolver is called for all of them
    ahead (it has no side effects: GraphQL specification, section 6.2.2), for each place
    in the response once and with the `info` of that place, and what it returned is
    prepared at once.
    """
    info, registry = request.info, request.registry
    if registry is None or request.route == "lazy":
        return shown(resolver(parent, info, **kwargs), request)
    execution = request.execution
    # The path too: a fragment has the same nodes wherever it is spread.
    nodes = tuple(map(id, info.field_nodes))
    key = (id(resolver), info.parent_type.name, fields_of_path(info.path), nodes)
    known: dict[Places, _Ahead] = execution.results_of(key)
    here = places_in(info.path)
    ahead = known.get(here)
    if ahead is None or not ahead.is_for(parent, kwargs):
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
                with running_at(sibling_info.path):
                    result = resolver(sibling, sibling_info, **given)
                result = materialized(result, info.return_type)
            except Exception as error:
                result = _Raised(error)
            known[places] = _Ahead(sibling, kwargs if is_own else arguments, result)
            if not isinstance(result, _Raised):
                results.append((places, result))
        if request.visibility is not None:
            results = _shown(results, known, request)
        prepare_placed(results, request)
    result = known[here].result
    if isinstance(result, _Raised):
        raise result.error
    return result


def _shown(
    results: list[tuple[Places, Any]], known: dict[Places, _Ahead], request: Request
) -> list[tuple[Places, Any]]:
    """Leave out what may not be seen: in one statement for what all of them gave."""
    known_as_seen(results, request)
    seen = []
    for places, result in results:
        try:
            value = shown(result, request)
        except Exception as error:
            known[places] = replace(known[places], result=_Raised(error))
        else:
            known[places] = replace(known[places], result=value)
            seen.append((places, value))
    return seen


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


def materialized(result: Any, type_: Any) -> Any:
    """Return rows that can be read only once, or that load anew each time, as a list.

    That is all that graphql-core would iterate for a list and that is no collection: an
    iterator, a `Result`, a `Query`, a page with `__iter__`.
    """
    if isinstance(get_nullable_type(type_), GraphQLList) and (
        isinstance(result, Iterable) and not isinstance(result, Collection)
    ):
        return list(result)
    return result
