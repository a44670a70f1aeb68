"""Ariadne's guide to its SQLAlchemy integration, followed sentence by sentence.

The code is the guide's own, but for the import: `ariadne.contrib.sqlalchemy` is
`ariadne_sqla`. What the guide says of it is what the tests assert, on every driver,
and also where the original does not do what its guide says.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler
from ariadne.types import Extension, ExtensionList
from ariadne.wsgi import GraphQL as WSGIGraphQL
from sqlalchemy import MetaData, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

import ariadne_sqla
from ariadne_sqla import (
    LoaderRegistry,
    SerializedAsyncSession,
    SQLAlchemyDataLoader,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    SQLAlchemySessionMiddleware,
    SQLAlchemySessionWSGIMiddleware,
)
from sqla_loaders.testing import Statements, count_statements

# --- The Quick Start, in the guide's order ---------------------------------------

IMPORTS = """
from ariadne import make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler
from ariadne_sqla import (
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)
from sqlalchemy import Column, ForeignKey, Integer, String, Table, create_engine
from sqlalchemy.orm import Session, declarative_base, relationship, sessionmaker
"""

MODELS = """
Base = declarative_base()

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
"""

TYPE_DEFS = '''
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
'''

TYPES = """
user_type = SQLAlchemyObjectType("User", User)
post_type = SQLAlchemyObjectType("Post", Post)
tag_type = SQLAlchemyObjectType("Tag", Tag)
"""

QUERY = """
query = SQLAlchemyQueryType([user_type, post_type, tag_type])
"""

SCHEMA = """
schema = make_executable_schema(type_defs, [query, user_type, post_type, tag_type])
"""

SESSIONS = """
engine = create_engine("sqlite:///db.sqlite3")
SessionLocal = sessionmaker(engine, expire_on_commit=False)
"""

CONTEXT = """
async def get_context(request, _data):
    return {"request": request, "session": SessionLocal()}
"""

APP = """
app = GraphQL(
    schema,
    context_value=get_context,
    http_handler=GraphQLHTTPHandler(),
)
"""

QUICK_START = (
    IMPORTS + MODELS + TYPE_DEFS + TYPES + QUERY + SCHEMA + SESSIONS + CONTEXT + APP
)

# --- Custom resolvers and DataLoaders ---------------------------------------------

EXTENSION_APP = """
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler
from ariadne_sqla import SQLAlchemyDataLoaderExtension

app = GraphQL(
    schema,
    context_value=get_context,  # only puts "session" in context now
    http_handler=GraphQLHTTPHandler(extensions=[SQLAlchemyDataLoaderExtension]),
)
"""

PUBLISHED_POSTS = """
@query.field("publishedPosts")
def resolve_published_posts(_, info):
    session = info.context["session"]
    stmt = select(Post).where(Post.is_published)
    return session.execute(stmt).scalars().unique().all()
