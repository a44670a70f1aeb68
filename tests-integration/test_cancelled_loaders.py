"""A request that is cancelled while its loaders wait for the database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ariadne import make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler
from sqlalchemy import ForeignKey, NullPool, create_engine, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
)

from ariadne_sqla import (
    SerializedAsyncSession,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    SQLAlchemySessionMiddleware,
)

TYPE_DEFS = """
type Query {
  users: [User!]!
  manualUsers: [User!]!
}
type User {
  id: ID!
  firstPost: Post
  posts: [Post!]!
}
type Post {
  id: ID!
  author: User!
  comments: [Comment!]!
}
type Comment {
  id: ID!
}
"""


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list[Post]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
    comments: Mapped[list[Comment]] = relationship()


class Comment(Base):
    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))


LOCK = {
    "asyncpg": "LOCK TABLE comments IN ACCESS EXCLUSIVE MODE",
    "aiomysql": "LOCK TABLES comments WRITE",
}
WAITING = {
    "asyncpg": "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = "
    "l.database WHERE NOT l.granted AND d.datname = current_database()",
    "aiomysql": "SELECT count(*) FROM information_schema.processlist "
    "WHERE db = database() AND state LIKE 'Waiting for table%lock'",
}

QUERIES = {
    "the eager path": "{ users { posts { comments { id } } } }",
    "a prepared result": "{ manualUsers { posts { comments { id } } } }",
    "loaders below a list": "{ users { firstPost { comments { id } } } }",
    "sibling root fields": """
        {
          users { posts { comments { id } } }
          manualUsers { firstPost { comments { id } author { id } } }
          again: users { id }
        }
    """,
}


def make_app(session_factory: Any) -> Any:
    user = SQLAlchemyObjectType("User", User)
    post = SQLAlchemyObjectType("Post", Post)
    comment = SQLAlchemyObjectType("Comment", Comment)
    query = SQLAlchemyQueryType([user, post, comment])

    @query.field("manualUsers")
    async def resolve_manual_users(_: Any, info: Any) -> Any:
        session: AsyncSession = info.context["session"]
        return (await session.scalars(select(User))).all()

    @user.field("firstPost")
    async def resolve_first_post(parent: User, info: Any) -> Any:
        session: AsyncSession = info.context["session"]
        stmt = select(Post).where(Post.author_id == parent.id).limit(1)
        return (await session.scalars(stmt)).first()

    schema = make_executable_schema(TYPE_DEFS, query, user, post, comment)
    app = GraphQL(
        schema,
        context_value=lambda request, _data: {"session": request.state.session},
        http_handler=GraphQLHTTPHandler(extensions=[SQLAlchemyDataLoaderExtension]),
    )
    return SQLAlchemySessionMiddleware(app, session_factory)


@pytest.fixture
async def locked(database: Any) -> AsyncIterator[Any]:
    """A database in which statements on `comments` wait."""
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        for number in range(1, 4):
            comment = Comment(id=number)
            session.add(User(id=number, posts=[Post(id=number, comments=[comment])]))
        session.commit()
    # Of its own, as the lock ends with its connection.
    engine = create_engine(database.engine.url, poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(LOCK[database.driver]))
        yield database
    engine.dispose()


async def request(app: Any, query: str) -> Any:
    """Send one request to an ASGI application, and return what it answers."""
    sent = []
    body = json.dumps({"query": query}).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    await app({**scope, "query_string": b""}, receive, send)
    return json.loads(sent[-1]["body"])


async def wait_for_a_statement_to_wait(database: Any) -> None:
    with database.engine.connect() as connection:
        while not connection.scalar(text(WAITING[database.driver])):
            connection.rollback()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("database", LOCK, indirect=True)
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
async def test_a_cancelled_request_leaves_nothing_behind(
    locked: Any, query: str
) -> None:
    app = make_app(locked.session_factory(class_=SerializedAsyncSession))
    tasks_before = asyncio.all_tasks()
    task = asyncio.create_task(request(app, query))
    await wait_for_a_statement_to_wait(locked)
    assert locked.async_engine.pool.checkedout() == 1

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert locked.async_engine.pool.checkedout() == 0
    assert asyncio.all_tasks() == tasks_before
    answer = await request(app, "{ users { id } }")
    assert len(answer["data"]["users"]) == 3
    assert locked.async_engine.pool.checkedout() == 0
