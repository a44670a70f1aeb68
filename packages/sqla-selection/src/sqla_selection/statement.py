"""What the form of a statement forbids: joining to it, or leaving out its columns.

What the application wrote keeps its meaning. Where a further table or a missing column
could change that, its rows are loaded whole, or what is related to them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnClause,
    FromClause,
    Join,
    Select,
    SelectBase,
    TableClause,
    TextClause,
    select,
)
from sqlalchemy.orm import Query, UserDefinedOption
from sqlalchemy.sql import visitors

from ._compat import (
    Clauses,
    clauses_of,
    criteria_on,
    has_contains_eager,
    is_textual_label,
    loader_paths,
    parts_of_select,
    textual_label,
)

__all__ = [
    "PLAIN",
    "Form",
    "criteria_on",
    "form_of",
    "gives_each_row_once",
    "has_contains_eager",
    "has_names",
    "has_subquery",
    "like",
    "loader_paths",
    "order_of",
    "selects_from_alone",
    "tables_of",
    "travels",
    "with_columns",
]

_NAME = re.compile(r"[^\W\d]")
"""A letter: `literal_column("1")`, as EXISTS has it, names nothing."""


class Form(NamedTuple):
    """What may be added to a statement."""

    joins_nothing: str = ""
    """Why nothing may be joined to it, empty where something may."""
    is_whole: str = ""
    """Why its columns have to stay as they are, empty where some may be left out."""
    is_distinct: bool = False
    """Whether it compares every column that it selects."""
    tables: int = 0
    """How many tables it reads already, subqueries included."""
    has_options: bool = False
    """Whether it has loader options, or others of the application's."""


PLAIN = Form()
"""A `select()` of one class without options, ordered and filtered by its attributes."""


def form_of(stmt: Any) -> Form:
    """Return the form of *stmt*: a `select()`, or whatever else loads objects."""
    if isinstance(stmt, Query):
        stmt = stmt.statement
    clauses = clauses_of(stmt)
    if clauses is None:
        why = f"The statement is a {type(stmt).__name__}."
        return Form(why, why)
    tables, has_names = 0, False
    for part in _parts_of([clauses.select]):
        kind = _kind(part.__class__)
        tables += kind.is_table
        has_names = has_names or (kind.has_text and _names_something(part))
    return Form(
        _joins_nothing(clauses, has_names=has_names),
        _is_whole(clauses),
        clauses.is_distinct,
        tables,
        bool(clauses.options),
    )


def _joins_nothing(clauses: Clauses, *, has_names: bool) -> str:
    if travels(clauses.options):
        return "The statement has an option of the application's, for each SELECT."
    if clauses.is_for_update:
        return "The statement has FOR UPDATE, which locks every table."
    if clauses.group_by:
        return "The statement has GROUP BY, which allows no further column."
    if clauses.affixes or has_names:
        return "The statement has SQL text, whose names may mean another table's."
    return ""


def _is_whole(clauses: Clauses) -> str:
    if clauses.is_distinct:
        return "The statement has DISTINCT, which may order by selected columns only."
    parts = _parts_of([*clauses.order_by, *clauses.group_by])
    if clauses.affixes or any(map(_text_of, parts)):
        return "The statement has SQL text that may mean a column it selects."
    return ""


def has_subquery(expression: Any) -> bool:
    """Tell whether a SELECT stands in *expression*."""
    return any(isinstance(part, SelectBase) for part in visitors.iterate(expression))


def gives_each_row_once(stmt: Select[Any], entity: Any) -> bool:
    """Tell whether *stmt* selects from *entity* alone, and all that its WHERE allows.

    Then rows can be counted and paged as they are; what is joined may repeat them.
    """
    clauses = clauses_of(stmt)
    if clauses is None or clauses.is_distinct or clauses.group_by or clauses.affixes:
        return False
    if not stmt.compare(stmt.limit(None).offset(None)):
        return False
    return selects_from_alone(stmt, entity)


def selects_from_alone(stmt: Any, entity: Any) -> bool:
    """Tell whether *stmt* is a SELECT from *entity*, and from nothing else."""
    return clauses_of(stmt) is not None and bool(
        stmt.get_final_froms() == select(entity).get_final_froms()
    )


def order_of(stmt: Any) -> Sequence[Any]:
    """Return the clauses that *stmt* is ordered by."""
    clauses = clauses_of(stmt)
    return () if clauses is None else clauses.order_by


def like(stmt: Select[Any], other: Select[Any]) -> Select[Any]:
    """Return *stmt* with the options of *other*, those of execution too."""
    clauses = clauses_of(other)
    if clauses is not None:
        stmt = stmt.options(*clauses.options)
    return stmt.execution_options(**other.get_execution_options())


def travels(options: Iterable[Any]) -> bool:
    """Tell whether an option of the application's own is handed on to what is loaded.

    A `do_orm_execute` hook sees it at each SELECT, and may filter its rows: what is
    joined is no SELECT.
    """
    return any(
        isinstance(option, UserDefinedOption) and option.propagate_to_loaders
        for option in options
    )


def has_names(clauses: Iterable[Any]) -> bool:
    """Tell whether *clauses* have SQL text with names, which the database resolves."""
    return any(map(_names_something, _parts_of(clauses)))


def with_columns(clauses: Iterable[Any], columns: Mapping[str, Any]) -> list[Any]:
    """Return *clauses* with columns in place of SQL text that is just their name."""

    def column_of(element: Any, **_: Any) -> Any:
        return columns.get(_text_of(element))

    return [visitors.replacement_traverse(clause, {}, column_of) for clause in clauses]


class _Kind(NamedTuple):
    """What may be in a part of a statement, by its class."""

    is_table: bool
    has_text: bool
    has_parts: bool


@cache
def _kind(class_: type[Any]) -> _Kind:
    # A `literal_column()` is a `ColumnClause`; the `Column` of a table is no text.
    has_text = issubclass(class_, ColumnClause | TextClause) or is_textual_label(class_)
    is_leaf = issubclass(class_, ColumnClause | TableClause | BindParameter)
    return _Kind(
        issubclass(class_, FromClause),
        has_text and not issubclass(class_, Column),
        not is_leaf,
    )


def _parts_of(clauses: Iterable[Any]) -> list[Any]:
    """Return *clauses* and all that they are made of.

    As `visitors.iterate` does, which asks columns, tables and parameters for parts,
    too: those of a statement are mostly such, and it is walked for each request.
    """
    parts = list(clauses)
    for part in parts:  # which grows meanwhile
        if part.__class__ is Select:
            parts += parts_of_select(part)
        elif _kind(part.__class__).has_parts:
            parts += part.get_children()
    return parts


def _names_something(part: Any) -> bool:
    return bool(_NAME.search(_text_of(part)))


def _text_of(part: Any) -> str:
    """Return what *part* has as SQL text, empty where it is no text."""
    if not _kind(part.__class__).has_text:
        return ""
    if isinstance(part, ColumnClause):
        return str(part.name) if part.is_literal else ""
    if isinstance(part, TextClause):
        return part.text
    return textual_label(part)


def tables_of(selectable: FromClause) -> Iterator[FromClause]:
    """Yield what a FROM is made of: the tables of a class that joins some."""
    if isinstance(selectable, Join):
        yield from tables_of(selectable.left)
        yield from tables_of(selectable.right)
    else:
        yield selectable
