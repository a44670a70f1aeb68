"""What the mapping alone says of rows and of loading their attributes.

Functions of a mapper or a property: no selection, no statement, no GraphQL. What joins
to a relationship may do is in `joins`.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Integer,
    Interval,
    Join,
    Numeric,
    String,
    Table,
    Time,
    Uuid,
    null,
)
from sqlalchemy.orm import (
    ColumnProperty,
    InstrumentedAttribute,
    Mapper,
    RelationshipProperty,
)
from sqlalchemy.sql.schema import Column
from sqlalchemy.types import Indexable, TypeDecorator, TypeEngine

from ._compat import (
    is_query_expression,
    runs_code_at_load,
    selects_union_beside_table,
)
from .statement import has_subquery

__all__ = [
    "LOADED_BY_MAPPING",
    "Loading",
    "always_loaded",
    "classes_without",
    "comparable",
    "correlated",
    "has_attribute",
    "has_unjoined_union",
    "indexable",
    "loading_of",
    "plain_columns",
    "runs_code_at_load",
    "tables_of",
    "unmapped_discriminator",
    "unset_expressions",
    "whole_because",
]

LOADED_BY_MAPPING = (False, "joined", "selectin", "subquery", "immediate")
"""What `lazy=` is where a relationship loads with its owner."""

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
    if isinstance(mapper.version_id_col, Column):  # else no flush comes to an end
        columns.append(mapper.version_id_col)
    keys = {mapper.get_property_by_column(column).key for column in columns}
    keys |= {prop.key for prop in mapper.column_attrs if prop.active_history}
    return frozenset(keys)


def has_attribute(mapper: Mapper[Any], key: str) -> bool:
    """Tell whether a column of *mapper* can be read, and named in a loader option.

    The discriminator of a union of tables may have no attribute on the class, or one
    that a subclass with a table of its own refuses.
    """
    return isinstance(mapper.all_orm_descriptors.get(key), InstrumentedAttribute)


@lru_cache(maxsize=1024)
def plain_columns(mapper: Mapper[Any]) -> frozenset[str]:
    """Return the keys of the column attributes that load unless told otherwise."""
    return frozenset(
        prop.key
        for prop in mapper.column_attrs
        if not prop.deferred
        and not is_query_expression(prop)
        and has_attribute(mapper, prop.key)
    )


@lru_cache(maxsize=1024)
def unset_expressions(mapper: Mapper[Any]) -> frozenset[str]:
    """Return the keys of what is null unless a statement gives it an expression.

    It must not be deferred: SQLAlchemy then fails to read it, or asks for its null with
    one statement for each object.
    """
    nothing = null().label(None)
    return frozenset(
        prop.key
        for prop in mapper.column_attrs
        if is_query_expression(prop) and prop.columns[0].compare(nothing)
    )


@lru_cache(maxsize=1024)
def whole_because(mapper: Mapper[Any]) -> str | None:
    """Return why rows of *mapper* have to be loaded whole, `None` if they need not."""
    if any(
        subclass.concrete
        for subclass in mapper.self_and_descendants
        if subclass is not mapper
    ):
        # Each of the tables has columns of its own, which one loader option on the
        # base does not reach.
        return "It is mapped with concrete inheritance."
    if any(map(runs_code_at_load, mapper.self_and_descendants)):
        return "The application's code runs when it is loaded, and may read any column."
    for prop in mapper.column_attrs:
        if not has_attribute(mapper, prop.key) and not any(
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
        mapped.class_
        for mapped in relationship.parent.self_and_descendants
        if mapped.relationships.get(relationship.key) is not relationship
    )


def has_unjoined_union(mapper: Mapper[Any]) -> bool:
    """Tell whether a statement has the union that *mapper* is read from unjoined.

    That is so of concrete inheritance and of `with_polymorphic` unions on SQLAlchemy
    2.0: the base's own table stands beside the union without a condition, so that each
    owner has the rows of all.
    """
    return (
        selects_union_beside_table
        and len(mapper.with_polymorphic_mappers) > 1
        and (
            any(mapped.concrete for mapped in mapper.self_and_descendants)
            or not isinstance(mapper.selectable, Table | Join)
        )
    )


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
def unmapped_discriminator(mapper: Mapper[Any]) -> tuple[Column[Any], ...]:
    """Return the column that tells classes apart, if *mapper* leaves just that out.

    As `include_properties` of a subclass may. SQLAlchemy then reads no rows of *mapper*
    unless the statement selects it beside.
    """
    column = mapper.polymorphic_on
    if not isinstance(column, Column) or column.table not in mapper.tables:
        return ()
    is_mapped = any(column in prop.columns for prop in mapper.column_attrs)
    return () if is_mapped else (column,)


@lru_cache(maxsize=1024)
def tables_of(mapper: Mapper[Any]) -> int:
    """Return how many tables a statement joins that selects *mapper*."""
    mappers = mapper.with_polymorphic_mappers or [mapper]
    return len({table for mapped in mappers for table in mapped.tables}) or 1


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
        if not isinstance(column, Column) and has_subquery(column)
    )


@lru_cache(maxsize=1024)
def indexable(mapper: Mapper[Any]) -> frozenset[str]:
    """Return the keys of the columns of *mapper* that have elements in SQL.

    Those are of JSON and of arrays. Their expressions have one for each number: who
    iterates over one never comes to an end.
    """
    return frozenset(
        prop.key
        for prop in mapper.column_attrs
        if isinstance(_stored(prop.columns[0].type), Indexable)
    )


def _stored(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    while isinstance(type_, TypeDecorator):
        type_ = type_.impl_instance
    return type_
