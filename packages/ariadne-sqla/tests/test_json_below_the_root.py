"""Rows below the root that are of one request: as JSON, the same by one statement.

What may be seen of them, and what arguments choose. Every document is answered as ever
and by one statement, on each database that has one.
"""

import json
import re

import pytest
from ariadne import ObjectType, graphql, graphql_sync, make_executable_schema
from sqlalchemy import ForeignKey, cast, func, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    mapped_column,
    relationship,
)
from sqlalchemy.types import NullType

from ariadne_sqla import (
    HiddenNonNullWarning,
    SQLAlchemyDebugExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyFilterType,
    SQLAlchemyObjectType,
    SQLAlchemyOrderType,
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
  postPages(filter: PostFilter, orderBy: [PostOrder!], first: Int, after: String,
    last: Int, before: String): PostConnection!
}
type User {
  id: ID! name: String!
  posts(filter: PostFilter, orderBy: [PostOrder!], title: String, limit: Int,
    offset: Int): [Post!]!
  postsConnection(filter: PostFilter, orderBy: [PostOrder!], first: Int, after: String,
    last: Int, before: String): PostConnection!
  top(orderBy: [PostOrder!] = [{title: DESC}], limit: Int = 1): [Post!]!
}
type Post {
  id: ID! title: String! author(filter: UserFilter): User
  tags(orderBy: [TagOrder!], limit: Int, offset: Int): [Tag!]!
}
type Tag { name: String! posts(filter: PostFilter, limit: Int): [Post!]! }
type PostConnection {
  edges: [PostEdge!]! nodes: [Post!]! pageInfo: PageInfo! totalCount: Int!
}
type PostEdge { node: Post! cursor: String! }
type PageInfo {
  hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: ID
}
input UserFilter { name: StringFilter posts: PostsFilter }
input PostsFilter { some: PostFilter none: PostFilter }
input PostFilter {
  title: StringFilter author: UserFilter not: PostFilter about: String
}
input StringFilter { eq: String startsWith: String in: [String!] isNull: Boolean }
input PostOrder { title: Direction author: UserOrder length: Direction }
input TagOrder { name: Direction }
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


def bound(sdl=SDL, *more, post=None, user=None, tag=None, **options):
    about = options.pop("about", lambda post, value, info: post.title.contains(value))
    types = [
        SQLAlchemyObjectType("User", User, policy=user, aliases={"top": "posts"}),
        SQLAlchemyObjectType("Post", Post, policy=post, **options),
        SQLAlchemyObjectType("Tag", Tag, policy=tag),
    ]
    inputs = [
        SQLAlchemyFilterType("PostFilter", functions={"about": about}),
        SQLAlchemyOrderType("PostOrder", functions={"length": length}),
    ]
    return make_executable_schema(
        sdl, SQLAlchemyQueryType(types), *types, *more, *inputs
    )


def length(post, info):
    return func.length(post.title)


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
        assert dumped(result) == dumped(usual)
        return result, [one.get("why", "") for one in fields]

    return asked


def dumped(result):
    return re.sub("0x[0-9a-f]+", "0x", json.dumps(result))  # addresses in messages


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
    one = aliased(Post)
    return select(one.id).where(one.author_id == user.id).exists()


def nothing(entity, info):
    return False


async def later(post, info):
    return post.title != "hidden"


DOCUMENTS = [
    "{ users { name posts { title } } }",
    "{ posts { title tags { name posts { id } } } }",
    "{ tags { posts { author { name } } } }",
    '{ users(filter: {posts: {some: {title: {eq: "hidden"}}}}) { posts { id } } }',
    "{ posts { author { id } } }",
    "{ tags { name posts { id author { name } } } }",
]


@pytest.mark.parametrize(
    "policies",
    [
        {"post": unhidden},
        {"post": by_somebody, "user": known},
        {"post": unhidden, "user": lambda user, info: user.name != "ada"},
        {"post": nothing},
        {"user": nothing, "tag": lambda tag, info: tag.id > 1},
        {"post": lambda post, info: True, "tag": lambda tag, info: tag.id > 1},
    ],
)
async def test_what_a_policy_hides_is_in_no_subquery(policies, same):
    schema = bound(**policies)
    unseen = {f"{name}s" for name, policy in policies.items() if policy is nothing}
    for document in DOCUMENTS:
        if not unseen & {*re.findall(r"^{ (\w+s)\b", document)}:
            await same(schema, document)


async def test_no_statement_gives_rows_that_nobody_may_see(asked):
    _, why = await asked(bound(post=nothing), "{ posts { title } }")

    assert why == [
        "No statement of it was seen on the engine of the request's session."
    ]
    asked.statements.expect(0)


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


async def test_a_policy_that_is_no_sql_is_told_where_it_is(asked):
    def of_aliases(user, info):
        # SQLAlchemy has no name for that type.
        return user.id > 0 if user is User else cast(user.id, NullType()) > 0

    document = "{ users { posts(orderBy: [{author: {name: ASC}}]) { title } } }"
    result, why = await asked(bound(user=of_aliases), document)

    assert result["errors"][0]["path"] == ["users", 0, "posts"]
    assert "raises an error." in why[-1]