"""

# The guide has this resolver for a Session only: an AsyncSession has to be awaited.
PUBLISHED_POSTS_ASYNC = PUBLISHED_POSTS.replace("def ", "async def ").replace(
    "session.execute(stmt)", "(await session.execute(stmt))"
)

# What the guide leaves to the reader: a column, its field, and an import.
IMPORTS_PUBLISHED = IMPORTS + "from sqlalchemy import Boolean, select\n"
MODELS_PUBLISHED = MODELS.replace(
    "    title = Column(String)\n",
    "    title = Column(String)\n    is_published = Column(Boolean)\n",
)
TYPE_DEFS_PUBLISHED = TYPE_DEFS.replace(
    "    posts: [Post!]!\n    tags",
    "    posts: [Post!]!\n    publishedPosts: [Post!]!\n    tags",
)

PUBLISHED_QUERY = """
{
    publishedPosts {
        title
        author { username }
        tags { name }
    }
}
"""

SYNCHRONOUS = pytest.mark.parametrize(
    "database", ["sqlite", "psycopg", "pymysql"], indirect=True
)
ONE_DATABASE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

ANN, BEN = {"username": "ann"}, {"username": "ben"}
PYTHON, GRAPHQL, SQL = {"name": "python"}, {"name": "graphql"}, {"name": "sql"}

PUBLISHED = [
    {"title": "First", "author": ANN, "tags": [PYTHON]},
    {"title": "Fourth", "author": BEN, "tags": []},
    {"title": "Third", "author": BEN, "tags": [GRAPHQL, SQL]},
]
"""The answer to `PUBLISHED_QUERY`."""


class Answer:
    """A response, and the statements that it took."""

    def __init__(self, body: Any, statements: Statements) -> None:
        self.statements = statements
        self.errors = [error["message"] for error in body.get("errors", [])]
        self._body = body

    @property
    def data(self) -> Any:
        """The data, its lists sorted: without ORDER BY their order is not given."""
        return in_one_order(self._body["data"])

    def expect(self, data: Any, statements: int) -> None:
        assert self.errors == []
        assert self.data == in_one_order(data)
        self.statements.expect(statements)


def in_one_order(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(map(in_one_order, value), key=json.dumps)
    if isinstance(value, dict):
        return {key: in_one_order(item) for key, item in value.items()}
    return value


class Guide:
    """The names that the guide's code has defined so far, and a database for them."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.sessions: list[Any] = []
        self.names: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return self.names[name]

    def run(self, *code: str) -> None:
        for part in code:
            exec(part, self.names)  # noqa: S102 - the guide's own code, from above

    def run_quick_start(
        self,
        *,
        models: str | None = None,
        type_defs: str | None = None,
        types: str = TYPES,
        query: str = QUERY,
        published: bool = False,
    ) -> None:
        """Run the Quick Start on the test's database, with parts of it replaced.

        Args:
            models: In place of the guide's models.
            type_defs: In place of the guide's type definitions.
            types: In place of the guide's object types.
            query: In place of the guide's query type.
            published: With `publishedPosts`, as the second half of the guide has it.
        """
        self.run(
            IMPORTS_PUBLISHED if published else IMPORTS,
            models or (MODELS_PUBLISHED if published else MODELS),
            type_defs or (TYPE_DEFS_PUBLISHED if published else TYPE_DEFS),
            types,
            query,
        )
        if published:
            is_async = self.database.is_async
            self.run(PUBLISHED_POSTS_ASYNC if is_async else PUBLISHED_POSTS)
        self.run(SCHEMA)
        self.names["SessionLocal"] = self.opening()
        self.run(CONTEXT, APP)
        self.fill()

    def opening(self, **options: Any) -> Any:
        """Return what opens a session; the guide leaves closing it to the reader."""
        factory = self.database.session_factory(expire_on_commit=False, **options)

        def open_session() -> Any:
            session = factory()
            self.sessions.append(session)
            return session

        return open_session

    def fill(self) -> None:
        """Create the tables and a few rows."""
        create_tables(self.Base.metadata, self.database.engine)
        python, graphql, sql = (self.Tag(name=n) for n in ("python", "graphql", "sql"))
        ann, ben = self.User(username="ann"), self.User(username="ben")
        posts = [
            self.Post(title="First", author=ann, tags=[python]),
            self.Post(title="Second", author=ann, tags=[python, graphql]),
            self.Post(title="Third", author=ben, tags=[sql, graphql]),
            self.Post(title="Fourth", author=ben),
        ]
        if hasattr(self.Post, "is_published"):
            for post in posts:
                post.is_published = post.title != "Second"
        with Session(self.database.engine) as session:
            session.add_all([ann, ben, self.User(username="cid"), *posts])
            session.commit()

    async def ask(self, query: str, app: Any = None) -> Answer:
        """Send a query to the guide's app, or another, over HTTP."""
        transport = httpx.ASGITransport(app or self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://guide"
        ) as client:
            with count_statements(self.database.counted_engine) as statements:
                response = await client.post("/", json={"query": query})
        return Answer(response.json(), statements)

    async def close(self) -> None:
        for session in self.sessions:
            if (closing := session.close()) is not None:
                await closing


def create_tables(metadata: MetaData, engine: Any) -> None:
    """Create them on MariaDB too, whose VARCHAR must have a length."""
    copied = MetaData()
    for table in metadata.sorted_tables:
        for column in table.to_metadata(copied).columns:
            if isinstance(column.type, String):
                column.type = String(50)
    copied.create_all(engine)


@pytest.fixture
async def guide(database: Any) -> AsyncIterator[Guide]:
    guide = Guide(database)
    yield guide
    await guide.close()


