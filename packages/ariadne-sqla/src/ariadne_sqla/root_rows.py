"""What the statement of a root field gives: its rows, and the field's value of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy.orm import Session

from sqla_loaders import Page, about_page, page_on, result_of
from sqla_selection.arguments import Window

from .root_request import RootRequest
from .selected import EVERYTHING, Selected

__all__ = ["RootRows", "rows_of"]


Taken: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]


class RootRows(NamedTuple):
    """The rows of a root field."""

    objects: list[Any]
    """All of them, in order: what is asked below is loaded for these."""
    value: Any
    """The list of them, the only one, or the connection."""


def rows_of(
    request: RootRequest,
    session: Session,
    selected: Selected,
    with_options: Callable[[Any], Any] | None = None,
    taken: Taken | None = None,
) -> RootRows:
    """Return the rows that are selected, one statement.

    Of a connection with one more for the total, and one for the flag of the other side,
    where they are asked; without one where nothing of its rows is.

    Args:
        request: Of the field.
        session: What runs the statements.
        selected: What is selected.
        with_options: Gives the statement for the rows with loader options, and with
            what is selected beside them.
        taken: Takes that out of the rows, if there is something.

    Raises:
        CursorError: The row of a cursor is gone.
    """
    stmt, entity, window = selected.shown, selected.entity, selected.window
    if request.shape.connection is not None:
        page = Page(total=0)
        if not selected.is_empty:
            wanted, scope = request.connection.wanted, request.scope
            page = page_on(
                session, stmt, window, entity, wanted, scope, with_options, taken
            )
        if request.visibility is not None and request.registry is not None:
            request.registry.verdicts.allow(page.rows)  # they are read by other fields
        return RootRows(page.rows, page.as_connection(request.shape.connection))
    if selected.is_empty:
        return RootRows([], [] if request.root.is_list else None)
    if with_options is not None:
        stmt = with_options(stmt)
    result = _result(session, stmt, window)
    if taken is not None:
        objects = [row for row, *_ in taken(result.unique().all())]
        if request.root.is_list:
            return RootRows(objects, objects)
        return RootRows(objects, objects[0] if objects else None)
    rows = result.scalars().unique()
    if request.root.is_list:
        objects = list(rows)
        return RootRows(objects, objects)
    first = rows.first()
    return RootRows([first], first)


def _result(session: Session, stmt: Any, window: Window) -> Any:
    if window is EVERYTHING:
        return result_of(session, stmt)
    with about_page("plain", window):
        return result_of(session, stmt)
