"""The rows of a relationship for the row around them: a SELECT within a statement.

What joins them is the condition that SQLAlchemy makes of the relationship for an alias
of the target. What may be seen of them, and which of them a client chooses, is of one
request: conditions, an order and a page as loading them would have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import FromClause, inspect, literal, select
from sqlalchemy.orm import Mapper, RelationshipProperty, aliased
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql import visitors
from sqlalchemy.sql.schema import Column

from sqla_selection.arguments import (
    Ordering,
    Window,
    filtered,
    ordering_of,
)
from sqla_selection.arguments.shapes import Expression
from sqla_selection.keys import key_attributes
from sqla_selection.statement import tables_of

from .declining import Declining
from .dialects import JsonDialect
from .now import AskedRows, Now, Row
from .same_rows import check_expression
from .shape import RelatedShape, RowShape

__all__ = [
    "RelatedRows",
    "ordered_rows",
    "related_rows",
    "rows_of_root",
]


class RelatedRows(NamedTuple):
    """The rows of one relationship for the row around them."""

    target: Row
    filtered: Any
    """All rows that are asked, whatever the page. It selects nothing as yet."""
    ordering: Ordering | None
    """What the order is by; `None` where nothing chooses among the rows."""
    order_by: Sequence[Any]
    window: Window
    limit: Any = None
    offset: Any = None
    """The sizes of the window, as SQL takes them."""

    @property
    def mapper(self) -> Mapper[Any]:
        """What they are rows of."""
        mapper: Mapper[Any] = inspect(self.target.entity).mapper
        return mapper

    @property
    def is_page(self) -> bool:
        """Whether it is about some of the rows."""
        return self.window.limit is not None or self.window.offset > 0

    @property
    def stmt(self) -> Any:
        """The same with what is joined for the order."""
        return (
            self.filtered
            if self.ordering is None
            else self.ordering.joined(self.filtered)
        )

    def paged(self, stmt: Any, *columns: Any, extra: int = 0) -> Any:
        """Return the SELECT of *columns* of the page, in order, and of *extra* rows."""
        stmt = stmt.add_columns(*columns).order_by(*self.order_by)
        if self.window.limit is not None:
            stmt = stmt.limit(self.limit + extra if extra else self.limit)
        return stmt.offset(self.offset) if self.window.offset else stmt


_EVERYTHING = Window()


def related_rows(
    field: RelatedShape, owner: Row, dialect: JsonDialect, now: Now
) -> RelatedRows | None:
    """Return the rows of *field* for the row *owner*, `None` where none may be seen.

    Raises:
        Declining: They are not known to be those that loading them finds.
    """
    prop, asked = field.relationship, now.rows(field)
    if asked.is_hidden:
        return None
    target = asked.target
    on = _joins(owner.entity, prop.key, target.entity)
    if now.asked is None:  # what is compiled ahead is the same in each request
        why = _why_not_by(prop, owner.entity, target.entity)
        if why:
            raise Declining(why)
    of_alias = partial(
        _of_alias, prop, target.entity, partial(_froms, owner, target, on)
    )
    stmt = select().select_from(target.entity).where(on).correlate(*owner.tables)
    if asked.seen is not None:
        stmt = stmt.where(asked.seen)
    if asked.window is not None:
        return _chosen(field, stmt, asked, asked.window, dialect, now, of_alias)
    order_by = [
        visitors.replacement_traverse(clause, {}, of_alias)
        for clause in prop.order_by or ()
    ]
    return RelatedRows(target, stmt, None, order_by, _EVERYTHING)


def _chosen(
    field: RelatedShape,
    stmt: Any,
    asked: AskedRows,
    window: Window,
    dialect: JsonDialect,
    now: Now,
    of_alias: Callable[..., Any],
) -> RelatedRows:
    """Return those of the rows of *stmt* that *window* asks, in its order."""
    target, scope = asked.target, now.scope
    if asked.condition is not None:
        stmt = stmt.where(asked.condition)
    ordering = ordering_of(
        window.order, target.entity, dialect.name, scope, is_total=window.is_page
    )
    keys = list(ordering.keys)
    for place, one in enumerate(window.order):
        if isinstance(one.source, Expression):  # the mapping's, about its tables
            adapted = visitors.replacement_traverse(
                keys[place].expression, {}, of_alias
            )
            keys[place] = replace(keys[place], expression=adapted)
        elif not isinstance(one.source, str):  # a function of the application's
            froms = ordering.joined(stmt).add_columns(literal(1)).get_final_froms()
            tables = [one for part in froms for one in tables_of(part)]
            check_expression(keys[place].expression, tables, now.around, field.where)
    ordering = replace(ordering, keys=tuple(keys))
    order_by = ordering.clauses(backward=window.is_backward)
    return RelatedRows(
        target, stmt, ordering, order_by, window, asked.limit, asked.offset
    )


@lru_cache(maxsize=256)
def _joins(owner: Any, name: str, target: Any) -> Any:
    """Return the relationship *name*, whose condition is made once."""
    return getattr(owner, name).of_type(target)


def _froms(owner: Row, target: Row, on: Any) -> Sequence[FromClause]:
    """Return the tables that the condition *on* is about, beside the owner's."""
    keys = map(target.column, key_attributes(inspect(target.entity).mapper))
    stmt = select(*keys).where(on).correlate(*owner.tables)
    found = [table for one in stmt.get_final_froms() for table in tables_of(one)]
    return [table for table in found if table not in owner.tables]


