"""Resolvers of the application's own: their object is ready, and then their result.

Objects of bound types get what the field needs before the resolver is called. What it
gives is prepared when it is there.
"""

from __future__ import annotations

from typing import Any

from ariadne.types import Resolver
from graphql import GraphQLField

from sqla_selection.needs import Needs
from sqla_selection.reading import reading_of_field

from .bound import Bound, BoundSchema, DerivedOfField
from .field_plans import check_arguments, check_depth
from .lent import put_on, reads_guarded
from .request import Request, is_async, then
from .results import known_as_seen, prepare
from .routes import current_route
from .shown import showing, shown
from .sibling_results import materialized, of_siblings
from .unprepared import Unprepared

__all__ = ["preparing", "preparing_reads", "reading_prepared"]


def reading_prepared(
    resolver: Resolver, bound: Bound, field_name: str, schema: BoundSchema
) -> Resolver:
    """Return *resolver*, a resolver of the application's own, on a prepared object.

    An object that lacks what the field's `requires` hint names, or any plain column
    where there is no hint, gets it first, in one batch with its siblings.
    """
    config = bound.config

    def needed_by(definition: GraphQLField) -> Needs:
        reading = reading_of_field(config.mapper, config, field_name, definition)
        return reading.needs

    derived = DerivedOfField(schema, config.name, field_name, needed_by)
    unprepared = Unprepared(bound, "")

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        needs = derived.value
        if needs is None:
            needs = derived.of(info)
        if not reads_guarded(config.mapper, needs, info):
            if current_route() == "lazy" or unprepared.is_ready(obj, info, needs):
                return resolver(obj, info, **kwargs)
            return unprepared.then(obj, info, kwargs, resolver)

        def on_what_is_seen(obj: Any, info: Any, /, **kwargs: Any) -> Any:
            put_on(obj, needs, Request(info, bound))
            return resolver(obj, info, **kwargs)

        return unprepared.then(obj, info, kwargs, on_what_is_seen)

    return resolve


def preparing(resolver: Resolver) -> Resolver:
    """Return *resolver*, with all loaded that is asked of the objects it gives."""

    def resolve(parent: Any, info: Any, /, **kwargs: Any) -> Any:
        request = Request(info)
        if not request.is_async and _is_below_a_list(info.path):
            return of_siblings(resolver, parent, request, kwargs)
        request.leave_others()
        if info.parent_type is info.schema.mutation_type:
            check_depth(request)  # before anything is written
            if request.registry is not None:
                request.registry.values.take_off()
        if info.path.prev is None and request.route != "lazy":
            check_arguments(request)
        return request.when_policies_are_known(
            lambda: then(
                resolver(parent, info, **kwargs),
                lambda value: _prepared(value, request),
            )
        )

    return resolve


def preparing_reads(resolver: Resolver) -> Resolver:
    """Return *resolver*, prepared where no event loop runs: the loaders need one."""
    prepared, as_shown = preparing(resolver), showing(resolver)

    def resolve(obj: Any, info: Any, /, **kwargs: Any) -> Any:
        if is_async(info):
            return as_shown(obj, info, **kwargs)
        return prepared(obj, info, **kwargs)

    return resolve


def _prepared(result: Any, request: Request) -> Any:
    info, schema = request.info, request.info.schema
    writes = info.parent_type in (schema.mutation_type, schema.subscription_type)
    if result is None and not writes:
        return result
    if writes and request.registry is not None:
        request.registry.forget()
    if request.visibility is None:
        return _prepare(result, request)
    result = materialized(result, info.return_type)
    return request.when_policies_are_known(
        lambda: then(
            then(
                known_as_seen([((), result)], request), lambda _: shown(result, request)
            ),
            lambda seen: _prepare(seen, request),
        )
    )


def _prepare(result: Any, request: Request) -> Any:
    info, registry = request.info, request.registry
    if request.route == "lazy" or result is None:
        return result
    result = materialized(result, info.return_type)
    if registry is None:
        if info.path.prev is None:
            check_depth(request)
        return result
    if request.is_async and _is_below_a_list(info.path):
        # Its siblings' objects are still to come: the loaders load for all of them.
        return result
    return then(prepare(result, request), lambda _: result)


def _is_below_a_list(path: Any) -> bool:
    while path is not None:
        if isinstance(path.key, int):
            return True
        path = path.prev
    return False
