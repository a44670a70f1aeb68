"""Rows below the root that are of one request: as JSON, the same by one statement.

What may be seen of them, and what arguments choose. Every document is answered as ever
and by one statement, on each database that has one.
"""

import json

import pytest
from ariadne import graphql, graphql_sync, make_executable_schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from ariadne_sqla import (
    HiddenNonNullWarning,
    SQLAlchemyDebugExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements

from .blog import Base, Post, Tag, User

SDL = """
type Query {
  users(filter: UserFilter, orderBy: [UserOrder!], limit: Int): [User!]!
  user(id: ID): User
  posts(filter: PostFilter, limit: Int): [Post!]!
  tags: [Tag!]!
}
type User { id: ID! name: String! posts: [Post!]! }
type Post { id: ID! title: String! author: User tags: [Tag!]! }
type Tag { name: String! posts: [Post!]! }
input UserFilter { name: StringFilter posts: PostsFilter }
input PostsFilter { some: PostFilter none: PostFilter }
input PostFilter { title: StringFilter author: UserFilter }
input StringFilter { eq: String startsWith: String }
input UserOrder { name: Direction }
enum Direction { ASC DESC }
"""
POLICED = pytest.mark.filterwarnings(
    f"ignore::{HiddenNonNullWarning.__module__}.{HiddenNonNullWarning.__name__}"
)
pytestmark = [
    pytest.mark.parametrize("database", ["sqlite", "psycopg"], indirect=True),
    POLICED,
]
JSON = "The statement is the finished JSON."


def bound(sdl=SDL, *, post=None, user=None, tag=None, **options):
    types = [
        SQLAlchemyObjectType("User", User, policy=user),
        SQLAlchemyObjectType("Post", Post, policy=post, **options),
        SQLAlchemyObjectType("Tag", Tag, policy=tag),
    ]
    return make_executable_schema(sdl, SQLAlchemyQueryType(types), *types)


@pytest.fixture
def session(database):
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        tags = [Tag(id=n, name=f"tag {n}") for n in (1, 2, 3)]
        for n, name in enumerate(("ada", "bob", "cleo"), 1):
            posts = [
                Post(id=10 * n + m, title=title, tags=tags[m:])
                for m, title in enumerate(("b", "hidden", "a", "c"))
                if n < 3
            ]
            session.add(User(id=n, name=name, posts=posts))
        session.commit()
        yield session


@pytest.fixture
def asked(session):
    """Answer a document in both ways, and give both and why."""

    async def asked(schema, document, *, viewer=None, is_async=False, **variables):
        async def answer(**options):
            session.expunge_all()
            context = {
                "session": session,
                "loader_registry": LoaderRegistry(session),
                "viewer": viewer,
            }
            data = {"query": document, "variables": variables}
            options |= {"context_value": context}
            if is_async:
                return (await graphql(schema, data, **options))[1]
            return graphql_sync(schema, data, **options)[1]

        usual = await answer()
        with count_statements(session.get_bind()) as asked.statements:
            result = await answer(
                execution_context_class=SQLAlchemyExecutionContext,
                extensions=[SQLAlchemyDebugExtension()],
            )
        fields = result.pop("extensions")["sqla"]["fields"]
        assert json.dumps(result) == json.dumps(usual)
        return result, [one.get("why", "") for one in fields]

    return asked


@pytest.fixture
def same(asked):
    """Check that both ways give the same, by one statement, and return it."""

    async def same(schema, document, **options):
        result, why = await asked(schema, document, **options)
        assert "errors" not in result, result
        assert why == [JSON]
        asked.statements.expect(1)
        return result["data"]

    return same


def unhidden(post, info):
    return ~post.title.startswith(info.context["viewer"] or "hidden")


def by_somebody(post, info):
    return post.author.has(User.name != "bob")


def known(user, info):
    return select(Post.id).where(Post.author_id == user.id).exists()


async def later(post, info):
    return post.title != "hidden"


DOCUMENTS = [
    "{ users { name posts { title } } }",
    "{ posts { title tags { name posts { id } } } }",
    "{ tags { posts { author { name } } } }",
    '{ users(filter: {posts: {some: {title: {eq: "hidden"}}}}) { posts { id } } }',
    "{ posts { author { id } } }",
    "{ user(id: 2) { posts { id author { name } } } }",
]


@pytest.mark.parametrize(
    "policies",
    [
        {"post": unhidden},
        {"post": by_somebody, "user": known},
        {"post": unhidden, "user": lambda user, info: user.name != "ada"},
        {"post": lambda post, info: False},
        {"user": lambda user, info: False, "tag": lambda tag, info: tag.id > 1},
        {"post": lambda post, info: True, "tag": lambda tag, info: tag.id > 1},
    ],
)
async def test_what_a_policy_hides_is_in_no_subquery(policies, same):
    schema = bound(**policies)
    for document in DOCUMENTS:
        await same(schema, document)


async def test_a_coroutine_is_a_policy_too(same):
    data = await same(bound(post=later), "{ users { posts { title } } }", is_async=True)

    assert [len(user["posts"]) for user in data["users"]] == [3, 3, 0]


async def test_each_viewer_has_rows_of_his_own_by_one_plan(same):
    schema = bound(post=unhidden)
    for viewer, titles in (("a", "b hidden c"), (None, "b a c"), ("b", "hidden a c")):
        data = await same(schema, "{ user(id: 1) { posts { title } } }", viewer=viewer)
        assert " ".join(post["title"] for post in data["user"]["posts"]) == titles


async def test_an_error_of_a_policy_is_told_where_it_is(asked):
    def failing(post, info):
        msg = "no viewer"
        raise ValueError(msg)

    schema = bound(post=failing)
    result, why = await asked(schema, "{ users { posts { title } } }")

    assert result["errors"][0]["message"] == "no viewer"
    assert "A policy, or a function that arguments ask, raises an error." in why[-1]


async def test_hidden_where_null_is_an_error_is_told_by_the_standard_path(asked):
    sdl = SDL.replace("author: User tags", "author: User! tags")
    schema = bound(sdl, user=lambda user, info: user.name != "ada")
    result, _ = await asked(schema, "{ posts { author { name } } }")

    assert result["errors"][0]["path"] == ["posts", 0, "author"]


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (
            lambda post, info: (post.author_id == User.id) & (User.name != "bob"),
            "A condition or order of User.posts names a table beside its rows.",
        ),
        (
            lambda post, info: post.author_id.in_(
                select(User.id).where(User.id == Tag.id).correlate(User)
            ),
            "A subquery about User.posts names a table of the statement around it.",
        ),
    ],
)
async def test_a_condition_that_would_mean_the_row_around_it_declines(
    policy, why, asked
):
    schema = bound(post=policy)
    _, given = await asked(schema, "{ users(limit: 0) { posts { id } } }")

    assert why in given[-1]


async def test_rows_that_are_hidden_between_decline(asked):
    class Link(Base):
        __table__ = Base.metadata.tables["post_tags"]

    try:
        link = SQLAlchemyObjectType(
            "Link", Link, policy=lambda link, info: link.tag_id > 1
        )
        types = [
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Tag", Tag),
            link,
        ]
        sdl = SDL + "type Link { tag_id: ID! }"
        schema = make_executable_schema(sdl, SQLAlchemyQueryType(types), *types)
        _, why = await asked(schema, "{ posts { tags { name } } }")
    finally:
        Base.registry._dispose_cls(Link)

    between = "A policy hides rows of Link, which are between those of Post.tags."
    assert between in why[-1]
