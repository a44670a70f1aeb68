"""The session middlewares behind real servers: every connection comes back."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from ariadne import MutationType, QueryType, make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.wsgi import GraphQL as WSGIGraphQL
from sqlalchemy import text
from starlette.requests import Request

from ariadne_sqla.middleware import (
    SQLAlchemySessionMiddleware,
    SQLAlchemySessionWSGIMiddleware,
)

from .server import Address, Finished, serve

TYPE_DEFS = """
type Query {
  value: Int
  big: String
  fails: Int
  held: Int
  long: Int
}
type Mutation {
  uncommitted: Int
}
"""

LONG_STATEMENTS = {
    "aiosqlite": """
        WITH RECURSIVE n AS (SELECT 1 UNION ALL SELECT 1 FROM n LIMIT 5000000)
        SELECT count(*) FROM n
    """,
    "asyncpg": "SELECT pg_sleep(60)",
    "aiomysql": "SELECT SLEEP(60)",
}


class Schema:
    """A schema whose resolvers use the session of the request."""

    def __init__(self, driver: str) -> None:
        self.entered = asyncio.Event()
        self.release = asyncio.Event()
        query, mutation = QueryType(), MutationType()

        @query.field("value")
        async def resolve_value(_: Any, info: Any) -> Any:
            return await scalar(info, "SELECT 1")

        @query.field("big")
        async def resolve_big(_: Any, info: Any) -> Any:
            await scalar(info, "SELECT 1")
            return "x" * 10_000_000

        @query.field("fails")
        async def resolve_fails(_: Any, info: Any) -> Any:
            await scalar(info, "SELECT 1")
            msg = "No."
            raise LookupError(msg)

        @query.field("held")
        async def resolve_held(_: Any, info: Any) -> Any:
            value = await scalar(info, "SELECT 1")
            self.entered.set()
            await self.release.wait()
            return value

        @query.field("long")
        async def resolve_long(_: Any, info: Any) -> Any:
            return await scalar(info, LONG_STATEMENTS[driver])

        @mutation.field("uncommitted")
        async def resolve_uncommitted(_: Any, info: Any) -> Any:
            return await scalar(info, "INSERT INTO notes VALUES (1)")

        self.executable = make_executable_schema(TYPE_DEFS, query, mutation)


async def scalar(info: Any, sql: str) -> Any:
    result = info.context["session"].execute(text(sql))
    if asyncio.iscoroutine(result):
        result = await result
    return result.scalar() if result.returns_rows else result.rowcount


def get_context(request: Request, _data: Any) -> dict[str, Any]:
    return {"request": request, "session": request.state.session}


class Answering:
    """Outermost ASGI application: tells when so many answers have been begun."""

    def __init__(self, app: Any, answers: int) -> None:
        self.app = app
        self.left = answers
        self.event = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.left -= 1
                if self.left == 0:
                    self.event.set()
            await send(message)

        await self.app(scope, receive, answer)


async def post(address: Address, query: str) -> Any:
    host, port = address
    async with httpx.AsyncClient(timeout=30) as client:
        response = await client.post(f"http://{host}:{port}/", json={"query": query})
        return response.json()


async def send_only(address: Address, *queries: str) -> asyncio.StreamWriter:
    """Send requests on one connection and read no answer."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(address)
    # The limit stops the stream from reading what nobody asks it for.
    _, writer = await asyncio.open_connection(sock=client, limit=1024)
    for query in queries:
        body = json.dumps({"query": query}).encode()
        writer.write(
            b"POST / HTTP/1.1\r\nhost: localhost\r\n"
            b"content-type: application/json\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(body), body)
        )
    await writer.drain()
    return writer


def checked_out(database: Any) -> Any:
    return database.counted_engine.pool.checkedout()


def make_app(database: Any) -> tuple[Schema, Finished]:
    schema = Schema(database.driver)
    graphql = GraphQL(schema.executable, context_value=get_context)
    middleware = SQLAlchemySessionMiddleware(graphql, database.session_factory())
    return schema, Finished(middleware)


async def test_a_request_gives_its_connection_back(database: Any) -> None:
    _, app = make_app(database)
    async with serve(app) as address:
        assert await post(address, "{ value }") == {"data": {"value": 1}}
        await app.event.wait()

        assert checked_out(database) == 0


async def test_a_resolver_that_raises_gives_its_connection_back(database: Any) -> None:
    _, app = make_app(database)
    async with serve(app) as address:
        answer = await post(address, "{ fails }")
        await app.event.wait()

        assert answer["data"] == {"fails": None}
        assert answer["errors"][0]["message"] == "No."
        assert checked_out(database) == 0


async def test_what_a_request_does_not_commit_is_rolled_back(database: Any) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (id INTEGER)"))
    _, app = make_app(database)
    async with serve(app) as address:
        answer = await post(address, "mutation { uncommitted }")
        await app.event.wait()

    assert answer == {"data": {"uncommitted": 1}}
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM notes")) == 0


async def test_a_client_that_goes_away_leaves_no_connection(database: Any) -> None:
    schema, app = make_app(database)
    async with serve(app) as address:
        writer = await send_only(address, "{ held }")
        await schema.entered.wait()
        assert checked_out(database) == 1
        writer.transport.abort()
        await writer.wait_closed()
        schema.release.set()
        await app.event.wait()

        assert checked_out(database) == 0


