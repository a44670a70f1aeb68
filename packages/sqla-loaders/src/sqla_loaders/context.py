"""The session in a GraphQL context, or what is wrong with what is there."""

from __future__ import annotations

from typing import Any, NoReturn

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
)
from sqlalchemy.orm import Session, sessionmaker

from .errors import MissingSessionError
from .turns import AnySession

__all__ = ["REGISTRY_KEY", "SESSION_KEY", "NoSession", "session_in", "value_in"]

SESSION_KEY = "session"
REGISTRY_KEY = "loader_registry"
"""Where both are if nobody says otherwise."""


def value_in(context: Any, key: str) -> Any:
    """Return `context[key]`, `None` where there is no such thing."""
    try:
        return context[key]
    except (KeyError, TypeError):
        return None


def session_in(context: Any, key: str, missing: str) -> AnySession:
    """Return `context[key]`, which is a session.

    Where the extension was told another key than the usual one, the registry that it
    has made knows the session: so nobody else has to be told.

    Args:
        context: The GraphQL context, of any kind.
        key: Where the session is.
        missing: The message where there is nothing.

    Raises:
        MissingSessionError: There is nothing, or something that is no session.
    """
    value = value_in(context, key)
    if value is None and key == SESSION_KEY:
        value = getattr(value_in(context, REGISTRY_KEY), "session", None)
    if value is None or isinstance(value, NoSession):
        raise MissingSessionError(missing)
    advice = None if isinstance(value, _SESSIONS) else _advice(value)
    if advice is not None:
        what = value.__name__ if isinstance(value, type) else type(value).__name__
        kind = "the class" if isinstance(value, type) else "of the class"
        msg = (
            f"What the GraphQL context has under {key!r} is no session: it is {kind} "
            f"{what!r}. {advice}"
        )
        raise MissingSessionError(msg)
    session: AnySession = value
    return session


def _advice(value: Any) -> str | None:
    """Return what to do about *value*, `None` if it can be a session."""
    if isinstance(value, sessionmaker | async_sessionmaker | type):
        return (
            "Call it for each request, put there what it returns, and close that after "
            "the request."
        )
    if isinstance(value, Engine | AsyncEngine | Connection | AsyncConnection):
        return (
            "Put a `Session` or an `AsyncSession` on it there, a new one for each "
            "request."
        )
    if not hasattr(value, "execute"):
        return "Put a `Session` or an `AsyncSession` there, a new one for each request."
    return None


_SESSIONS = (Session, AsyncSession)


class NoSession:
    """Stands for the session of a request that has none: all use of it is an error.

    So that a request which asks nothing of the database is answered.
    """

    def __init__(self, message: str) -> None:
        self._message = message

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise MissingSessionError(self._message)