def test_each_name_of_the_guide_is_importable() -> None:
    assert {
        "LoadStrategy",
        "LoaderRegistry",
        "SQLAlchemyDataLoader",
        "SQLAlchemyDataLoaderExtension",
        "SQLAlchemyObjectType",
        "SQLAlchemyQueryType",
        "auto_eager_load",
    } <= set(ariadne_sqla.__all__)


# --- Quick Start ------------------------------------------------------------------

USERS_QUERY = "{ users { username posts { title tags { name } } } }"
USERS = [
    {
        "username": "ann",
        "posts": [
            {"title": "First", "tags": [PYTHON]},
            {"title": "Second", "tags": [PYTHON, GRAPHQL]},
        ],
    },
    {
        "username": "ben",
        "posts": [
            {"title": "Third", "tags": [SQL, GRAPHQL]},
            {"title": "Fourth", "tags": []},
        ],
    },
    {"username": "cid", "posts": []},
]


async def test_quick_start_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(QUICK_START, names)  # noqa: S102 - the guide's own code, from above
    engine = names["engine"]
    guide = Guide(SimpleNamespace(engine=engine, counted_engine=engine))
    guide.names = names
    guide.fill()

    answer = await guide.ask(USERS_QUERY)

    answer.expect({"users": USERS}, statements=3)
    assert "db.sqlite3" in os.listdir()
    gc.collect()  # which is what closes the sessions of the guide
    engine.dispose()


async def test_quick_start_answers_on_every_driver(guide: Guide) -> None:
    guide.run_quick_start()

    users = await guide.ask(USERS_QUERY)
    posts = await guide.ask("{ posts { title author { username } tags { name } } }")
    tags = await guide.ask("{ tags { name posts { author { username } } } }")

    users.expect({"users": USERS}, statements=3)
    posts.expect(
        {
            "posts": [
                {"title": "First", "author": ANN, "tags": [PYTHON]},
                {"title": "Second", "author": ANN, "tags": [PYTHON, GRAPHQL]},
                {"title": "Third", "author": BEN, "tags": [SQL, GRAPHQL]},
                {"title": "Fourth", "author": BEN, "tags": []},
            ]
        },
        statements=2,
    )
    tags.expect(
        {
            "tags": [
                {**PYTHON, "posts": [{"author": ANN}, {"author": ANN}]},
                {**GRAPHQL, "posts": [{"author": ANN}, {"author": BEN}]},
                {**SQL, "posts": [{"author": BEN}]},
            ]
        },
        statements=2,
    )


async def test_eager_path_applies_joinedload_selectinload_and_load_only(
    guide: Guide,
) -> None:
    guide.run_quick_start()

    titles = await guide.ask("{ posts { title } }")
    authors = await guide.ask("{ posts { title author { username } } }")
    tags = await guide.ask("{ posts { tags { name } } }")

    titles.statements.expect(1)
    assert "posts.title" in titles.statements[0].sql
    assert "JOIN" not in titles.statements[0].sql
    authors.statements.expect(1)
    assert "LEFT OUTER JOIN users" in authors.statements[0].sql
    tags.statements.expect(2)
    assert "posts.title" not in tags.statements[0].sql
    assert " IN (" in tags.statements[1].sql


@ONE_DATABASE
async def test_context_may_come_from_a_plain_function(guide: Guide) -> None:
    guide.run_quick_start()
    guide.run(CONTEXT.replace("async def", "def"), APP)

    answer = await guide.ask("{ users { username } }")

    answer.expect({"users": [ANN, BEN, {"username": "cid"}]}, statements=1)


# --- Session requirements ---------------------------------------------------------


async def test_both_kinds_of_session_answer(guide: Guide) -> None:
    guide.run_quick_start()

    answer = await guide.ask("{ users { username } }")

    answer.expect({"users": [ANN, BEN, {"username": "cid"}]}, statements=1)
    [session] = guide.sessions
    assert isinstance(session, AsyncSession if guide.database.is_async else Session)


