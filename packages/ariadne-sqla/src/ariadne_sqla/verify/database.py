"""A database to verify on: one of the tool's own, or somebody's, which is only read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, create_engine, event, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapper
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.schema import Table

from sqla_selection import ConfigurationError

from .rows import Row, rows_for
from .tables import copy_without_types, tables_of

__all__ = ["attach", "own_database", "reading_only", "rows_in"]


@contextmanager
def own_database(
    mappers: Sequence[Mapper[Any]], *, count: int = 10, seed: int = 1
) -> Iterator[Engine]:
    """Give a SQLite database with rows for the classes, for as long as the block runs.

    A type that SQLite lacks is stored as it comes, and a row that it refuses is not
    there. Schemas are databases of their own.
    """
    tables = tables_of(mappers)
    with TemporaryDirectory(prefix="ariadne-sqla-") as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'main.db'}")
        attach(engine, tables)
        rows = rows_for(tables, mappers, engine.dialect, count=count, seed=seed)
        with engine.begin() as connection:
            for table in tables:
                _create(connection, table)
            for table in tables:
                _insert(connection, table, rows.get(table, []))
        yield engine
        engine.dispose()


def attach(engine: Engine, tables: Sequence[Table]) -> None:
    """Let each connection see a database for each schema of *tables*."""
    schemas = sorted({table.schema for table in tables if table.schema})
    folder = Path(engine.url.database or "").parent

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = OFF")
        for schema in schemas:
            file = folder / f"{schema}.db"
            cursor.execute(f"ATTACH DATABASE '{file}' AS \"{schema}\"")
        cursor.close()


@contextmanager
def reading_only(engine: Engine) -> Iterator[Engine]:
    """Let the database refuse whatever writes, for as long as the block runs.

    Raises:
        ConfigurationError: It is none that can be told so.
    """
    statements = {
        "sqlite": "PRAGMA query_only = ON",
        "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "mysql": "SET SESSION TRANSACTION READ ONLY",
        "mariadb": "SET SESSION TRANSACTION READ ONLY",
    }
    statement = statements.get(engine.dialect.name)
    if statement is None:
        msg = (
            f"A database of {engine.dialect.name!r} cannot be told to refuse writes. "
            "Verify on a copy of its rows in one of the tool's own."
        )
        raise ConfigurationError(msg)

    def connected(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()

    engine.dispose()
    event.listen(engine, "connect", connected)
    try:
        yield engine
    finally:
        event.remove(engine, "connect", connected)
        engine.dispose()


def rows_in(engine: Engine, tables: Sequence[Table]) -> int:
    """Return how many rows the tables have that are there."""
    inspector = inspect(engine)
    total = 0
    with engine.connect() as connection:
        for table in tables:
            if inspector.has_table(table.name, table.schema):
                counted = select(func.count()).select_from(table)
                total += connection.scalar(counted) or 0
    return total


def _create(connection: Any, table: Table) -> None:
    for one in (table, copy_without_types(table)):
        with suppress(SQLAlchemyError), connection.begin_nested():
            connection.execute(CreateTable(one))
            return


def _insert(connection: Any, table: Table, rows: Sequence[Row]) -> None:
    for row in rows:
        filled = {key: value for key, value in row.items() if value is not None}
        for one in (row, filled):
            # The application's own types may raise anything.
            with suppress(Exception), connection.begin_nested():
                connection.execute(table.insert(), one)
                break
