"""Arguments of root fields: lists that the query type answers."""

from __future__ import annotations

from typing import Any

import pytest
from ariadne import QueryType, graphql, graphql_sync, make_executable_schema
from graphql import GraphQLSchema, version_info
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from ariadne_sqla import (
    ArgumentLimits,
    ConfigurationError,
    Route,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyFilterType,
    SQLAlchemyObjectType,
    SQLAlchemyOrderType,
    SQLAlchemyQueryType,
    use_route,
)
from sqla_loaders.testing import count_statements

from .blog import MODELS, Base, Post
from .naive import in_order, matches
from .test_semantics import TABLE, rows

TYPES = """
type User { id: ID! username: String posts: [Post!]! }
type Post { id: ID! title: String views: Int author: User comments: [Comment!]! }
type Comment { id: ID! body: String }
enum Kind { zebra article note }
input PostFilter {
  id: IDFilter title: StringFilter views: IntFilter score: FloatFilter
  isPublished: Boolean kind: KindFilter author: UserFilter parent: PostFilter
  comments: CommentListFilter replies: PostListFilter tags: TagListFilter
  and: [PostFilter!] or: [PostFilter!] not: PostFilter
}
input UserFilter { username: StringFilter published: PostListFilter }
input CommentFilter { body: StringFilter }
input TagFilter { name: StringFilter posts: PostListFilter }
input PostListFilter { some: PostFilter none: PostFilter every: PostFilter }
input CommentListFilter { some: CommentFilter none: CommentFilter every: CommentFilter }
input TagListFilter { some: TagFilter none: TagFilter every: TagFilter }
input IDFilter { eq: ID in: [ID!] }
input StringFilter { eq: String ne: String in: [String!] contains: String
  startsWith: String endsWith: String icontains: String istartsWith: String
  iendsWith: String isNull: Boolean }
input IntFilter { eq: Int ne: Int in: [Int!] notIn: [Int!] lt: Int lte: Int gt: Int
                  gte: Int isNull: Boolean }
input FloatFilter { lt: Float gte: Float }
input KindFilter { eq: Kind ne: Kind }
enum PostOrder { TITLE_ASC VIEWS_DESC_NULLS_LAST RANK_DESC AUTHOR_USERNAME_ASC ID_DESC }
input PostChoice { views: Direction author: UserChoice }
input UserChoice { username: Direction }
enum Direction { ASC DESC_NULLS_LAST }
"""
QUERY = """
type Query {
  posts(views: [Int], filter: PostFilter, orderBy: [PostOrder!], limit: Int,
        offset: Int): [Post!]!
  chosen(where: PostFilter, order: [PostChoice!], limit: Int = 2): [Post!]!
  post(id: ID, filter: PostFilter): Post
}
"""


def schema_of(
    query: str = QUERY,
    *bindables: Any,
    types: str = TYPES,
    post: type[SQLAlchemyObjectType] = SQLAlchemyObjectType,
    **options: Any,
) -> GraphQLSchema:
    """Return the schema whose query type answers for all types."""
    bound = [
        (post if name == "Post" else SQLAlchemyObjectType)(name, model)
        for name, model in MODELS.items()
        if f"type {name} " in types
    ]
    return make_executable_schema(
        query + types, *bindables, SQLAlchemyQueryType(bound), *bound, **options
    )


SCHEMA = schema_of()


