"""Which rows come after a position: the condition of a keyset page.

For each key, of the rows that are equal in all keys before it. NULL is a value that
comes first or last, and equals itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    inspect,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from ..keys import key_attributes
from .conditions import Scope
from .ordering import Ordering, SortKey, ordering_of
from .shapes import OrderKey
from .windows import Position, Window

__all__ = ["beyond", "position_exists", "within"]


def within(
    window: Window,
    ordering: Ordering,
    entity: Any,
    dialect: str,
    scope: Scope = Scope(),  # noqa: B008  # frozen
) -> ColumnElement[bool] | None:
    """Return the condition of being after `after` and before `before`."""
    parts = []
    for position, backward in ((window.after, False), (window.before, True)):
        if position is not None:
            parts.append(
                beyond(
                    ordering,
                    position,
                    window.order,
                    entity,
                    dialect,
                    scope,
                    backward=backward,
                )
            )
    return and_(*parts) if parts else None


def beyond(
    ordering: Ordering,
    position: Position,
    order: Sequence[OrderKey],
    entity: Any,
    dialect: str,
    scope: Scope = Scope(),  # noqa: B008  # frozen
    *,
    backward: bool = False,
    inclusive: bool = False,
) -> ColumnElement[bool]:
    """Return the condition of being after *position*, or before it if *backward*.

    Args:
        ordering: The order in the statement, with the primary key.
        position: What a cursor says.
        order: The keys that *ordering* was made of.
        entity: What the statement selects.
        dialect: SQLAlchemy's name of the database.
        scope: What may be seen, and what functions are passed.
        backward: Ask for what comes before it.
        inclusive: Count the position itself, too.
    """
    keys = ordering.keys
    if position.values is None:
        values = [
            *_looked_up(position, order, entity, dialect, scope),
            *position.key,
        ]
    else:
        values = [*position.values, *position.key]
    found = _rows_beyond(keys, values, backward=backward, inclusive=inclusive)
    if position.values is None and order:
        # Of a row that is gone SQL would find only NULLs.
        found = and_(position_exists(position, entity, scope), found)
    return found


def position_exists(
    position: Position,
    entity: Any,
    scope: Scope = Scope(),  # noqa: B008  # frozen
) -> ColumnElement[bool]:
    """Return the condition that the row of a position is there, and may be seen."""
    stmt = _row_of(position, select(true()), entity, scope)
    found: ColumnElement[bool] = stmt.correlate(None).exists()
    return found


def _looked_up(
    position: Position,
    order: Sequence[OrderKey],
    entity: Any,
    dialect: str,
    scope: Scope,
) -> list[Any]:
    """Return one subquery for each key: the value in the row of the position."""
    found = []
    for key in order:
        ordering = ordering_of([key], entity, dialect, scope, is_total=False)
        stmt = _row_of(
            position, select(ordering.keys[0].expression), entity, scope, ordering
        )
        found.append(stmt.correlate(None).scalar_subquery())
    return found


def _row_of(
    position: Position,
    stmt: Any,
    entity: Any,
    scope: Scope,
    ordering: Ordering | None = None,
) -> Any:
    mapper = inspect(entity).mapper
    stmt = stmt.select_from(entity)
    if ordering is not None:
        stmt = ordering.joined(stmt)
    for name, value in zip(key_attributes(mapper), position.key, strict=True):
        stmt = stmt.where(getattr(entity, name) == value)
    visible = scope.visible(entity)
    return stmt if visible is None else stmt.where(visible)


def _rows_beyond(
    keys: Sequence[SortKey], values: Sequence[Any], *, backward: bool, inclusive: bool
) -> ColumnElement[bool]:
    decisive = [(k, v) for k, v in zip(keys, values, strict=True) if not k.is_repeated]
    keys, values = [key for key, _ in decisive], [value for _, value in decisive]
    if _is_uniform(keys, values):
        row = tuple_(*(key.expression for key in keys))
        known = tuple_(
            *(
                literal(value, key.expression.type)
                for key, value in zip(keys, values, strict=True)
            )
        )
        descending = keys[0].is_descending is not backward
        if inclusive:
            return row <= known if descending else row >= known
        return row < known if descending else row > known
    found: ColumnElement[bool] = true() if inclusive else false()
    for key, value in reversed(list(zip(keys, values, strict=True))):
        after = _is_beyond(key, value, backward=backward)
        found = or_(after, and_(_is_same(key, value), found))
    return found


def _is_uniform(keys: Sequence[SortKey], values: Sequence[Any]) -> bool:
    """Tell whether the database may compare whole rows."""
    return (
        len(keys) > 1
        and len({key.is_descending for key in keys}) == 1
        and not any(key.is_nullable for key in keys)
        and not any(isinstance(value, ColumnElement) for value in values)
    )


def _is_beyond(key: SortKey, value: Any, *, backward: bool) -> ColumnElement[bool]:
    column = key.expression
    nulls_after = (key.nulls == "last") is not backward
    descending = key.is_descending is not backward
    if value is None:
        return false() if nulls_after else column.is_not(None)
    other = value if isinstance(value, ColumnElement) else literal(value, column.type)
    further: ColumnElement[bool] = column < other if descending else column > other
    if not key.is_nullable:
        return further
    if not isinstance(value, ColumnElement):
        return or_(further, column.is_(None)) if nulls_after else further
    if nulls_after:
        return or_(further, and_(column.is_(None), value.is_not(None)))
    return or_(further, and_(column.is_not(None), value.is_(None)))


def _is_same(key: SortKey, value: Any) -> ColumnElement[bool]:
    if value is None:
        return key.expression.is_(None)
    if isinstance(value, ColumnElement) and key.is_nullable:
        return key.expression.is_not_distinct_from(value)
    same: ColumnElement[bool] = key.expression == value
    return same
