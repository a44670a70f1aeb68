from types import SimpleNamespace

import pytest
from ariadne import ObjectType, make_executable_schema
from sqlalchemy import Column, ForeignKey, Integer, Table, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    sessionmaker,
)

from ariadne_sqla import ConfigurationError, SQLAlchemyObjectType, SQLAlchemyQueryType
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements


class Base(DeclarativeBase):
    pass


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )


class Post(Base):
    __tablename__ = "posts"

    shout = None  # a resolver of some tests gives it
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    rank: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(
        secondary=post_tags, back_populates="posts"
    )


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list[Post]] = relationship(secondary=post_tags, back_populates="tags")


SDL = """
type Query { users: [User!]! user(id: ID): User own: [User!]! rows: [User!]! }
type User {
  id: ID! name: String
  posts(filter: PostFilter, orderBy: [PostOrder!], rank: Int, limit: Int, offset: Int):
    [Post!]!
  postsConnection(filter: PostFilter, orderBy: [PostOrder!], first: Int, after: String,
    last: Int, before: String): PostConnection!
  pages(orderBy: [PostOrder!] = [RANK_DESC], first: Int = 1): PostConnection!
  top(orderBy: [PostOrder!] = [RANK_DESC], limit: Int = 1): [Post!]!
}
type Post {
  id: ID! title: String rank: Int
  author(filter: UserFilter): User
  tags(orderBy: [TagOrder!], limit: Int): [Tag!]!
  shout: String
}
type Tag { id: ID! name: String posts(limit: Int): [Post!]! }
type PostConnection { edges: [PostEdge!]! nodes: [Post!]! pageInfo: PageInfo!
                      totalCount: Int! }
type PostEdge { node: Post! cursor: String! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean!
                startCursor: String endCursor: String }
input PostFilter { title: StringFilter rank: IntFilter not: PostFilter }
input UserFilter { name: StringFilter }
input StringFilter { eq: String contains: String }
input IntFilter { eq: Int lt: Int gte: Int }
enum PostOrder { RANK_ASC RANK_DESC TITLE_ASC }
enum TagOrder { NAME_ASC NAME_DESC }
"""


def bound(*more, sizes=None, **options):
    types = [
        SQLAlchemyObjectType("User", User, aliases={"top": "posts", "pages": "posts"}),
        SQLAlchemyObjectType("Post", Post, max_depth=6, **(sizes or {})),
        SQLAlchemyObjectType("Tag", Tag),
    ]
    query = SQLAlchemyQueryType(types, max_depth=6, **options)
    return make_executable_schema(SDL, *more, query, *types)


OWN = ObjectType("Query")


@OWN.field("own")
async def resolve_own(_, info):
    session = info.context["session"]
    stmt = select(User).order_by(User.id)
    if isinstance(session, AsyncSession):
        return (await session.scalars(stmt)).all()
    return session.scalars(stmt).all()


@OWN.field("rows")
def resolve_rows(_, info):
    return [{"id": n, "name": f"{n}"} for n in (1, 2, 3)]


def sync_own(_, info):
    return info.context["session"].scalars(select(User).order_by(User.id)).all()


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        tags = [Tag(id=n, name=name) for n, name in enumerate("xyz", 1)]
        for owner, ranks in ((1, [3, 1, 2]), (2, [5, 4]), (3, [])):
            posts = [
                Post(id=10 * owner + n, title=f"t{rank}", rank=rank, tags=tags[n:])
                for n, rank in enumerate(ranks)
            ]
            session.add(User(id=owner, name=f"{owner}", posts=posts))
        session.commit()


@pytest.fixture
def schema(execute):
    if execute.way == "graphql_sync":
        own = ObjectType("Query")
        own.set_field("own", sync_own)
        own.set_field("rows", resolve_rows)
        return bound(own)
    return bound(OWN)


@pytest.fixture
def ask(execute, schema):
    """Return the data of a document, whose number of statements is said."""

    async def ask(document, number, **options):
        with count_statements(execute.engine) as statements:
            result = await execute(options.pop("schema", schema), document, **options)
        assert "errors" not in result, result["errors"]
        statements.expect(number)
        return result["data"]

    return ask


def ids(owners, key):
    return [[int(one["id"]) for one in owner[key]] for owner in owners]


ROOTS = pytest.mark.parametrize("root", ["users", "own", "rows"])


def statements_of(root):
    """Return how many statements give the owners."""
    return 0 if root == "rows" else 1


