"""Operations over WebSockets, of a real server: none holds what it does not use."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from ariadne import SubscriptionType, make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import (
    GraphQLHTTPHandler,
    GraphQLTransportWSHandler,
    GraphQLWSHandler,
)
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
)

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    SQLAlchemySessionMiddleware,
)
from sqla_loaders.testing import count_statements

from .server import Address, Finished, serve


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    posts: Mapped[list[Post]] = relationship(order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(50))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


TYPE_DEFS = """
    type Query { users: [User!]! }
    type Subscription { users: [User!]! }
    type User { name: String! posts: [Post!]! }
    type Post { title: String! }
"""
QUERY = "{ users { name posts { title } } }"
SUBSCRIPTION = f"subscription {QUERY}"


class Blog:
    """An application whose subscription has an event for each new post."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.titles: asyncio.Queue[str] = asyncio.Queue()
        self.waiting = asyncio.Event()
        self.loading = asyncio.Event()
        self.ended = asyncio.Event()
        self.sessions: list[Any] = []
        self.holds = False
        Base.metadata.create_all(database.engine)
        self.write(User(id=1, name="ada"))
        subscription = SubscriptionType()
        subscription.set_source("users", self.events)
        subscription.set_field("users", self.resolve_users)
        bound = [SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Post", Post)]
        self.schema = make_executable_schema(
            TYPE_DEFS, subscription, SQLAlchemyQueryType(bound), *bound
        )

    def app(self, handler: Any) -> Any:
        graphql = GraphQL(
            self.schema,
            context_value=self.get_context,
            http_handler=GraphQLHTTPHandler(extensions=[SQLAlchemyDataLoaderExtension]),
            websocket_handler=handler(),
        )
        return SQLAlchemySessionMiddleware(graphql, self.database.session_factory())

    def write(self, *rows: Any) -> None:
        with Session(self.database.engine) as session:
            session.add_all(rows)
            session.commit()

    def get_context(self, request: Any, _data: Any) -> dict[str, Any]:
        self.sessions.append(request.state.session)
        return {"request": request, "session": request.state.session}

    async def events(self, *_: Any) -> AsyncGenerator[str, None]:
        try:
            while True:
                self.waiting.set()
                title = await self.titles.get()
                self.write(Post(title=title, author_id=1))
                yield title
        finally:
            self.ended.set()

    async def resolve_users(self, _: Any, info: Any) -> Any:
        rows = info.context["session"].scalars(select(User))
        users = (await rows if asyncio.iscoroutine(rows) else rows).all()
        if self.holds:
            self.loading.set()
            await asyncio.Event().wait()
        return users

    @property
    def checked_out(self) -> int:
        count: int = self.database.counted_engine.pool.checkedout()
        return count


@pytest.fixture
def blog(database: Any) -> Blog:
    return Blog(database)


@asynccontextmanager
async def connect(
    address: Address, protocol: Any = "graphql-transport-ws"
) -> AsyncIterator[Any]:
    host, port = address
    url = f"ws://{host}:{port}/"
    async with websockets.connect(url, subprotocols=[protocol]) as websocket:
        await websocket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await websocket.recv())["type"] == "connection_ack"
        yield websocket


async def start(websocket: Any, query: str, id_: str = "1") -> None:
    kind = "start" if websocket.subprotocol == "graphql-ws" else "subscribe"
    message = {"type": kind, "id": id_, "payload": {"query": query}}
    await websocket.send(json.dumps(message))


async def next_answer(websocket: Any) -> Any:
    while True:
        message = json.loads(await websocket.recv())
        if message["type"] in ("next", "data"):
            return message["payload"]
        assert message["type"] in ("ka", "complete"), message


def answer(*titles: str) -> Any:
    posts = [{"title": title} for title in titles]
    return {"data": {"users": [{"name": "ada", "posts": posts}]}}


PROTOCOLS = pytest.mark.parametrize(
    ("protocol", "handler"),
    [
        ("graphql-transport-ws", GraphQLTransportWSHandler),
        ("graphql-ws", GraphQLWSHandler),
    ],
    ids=["graphql-transport-ws", "graphql-ws"],
)


@PROTOCOLS
async def test_an_idle_websocket_holds_no_connection(
    blog: Blog, protocol: str, handler: Any
) -> None:
    app = Finished(blog.app(handler))
    async with serve(app) as address, connect(address, protocol) as websocket:
        for _ in range(2):
            await start(websocket, QUERY)
            assert await next_answer(websocket) == answer()
            assert blog.checked_out == 0

    assert len({*blog.sessions}) == 2


async def test_each_event_is_answered_from_the_rows_of_its_time(
    blog: Blog,
) -> None:
    app = Finished(blog.app(GraphQLTransportWSHandler))
    async with serve(app) as address:
        async with connect(address) as websocket:
            await start(websocket, SUBSCRIPTION)
            titles = []
            for title in ("one", "two", "three"):
                await blog.waiting.wait()
                assert blog.checked_out == 0
                blog.waiting.clear()
                titles.append(title)
                with count_statements(blog.database.counted_engine) as sent:
                    blog.titles.put_nowait(title)
                    assert await next_answer(websocket) == answer(*titles)
                selects = [one for one in sent if one.sql.startswith("SELECT")]
                assert len(selects) == 2
                assert blog.checked_out == 0
        await blog.ended.wait()


async def test_a_query_beside_a_subscription_has_its_own_session(
    blog: Blog,
) -> None:
    app = Finished(blog.app(GraphQLTransportWSHandler))
    async with serve(app) as address:
        async with connect(address) as websocket:
            await start(websocket, SUBSCRIPTION, "1")
            await blog.waiting.wait()
            blog.holds = True
            blog.titles.put_nowait("one")
            await blog.loading.wait()
            assert blog.checked_out == 1
            await start(websocket, QUERY, "2")
            assert await next_answer(websocket) == answer("one")

            assert blog.checked_out == 1
        await blog.ended.wait()
        await app.event.wait()

    assert blog.checked_out == 0


async def test_a_client_that_goes_away_in_an_event_leaves_no_connection(
    blog: Blog,
) -> None:
    blog.holds = True
    app = Finished(blog.app(GraphQLTransportWSHandler))
    async with serve(app) as address:
        async with connect(address) as websocket:
            await start(websocket, SUBSCRIPTION)
            blog.titles.put_nowait("one")
            await blog.loading.wait()
            assert blog.checked_out == 1
            websocket.transport.abort()
        await blog.ended.wait()
        await app.event.wait()

    assert blog.checked_out == 0
