"""What resolvers of the application's own gave, without what the viewer may not see.

Each object is looked for among the rows that may be seen, see `Verdicts`. One that is
not there becomes null, or leaves its list. What a mutation gives is its own to show,
and so is what a field gives that the application says is `trusted`.
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterable,
    Awaitable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
)
from inspect import isawaitable
from typing import Any

from ariadne.types import Resolver
from graphql import GraphQLList, get_named_type, get_nullable_type, is_abstract_type

from sqla_loaders import state_of
from sqla_selection import PolicyError, TypeRegistry

from .bound import bound_to
from .request import Request, fields_of_path, then

__all__ = ["guarded_types", "is_trusted", "showing", "shown", "when_asked"]


def guarded_types(type_: Any, schema: Any) -> set[str]:
    """Return the names of the types that *type_* may show and a policy may hide."""
    types = TypeRegistry.of(schema)
    if not types.policies:
        return set()
    named = get_named_type(type_)
    possible = {named.name}
    if is_abstract_type(named):
        possible = {one.name for one in schema.get_possible_types(named)}
    return {
        name
        for name in possible & types.keys()
        if types.policies.guards(types[name].mapper)
    }


def is_trusted(request: Request) -> bool:
    """Tell whether what the running field gives is shown as it is.

    That is what a mutation gives, and what the application says; and what is in it,
    through types that are bound to no model.
    """
    info, bound = request.info, bound_to(request.info.schema)
    mutation = info.schema.mutation_type
    trusted = request.execution.results_of("trusted")
    if (info.parent_type.name, info.field_name) in bound.trusted:
        trusted[fields_of_path(info.path)] = True
    path = info.path
    while path is not None:
        if fields_of_path(path) in trusted:
            return True
        if path.typename in bound.types:
            return False
        if path.prev is None:
            return mutation is not None and path.typename == mutation.name
        path = path.prev
    return False


def when_asked(objects: Iterable[Any], request: Request, go: Any) -> Any:
    """Return what *go* gives when it is known which of *objects* may be seen."""
    visibility, registry = request.visibility, request.registry
    assert visibility is not None
    assert registry is not None
    lacking = registry.verdicts.lacking(objects, visibility)
    if not lacking:
        return go()
    if request.is_async and _is_below_a_list(request.info.path):
        soon = [registry.ask_verdict_soon(one) for one in lacking]
        return then(_all(soon), lambda _: go())
    cause = request.cause("fallback", _WHY)
    done = registry.ask_verdicts(lacking, cause)
    return go() if done is None else then(done, lambda _: go())


def shown(value: Any, request: Request) -> Any:
    """Return *value*, that of the running field, without what may not be seen.

    An awaitable of it, where that is to be asked on an `AsyncSession`.

    Raises:
        PolicyError: It is nothing of which that can be asked.
    """
    info = request.info
    names = guarded_types(info.return_type, info.schema)
    if not names or value is None or request.visibility is None or is_trusted(request):
        return value
    return request.when_policies_are_known(
        lambda: _shown(value, info.return_type, request, names)
    )


def showing(resolver: Resolver) -> Resolver:
    """Return *resolver*, with what may not be seen left out of what it gives."""

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        value = resolver(obj, info, **kwargs)
        return then(value, lambda known: shown(known, Request(info)))

    return resolve


def _shown(value: Any, type_: Any, request: Request, names: set[str]) -> Any:
    if isawaitable(value):
        return then(value, lambda known: _shown(known, type_, request, names))
    if isinstance(value, AsyncIterable):
        return then(_listed(value), lambda known: _shown(known, type_, request, names))
    if _is_list(value) and not isinstance(value, Collection):
        value = list(value)  # it can be read only once
    objects = list(_objects(value, type_))
    waiting = [one for one in objects if isawaitable(one)]
    if waiting:
        return then(
            _awaited(value, type_), lambda known: _shown(known, type_, request, names)
        )
    for one in objects:
        _check_is_mapped(one, request, names)
    return when_asked(objects, request, lambda: _without_hidden(value, type_, request))


def _objects(value: Any, type_: Any) -> Iterator[Any]:
    """Yield what is no list in *value*, by its GraphQL type."""
    type_ = get_nullable_type(type_)
    if value is None or isinstance(value, Exception):
        return
    if isinstance(type_, GraphQLList) and _is_list(value):
        for one in value:
            yield from _objects(one, type_.of_type)
    else:
        yield value


def _without_hidden(value: Any, type_: Any, request: Request) -> Any:
    type_ = get_nullable_type(type_)
    if value is None or isinstance(value, Exception):
        return value
    if isinstance(type_, GraphQLList) and _is_list(value):
        kept = [(one, _without_hidden(one, type_.of_type, request)) for one in value]
        return [known for one, known in kept if one is None or known is not None]
    registry, visibility = request.registry, request.visibility
    assert registry is not None
    assert visibility is not None
    return value if registry.verdicts.is_seen(value, visibility) else None


def _check_is_mapped(value: Any, request: Request, names: set[str]) -> None:
    """Refuse what no key can be asked of, unless it is of a type without a policy."""
    if state_of(value) is not None:
        return
    type_name = value.get("__typename") if isinstance(value, Mapping) else None
    if type_name is not None and type_name not in names:
        return
    of = ", ".join(sorted(names))
    msg = (
        f"{request.field} gave a {type(value).__name__} for {of}, of which it cannot "
        "be asked whether the viewer may see it. Return mapped objects, or let "
        f"the field be `trusted=[{request.info.field_name!r}]`."
    )
    raise PolicyError(msg)


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | Mapping)


def _is_below_a_list(path: Any) -> bool:
    while path is not None:
        if isinstance(path.key, int):
            return True
        path = path.prev
    return False


async def _all(waiting: Iterable[Awaitable[Any]]) -> None:
    for one in waiting:
        await one


async def _listed(values: AsyncIterable[Any]) -> list[Any]:
    return [one async for one in values]


async def _awaited(value: Any, type_: Any) -> Any:
    """Return *value* with what its lists have to be awaited; errors stay in them."""
    type_ = get_nullable_type(type_)
    if isawaitable(value):
        try:
            value = await value
        except Exception as error:
            return error
    if isinstance(type_, GraphQLList) and _is_list(value):
        return [await _awaited(one, type_.of_type) for one in value]
    return value


_WHY = "What the field's own resolver gave is looked for among what may be seen."
