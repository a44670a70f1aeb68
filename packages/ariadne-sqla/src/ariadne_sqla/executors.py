"""How a root field is answered: the executors in order, the first that applies.

Each is a function of what is asked, and answers or declines with a reason. The reasons
are part of the `Cause` of what is run, and so of what debugging shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ariadne.types import Resolver
from graphql import GraphQLField

from sqla_selection.arguments import ArgumentsShape

from .bound import DerivedOfField
from .eager import eager
from .root_field import RootField
from .root_request import Declined, RootRequest
from .unplanned import batched, lazy

__all__ = ["EXECUTORS", "Executor", "root_resolver"]

Executor: TypeAlias = Callable[[RootRequest], Any]
"""Returns the field's value, an awaitable of it, or a `Declined`."""

EXECUTORS: tuple[Executor, ...] = (eager, batched, lazy)
"""From the fastest to the one that always answers."""


def root_resolver(
    root: RootField, shape_of: Callable[[GraphQLField], ArgumentsShape]
) -> Resolver:
    """Return the resolver of a root field, whose arguments *shape_of* understands."""
    derived = DerivedOfField(root.schema, "Query", root.name, shape_of)

    def resolve(_: Any, info: Any, /, **kwargs: Any) -> Any:
        shape = derived.value
        if shape is None:
            shape = derived.at_first(info)
        request = RootRequest(info, root, shape, kwargs)
        if request.visibility is None:
            return _answer(request)
        return request.when_policies_are_known(lambda: _answer(request))

    return resolve


def _answer(request: RootRequest) -> Any:
    request.leave_others()
    for executor in EXECUTORS:
        answer = executor(request)
        if not isinstance(answer, Declined):
            return answer
        request.declined.append(answer.why)
    raise AssertionError  # the last one does not decline
