"""Pages as a client gets them: rows, cursors, whether there are more, how many in all.

A statement in, a connection out, for a resolver of one's own; and the pages of one
relationship for many owners.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from sqla_selection.arguments import (
    CursorError,
    Cursors,
    Position,
    Scope,
    Wanted,
    Window,
    beyond,
    filtered,
    ordering_of,
    page_of,
    position_exists,
)
from sqla_selection.statement import criteria_on

from .causes import about_page
from .gate import result_of
from .page import Page
from .pages import PageQuery, PageStatement

__all__ = [
    "has_other_side",
    "made_page",
    "other_side",
    "page_on",
    "pages_of_owners",
]


def page_on(
    session: Session,
    stmt: Any,
    window: Window,
    entity: Any,
    wanted: Wanted,
    scope: Scope = Scope(),  # noqa: B008  # frozen
    with_options: Callable[[Any], Any] | None = None,
    taken: Callable[[Sequence[Any]], Sequence[Any]] | None = None,
) -> Page:
    """Return the same within a piece of work that runs on *session* already.

    What *with_options* selects beside the rows, *taken* takes out of them.
    """
    mapper = inspect(entity).mapper
    dialect = session.get_bind(mapper).dialect.name
    total, rows, criteria = None, None, criteria_on(stmt)
    if wanted.total:
        every = filtered(stmt, window, entity, scope).order_by(None)
        counted = select(func.count()).select_from(every.subquery())
        counted = counted.options(*criteria)
        with about_page("count", Window(window.filter)):
            total = result_of(session, counted).scalar_one_or_none()
    if wanted.rows:
        page, ordering = page_of(stmt, window, entity, dialect, scope, extra=1)
        columns = [key.expression for key in ordering.keys]
        page = page.add_columns(*columns)
        if with_options is not None:
            page = with_options(page)
        with about_page("plain", window):
            found: Sequence[Any] = result_of(session, page).unique().all()
        if taken is not None:
            found = taken(found)
        rows = [(row[0], tuple(row)[-len(columns) :]) for row in found]
        if not rows:
            _refuse_gone(session, window, entity, scope)
    other = False
    position, backward = other_side(window)
    if position is not None and _wants_other(window, wanted):
        ordering = ordering_of(window.order, entity, dialect, scope)
        condition = beyond(
            ordering,
            position,
            window.order,
            entity,
            dialect,
            scope,
            backward=backward,
            inclusive=True,
        )
        beside = ordering.joined(filtered(stmt, window, entity, scope))
        beside = beside.where(condition).order_by(None)
        with about_page("exists", window):
            exists = result_of(session, select(beside.exists()).options(*criteria))
        other = bool(exists.scalar_one_or_none())
    return made_page(window, mapper, rows or [], other=other, total=total)


def pages_of_owners(
    session: Session,
    query: PageQuery,
    keys: Sequence[Hashable],
    wanted: Wanted = Wanted(),  # noqa: B008  # frozen
    *,
    with_options: Callable[[PageStatement], Any] | None = None,
    execute: Callable[..., Iterable[Any]] = result_of,
) -> dict[Hashable, Page]:
    """Return the page of each of *keys*, distinct ones.

    One statement for the rows of all owners, one more for their totals and one for the
    flags of the other side where they are wanted.

    Args:
        session: What runs the statements.
        query: The relationship and its window.
        keys: The owners' keys, see `RelationshipQuery.key_of`.
        wanted: What was selected.
        with_options: Gives the statement with loader options for its entity.
        execute: Runs a statement on the session, with the parameters.

    Raises:
        CursorError: The row of a cursor is gone.
    """
    query = query.knowing(keys)
    window, mapper = query.window, query.prop.mapper
    totals: dict[Hashable, int] = {}
    found: dict[Hashable, list[Any]] = {}
    others: set[Hashable] = set()
    if wanted.total:
        counted = query.total(keys)
        with about_page(counted.form, Window(window.filter), len(keys)):
            counts = execute(session, counted.stmt, counted.parameters)
        for row in counts:
            totals[_key(row[:-1])] = row[-1]
    if wanted.rows:
        made = query.statement(keys)
        stmt = with_options(made) if with_options else made.stmt
        with about_page(made.form, window, len(keys)):
            result = execute(session, stmt, made.parameters)
        found = _by_owner(result, made, query)
        if not found:
            _refuse_gone(session, window, query.target, query.scope)
    position, backward = other_side(window)
    if position is not None and _wants_other(window, wanted):
        beside = query.others(keys, position, backward=backward)
        with about_page(beside.form, window, len(keys)):
            found_beside = execute(session, beside.stmt, beside.parameters)
        others = {_key(list(key)) for key in found_beside}
    return {
        key: made_page(
            window,
            mapper,
            found.get(key, []),
            other=key in others,
            total=totals.get(key, 0) if wanted.total else None,
            knows_more=bool(query.extra),
        )
        for key in keys
    }


def _by_owner(
    result: Any, made: PageStatement, query: PageQuery
) -> dict[Hashable, list[Any]]:
    found: dict[Hashable, list[Any]] = {}
    length, may_repeat = made.key_length, query.may_repeat
    seen: set[tuple[Hashable, int]] = set()
    for target, *rest in result:
        key = rest[0] if length == 1 else tuple(rest[:length])
        if may_repeat:
            if (key, id(target)) in seen:
                continue
            seen.add((key, id(target)))
        found.setdefault(key, []).append((target, rest[length:]))
    return found


def _key(parts: Sequence[Any]) -> Hashable:
    return parts[0] if len(parts) == 1 else tuple(parts)


def made_page(
    window: Window,
    mapper: Any,
    found: list[Any],
    *,
    other: bool,
    total: int | None,
    knows_more: bool = True,
) -> Page:
    """Return the page of the rows that a statement gave.

    Args:
        window: What was asked.
        mapper: What the rows are of.
        found: Each row with the values that the order is by, the primary key last; with
            one row more, where there is one.
        other: Whether there are rows on the other side.
        total: How many there are without the page, if that was asked.
        knows_more: Whether one row more was asked.
    """
    has_more = None
    if knows_more:
        has_more = window.limit is not None and len(found) > window.limit
    found = found[: window.limit] if window.limit is not None else found
    if window.is_backward:
        found = found[::-1]
    rows = [row for row, _ in found]
    cursors: list[str] = []
    if window.is_connection:
        encode = Cursors.of(mapper, window.order).encode
        length = len(mapper.primary_key)
        cursors = [encode(values[-length:], values[:-length]) for _, values in found]
    if window.is_backward:
        return Page(rows, cursors, other, has_more, total)
    has_previous = other or window.offset > 0
    return Page(rows, cursors, has_more, has_previous, total)


def other_side(window: Window) -> tuple[Position | None, bool]:
    """Return from where the page goes, and whether the other side is before it."""
    if window.is_backward:
        return window.before, False
    return window.after, True


def has_other_side(window: Window, wanted: Wanted) -> bool:
    """Tell whether a statement must tell the flag of the other side."""
    return other_side(window)[0] is not None and _wants_other(window, wanted)


def _wants_other(window: Window, wanted: Wanted) -> bool:
    return wanted.next if window.is_backward else wanted.previous


def _refuse_gone(session: Session, window: Window, entity: Any, scope: Scope) -> None:
    """Raise the error of a cursor whose row is gone, if that is why nothing came."""
    for position, name in ((window.after, "after"), (window.before, "before")):
        if (
            position is not None
            and position.values is None
            and window.order
            and not result_of(
                session, select(position_exists(position, entity, scope))
            ).scalar_one_or_none()
        ):
            why = "is the cursor of a row that is gone. Start from the first page."
            raise CursorError((name,), why)
