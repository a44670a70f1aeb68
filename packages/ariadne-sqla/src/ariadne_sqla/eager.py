"""The executor that plans ahead: one statement, and batches for what it cannot carry.

Nothing below the field has to wait then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from sqla_loaders import (
    AnySession,
    LoaderRegistry,
    joins_cross_binds,
    run,
    sync_session,
    unscoped,
)
from sqla_selection.carriers import takes_more_statements
from sqla_selection.options import options_on
from sqla_selection.statement import PLAIN, form_of

from .errors import ConnectionWaitError, MissingSessionError
from .noted import note_values
from .root_request import Declined, RootRequest
from .root_rows import rows_of

__all__ = ["eager"]


def eager(request: RootRequest) -> Any:
    """Answer by a statement that loads what the plan of the selection says."""
    if request.route != "eager":
        return Declined("Planning ahead is switched off for this request.")
    factory = request.root.session_factory
    if factory is None:
        return _run(request, request.session)
    if _holds_connection(request):
        where = "It runs on the request's session, which is in a transaction."
        return _run(request, request.session, where)
    session = factory()
    where = "It runs on a session of its own."
    return _closing(request, session, lambda: _run(request, session, where))


def _run(request: RootRequest, session: AnySession, where: str = "") -> Any:
    selected = request.selected(session)
    plan, stmt = request.plan, selected.stmt
    if isinstance(session, AsyncSession):
        request.check_is_async()
    options = options_on(
        stmt,
        plan,
        entity=selected.entity,
        joined_only=True,
        joins_nothing=joins_cross_binds(sync_session(session), plan),
        form=PLAIN if selected.is_plain else form_of(stmt),
    )
    needs_completion = takes_more_statements(plan) or not options.are_enough

    def with_options(stmt: Any) -> Any:
        stmt = stmt.options(*options.options)
        if stmt.get_execution_options().get("yield_per"):
            # All rows are read at once, and each object is taken once.
            stmt = stmt.execution_options(yield_per=None)
        return stmt

    def work(sync: Session) -> Any:
        rows = rows_of(request, sync, selected, with_options)
        if needs_completion:
            _complete(request, sync, rows.objects)
        if not request.is_async:
            _note(request, rows.objects)
        return rows.value

    why = "The selection was planned ahead.", options.why, where
    return run(session, work, request.answered("eager", *why, plan=plan))


def _complete(request: RootRequest, sync: Session, objects: list[Any]) -> None:
    """Load in batches what the statement did not carry."""
    registry = request.registry or LoaderRegistry(sync)
    windows = None if request.registry is None else request.windows
    registry.complete_on(sync, objects, request.plan, windows)
    if request.registry is None and registry.values.are_kept:
        note_values(sync, registry, request.info)


def _note(request: RootRequest, objects: list[Any]) -> None:
    """Note which objects are asked for the same, as no event loop brings them."""
    if request.registry is not None:
        info, root = request.info, request.root
        root.schema.at_first_synchronous.do(info.schema)
        places = None if root.is_list else [()]
        ways = ((),) if request.connection is None else request.connection.ways
        for way in ways:
            path = (info.path.key, *way)
            request.execution.note(path, objects, request.plan, places)


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
            return await result


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
