"""One session per request, always closed: an ASGI and a WSGI middleware."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session

from sqla_loaders.session import close

__all__ = ["SQLAlchemySessionMiddleware", "SQLAlchemySessionWSGIMiddleware"]

# The types of the ASGI and WSGI specifications, which come with no package.
_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_ASGIApp = Callable[[_Scope, _Receive, _Send], Awaitable[None]]
_WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class SQLAlchemySessionMiddleware:
    """ASGI middleware that opens one session per HTTP request or WebSocket.

    The session is `scope["state"]["session"]`, which Starlette and FastAPI show as
    `request.state.session`:

        app = SQLAlchemySessionMiddleware(app, async_sessionmaker(engine))

        def get_context(request, _data):
            return {"request": request, "session": request.state.session}

    It is closed when the application has returned, raised, or was cancelled (by a
    timeout, a server that stops, a client that went away), and its connection is
    back in the pool before the middleware returns: the cancellation waits for that.
    What was not committed is rolled back; the middleware never commits.

    A session takes no connection before its first statement and gives it back when
    it commits or rolls back, so a request that asks nothing of the database costs
    it nothing. A WebSocket has one session for as long as it is open: end its
    transaction after each operation.

    Args:
        app: The ASGI application. It is called with a copy of the scope and of its
            state, so that the session of one request is seen by no other.
        session_factory: A `sessionmaker`, an `async_sessionmaker`, or any callable
            that returns a new session.

    """

    def __init__(
        self,
        app: _ASGIApp,
        session_factory: Callable[[], Session | AsyncSession],
    ) -> None:
        self.app = app
        self.session_factory = session_factory

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Run the application, with a session if the scope is a request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        session = self.session_factory()
        state = {**scope.get("state", {}), "session": session}
        try:
            await self.app({**scope, "state": state}, receive, send)
        finally:
            if isinstance(session, AsyncSession):
                await _finish(close(session))
            else:
                session.close()


async def _finish(awaitable: Awaitable[None]) -> None:
    """Wait to the end, and only then let a cancellation through.

    `asyncio.shield` would return at once when it is cancelled and leave the rest to
    a task that nobody waits for, which a closing event loop then destroys.
    """
    task = asyncio.ensure_future(awaitable)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancellation = error
    try:
        task.result()
    finally:
        if cancellation is not None:
            raise cancellation


class SQLAlchemySessionWSGIMiddleware:
    """WSGI middleware that opens one session per request.

    The session is `environ["ariadne_sqla.session"]`. Ariadne's WSGI application
    passes the environ to `context_value`:

        app = SQLAlchemySessionWSGIMiddleware(app, sessionmaker(engine))

        def get_context(environ, _data):
            return {"session": environ["ariadne_sqla.session"]}

    It is closed when the server closes the response iterable (PEP 3333), iterated
    or not, and when the application raises; at once for a list or tuple, which is
    a finished response, so that a slow client holds no connection. What was not
    committed is rolled back; the middleware never commits.

    A session takes no connection before its first statement, so a request that asks
    nothing of the database costs it nothing.

    Args:
        app: The WSGI application.
        session_factory: A `sessionmaker`, or any callable that returns a new
            `Session`.

    Raises:
        TypeError: `session_factory` is an `async_sessionmaker`.

    """

    def __init__(self, app: _WSGIApp, session_factory: Callable[[], Session]) -> None:
        if isinstance(session_factory, async_sessionmaker):
            msg = (
                "SQLAlchemySessionWSGIMiddleware can't use an async_sessionmaker, as "
                "a WSGI server has no event loop. Give it a sessionmaker."
            )
            raise TypeError(msg)
        self.app = app
        self.session_factory = session_factory

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Run the application with a session in its environ."""
        session = self.session_factory()
        environ["ariadne_sqla.session"] = session
        try:
            response = self.app(environ, start_response)
        except BaseException:
            session.close()
            raise
        if isinstance(response, (list, tuple)):
            session.close()
            return response
        return _ResponseWithSession(response, session)


class _ResponseWithSession:
    """A response iterable that closes the session after itself.

    No generator: closing one that was never iterated runs none of its code.
    """

    def __init__(self, response: Iterable[bytes], session: Session) -> None:
        self._response = response
        self._session = session

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)

    def close(self) -> None:
        try:
            if close := getattr(self._response, "close", None):
                close()
        finally:
            self._session.close()
