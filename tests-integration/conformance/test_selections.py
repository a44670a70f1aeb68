"""What a schema may be made of, and whose resolver answers a field."""

from collections.abc import Callable
from typing import Any

import pytest
from ariadne import ObjectType, QueryType, graphql, make_executable_schema
from graphql import ExecutionResult, execute, parse
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    auto_eager_load,
)
from sqla_loaders.testing import count_statements

from . import runner
from .case import STRINGS
from .cases.selections import Base, Comment, Post, Tag, User, seed

pytestmark = pytest.mark.parametrize("database", ["sqlite", "aiosqlite"], indirect=True)

SDL = """
    type Query { users: [User!]! posts: [Post!]! feed: Connection! latest: Payload! }
    type User { id: ID! name: String! email: String! posts: [Post!]! }
    type Post {
        id: ID! title: String! body: String! author: User writer: User
        tags: [Tag!]! comments: [Comment!]!
    }
    type Comment { message: String! author: User! }
    type Tag { name: String! hint: String! posts: [Post!]! }
    type Connection { edges: [Edge!]! total: Int! }
    type Edge { cursor: String! node: Post! }
    type Payload { ok: Boolean! post: Post }
"""


@pytest.fixture
def blog(database: Any) -> Any:
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        seed(session, 1)
        session.commit()
    return database


def object_types(**options: Any) -> list[SQLAlchemyObjectType]:
    return [
        SQLAlchemyObjectType("User", User, aliases={"name": "user_name"}, **options),
        SQLAlchemyObjectType("Post", Post, aliases={"writer": "author"}),
        SQLAlchemyObjectType("Comment", Comment),
        SQLAlchemyObjectType("Tag", Tag),
    ]


async def ask(
    database: Any, schema: Any, document: str, statements: int, **options: Any
) -> tuple[Any, set[str]]:
    """The data, and all names in the statements, which are so many."""
    session = database.session_factory()()
    try:
        with count_statements(database.counted_engine) as sent:
            _, response = await graphql(
                schema,
                {"query": document},
                context_value={"session": session},
                extensions=[SQLAlchemyDataLoaderExtension],
                **options,
            )
    finally:
        await runner.finished(session.close())
    assert "errors" not in response, response["errors"]
    sent.expect(statements)
    return response["data"], {
        word for statement in sent for word in runner.words(statement.sql)
    }


async def rows(info: Any, statement: Any) -> Any:
    result = await runner.finished(info.context["session"].execute(statement))
    return result.scalars().unique().all()


async def test_plan_for_the_nodes_of_a_connection(blog: Any) -> None:
    query = QueryType()

    @query.field("feed")
    async def feed(_: Any, info: Any) -> Any:
        statement = auto_eager_load(
            select(Post).order_by(Post.id), info, Post, path="edges.node"
        )
        nodes = await rows(info, statement)
        return {
            "total": len(nodes),
            "edges": [{"cursor": str(node.id), "node": node} for node in nodes],
        }

    schema = make_executable_schema(SDL, query, *object_types())
    data, words = await ask(
        blog,
        schema,
        """{ feed { total ...Edges } }
        fragment Edges on Connection {
            edges { cursor node { title } node { writer { name } tags { name } } }
        }""",
        2,
    )
    assert data["feed"]["edges"][0] == {
        "cursor": "100",
        "node": {
            "title": "post 0",
            "writer": {"name": "user0"},
            "tags": [{"name": "tag 0"}, {"name": "tag 1"}, {"name": "tag 2"}],
        },
    }
    assert words.isdisjoint({"body", "email", "hint", "comment"})


async def test_plan_for_the_object_of_a_payload(blog: Any) -> None:
    query = QueryType()

    @query.field("latest")
    async def latest(_: Any, info: Any) -> Any:
        statement = auto_eager_load(
            select(Post).where(Post.id == 102), info, Post, path=["post"]
        )
        (post,) = await rows(info, statement)
        return {"ok": True, "post": post}

    schema = make_executable_schema(SDL, query, *object_types())
    data, words = await ask(
        blog, schema, "{ latest { ok post { comments { author { name } } } } }", 2
    )
    authors = [comment["author"] for comment in data["latest"]["post"]["comments"]]
    assert authors == [{"name": "user0"}, {"name": "user1"}]
    assert words.isdisjoint({"title", "body", "email", "message"})


async def test_payload_that_was_not_asked_needs_no_plan(blog: Any) -> None:
    query = QueryType()

    @query.field("latest")
    async def latest(_: Any, info: Any) -> Any:
        statement = auto_eager_load(select(Post), info, Post, path="post")
        await rows(info, statement)
        return {"ok": True}

    schema = make_executable_schema(SDL, query, *object_types())
    data, words = await ask(blog, schema, "{ latest { ok } }", 1)
    assert data == {"latest": {"ok": True}}
    assert words.isdisjoint({"body", "tag", "users"})


async def test_own_resolver_wins_over_an_alias_whoever_bound_it(blog: Any) -> None:
    own = ObjectType("Post")
    own.set_field("writer", lambda post, _: {"name": "own"})
    own.set_field("title", lambda post, _: f"own {post.id}")
    own.set_alias("body", "title")
    for order in (1, -1):
        types = object_types()
        bindables: list[Any] = [[SQLAlchemyQueryType(types), *types], own][::order]
        schema = make_executable_schema(SDL, *bindables)
        data, _ = await ask(
            blog, schema, "{ posts { writer { name } author { name } title body } }", 1
        )
        assert {
            "writer": {"name": "own"},
            "author": {"name": "user0"},
            "title": "own 100",
            "body": "post 0",
        } in data["posts"]


