"""Policies as a net below SQL that this library did not write.

The gate puts a policy where it names a model. An application's statement names others:
in an EXISTS, a join, a count. There SQLAlchemy puts the conditions, as criteria of the
whole statement. Nowhere else: to the gate's own SQL they would be a second time the
same, and inside of policies they would be something else than these say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    false,
    true,
)
from sqlalchemy.orm import Mapper, with_loader_criteria
from sqlalchemy.sql import visitors

from .visibility import Visibility

__all__ = ["criteria_below", "tables_asked"]


def criteria_below(visibility: Visibility) -> tuple[Any, ...]:
    """Return options of a statement that let no entity in it show a hidden row.

    Not of a model that the policy of another one asks about in a subquery: that would
    be filtered too, and two of them would have no end. A policy that fails shows
    nothing here, and is told where the gate asks it.
    """
    conditions: dict[Mapper[Any], ColumnElement[bool]] = {}
    for mapper in visibility.policies.by_mapper:
        try:
            conditions[mapper] = visibility.own_of(mapper)
        except Exception:
            conditions[mapper] = false()
    asked = {
        mapper: tables_asked([condition]) for mapper, condition in conditions.items()
    }
    return tuple(
        with_loader_criteria(
            mapper.class_, condition, include_aliases=True, propagate_to_loaders=False
        )
        for mapper, condition in conditions.items()
        if condition is not true()
        and not any(
            tables.intersection(mapper.tables)
            for other, tables in asked.items()
            if other is not mapper
        )
    )


def tables_asked(expressions: Iterable[Any]) -> set[Any]:
    """Return the tables that subqueries in *expressions* name."""
    return {
        table
        for one in expressions
        for element in visitors.iterate(one)
        if isinstance(element, Select | CompoundSelect)
        for part in visitors.iterate(element)
        for table in (_table_of(part),)
        if table is not None
    }


def _table_of(element: Any) -> Any:
    """Return the table that *element* is, or is a column of."""
    if isinstance(element, Column):
        element = element.table
    while not isinstance(element, Table) and hasattr(element, "element"):
        element = element.element
    return element if isinstance(element, Table) else None
