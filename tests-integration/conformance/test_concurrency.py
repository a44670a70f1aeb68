"""Many requests at once on PostgreSQL, each with a session of its own."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from anyio import CapacityLimiter, to_thread
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, sessionmaker

from ariadne_sqla import SerializedAsyncSession

from . import runner
from .case import Query
from .cases import everything

CASE = everything.CASES[0]
REQUESTS = 200

QUERIES = [
    *CASE.queries,
    *(
        Query(
            "query ($id: ID!) { person(id: $id) { name mentor { label }"
            " media { title tags { name } ... on Article { words } } } }",
            6,
            variables={"id": str(number)},
        )
        for generation in (100, 200, 300)
        for number in range(generation, generation + 5)  # the last one is missing
    ),
]


@pytest.fixture
def filled(database: Any) -> Any:
    everything.Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        for generation in (1, 2, 3):
            everything.seed(session, generation)
        session.commit()
    return database


def naive_answers(database: Any) -> list[runner.Answer]:
    sessions = sessionmaker(database.engine)
    schema = runner.naive_schema(CASE)
    return [runner.answer_sync(schema, query, sessions) for query in QUERIES]


def planned() -> list[tuple[int, Any]]:
    """Which query and which path each request takes."""
    schemas = list(runner.schemas(CASE).values())
    return [
        (number % len(QUERIES), schemas[number // len(QUERIES) % 2])
        for number in range(REQUESTS)
    ]


async def answer(schema: Any, query: Query, sessions: Callable[[], Any]) -> Any:
    async with sessions() as session:
        return await runner.response_async(schema, query, session)


async def check_all_answers(database: Any, engine: AsyncEngine) -> None:
    expected = naive_answers(database)
    sessions = async_sessionmaker(engine, class_=SerializedAsyncSession)
    requests = planned()
    responses = await asyncio.gather(
        *(answer(schema, QUERIES[number], sessions) for number, schema in requests)
    )
    for (number, _), response in zip(requests, responses, strict=True):
        assert "errors" not in response, response["errors"]
        query = QUERIES[number]
        assert runner.normalised(CASE, query, response["data"]) == runner.normalised(
            CASE, query, expected[number].data
        )
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # of a queue


@pytest.mark.parametrize("database", ["asyncpg"], indirect=True)
async def test_200_concurrent_requests_on_asyncpg(filled: Any) -> None:
    await check_all_answers(filled, filled.async_engine)


@pytest.mark.parametrize("database", ["psycopg"], indirect=True)
async def test_200_concurrent_requests_on_psycopg(filled: Any) -> None:
    engine = create_async_engine(filled.url)
    try:
        await check_all_answers(filled, engine)
    finally:
        await engine.dispose()


@pytest.mark.parametrize("database", ["psycopg"], indirect=True)
async def test_200_requests_in_threads_on_psycopg(filled: Any) -> None:
    expected = naive_answers(filled)
    sessions = filled.session_factory()
    requests = planned()

    def request(number: int, schema: Any) -> Any:
        with sessions() as session:
            return runner.response_sync(schema, QUERIES[number], session)

    threads = CapacityLimiter(20)
    responses = await asyncio.gather(
        *(
            to_thread.run_sync(request, number, schema, limiter=threads)
            for number, schema in requests
        )
    )
    for (number, _), response in zip(requests, responses, strict=True):
        assert "errors" not in response, response["errors"]
        query = QUERIES[number]
        assert runner.normalised(CASE, query, response["data"]) == runner.normalised(
            CASE, query, expected[number].data
        )
    assert filled.engine.pool.checkedout() == 0


@pytest.mark.parametrize("database", ["asyncpg"], indirect=True)
async def test_cancelled_requests_give_their_connections_back(filled: Any) -> None:
    engine = filled.async_engine
    sessions = async_sessionmaker(engine, class_=SerializedAsyncSession)
    requests = planned()
    tasks = [
        asyncio.create_task(answer(schema, QUERIES[number], sessions))
        for number, schema in requests
    ]

    async def cancel(steps: int, task: "asyncio.Task[Any]") -> None:
        """Let the loop turn so many times: each request is cut somewhere else."""
        for _ in range(steps * 10):
            await asyncio.sleep(0)
        task.cancel()

    await asyncio.gather(
        *(cancel(steps, task) for steps, task in enumerate(tasks) if steps % 2)
    )
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert any(isinstance(result, asyncio.CancelledError) for result in results)
    for result, (number, _) in zip(results, requests, strict=True):
        if not isinstance(result, BaseException):
            assert "errors" not in result, (QUERIES[number].document, result["errors"])
    assert engine.pool.checkedout() == 0
    (after,) = [await answer(requests[0][1], QUERIES[0], sessions)]
    assert "errors" not in after