async def test_set_alias_on_the_type_wins_over_its_aliases(blog: Any) -> None:
    types = object_types()
    types[0].set_alias("name", "full_name")
    schema = make_executable_schema(SDL, SQLAlchemyQueryType(types), *types)
    data, words = await ask(blog, schema, "{ users { name } }", 1)
    assert {"name": "User 0"} in data["users"]
    assert "email" not in words


async def test_own_resolver_of_a_root_field_wins(blog: Any) -> None:
    types = object_types()
    query = SQLAlchemyQueryType(types)
    query.set_field("users", lambda *_: [{"id": 0, "name": "own"}])
    schema = make_executable_schema(SDL, query, *types)
    data, _ = await ask(blog, schema, "{ users { name } posts { title } }", 1)
    assert data["users"] == [{"name": "own"}]
    assert len(data["posts"]) == 4


async def test_one_set_of_bindables_serves_two_schemas(blog: Any) -> None:
    types = object_types()
    bindables = [SQLAlchemyQueryType(types), *types]
    whole = make_executable_schema(SDL, *bindables)
    small = make_executable_schema(
        """
        type Query { posts: [Post!]! users: [User!]! }
        type User { name: String! email: String! }
        type Post { title: String! writer: User author: String! }
        type Comment { message: String! }
        type Tag { name: String! }
        """,
        *bindables,
        *[resolver_of("Post", "author", lambda post, _: "of the second schema")],
    )
    for _ in range(2):
        data, words = await ask(
            blog, whole, "{ posts { author { name } tags { name } } }", 2
        )
        assert {"author": None, "tags": []} in data["posts"]
        assert words.isdisjoint({"email", "title", "body"})
        data, _ = await ask(
            blog, small, "{ posts { author writer { email } } users { name } }", 2
        )
        assert {"author": "of the second schema", "writer": None} in data["posts"]
        assert {"name": "user1"} in data["users"]


def resolver_of(name: str, field: str, resolver: Callable[..., Any]) -> ObjectType:
    bindable = ObjectType(name)
    bindable.set_field(field, resolver)
    return bindable


async def test_types_may_be_built_before_related_models_are_mapped(
    database: Any,
) -> None:
    class Later(DeclarativeBase):
        type_annotation_map = STRINGS

    class Owner(Later):
        __tablename__ = "owner"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        pets: Mapped[list["Pet"]] = relationship(back_populates="owner")

    owner = SQLAlchemyObjectType("Owner", Owner, aliases={"animals": "pets"})
    query = SQLAlchemyQueryType([owner])

    class Pet(Later):
        __tablename__ = "pet"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        owner_id: Mapped[int] = mapped_column(ForeignKey("owner.id"))
        owner: Mapped[Owner] = relationship(back_populates="pets")

    Later.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.add(Owner(id=1, name="owner", pets=[Pet(id=1, name="pet")]))
        session.commit()
    schema = make_executable_schema(
        """
        type Query { owners: [Owner!]! }
        type Owner { name: String! animals: [Pet!]! }
        type Pet { name: String! owner: Owner! }
        """,
        query,
        owner,
        SQLAlchemyObjectType("Pet", Pet),
    )
    data, _ = await ask(database, schema, "{ owners { animals { name } } }", 2)
    assert data == {"owners": [{"animals": [{"name": "pet"}]}]}


@pytest.mark.parametrize("path", ["eager", "fallback"])
async def test_fragment_cycle_is_a_clear_error_without_validation(
    blog: Any, path: str
) -> None:
    types = object_types()
    query: QueryType = SQLAlchemyQueryType(types) if path == "eager" else QueryType()
    if path == "fallback":
        query.set_field("users", lambda _, info: rows(info, select(User)))
    schema = make_executable_schema(SDL, query, *types)
    document = parse(
        "{ users { posts { ...A } } }"
        " fragment A on Post { title author { posts { ...B } } }"
        " fragment B on Post { body author { posts { ...A } } }"
    )
    session = blog.session_factory()()
    try:
        context = {"session": session}
        SQLAlchemyDataLoaderExtension().request_started(context)
        result = execute(schema, document, context_value=context)
        result = await runner.finished(result)
    finally:
        await runner.finished(session.close())
    assert isinstance(result, ExecutionResult)
    assert result.errors
    assert "fragment" in str(result.errors[0]).lower()
    assert not isinstance(result.errors[0].original_error, RecursionError)


async def test_depth_names_the_type_that_set_the_limit(blog: Any) -> None:
    types = object_types()
    schema = make_executable_schema(SDL, SQLAlchemyQueryType(types), *types)
    session = blog.session_factory()()
    try:
        _, response = await graphql(
            schema,
            {
                "query": "{ users { posts { author { posts { title } } } }"
                " posts { title } }"
            },
            context_value={"session": session},
            extensions=[SQLAlchemyDataLoaderExtension],
        )
    finally:
        await runner.finished(session.close())
    (error,) = response["errors"]
    assert error["message"] == "Query depth 4 exceeds max_depth=3 (the default)."
    assert error["path"] == ["users"]
