"""Fixtures shared by every package's tests.

Nothing here imports the project's packages: each package's own tests also run with
only that package installed.
"""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4

import pytest
from sqlalchemy import (
    URL,
    Engine,
    NullPool,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import sessionmaker
from sqlalchemy.schema import CreateSchema, DropSchema

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True)
class Driver:
    """How one database driver is reached, and what it needs."""

    sync_name: str
    """SQLAlchemy's name of the dialect and driver for tables and seed data."""
    async_name: str | None = None
    """The same for the sessions of the tests, where they are asynchronous."""
    modules: tuple[str, ...] = ()
    """What must be installed."""
    url_variable: str | None = None
    """The environment variable with the URL of a server, None for SQLite."""


POSTGRESQL = "SQLA_TEST_POSTGRESQL_URL"
MARIADB = "SQLA_TEST_MARIADB_URL"

DRIVERS = {
    "sqlite": Driver("sqlite"),
    "aiosqlite": Driver("sqlite", "sqlite+aiosqlite", ("aiosqlite", "greenlet")),
    "psycopg": Driver(
        "postgresql+psycopg", modules=("psycopg",), url_variable=POSTGRESQL
    ),
    "asyncpg": Driver(
        "postgresql+psycopg",
        "postgresql+asyncpg",
        ("asyncpg", "psycopg", "greenlet"),
        POSTGRESQL,
    ),
    "pymysql": Driver("mariadb+pymysql", modules=("pymysql",), url_variable=MARIADB),
    "aiomysql": Driver(
        "mariadb+pymysql",
        "mariadb+aiomysql",
        ("aiomysql", "pymysql", "greenlet"),
        MARIADB,
    ),
}


@dataclass(frozen=True)
class Database:
    """An empty database that only one test sees."""

    driver: str
    """One of sqlite, aiosqlite, psycopg, asyncpg, pymysql, aiomysql."""
    url: URL
    """With the driver of the sessions."""
    engine: Engine
    """Synchronous, whatever the driver: for tables and seed data."""
    async_engine: AsyncEngine | None
    """None where the driver is synchronous."""

    @property
    def is_async(self) -> bool:
        """Whether sessions are AsyncSession."""
        return self.async_engine is not None

    @property
    def counted_engine(self) -> Any:
        """The engine that the sessions use: an Engine or an AsyncEngine."""
        return self.async_engine or self.engine

    def session_factory(self, **options: Any) -> Any:
        """Return a sessionmaker, or an async_sessionmaker where sessions are async."""
        if self.async_engine is None:
            return sessionmaker(self.engine, **options)
        from sqlalchemy.ext.asyncio import async_sessionmaker

        return async_sessionmaker(self.async_engine, **options)


@pytest.fixture
def anyio_backend() -> str:
    """SQLAlchemy's asyncio support and aiodataloader run on asyncio only."""
    return "asyncio"