class Client:
    """Asks with a session of its own for each query."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.schema = SCHEMA
        self.route: Route = "eager"

    async def ask(
        self, query: str, statements: int | None = None, /, **variables: Any
    ) -> Any:
        """Return the data, or the message of the only error."""
        data = {"query": query, "variables": variables}
        with (
            use_route(self.route),
            count_statements(self.database.counted_engine) as sent,
        ):
            result = await self._result(data)
        if statements is not None:
            sent.expect(statements)
        if "errors" in result:
            [error] = result["errors"]
            return error["message"]
        return result["data"]

    async def _result(self, data: Any) -> Any:
        options: Any = {"extensions": [SQLAlchemyDataLoaderExtension]}
        session = self.database.session_factory()()
        try:
            options["context_value"] = {"session": session}
            if self.database.is_async:
                return (await graphql(self.schema, data, **options))[1]
            return graphql_sync(self.schema, data, **options)[1]
        finally:
            closing = session.close()
            if closing is not None:
                await closing


@pytest.fixture
def client(database: Any) -> Client:
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.add_all(rows())
        session.commit()
    return Client(database)


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def posts(database: Any) -> list[Any]:
    with Session(database.engine, expire_on_commit=False) as session:
        options = joinedload(Post.author), joinedload(Post.parent)
        return list(session.scalars(select(Post).options(*options)))


# Ariadne 1.1 takes no enum in a variable with graphql-core 3.2.
LEFT_OUT = ("loud",) if version_info >= (3, 3) else ("loud", "kind")
FILTERS = {
    name: asks
    for name, asks in TABLE.items()
    if not any(one in str(asks) for one in LEFT_OUT)
}


@pytest.mark.parametrize("route", ["eager", "fallback"])
async def test_filters_are_what_the_table_says(client: Client, route: Route) -> None:
    client.route = route
    asked = "query ($f: PostFilter) { posts(filter: $f) { id } }"
    with Session(client.database.engine) as session:
        every = session.scalars(select(Post)).all()
        expected = {
            name: sorted(str(one.id) for one in every if matches(one, asks))
            for name, asks in FILTERS.items()
        }
    found = {}
    for name, asks in FILTERS.items():
        data = await client.ask(asked, 1, f=asks)
        found[name] = sorted(post["id"] for post in data["posts"])
    assert found == expected


async def test_orders_and_pages_are_one_statement(client: Client) -> None:
    # A literal: see `LEFT_OUT`.
    query = """
    query ($limit: Int, $offset: Int) {
      posts(orderBy: [%s], limit: $limit, offset: $offset) { id }
    }
    """
    dialect = client.database.engine.dialect.name
    every = posts(client.database)
    for order in (
        ["VIEWS_DESC_NULLS_LAST", "RANK_DESC"],
        ["RANK_DESC", "ID_DESC"],
        ["AUTHOR_USERNAME_ASC"],
    ):
        expected = [str(one.id) for one in in_order(every, order, dialect)]
        for limit, offset in ((None, 1), (2, 0), (2, 1), (0, 0), (9, 3)):
            asked = query % ", ".join(order)
            data = await client.ask(asked, 1, limit=limit, offset=offset)
            stop = None if limit is None else offset + limit
            assert [post["id"] for post in data["posts"]] == expected[offset:stop]


@pytest.mark.parametrize("route", ["eager", "fallback"])
async def test_what_is_below_a_page_is_loaded_for_its_rows(
    client: Client, route: Route
) -> None:
    client.route = route
    data = await client.ask(
        """{
          posts(filter: {author: {}}, orderBy: [AUTHOR_USERNAME_ASC, ID_DESC],
                limit: 2, offset: 0) { id author { username posts { id } }
                                       comments { id } }
        }""",
        {"eager": 3, "fallback": 4}[route],
    )
    answer = [
        (post["author"]["username"], len(post["comments"])) for post in data["posts"]
    ]
    nulls_first = client.database.engine.dialect.name != "postgresql"
    known = [("ann", 2), ("bob", 2)]
    assert answer == ([(None, 1), known[0]] if nulls_first else known)


async def test_a_connection_is_walked_to_its_end(client: Client) -> None:
    connections = """
    type PostConnection { edges: [PostEdge!]! totalCount: Int! pageInfo: PageInfo! }
    type PostEdge { cursor: String! node: Post! }
    type PageInfo { endCursor: String hasNextPage: Boolean! }
    """
    query = QUERY.replace(
        "post(id: ID",
        "pages(filter: PostFilter, orderBy: [PostOrder!], first: Int, after: String): "
        "PostConnection! post(id: ID",
    )
    client.schema = schema_of(query, types=TYPES + connections)
    asked = """query ($after: String) {
      pages(filter: {views: {gte: 1}}, first: 2, after: $after,
            orderBy: [AUTHOR_USERNAME_ASC, VIEWS_DESC_NULLS_LAST]) {
        edges { node { id author { username } comments { id } } }
        pageInfo { endCursor hasNextPage } totalCount } }"""
    expected = await client.ask(
        "{ posts(filter: {views: {gte: 1}}, "
        "orderBy: [AUTHOR_USERNAME_ASC, VIEWS_DESC_NULLS_LAST]) { id } }",
        1,
    )
    found, after, more = [], None, True
    while more:
        data = await client.ask(asked, 3, after=after)
        page = data["pages"]
        assert page["totalCount"] == len(expected["posts"])
        found += [{"id": edge["node"]["id"]} for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert sorted(map(str, found)) == sorted(map(str, expected["posts"]))
    assert len(found) > 2


@on_sqlite
async def test_aliases_columns_variables_and_defaults(client: Client) -> None:
    data = await client.ask(
        """
        query ($q: String, $views: [Int]) {
          all: posts(filter: {title: {eq: $q}}, orderBy: [ID_DESC]) { id }
          columns: posts(views: [3, null], limit: 2, orderBy: [ID_DESC]) { id }
          ...More
          one: post(id: "2", filter: {views: {gt: 1}}) { id }
          none: post(id: "1", filter: {views: {gt: 1}}) { id }
        }
        fragment More on Query {
          chosen(where: {views: {isNull: false}},
                 order: [{author: {username: ASC}}, {views: DESC_NULLS_LAST}]) { id }
          known: posts(views: $views) { id }
        }
        """,
        6,
        views=[1],
    )
    assert data == {
        "all": [{"id": "4"}, {"id": "3"}, {"id": "2"}, {"id": "1"}],
        "columns": [{"id": "4"}, {"id": "3"}],
        "chosen": [{"id": "4"}, {"id": "1"}],
        "known": [{"id": "1"}],
        "one": {"id": "2"},
        "none": None,
    }


@on_sqlite
@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("limit: -1", "Argument 'limit' is -1. It must not be negative."),
        ("filter: {not: {}}", "Argument 'filter.not' has no condition."),
        (
            'filter: {id: {eq: "x"}}',
            "Argument 'filter.id.eq' is 'x', which is not an integer.",
        ),
    ],
)
async def test_errors_are_raised_before_any_statement(
    client: Client, asked: str, message: str
) -> None:
    assert await client.ask(f"{{ posts({asked}) {{ id }} }}", 0) == message


class Kept(SQLAlchemyObjectType):
    """Has two rows, the later ones first."""

    def get_base_query(self, info: Any, **kwargs: Any) -> Any:
        stmt = select(Post).where(Post.id != 4).order_by(Post.id.desc()).limit(2)
        return stmt.options(joinedload(Post.author))


async def test_a_base_query_with_a_limit_is_chosen_among(client: Client) -> None:
    client.schema = schema_of(post=Kept)
    data = await client.ask(
        """{
          base: posts { id }
          more: posts(limit: 9) { id }
          second: posts(limit: 1, offset: 1) { id author { username } }
          ordered: posts(orderBy: [RANK_DESC]) { id }
          filtered: posts(filter: {id: {in: ["1", "2", "4"]}}, limit: 3) { id }
        }""",
        5,
    )
    assert data == {
        "base": [{"id": "3"}, {"id": "2"}],
        "more": [{"id": "3"}, {"id": "2"}],
        "second": [{"id": "2", "author": {"username": "bob"}}],
        "ordered": data["ordered"],
        "filtered": [{"id": "2"}, {"id": "1"}],
    }
    assert sorted(post["id"] for post in data["ordered"]) == ["2", "3"]


class Named(SQLAlchemyObjectType):
    """Pages by itself."""

    def get_base_query(self, info: Any, *, limit: Any = None, **kwargs: Any) -> Any:
        assert kwargs in ({}, {"search": "a"})
        return select(Post).order_by(Post.id).limit(None if limit is None else 1)


@on_sqlite
async def test_what_a_base_query_names_is_its_own(client: Client) -> None:
    query = "type Query { posts(limit: String, search: String): [Post!]! }"
    client.schema = schema_of(query, post=Named)
    data = await client.ask('{ posts(limit: "one", search: "a") { id } }', 1)
    assert data == {"posts": [{"id": "1"}]}


@on_sqlite
async def test_what_cannot_be_paged_is_an_error(client: Client) -> None:
    class Joined(SQLAlchemyObjectType):
        def get_base_query(self, info: Any, **kwargs: Any) -> Any:
            stmt = select(Post).join(Post.comments)
            return stmt.options(contains_eager(Post.comments))

    class Skipping(SQLAlchemyObjectType):
        def get_base_query(self, info: Any, **kwargs: Any) -> Any:
            return select(Post).limit(9).offset(kwargs.get("offset"))

    client.schema = schema_of(post=Joined)
    assert await client.ask("{ posts(limit: 1) { id } }", 0) == (
        "Query.posts cannot be ordered or paged: its base query has `contains_eager`, "
        "where one object is several rows. Load the collection by `selectinload`."
    )
    client.schema = schema_of(post=Skipping)
    assert await client.ask("{ posts(offset: 1) { id } }", 0) == (
        "Query.posts cannot skip rows: its base query has an OFFSET itself. If that is "
        "the client's, give `get_base_query` a parameter of the argument's name."
    )


REFUSED = {
    "a name that means nothing": (
        QUERY.replace("offset:", "ofset:"),
        TYPES,
        "'Query.posts(ofset:)' filters, orders or pages by no known name, and is no "
        "column of 'Post'. Did you mean 'offset', 'after', 'last', or 'order'?",
    ),
    "a field of a filter": (
        QUERY,
        TYPES.replace("IDFilter title:", "IDFilter titel:"),
        "'PostFilter.titel' names no column and no relationship of 'Post', and has no "
        "function. Did you mean 'title'?",
    ),
    "a page of one object": (
        QUERY.replace("post(id: ID", "post(limit: Int"),
        TYPES,
        "'Query.post(limit:)' pages a field that gives no list.",
    ),
    "an argument of a column": (
        QUERY,
        TYPES.replace("views: Int author", "views(x: Int): Int author"),
        "'Post.views(x:)' is an argument of a field that reads a column, where it "
        "means nothing. Give the field a resolver, or take the argument out.",
    ),
    "an argument of a relationship": (
        QUERY,
        TYPES.replace("posts: [Post!]! }", "posts(limt: Int): [Post!]! }"),
        "'User.posts(limt:)' filters, orders or pages by no known name, and is no "
        "column of 'Post'. Did you mean 'limit' or 'last'?",
    ),
    "a connection of a root field": (
        QUERY.replace("post(id: ID", "pages(limit: Int): PostConnection post(id: ID"),
        TYPES + "type PostConnection { nodes: [Post!]! }",
        "'Query.pages(limit:)' is for lists; a connection takes first, after, last and "
        "before.",
    ),
}


@pytest.mark.parametrize(("query", "types", "message"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("convert", [False, True])
def test_what_is_not_understood_is_refused_when_the_schema_is_made(
    query: str, types: str, message: str, convert: bool
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        schema_of(query, types=types, convert_names_case=convert)
    assert str(caught.value) == message


def test_a_base_query_is_told_how_to_name_what_is_its_own() -> None:
    class Own(SQLAlchemyObjectType):
        def get_base_query(self, info: Any, **kwargs: Any) -> Any:
            return select(Post)

    types = TYPES.replace("IDFilter title:", "IDFilter titel:")
    with pytest.raises(ConfigurationError) as caught:
        schema_of(types=types, post=Own)
    assert str(caught.value) == (
        "'PostFilter.titel' names no column and no relationship of 'Post', and has no "
        "function. Did you mean 'title'? If an argument is for your `get_base_query`, "
        "give that a parameter of its name."
    )


@on_sqlite
async def test_resolvers_of_the_application_keep_their_arguments(
    client: Client,
) -> None:
    query = QueryType()
    query.set_field("posts", lambda *_, limits: [Post(id=limits)])
    sdl = "type Query { posts(limits: Int): [Post!]! }"
    for before in (True, False):
        bound = [SQLAlchemyObjectType(name, MODELS[name]) for name in ("User", "Post")]
        roots = SQLAlchemyQueryType(bound)
        both: list[Any] = [query, roots] if before else [roots, query]
        types = TYPES.replace("comments: [Comment!]! }", "}", 1)
        client.schema = make_executable_schema(sdl + types, both, *bound)
        data = await client.ask("{ posts(limits: 7) { id } }", 0)
        assert data == {"posts": [{"id": "7"}]}


@on_sqlite
async def test_names_that_are_converted(client: Client) -> None:
    client.schema = schema_of(convert_names_case=True)
    data = await client.ask(
        "{ posts(filter: {isPublished: true}, orderBy: [ID_DESC], limit: 1) { id } }", 1
    )
    assert data == {"posts": [{"id": "4"}]}


async def test_functions_say_what_the_schema_cannot(client: Client) -> None:
    more = "IDFilter loud: Boolean named: String title:"
    types = TYPES.replace("IDFilter title:", more)
    types = types.replace("TITLE_ASC", "TITLE_ASC LOUD_DESC_NULLS_LAST NAMED_ASC")
    seen = []

    def loud(post: Any, value: bool, info: Any) -> Any:
        seen.append(info.field_name)
        return (post.views > 2) if value else (post.views <= 2)

    client.schema = schema_of(
        QUERY,
        SQLAlchemyFilterType(
            "PostFilter", aliases={"named": "title"}, functions={"loud": loud}
        ),
        SQLAlchemyOrderType(
            "PostOrder",
            aliases={"NAMED": "author.username"},
            functions={"LOUD": lambda post, info: post.views * 2},
        ),
        types=types,
    )
    data = await client.ask(
        """{
          loud: posts(filter: {loud: true}, orderBy: [ID_DESC]) { id }
          others: posts(filter: {not: {loud: true}}, orderBy: [ID_DESC]) { id }
          named: posts(filter: {named: "a_b"}) { id }
          ordered: posts(orderBy: [LOUD_DESC_NULLS_LAST, ID_DESC]) { id }
          by: posts(filter: {author: {username: {isNull: false}}},
                    orderBy: [NAMED_ASC]) { id }
        }""",
        5,
    )
    answer = {key: [post["id"] for post in posts] for key, posts in data.items()}
    assert answer == {
        "loud": ["4", "2"],
        "others": ["3", "1"],
        "named": ["2"],
        "ordered": ["4", "2", "1", "3"],
        "by": ["1", "2"],
    }
    assert seen == ["posts"] * 2


def test_a_bindable_names_what_the_schema_has() -> None:
    with pytest.raises(ConfigurationError) as caught:
        schema_of(QUERY, SQLAlchemyFilterType("PostFilters"))
    assert str(caught.value) == (
        "'PostFilters' is not an input type of the schema. Did you mean 'PostFilter', "
        "'FloatFilter', 'IntFilter', 'IDFilter', or 'KindFilter'?"
    )
    with pytest.raises(ConfigurationError) as caught:
        schema_of(QUERY, SQLAlchemyOrderType("PostOrder", aliases={"X": "title"}))
    assert str(caught.value) == (
        "'PostOrder.X' is configured, but the schema has no such order."
    )


@on_sqlite
async def test_pages_have_sizes_and_arguments_limits(client: Client) -> None:
    bound = [
        SQLAlchemyObjectType("Post", Post, page_size=2, max_page_size=3),
        SQLAlchemyObjectType("User", MODELS["User"]),
        SQLAlchemyObjectType("Comment", MODELS["Comment"]),
    ]
    limits = ArgumentLimits(depth=1, conditions=4, values=2, order_items=1, max_rows=2)
    more = (
        "posts(views: [Int],",
        "all(orderBy: [PostOrder!]): [Post!]! posts(views: [Int],",
    )
    roots = SQLAlchemyQueryType(bound, limits=limits)
    client.schema = make_executable_schema(QUERY.replace(*more) + TYPES, roots, *bound)
    data = await client.ask(
        "{ posts { id } all { id } one: posts(limit: 1) { id } }", 3
    )
    assert {key: len(posts) for key, posts in data.items()} == {
        "posts": 2,
        "all": 4,
        "one": 1,
    }
    refused = {
        "limit: 4": "Argument 'limit' is 4. At most 3 are allowed.",
        "limit: 3": "Field 'posts' makes the pages of this query 3 rows, the product "
        "of their sizes; 2 are allowed.",
        "orderBy: [ID_DESC, TITLE_ASC]": "Argument 'orderBy' has 2 items; 1 are "
        "allowed.",
        "filter: {id: {in: [1, 2, 3]}}": "Argument 'filter.id.in' has 3 values; 2 are "
        "allowed.",
        "filter: {author: {published: {some: {}}}}": "Argument "
        "'filter.author.published' crosses 2 relationships; 1 are allowed.",
    }
    for asked, message in refused.items():
        assert await client.ask(f"{{ posts({asked}) {{ id }} }}", 0) == message
