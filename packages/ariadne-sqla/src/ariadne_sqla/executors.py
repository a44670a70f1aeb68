"""How a root field is answered: the executors in order, the first that applies.

Each is a function of what is asked, and answers or declines with a reason. The reasons
are part of the `Cause` of what is run, and so of what debugging shows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, TypeAlias

from ariadne.types import Resolver
from graphql import GraphQLField

from sqla_selection.arguments import ArgumentsShape

from .bound import DerivedOfField
from .eager import eager
from .finished_json import finished_json
from .root_field import RootField
from .root_request import Declined, RootRequest
from .unplanned import batched, lazy

__all__ = ["EXECUTORS", "Executor", "root_resolver"]

Executor: TypeAlias = Callable[[RootRequest], Any]
"""Returns the field's value, an awaitable of it, or a `Declined`.

That of `finished_json` may be awaited and decline then: it declines rows, too.
"""

EXECUTORS: tuple[Executor, ...] = (finished_json, eager, batched, lazy)
"""From the fastest to the one that always answers."""


def root_resolver(
    root: RootField, shape_of: Callable[[GraphQLField], ArgumentsShape]
) -> Resolver:
    """Return the resolver of a root field, whose arguments *shape_of* understands."""
    derived = DerivedOfField(root.schema, "Query", root.name, shape_of)

    def resolve(_: Any, info: Any, /, **kwargs: Any) -> Any:
        request = RootRequest(info, root, derived.of(info), kwargs)
        if request.visibility is None and request.field_visibility is None:
            return _answer(request)
        return request.when_policies_are_known(lambda: _answer(request))

    return resolve


def _answer(request: RootRequest) -> Any:
    request.leave_others()
    return _first_answer(request, EXECUTORS)


def _first_answer(request: RootRequest, executors: tuple[Executor, ...]) -> Any:
    """Return the answer of the first of *executors* that does not decline.

    The last one does not.
    """
    for place, executor in enumerate(executors, start=1):
        answer = executor(request)
        if executor is finished_json and isawaitable(answer):
            return _answer_later(request, answer, executors[place:])
        if not isinstance(answer, Declined):
            return answer
        request.declined.append(answer.why)
    raise AssertionError


async def _answer_later(
    request: RootRequest, waiting: Awaitable[Any], others: tuple[Executor, ...]
) -> Any:
    """Return the answer of an executor that may decline when it has the rows."""
    answer = await waiting
    if isinstance(answer, Declined):
        request.declined.append(answer.why)
        answer = _first_answer(request, others)
        return await answer if isawaitable(answer) else answer
    return answer
