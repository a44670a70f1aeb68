"""Running work on a `Session` or an `AsyncSession`, one piece at a time.

Everything that this package does with a database is an ordinary function of a
`Session`. Under an `AsyncSession` the same function runs by `AsyncSession.run_sync`, so
there is one code path for both.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session
from sqlalchemy.orm import Session, scoped_session

from .causes import Cause, do_because
from .lifetime import Lifetime

__all__ = ["AnySession", "all_of", "run", "serialized", "sync_session", "unscoped"]

T = TypeVar("T")

AnySession: TypeAlias = (
    Session | AsyncSession | scoped_session[Any] | async_scoped_session[Any]
)


def unscoped(session: AnySession) -> Session | AsyncSession:
    """Return the session itself where *session* is a registry of scoped ones."""
    if isinstance(session, scoped_session | async_scoped_session):
        scoped: Session | AsyncSession = session()
        return scoped
    return session


def sync_session(session: AnySession) -> Session:
    """Return the `Session` that does the work of *session*."""
    if isinstance(session, Session):
        return session
    actual = unscoped(session)
    return actual.sync_session if isinstance(actual, AsyncSession) else actual


def run(
    session: AnySession,
    work: Callable[[Session], T],
    cause: Cause | None = None,
    lifetime: Lifetime | None = None,
) -> T | Awaitable[T]:
    """Call *work* with the session, and return its result or an awaitable of it.

    On a `Session` the result is returned at once. On an `AsyncSession` it must be
    awaited; work on one session waits for its turn, so that sibling fields may share
    the one session of a request.

    Args:
        session: What the work is done with.
        work: A function of the `Session`.
        cause: What its statements are run for.
        lifetime: That of the request. The error of another field may have ended it
            before the turn came: nothing runs then on a session that nobody is left to
            close.

    Raises:
        ClosedRegistryError: The request is over.
    """
    actual = session if isinstance(session, Session) else unscoped(session)
    if isinstance(actual, AsyncSession):
        return _run_async(actual, work, cause, lifetime)
    return _run(actual, work, cause, lifetime)


def _run(
    session: Session,
    work: Callable[[Session], T],
    cause: Cause | None,
    lifetime: Lifetime | None,
) -> T:
    if lifetime is not None and lifetime.is_over:
        lifetime.check_open(cause.field if cause else "anything")
    return do_because(cause, work, session)


async def _run_async(
    session: AsyncSession,
    work: Callable[[Session], T],
    cause: Cause | None,
    lifetime: Lifetime | None,
) -> T:
    async with serialized(session):
        return await session.run_sync(_run, work, cause, lifetime)


class _TaskLock:
    """A lock that the task which holds it may take again."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[Any] | None = None
        self._depth = 0

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        if self._owner is not task or task is None:
            await self._lock.acquire()
            self._owner = task
        self._depth += 1

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._owner = None
            self._lock.release()


_locks: WeakKeyDictionary[AsyncSession, _TaskLock] = WeakKeyDictionary()


@asynccontextmanager
async def serialized(session: AsyncSession) -> AsyncIterator[AsyncSession]:
    """Hold *session* for this task: all use of it by this package waits.

    For a resolver that uses a plain `AsyncSession` itself while sibling fields load:

    ```python
    async with serialized(session):
        await session.execute(...)
    ```

    A `SerializedAsyncSession` does that in each of its methods. Do not wait inside the
    block for another task that uses the session: that one waits for the block.
    """
    lock = _locks.get(session)
    if lock is None:
        lock = _locks[session] = _TaskLock()
    async with lock:
        yield session


def all_of(done: Iterable[Awaitable[None] | None]) -> Awaitable[None] | None:
    """Return what is to be awaited of *done*, in order, `None` if nothing is."""
    waiting = [one for one in done if one is not None]
    return _all(waiting) if waiting else None


async def _all(waiting: Iterable[Awaitable[None]]) -> None:
    for one in waiting:
        await one
