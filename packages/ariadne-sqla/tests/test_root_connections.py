"""Connections that root fields give."""

import pytest
from ariadne import make_executable_schema
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.orm import Session, selectinload, sessionmaker

from ariadne_sqla import SQLAlchemyObjectType, SQLAlchemyQueryType, use_route
from sqla_loaders.testing import count_statements
from sqla_selection import ConfigurationError

from .blog import Base, Post, Tag, User

SDL = """
type Query {
  posts(filter: PostFilter, orderBy: [PostOrder!], title: String, first: Int,
    after: String, last: Int, before: String): PostConnection!
  defaults(orderBy: [PostOrder!] = [TITLE_DESC], first: Int = 1): PostConnection!
  users(first: Int, mine: Boolean): UserConnection
}
type User { id: ID! name: String posts(limit: Int): [Post!]! }
type Post { id: ID! title: String author: User! tags(limit: Int): [Tag!]! }
type Tag { id: ID! name: String }
type PostConnection { edges: [PostEdge!]! nodes: [Post!]! pageInfo: PageInfo!
                      totalCount: Int! }
type PostEdge { node: Post! cursor: String! }
type UserConnection { edges: [UserEdge] pageInfo: PageInfo! totalCount: Int }
type UserEdge { node: User }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean!
                startCursor: String endCursor: String }
input PostFilter { title: StringFilter author: UserFilter }
input UserFilter { name: StringFilter }
input StringFilter { eq: String contains: String }
enum PostOrder { TITLE_ASC TITLE_DESC AUTHOR_NAME_DESC ID_ASC ID_DESC }
"""


def bound(user_type=SQLAlchemyObjectType, sizes=None, **options):
    types = [
        user_type("User", User),
        SQLAlchemyObjectType("Post", Post, **(sizes or {})),
        SQLAlchemyObjectType("Tag", Tag),
    ]
    query = SQLAlchemyQueryType(types, **options)
    return make_executable_schema(SDL, query, *types)


class UserType(SQLAlchemyObjectType):
    def get_base_query(self, info, /, mine=None, **_):
        return select(User)


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        tags = [Tag(id=n, name=name) for n, name in enumerate("xyz", 1)]
        for owner, titles in ((1, "cab"), (2, "ed")):
            posts = [
                Post(id=10 * owner + n, title=title, tags=tags[n:])
                for n, title in enumerate(titles)
            ]
            session.add(User(id=owner, name=f"{owner}", posts=posts))
        session.commit()


@pytest.fixture
def ask(execute):
    """Return the data of a document, whose number of statements is said."""

    async def ask(document, number, schema=None, **options):
        with count_statements(execute.engine) as statements:
            result = await execute(schema or bound(UserType), document, **options)
        assert "errors" not in result, result["errors"]
        statements.expect(number)
        return result["data"]

    return ask


PAGE = """{ posts(first: 2, orderBy: TITLE_ASC) {
  edges { cursor node { title author { name } tags(limit: 1) { name } } }
  nodes { id ...More }
  info: pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
} }
fragment More on Post { author { posts(limit: 1) { title } } }
"""


@pytest.mark.parametrize(("route", "number"), [("eager", 3), ("fallback", 4)])
async def test_a_page_is_one_statement_and_one_for_each_list(ask, route, number):
    with use_route(route):
        data = await ask(PAGE, number)
    page = data["posts"]
    assert [one["node"] for one in page["edges"]] == [
        {"title": "a", "author": {"name": "1"}, "tags": [{"name": "y"}]},
        {"title": "b", "author": {"name": "1"}, "tags": [{"name": "z"}]},
    ]
    assert page["nodes"] == [
        {"id": "11", "author": {"posts": [{"title": "c"}]}},
        {"id": "12", "author": {"posts": [{"title": "c"}]}},
    ]
    assert page["info"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": page["edges"][0]["cursor"],
        "endCursor": page["edges"][1]["cursor"],
    }