@SYNCHRONOUS
def test_synchronous_session_works_under_wsgi(database: Any) -> None:
    guide = Guide(database)
    guide.run_quick_start(published=True)
    app = SQLAlchemySessionWSGIMiddleware(
        WSGIGraphQL(
            guide.schema,
            context_value=lambda environ, _data: {
                "session": environ["ariadne_sqla.session"]
            },
            extensions=[SQLAlchemyDataLoaderExtension],
        ),
        database.session_factory(),
    )

    def ask(query: str) -> Answer:
        transport = httpx.WSGITransport(app)
        with (
            httpx.Client(transport=transport, base_url="http://guide") as client,
            count_statements(database.counted_engine) as statements,
        ):
            response = client.post("/", json={"query": query})
        return Answer(response.json(), statements)

    ask(USERS_QUERY).expect({"users": USERS}, statements=3)
    ask(PUBLISHED_QUERY).expect({"publishedPosts": PUBLISHED}, statements=3)


@pytest.mark.parametrize("serialized", [False, True])
async def test_sibling_root_fields_share_a_session(
    guide: Guide, serialized: bool
) -> None:
    """On an AsyncSession the original raises InvalidRequestError, as its guide says."""
    guide.run_quick_start()
    if serialized and guide.database.is_async:
        guide.names["SessionLocal"] = guide.opening(class_=SerializedAsyncSession)

    answer = await guide.ask(
        "{ users { username } posts { title author { username } } tags { name } }"
    )

    answer.expect(
        {
            "users": [ANN, BEN, {"username": "cid"}],
            "posts": [
                {"title": "First", "author": ANN},
                {"title": "Second", "author": ANN},
                {"title": "Third", "author": BEN},
                {"title": "Fourth", "author": BEN},
            ],
            "tags": [PYTHON, GRAPHQL, SQL],
        },
        statements=3,
    )
    assert len(guide.sessions) == 1


# --- Reading the session from somewhere other than context["session"] -------------

MY_QUERY_TYPE = """
class MyType(SQLAlchemyQueryType):
    @staticmethod
    def get_session_from_context(context):
        return context["request"].state.session

query = MyType([user_type, post_type])
"""


async def test_session_may_be_read_from_the_request(guide: Guide) -> None:
    guide.run_quick_start(query=MY_QUERY_TYPE)
    app = GraphQL(guide.schema, context_value=lambda request, _: {"request": request})

    answer = await guide.ask(
        USERS_QUERY, SQLAlchemySessionMiddleware(app, guide.SessionLocal)
    )

    answer.expect({"users": USERS}, statements=3)


@ONE_DATABASE
async def test_root_field_of_a_type_that_is_not_given_has_no_resolver(
    guide: Guide,
) -> None:
    """`MyType([user_type, post_type])` leaves out the tags."""
    guide.run_quick_start(query=MY_QUERY_TYPE)

    assert guide.schema.query_type.fields["posts"].resolve is not None
    assert guide.schema.query_type.fields["tags"].resolve is None


async def test_missing_session_is_a_runtime_error(guide: Guide) -> None:
    guide.run_quick_start()
    app = GraphQL(guide.schema, context_value={"nothing": None})

    answer = await guide.ask("{ users { username } }", app)

    [message] = answer.errors
    assert message.startswith("Session not found in context under key 'session'.")
    answer.statements.expect(0)
    with pytest.raises(RuntimeError, match="Session not found in context under key"):
        SQLAlchemyQueryType.get_session_from_context({})


@SYNCHRONOUS
async def test_extension_of_ones_own_may_open_and_close_the_session(
    database: Any,
) -> None:
    """The guide: cleanup is best handled via a custom Extension.

    Ariadne calls it synchronously, so it cannot wait for an AsyncSession to close.
    """
    guide = Guide(database)
    guide.run_quick_start(published=True)
    closed = []

    class SessionExtension(Extension):
        def request_started(self, context: Any) -> None:
            context["session"] = guide.SessionLocal()

        def request_finished(self, context: Any) -> None:
            context["session"].close()
            closed.append(context["session"])

    extensions: ExtensionList = [SessionExtension, SQLAlchemyDataLoaderExtension]
    app = GraphQL(
        guide.schema,
        context_value=lambda request, _: {"request": request},
        http_handler=GraphQLHTTPHandler(extensions=extensions),
    )

    answer = await guide.ask(PUBLISHED_QUERY, app)

    answer.expect({"publishedPosts": PUBLISHED}, statements=3)
    assert closed == guide.sessions
    assert database.engine.pool.checkedout() == 0


