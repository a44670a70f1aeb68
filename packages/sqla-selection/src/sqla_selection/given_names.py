"""The names that SQLAlchemy gives to aliases and subqueries, where a table has one.

An alias of `event` is `event_1` and a subquery is `anon_1`, whether or not there is
such a table. In one statement with that table the database refuses it, or takes a
column of the one for one of the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import FromClause, SelectBase, Table
from sqlalchemy.orm import Mapper, RelationshipProperty, aliased
from sqlalchemy.sql import visitors

__all__ = [
    "alias_is_ambiguous",
    "alias_of",
    "name_of_no_table",
    "secondary_is_ambiguous",
    "subquery_of",
]

_SUBQUERY = "anon"
"""What SQLAlchemy numbers for a subquery."""


@lru_cache(maxsize=1024)
def alias_is_ambiguous(mapper: Mapper[Any]) -> bool:
    """Tell whether a table has a name that SQLAlchemy gives where *mapper* is selected.

    That of an alias of it, or of any subquery.
    """
    return any(
        isinstance(table, Table) and _has_numbered(mapper, table.name)
        for table in mapper.tables
    ) or _has_numbered(mapper, _SUBQUERY)


@lru_cache(maxsize=4096)
def secondary_is_ambiguous(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether a table has the name of an alias of the table between.

    SQLAlchemy joins by such an alias to an alias of the target.
    """
    between = relationship.secondary
    return between is not None and any(
        _has_numbered(relationship.mapper, table.name)
        for table in visitors.iterate(between)
        if isinstance(table, Table)
    )


def alias_of(mapper: Mapper[Any]) -> Any:
    """Return an alias of a mapped class, without the tables of its subclasses.

    Nothing of them is asked for, and SQLite (3.40) gives rows in a wrong order where
    it leaves the LEFT JOIN of such a table out by itself.
    """
    if alias_is_ambiguous(mapper):  # a subquery's name is made of no table's
        rows = mapper.persist_selectable.select()
        return aliased(mapper.class_, subquery_of(rows, mapper))
    polymorphic = mapper.with_polymorphic_mappers
    if len(polymorphic) < 2 or any(one.concrete for one in polymorphic):
        return aliased(mapper.class_, flat=True)
    return aliased(mapper.class_, mapper.persist_selectable.alias(flat=True))


def subquery_of(
    stmt: SelectBase, mapper: Mapper[Any], *, is_lateral: bool = False
) -> FromClause:
    """Return *stmt* as a subquery for a statement that has tables of *mapper*, too."""
    name = name_of_no_table(mapper)
    # An alias of a subquery is that subquery, with a number behind its name.
    made = stmt.lateral(name) if is_lateral else stmt.subquery(name)
    return made if name is None else made.alias()


@lru_cache(maxsize=1024)
def name_of_no_table(mapper: Mapper[Any]) -> str | None:
    """Return what no table's name begins with, `None` if SQLAlchemy's own will do."""
    if not _has_numbered(mapper, _SUBQUERY):
        return None
    name = "rows"
    while any(other.lower().startswith(name) for other in _names(mapper)):
        name += "_"
    return name


def _has_numbered(mapper: Mapper[Any], name: str) -> bool:
    """Tell whether a table is called *name* with a number, in any case of letters.

    To SQLite `Event_1` is `event_1`, quoted or not.
    """
    numbered = re.compile(rf"{re.escape(name)}_[1-9]\d?", re.IGNORECASE)
    return any(numbered.fullmatch(other) for other in _names(mapper))


def _names(mapper: Mapper[Any]) -> Iterator[str]:
    for table in mapper.tables:
        if isinstance(table, Table):
            yield from (other.name for other in table.metadata.tables.values())
