"""Objects that are completed together, though each was asked for by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from sqla_selection import LoadPlan
from sqla_selection.merging import merge

from .causes import Cause
from .failures import Failure, what_of
from .lifetime import Lifetime
from .turns import AnySession, serialized, unscoped

__all__ = ["Batches"]

Complete: TypeAlias = Callable[[Sequence[Any], LoadPlan, Cause], Awaitable[None] | None]
"""Loads what objects lack of a plan."""


class Batches:
    """The batches of one request: one for each mapper and what is asked below it.

    Args:
        session: Whose turn a batch waits for.
        lifetime: The request.
    """

    def __init__(self, session: AnySession, lifetime: Lifetime) -> None:
        self._session = session
        self._lifetime = lifetime
        self._batches: dict[Any, _Batch] = {}

    def add(
        self, obj: Any, plan: LoadPlan, complete: Complete, execution: Hashable = None
    ) -> asyncio.Future[Any]:
        """Return a future of *obj* with what it lacks of *plan*.

        All objects that are asked for before the event loop gets its turn again are
        given to the *complete* of the first of them. It is not kept: it leads to the
        registry, whose rows would stay until the garbage collector finds them.
        Those of one *execution* are together: arguments mean the same in it.
        """
        key = (execution, plan.mapper, *sorted(edge.key for edge in plan.edges))
        batch = self._batches.get(key)
        if batch is None:
            batch = self._batches[key] = _Batch(self._session, self._lifetime)
        return batch.add(obj, plan, complete)


class _Batch:
    """Completes objects by one plan for all that are asked together.

    It takes what has been asked for until it has its turn on the session, so that the
    objects of resolvers that wait for one session end up in one batch.
    """

    def __init__(self, session: AnySession, lifetime: Lifetime) -> None:
        self._session = session
        self._lifetime = lifetime
        self._plans: dict[LoadPlan, None] = {}
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, obj: Any, plan: LoadPlan, complete: Complete) -> asyncio.Future[Any]:
        """Return a future of *obj* with what it lacks of *plan*."""
        self._lifetime.check_open(what_of(plan))
        self._plans[plan] = None
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.append((obj, future))
        if len(self._waiting) == 1:
            self._task = loop.create_task(self._run(what_of(plan), complete))
        return future

    async def _run(self, what: str, complete: Complete) -> None:
        await _turns()
        taken: list[tuple[Any, asyncio.Future[Any]]] = []
        try:
            with self._lifetime.batch(what):
                session = unscoped(self._session)
                if isinstance(session, AsyncSession):
                    async with serialized(session):
                        await _turns()  # for who had the session until now
                        await self._complete(taken, complete)
                else:
                    await self._complete(taken, complete)
        except Exception as error:
            failure = Failure(what, error)
            for _, future in taken or self._take():
                if not future.done():
                    future.set_exception(failure.reason())
        else:
            for obj, future in taken:
                if not future.done():
                    future.set_result(obj)

    async def _complete(
        self, taken: list[tuple[Any, asyncio.Future[Any]]], complete: Complete
    ) -> None:
        plan = merge(*self._plans)
        taken += self._take()
        relationships = [str(edge.relationship) for edge in plan.edges]
        cause = Cause(
            "fallback",
            relationship=", ".join(relationships) or None,
            plan=plan,
            why="The objects were not prepared: one batch for all of them.",
        )
        done = complete([obj for obj, _ in taken], plan, cause)
        if done is not None:
            await done

    def _take(self) -> list[tuple[Any, asyncio.Future[Any]]]:
        taken, self._waiting, self._plans = self._waiting, [], {}
        return taken


async def _turns() -> None:
    """Let the event loop go round twice, as aiodataloader does before a batch."""
    for _ in range(2):
        await asyncio.sleep(0)