# --- Tuning per-type behaviour: aliases, strategies, max_depth --------------------


async def test_alias_of_a_column_is_loaded_as_the_column(guide: Guide) -> None:
    guide.run_quick_start(
        types=TYPES.replace(
            'SQLAlchemyObjectType("Post", Post)',
            'SQLAlchemyObjectType("Post", Post, aliases={"headline": "title"})',
        ),
        type_defs=TYPE_DEFS.replace("    title: String!", "    headline: String!"),
    )

    answer = await guide.ask("{ users { posts { headline } } }")

    answer.expect(
        {
            "users": [
                {"posts": [{"headline": "First"}, {"headline": "Second"}]},
                {"posts": [{"headline": "Third"}, {"headline": "Fourth"}]},
                {"posts": []},
            ]
        },
        statements=2,
    )
    assert "posts.title" in answer.statements[1].sql


WRITER_TYPES = TYPES.replace(
    'SQLAlchemyObjectType("Post", Post)',
    'SQLAlchemyObjectType("Post", Post, aliases={"writer": "author"})',
)
WRITER_TYPE_DEFS = TYPE_DEFS_PUBLISHED.replace(
    "    author: User!", "    author: User!\n    writer: User!"
)


async def test_alias_of_a_relationship_is_loaded_on_both_paths(guide: Guide) -> None:
    guide.run_quick_start(
        types=WRITER_TYPES, type_defs=WRITER_TYPE_DEFS, published=True
    )
    guide.run(EXTENSION_APP)

    eager = await guide.ask("{ posts { title writer { username } } }")
    fallback = await guide.ask("{ publishedPosts { title writer { username } } }")

    published = [
        {"title": "First", "writer": ANN},
        {"title": "Third", "writer": BEN},
        {"title": "Fourth", "writer": BEN},
    ]
    eager.expect({"posts": [*published, {"title": "Second", "writer": ANN}]}, 1)
    fallback.expect({"publishedPosts": published}, 2)


async def test_aliases_may_be_a_callable_that_is_called_when_the_schema_is_bound(
    guide: Guide,
) -> None:
    guide.names["calls"] = []
    guide.run(
        "def aliases():\n    calls.append(True)\n    return {'writer': 'author'}\n"
    )
    guide.run_quick_start(
        types=WRITER_TYPES.replace('{"writer": "author"}', "aliases")
        + "called_at_construction = bool(calls)\n",
        type_defs=WRITER_TYPE_DEFS,
        published=True,
    )

    answer = await guide.ask("{ posts { writer { username } } }")

    author = [{"writer": ANN}, {"writer": BEN}]
    answer.expect({"posts": author * 2}, statements=1)
    assert not guide.called_at_construction
    assert guide.calls == [True]


@pytest.mark.parametrize(
    ("strategy", "sql", "count"),
    [
        ("selectinload", "users.id IN", 2),
        ("joinedload", "JOIN users", 1),
        ("subqueryload", "AS anon_1", 2),
    ],
)
async def test_strategy_replaces_the_default_one(
    guide: Guide, strategy: str, sql: str, count: int
) -> None:
    guide.run_quick_start(
        types=f"from sqlalchemy.orm import {strategy}\n"
        + TYPES.replace(
            'SQLAlchemyObjectType("Post", Post)',
            f'SQLAlchemyObjectType("Post", Post, strategies={{"author": {strategy}}})',
        )
    )

    answer = await guide.ask("{ posts { title author { username } } }")

    answer.expect(
        {
            "posts": [
                {"title": "First", "author": ANN},
                {"title": "Second", "author": ANN},
                {"title": "Third", "author": BEN},
                {"title": "Fourth", "author": BEN},
            ]
        },
        statements=count,
    )
    assert sql in answer.statements[-1].sql


async def test_depth_defaults_to_three_levels(guide: Guide) -> None:
    guide.run_quick_start()

    three = await guide.ask("{ users { posts { tags { name } } } }")
    four = await guide.ask("{ users { posts { author { posts { title } } } } }")

    three.statements.expect(3)
    assert four.errors == ["Query depth 4 exceeds max_depth=3 (the default)."]
    four.statements.expect(0)


