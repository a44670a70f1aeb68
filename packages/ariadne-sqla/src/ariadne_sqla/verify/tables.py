"""Which tables mapped classes read, and which columns are there to meet others."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import LargeBinary, MetaData, UniqueConstraint
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.orm.interfaces import MANYTOONE, ONETOMANY
from sqlalchemy.schema import sort_tables
from sqlalchemy.sql import visitors
from sqlalchemy.sql.schema import Column, Table

__all__ = [
    "Link",
    "circles_of",
    "copy_without_types",
    "differing_columns",
    "links_of",
    "tables_of",
]


class Link(NamedTuple):
    """Columns of a table whose values are those of a row of another one."""

    columns: tuple[Column[Any], ...]
    targets: tuple[Column[Any], ...]

    @property
    def table(self) -> Any:
        """The table whose rows it leads to."""
        return self.targets[0].table


def tables_of(mappers: Iterable[Mapper[Any]]) -> list[Table]:
    """Return the tables that the classes and their relationships read.

    Those that others refer to come first, as far as they do not go round in circles.
    """
    found: dict[Table, None] = {}
    for mapper in mappers:
        read: list[Any] = [mapper.persist_selectable, mapper.local_table]
        read.append(mapper.selectable)
        for prop in mapper.relationships:
            read += [prop.secondary, prop.primaryjoin, prop.secondaryjoin]
            read.append(prop.entity.selectable)
        for column in mapper.column_attrs:
            read += column.columns
        for one in read:
            found.update(dict.fromkeys(_tables_in(one)))
    for table in [*found]:
        found.update(dict.fromkeys(_referred(table)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of circles
            return sort_tables(found)
    except SQLAlchemyError:  # one refers to a table that nobody defines
        return [*found]


def links_of(
    tables: Iterable[Table], mappers: Iterable[Mapper[Any]]
) -> dict[Table, list[Link]]:
    """Return what the columns of each table meet: by foreign keys, and by joins.

    A column is in one link at most.
    """
    links: dict[Table, list[Link]] = {table: [] for table in tables}
    linked: set[Column[Any]] = set()

    def add(pairs: Iterable[tuple[Any, Any]]) -> None:
        fitting = [
            (one, other)
            for one, other in pairs
            if isinstance(one, Column) and isinstance(other, Column)
            if one not in linked and one is not other
        ]
        if fitting and fitting[0][0].table in links and fitting[0][1].table in links:
            columns, targets = zip(*fitting, strict=True)
            links[columns[0].table].append(Link(columns, targets))
            linked.update(columns)

    for table in links:
        for constraint in sorted(table.foreign_key_constraints, key=_widest):
            with suppress(SQLAlchemyError):  # it refers to a table that nobody defines
                add((one.parent, one.column) for one in constraint.elements)
    joins = [
        _towards_key(pairs)
        for mapper in mappers
        for prop in mapper.relationships
        for pairs in _pairs_of(prop)
    ]
    for pairs in sorted(joins, key=len, reverse=True):
        add(pairs)
    return links


def _widest(constraint: Any) -> Any:
    """Order constraints, which are a set, so that a seed makes the same rows again."""
    return -len(constraint.elements), constraint.column_keys


def _towards_key(pairs: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return the pairs so that they lead to a key, where only one side is one.

    A join may call the key foreign that the other side refers to in truth, as in
    `Event.source_id == foreign(Source.id)`: rows of the key would want their values
    of rows that may not be there.
    """
    pairs = [*pairs]
    if _has_key(one for one, _ in pairs) and not _has_key(other for _, other in pairs):
        return [(other, one) for one, other in pairs]
    return pairs


def _has_key(columns: Iterable[Any]) -> bool:
    """Tell whether no two rows of a table may have the same values of *columns*."""
    given = {one for one in columns if isinstance(one, Column)}
    tables = {one.table for one in given if isinstance(one.table, Table)}
    return any(given.issuperset(key) for table in tables for key in keys_of(table))


def keys_of(table: Table) -> Iterator[list[Column[Any]]]:
    """Yield the columns of each key: values that no two rows share."""
    if len(table.primary_key) > 0:
        yield [*table.primary_key]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield [*constraint.columns]
    for index in table.indexes:
        if index.unique:
            columns = [one for one in index.expressions if isinstance(one, Column)]
            if len(columns) == len(index.expressions):
                yield columns
    for column in table.columns:
        if column.unique:
            yield [column]


def differing_columns(
    table: Table, mappers: Iterable[Mapper[Any]]
) -> Iterator[Column[Any]]:
    """Yield columns whose values should all differ.

    Those of keys, also of one that only the mapping knows; those that collections are
    ordered by, so that there is one order; and those of the only row of an owner, so
    that there is one.
    """
    for key in keys_of(table):
        yield from key
    for mapper in mappers:
        for column in mapper.primary_key:
            if isinstance(column, Column) and column.table is table:
                yield column
        for prop in mapper.relationships:
            for clause in prop.order_by or ():
                for one in visitors.iterate(clause):
                    if isinstance(one, Column) and one.table is table:
                        yield one
            if not prop.uselist and prop.direction is ONETOMANY:
                for _, remote in prop.local_remote_pairs or ():
                    if isinstance(remote, Column) and remote.table is table:
                        yield remote


def circles_of(
    links: Mapping[Table, Iterable[Link]], hierarchies: Iterable[tuple[Any, Any]]
) -> dict[Table, set[Table]]:
    """Return by table those that it leads to, and that lead back to it.

    Args:
        links: What the columns of each table meet.
        hierarchies: Pairs of tables of which the second has the rest of rows of the
            first.
    """
    ahead = {table: {link.table for link in links[table]} for table in links}
    for above, below in hierarchies:
        if above in ahead and below in ahead:
            ahead[above].add(below)
            ahead[below].add(above)
    reached: dict[Table, set[Table]] = {}
    for table in links:
        found = reached[table] = set()
        to_follow = [*ahead[table]]
        while to_follow:
            one = to_follow.pop()
            if one not in found:
                found.add(one)
                to_follow += ahead[one]
    return {
        table: {one for one in found if table in reached[one]}
        for table, found in reached.items()
    }


def _pairs_of(prop: RelationshipProperty[Any]) -> Iterator[Iterable[tuple[Any, Any]]]:
    """Yield pairs of a column that refers, and what it refers to."""
    if prop.secondary is not None:
        yield [(remote, local) for local, remote in prop.synchronize_pairs]
        if prop.secondary_synchronize_pairs:
            yield [(there, here) for here, there in prop.secondary_synchronize_pairs]
    elif prop.direction is MANYTOONE:
        yield prop.local_remote_pairs or ()
    else:
        yield [(remote, local) for local, remote in prop.local_remote_pairs or ()]


def _tables_in(clause: Any) -> Iterator[Table]:
    if clause is None:
        return
    for element in visitors.iterate(clause):
        for one in (element, getattr(element, "table", None)):
            if isinstance(one, Table):
                yield one


def _referred(table: Table) -> Iterator[Table]:
    seen, ahead = {table}, [table]
    while ahead:
        for key in ahead.pop().foreign_keys:
            with suppress(SQLAlchemyError):
                other = key.column.table
                if isinstance(other, Table) and other not in seen:
                    seen.add(other)
                    ahead.append(other)
                    yield other


def copy_without_types(table: Table) -> Table:
    """Return a table of the same names for a database that lacks its types."""
    columns = [
        # BLOB is what SQLite keeps each value in as it comes.
        Column(column.name, LargeBinary, key=column.key)
        for column in table.columns
    ]
    return Table(table.name, MetaData(), *columns, schema=table.schema)