async def test_a_policy_with_a_subquery_over_what_is_ordered(asked):
    def has_posts(user, info):
        return select(Post.id).where(Post.author_id == user.id).exists()

    document = (
        "{ users { posts(orderBy: [{author: {name: ASC}}, {title: ASC}]) { title } } }"
    )
    result, why = await asked(bound(user=has_posts), document)

    titles = [{"title": one} for one in ("a", "b", "c", "hidden")]
    assert result["data"]["users"] == [{"posts": titles}] * 2
    assert why == [JSON]
    asked.statements.expect(1)


async def test_hidden_where_null_is_an_error_is_told_by_the_standard_path(asked):
    sdl = SDL.replace("(filter: UserFilter): User", "(filter: UserFilter): User!")
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


CHOSEN = [
    "{ users { posts(limit: 2) { id } } }",
    "{ users { posts(offset: 1) { id } } }",
    "{ users { posts(limit: 1, offset: 1, orderBy: [{title: DESC}]) { title } } }",
    "{ users { a: posts(limit: 1) { id } b: posts(limit: 2) { title } posts { id } } }",
    '{ users { posts(title: "a") { id } } }',
    "{ users { posts(limit: 0) { id } } }",
    "{ users { top { title } all: top(limit: null) { title } } }",
    "{ users { posts(orderBy: [{author: {name: ASC}}, {title: ASC}]) { title } } }",
    "{ posts { tags(orderBy: [{name: DESC}], limit: 1) { name } } }",
    "{ posts { tags(limit: 1, offset: 1) { name } } }",
    "{ tags { posts(limit: 2) { id tags(limit: 1) { name } } } }",
    '{ posts { author(filter: {name: {eq: "ada"}}) { name } } }',
    '{ users { posts(filter: {not: {title: {startsWith: "h"}}}) { title } } }',
    '{ users { posts(filter: {title: {in: ["a", "b"]}}, limit: 1) { title } } }',
    '{ tags { posts(filter: {author: {name: {eq: "bob"}}}) { id } } }',
    '{ users { posts(filter: {about: "d"}) { title } } }',
    "{ users { posts(orderBy: [{length: DESC}], limit: 2) { title } } }",
    "{ users { posts(limit: 2) { title tags(limit: 2) { name } author { name } } } }",
    '{ posts(filter: {title: {eq: "a"}}) { author { posts(limit: 1) { id } } } }',
]


@pytest.mark.parametrize("policies", [{}, {"post": unhidden, "user": known}])
async def test_arguments_choose_the_rows_that_pages_have(policies, same):
    schema = bound(**policies)
    for document in CHOSEN:
        await same(schema, document)


async def test_values_of_variables_are_those_of_the_request(same):
    schema = bound()
    document = """query($title: String $limit: Int) {
      users { posts(filter: {title: {eq: $title}}, limit: $limit) { title } }
    }"""
    for title, limit, found in (("a", 1, ["a"]), ("b", 1, ["b"]), ("c", 0, [])):
        data = await same(schema, document, title=title, limit=limit)
        posts = data["users"][0]["posts"]
        assert [post["title"] for post in posts] == found
    data = await same(schema, document)
    assert len(data["users"][0]["posts"]) == 4


async def test_sizes_of_a_type_hold_for_its_pages(asked, same):
    schema = bound(page_size=1, max_page_size=2)
    data = await same(schema, "{ users { posts { id } all: posts(limit: 2) { id } } }")
    assert [len(data["users"][0][key]) for key in ("posts", "all")] == [1, 2]

    result, _ = await asked(schema, "{ users { posts(limit: 3) { id } } }")
    assert "At most 2 are allowed" in result["errors"][0]["message"]


async def test_a_function_that_raises_is_told_by_the_standard_path(asked):
    schema = bound(about=lambda post, value, info: int(value))
    result, why = await asked(
        schema, '{ users { posts(filter: {about: "x"}) { id } } }'
    )

    assert "invalid literal" in result["errors"][0]["message"]
    assert "A policy, or a function that arguments ask, raises an error." in why[-1]


async def test_a_function_about_the_row_around_it_declines(asked):
    schema = bound(about=lambda post, value, info: User.name == value)
    document = '{ users(limit: 0) { posts(filter: {about: "x"}) { id } } }'
    _, why = await asked(schema, document)

    beside = "A condition or order of User.posts names a table beside its rows."
    assert beside in why[-1]


async def test_rows_that_are_hidden_between_decline(asked, database):
    class Own(DeclarativeBase):
        pass

    class Link(Own):
        __tablename__ = "links"
        left: Mapped[int] = mapped_column(ForeignKey("nodes.id"), primary_key=True)
        right: Mapped[int] = mapped_column(ForeignKey("nodes.id"), primary_key=True)

    class Node(Own):
        __tablename__ = "nodes"
        id: Mapped[int] = mapped_column(primary_key=True)
        nodes: Mapped[list["Node"]] = relationship(
            secondary=Link.__table__,
            primaryjoin=lambda: Node.id == Link.left,
            secondaryjoin=lambda: Node.id == Link.right,
        )

    Own.metadata.create_all(database.engine)
    sdl = "type Query { nodes: [N!]! } type N { id: ID! nodes: [N!]! } "
    sdl += "type L { left: ID }"
    types = [
        SQLAlchemyObjectType("N", Node, trusted=["nodes"]),
        SQLAlchemyObjectType("L", Link, policy=lambda link, info: True),
    ]
    schema = make_executable_schema(sdl, SQLAlchemyQueryType(types), *types)
    _, why = await asked(schema, "{ nodes { nodes { id } } }")

    between = "A policy hides rows of Link, which are between those of N.nodes."
    assert between in why[-1]


PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
PAGED = [
    "nodes { title }",
    "edges { node { title tags { name } } }",
    f"edges {{ cursor n: node {{ id }} }} {PAGE} totalCount",
    f"totalCount {PAGE}",
    "totalCount",
    "pageInfo { hasNextPage } __typename",
    "a: totalCount e: edges { __typename c: cursor } b: totalCount",
    "edges { node { id } } edges { cursor node { title } }",
    "nodes { author { name } tags(limit: 1) { name } }",
]
ORDERS = ["", "orderBy: [{title: DESC}]", "orderBy: [{author: {name: ASC}}]"]


@pytest.mark.parametrize("policies", [{}, {"post": unhidden, "user": known}])
async def test_connections_are_made_of_one_statement(policies, same):
    schema = bound(**policies)
    for page in PAGED:
        await same(schema, f"{{ users {{ postsConnection(first: 2) {{ {page} }} }} }}")
        await same(schema, f"{{ postPages(first: 3) {{ {page} }} }}")
    for given in ("last: 2", "first: 9", "first: 0", 'filter: {title: {eq: "a"}}'):
        page = f"edges {{ cursor }} {PAGE} totalCount"
        field = f"postsConnection({given}) {{ {page} }}"
        await same(schema, f"{{ users {{ name {field} }} }}")
        await same(schema, f"{{ postPages({given}) {{ {page} }} }}")


@pytest.mark.parametrize("order", ORDERS)
async def test_cursors_of_the_root_lead_to_the_next_page(order, same):
    schema = bound(post=unhidden)
    document = """query($first: Int $after: String $last: Int $before: String) {
      postPages(%s first: $first after: $after last: $last before: $before) {
        edges { cursor node { id tags(limit: 1) { name } } } %s totalCount } }"""
    document %= (order, PAGE)
    seen, after = [], None
    for number in range(3):
        data = await same(schema, document, first=2, after=after)
        page = data["postPages"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] is (number < 2)
        assert page["pageInfo"]["hasPreviousPage"] is (number > 0)
    assert len({*seen}) == len(seen) == page["totalCount"] == 6
    data = await same(schema, document, last=2, before=after)
    assert [edge["node"]["id"] for edge in data["postPages"]["edges"]] == seen[3:5]


@pytest.mark.parametrize("order", ORDERS)
async def test_cursors_of_json_lead_to_the_next_page(order, same, asked):
    schema = bound()
    document = """query($first: Int $after: String $last: Int $before: String) {
      user(id: 1) { postsConnection(%s first: $first after: $after last: $last
        before: $before) { edges { cursor node { title } } %s totalCount } }
    }"""
    document %= (order, PAGE)
    seen, after = [], None
    for _ in range(4):
        result, why = await asked(schema, document, first=1, after=after)
        assert why == [JSON]
        page = result["data"]["user"]["postsConnection"]
        seen += [edge["node"]["title"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == ["a", "b", "c", "hidden"]
    result, _ = await asked(schema, document, last=2, before=after)
    page = result["data"]["user"]["postsConnection"]
    assert [edge["node"]["title"] for edge in page["edges"]] == seen[1:3]
    assert page["pageInfo"]["hasPreviousPage"]
    assert page["pageInfo"]["hasNextPage"]


async def test_rows_that_are_asked_for_in_two_ways_decline(asked):
    _, why = await asked(
        bound(), "{ users { postsConnection { nodes { id } edges { node { id } } } } }"
    )

    assert "User.postsConnection asks for its rows in 2 ways." in why[-1]


async def test_a_resolver_of_a_connection_declines(asked):
    connection = ObjectType("PostConnection")
    connection.set_field("totalCount", lambda page, info: 7)
    _, why = await asked(
        bound(SDL, connection), "{ users { postsConnection { totalCount } } }"
    )

    assert "PostConnection.totalCount has a resolver of its own." in why[-1]


async def test_the_cursor_of_a_row_that_is_gone_is_an_error_as_ever(asked, session):
    schema = bound()
    document = """query($after: String) { users {
      postsConnection(after: $after) { edges { cursor } } } }"""
    result, _ = await asked(schema, document)
    edges = result["data"]["users"][1]["postsConnection"]["edges"]
    session.delete(session.get_one(Post, 23))
    session.commit()
    result, why = await asked(schema, document, after=edges[-1]["cursor"])

    assert "is the cursor of a row that is gone" in result["errors"][0]["message"]
    assert "A row has a value that its field cannot give." in why[1]