async def test_stricter_child_type_narrows_the_limit_and_is_named(
    guide: Guide,
) -> None:
    guide.run_quick_start(
        types=TYPES.replace(
            'SQLAlchemyObjectType("Post", Post)',
            'SQLAlchemyObjectType("Post", Post, max_depth=2)',
        )
    )

    answer = await guide.ask("{ users { posts { tags { name } } } }")

    assert answer.errors == ["Query depth 3 exceeds max_depth=2 (set by 'Post')."]


async def test_depth_error_leaves_sibling_root_fields_alone(guide: Guide) -> None:
    guide.run_quick_start(
        type_defs=TYPE_DEFS.replace("users: [User!]!", "users: [User!]")
    )

    answer = await guide.ask(
        "{ users { posts { author { posts { title } } } } tags { name } }"
    )

    assert answer.errors == ["Query depth 4 exceeds max_depth=3 (the default)."]
    assert answer.data == in_one_order({"users": None, "tags": [PYTHON, GRAPHQL, SQL]})


async def test_fragments_are_regular_selections(guide: Guide) -> None:
    guide.run_quick_start()

    answer = await guide.ask(
        """
        {
            posts {
                ... on Post { title }
                ...PostFields
            }
        }
        fragment PostFields on Post {
            author { username }
            tags { ... on Tag { name } }
        }
        """
    )

    answer.expect(
        {
            "posts": [
                {"title": "First", "author": ANN, "tags": [PYTHON]},
                {"title": "Second", "author": ANN, "tags": [PYTHON, GRAPHQL]},
                {"title": "Third", "author": BEN, "tags": [SQL, GRAPHQL]},
                {"title": "Fourth", "author": BEN, "tags": []},
            ]
        },
        statements=2,
    )


TUNED_TYPES = """
from sqlalchemy.orm import selectinload

post_type = SQLAlchemyObjectType(
    "Post",
    Post,
    aliases={"my_post_id": "post_id"},
    strategies={"author": selectinload, "tags": selectinload},
    max_depth=4,
)
"""


async def test_minimal_example_covering_all_three(guide: Guide) -> None:
    guide.run_quick_start(
        models=MODELS.replace(
            """    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
""",
            """    __tablename__ = "posts"
    post_id = Column("id", Integer, primary_key=True)
""",
        ),
        type_defs=TYPE_DEFS.replace(
            "type Post {\n    id: ID!", "type Post {\n    my_post_id: ID!"
        ),
        types=TYPES + TUNED_TYPES,
    )

    answer = await guide.ask(
        "{ posts { my_post_id author { username } tags { name } } }"
    )
    deep = await guide.ask("{ posts { author { posts { tags { name } } } } }")
    deeper = await guide.ask(
        "{ posts { author { posts { tags { posts { title } } } } } }"
    )

    assert answer.errors == []
    assert {post["my_post_id"] for post in answer.data["posts"]} == set("1234")
    answer.statements.expect(3)
    # User says nothing itself, so it does not narrow what Post allows.
    assert deep.errors == []
    assert deeper.errors == ["Query depth 5 exceeds max_depth=4 (set by 'Post')."]


# --- Custom resolvers and DataLoaders ---------------------------------------------


async def test_manual_resolver_runs_three_statements(guide: Guide) -> None:
    guide.run_quick_start(published=True)
    guide.run(EXTENSION_APP)

    answer = await guide.ask(PUBLISHED_QUERY)

    answer.expect({"publishedPosts": PUBLISHED}, statements=3)
    manual, *batches = [statement.sql for statement in answer.statements]
    assert "WHERE posts.is_published" in manual
    [authors] = [sql for sql in batches if "post_tags" not in sql]
    assert "WHERE users.id IN (" in authors
    [tags] = [sql for sql in batches if "post_tags" in sql]
    assert "tags.id = post_tags.tag_id" in tags
    assert " IN (" in tags


