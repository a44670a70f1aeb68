"""Rows for the tables of mapped classes: keys meet, and there are NULLs and duplicates.

They are made in memory first, table by table, so that a foreign key is that of a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Dialect
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.schema import Column, Table

from .tables import Link, circles_of, differing_columns, links_of
from .values import value_for

__all__ = ["MadeRows", "Row", "rows_for"]

Row = dict[str, Any]
_NULLS = 0.2
"""How many values are NULL where that is allowed."""
_OF_EACH_CLASS = 3
_MOST_CLASSES = 40


class MadeRows(NamedTuple):
    """Rows, and what they lack."""

    of: dict[Table, list[Row]]
    """By the keys of columns."""
    without_value: frozenset[Column[Any]]
    """Columns that have NULL in each row, as no value is known that they take."""


def rows_for(
    tables: Sequence[Table],
    mappers: Iterable[Mapper[Any]],
    dialect: Dialect,
    *,
    count: int = 10,
    seed: int = 1,
    refused: Mapping[Column[Any], int] = MappingProxyType({}),
) -> MadeRows:
    """Return rows for each table.

    Args:
        tables: Those that are referred to come first.
        mappers: The classes, for discriminators and keys of joined tables.
        dialect: What has to take the values.
        count: Rows of a table; more where it has rows of many classes.
        seed: Another one makes other rows.
        refused: How many kinds of values of a column its classes refuse to load.
    """
    random = Random(seed)  # noqa: S311
    return _Filler(tables, [*mappers], dialect, count, random, refused).fill()


class _Filler:
    """Fills tables, and keeps what later ones refer to."""

    def __init__(
        self,
        tables: Sequence[Table],
        mappers: list[Mapper[Any]],
        dialect: Dialect,
        count: int,
        random: Random,
        refused: Mapping[Column[Any], int],
    ) -> None:
        self.tables = tables
        self.mappers = mappers
        self.dialect = dialect
        self.count = count
        self.random = random
        self.refused = refused
        self.links = links_of(tables, mappers)
        self.rows: dict[Table, list[Row]] = {}
        self.places: dict[int, int] = {}
        """By the identity of a row, its place in the first table of its hierarchy."""
        self.without_value: set[Column[Any]] = set()
        self.classes: dict[Table, list[Mapper[Any]]] = {}
        """The class of each row of a root of a hierarchy."""
        self.differing = {
            table: {*differing_columns(table, mappers)} for table in tables
        }
        self.free: dict[Link, list[Row]] = {}
        """Rows that a link with unique columns may still lead to."""
        family = dict.fromkeys(
            one for mapper in mappers for one in mapper.iterate_to_root()
        )
        self.below = {
            mapper.local_table: mapper
            for mapper in family
            if mapper.inherits is not None
            and not mapper.single
            and not mapper.concrete
            and mapper.local_table is not mapper.inherits.local_table
        }
        """The tables that have the rest of rows of a subclass."""
        self.roots = {
            mapper.local_table: mapper
            for mapper in family
            if mapper.inherits is None or mapper.concrete
        }
        self.circles = circles_of(
            self.links,
            (
                (mapper.inherits.local_table, table)
                for table, mapper in self.below.items()
                if mapper.inherits is not None
            ),
        )

    def fill(self) -> MadeRows:
        """Return the rows of all tables."""
        for table in self.tables:
            if table in self.below:
                continue
            classes = self._classes(table)
            count = max(self.count, _OF_EACH_CLASS * len(classes))
            rows = self.rows[table] = []
            self.classes[table] = []
            for number in range(min(count, _OF_EACH_CLASS * _MOST_CLASSES)):
                row: Row = {}
                if classes:
                    mapper = classes[number % len(classes)]
                    self.classes[table].append(mapper)
                    row.update(_identity(mapper, table, self.random))
                self._complete(table, row, number)
                self.places[id(row)] = number
                rows.append(row)
        for table in self.tables:
            if table in self.below and table not in self.rows:
                self._fill_joined(table)
        followed: set[Table] = set()
        for table in self.tables:
            self._follow_links(table, followed)
        made = {table: _with_keys(table, rows) for table, rows in self.rows.items()}
        return MadeRows(made, frozenset(self.without_value))

    def _classes(self, table: Table) -> list[Mapper[Any]]:
        root = self.roots.get(table)
        if root is None:
            return []
        own = [
            mapper
            for mapper in root.self_and_descendants
            if mapper in self.mappers
            and not mapper.polymorphic_abstract
            and not (mapper.concrete and mapper is not root)
            and (mapper.polymorphic_identity is not None or root.polymorphic_on is None)
        ]
        return own or [root]

    def _fill_joined(self, table: Table) -> None:
        """Fill a table that has the rest of rows of a subclass."""
        mapper = self.below[table]
        assert mapper.inherits is not None
        above: Any = mapper.inherits.local_table
        if above in self.below and above not in self.rows:
            self._fill_joined(above)
        base, classes = self.rows.get(above, []), self.classes.get(above, [])
        pairs = [*_joined_pairs(mapper, table)]
        self.rows[table], self.classes[table] = [], []
        for number, (there, class_) in enumerate(zip(base, classes, strict=False)):
            if class_.isa(mapper):
                row = {here.key: there.get(key) for here, key in pairs}
                row |= _identity(class_, table, self.random)
                self._complete(table, row, number)
                self.places[id(row)] = self.places[id(there)]
                self.rows[table].append(row)
                self.classes[table].append(class_)

    def _complete(self, table: Table, row: Row, number: int) -> None:
        linked = {one for link in self.links[table] for one in link.columns}
        for column in table.columns:
            if column.key in row or column in linked or _is_made(column):
                continue
            differs = column in self.differing[table]
            if column.nullable and not differs and self.random.random() < _NULLS:
                row[column.key] = None
            else:
                row[column.key] = value = value_for(
                    column,
                    number,
                    self.random,
                    self.dialect,
                    differs=differs,
                    refused=self.refused.get(column, 0),
                )
                if value is None:
                    self.without_value.add(column)

    def _follow_links(self, table: Table, followed: set[Table]) -> None:
        """Let all rows of a table refer to others, which have what they refer to."""
        if table in followed:
            return
        followed.add(table)
        for link in self.links[table]:
            self._follow_links(link.table, followed)
        for link in self.links[table]:
            for number, row in enumerate(self.rows.get(table, ())):
                self._follow(table, link, row, number)

    def _follow(self, table: Table, link: Link, row: Row, number: int) -> None:
        """Let a row refer to another one, or to none.

        Of its own table to one before it, and so of tables that lead back to it, where
        that may be none: applications go up trees to the end.
        """
        if all(column.key in row for column in link.columns):
            return
        may_be_null = all(one.nullable and not one.primary_key for one in link.columns)
        there = self.rows.get(link.table, [])
        is_unique = any(one in self.differing[table] for one in link.columns)
        width = len(link.columns)
        is_unique = is_unique and (width == 1 or width == len(table.primary_key))
        if link.table is table:
            there = there[number - 1 : number] if is_unique else there[:number]
            there = there or ([] if may_be_null else [row])
        elif is_unique:
            if link not in self.free:
                self.free[link] = self.random.sample(there, len(there))
            there = self.free[link]
        if link.table in self.circles[table] and may_be_null:
            place = self.places[id(row)]
            there = [one for one in there if self.places[id(one)] < place]
        chosen: Row | None = None
        if there and not (may_be_null and self.random.random() < _NULLS):
            chosen = self.random.choice(there)
            if link in self.free:
                self.free[link] = [one for one in self.free[link] if one is not chosen]
        for column, target in zip(link.columns, link.targets, strict=True):
            if column.key not in row:
                row[column.key] = None if chosen is None else chosen.get(target.key)


def _identity(mapper: Mapper[Any], table: Table, random: Random) -> Row:
    """Return the discriminator of a row of the class, where *table* has it."""
    row: Row = {}
    for one in mapper.iterate_to_root():
        on = one.polymorphic_on
        if isinstance(on, Column):
            if on.table is table:
                row[on.key] = mapper.polymorphic_identity
        elif on is not None:
            values = [
                getattr(element, "value", None)
                for element in visitors.iterate(on)
                if element.__visit_name__ == "bindparam"
            ]
            for element in visitors.iterate(on):
                if isinstance(element, Column) and element.table is table and values:
                    row.setdefault(element.key, random.choice(values))
    return row


def _joined_pairs(
    mapper: Mapper[Any], table: Table
) -> Iterator[tuple[Column[Any], str]]:
    """Yield the columns that join a subclass's table, with the keys of their values."""
    for element in visitors.iterate(mapper.inherit_condition):
        if isinstance(element, BinaryExpression):
            sides: Any = (element.left, element.right)
            for here, there in (sides, sides[::-1]):
                if not isinstance(here, Column) or not isinstance(there, Column):
                    continue
                if here.table is table and there.table is not table:
                    yield here, there.key


def _is_made(column: Column[Any]) -> bool:
    """Tell whether the database makes the value."""
    if column.computed is not None:
        return True
    return column.identity is not None and bool(column.identity.always)


def _with_keys(table: Table, rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return the rows that have a primary key, each once."""
    names = [column.key for column in table.primary_key]
    found: dict[Any, Row] = {}
    for number, row in enumerate(rows):
        key = tuple(repr(row.get(name)) for name in names) or (number,)
        if all(row.get(name) is not None for name in names):
            found.setdefault(key, dict(row))
    return [*found.values()]
