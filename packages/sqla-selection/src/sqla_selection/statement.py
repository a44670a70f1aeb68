"""What the form of a statement forbids: joining to it, or leaving out its columns.

What the application wrote keeps its meaning. Where a further table or a missing column
could change that, its rows are loaded whole, or what is related to them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnClause, FromClause, TextClause
from sqlalchemy.orm import Query, UserDefinedOption
from sqlalchemy.sql import visitors

from ._compat import Clauses, clauses_of, textual_label

__all__ = ["PLAIN", "Form", "form_of", "has_names", "travels", "with_columns"]

_NAME = re.compile(r"[^\W\d]")
"""A letter: `literal_column("1")`, as EXISTS has it, names nothing."""


@dataclass(frozen=True, slots=True)
class Form:
    """What may be added to a statement."""

    joins_nothing: str = ""
    """Why nothing may be joined to it, empty where something may."""
    is_whole: str = ""
    """Why its columns have to stay as they are, empty where some may be left out."""
    is_distinct: bool = False
    """Whether it compares every column that it selects."""
    tables: int = 0
    """How many tables it reads already, subqueries included."""


PLAIN = Form()
"""A `select()` of one class, ordered and filtered by its attributes."""


def form_of(stmt: Any) -> Form:
    """Return the form of *stmt*: a `select()`, or whatever else loads objects."""
    if isinstance(stmt, Query):
        stmt = stmt.statement
    clauses = clauses_of(stmt)
    if clauses is None:
        why = f"The statement is a {type(stmt).__name__}."
        return Form(why, why)
    parts = list(visitors.iterate(clauses.select))
    return Form(
        _joins_nothing(clauses, parts),
        _is_whole(clauses),
        clauses.is_distinct,
        sum(isinstance(part, FromClause) for part in parts),
    )


def _joins_nothing(clauses: Clauses, parts: list[Any]) -> str:
    if travels(clauses.options):
        return "The statement has an option of the application's, for each SELECT."
    if clauses.is_for_update:
        return "The statement has FOR UPDATE, which locks every table."
    if clauses.group_by:
        return "The statement has GROUP BY, which allows no further column."
    if clauses.affixes or any(_NAME.search(_text_of(part)) for part in parts):
        return "The statement has SQL text, whose names may mean another table's."
    return ""


def _is_whole(clauses: Clauses) -> str:
    if clauses.is_distinct:
        return "The statement has DISTINCT, which may order by selected columns only."
    parts = [*clauses.order_by, *clauses.group_by]
    if clauses.affixes or any(map(_text_of, _parts_of(parts))):
        return "The statement has SQL text that may mean a column it selects."
    return ""


def travels(options: Iterable[Any]) -> bool:
    """Tell whether an option of the application's own is handed on to what is loaded.

    A `do_orm_execute` hook sees it at each SELECT, and may filter its rows: what is
    joined is no SELECT.
    """
    return any(
        isinstance(one, UserDefinedOption) and one.propagate_to_loaders
        for one in options
    )


def has_names(clauses: Iterable[Any]) -> bool:
    """Tell whether *clauses* have SQL text with names, which the database resolves."""
    return any(_NAME.search(_text_of(part)) for part in _parts_of(clauses))


def with_columns(clauses: Iterable[Any], columns: Mapping[str, Any]) -> list[Any]:
    """Return *clauses* with columns in place of SQL text that is just their name."""

    def column_of(element: Any, **_: Any) -> Any:
        return columns.get(_text_of(element))

    return [visitors.replacement_traverse(one, {}, column_of) for one in clauses]


def _parts_of(clauses: Iterable[Any]) -> Iterator[Any]:
    return (part for clause in clauses for part in visitors.iterate(clause))


def _text_of(part: Any) -> str:
    """Return what *part* has as SQL text, empty where it is no text."""
    if isinstance(part, TextClause):
        return part.text
    if isinstance(part, ColumnClause) and part.is_literal:
        return str(part.name)
    return textual_label(part)
