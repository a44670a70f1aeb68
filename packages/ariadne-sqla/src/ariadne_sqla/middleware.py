"""One session per request, always closed: an ASGI and a WSGI middleware."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session

from .closing import close_async, close_now
from .session_factories import taking
from .websockets import OperationSessions, WebSocketState

__all__ = ["SQLAlchemySessionMiddleware", "SQLAlchemySessionWSGIMiddleware"]

# The types of the ASGI and WSGI specifications, which come with no package.
_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_ASGIApp = Callable[[_Scope, _Receive, _Send], Awaitable[None]]
_WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class SQLAlchemySessionMiddleware:
    """ASGI middleware that opens one session per HTTP request or WebSocket operation.

    The session is `scope["state"]["session"]`, which Starlette and FastAPI show as
    `request.state.session`:

        app = SQLAlchemySessionMiddleware(app, async_sessionmaker(engine))

        def get_context(request, _data):
            return {"request": request, "session": request.state.session}

    It is closed before the response is sent, so that a client that reads slowly holds
    no connection, and when the application has raised or was cancelled (by a timeout,
    a server that stops, a client that went away). Its connection is back in the pool
    before the middleware goes on: a cancellation waits for that. What was not committed
    is rolled back; the middleware never commits. A session that fails to close is
    logged, to `ariadne_sqla`.

    A closed session may be used again: a stream or a background task that runs
    statements after the response has begun takes a connection anew, which is given back
    before the last piece is sent or when the application returns. A route whose stream
    reads what was selected before, or that commits after it has responded, sets
    `request.state.keep_session = True`: then its session is closed only when the
    application returns.

    On a WebSocket, each message that is received begins an operation with a session of
    its own. It is closed before the operation sends a message (an answer, an event of a
    subscription) and before the next message is received, so that an idle WebSocket
    holds no connection.

    A session takes no connection before its first statement and gives it back when
    it commits or rolls back, so a request that asks nothing of the database costs
    it nothing.

    Args:
        app: The ASGI application. It is called with a copy of the scope and of its
            state, so that the session of one request is seen by no other.
        session_factory: A `sessionmaker`, an `async_sessionmaker`, or any callable
            that returns a new session. One that needs an argument is given the scope
            that the application sees, before it runs: so a session may know who asks.
            On a WebSocket it is called when an operation first takes its session, with
            all that the application has put into the scope and its state by then.

    Raises:
        ConfigurationError: `session_factory` needs more than one argument, or is a
            coroutine function.

    """

    def __init__(
        self,
        app: _ASGIApp,
        session_factory: Callable[[], Session | AsyncSession]
        | Callable[[_Scope], Session | AsyncSession],
    ) -> None:
        self.app = app
        self.session_factory = session_factory
        self._session_for = taking("the ASGI scope", session_factory, _name(self))

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Run the application, with a session if the scope is a request."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        state = {**scope.get("state", {})}
        scope = {**scope, "state": state}
        session = state["session"] = self._session_for(scope)

        async def send_after_closing(message: _Message) -> None:
            if (
                (message["type"] == "http.response.start" or _is_last(message))
                and session.in_transaction()
                and not state.get("keep_session")
            ):
                await close_async(session)
            await send(message)

        try:
            await self.app(scope, receive, send_after_closing)
        finally:
            await close_async(session)

    async def _websocket(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        inner = {**scope}
        sessions = OperationSessions(lambda: self._session_for(inner))
        inner["state"] = WebSocketState(scope.get("state", {}), sessions)

        async def receive_next() -> _Message:
            await sessions.release()
            message = await receive()
            sessions.begin()
            return message

        async def send_after_closing(message: _Message) -> None:
            await sessions.release()
            await send(message)

        try:
            await self.app(inner, receive_next, send_after_closing)
        finally:
            await sessions.close()


def _is_last(message: _Message) -> bool:
    return message["type"] == "http.response.body" and not message.get("more_body")


def _name(middleware: Any) -> str:
    return type(middleware).__name__


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
    committed is rolled back; the middleware never commits. A session that fails to
    close is logged, to `ariadne_sqla`.

    A session takes no connection before its first statement, so a request that asks
    nothing of the database costs it nothing.

    Args:
        app: The WSGI application.
        session_factory: A `sessionmaker`, or any callable that returns a new
            `Session`. One that needs an argument is given the environ: so a session
            may know who asks.

    Raises:
        TypeError: `session_factory` is an `async_sessionmaker`.
        ConfigurationError: It needs more than one argument, or is a coroutine function.

    """

    def __init__(
        self,
        app: _WSGIApp,
        session_factory: Callable[[], Session] | Callable[[dict[str, Any]], Session],
    ) -> None:
        if isinstance(session_factory, async_sessionmaker):
            msg = (
                "SQLAlchemySessionWSGIMiddleware can't use an async_sessionmaker, as "
                "a WSGI server has no event loop. Give it a sessionmaker."
            )
            raise TypeError(msg)
        self.app = app
        self.session_factory = session_factory
        self._session_for = taking("the WSGI environ", session_factory, _name(self))

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Run the application with a session in its environ."""
        session = self._session_for(environ)
        environ["ariadne_sqla.session"] = session
        try:
            response = self.app(environ, start_response)
        except BaseException:
            close_now(session)
            raise
        if isinstance(response, (list, tuple)):
            close_now(session)
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
            close_now(self._session)
