"""The page of a statement of one's own, on a session of either kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, overload

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from sqla_selection.arguments import Scope, Wanted, Window

from .connections import page_on
from .page import Page
from .turns import AnySession, run

__all__ = ["connection"]


@overload
def connection(
    session: Session,
    stmt: Any,
    window: Window,
    *,
    entity: Any = None,
    wanted: Wanted = ...,
    scope: Scope = ...,
    with_options: Callable[[Any], Any] | None = None,
) -> Page: ...
@overload
def connection(
    session: AsyncSession,
    stmt: Any,
    window: Window,
    *,
    entity: Any = None,
    wanted: Wanted = ...,
    scope: Scope = ...,
    with_options: Callable[[Any], Any] | None = None,
) -> Awaitable[Page]: ...
def connection(
    session: AnySession,
    stmt: Any,
    window: Window,
    *,
    entity: Any = None,
    wanted: Wanted = Wanted(total=True, next=True, previous=True),  # noqa: B008
    scope: Scope = Scope(),  # noqa: B008  # frozen
    with_options: Callable[[Any], Any] | None = None,
) -> Page | Awaitable[Page]:
    """Return the page of *stmt* that *window* asks, to be awaited on an `AsyncSession`.

    One statement for the rows, one more for the total and one for the flag of the other
    side where they are wanted. The order of the window replaces that of *stmt*.

    Args:
        session: What runs the statements.
        stmt: A `select()` of one mapped class, without a limit.
        window: What was asked, see `sqla_selection.arguments.asked_of`.
        entity: What *stmt* selects, if that is not its first column.
        wanted: What was selected, see `sqla_selection.arguments.wanted_of`.
        scope: What may be seen, and what functions are passed.
        with_options: Gives the statement for the rows with loader options.

    Raises:
        CursorError: The row of a cursor is gone.
    """
    entity = entity or stmt.column_descriptions[0]["entity"]

    def work(session: Session) -> Page:
        return page_on(session, stmt, window, entity, wanted, scope, with_options)

    return run(session, work)