class Server:
    """Gives each test an empty database, on the server of a URL."""

    def __init__(self, url: URL) -> None:
        self._admin = create_engine(url, isolation_level="AUTOCOMMIT")
        self._is_postgresql = self._admin.dialect.name == "postgresql"
        self._made: set[str] = set()
        self._free: list[str] = []
        """Emptied, for the next test: PostgreSQL takes up to a second to make a
        database and to drop it, and milliseconds to empty one."""

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the name of a database that nobody else uses meanwhile."""
        name = self._free.pop() if self._free else self._make()
        try:
            yield name
        finally:
            if self._is_postgresql:
                self._empty(name)
                self._free.append(name)
            else:
                self._drop(name)

    def _make(self) -> str:
        name = f"sqla_test_{uuid4().hex}"
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
            self._made.add(name)
            if self._is_postgresql:
                # Of tables without statistics it expects much, and compiles statements
                # for a second that take a millisecond. Nor need it wait for the disk.
                for setting in ("jit", "synchronous_commit"):
                    change = f"ALTER DATABASE {name} SET {setting} = off"
                    connection.execute(text(change))
        return name

    def _empty(self, name: str) -> None:
        """Drop all that is in a database of PostgreSQL, and close who is there."""
        with self._admin.connect() as connection:
            left_open = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            connection.execute(text(f"{left_open} WHERE datname = '{name}'"))
        engine = create_engine(self._admin.url.set(database=name), poolclass=NullPool)
        with engine.begin() as connection:
            for schema in inspect(connection).get_schema_names():
                if schema != "information_schema":
                    connection.execute(DropSchema(schema, cascade=True))
            connection.execute(CreateSchema("public"))
            connection.execute(text("GRANT USAGE ON SCHEMA public TO PUBLIC"))

    def _drop(self, name: str) -> None:
        """Drop the database, also when a test that failed left a connection open."""
        self._made.remove(name)
        with self._admin.connect() as connection:
            if self._is_postgresql:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
                return
            left_open = connection.scalars(
                text("SELECT id FROM information_schema.processlist WHERE db = :name"),
                {"name": name},
            )
            for thread in left_open.all():
                # One that closes by itself meanwhile is an "Unknown thread id".
                with suppress(OperationalError):
                    connection.execute(text(f"KILL {thread}"))
            connection.execute(text(f"DROP DATABASE {name}"))

    def close(self) -> None:
        """Leave nothing on the server."""
        for name in list(self._made):
            self._drop(name)
        self._admin.dispose()


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[URL], Server]]:
    """Give the server of a URL."""
    found: dict[URL, Server] = {}

    def server_of(url: URL) -> Server:
        if url not in found:
            found[url] = Server(url)
        return found[url]

    yield server_of
    for server in found.values():
        server.close()


@pytest.fixture(params=DRIVERS)
async def database(
    request: pytest.FixtureRequest,
    anyio_backend: str,
    servers: Callable[[URL], Server],
    tmp_path: Path,
) -> AsyncIterator[Database]:
    """An empty database of the test's own, once for each driver.

    Asynchronous, so that connections are closed in the event loop of the test that
    opened them.
    """
    driver = DRIVERS[request.param]
    if missing := [name for name in driver.modules if find_spec(name) is None]:
        _unavailable(f"{request.param}: {', '.join(missing)} not installed")
    if driver.url_variable is None:
        url = URL.create(driver.sync_name, database=str(tmp_path / "test.sqlite3"))
        async with _opened(request.param, driver, url) as opened:
            yield opened
        return
    if not (server_url := os.environ.get(driver.url_variable)):
        _unavailable(f"{request.param}: {driver.url_variable} is not set")
    url = make_url(server_url).set(drivername=driver.sync_name)
    with servers(url).database() as name:
        async with _opened(request.param, driver, url.set(database=name)) as opened:
            yield opened


@asynccontextmanager
async def _opened(name: str, driver: Driver, url: URL) -> AsyncIterator[Database]:
    engine = create_engine(url)
    _do_not_wait_for_the_disk(engine)
    if driver.async_name is None:
        yield Database(name, url, engine, None)
    else:
        from sqlalchemy.ext.asyncio import create_async_engine

        url = url.set(drivername=driver.async_name)
        async_engine = create_async_engine(url)
        _do_not_wait_for_the_disk(async_engine.sync_engine)
        yield Database(name, url, engine, async_engine)
        await async_engine.dispose()
    engine.dispose()


def _do_not_wait_for_the_disk(engine: Engine) -> None:
    """Let SQLite leave it to the system when a file is written."""
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def connected(connection: Any, _: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.close()


def _unavailable(reason: str) -> NoReturn:
    """Skip the test, or fail it in CI, where every database has to be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.hookimpl(optionalhook=True)  # where pytest-xdist is not installed
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run tests that were named in this process, and all of them on each processor.

    A process of its own takes seconds to start: more than most tests that are named.
    """
    return None if config.args_source is config.ArgsSource.TESTPATHS else 0


def pytest_configure(config: pytest.Config) -> None:
    """Expect coroutines that nobody awaits of graphql-core 3.2.

    Where a non-null field fails at once it lets go of those of the fields beside it.
    They are found whenever garbage is, in whichever test that is.
    """
    if version("graphql-core").startswith("3.2."):
        names = r"(completed|ExecutionContext\..*)"
        line = f"ignore:coroutine '{names}' was never awaited:RuntimeWarning"
        config.addinivalue_line("filterwarnings", line)


def pytest_collection() -> None:
    """Find no garbage while tests are imported, as next to none is made."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the garbage collector pass by what the whole run needs: tests and models.

    It would go through all of that again and again, and whenever a test collects.
    """
    gc.enable()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Iterator[None]:
    """Let it pass by what the tests of a module leave, too: schemas and plans."""
    yield
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()