async def test_extension_puts_a_registry_into_the_context_of_each_request(
    guide: Guide,
) -> None:
    guide.run_quick_start(published=True)
    contexts: list[dict[str, Any]] = []

    def get_context(request: Any, _data: Any) -> dict[str, Any]:
        contexts.append({"request": request, "session": guide.SessionLocal()})
        return contexts[-1]

    guide.names["get_context"] = get_context
    guide.run(EXTENSION_APP)

    await asyncio.gather(*(guide.ask(PUBLISHED_QUERY) for _ in range(3)))

    registries = [context["loader_registry"] for context in contexts]
    assert [type(registry) for registry in registries] == [LoaderRegistry] * 3
    assert len({id(registry) for registry in registries}) == 3
    assert [r.session for r in registries] == [c["session"] for c in contexts]


async def test_registry_is_there_before_any_resolver_runs(guide: Guide) -> None:
    guide.run_quick_start(published=True)
    seen = []

    def resolve(_: Any, info: Any) -> list[Any]:
        seen.append(info.context["loader_registry"])
        return []

    guide.schema.query_type.fields["publishedPosts"].resolve = resolve
    guide.run(EXTENSION_APP)

    answer = await guide.ask("{ publishedPosts { title } }")

    answer.expect({"publishedPosts": []}, statements=0)
    assert isinstance(seen[0], LoaderRegistry)


OTHER_KEYS = """
extensions=[
    SQLAlchemyDataLoaderExtension(
        session_key="db",
        registry_key="loaders",
    ),
]
"""

MY_OBJECT_TYPE = """
class MyObjectType(SQLAlchemyObjectType):
    @staticmethod
    def get_loader_registry_from_context(context):
        return context["loaders"]

user_type = MyObjectType("User", User)
post_type = MyObjectType("Post", Post)
tag_type = MyObjectType("Tag", Tag)
"""

DB_QUERY_TYPE = """
class MyType(SQLAlchemyQueryType):
    @staticmethod
    def get_session_from_context(context):
        return context["db"]

query = MyType([user_type, post_type, tag_type])
"""


def use_other_keys(guide: Guide) -> None:
    """Serve with the session in context["db"] and the extension configured for it."""
    guide.run("from ariadne_sqla import SQLAlchemyDataLoaderExtension", OTHER_KEYS)
    guide.names["app"] = GraphQL(
        guide.schema,
        # The session of publishedPosts stays where the guide's resolver looks for it.
        context_value=lambda _request, _data: dict.fromkeys(
            ("db", "session"), guide.SessionLocal()
        ),
        http_handler=GraphQLHTTPHandler(extensions=guide.extensions),
    )


async def test_configured_extension_uses_other_keys(guide: Guide) -> None:
    """In the original an instance in `extensions` is not callable, and raises."""
    guide.run_quick_start(types=MY_OBJECT_TYPE, query=DB_QUERY_TYPE, published=True)
    use_other_keys(guide)

    eager = await guide.ask(USERS_QUERY)
    fallback = await guide.ask(PUBLISHED_QUERY)

    eager.expect({"users": USERS}, statements=3)
    fallback.expect({"publishedPosts": PUBLISHED}, statements=3)


async def test_configured_extension_is_not_shared_between_requests(
    guide: Guide,
) -> None:
    guide.run_quick_start(types=MY_OBJECT_TYPE, query=DB_QUERY_TYPE, published=True)
    use_other_keys(guide)

    answers = await asyncio.gather(*(guide.ask(PUBLISHED_QUERY) for _ in range(8)))

    assert [answer.errors for answer in answers] == [[]] * 8
    assert all(
        answer.data == in_one_order({"publishedPosts": PUBLISHED}) for answer in answers
    )


async def test_object_type_that_is_not_told_of_another_key_raises_runtime_error(
    guide: Guide,
) -> None:
    guide.run_quick_start(query=DB_QUERY_TYPE, published=True)
    use_other_keys(guide)

    answer = await guide.ask(PUBLISHED_QUERY)

    assert answer.errors
    assert all(
        message.startswith(
            "LoaderRegistry not found in context under key 'loader_registry'."
        )
        for message in answer.errors
    )


async def test_missing_registry_is_a_runtime_error(guide: Guide) -> None:
    guide.run_quick_start(published=True)  # whose app has no extension

    eager = await guide.ask(USERS_QUERY)
    fallback = await guide.ask(PUBLISHED_QUERY)

    eager.expect({"users": USERS}, statements=3)
    assert fallback.errors
    assert fallback.errors[0].startswith(
        "LoaderRegistry not found in context under key 'loader_registry'."
    )
    with pytest.raises(RuntimeError, match="LoaderRegistry not found in context"):
        SQLAlchemyObjectType.get_loader_registry_from_context({})


