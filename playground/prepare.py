"""Make sure that the database holds the blog: seed it if it is empty, and only then."""

import asyncio
import os
import tempfile
from pathlib import Path

from sqlalchemy import (
    URL,
    Connection,
    Inspector,
    Table,
    Text,
    cast,
    func,
    inspect,
    select,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from .database import Database, PlaygroundError, database_url
from .models import Base
from .seed import Blog, insert_blog


def prepare_database(url: str | URL, *, scale: int = 1, seed: int = 1) -> bool:
    """Create the tables and seed them, if the database has no rows of ours.

    All rows are written in one transaction, and a new SQLite file gets its name only
    when it is complete: whatever interrupts this, the next start begins anew.

    Returns:
        Whether rows were written: False for a database that has some, which stays
        as it is.

    Raises:
        PlaygroundError: The database has tables of the same names that are not the
            playground's. Nothing was changed.
    """
    url = database_url(url)
    blog = Blog(scale, seed)
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database))
        if not file.exists():
            return _seed_new_file(url, file, blog)
    return _seed_if_empty(url, blog)


def _seed_new_file(url: URL, file: Path, blog: Blog) -> bool:
    if not file.parent.is_dir():
        msg = (
            f"There is no folder {str(file.parent)!r} to put the database in. Make it, "
            "or name another database by --database."
        )
        raise PlaygroundError(msg)
    with tempfile.TemporaryDirectory(
        prefix=f"{file.name}.seeding-", dir=file.parent
    ) as folder:
        unfinished = Path(folder) / file.name
        _seed_if_empty(url.set(database=str(unfinished)), blog)
        # A hard link, unlike a rename, never replaces what another start has put
        # there in the meantime.
        try:
            os.link(unfinished, file)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            unfinished.rename(file)
    return True


def _seed_if_empty(url: URL, blog: Blog) -> bool:
    database = Database(url)

    def work(connection: Connection) -> bool:
        if not _is_empty(connection):
            return False
        Base.metadata.create_all(connection)
        insert_blog(connection, blog)
        return True

    async def work_async(engine: AsyncEngine) -> bool:
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    if isinstance(database.engine, AsyncEngine):
        return asyncio.run(work_async(database.engine))
    try:
        with database.engine.begin() as connection:
            return work(connection)
    finally:
        database.engine.dispose()


def _is_empty(connection: Connection) -> bool:
    """Return whether no table of ours has a row; a missing one has none."""
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    ours = [table for table in Base.metadata.sorted_tables if table.name in present]
    for table in ours:
        _check_columns(inspector, table)
    for name in Base.metadata.tables.keys() - present:
        _check_free(connection, inspector, name)
    filled = [
        table.name
        for table in ours
        if connection.execute(select(table).limit(1)).first() is not None
    ]
    missing = Base.metadata.tables.keys() - present
    if filled and missing:
        msg = (
            f"The database has rows in {', '.join(sorted(filled))} but no table "
            f"{', '.join(sorted(missing))}: these are not the playground's tables, or "
            "those of another version of it. Nothing was changed. Name another "
            "database, or delete this one if the playground made it."
        )
        raise PlaygroundError(msg)
    return not filled


def _check_columns(inspector: Inspector, table: Table) -> None:
    found = {column["name"] for column in inspector.get_columns(table.name)}
    expected = set(table.c.keys())
    if found != expected:
        msg = (
            f"The database has a table {table.name!r} that is not the playground's, or "
            f"that of another version of it: expected the columns {sorted(expected)}, "
            f"found {sorted(found)}. Nothing was changed. Name another database, or "
            "delete this one if the playground made it."
        )
        raise PlaygroundError(msg)


def _check_free(connection: Connection, inspector: Inspector, name: str) -> None:
    """Check that no view, foreign table or type takes the name of a missing table."""
    kind = "view or a foreign table" if inspector.has_table(name) else None
    if kind is None and connection.dialect.name == "postgresql":
        # A table makes a type of its name there.
        type_ = connection.scalar(select(cast(func.to_regtype(name), Text)))
        kind = None if type_ is None else "type"
    if kind is not None:
        msg = (
            f"The database has a {kind} {name!r}, which is not the playground's: it "
            "would have a table of that name. Nothing was changed. Name another "
            "database."
        )
        raise PlaygroundError(msg)
