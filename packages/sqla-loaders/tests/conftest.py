from contextlib import asynccontextmanager

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool


@pytest.fixture
def engine():
    engine = create_engine("sqlite://", poolclass=StaticPool)
    yield engine
    engine.dispose()


@pytest.fixture
def file_engine(tmp_path):
    """An engine on a file, which an AsyncEngine can open too."""
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")

    @event.listens_for(engine, "connect")
    def do_not_wait_for_the_disk(connection, _):
        connection.execute("PRAGMA synchronous = OFF")

    yield engine
    engine.dispose()


@asynccontextmanager
async def opened_async(file_engine):
    pytest.importorskip("aiosqlite")
    url = file_engine.url.set(drivername="sqlite+aiosqlite")
    engine = create_async_engine(url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def async_engine(file_engine):
    async with opened_async(file_engine) as engine:
        yield engine


@pytest.fixture(params=["Session", "AsyncSession"])
async def any_session(request, file_engine):
    """A session of each kind on the file, to be filled through `file_engine`."""
    if request.param == "Session":
        with Session(file_engine) as session:
            yield session
    else:
        async with opened_async(file_engine) as engine, AsyncSession(engine) as session:
            yield session
