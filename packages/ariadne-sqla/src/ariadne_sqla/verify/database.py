"""A database to verify on: one of the tool's own, or somebody's, which is only read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, create_engine, event, func, inspect, select
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.schema import Column, Table

from sqla_selection import ConfigurationError

from .filling import drop_refused_rows, fill, hollow, refused_columns
from .report import NotAsked
from .rows import rows_for
from .tables import tables_of

__all__ = ["attach", "own_database", "reading_only", "rows_in"]


@contextmanager
def own_database(
    mappers: Sequence[Mapper[Any]],
    *,
    count: int = 10,
    seed: int = 1,
    not_asked: list[NotAsked] | None = None,
) -> Iterator[Engine]:
    """Give a SQLite database with rows for the classes, for as long as the block runs.

    A type that SQLite lacks is stored as it comes, and a row that it refuses is not
    there. Where a class refuses to load a value of a column, rows are made anew with
    values of another kind; with NULL, where there are no more. A row that a class does
    not load then is not there, either. Schemas are databases of their own.

    Args:
        mappers: The classes.
        count: Rows of a table; more where it has rows of many classes.
        seed: Another one makes other rows.
        not_asked: Is told which columns have NULL only, and which rows are missing.
    """
    tables = tables_of(mappers)
    refused: Counter[Column[Any]] = Counter()
    with TemporaryDirectory(prefix="ariadne-sqla-") as folder:
        while True:
            engine = _empty(Path(folder) / f"{refused.total()}", tables)
            made = rows_for(
                tables,
                mappers,
                engine.dialect,
                count=count,
                seed=seed,
                refused=refused,
            )
            without_rows = fill(engine, tables, made)
            more = refused_columns(engine, mappers) - made.without_value
            if not more:
                break
            engine.dispose()
            refused.update(more)
        told = [*hollow(made, without_rows), *drop_refused_rows(engine, mappers)]
        if not_asked is not None:
            not_asked += told
        yield engine
        engine.dispose()


def _empty(folder: Path, tables: Sequence[Table]) -> Engine:
    folder.mkdir()
    engine = create_engine(f"sqlite:///{folder / 'main.db'}")
    attach(engine, tables)
    return engine


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