@ROOTS
async def test_a_page_is_one_statement_for_all_owners(ask, root):
    data = await ask(
        f"{{ {root} {{ posts(orderBy: [RANK_ASC], limit: 2) {{ id rank }} }} }}",
        1 + statements_of(root),
    )
    assert ids(data[root], "posts") == [[11, 12], [21, 20], []]
    assert data[root][0]["posts"][0] == {"id": "11", "rank": 1}


@ROOTS
async def test_aliases_have_the_rows_that_each_asks_for(ask, root):
    data = await ask(
        f"""
        query ($rank: Int = 3, $none: Int) {{ {root} {{
          every: posts {{ id }}
          first: posts(limit: 1) {{ id }}
          second: posts(limit: 1, offset: 1) {{ id }}
          high: posts(filter: {{rank: {{gte: $rank}}}}) {{ id }}
          low: posts(filter: {{not: {{rank: {{gte: 3}}}}}}, orderBy: RANK_DESC) {{ id }}
          one: posts(rank: 4) {{ id }}
          given: posts(limit: $none) {{ id }}
          top {{ id }}
        }} }}
        """,
        8 + statements_of(root),
    )
    assert ids(data[root], "every") == [[10, 11, 12], [20, 21], []]
    assert ids(data[root], "first") == [[10], [20], []]
    assert ids(data[root], "second") == [[11], [21], []]
    assert ids(data[root], "high") == [[10], [20, 21], []]
    assert ids(data[root], "low") == [[12, 11], [], []]
    assert ids(data[root], "one") == [[], [21], []]
    assert ids(data[root], "given") == [[10, 11, 12], [20, 21], []]
    assert ids(data[root], "top") == [[10], [20], []]


@ROOTS
async def test_equal_windows_share_one_statement(ask, root):
    data = await ask(
        f"""
        query ($one: Int!) {{ {root} {{
          a: posts(limit: 1) {{ id }} b: posts(limit: $one) {{ title }}
          ...More
        }} }}
        fragment More on User {{ c: posts(limit: 1) {{ rank }} }}
        """,
        1 + statements_of(root),
        variables={"one": 1},
    )
    assert data[root][:2] == [
        {"a": [{"id": "10"}], "b": [{"title": "t3"}], "c": [{"rank": 3}]},
        {"a": [{"id": "20"}], "b": [{"title": "t5"}], "c": [{"rank": 5}]},
    ]


@ROOTS
async def test_one_statement_for_each_level(ask, root):
    data = await ask(
        f"""{{ {root} {{ name posts(orderBy: RANK_ASC, limit: 2) {{
          title author {{ name }}
          tags(orderBy: NAME_DESC, limit: 1) {{ name posts(limit: 1) {{ id }} }}
        }} }} }}""",
        3 + statements_of(root),
    )
    assert data[root] == [
        {
            "name": "1",
            "posts": [
                {
                    "title": "t1",
                    "author": {"name": "1"},
                    "tags": [{"name": "z", "posts": [{"id": "10"}]}],
                },
                {
                    "title": "t2",
                    "author": {"name": "1"},
                    "tags": [{"name": "z", "posts": [{"id": "10"}]}],
                },
            ],
        },
        {
            "name": "2",
            "posts": [
                {
                    "title": "t4",
                    "author": {"name": "2"},
                    "tags": [{"name": "z", "posts": [{"id": "10"}]}],
                },
                {
                    "title": "t5",
                    "author": {"name": "2"},
                    "tags": [{"name": "z", "posts": [{"id": "10"}]}],
                },
            ],
        },
        {"name": "3", "posts": []},
    ]


async def test_a_to_one_that_the_filter_leaves_out_is_null(ask):
    data = await ask(
        """{ users { posts(limit: 1) {
          mine: author(filter: {name: {eq: "1"}}) { name } author { name }
        } } }""",
        3,
    )
    assert [one["posts"] for one in data["users"]] == [
        [{"mine": {"name": "1"}, "author": {"name": "1"}}],
        [{"mine": None, "author": {"name": "2"}}],
        [],
    ]


async def test_one_document_serves_all_values(ask):
    document = "query ($n: Int) { users { posts(limit: $n) { id } } }"
    for n, expected in ((1, [[10], [20], []]), (2, [[10, 11], [20, 21], []])):
        data = await ask(document, 2, variables={"n": n})
        assert ids(data["users"], "posts") == expected


