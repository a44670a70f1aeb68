"""Arguments on a statement of one's own: a statement in, a statement out."""

from __future__ import annotations

from typing import Any

from .conditions import Scope, condition_of
from .keyset import within
from .ordering import Ordering, ordering_of
from .windows import Window

__all__ = ["filtered", "ordered", "page_of", "paged"]


def filtered(stmt: Any, window: Window, entity: Any, scope: Scope = Scope()) -> Any:  # noqa: B008
    """Return *stmt* with the rows that the filter of *window* asks, and no row twice.

    Args:
        stmt: A `select()` of *entity*.
        window: What was asked, see `window_of`.
        entity: The mapped class that *stmt* selects, or an alias of it.
        scope: What may be seen, and what functions are passed.
    """
    if window.filter is None:
        return stmt
    return stmt.where(condition_of(window.filter, entity, scope))


def ordered(
    stmt: Any,
    window: Window,
    entity: Any,
    dialect: str,
    scope: Scope = Scope(),  # noqa: B008
) -> Any:
    """Return *stmt* in the order of *window*, which replaces its own.

    Without an order in the window it stays as it is.
    """
    if not window.order:
        return stmt
    ordering = ordering_of(window.order, entity, dialect, scope, is_total=False)
    return ordering.joined(stmt).order_by(None).order_by(*ordering.clauses())


def paged(
    stmt: Any,
    window: Window,
    entity: Any,
    dialect: str,
    scope: Scope = Scope(),  # noqa: B008
) -> Any:
    """Return *stmt* with filter, order and page of *window*.

    The primary key is appended to the order of a page. Where the window counts from the
    end (`last`), the rows come from the end as well.

    Args:
        stmt: A `select()` of *entity*.
        window: What was asked.
        entity: The mapped class that *stmt* selects, or an alias of it.
        dialect: SQLAlchemy's name of the database, `session.get_bind().dialect.name`.
        scope: What may be seen, and what functions are passed.
    """
    return page_of(stmt, window, entity, dialect, scope)[0]


def page_of(
    stmt: Any,
    window: Window,
    entity: Any,
    dialect: str,
    scope: Scope = Scope(),  # noqa: B008
    *,
    extra: int = 0,
) -> tuple[Any, Ordering]:
    """Return `paged`, with *extra* rows, and how its rows are ordered.

    One row more than the page has tells whether there is a next one.
    """
    ordering = ordering_of(
        window.order, entity, dialect, scope, is_total=window.is_page
    )
    stmt = ordering.joined(filtered(stmt, window, entity, scope))
    condition = within(window, ordering, entity, dialect, scope)
    if condition is not None:
        stmt = stmt.where(condition)
    clauses = ordering.clauses(backward=window.is_backward)
    if window.order or window.is_connection:
        stmt = stmt.order_by(None)
    if clauses:
        stmt = stmt.order_by(*clauses)
    if window.limit is not None:
        stmt = stmt.limit(window.limit + extra)
    if window.offset:
        stmt = stmt.offset(window.offset)
    return stmt, ordering
