"""Which columns an index leads, and the statement that makes one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Boolean, Engine, Enum, UniqueConstraint, inspect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import RelationshipProperty
from sqlalchemy.sql.compiler import IdentifierPreparer
from sqlalchemy.sql.schema import Column, Table

__all__ = ["Indexes", "columns_of_batch"]


class Indexes:
    """The indexes of the models' tables, and those of a database.

    Args:
        engine: The database, `None` to believe the models.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self._inspector = None if engine is None else inspect(engine)
        self._known: dict[Table, list[tuple[str, ...]]] = {}

    def lead(self, columns: Collection[Column[Any]]) -> bool:
        """Tell whether an index begins with *columns*, in any order.

        A column that has two or a few values is left to the database: an index of it
        alone would not be used.
        """
        if not columns or all(_has_few_values(column) for column in columns):
            return True
        table = next(iter(columns)).table
        if not isinstance(table, Table) or any(
            one.table is not table for one in columns
        ):
            return True
        names = {column.name for column in columns}
        return any(set(one[: len(names)]) == names for one in self._of(table))

    def _of(self, table: Table) -> list[tuple[str, ...]]:
        known = self._known.get(table)
        if known is None:
            known = [*_mapped(table), *self._real(table)]
            self._known[table] = known
        return known

    def _real(self, table: Table) -> Iterator[tuple[str, ...]]:
        if self._inspector is None or not self._inspector.has_table(
            table.name, table.schema
        ):
            return
        key = self._inspector.get_pk_constraint(table.name, table.schema)
        yield tuple(key["constrained_columns"])
        # SQLite's of a UNIQUE: it lists them with the others only if asked to.
        for index in self._inspector.get_indexes(
            table.name, table.schema, include_auto_indexes=True
        ):
            yield tuple(name for name in index["column_names"] if name)

    @staticmethod
    def statement(columns: Collection[Column[Any]]) -> str:
        """Return the `CREATE INDEX` for *columns* of one table."""
        preparer = IdentifierPreparer(DefaultDialect())
        first = next(iter(columns))
        names = [column.name for column in columns]
        name = preparer.quote("_".join(("ix", first.table.name, *names)))
        table = preparer.format_table(first.table)
        listed = ", ".join(preparer.quote(one) for one in names)
        return f"CREATE INDEX {name} ON {table} ({listed})"


def columns_of_batch(prop: RelationshipProperty[Any]) -> tuple[Column[Any], ...]:
    """Return the columns by which the rows of a relationship are found for owners.

    Those of the `secondary` where it has one, else those of the target; none where it
    joins by something else than columns of a foreign key.
    """
    pairs = prop.local_remote_pairs or ()
    if prop.secondary is not None:
        pairs = prop.synchronize_pairs
    remote: list[Any] = [column for _, column in pairs]
    is_foreign = all(isinstance(one, Column) and one.foreign_keys for one in remote)
    return tuple(remote) if is_foreign else ()


def _mapped(table: Table) -> Iterator[tuple[str, ...]]:
    """Yield the columns of what the models say has an index."""
    yield tuple(column.name for column in table.primary_key)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield tuple(column.name for column in constraint.columns)
    for index in table.indexes:
        yield tuple(one.name for one in index.expressions if isinstance(one, Column))
    for column in table.columns:
        if column.unique or column.index:
            yield (column.name,)


def _has_few_values(column: Column[Any]) -> bool:
    return isinstance(column.type, Boolean | Enum)
