"""Sharing one `AsyncSession` between the tasks of a request.

By `serialized` around a block, or by a session whose every method waits for its turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

from .turns import serialized

__all__ = ["SerializedAsyncSession", "serialized"]


class SerializedAsyncSession(AsyncSession):
    """An `AsyncSession` that several tasks of one request may use at once.

    Each awaited method waits until the others are done, so that resolvers which run
    `await session.execute(…)` beside each other, and beside this package's loading,
    do not meet SQLAlchemy's `InvalidRequestError: This session is provisioning a new
    connection`. Use it as `async_sessionmaker(engine, class_=SerializedAsyncSession)`.

    What it does not cover: the rows of `stream()` are fetched after it returned, and
    `awaitable_attrs` loads by itself; hold the session with `serialized` there. A
    transaction is still one for all tasks: a rollback in one of them takes back what
    the others did.
    """

    def begin(self) -> AsyncSessionTransaction:
        """Return a transaction that starts and ends when the session is free."""
        return _SerializedTransaction(self)

    def begin_nested(self) -> AsyncSessionTransaction:
        """Return a savepoint that starts and ends when the session is free."""
        return _SerializedTransaction(self, nested=True)


class _SerializedTransaction(AsyncSessionTransaction):
    __slots__ = ()


def _serialize(
    class_: type[Any], session_of: Callable[[Any], AsyncSession], *names: str
) -> None:
    """Let the inherited methods *names* of *class_* wait for their session."""
    for name in names:
        method = getattr(class_, name)
        setattr(class_, name, _waiting(method, session_of))


def _waiting(
    method: Callable[..., Any], session_of: Callable[[Any], AsyncSession]
) -> Callable[..., Any]:
    @wraps(method)
    async def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        async with serialized(session_of(self)):
            return await method(self, *args, **kwargs)

    return call


_serialize(
    SerializedAsyncSession,
    lambda session: session,
    # All of them: releases of SQLAlchemy add some (delete_all and merge_all in 2.1).
    *(
        name
        for name, method in vars(AsyncSession).items()
        if iscoroutinefunction(method) and not name.startswith("_")
    ),
)
_serialize(
    _SerializedTransaction,
    lambda transaction: transaction.session,
    "start",
    "commit",
    "rollback",
    "__aexit__",
)