@pytest.mark.parametrize("route", ["eager", "fallback"])
async def test_what_is_not_selected_is_not_computed(ask, route):
    document = """{
      rows: posts(first: 1) { nodes { id } }
      total: posts(first: 1, filter: {title: {contains: "a"}}) { totalCount }
      both: posts(first: 1, title: "b") { nodes { id } totalCount }
      none: posts(first: 0) { edges { cursor } pageInfo { hasNextPage } }
    }"""
    with use_route(route):
        data = await ask(document, 5)
    assert data == {
        "rows": {"nodes": [{"id": "10"}]},
        "total": {"totalCount": 1},
        "both": {"nodes": [{"id": "12"}], "totalCount": 1},
        "none": {"edges": [], "pageInfo": {"hasNextPage": True}},
    }


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("[ID_DESC]", "posts.id DESC"),
        ("[ID_ASC, ID_DESC]", "posts.id ASC"),
        ("[TITLE_ASC, ID_DESC]", "posts.title ASC, posts.id DESC"),
        ("[TITLE_ASC]", "posts.title ASC, posts.id ASC"),
    ],
)
async def test_what_is_ordered_by_once_is_said_once(execute, order, said):
    document = f"""query ($cursor: String) {{
      posts(first: 2, after: $cursor, orderBy: {order}) {{
        nodes {{ id }} pageInfo {{ endCursor }}
      }} }}"""
    schema, cursor, found = bound(UserType), None, []
    for _ in range(3):
        with count_statements(execute.engine) as statements:
            answer = await execute(schema, document, variables={"cursor": cursor})
        page = answer["data"]["posts"]
        sql = " ".join(statements[-1].sql.replace("\n", " ").split())
        assert sql.partition(" ORDER BY ")[2].startswith((f"{said} LIMIT", f"{said})"))
        found += [int(one["id"]) for one in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
    in_order = {
        "[ID_DESC]": [21, 20, 12, 11, 10],
        "[ID_ASC, ID_DESC]": [10, 11, 12, 20, 21],
    }
    assert found == in_order.get(order, [11, 12, 10, 21, 20])


@pytest.mark.parametrize("order", ["[]", "AUTHOR_NAME_DESC", "[TITLE_DESC]"])
@pytest.mark.parametrize("backward", [False, True])
async def test_a_walk_finds_each_row_once(ask, order, backward):
    size, side = ("last", "before") if backward else ("first", "after")
    document = f"""query ($cursor: String) {{
      posts({size}: 2, {side}: $cursor, orderBy: {order}) {{
        edges {{ cursor node {{ id }} }}
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
      }} }}"""
    found, flags, cursor = [], [], None
    for _ in range(3):
        number = 1 + (cursor is not None)
        data = await ask(document, number, variables={"cursor": cursor})
        page = data["posts"]
        ids = [int(one["node"]["id"]) for one in page["edges"]]
        found = [*ids, *found] if backward else [*found, *ids]
        info = page["pageInfo"]
        flags.append((info["hasPreviousPage"], info["hasNextPage"]))
        cursor = info["startCursor" if backward else "endCursor"]
    assert (
        found
        == {
            "[]": [10, 11, 12, 20, 21],
            "AUTHOR_NAME_DESC": [21, 20, 12, 11, 10],
            "[TITLE_DESC]": [20, 21, 10, 12, 11],
        }[order]
    )
    expected = [(False, True), (True, True), (True, False)]
    assert flags == ([one[::-1] for one in expected] if backward else expected)


async def test_the_schema_s_defaults_and_aliases_choose(ask):
    document = """{ defaults { nodes { title } }
      more: defaults(first: 2) { nodes { title } } }"""
    data = await ask(document, 2)
    assert data == {
        "defaults": {"nodes": [{"title": "e"}]},
        "more": {"nodes": [{"title": "e"}, {"title": "d"}]},
    }


async def test_a_type_says_the_sizes_of_its_pages(ask, execute):
    schema = bound(UserType, sizes={"page_size": 2, "max_page_size": 3})
    data = await ask("{ posts { nodes { id } } }", 1, schema)
    assert data["posts"]["nodes"] == [{"id": "10"}, {"id": "11"}]
    with count_statements(execute.engine) as statements:
        result = await execute(schema, "{ posts(first: 4) { nodes { id } } }")
    message = "Argument 'first' is 4. At most 3 are allowed."
    assert result["errors"][0]["message"] == message
    statements.expect(0)


async def test_a_cursor_that_means_nothing_is_an_error_without_a_statement(execute):
    with count_statements(execute.engine) as statements:
        result = await execute(
            bound(UserType), '{ posts(after: "x") { totalCount nodes { id } } }'
        )
    message = "Argument 'after' is no cursor of this list."
    assert result["errors"][0]["message"] == message
    statements.expect(0)


def user_type(query):
    """Return a type whose base query is *query*."""

    class OwnUserType(SQLAlchemyObjectType):
        def get_base_query(self, info, /, mine=None, **_):
            return query

    return OwnUserType


JOINED = select(User).join(User.posts)


@pytest.mark.parametrize(
    ("query", "names", "total"),
    [
        (select(User).order_by(User.name.desc()), ["2", "1"], 2),
        (select(User).order_by(func.length(User.name), User.id.desc()), ["2", "1"], 2),
        (select(User).where(User.name == "2"), ["2"], 1),
        (JOINED, ["1", "2"], 2),
        (JOINED.where(Post.title > "c").order_by(User.name), ["2"], 1),
        (select(User).where(User.id == Post.author_id), ["1", "2"], 2),
        (select(User).order_by(User.id.desc()).limit(1), ["2"], 1),
        (JOINED.distinct().order_by(User.id.desc()), ["2", "1"], 2),
        (select(User).options(selectinload(User.posts)), ["1", "2"], 2),
    ],
)
async def test_a_base_query_gives_the_rows_and_their_order(ask, query, names, total):
    schema = bound(user_type(query))
    data = await ask(
        "{ users { edges { node { name } } totalCount pageInfo { endCursor } } }",
        3 if query._with_options else 2,
        schema,
    )
    found = [one["node"]["name"] for one in data["users"]["edges"]]
    assert (found, data["users"]["totalCount"]) == (names, total)


async def test_a_base_query_in_an_order_that_no_cursor_says_is_an_error(execute):
    schema = bound(user_type(JOINED.order_by(Post.title)))
    result = await execute(schema, "{ users { totalCount } }")
    assert result["errors"][0]["message"] == (
        "The statement is ordered by 'posts.title', which is not of 'User' alone: no "
        "cursor says the place of a row in it. Order by columns of the class, or give "
        "the field an order by a default in the schema."
    )


async def test_a_session_of_the_field_s_own(execute, ask):
    if execute.way == "AsyncSession":
        factory = async_sessionmaker(execute.engine)
    else:
        factory = sessionmaker(execute.engine)
    schema = bound(UserType, session_factory=factory)
    data = await ask(
        "{ posts(first: 1) { nodes { title tags(limit: 1) { name } } totalCount } }",
        3,
        schema,
    )
    assert data["posts"] == {
        "nodes": [{"title": "c", "tags": [{"name": "x"}]}],
        "totalCount": 5,
    }


async def test_a_walk_below_depth_is_refused(execute):
    schema = bound(UserType, max_depth=2)
    document = "{ posts { nodes { author { posts(limit: 1) { id } } } } }"
    with count_statements(execute.engine) as statements:
        result = await execute(schema, document)
    assert "depth 3" in result["errors"][0]["message"]
    statements.expect(0)


def test_a_connection_that_nothing_answers_is_an_error_of_the_schema():
    types = [SQLAlchemyObjectType("Post", Post), SQLAlchemyObjectType("Tag", Tag)]
    with pytest.raises(ConfigurationError) as raised:
        make_executable_schema(SDL, *types)
    assert str(raised.value) == (
        "'Query.posts' is a connection that nothing answers. Bind it by a "
        "`SQLAlchemyQueryType` with the type of its nodes, or give it a resolver, see "
        "`sqla_loaders.connection`."
    )
