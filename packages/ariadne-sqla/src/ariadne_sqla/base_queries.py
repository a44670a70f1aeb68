"""A base query of the application's, among whose rows a client chooses.

An order, a page and a total are about rows of one class, each there once. A base query
may have a limit of its own, and joins that repeat rows; what it gives is kept, and the
client's choice is made among that.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, inspect, select, tuple_
from sqlalchemy.orm import aliased

from sqla_selection import ConfigurationError
from sqla_selection.arguments import Window
from sqla_selection.keys import key_attributes
from sqla_selection.statement import (
    gives_each_row_once,
    has_contains_eager,
    like,
)

__all__ = ["among_rows_of", "each_row_once"]


def among_rows_of(
    stmt: Select[Any], entity: Any, window: Window, where: str
) -> Select[Any]:
    """Return a base query that an order and a page may be put on.

    One that has a limit itself gives the rows that a client chooses among.

    Raises:
        ConfigurationError: It has `contains_eager`, or an OFFSET beside the client's.
    """
    _refuse_contains_eager(stmt, where)
    whole = stmt.limit(None).offset(None)
    if stmt.compare(whole):
        return stmt
    if window.offset and not stmt.compare(stmt.offset(None)):
        msg = (
            f"{where} cannot skip rows: its base query has an OFFSET itself. If that "
            "is the client's, give `get_base_query` a parameter of the argument's name."
        )
        raise ConfigurationError(msg)
    return whole.where(_is_row_of(stmt, entity))


def each_row_once(stmt: Select[Any], entity: Any, where: str) -> Select[Any]:
    """Return a statement for the rows of a base query that has each of them once.

    Without an order. So rows can be counted, and be told apart by their keys.

    Raises:
        ConfigurationError: The base query has `contains_eager`.
    """
    _refuse_contains_eager(stmt, where)
    if gives_each_row_once(stmt, entity):
        return stmt.order_by(None)
    return like(select(entity).where(_is_row_of(stmt, entity)), stmt)


def _refuse_contains_eager(stmt: Select[Any], where: str) -> None:
    if has_contains_eager(stmt):
        msg = (
            f"{where} cannot be ordered or paged: its base query has `contains_eager`, "
            "where one object is several rows. Load the collection by `selectinload`."
        )
        raise ConfigurationError(msg)


def _is_row_of(stmt: Select[Any], entity: Any) -> Any:
    mapper = inspect(entity).mapper
    keys = key_attributes(mapper)
    rows = aliased(mapper.class_, stmt.subquery())
    columns = [getattr(entity, key) for key in keys]
    one = columns[0] if len(keys) == 1 else tuple_(*columns)
    return one.in_(select(*(getattr(rows, key) for key in keys)))