async def test_what_is_mapped_keeps_all_rows(execute, ask):
    await ask("{ users { posts(limit: 1) { id } } }", 2)
    session = execute.session

    def loaded(session):
        return [user.posts for user in session.scalars(select(User).order_by(User.id))]

    if isinstance(session, AsyncSession):
        found = await session.run_sync(loaded)
    else:
        found = loaded(session)
    assert [[post.id for post in posts] for posts in found] == [
        [10, 11, 12],
        [20, 21],
        [],
    ]


async def test_a_session_of_the_field_s_own(execute, ask):
    is_async = execute.way == "AsyncSession"
    factory = (async_sessionmaker if is_async else sessionmaker)(execute.engine)
    data = await ask(
        "{ users { posts(limit: 1) { id tags(limit: 1) { id } } } }",
        3,
        schema=bound(session_factory=factory),
    )
    assert data["users"][0]["posts"] == [{"id": "10", "tags": [{"id": "1"}]}]


@ROOTS
async def test_an_argument_that_means_nothing_is_refused_before_any_statement(
    execute, schema, root
):
    with count_statements(execute.engine) as statements:
        result = await execute(
            schema, f"{{ {root} {{ id a: posts(limit: -1) {{ id }} }} }}"
        )
    assert result["data"] is None
    [error] = result["errors"]
    where = f"{root}.a"
    assert error["message"] == (
        f"Argument 'limit' of '{where}' is -1. It must not be negative."
    )
    assert error["extensions"]["argument"] == "limit"
    assert error["extensions"]["field"] == where
    assert error["path"] == [root]
    statements.expect(0)


async def test_rows_are_asked_again_after_a_write(execute, schema):
    registry = LoaderRegistry(execute.session)
    context = {"session": execute.session, "loader_registry": registry}
    document = "{ users { id posts(limit: 1, orderBy: RANK_DESC) { id } } }"
    result = await execute(schema, document, context=context)
    assert ids(result["data"]["users"], "posts") == [[10], [20], []]
    execute.session.add(Post(id=30, title="new", rank=9, author_id=3))
    if isinstance(execute.session, AsyncSession):
        await execute.session.flush()
    else:
        execute.session.flush()
    with count_statements(execute.engine) as statements:
        result = await execute(schema, document, context=context)
    assert ids(result["data"]["users"], "posts") == [[10], [20], [30]]
    statements.expect(2)


async def test_without_loaders_the_error_says_so(execute, schema):
    result = await execute(
        schema,
        "{ users { every: posts { id } posts(limit: 1) { id } } }",
        context={"session": execute.session},
    )
    assert "LoaderRegistry not found" in result["errors"][0]["message"]


async def test_own_resolvers_below_a_page_are_called_for_all_of_it(execute, ask):
    shout = ObjectType("Post")

    def resolve(post, info):
        return [SimpleNamespace(id=post.author_id)][0] and post.title.upper()

    shout.set_field("shout", resolve)
    data = await ask(
        "{ users { posts(limit: 2) { shout tags(limit: 1) { id } } } }",
        3,
        schema=bound(shout),
    )
    assert [one["shout"] for one in data["users"][1]["posts"]] == ["T5", "T4"]


@ROOTS
async def test_a_connection_is_one_statement_for_all_owners(ask, root):
    data = await ask(
        f"""{{ {root} {{ postsConnection(first: 2, orderBy: RANK_ASC) {{
          edges {{ cursor node {{ title tags(limit: 1) {{ name }} }} }}
          nodes {{ rank author {{ name }} }}
          pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        }} }} }}""",
        2 + statements_of(root),
    )
    first, second, third = (one["postsConnection"] for one in data[root])
    assert [edge["node"]["title"] for edge in first["edges"]] == ["t1", "t2"]
    assert first["edges"][0]["node"]["tags"] == [{"name": "y"}]
    assert first["nodes"] == [
        {"rank": 1, "author": {"name": "1"}},
        {"rank": 2, "author": {"name": "1"}},
    ]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": first["edges"][0]["cursor"],
        "endCursor": first["edges"][1]["cursor"],
    }
    assert second["pageInfo"]["hasNextPage"] is False
    assert third == {
        "edges": [],
        "nodes": [],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }


@ROOTS
async def test_a_total_is_one_more_statement_and_needs_no_rows(ask, root):
    data = await ask(
        f"""{{ {root} {{
          a: postsConnection(first: 1) {{ totalCount }}
          b: postsConnection(last: 1) {{ totalCount }}
          c: postsConnection(filter: {{rank: {{lt: 3}}}}) {{ totalCount }}
        }} }}""",
        2 + statements_of(root),
    )
    totals = [[one[key]["totalCount"] for one in data[root]] for key in "abc"]
    assert totals == [[3, 2, 0], [3, 2, 0], [2, 0, 0]]


