"""What a join to a relationship's target may do, by the mapping alone.

Whether it multiplies rows, loses an order, or compares what Python does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    FromClause,
    Index,
    Join,
    SelectBase,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    inspect,
)
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ClauseElement,
    ColumnClause,
    Grouping,
)
from sqlalchemy.sql.schema import Column

from .statement import has_names

__all__ = [
    "compares_by_collation",
    "compares_types",
    "entity_of_target",
    "further_tables",
    "has_one_row",
    "has_open_parameter",
    "has_text",
    "may_repeat",
    "orders_after_outer_join",
]


@lru_cache(maxsize=4096)
def may_repeat(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether a join may give one target of one owner several times.

    Lazy loading leaves repeated rows out, `selectinload` does not. A secondary table
    whose key is made of its foreign keys has no pair twice; another one, or a join in
    its place, may. So may what is selected as the target, where it is no table: a
    `polymorphic_union()` has a row once for each class that does not leave it out.
    """
    if not relationship.uselist:
        return False
    target, mapper = inspect(relationship.entity), relationship.mapper
    selected: list[Any] = [mapped.local_table for mapped in mapper.iterate_to_root()]
    if target.is_aliased_class:
        selected = [getattr(target.selectable, "element", target.selectable)]
    elif not isinstance(mapper.selectable, Join):
        selected.append(mapper.selectable)
    if not all(isinstance(table, Table) for table in selected):
        return True
    secondary = relationship.secondary
    if secondary is None:
        return False
    if not isinstance(secondary, Table) or not secondary.primary_key.columns:
        return True
    pairs = {remote for _, remote in relationship.local_remote_pairs or ()}
    return not set(secondary.primary_key.columns) <= pairs


