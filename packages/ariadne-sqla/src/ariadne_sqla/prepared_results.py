"""Prepares what a resolver of the application's own gives, when it is there."""

from __future__ import annotations

from typing import Any

from ariadne.types import Resolver

from .field_plans import check_depth
from .request import Request, is_async, then
from .results import prepare
from .sibling_results import materialized, of_siblings

__all__ = ["preparing", "preparing_reads"]


def preparing(resolver: Resolver) -> Resolver:
    """Return *resolver*, with all loaded that is asked of the objects it gives."""

    def resolve(parent: Any, info: Any, /, **kwargs: Any) -> Any:
        request = Request(info)
        if not request.is_async and _is_below_a_list(info.path):
            return of_siblings(resolver, parent, request, kwargs)
        if info.parent_type is info.schema.mutation_type:
            check_depth(info, None)  # before anything is written
        result = resolver(parent, info, **kwargs)
        return then(result, lambda value: _prepared(value, request))

    return resolve


def preparing_reads(resolver: Resolver) -> Resolver:
    """Return *resolver*, prepared where no event loop runs: the loaders need one."""
    prepared = preparing(resolver)

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        if is_async(info):
            return resolver(obj, info, **kwargs)
        return prepared(obj, info, **kwargs)

    return resolve


def _prepared(result: Any, request: Request) -> Any:
    info, schema = request.info, request.info.schema
    writes = info.parent_type in (schema.mutation_type, schema.subscription_type)
    if request.route == "lazy" or (result is None and not writes):
        return result
    result = materialized(result, info.return_type)
    registry = request.registry
    if registry is None:
        if info.path.prev is None:
            check_depth(info, None)
        return result
    if writes:
        registry.forget()
    if request.is_async and _is_below_a_list(info.path):
        # Its siblings' objects are still to come: the loaders load for all of them.
        return result
    return then(prepare(result, info, registry), lambda _: result)


def _is_below_a_list(path: Any) -> bool:
    while path is not None:
        if isinstance(path.key, int):
            return True
        path = path.prev
    return False