@ROOTS
async def test_what_aliases_want_of_one_page_is_loaded_once(ask, root):
    data = await ask(
        f"""{{ {root} {{
          a: postsConnection(first: 1) {{ nodes {{ id }} totalCount }}
          b: postsConnection(first: 1) {{ edges {{ node {{ title }} }} }}
          c: postsConnection(first: 1) {{ totalCount }}
          pages {{ nodes {{ id }} }}
        }} }}""",
        3 + statements_of(root),
    )
    assert data[root][0] == {
        "a": {"nodes": [{"id": "10"}], "totalCount": 3},
        "b": {"edges": [{"node": {"title": "t3"}}]},
        "c": {"totalCount": 3},
        "pages": {"nodes": [{"id": "10"}]},
    }


@ROOTS
@pytest.mark.parametrize("backward", [False, True])
async def test_a_walk_finds_each_row_once(ask, root, backward):
    size, side = ("last", "before") if backward else ("first", "after")
    document = f"""query ($cursor: String) {{ {root} {{
      postsConnection({size}: 1, {side}: $cursor, orderBy: RANK_ASC) {{
        nodes {{ rank }}
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
      }} }} }}"""
    found, flags, cursor = [], [], None
    for _ in range(3):
        number = 1 + statements_of(root) + (cursor is not None)
        data = await ask(document, number, variables={"cursor": cursor})
        page = data[root][0]["postsConnection"]
        found += [one["rank"] for one in page["nodes"]]
        info = page["pageInfo"]
        flags.append((info["hasPreviousPage"], info["hasNextPage"]))
        cursor = info["startCursor" if backward else "endCursor"]
    if backward:
        assert found == [3, 2, 1]
        assert flags == [(True, False), (True, True), (False, True)]
    else:
        assert found == [1, 2, 3]
        assert flags == [(False, True), (True, True), (True, False)]


async def test_a_type_says_the_sizes_of_its_pages(ask, execute):
    schema = bound(sizes={"page_size": 1, "max_page_size": 2})
    data = await ask("{ users { posts { id } } }", 2, schema=schema)
    assert ids(data["users"], "posts") == [[10], [20], []]
    with count_statements(execute.engine) as statements:
        result = await execute(schema, "{ users { posts(limit: 3) { id } } }")
    message = "Argument 'limit' of 'users.posts' is 3. At most 2 are allowed."
    assert result["errors"][0]["message"] == message
    statements.expect(0)


def test_a_connection_is_in_an_order_that_its_rows_say():
    class Base(DeclarativeBase):
        pass

    between = Table(
        "playlist_tracks",
        Base.metadata,
        Column("playlist_id", ForeignKey("playlists.id"), primary_key=True),
        Column("track_id", ForeignKey("tracks.id"), primary_key=True),
        Column("place", Integer),
    )

    class Playlist(Base):
        __tablename__ = "playlists"
        id: Mapped[int] = mapped_column(primary_key=True)
        tracks = relationship("Track", secondary=between, order_by=between.c.place)

    class Track(Base):
        __tablename__ = "tracks"
        id: Mapped[int] = mapped_column(primary_key=True)

    def schema(arguments):
        types = [
            SQLAlchemyObjectType("Playlist", Playlist),
            SQLAlchemyObjectType("Track", Track),
        ]
        sdl = f"""
        type Query {{ playlists: [Playlist!]! }}
        type Playlist {{ tracks(limit: Int): [Track!]!
                         tracksConnection({arguments}): Tracks! }}
        type Track {{ id: ID! }}
        type Tracks {{ nodes: [Track!]! }}
        enum Order {{ ID_ASC }}
        """
        return make_executable_schema(sdl, SQLAlchemyQueryType(types), *types)

    for arguments in ("first: Int", "first: Int orderBy: [Order!]"):
        with pytest.raises(ConfigurationError) as caught:
            schema(arguments)
        assert str(caught.value) == (
            "'Playlist.tracksConnection' is a connection of Playlist.tracks, which is "
            "ordered by 'playlist_tracks.place'. That is not of 'Track' alone: no "
            "cursor says the place of a row in it. Give it an argument `orderBy` with "
            "a default."
        )
    schema("first: Int orderBy: [Order!] = [ID_ASC]")