def test_extension_without_a_session_is_a_runtime_error_of_what_loads() -> None:
    context: dict[str, Any] = {}
    SQLAlchemyDataLoaderExtension(session_key="db").request_started(context)

    with pytest.raises(RuntimeError, match=r"no SQLAlchemy session in .* under 'db'"):
        context["loader_registry"].session.execute("SELECT 1")


async def test_registry_class_may_be_ones_own(guide: Guide) -> None:
    """The guide says so; the original has no argument for it."""
    guide.run_quick_start(published=True)
    registries = []

    class MyRegistry(LoaderRegistry):
        def __init__(self, session: Any) -> None:
            super().__init__(session)
            registries.append(self)

    guide.names["app"] = GraphQL(
        guide.schema,
        context_value=guide.get_context,
        http_handler=GraphQLHTTPHandler(
            extensions=[SQLAlchemyDataLoaderExtension(registry_class=MyRegistry)]
        ),
    )

    answer = await guide.ask(PUBLISHED_QUERY)

    answer.expect({"publishedPosts": PUBLISHED}, statements=3)
    assert len(registries) == 1


MANUAL_CONTEXT = """
from ariadne_sqla import LoaderRegistry

async def get_context(request, _data):
    session = request.state.session
    return {
        "request": request,
        "session": session,
        "loader_registry": LoaderRegistry(session),
    }
"""


async def test_registry_may_be_put_into_the_context_by_hand(guide: Guide) -> None:
    guide.run_quick_start(published=True)
    guide.run(MANUAL_CONTEXT, APP)
    app = SQLAlchemySessionMiddleware(guide.app, guide.SessionLocal)

    answer = await guide.ask(PUBLISHED_QUERY, app)

    answer.expect({"publishedPosts": PUBLISHED}, statements=3)


REGISTRY_ON_THE_REQUEST = """
class MyObjectType(SQLAlchemyObjectType):
    @staticmethod
    def get_loader_registry_from_context(context):
        return context["request"].state.loaders

user_type = MyObjectType("User", User)
post_type = MyObjectType("Post", Post)
tag_type = MyObjectType("Tag", Tag)
"""


async def test_registry_may_live_on_the_request(guide: Guide) -> None:
    guide.run_quick_start(types=REGISTRY_ON_THE_REQUEST, published=True)

    def get_context(request: Any, _data: Any) -> dict[str, Any]:
        session = guide.SessionLocal()
        request.state.loaders = LoaderRegistry(session)
        return {"request": request, "session": session}

    guide.names["get_context"] = get_context
    guide.run(APP)

    answer = await guide.ask(PUBLISHED_QUERY)

    answer.expect({"publishedPosts": PUBLISHED}, statements=3)


async def test_fallback_reaches_below_a_manual_resolver(guide: Guide) -> None:
    guide.run_quick_start(
        types=TYPES.replace(
            'SQLAlchemyObjectType("Post", Post)',
            'SQLAlchemyObjectType("Post", Post, max_depth=4)',
        ),
        published=True,
    )
    guide.run(EXTENSION_APP)

    answer = await guide.ask(
        "{ publishedPosts { author { username posts { title tags { name } } } } }"
    )

    ann, ben, _ = USERS
    answer.expect(
        {"publishedPosts": [{"author": ann}, {"author": ben}, {"author": ben}]},
        statements=4,
    )


@ONE_DATABASE
async def test_registry_gives_one_loader_for_each_relationship_and_class(
    guide: Guide,
) -> None:
    guide.run_quick_start()
    registry = LoaderRegistry(guide.SessionLocal())
    author, tags = guide.Post.author.property, guide.Post.tags.property

    class MyLoader(SQLAlchemyDataLoader):
        pass

    assert registry.get_loader(author) is registry.get_loader(author)
    assert registry.get_loader(author) is not registry.get_loader(tags)
    assert isinstance(registry.get_loader(author), SQLAlchemyDataLoader)
    assert isinstance(registry.get_loader(author, MyLoader), MyLoader)
