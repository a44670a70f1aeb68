"""What a relationship joins on, and what a NULL in a part of a key then finds.

In SQL NULL equals nothing. But a row may have NULL in one part of its primary key, and
where lazy loading gets a target by that key, it asks for such a part by `IS NULL`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import BinaryExpression, FromClause, Join, Table, inspect
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BooleanClauseList, Grouping
from sqlalchemy.sql.schema import Column

from .statement import tables_of

__all__ = [
    "attributes_of",
    "equal_columns",
    "finds_null",
    "key_attributes",
    "local_attributes",
    "may_have_null_in_key",
    "may_repeat_key",
    "primary_key_of_target",
]

_LOADED_BY_JOIN = (False, "joined", "selectin", "subquery")


@lru_cache(maxsize=1024)
def key_attributes(mapper: Mapper[Any]) -> tuple[str, ...]:
    """Return the attributes that tell rows of *mapper* apart, in the key's order."""
    return tuple(mapper.get_property_by_column(one).key for one in mapper.primary_key)


@lru_cache(maxsize=1024)
def may_have_null_in_key(mapper: Mapper[Any]) -> bool:
    """Tell whether a row of *mapper* may have NULL in a part of its primary key.

    Not in all of them: SQLAlchemy has no object for such a row.
    """
    keys = mapper.primary_key
    if len(keys) < 2 or not mapper.allow_partial_pks:
        return False
    return any(getattr(column, "nullable", True) for column in keys) or any(
        isinstance(part, Join) and (part.isouter or part.full)
        for part in visitors.iterate(mapper.base_mapper.local_table)
    )


@lru_cache(maxsize=4096)
def may_repeat_key(mapper: Mapper[Any]) -> bool:
    """Tell whether what *mapper* is read from may have several rows of one key.

    SQLAlchemy makes one object of those. A table has one row of its key, and so has a
    join of tables that all have one, if those are in the mapper's, or equal columns
    that are. Of what else is selected nothing is known.
    """
    base = mapper.base_mapper
    told = {*base.primary_key}
    pairs = list(_equal_in(base.local_table))
    for _ in pairs:  # as often as one can lead to the next
        told |= {other for pair in pairs if not told.isdisjoint(pair) for other in pair}
    parts = [*tables_of(base.local_table)]
    if not all(told.issuperset(part.primary_key) for part in parts) or (
        len(parts) > 1 and not all(part.primary_key for part in parts)
    ):
        return True
    tables = [one.local_table for one in mapper.iterate_to_root() if one is not base]
    tables += [*parts, *tables_of(mapper.selectable)]
    return not all(isinstance(one, Table) for one in tables)


def _equal_in(selectable: FromClause) -> Iterator[tuple[Any, Any]]:
    """Yield the columns that a join says are equal."""
    if isinstance(selectable, Join):
        yield from _column_pairs(selectable.onclause) or ()
        yield from _equal_in(selectable.left)
        yield from _equal_in(selectable.right)


@lru_cache(maxsize=4096)
def finds_null(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether *relationship* finds a target by a key with NULL in a part.

    Lazy loading does where it gets the target by its primary key. No join does: what
    is mapped to load by one has no target then.
    """
    return (
        relationship.lazy not in _LOADED_BY_JOIN
        and may_have_null_in_key(relationship.mapper)
        and primary_key_of_target(relationship) is not None
    )


@lru_cache(maxsize=4096)
def primary_key_of_target(
    relationship: RelationshipProperty[Any],
) -> tuple[Column[Any], ...] | None:
    """Return the owner's columns that are the primary key of the target, in its order.

    `None` where the target is anything else: then lazy loading looks for it by the
    condition of the relationship.
    """
    if relationship.uselist or relationship.secondary is not None:
        return None
    if inspect(relationship.entity).is_aliased_class:
        return None
    pairs = equal_columns(relationship)
    if pairs is None:
        return None
    mapper = relationship.mapper
    try:
        own = {mapper.get_property_by_column(r): local for local, r in pairs.items()}
    except UnmappedColumnError:
        return None
    key = [mapper.get_property_by_column(column) for column in mapper.primary_key]
    if len(own) != len(pairs) or own.keys() != set(key):
        return None
    return tuple(own[prop] for prop in key)


@lru_cache(maxsize=4096)
def equal_columns(
    relationship: RelationshipProperty[Any],
) -> dict[Any, Any] | None:
    """Return owner's column → column that equals it, of the target or the secondary.

    `None` where the condition is more than equalities of one column each.
    """
    pairs = _column_pairs(relationship.primaryjoin)
    if pairs is None:
        return None
    secondary = relationship.secondary
    if secondary is None:
        oriented = dict(relationship.local_remote_pairs or ())
    elif _column_pairs(relationship.secondaryjoin) is None:
        return None
    else:
        oriented = {
            local: remote
            for pair in pairs
            for local, remote in (pair, pair[::-1])
            if secondary.c.contains_column(remote)
        }
    same = {frozenset(pair) for pair in pairs} == set(map(frozenset, oriented.items()))
    return oriented if same and len(oriented) == len(pairs) else None


@lru_cache(maxsize=4096)
def local_attributes(
    mapper: Mapper[Any], relationship: RelationshipProperty[Any]
) -> tuple[str, ...]:
    """Return the attributes of the owner that *relationship* joins on.

    In alphabetical order of the column's names: it is also the order of the parts of a
    composite DataLoader key, as in `ariadne.contrib.sqlalchemy`.
    """
    columns = sorted(relationship.local_columns, key=lambda column: str(column.key))
    return tuple(attributes_of(mapper, columns))


def attributes_of(mapper: Mapper[Any], columns: Iterable[Any]) -> Iterable[str]:
    """Yield the keys of the attributes of *columns*, of those that have one."""
    for column in columns:
        try:
            yield mapper.get_property_by_column(column).key
        except UnmappedColumnError:
            continue


def _column_pairs(
    condition: Any,
) -> list[tuple[Column[Any], Column[Any]]] | None:
    """Return the two columns of each equality; `None` if there is another condition."""
    if isinstance(condition, Grouping):
        return _column_pairs(condition.element)
    if isinstance(condition, BooleanClauseList):
        parts = [_column_pairs(clause) for clause in condition.clauses]
        if condition.operator is not operators.and_ or None in parts:
            return None
        return [pair for part in parts for pair in part or ()]
    if (
        isinstance(condition, BinaryExpression)
        and condition.operator is operators.eq
        and isinstance(condition.left, Column)
        and isinstance(condition.right, Column)
    ):
        return [(condition.left, condition.right)]
    return None