@lru_cache(maxsize=4096)
def _why_not_by(prop: RelationshipProperty[Any], owner: Any, target: Any) -> str:
    """Return why no SELECT of *target* can be joined to *owner*, if none can.

    Its condition may name a table that is neither of both, nor between them: for a
    class as it is mapped, and for its aliases, to which it is adapted, another one.
    """
    on, row = _joins(owner, prop.key, target), Row.of(target)
    for table in _froms(Row.of(owner), row, on):
        is_between = prop.secondary is not None and table.is_derived_from(
            prop.secondary
        )
        if table not in row.tables and not is_between:
            return f"{prop} names {table.description}, which is none of its own tables."
    return ""


def _of_alias(
    prop: RelationshipProperty[Any],
    target: Any,
    froms: Callable[[], Sequence[FromClause]],
    element: Any,
    **_: Any,
) -> Any:
    """Return what a column of the mapping's order is in *target* and beside it."""
    if not isinstance(element, Column):
        return None
    try:
        key = prop.mapper.get_property_by_column(element).key
        return getattr(target, key).expression
    except UnmappedColumnError:
        pass
    for table in froms():
        found = table.corresponding_column(element)
        if found is not None:
            return found
    why = f"{prop} is ordered by {element}, which is none of its own tables."
    raise Declining(why)


def rows_of_root(
    stmt: Any, entity: Any, window: Window, dialect: JsonDialect, now: Now
) -> RelatedRows:
    """Return the rows of *stmt*, a `select()` of *entity*, that a connection shows."""
    scope = now.scope
    stmt = filtered(stmt, window, entity, scope).order_by(None)
    stmt = stmt.with_only_columns(maintain_column_froms=True)
    ordering = ordering_of(window.order, entity, dialect.name, scope)
    order_by = ordering.clauses(backward=window.is_backward)
    return RelatedRows(
        Row.of(entity), stmt, ordering, order_by, window, window.limit, window.offset
    )


def ordered_rows(
    rows: RelatedRows,
    stmt: Any,
    shape: RowShape,
    labels: Sequence[Any] = (),
    *,
    extra: int = 0,
) -> tuple[Any, Row]:
    """Return a SELECT in FROM that has *rows* in order, and a row of it.

    Args:
        rows: The rows, whose page is selected.
        stmt: Their statement.
        shape: What is asked of each.
        labels: What is selected beside.
        extra: How many rows more than the page has.
    """
    names = shape.attributes() or [key_attributes(shape.mapper)[0]]
    places = {name: f"_{place}" for place, name in enumerate(names)}
    columns = [rows.target.column(name).label(places[name]) for name in names]
    ordered = rows.paged(stmt, *columns, *labels, extra=extra).subquery()
    entity = aliased(shape.mapper.class_, ordered)
    return ordered, Row(entity, lambda name: ordered.c[places[name]])
