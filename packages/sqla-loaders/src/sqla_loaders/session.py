"""Running work on a `Session` or an `AsyncSession`, one piece at a time.

Everything that this package does with a database is an ordinary function of a
`Session`. Under an `AsyncSession` the same function runs by `AsyncSession.run_sync`, so
there is one code path for both.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import (
    AsyncSession,
    AsyncSessionTransaction,
    async_scoped_session,
)
from sqlalchemy.orm import Session, scoped_session

__all__ = [
    "AnySession",
    "Cause",
    "SerializedAsyncSession",
    "cause_of_statements",
    "causing",
    "close",
    "observer_of_work",
    "run",
    "serialized",
    "sync_session",
    "unscoped",
]

T = TypeVar("T")

AnySession: TypeAlias = (
    Session | AsyncSession | scoped_session[Any] | async_scoped_session[Any]
)


@dataclass(frozen=True, slots=True)
class Cause:
    """What a statement is run for: it tells an observer whose statement it sees."""

    route: str
    """`"eager"`, `"fallback"` or `"lazy"`."""
    path: tuple[str | int, ...] = ()
    """The response path of the field."""
    field: str = ""
    """The field, as `"Query.users"`."""
    relationship: str | None = None
    """The relationship that a batch loads, as `"User.posts"`."""
    plan: Any = None
    """The `LoadPlan` that is carried out."""
    why: str = ""
    """Why this route, one sentence."""


cause_of_statements: ContextVar[Cause | None] = ContextVar(
    "cause_of_statements", default=None
)
"""What the statements that run now are for; `None` outside of this project's work."""

observer_of_work: ContextVar[Callable[[Cause], AbstractContextManager[Any]] | None] = (
    ContextVar("observer_of_work", default=None)
)
"""Is entered around each piece of work of the request, for tracing."""


def unscoped(session: AnySession) -> Session | AsyncSession:
    """Return the session itself where *session* is a registry of scoped ones."""
    if isinstance(session, scoped_session | async_scoped_session):
        scoped: Session | AsyncSession = session()
        return scoped
    return session


def sync_session(session: Session | AsyncSession) -> Session:
    """Return the `Session` that does the work of *session*."""
    return session.sync_session if isinstance(session, AsyncSession) else session


def run(
    session: AnySession, work: Callable[[Session], T], cause: Cause | None = None
) -> T | Awaitable[T]:
    """Call *work* with the session, and return its result or an awaitable of it.

    On a `Session` the result is returned at once. On an `AsyncSession` it must be
    awaited; work on one session waits for its turn, so that sibling fields may share
    the one session of a request.
    """
    actual = unscoped(session)
    if isinstance(actual, AsyncSession):
        return _run_async(actual, work, cause)
    return _run(actual, work, cause)


def _run(session: Session, work: Callable[[Session], T], cause: Cause | None) -> T:
    observer = observer_of_work.get()
    with causing(cause):
        if observer is None or cause is None:
            return work(session)
        with observer(cause):
            return work(session)


@contextmanager
def causing(cause: Cause | None) -> Iterator[None]:
    """Say what the statements in this block are for."""
    token = cause_of_statements.set(cause)
    try:
        yield
    finally:
        cause_of_statements.reset(token)


async def _run_async(
    session: AsyncSession, work: Callable[[Session], T], cause: Cause | None
) -> T:
    async with serialized(session):
        return await session.run_sync(_run, work, cause)


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


async def close(session: AsyncSession) -> None:
    """Close *session* when the work that runs on it is done."""
    async with serialized(session):
        await session.close()
