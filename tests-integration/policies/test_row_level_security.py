"""PostgreSQL's own row-level security, with the viewer named for each transaction.

The session that a request's middleware makes knows who asks; no resolver does.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import websockets
from ariadne import graphql, graphql_sync, make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler, GraphQLTransportWSHandler
from ariadne.wsgi import GraphQL as WSGIGraphQL
from graphql import GraphQLSchema
from live.server import serve
from sqlalchemy import Column, ForeignKey, Integer, String, event, text
from sqlalchemy.orm import DeclarativeBase, Session, relationship
from starlette.requests import HTTPConnection

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    SQLAlchemySessionMiddleware,
    SQLAlchemySessionWSGIMiddleware,
)
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements

ROLE = "sqla_test_viewer"
"""No superuser: those see all rows."""


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
    posts = relationship("Post", back_populates="author", order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    author_id: Any = Column(ForeignKey("authors.id"))
    author = relationship(Author, back_populates="posts")


ROWS = f"""
    DO $$ BEGIN
      CREATE ROLE {ROLE};
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$;
    GRANT SELECT ON authors, posts TO {ROLE};
    ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
    CREATE POLICY posts_seen ON posts USING (
      author_id = NULLIF(current_setting('app.viewer', true), '')::int
    );
"""


class ViewerSession(Session):
    """A session whose transactions are those of `info["viewer"]`, the id of a user."""


@event.listens_for(ViewerSession, "after_begin")
def set_viewer(session: Session, _: Any, connection: Any) -> None:
    viewer = str(session.info.get("viewer") or "")
    connection.execute(text(f"SET LOCAL ROLE {ROLE}"))
    connection.execute(
        text("SELECT set_config('app.viewer', :viewer, true)"), {"viewer": viewer}
    )


SDL = """
    type Query { posts: [Post!]! authors: [Author!]! }
    type Author { id: ID! posts: [Post!]! }
    type Post { title: String }
