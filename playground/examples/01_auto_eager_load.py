"""The eager path: one plan for the whole selection, a bounded number of statements.

Run it from the root of the repository and send it the query that it prints:

    hatch run example-01

It answers with one statement for the users, one for their posts and one for the
posts' tags, each of which it prints.
"""

import argparse
from typing import Any

import uvicorn
from ariadne import make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler
from sqlalchemy import Column, ForeignKey, Integer, String, Table, create_engine
from sqlalchemy.orm import DeclarativeBase, relationship, sessionmaker
from sqlalchemy.pool import StaticPool
from starlette.requests import Request

from ariadne_sqla import (
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    SQLAlchemySessionMiddleware,
)


class Base(DeclarativeBase):
    pass


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", Integer, ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", Integer, ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    username = Column(String)
    posts = relationship("Post", back_populates="author")


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    author_id = Column(Integer, ForeignKey("users.id"))
    author = relationship("User", back_populates="posts")
    tags = relationship("Tag", secondary=post_tags, back_populates="posts")


class Tag(Base):
    __tablename__ = "tags"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    posts = relationship("Post", secondary=post_tags, back_populates="tags")


type_defs = """
    type Query {
        users: [User!]!
        posts: [Post!]!
        tags: [Tag!]!
    }
    type User {
        id: ID!
        username: String!
        posts: [Post!]!
    }
    type Post {
        id: ID!
        title: String!
        author: User!
        tags: [Tag!]!
    }
    type Tag {
        id: ID!
        name: String!
        posts: [Post!]!
    }
"""

user_type = SQLAlchemyObjectType("User", User)
post_type = SQLAlchemyObjectType("Post", Post)
tag_type = SQLAlchemyObjectType("Tag", Tag)
query = SQLAlchemyQueryType([user_type, post_type, tag_type])

schema = make_executable_schema(type_defs, [query, user_type, post_type, tag_type])

# A database in memory belongs to its connection: StaticPool keeps it at one, which any
# thread may use.
engine = create_engine(
    "sqlite://",
    poolclass=StaticPool,
    connect_args={"check_same_thread": False},
)
SessionLocal = sessionmaker(engine, expire_on_commit=False)


def create_database() -> None:
    Base.metadata.create_all(engine)
    python, graphql, sql = (Tag(name=name) for name in ("python", "graphql", "sql"))
    with SessionLocal.begin() as session:
        session.add_all(
            [
                User(
                    username="amelie",
                    posts=[
                        Post(title="Hello, world", tags=[python]),
                        Post(title="Lookahead in GraphQL", tags=[graphql, sql]),
                    ],
                ),
                User(
                    username="bjorn",
                    posts=[Post(title="A tour of loader options", tags=[python, sql])],
                ),
                User(username="chiara"),
            ]
        )


async def get_context(request: Request, _data: Any) -> dict[str, Any]:
    return {"request": request, "session": request.state.session}


# The middleware opens a session for each request and closes it when that is over.
app = SQLAlchemySessionMiddleware(
    GraphQL(
        schema,
        context_value=get_context,
        http_handler=GraphQLHTTPHandler(),
    ),
    SessionLocal,
)

QUERY = "{ users { username posts { title tags { name } } } }"

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port

    create_database()
    engine.echo = True  # from here on, so that the statements are those of the queries
    print(
        f"""
    curl http://127.0.0.1:{port}/ -H 'Content-Type: application/json' \\
        -d '{{"query": "{QUERY}"}}'
""",
        flush=True,
    )
    uvicorn.run(app, port=port)
