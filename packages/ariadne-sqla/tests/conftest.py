import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from ariadne import graphql, graphql_sync
from graphql import GraphQLSchema
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from ariadne_sqla import (
    SQLAlchemyDebugExtension,
    SQLAlchemyExecutionContext,
    executors,
)
from ariadne_sqla.finished_json import finished_json
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")

    @event.listens_for(engine, "connect")
    def do_not_wait_for_the_disk(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    yield engine
    engine.dispose()


@pytest.fixture
async def async_engine(engine: Engine) -> AsyncIterator[AsyncEngine]:
    pytest.importorskip("aiosqlite")
    async_engine = create_async_engine(engine.url.set(drivername="sqlite+aiosqlite"))
    yield async_engine
    await async_engine.dispose()


@pytest.fixture(params=["graphql_sync", "graphql", "AsyncSession"])
async def execute(
    request: pytest.FixtureRequest, engine: Engine, async_engine: AsyncEngine
) -> AsyncIterator[Any]:
    """Execute a document in each way: gives data and errors.

    Without an event loop, under one with a `Session`, and with an `AsyncSession`.
    """
    on_async = request.param == "AsyncSession"
    session = AsyncSession(async_engine) if on_async else Session(engine)

    async def execute(
        schema: GraphQLSchema, document: str, /, *, context: Any = None, **options: Any
    ) -> dict[str, Any]:
        if context is None:
            context = {"session": session, "loader_registry": LoaderRegistry(session)}
        data = {"query": document, "variables": options.pop("variables", None)}
        options["context_value"] = context
        if request.param == "graphql_sync":
            _, result = graphql_sync(schema, data, **options)
        else:
            _, result = await graphql(schema, data, **options)
        return result

    execute.session = session  # type: ignore[attr-defined]
    execute.engine = async_engine if on_async else engine  # type: ignore[attr-defined]
    execute.way = request.param  # type: ignore[attr-defined]
    yield execute
    if isinstance(session, AsyncSession):
        await session.close()
    else:
        session.close()


@pytest.fixture
def both(execute: Any, request: pytest.FixtureRequest) -> Any:
    """Execute a document as ever, and with what takes JSON: gives both results.

    They are the same. On the schema that `bound` of the module makes, if none is given.
    """

    async def both(
        document: str, schema: GraphQLSchema | None = None, **options: Any
    ) -> dict[str, Any]:
        schema = schema or request.module.bound()
        execute.session.expunge_all()
        usual = await execute(schema, document, **options)
        execute.session.expunge_all()
        counting = count_statements(execute.engine)
        with counting as both.statements:  # type: ignore[attr-defined]
            result: dict[str, Any] = await execute(
                schema,
                document,
                execution_context_class=SQLAlchemyExecutionContext,
                extensions=[SQLAlchemyDebugExtension()],
                **options,
            )
        debug = result.pop("extensions")["sqla"]
        both.why = [one.get("why", "") for one in debug["fields"]]  # type: ignore[attr-defined]
        assert json.dumps(result) == json.dumps(usual)
        return result

    return both


@pytest.fixture
def by_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer root fields by objects: what the database finishes is not completed."""
    left = [one for one in executors.EXECUTORS if one is not finished_json]
    monkeypatch.setattr(executors, "EXECUTORS", tuple(left))
