"""A session for each operation of a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from .closing import close_async

__all__ = ["OperationSessions", "WebSocketState"]


class _Operation:
    """What the application does because of one message."""

    def __init__(self, owner: OperationSessions) -> None:
        self.owner = owner
        self.session: Session | AsyncSession | None = None
        self.begun: set[Session | AsyncSession] = set()
        """The sessions with a transaction that began in this operation."""
        self.turn = asyncio.Lock()


_operation: ContextVar[_Operation | None] = ContextVar("operation", default=None)
"""A task that is started for an operation, such as a subscription, inherits it."""


class OperationSessions:
    """The sessions of one WebSocket.

    A message that is received begins an operation. The sessions that an operation used
    are closed before it sends a message, and before the next one is received: who
    waits for a client holds no connection. A closed session may be used again.
    """

    def __init__(self, session_factory: Callable[[], Session | AsyncSession]) -> None:
        self._session_factory = session_factory
        self._begun: set[Session | AsyncSession] = set()

    def current(self) -> Session | AsyncSession:
        """Return the session of the running operation."""
        operation = self._operation() or self.begin()
        if operation.session is None:
            operation.session = self._open()
        return operation.session

    def begin(self) -> _Operation:
        """Begin an operation in the running context."""
        operation = _Operation(self)
        _operation.set(operation)
        return operation

    async def release(self) -> None:
        """Close the sessions that the running operation used."""
        operation = self._operation()
        if operation is None:
            return
        async with operation.turn:  # its tasks go on when all are closed
            begun, operation.begun = operation.begun, set()
            self._begun -= begun
            await close_async(
                *(session for session in begun if session.in_transaction())
            )

    async def close(self) -> None:
        """Close all sessions: the WebSocket is closed."""
        await close_async(*self._begun)

    def _operation(self) -> _Operation | None:
        operation = _operation.get()
        return operation if operation and operation.owner is self else None

    def _open(self) -> Session | AsyncSession:
        session = self._session_factory()
        sync = session.sync_session if isinstance(session, AsyncSession) else session

        def begun(*_: Any) -> None:
            self._begun.add(session)
            if operation := self._operation():
                operation.begun.add(session)

        event.listen(sync, "after_begin", begun)
        return session


class WebSocketState(dict[str, Any]):
    """The state of a WebSocket's scope: its `"session"` is the operation's own."""

    def __init__(self, state: Mapping[str, Any], sessions: OperationSessions) -> None:
        super().__init__(state)
        self._sessions = sessions
        self["session"] = sessions

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        return self._sessions.current() if value is self._sessions else value

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of *key*: that of `dict` passes by `__getitem__`."""
        try:
            return self[key]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[str]:
        # Only a dictionary with an `__iter__` of its own is copied by `__getitem__`.
        return super().__iter__()
