from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    yield engine
    engine.dispose()


@pytest.fixture
def file_engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine on a file, which an AsyncEngine can open too."""
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")

    @event.listens_for(engine, "connect")
    def do_not_wait_for_the_disk(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    yield engine
    engine.dispose()


@asynccontextmanager
async def opened_async(file_engine: Engine) -> AsyncIterator[AsyncEngine]:
    pytest.importorskip("aiosqlite")
    url = file_engine.url.set(drivername="sqlite+aiosqlite")
    engine = create_async_engine(url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def async_engine(file_engine: Engine) -> AsyncIterator[AsyncEngine]:
    async with opened_async(file_engine) as engine:
        yield engine


@pytest.fixture(params=["Session", "AsyncSession"])
async def any_session(
    request: pytest.FixtureRequest, file_engine: Engine
) -> AsyncIterator[Session | AsyncSession]:
    """A session of each kind on the file, to be filled through `file_engine`."""
    if request.param == "Session":
        with Session(file_engine) as session:
            yield session
    else:
        async with opened_async(file_engine) as engine, AsyncSession(engine) as session:
            yield session
