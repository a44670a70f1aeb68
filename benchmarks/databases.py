"""Fresh databases to measure on, dropped afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import sessionmaker

from .blog import seed

POSTGRESQL_URL = os.environ.get("SQLA_TEST_POSTGRESQL_URL")

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


@dataclass(frozen=True)
class Database:
    """A seeded database, and how sessions on it are made."""

    kind: str
    """`sqlite` or `postgresql`."""
    url: URL
    engine: Engine | AsyncEngine
    """What contestants use, and what is counted."""

    @property
    def is_async(self) -> bool:
        return isinstance(self.engine, AsyncEngine)

    @cached_property
    def session_factory(self) -> Any:
        if isinstance(self.engine, AsyncEngine):
            return async_sessionmaker(self.engine, expire_on_commit=False)
        return sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Any]:
        """Open an ORM session, and close it."""
        async with _either(self.session_factory()) as session:
            yield session

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Open a Core connection, and close it."""
        async with _either(self.engine.connect()) as connection:
            yield connection


@asynccontextmanager
async def _either(context_manager: Any) -> AsyncIterator[Any]:
    if hasattr(context_manager, "__aenter__"):
        async with context_manager as value:
            yield value
    else:
        with context_manager as value:
            yield value


def connect(kind: str, url: URL, *, is_async: bool = False) -> Database:
    """Open a database that is seeded already."""
    if is_async:
        url = url.set(drivername=ASYNC_DRIVERS[kind])
        # As many connections as PostGraphile keeps: with fewer than there are requests
        # at once, connections are made and closed all the time.
        return Database(kind, url, create_async_engine(url, pool_size=10))
    return Database(kind, url, create_engine(url))


def unavailable(kind: str) -> str | None:
    """Say why there is no such database here."""
    if kind == "postgresql" and not POSTGRESQL_URL:
        return "SQLA_TEST_POSTGRESQL_URL is not set"
    return None


@contextmanager
def seeded(kind: str, fill: int | Callable[[Engine], None]) -> Iterator[Database]:
    """Make a database with that many posts, or what *fill* makes, and drop it."""
    with _created(kind) as url:
        database = connect(kind, url)
        assert isinstance(database.engine, Engine)
        try:
            if isinstance(fill, int):
                seed(database.engine, fill)
            else:
                fill(database.engine)
            yield database
        finally:
            database.engine.dispose()


@contextmanager
def _created(kind: str) -> Iterator[URL]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield URL.create("sqlite", database=str(Path(folder, "blog.sqlite3")))
        return
    assert POSTGRESQL_URL is not None
    server = make_url(POSTGRESQL_URL).set(drivername=DRIVERS[kind])
    name = f"bench_{uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.set(database=name)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        admin.dispose()
