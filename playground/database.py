"""A database URL → an engine and a session factory, sync or async by its driver."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from anyio.to_thread import run_sync
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, sessionmaker

from sqla_loaders import SerializedAsyncSession

T = TypeVar("T")

DEFAULT_FILE = Path(__file__).parent / "playground.sqlite3"
DEFAULT_URL = f"sqlite:///{DEFAULT_FILE}"

# What a URL without a driver means. SQLAlchemy's own choice differs between 2.0 and
# 2.1 for PostgreSQL, and is mysqlclient, which needs a compiler, for MariaDB.
DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mariadb": "mariadb+pymysql",
    "mysql": "mysql+pymysql",
}


class PlaygroundError(Exception):
    """What the person who started the playground can put right."""


def database_url(text: str | URL) -> URL:
    """Return the URL with its driver named, and with a charset that holds any text.

    Raises:
        PlaygroundError: SQLite in memory, which every connection would have its own of.
    """
    url = make_url(text)
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database in (None, "", ":memory:"):
        msg = (
            f"The playground cannot serve {str(text)!r}: a SQLite database in memory "
            "is gone with its connection. Name a file: sqlite:///blog.sqlite3."
        )
        raise PlaygroundError(msg)
    if backend in ("mariadb", "mysql") and "charset" not in url.query:
        url = url.update_query_dict({"charset": "utf8mb4"})
    return url


class Database:
    """One database: the engine, the sessions, and whether they are async."""

    engine: Engine | AsyncEngine
    session_factory: sessionmaker[Session] | async_sessionmaker[AsyncSession]

    def __init__(self, url: str | URL, *, echo: bool = False) -> None:
        self.url = database_url(url)
        self.is_async = self.url.get_dialect().is_async
        # Objects stay readable after a mutation's commit: its payload shows them. And
        # a connection that the server has closed meanwhile is made anew.
        if self.is_async:
            self.engine = create_async_engine(self.url, echo=echo, pool_pre_ping=True)
            self.session_factory = async_sessionmaker(
                self.engine, class_=SerializedAsyncSession, expire_on_commit=False
            )
        else:
            self.engine = create_engine(self.url, echo=echo, pool_pre_ping=True)
            self.session_factory = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def sync_engine(self) -> Engine:
        """The engine whose events are those of every statement."""
        engine = self.engine
        return engine.sync_engine if isinstance(engine, AsyncEngine) else engine

    @property
    def backend(self) -> str:
        """`sqlite`, `postgresql`, `mariadb` or `mysql`."""
        return self.url.get_backend_name()

    @property
    def driver(self) -> str:
        """The DBAPI's name as SQLAlchemy gives it: `pysqlite`, `asyncpg` and so on."""
        return self.engine.dialect.driver

    async def run(self, work: Callable[[Session], T]) -> T:
        """Return what *work* makes of a session, without holding up the event loop."""
        if isinstance(self.session_factory, async_sessionmaker):
            async with self.session_factory() as session:
                return await session.run_sync(work)
        sync_session_factory = self.session_factory

        def run_blocking() -> T:
            with sync_session_factory() as session:
                return work(session)

        return await run_sync(run_blocking)

    async def dispose(self) -> None:
        """Close the pool's connections."""
        if isinstance(self.engine, AsyncEngine):
            await self.engine.dispose()
        else:
            self.engine.dispose()
