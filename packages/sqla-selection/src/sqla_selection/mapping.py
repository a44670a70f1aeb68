"""What the mapping alone says of rows and relationships.

Functions of a mapper or a relationship: no selection, no statement, no GraphQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    FromClause,
    Index,
    Integer,
    Interval,
    Join,
    Numeric,
    SelectBase,
    String,
    Table,
    Time,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    inspect,
)
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BooleanClauseList,
    ClauseElement,
    ColumnClause,
    Grouping,
)
from sqlalchemy.sql.schema import Column

from ._compat import (
    is_query_expression,
    runs_code_at_load,
    selects_union_beside_table,
)
from .statement import has_names

__all__ = [
    "Loading",
    "always_loaded",
    "classes_without",
    "comparable",
    "compares_types",
    "correlated",
    "entity_of_target",
    "further_tables",
    "has_one_row",
    "has_text",
    "has_unjoined_union",
    "loading_of",
    "may_repeat",
    "orders_after_outer_join",
    "tables_of",
    "whole_because",
]

_COMPARABLE = (
    Boolean,
    Date,
    DateTime,
    Integer,
    Interval,
    Numeric,
    String,
    Time,
    Uuid,
)


class Loading(Enum):
    """What loading an attribute comes to, by its mapping."""

    SETTABLE = "what is loaded is set on it"
    NEVER_SET = "it is a query, on which no rows are set"
    NOTHING = "there is no statement for it: `noload`, `query_expression()`"


def loading_of(prop: RelationshipProperty[Any] | ColumnProperty[Any]) -> Loading:
    """Return what loading *prop* comes to."""
    if isinstance(prop, ColumnProperty):
        return Loading.NOTHING if is_query_expression(prop) else Loading.SETTABLE
    if prop.lazy in ("dynamic", "write_only"):
        return Loading.NEVER_SET
    return Loading.NOTHING if prop.lazy == "noload" else Loading.SETTABLE


@lru_cache(maxsize=1024)
def always_loaded(mapper: Mapper[Any]) -> frozenset[str]:
    """Return the keys of what loads with every object, whatever is asked.

    The primary key; the version, without which a flush takes that of the row as it is
    then, and so writes over what another transaction committed; and attributes with
    `active_history`, whose old value is read when they are set.
    """
    columns = [*mapper.primary_key]
    if mapper.version_id_col is not None:
        columns.append(mapper.version_id_col)
    keys = {mapper.get_property_by_column(column).key for column in columns}
    keys |= {prop.key for prop in mapper.column_attrs if prop.active_history}
    return frozenset(keys)


@lru_cache(maxsize=1024)
def whole_because(mapper: Mapper[Any]) -> str | None:
    """Return why rows of *mapper* have to be loaded whole, `None` if they need not."""
    if any(one.concrete for one in mapper.self_and_descendants if one is not mapper):
        # Each of the tables has columns of its own, which one loader option on the
        # base does not reach.
        return "It is mapped with concrete inheritance."
    if any(map(runs_code_at_load, mapper.self_and_descendants)):
        return "The application's code runs when it is loaded, and may read any column."
    for prop in mapper.column_attrs:
        if prop.key not in mapper.all_orm_descriptors and not any(
            column is mapper.polymorphic_on for column in prop.columns
        ):
            return f"SQLAlchemy cannot defer {prop.key!r}, which is no attribute."
    return None


@lru_cache(maxsize=4096)
def classes_without(relationship: RelationshipProperty[Any]) -> tuple[type[Any], ...]:
    """Return the subclasses of its owner that have something else of its name.

    That is code, or another relationship: on their rows this one is not set.
    """
    return tuple(
        one.class_
        for one in relationship.parent.self_and_descendants
        if one.relationships.get(relationship.key) is not relationship
    )


@lru_cache(maxsize=4096)
def may_repeat(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether a join may give one target of one owner several times.

    Lazy loading leaves repeated rows out, `selectinload` does not. A secondary table
    whose key is made of its foreign keys has no pair twice; another one, or a join in
    its place, may. So may what is selected as the target, where it is no table.
    """
    if not relationship.uselist:
        return False
    target = inspect(relationship.entity)
    selected = [one.local_table for one in relationship.mapper.iterate_to_root()]
    if target.is_aliased_class:
        selected = [getattr(target.selectable, "element", target.selectable)]
    if not all(isinstance(one, Table) for one in selected):
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
        _python_type(one) is not _python_type(other)
        for one, other in _equalities(relationship.primaryjoin)
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


