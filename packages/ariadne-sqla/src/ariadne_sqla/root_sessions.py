"""On which session a root field runs: the request's, or one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from sqla_loaders import AnySession, unscoped

from .errors import ConnectionWaitError, MissingSessionError
from .root_request import RootRequest

__all__ = ["on_its_session"]


def on_its_session(
    request: RootRequest, go: Callable[[RootRequest, AnySession, str], Any]
) -> Any:
    """Return what *go* gives on the session of the field, which ends with it.

    Its last argument is a sentence on which session it is, for people who debug.

    Raises:
        ConnectionWaitError: The request itself holds the connection that it waits for.
    """
    factory = request.root.session_for
    if factory is None:
        return go(request, request.session, "")
    if _holds_connection(request):
        where = "It runs on the request's session, which is in a transaction."
        return go(request, request.session, where)
    session = factory(request.info)
    where = "It runs on a session of its own."
    return _closing(request, session, lambda: go(request, session, where))


def _holds_connection(request: RootRequest) -> bool:
    """Tell whether the request's session has one.

    Requests that each hold a connection and wait for another one of the same pool would
    all wait until it gives up.
    """
    try:
        session = request.session
    except MissingSessionError:
        return False
    return unscoped(session).in_transaction()


def _closing(
    request: RootRequest, session: Session | AsyncSession, go: Callable[[], Any]
) -> Any:
    """Return what *go* gives, and close *session* then.

    One that is refused its statement has not connected.
    """
    if isinstance(session, AsyncSession):
        return _closing_async(request, session, go())
    with _explained(request), session:
        return go()


async def _closing_async(
    request: RootRequest, session: AsyncSession, result: Any
) -> Any:
    with _explained(request):
        async with session:
            return await result if isawaitable(result) else result


@contextmanager
def _explained(request: RootRequest) -> Iterator[None]:
    """Say who holds the connection where the pool has none in time.

    Raises:
        ConnectionWaitError: The request itself holds one, since this field began.
    """
    try:
        yield
    except PoolTimeoutError as error:
        if not _holds_connection(request):
            raise
        msg = (
            f"{request.root.where} got no connection in time. Its session is one of "
            "`session_factory`, and another resolver of this request holds a "
            "connection on the session of the context. Leave room for both in the "
            "pool, or end that transaction in the resolver."
        )
        raise ConnectionWaitError(msg) from error
