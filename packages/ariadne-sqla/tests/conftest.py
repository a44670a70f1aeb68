import pytest
from ariadne import graphql, graphql_sync
from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from ariadne_sqla import executors
from ariadne_sqla.finished_json import finished_json
from sqla_loaders import LoaderRegistry


@pytest.fixture
def engine(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")

    @event.listens_for(engine, "connect")
    def do_not_wait_for_the_disk(connection, _):
        connection.execute("PRAGMA synchronous = OFF")

    yield engine
    engine.dispose()


@pytest.fixture
async def async_engine(engine):
    pytest.importorskip("aiosqlite")
    async_engine = create_async_engine(engine.url.set(drivername="sqlite+aiosqlite"))
    yield async_engine
    await async_engine.dispose()


@pytest.fixture(params=["graphql_sync", "graphql", "AsyncSession"])
async def execute(request, engine, async_engine):
    """Execute a document in each way: gives data and errors.

    Without an event loop, under one with a `Session`, and with an `AsyncSession`.
    """
    if request.param == "AsyncSession":
        session = AsyncSession(async_engine)
        close = session.close
    else:
        session = Session(engine)

        async def close():
            session.close()

    async def execute(schema, document, /, *, context=None, **options):
        if context is None:
            context = {"session": session, "loader_registry": LoaderRegistry(session)}
        data = {"query": document, "variables": options.pop("variables", None)}
        options["context_value"] = context
        if request.param == "graphql_sync":
            _, result = graphql_sync(schema, data, **options)
        else:
            _, result = await graphql(schema, data, **options)
        return result

    execute.session = session
    execute.engine = async_engine if request.param == "AsyncSession" else engine
    execute.way = request.param
    yield execute
    await close()


@pytest.fixture
def by_objects(monkeypatch):
    """Answer root fields by objects: what the database finishes is not completed."""
    left = [one for one in executors.EXECUTORS if one is not finished_json]
    monkeypatch.setattr(executors, "EXECUTORS", tuple(left))
