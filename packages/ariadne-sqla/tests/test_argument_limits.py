"""What arguments of a whole query may ask: counted before any statement runs."""

import pytest
from ariadne import MutationType, ObjectType, QueryType, make_executable_schema
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from ariadne_sqla import (
    ArgumentLimits,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from sqla_loaders.testing import count_statements

from .blog import Base, Post, Tag, User

SDL = """
type Query {
  users(limit: Int): [User!]!
  pages(first: Int): PostConnection!
  own(limit: Int): [User!]!
  feed: Feed!
}
type Mutation { touch: User }
type Feed { latest: [User!]! }
type User {
  id: ID! name: String first: [User!]! me: User!
  posts(filter: PostFilter, orderBy: [PostOrder!], limit: Int, offset: Int): [Post!]!
  postsConnection(first: Int, last: Int): PostConnection!
}
type Post {
  id: ID! title: String author(filter: UserFilter): User
  tags(limit: Int): [Tag!]!
}
type Tag { id: ID! name: String }
type PostConnection { edges: [PostEdge!]! nodes: [Post!]! totalCount: Int! }
type PostEdge { node: Post! }
input PostFilter { title: StringFilter author: UserFilter tags: TagListFilter
                   or: [PostFilter!] }
input UserFilter { name: StringFilter posts: PostListFilter }
input PostListFilter { some: PostFilter }
input TagListFilter { some: TagFilter }
input TagFilter { name: StringFilter }
input StringFilter { eq: String in: [String!] contains: String }
enum PostOrder { TITLE_ASC ID_DESC }
"""


def of_users(info):
    session, stmt = info.context["session"], select(User).order_by(User.id)
    if isinstance(session, AsyncSession):

        async def found():
            return (await session.scalars(stmt)).all()

        return found()
    return session.scalars(stmt).all()


def bound(limits, *more, max_depth=9, **sizes):
    own, feed, user = QueryType(), ObjectType("Feed"), ObjectType("User")
    own.set_field("own", lambda _, info, limit=None: of_users(info))
    own.set_field("feed", lambda *_: {})
    feed.set_field("latest", lambda _, info: of_users(info))
    user.set_field("me", lambda user, _: user)
    user.set_field("first", lambda user, info: [user])
    types = [
        SQLAlchemyObjectType("User", User),
        SQLAlchemyObjectType("Post", Post, **sizes),
        SQLAlchemyObjectType("Tag", Tag),
    ]
    query = SQLAlchemyQueryType(types, limits=limits, max_depth=max_depth)
    return make_executable_schema(SDL, own, feed, user, *more, query, *types)


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        tags = [Tag(id=n, name=f"{n}") for n in range(3)]
        for owner in (1, 2):
            posts = [Post(id=10 * owner + n, title=f"{n}", tags=tags) for n in range(3)]
            session.add(User(id=owner, name=f"{owner}", posts=posts))
        session.commit()


@pytest.fixture
def refused(execute):
    """Return the message of the only error, which no statement came before."""

    async def refused(schema, document, root, **variables):
        with count_statements(execute.engine) as statements:
            result = await execute(schema, document, variables=variables)
        [error] = result["errors"]
        assert error["path"] == [root]
        assert result["data"] is None or result["data"][root] is None
        statements.expect(0)
        return error["message"]

    return refused


WAYS = {
    "users": "users { %s }",
    "users ": "users(limit: 1) { %s }",
    "pages.nodes.author": "pages { nodes { author { %s } } }",
    "pages.edges.node.author": "pages { edges { node { author { %s } } } }",
    "own": "own { %s }",
    "feed.latest": "feed { latest { %s } }",
    "own.first.me": "own { first { me { %s } } }",
    "users.me.first": "users { me { first { %s } } }",
    "touch": "touch { %s }",
}
ASKED = {
    "posts(limit: 4) { id }": "'limit' of '{0}.posts' is 4. At most 3 are allowed.",
    "x: posts(limit: $n) { id }": "'limit' of '{0}.x' is 7. At most 3 are allowed.",
    "postsConnection(last: 4) { totalCount }": "'last' of '{0}.postsConnection' is 4. "
    "At most 3 are allowed.",
    "posts(limit: -1) { id }": "'limit' of '{0}.posts' is -1. It must not be negative.",
    'posts(filter: {title: {in: ["a", "b", "c"]}}) { id }': "'filter.title.in' of "
    "'{0}.posts' has 3 values; 2 are allowed.",
    "posts(filter: {author: {posts: {some: {}}}}) { id }": "'filter.author.posts' of "
    "'{0}.posts' crosses 2 relationships; 1 are allowed.",
    'posts { author(filter: {name: {eq: "a", contains: "b", in: []}}) { id } }': (
        "'filter.name.contains' of '{0}.posts.author' has more than 3 conditions; 3 "
        "are allowed."
    ),
    "posts(orderBy: [ID_DESC, TITLE_ASC]) { id }": "'orderBy' of '{0}.posts' has 2 "
    "items; 1 are allowed.",
    "...Deep": "'limit' of '{0}.posts.author.me.posts' is 5. At most 3 are allowed.",
}
DEEP = """
fragment Deep on User { posts { ...OfPost } }
fragment OfPost on Post { author { me { posts(limit: 5) { id } } } }
"""


@pytest.mark.parametrize("path", WAYS)
async def test_each_limit_holds_before_any_statement(refused, path):
    called = []
    mutation = MutationType()
    mutation.set_field("touch", lambda *_: called.append(1))
    limits = ArgumentLimits(depth=1, conditions=3, values=2, order_items=1)
    schema = bound(limits, mutation, page_size=1, max_page_size=3)
    root = path.strip().partition(".")[0]
    operation = "mutation" if root == "touch" else "query"
    for asked, message in ASKED.items():
        variables = " ($n: Int = 7)" if "$n" in asked else ""
        document = f"{operation}{variables} {{ {WAYS[path] % asked} }}"
        document += DEEP if "...Deep" in asked else ""
        found = await refused(schema, document, root)
        assert found == "Argument " + message.format(path.strip())
    assert called == []


PRODUCTS = {
    "users(limit: 2) { posts(limit: 5) { tags(limit: 10) { id } } }": (
        100,
        "users.posts.tags",
    ),
    "users { posts(limit: 5) { tags(limit: 10) { id } } }": (50, "users.posts.tags"),
    "pages(first: 20) { edges { node { tags(limit: 2) { id } } } }": (
        40,
        "pages.edges.node.tags",
    ),
    "pages(first: 40) { totalCount }": (40, "pages"),
    "users(limit: 50) { id }": (50, "users"),
    "own(limit: 1) { postsConnection(first: 33) { nodes { id } } }": (
        33,
        "own.postsConnection",
    ),
    "feed { latest { first { posts(limit: 6) { author { ...More } } } } }": (
        36,
        "feed.latest.first.posts.author.me.again",
    ),
    "users { a: posts(limit: 2) { ...Tags } b: posts(limit: 11) { ...Tags } }": (
        33,
        "users.b.tags",
    ),
}
MORE = """
fragment More on User { me { posts(limit: 1) { id } again: posts(limit: 6) { id } } }
fragment Tags on Post { tags(limit: 3) { id } }
"""


@pytest.mark.parametrize(("asked", "told"), PRODUCTS.items(), ids=PRODUCTS)
@pytest.mark.parametrize("route", ["eager", "fallback"])
async def test_the_pages_of_a_query_multiply(execute, refused, asked, told, route):
    rows, field = told
    root = field.partition(".")[0]
    document = f"{{ {asked} }}" + "".join(
        f"\nfragment {part}"
        for part in MORE.split("\nfragment ")[1:]
        if f"...{part.split()[0]}" in asked
    )
    with use_route(route):
        message = await refused(bound(ArgumentLimits(max_rows=30)), document, root)
        assert message == (
            f"Field '{field}' makes the pages of this query {rows} rows, the product "
            "of their sizes; 30 are allowed."
        )
        allowed = await execute(bound(ArgumentLimits(max_rows=rows)), document)
    assert "errors" not in allowed


async def test_each_request_of_a_document_has_its_own_values(execute, refused):
    schema = bound(ArgumentLimits(max_rows=10))
    document = "query ($n: Int) { users { posts(limit: $n) { id } } }"
    for size in (10, None, 3):
        result = await execute(schema, document, variables={"n": size})
        assert len(result["data"]["users"][0]["posts"]) == 3
    message = await refused(schema, document, "users", n=11)
    assert "11 rows" in message


async def test_what_is_skipped_does_not_count(execute, refused):
    schema = bound(ArgumentLimits(max_rows=10))
    document = """query ($on: Boolean!) {
      users { posts(limit: 11) @include(if: $on) { id } name } }"""
    result = await execute(schema, document, variables={"on": False})
    assert result["data"]["users"][0] == {"name": "1"}
    assert "11 rows" in await refused(schema, document, "users", on=True)


async def test_many_ways_to_one_fragment_are_counted_once(refused):
    """There are a million ways down: it would not come to an end otherwise."""
    fragments = "".join(
        f"""
        fragment F{n} on User {{
          a: me {{ posts(limit: 2) {{ author {{ ...F{n + 1} }} }} }}
          b: me {{ c: posts(limit: 3) {{ author {{ ...F{n + 1} }} }} }}
        }}"""
        for n in range(20)
    )
    document = f"{{ users {{ ...F0 }} }} {fragments} fragment F20 on User {{ id }}"
    schema = bound(ArgumentLimits(max_rows=3**20 - 1), max_depth=99)
    assert f" {3**20} rows" in await refused(schema, document, "users")