"""
DOCUMENT = "{ posts { title } authors { id posts { title } } }"
VIEWERS = (1, 2, None, 1)


def make_schema(**options: Any) -> GraphQLSchema:
    types = [SQLAlchemyObjectType("Author", Author), SQLAlchemyObjectType("Post", Post)]
    return make_executable_schema(SDL, SQLAlchemyQueryType(types, **options), *types)


def answer_for(viewer: int | None) -> Any:
    seen = [{"title": f"post {viewer}"}] if viewer else []
    authors = [{"id": str(n), "posts": seen if n == viewer else []} for n in (1, 2)]
    return {"data": {"posts": seen, "authors": authors}}


@pytest.fixture
def posts(database: Any) -> Any:
    """The database, with a post for each of two authors, who see their own."""
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        for n in (1, 2):
            author = Author(id=n)
            author.posts.append(Post(id=n, title=f"post {n}"))
            session.add(author)
        session.execute(text(ROWS))
        session.commit()
    return database


def sessions_of(database: Any) -> Callable[..., Any]:
    """Return a factory of sessions whose transactions name the viewer."""
    made: Callable[..., Any] = database.session_factory(
        **{"sync_session_class" if database.is_async else "class_": ViewerSession}
    )
    return made


BOTH_KINDS = pytest.mark.parametrize("database", ["psycopg", "asyncpg"], indirect=True)


@BOTH_KINDS
async def test_each_transaction_sees_the_rows_of_its_viewer(posts: Any) -> None:
    schema, sessions = make_schema(), sessions_of(posts)
    for viewer in VIEWERS:
        session = sessions(info={"viewer": viewer})
        context = {"session": session, "loader_registry": LoaderRegistry(session)}
        data = {"query": DOCUMENT}
        if posts.is_async:
            _, result = await graphql(schema, data, context_value=context)
            await session.close()
        else:
            _, result = graphql_sync(schema, data, context_value=context)
            session.close()

        assert result == answer_for(viewer)


@BOTH_KINDS
async def test_the_middleware_makes_the_session_of_who_asks(posts: Any) -> None:
    sessions = sessions_of(posts)

    def session_of(scope: Any) -> Any:
        return sessions(info={"viewer": HTTPConnection(scope).headers.get("viewer")})

    graphql = GraphQL(
        make_schema(),
        context_value=get_context,
        http_handler=GraphQLHTTPHandler(extensions=[SQLAlchemyDataLoaderExtension]),
        websocket_handler=GraphQLTransportWSHandler(),
    )
    async with serve(SQLAlchemySessionMiddleware(graphql, session_of)) as address:
        host, port = address
        for viewer in VIEWERS:
            headers = {"viewer": str(viewer)} if viewer else {}
            with count_statements(posts.counted_engine) as statements:
                async with httpx.AsyncClient(headers=headers) as client:
                    data = {"query": DOCUMENT}
                    response = await client.post(f"http://{host}:{port}/", json=data)
            assert response.json() == answer_for(viewer)
            statements.expect(3 + OF_THE_VIEWER)

            with count_statements(posts.counted_engine) as statements:
                url = f"ws://{host}:{port}/"
                answer = await ask_by_websocket(url, DOCUMENT, headers)
            assert answer == answer_for(viewer)
            statements.expect(3 + OF_THE_VIEWER)


OF_THE_VIEWER = 2
"""Statements of `set_viewer` at the beginning of a transaction."""


def get_context(request: Any, _: Any) -> dict[str, Any]:
    return {"request": request, "session": request.state.session}


async def ask_by_websocket(url: str, document: str, headers: dict[str, str]) -> Any:
    """Return the answer to an operation that a WebSocket carries."""
    protocols: Any = ["graphql-transport-ws"]
    async with websockets.connect(
        url, subprotocols=protocols, additional_headers=headers
    ) as websocket:
        await websocket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await websocket.recv())["type"] == "connection_ack"
        message = {"type": "subscribe", "id": "1", "payload": {"query": document}}
        await websocket.send(json.dumps(message))
        return json.loads(await websocket.recv())["payload"]


@BOTH_KINDS
async def test_each_root_field_has_a_session_of_who_asks(posts: Any) -> None:
    sessions = sessions_of(posts)
    made = []

    def session_for(info: Any) -> Any:
        made.append(sessions(info={"viewer": info.context["viewer"]}))
        return made[-1]

    schema = make_schema(session_factory=session_for)
    for viewer in VIEWERS:
        session = sessions(info={"viewer": viewer})
        registry = LoaderRegistry(session)
        context = {"session": session, "loader_registry": registry, "viewer": viewer}
        data = {"query": DOCUMENT}
        with count_statements(posts.counted_engine) as statements:
            if posts.is_async:
                _, result = await graphql(schema, data, context_value=context)
            else:
                _, result = graphql_sync(schema, data, context_value=context)

        assert result == answer_for(viewer)
        assert not session.in_transaction()
        statements.expect(3 + 2 * OF_THE_VIEWER)

    assert len(made) == 2 * len(VIEWERS)


@pytest.mark.parametrize("database", ["psycopg"], indirect=True)
def test_the_wsgi_middleware_makes_the_session_of_who_asks(posts: Any) -> None:
    sessions = sessions_of(posts)

    def session_of(environ: dict[str, Any]) -> Any:
        return sessions(info={"viewer": environ.get("HTTP_VIEWER")})

    graphql = WSGIGraphQL(
        make_schema(),
        context_value=lambda environ, _: {"session": environ["ariadne_sqla.session"]},
        extensions=[SQLAlchemyDataLoaderExtension],
    )
    app: Any = SQLAlchemySessionWSGIMiddleware(graphql, session_of)
    with httpx.Client(transport=httpx.WSGITransport(app)) as client:
        for viewer in VIEWERS:
            headers = {"viewer": str(viewer)} if viewer else {}
            with count_statements(posts.engine) as statements:
                response = client.post(
                    "http://test/", json={"query": DOCUMENT}, headers=headers
                )

            assert response.json() == answer_for(viewer)
            statements.expect(3 + OF_THE_VIEWER)
