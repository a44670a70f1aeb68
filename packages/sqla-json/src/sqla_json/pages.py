"""A connection as SQL: its rows, what their cursors are made of, total and other side.

All in one array, of which `PageDecoder` makes the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, literal, not_, null, or_, select

from sqla_loaders.connections import has_other_side, other_side
from sqla_selection.arguments import Cursors, Scope, beyond, position_exists, within
from sqla_selection.arguments.shapes import Expression

from .declining import Declining
from .decoding import Decoders, PageDecoder
from .dialects import JsonDialect
from .leaves import ReadForm, read_form
from .now import Row
from .related import RelatedRows, ordered_rows
from .shape import PageShape, RowShape

__all__ = ["Written", "page_json"]


class Written(NamedTuple):
    """The JSON of an object or a connection."""

    json: Any
    decoders: Decoders
    """What Python does to it."""


class _CursorValue(NamedTuple):
    label: Any
    form: ReadForm


def page_json(
    page: PageShape,
    node: RowShape,
    rows: RelatedRows,
    dialect: JsonDialect,
    scope: Scope,
    write: Callable[[RowShape, Row], Written],
) -> Written:
    """Return the connection that shows *rows*.

    Args:
        page: What is asked of it.
        node: What is asked of each row.
        rows: All of them, and their window.
        dialect: Of the database.
        scope: What may be seen.
        write: Writes an object.

    Raises:
        Declining: The database has no exact form for something of it.
    """
    values = _cursor_values(rows, page, dialect)
    nodes: Any = {}
    found = dialect.items()
    if page.wanted.rows:
        found, nodes = _rows(page, node, rows, values, dialect, scope, write)
    total: Any = null()
    if page.wanted.total:
        total = rows.filtered.add_columns(func.count()).scalar_subquery()
    other: Any = null()
    if has_other_side(rows.window, page.wanted):
        other = _other_side(rows, dialect, scope)
    reads = [value.form[2] for value in values]
    decoder = PageDecoder(page, node.mapper, rows.window, nodes, reads)
    gone = _is_gone(rows, scope)
    return Written(dialect.items(found, total, other, gone), decoder)


def _rows(
    page: PageShape,
    node: RowShape,
    rows: RelatedRows,
    values: Sequence[_CursorValue],
    dialect: JsonDialect,
    scope: Scope,
    write: Callable[[RowShape, Row], Written],
) -> tuple[Any, Any]:
    """Return the array of arrays: each row, and the values of its cursor."""
    labels = [value.label for value in values]
    stmt = _placed(rows, dialect, scope)
    ordered, row = ordered_rows(rows, stmt, node, labels, extra=1)
    written = write(node, row) if page.has_nodes else Written(null(), {})
    columns = [ordered.c[label.name] for label in labels]
    item = dialect.items(
        written.json,
        *(value.form[0](one) for value, one in zip(values, columns, strict=True)),
    )
    wrong = [
        condition
        for value, one in zip(values, columns, strict=True)
        for condition in value.form[1](one)
    ]
    if wrong:
        item = case((or_(*wrong), dialect.token), else_=item)
    every = select().select_from(ordered)
    return dialect.array_of(every, item, ()), written.decoders


def _cursor_values(
    rows: RelatedRows, page: PageShape, dialect: JsonDialect
) -> list[_CursorValue]:
    """Return what cursors are made of, the primary key last; nothing if none is asked.

    Raises:
        Declining: A value is not known to be read as loading it does.
    """
    if not page.has_cursors or rows.ordering is None:
        return []
    mapper, keys = rows.mapper, list(rows.ordering.keys)
    if Cursors.of(mapper, rows.window.order).value_types is None:
        keys = keys[-rows.ordering.key_length :]  # only the key is in them
    found = []
    for place, key in enumerate(keys):
        type_ = key.expression.type.dialect_impl(dialect.dialect)
        form = read_form(type_, dialect)
        if form is None:
            why = f"A cursor of {mapper.class_.__name__} has a value of no exact form."
            raise Declining(why)
        found.append(_CursorValue(key.expression.label(f"_cursor_{place}"), form))
    return found


def _placed(rows: RelatedRows, dialect: JsonDialect, scope: Scope) -> Any:
    """Return the rows after `after` and before `before`, in whatever order."""
    if rows.ordering is None:
        return rows.stmt
    entity = rows.target.entity
    condition = within(rows.window, rows.ordering, entity, dialect.name, scope)
    return rows.stmt if condition is None else rows.stmt.where(condition)


def _is_gone(rows: RelatedRows, scope: Scope) -> Any:
    """Return whether the row of a cursor is gone, which may be why there are none.

    Raises:
        Declining: What the mapping orders by would have to be looked up there.
    """
    window = rows.window
    positions = [
        one
        for one in (window.after, window.before)
        if one is not None and one.values is None and window.order
    ]
    if not positions:
        return null()
    if any(isinstance(key.source, Expression) for key in window.order):
        why = "A cursor says its place by a row, in an order of the mapping's."
        raise Declining(why)
    entity = rows.target.entity
    return not_(and_(*(position_exists(one, entity, scope) for one in positions)))


def _other_side(rows: RelatedRows, dialect: JsonDialect, scope: Scope) -> Any:
    """Return whether there are rows on the other side of the page."""
    window, ordering = rows.window, rows.ordering
    position, backward = other_side(window)
    assert position is not None
    assert ordering is not None
    condition = beyond(
        ordering,
        position,
        window.order,
        rows.target.entity,
        dialect.name,
        scope,
        backward=backward,
        inclusive=True,
    )
    return rows.stmt.where(condition).add_columns(literal(1)).exists()