async def test_a_client_that_does_not_read_holds_no_connection(database: Any) -> None:
    _, app = make_app(database)
    answering = Answering(app, 6)
    async with serve(answering, timeout_graceful_shutdown=0) as address:
        writers = [
            # uvicorn waits with the second answer until the first one is read.
            await send_only(address, "{ big }", "{ value }")
            for _ in range(3)
        ]
        await answering.event.wait()

        assert checked_out(database) == 0
        assert await post(address, "{ value }") == {"data": {"value": 1}}
        for writer in writers:
            writer.transport.abort()


async def test_a_server_that_stops_leaves_no_connection(database: Any) -> None:
    schema, app = make_app(database)
    async with serve(app, timeout_graceful_shutdown=0) as address:
        writer = await send_only(address, "{ held }")
        await schema.entered.wait()
        assert checked_out(database) == 1
    # uvicorn has cancelled the request, which ends in its own time.
    await app.event.wait()

    assert checked_out(database) == 0
    writer.close()


async def test_a_timeout_between_statements_leaves_no_connection(database: Any) -> None:
    schema, app = make_app(database)

    async def with_timeout(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await app(scope, receive, send)
        request = asyncio.create_task(app(scope, receive, send))
        await schema.entered.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        return await answer_timeout(send)

    async with serve(with_timeout) as address:
        assert await post(address, "{ held }") == "timeout"

        assert checked_out(database) == 0


@pytest.mark.parametrize("database", LONG_STATEMENTS, indirect=True)
async def test_a_timeout_in_a_statement_leaves_no_connection(database: Any) -> None:
    _, app = make_app(database)

    async def with_timeout(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await app(scope, receive, send)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(app(scope, receive, send), timeout=0.2)
        return await answer_timeout(send)

    async with serve(with_timeout) as address:
        assert await post(address, "{ long }") == "timeout"

        assert checked_out(database) == 0
        # The pool goes on to give out connections that work.
        app.event.clear()
        assert await post(address, "{ __typename }") == {
            "data": {"__typename": "Query"}
        }


async def answer_timeout(send: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 504, "headers": headers})
    await send({"type": "http.response.body", "body": b'"timeout"'})


async def test_concurrent_requests_have_sessions_of_their_own(database: Any) -> None:
    _, app = make_app(database)
    async with serve(app) as address:
        answers = await asyncio.gather(*(post(address, "{ value }") for _ in range(10)))

    assert answers == [{"data": {"value": 1}}] * 10
    assert checked_out(database) == 0


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        pass

    def get_stderr(self) -> Any:
        return io.StringIO()


SYNC_DRIVERS = ["sqlite", "psycopg", "pymysql"]


@contextmanager
def serve_one_request(app: Any) -> Iterator[Address]:
    """Run wsgiref's server in a thread; at the end, the request has been served."""
    server = make_server("127.0.0.1", 0, app, handler_class=QuietHandler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    try:
        yield server.server_address
    finally:
        thread.join()
        server.server_close()


def wsgi_app() -> WSGIGraphQL:
    query = QueryType()

    @query.field("value")
    def resolve_value(_: Any, info: Any) -> Any:
        return info.context["session"].scalar(text("SELECT 1"))

    @query.field("fails")
    def resolve_fails(_: Any, info: Any) -> int:
        info.context["session"].execute(text("SELECT 1"))
        msg = "No."
        raise LookupError(msg)

    return WSGIGraphQL(
        make_executable_schema(TYPE_DEFS, query),
        context_value=lambda environ, _data: {
            "session": environ["ariadne_sqla.session"]
        },
    )


@pytest.mark.parametrize("database", SYNC_DRIVERS, indirect=True)
async def test_a_wsgi_request_gives_its_connection_back(database: Any) -> None:
    app = SQLAlchemySessionWSGIMiddleware(wsgi_app(), database.session_factory())
    with serve_one_request(app) as address:
        assert await post(address, "{ value }") == {"data": {"value": 1}}

    assert checked_out(database) == 0


@pytest.mark.parametrize("database", SYNC_DRIVERS, indirect=True)
async def test_a_wsgi_resolver_that_raises_gives_its_connection_back(
    database: Any,
) -> None:
    app = SQLAlchemySessionWSGIMiddleware(wsgi_app(), database.session_factory())
    with serve_one_request(app) as address:
        answer = await post(address, "{ fails }")

    assert answer["errors"][0]["message"] == "No."
    assert checked_out(database) == 0


@pytest.mark.parametrize("database", SYNC_DRIVERS, indirect=True)
async def test_a_wsgi_application_that_raises_leaves_no_connection(
    database: Any,
) -> None:
    def app(environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        environ["ariadne_sqla.session"].execute(text("SELECT 1"))
        raise LookupError

    middleware = SQLAlchemySessionWSGIMiddleware(app, database.session_factory())
    with serve_one_request(middleware) as address:
        async with httpx.AsyncClient() as client:
            response = await client.get("http://{}:{}/".format(*address))

    assert response.status_code == 500
    assert checked_out(database) == 0


@pytest.mark.parametrize("database", SYNC_DRIVERS, indirect=True)
async def test_a_wsgi_client_that_goes_away_leaves_no_connection(database: Any) -> None:
    begun, gone = threading.Event(), threading.Event()

    def app(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        session = environ["ariadne_sqla.session"]
        start_response("200 OK", [("Content-Type", "text/plain")])
        while True:
            yield str(session.scalar(text("SELECT 1"))).encode() * 100_000
            begun.set()
            gone.wait()

    middleware = SQLAlchemySessionWSGIMiddleware(app, database.session_factory())
    with serve_one_request(middleware) as address:
        client = socket.create_connection(address)
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        client.recv(1000)
        await asyncio.to_thread(begun.wait)
        assert checked_out(database) == 1
        # An immediate reset, as when a machine is switched off.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        gone.set()

    assert checked_out(database) == 0
