"""Which session loads for which objects."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from sqla_selection import LoadPlan

from ._compat import state_of
from .errors import AsyncOwnerError
from .turns import sync_session

__all__ = ["Group", "by_session"]

Group: TypeAlias = tuple[Sequence[Any], LoadPlan]
"""Objects, and what is asked of them."""


def by_session(
    groups: Iterable[Group], own: Session | AsyncSession
) -> list[tuple[Session | AsyncSession, list[Group]]]:
    """Return the groups by the session that loads for their objects.

    That is *own*, unless an object is in another one that is open.

    Raises:
        AsyncOwnerError: That one is an `AsyncSession`, and no event loop runs.
    """
    id_of_own = sync_session(own).hash_key
    others: dict[Session | AsyncSession, list[Group]] = {}
    ours: list[Group] = []
    for objects, plan in groups:
        apart: dict[Session | AsyncSession, list[Any]] = {}
        for obj in objects:
            state = state_of(obj)
            if state is not None and state.session_id not in (None, id_of_own):
                session = state.async_session or state.session
                if session is not None:
                    apart.setdefault(session, []).append(obj)
        for session, theirs in apart.items():
            others.setdefault(session, []).append((theirs, plan))
        if apart:
            foreign = {id(obj) for theirs in apart.values() for obj in theirs}
            objects = [obj for obj in objects if id(obj) not in foreign]
        if objects:
            ours.append((objects, plan))
    if not isinstance(own, AsyncSession) and not _has_loop():
        _check_sync(others)
    return [(own, ours), *others.items()] if ours else list(others.items())


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _check_sync(sessions: Iterable[Any]) -> None:
    if any(isinstance(session, AsyncSession) for session in sessions):
        msg = (
            "What an object of an AsyncSession lacks cannot be loaded where no event "
            "loop runs (WSGI, `graphql_sync`). Return objects of a Session there, or "
            "load all that the client asks of them."
        )
        raise AsyncOwnerError(msg)