@lru_cache(maxsize=4096)
def has_one_row(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether the mapping proves that an owner has one target at most.

    It does where columns that the target has once only (its primary key, a unique
    constraint or index over all rows) equal columns of the owner. `uselist=False`
    alone does not: "the latest" of several has it too. What has an order has several
    rows to put into it.
    """
    if relationship.uselist or relationship.secondary is not None:
        return False
    if relationship.order_by:
        return False
    equal = {
        frozenset(pair)
        for pair in _equalities(relationship.primaryjoin)
        if _are_compared_alike(*pair)
    }
    remote = {
        other
        for local, other in relationship.local_remote_pairs or ()
        if frozenset((local, other)) in equal
    }
    return any(key <= remote for key in _unique_keys(relationship.mapper))


@lru_cache(maxsize=4096)
def compares_types(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether the join finds values of two types equal, as `1` and `"1"`.

    Some databases do. Python, by which `selectinload` puts targets to their owners,
    does not.
    """
    return any(
        _python_type(own) is not _python_type(other)
        for own, other in _equalities(relationship.primaryjoin)
    )


@lru_cache(maxsize=4096)
def compares_by_collation(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether the join finds texts equal that Python does not, as `a` and `A`.

    That is for the database to say. Here it is where a column names a collation, or is
    made for MySQL and MariaDB, which leave the case out by default.
    """
    return any(
        _has_collation(column)
        for pair in _equalities(relationship.primaryjoin)
        for column in pair
    )


def _has_collation(column: Column[Any]) -> bool:
    type_ = getattr(column.type, "impl_instance", column.type)
    if not isinstance(type_, String):
        return False
    options = getattr(column.table, "dialect_kwargs", ())
    return (
        type_.collation is not None
        or type(type_).__module__.startswith("sqlalchemy.dialects.mysql")
        or any(name.startswith(("mysql_", "mariadb_")) for name in options)
    )


@lru_cache(maxsize=4096)
def orders_after_outer_join(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether `selectinload` orders what it joins to an owner with an outer join.

    An owner mapped `with_polymorphic` is selected with one to the tables of its
    subclasses. SQLite 3.40 then leaves a descending order out where the statement is
    about one owner. Nothing is joined where the target has the owner's key.
    """
    owner = relationship.parent
    if not relationship.order_by or not any(
        isinstance(part, Join) and part.isouter
        for part in visitors.iterate(owner.selectable)
    ):
        return False
    pairs = relationship.local_remote_pairs or ()
    return (
        relationship.secondary is not None
        or not _is_equality(relationship.primaryjoin)
        or [local for local, _ in pairs] != [*owner.primary_key]
    )


def _are_compared_alike(one: Column[Any], other: Column[Any]) -> bool:
    """Tell whether what is unique in one column is so by the rules of the other.

    Where types or collations differ, a database may find one value equal to several.
    """
    return _python_type(one) is _python_type(other) and (
        getattr(one.type, "collation", None) == getattr(other.type, "collation", None)
    )


def _python_type(column: Column[Any]) -> type[Any]:
    """Return the class of the column's values, or of its type where that may be any."""
    if isinstance(column.type, TypeDecorator):
        return type(column.type)
    try:
        return column.type.python_type
    except NotImplementedError:
        return type(column.type)


def _equalities(condition: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the two columns of each equality without which nothing is joined."""
    if isinstance(condition, Grouping):
        yield from _equalities(condition.element)
    elif isinstance(condition, BooleanClauseList):
        if condition.operator is operators.and_:
            for clause in condition.clauses:
                yield from _equalities(clause)
    elif _is_equality(condition):
        yield condition.left, condition.right


def _is_equality(condition: Any) -> bool:
    return (
        isinstance(condition, BinaryExpression)
        and condition.operator is operators.eq
        and isinstance(condition.left, Column)
        and isinstance(condition.right, Column)
    )


def _unique_keys(mapper: Mapper[Any]) -> Iterator[set[Any]]:
    """Yield the sets of columns whose values only one row of *mapper* has."""
    hierarchy = list(mapper.self_and_descendants)
    if len(hierarchy) > 1 and any(mapped.concrete for mapped in hierarchy):
        return  # Several tables, each with keys of its own.
    yield set(mapper.primary_key)
    if not isinstance(mapper.local_table, Table):
        return
    for table in mapper.tables:
        if not isinstance(table, Table):
            continue
        if table.primary_key.columns:
            yield set(table.primary_key.columns)
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                yield set(constraint.columns)
        for index in table.indexes:
            if _is_over_all_rows(index):
                yield set(index.columns)


def _is_over_all_rows(index: Index) -> bool:
    return (
        bool(index.unique)
        and all(isinstance(part, Column) for part in index.expressions)
        and not any(name.endswith("_where") for name in index.dialect_kwargs)
    )


@lru_cache(maxsize=4096)
def has_text(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether the join or the order has SQL text, whose names may be ambiguous."""
    conditions = (relationship.primaryjoin, relationship.secondaryjoin)
    written = [clause for clause in conditions if clause is not None]
    return has_names([*written, *(relationship.order_by or ())])


def entity_of_target(relationship: RelationshipProperty[Any]) -> Any:
    """Return what *relationship* selects: the target's class, or an alias of it."""
    return relationship.entity.entity


@lru_cache(maxsize=4096)
def has_open_parameter(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether the join has a `bindparam()` that a hook gives its value.

    It does so where a relationship is loaded, and not in the statement of its owner.
    """
    conditions = (relationship.primaryjoin, relationship.secondaryjoin)
    return any(
        isinstance(part, BindParameter) and part.required
        for condition in conditions
        if condition is not None
        for part in visitors.iterate(condition)
    )


@lru_cache(maxsize=4096)
def further_tables(relationship: RelationshipProperty[Any]) -> tuple[FromClause, ...]:
    """Return what the join needs beside the owner, the target and the secondary.

    Lazy loading selects from those too; a join, as loader options make it, does not.
    The owner's own table is one of them where the condition says `remote()` of its
    columns: lazy loading then means any row of it, and not the owner's.
    """
    remote = {inspect(relationship.entity).selectable, *_tables_of(relationship.mapper)}
    if relationship.secondary is not None:
        remote |= set(visitors.iterate(relationship.secondary))
    known = {*remote, *_tables_of(relationship.parent)}
    found: dict[FromClause, None] = {}
    for condition in (relationship.primaryjoin, relationship.secondaryjoin):
        for column in _columns_outside_subqueries(condition):
            is_remote = column in relationship.remote_side
            if column.table not in (remote if is_remote else known):
                found[column.table] = None
    return tuple(found)


def _tables_of(side: Mapper[Any]) -> set[Any]:
    tables: set[Any] = set()
    for mapper in side.self_and_descendants:
        parts = (mapper.local_table, mapper.persist_selectable, mapper.selectable)
        tables.update(mapper.tables, parts)
    return tables


def _columns_outside_subqueries(condition: Any) -> Iterator[Any]:
    waiting: list[ClauseElement] = [] if condition is None else [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ColumnClause) and part.table is not None:
            yield part
        elif not isinstance(part, SelectBase):
            waiting.extend(part.get_children())
