"""Closing a session when its request is answered, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from sqla_loaders import serialized

__all__ = ["close_async", "close_now"]

logger = logging.getLogger("ariadne_sqla")


def close_now(session: Session) -> None:
    """Close *session*. What fails is logged: the answer is made by now."""
    try:
        session.close()
    except Exception:
        _log()


async def close_async(*sessions: Session | AsyncSession) -> None:
    """Close *sessions* to the end, and only then let a cancellation through.

    What fails is logged: the answer is made by now, and an error of the application or
    a cancellation says more.
    """
    waiting = []
    for session in sessions:
        if isinstance(session, AsyncSession):
            waiting.append(session)
        else:
            close_now(session)
    if waiting:
        await _finish(waiting)


async def _finish(sessions: Iterable[AsyncSession]) -> None:
    """Wait until *sessions* are closed.

    `asyncio.shield` would return at once when it is cancelled and leave the rest to
    a task that nobody waits for, which a closing event loop then destroys.
    """
    task = asyncio.ensure_future(_close_each(sessions))
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


async def _close_each(sessions: Iterable[AsyncSession]) -> None:
    for session in sessions:
        try:
            async with serialized(session):
                await session.close()
        except Exception:
            _log()


def _log() -> None:
    logger.exception("The session of a request failed to close.")