def has_unjoined_union(mapper: Mapper[Any]) -> bool:
    """Tell whether a statement has the union that *mapper* is read from unjoined.

    That is so of concrete inheritance on SQLAlchemy 2.0: the base's own table stands
    beside the union without a condition, so that each owner has the rows of all.
    """
    return (
        selects_union_beside_table
        and len(mapper.with_polymorphic_mappers) > 1
        and any(one.concrete for one in mapper.self_and_descendants)
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
    if len(hierarchy) > 1 and any(one.concrete for one in hierarchy):
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
        and all(isinstance(one, Column) for one in index.expressions)
        and not any(name.endswith("_where") for name in index.dialect_kwargs)
    )


@lru_cache(maxsize=4096)
def has_text(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether the join or the order has SQL text, whose names may be ambiguous."""
    conditions = (relationship.primaryjoin, relationship.secondaryjoin)
    written = [clause for clause in conditions if clause is not None]
    return has_names([*written, *(relationship.order_by or ())])


@lru_cache(maxsize=1024)
def comparable(mapper: Mapper[Any]) -> frozenset[str]:
    """Return the keys of the columns of *mapper* that every database can compare.

    PostgreSQL has no equality for JSON: DISTINCT over such a column is an error.
    """
    return frozenset(
        prop.key
        for prop in mapper.column_attrs
        if isinstance(prop.columns[0].type, _COMPARABLE)
    )


@lru_cache(maxsize=1024)
def tables_of(mapper: Mapper[Any]) -> int:
    """Return how many tables a statement joins that selects *mapper*."""
    mappers = mapper.with_polymorphic_mappers or [mapper]
    return len({table for one in mappers for table in one.tables}) or 1


@lru_cache(maxsize=1024)
def correlated(mapper: Mapper[Any]) -> frozenset[str]:
    """Return the keys of the attributes of *mapper* that are read by a subquery.

    SQLAlchemy correlates a subquery to every table of the statement around it, those
    that a join brought in included: a count over the owner's table is another number,
    or an error, where the target is joined to the owner.
    """
    return frozenset(
        prop.key
        for prop in mapper.column_attrs
        for column in prop.columns
        if not isinstance(column, Column)
        and any(isinstance(part, SelectBase) for part in visitors.iterate(column))
    )


def entity_of_target(relationship: RelationshipProperty[Any]) -> Any:
    """Return what *relationship* selects: the target's class, or an alias of it."""
    return relationship.entity.entity


@lru_cache(maxsize=4096)
def further_tables(relationship: RelationshipProperty[Any]) -> tuple[FromClause, ...]:
    """Return what the join needs beside the owner, the target and the secondary.

    Lazy loading selects from those too; a join, as loader options make it, does not.
    """
    known: set[Any] = {inspect(relationship.entity).selectable}
    for side in (relationship.parent, relationship.mapper):
        for mapper in side.self_and_descendants:
            parts = (mapper.local_table, mapper.persist_selectable, mapper.selectable)
            known.update(mapper.tables, parts)
    if relationship.secondary is not None:
        known |= set(visitors.iterate(relationship.secondary))
    found: dict[FromClause, None] = {}
    for condition in (relationship.primaryjoin, relationship.secondaryjoin):
        for column in _columns_outside_subqueries(condition):
            if column.table not in known:
                found[column.table] = None
    return tuple(found)


def _columns_outside_subqueries(condition: Any) -> Iterator[Any]:
    waiting: list[ClauseElement] = [] if condition is None else [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ColumnClause) and part.table is not None:
            yield part
        elif not isinstance(part, SelectBase):
            waiting.extend(part.get_children())
