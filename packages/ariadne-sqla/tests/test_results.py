import asyncio
import gc
import logging
from dataclasses import dataclass

import pytest
from ariadne import (
    MutationType,
    ObjectType,
    QueryType,
    UnionType,
    graphql,
    graphql_sync,
)
from ariadne import make_executable_schema as executable
from graphql import build_schema
from sqlalchemy import Column, ForeignKey, Table, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    load_only,
    mapped_column,
    relationship,
    with_loader_criteria,
)
from sqlalchemy.orm.exc import DetachedInstanceError

from ariadne_sqla import (
    DocumentCache,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    results,
    use_route,
)
from ariadne_sqla.leading import Leading
from sqla_loaders import LoaderRegistry, run
from sqla_loaders.testing import count_statements
from sqla_selection import DepthLimit, TypeRegistry, auto_eager_load


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
    latest = recent = None  # resolvers of some tests give it

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    is_published: Mapped[bool] = mapped_column(default=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags, order_by="Tag.id")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list[Post]] = relationship(secondary=post_tags, viewonly=True)


class OldPost(Base):
    """What a post was once: another class with the names of `Post`, and own rows."""

    __tablename__ = "old_posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship()
    tags: Mapped[list["OldTag"]] = relationship(order_by="OldTag.id")


class OldTag(Base):
    __tablename__ = "old_tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    post_id: Mapped[int] = mapped_column(ForeignKey("old_posts.id"))


SDL = """
type Query {
  published: [Post!]!
  post: Post
  feed: Feed
  things: [Thing]
  names: [String]
}
type Mutation {
  rename(to: String!): User current: User publish: Payload ping: String
}
type Payload { post: Post ok: Boolean }
type Feed { edges: [Edge!]! size: Int first: Post }
type Edge { node: Post cursor: String }
union Thing = Post | User
type User { id: ID username: String posts: [Post!]! latest: Post recent: [Post!]! }
type Post { id: ID title: String author: User tags: [Tag!]! }
type Tag { name: String posts: [Post!]! }
"""

PUBLISHED = select(Post).where(Post.is_published).order_by(Post.id)


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        x, y = Tag(name="x"), Tag(name="y")
        session.add_all(
            [
                User(
                    id=1,
                    username="ada",
                    posts=[
                        Post(id=1, title="a", tags=[x]),
                        Post(id=2, title="b", tags=[x, y]),
                        Post(id=3, title="c", is_published=False),
                    ],
                ),
                User(id=2, username="bob", posts=[Post(id=4, title="d")]),
                Post(id=5, title="e"),
            ]
        )
        session.commit()


def bound(query=None, *bindables, max_depth=4):
    types = [
        SQLAlchemyObjectType("User", User),
        SQLAlchemyObjectType("Post", Post),
        SQLAlchemyObjectType("Tag", Tag),
    ]
    schema = executable(SDL, *([query] if query else []), *bindables, *types)
    TypeRegistry.of(schema).limit = DepthLimit(max_depth)
    return schema


def on(info, work):
    """Run a function of the Session on the session of the request."""
    return run(info.context["session"], work)


def query_of(field, work):
    query = QueryType()
    query.set_field(field, lambda _, info: on(info, work))
    return query


class TestDepth:
    """It holds below resolvers of the application's own."""

    DEEP = "author { posts { tags { name } } }"
    REFUSED = "Query depth 4 exceeds max_depth=3 (the default)."

    async def test_below_a_root_resolver_counts_from_it(self, execute):
        query = query_of("published", lambda s: s.scalars(PUBLISHED).all())
        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(query, max_depth=3), f"{{ published {{ {self.DEEP} }} }}"
            )

        [error] = result["errors"]
        assert (error["message"], error["path"]) == (self.REFUSED, ["published"])
        statements.expect(1)  # the resolver's own

    async def test_is_refused_before_a_mutation_writes(self, execute):
        called = []
        mutation = MutationType()
        mutation.set_field("publish", lambda *_: called.append(1))
        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(None, mutation, max_depth=3),
                f"mutation {{ publish {{ post {{ {self.DEEP} }} }} }}",
            )

        [error] = result["errors"]
        assert (error["message"], error["path"]) == (self.REFUSED, ["publish"])
        assert called == []
        statements.expect(0)

    async def test_below_a_resolver_of_a_relationship_counts_from_the_root_field(
        self, execute
    ):
        users = ObjectType("User")
        users.set_field("posts", lambda user, info: list(user.posts))
        types = [
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Tag", Tag),
        ]
        schema = executable(SDL, SQLAlchemyQueryType(types), users, *types)
        with count_statements(execute.engine) as statements:
            result = await execute(schema, f"{{ post {{ {self.DEEP} }} }}")

        [error] = result["errors"]
        assert (error["message"], error["path"]) == (self.REFUSED, ["post"])
        statements.expect(0)

    async def test_is_raised_by_a_call_of_auto_eager_load(self, execute):
        query = QueryType()
        query.set_field(
            "published",
            lambda _, info: on(
                info,
                lambda session: (
                    session.scalars(auto_eager_load(PUBLISHED, info, Post, max_depth=4))
                    .unique()
                    .all()
                ),
            ),
        )
        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(query, max_depth=3), f"{{ published {{ {self.DEEP} }} }}"
            )

        assert "errors" not in result
        tags = [
            post["tags"] for post in result["data"]["published"][1]["author"]["posts"]
        ]
        assert tags == [[{"name": "x"}], [{"name": "x"}, {"name": "y"}], []]
        statements.expect(3)

    @staticmethod
    def for_admins(both_run=None):
        """Return a schema that lets admins go deeper.

        With a list its resolver gives nothing before it runs for two requests.
        """
        are_ready = asyncio.Event()

        def rows(info):
            stmt = PUBLISHED
            if info.context["is_admin"]:
                stmt = auto_eager_load(stmt, info, Post, max_depth=4)
            return info.context["session"].scalars(stmt).unique().all()

        async def published(_, info):
            found = rows(info)
            both_run.append(info)
            if len(both_run) == 2:
                are_ready.set()
            await are_ready.wait()
            return found

        query = QueryType()
        query.set_field(
            "published",
            (lambda _, info: rows(info)) if both_run is None else published,
        )
        return bound(query, max_depth=3)

    def test_is_raised_for_one_request_of_a_kept_document(self, engine):
        schema, documents = self.for_admins(), DocumentCache()
        counts = []
        for is_admin in (False, True, False, True):
            with Session(engine) as session, count_statements(engine) as statements:
                _, result = graphql_sync(
                    schema,
                    {"query": f"{{ published {{ {self.DEEP} }} }}"},
                    context_value={"session": session, "is_admin": is_admin},
                    extensions=[SQLAlchemyDataLoaderExtension],
                    query_parser=documents.parse,
                )
            counts.append(len(statements))
            messages = [error["message"] for error in result.get("errors", ())]
            assert messages == ([] if is_admin else [self.REFUSED])

        assert counts == [1, 3, 1, 3]

    @pytest.mark.parametrize("order", [(True, False), (False, True)])
    async def test_is_raised_for_one_of_two_requests_at_once(self, engine, order):
        documents, both_run = DocumentCache(), []
        schema = self.for_admins(both_run)

        async def ask(is_admin):
            with Session(engine) as session:
                _, result = await graphql(
                    schema,
                    {"query": f"{{ published {{ {self.DEEP} }} }}"},
                    context_value={"session": session, "is_admin": is_admin},
                    extensions=[SQLAlchemyDataLoaderExtension],
                    query_parser=documents.parse,
                )
            return [error["message"] for error in result.get("errors", ())]

        messages = await asyncio.gather(*map(ask, order))

        assert both_run[0].operation is both_run[1].operation
        assert dict(zip(order, messages, strict=True)) == {
            True: [],
            False: [self.REFUSED],
        }


class TestManualResolvers:
    DOCUMENT = "{ published { title author { username } tags { name } } }"

    async def test_take_three_statements_as_the_guide_says(self, execute):
        schema = bound(query_of("published", lambda s: s.scalars(PUBLISHED).all()))

        with count_statements(execute.engine) as statements:
            result = await execute(schema, self.DOCUMENT)

        assert result["data"]["published"] == [
            {"title": "a", "author": {"username": "ada"}, "tags": [{"name": "x"}]},
            {
                "title": "b",
                "author": {"username": "ada"},
                "tags": [{"name": "x"}, {"name": "y"}],
            },
            {"title": "d", "author": {"username": "bob"}, "tags": []},
            {"title": "e", "author": None, "tags": []},
        ]
        statements.expect(3)

    async def test_take_one_statement_for_each_relationship_and_level(self, execute):
        schema = bound(query_of("published", lambda s: s.scalars(PUBLISHED).all()))

        with count_statements(execute.engine) as statements:
            result = await execute(
                schema,
                "{ published { author { posts { title tags { name } } } } }",
            )

        posts = result["data"]["published"][0]["author"]["posts"]
        assert [post["title"] for post in posts] == ["a", "b", "c"]
        assert posts[1]["tags"] == [{"name": "x"}, {"name": "y"}]
        statements.expect(4)

    async def test_load_only_the_columns_that_are_asked(self, execute):
        schema = bound(query_of("published", lambda s: s.scalars(PUBLISHED).all()))

        with count_statements(execute.engine) as statements:
            await execute(schema, "{ published { author { id } } }")
        statements.expect(2)
        assert "username" not in statements[1].sql

    async def test_get_columns_that_their_own_statement_left_out(self, execute):
        stmt = PUBLISHED.options(load_only(Post.id))
        schema = bound(query_of("published", lambda s: s.scalars(stmt).all()))

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ published { title author { id } } }")

        assert result["data"]["published"][0] == {"title": "a", "author": {"id": "1"}}
        statements.expect(3)

    @pytest.mark.parametrize(
        "result_of",
        [
            lambda session: session.scalars(PUBLISHED),
            lambda session: session.scalars(PUBLISHED).unique().all(),
            lambda session: iter(session.scalars(PUBLISHED).all()),
            lambda session: (post for post in session.scalars(PUBLISHED).all()),
            lambda session: tuple(session.scalars(PUBLISHED)),
        ],
        ids=["ScalarResult", "list", "iterator", "generator", "tuple"],
    )
    async def test_may_return_any_rows(self, execute, result_of):
        schema = bound(query_of("published", result_of))

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ published { author { username } } }")

        names = [post["author"] for post in result["data"]["published"]]
        assert names == [{"username": "ada"}] * 2 + [{"username": "bob"}, None]
        statements.expect(2)

    async def test_may_return_one_object_or_none(self, execute):
        schema = bound(query_of("post", lambda s: s.get(Post, 2)))
        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ post { tags { name } } }")
        assert result == {"data": {"post": {"tags": [{"name": "x"}, {"name": "y"}]}}}
        statements.expect(2)

        schema = bound(query_of("post", lambda s: None))
        assert await execute(schema, "{ post { tags { name } } }") == {
            "data": {"post": None}
        }

    async def test_may_return_dicts(self, execute):
        rows = [{"id": 1, "title": "one", "author_id": 1}, {"id": 2, "author_id": None}]
        schema = bound(query_of("published", lambda _: rows))

        with count_statements(execute.engine) as statements:
            result = await execute(schema, self.DOCUMENT)

        assert result["data"]["published"] == [
            {"title": "one", "author": {"username": "ada"}, "tags": [{"name": "x"}]},
            {"title": None, "author": None, "tags": [{"name": "x"}, {"name": "y"}]},
        ]
        statements.expect(2)

    async def test_may_return_new_objects(self, execute):
        post = Post(title="new", author=User(username="me"))
        schema = bound(query_of("post", lambda _: post))

        with count_statements(execute.engine) as statements:
            result = await execute(
                schema, "{ post { title author { username } tags { name } } }"
            )

        assert result["data"]["post"] == {
            "title": "new",
            "author": {"username": "me"},
            "tags": [],
        }
        statements.expect(0)

    async def test_that_raise_are_errors_at_their_field(self, execute):
        def fail(_):
            msg = "no"
            raise ValueError(msg)

        result = await execute(bound(query_of("post", fail)), "{ post { title } }")
        assert result["data"] == {"post": None}
        assert result["errors"][0]["message"] == "no"
        assert result["errors"][0]["path"] == ["post"]

    async def test_of_fields_that_lead_to_no_model_are_left_alone(self, execute):
        query = QueryType()
        resolver = query.set_field("names", lambda *_: iter(["a"]))
        schema = bound(query)

        assert schema.query_type.fields["names"].resolve is resolver
        assert (await execute(schema, "{ names }"))["data"] == {"names": ["a"]}

    async def test_of_a_union_are_prepared_too(self, execute):
        def things(session):
            return [session.get(Post, 1), session.get(User, 2), session.get(Post, 4)]

        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(query_of("things", things)),
                "{ things { ... on Post { tags { name } }"
                " ... on User { posts { title } } } }",
            )

        assert result["data"]["things"] == [
            {"tags": [{"name": "x"}]},
            {"posts": [{"title": "d"}]},
            {"tags": []},
        ]
        statements.expect(3 + 2)

    async def test_on_the_lazy_route_are_left_to_sqlalchemy(self, execute):
        schema = bound(query_of("published", lambda s: s.scalars(PUBLISHED).all()))

        with use_route("lazy"), count_statements(execute.engine) as statements:
            result = await execute(schema, "{ published { tags { name } } }")
        assert len(result["data"]["published"]) == 4
        statements.expect(1 + 4)


@dataclass
class Feed:
    edges: list
    size: int
    first: Post


@dataclass
class Edge:
    node: Post


class TestPayloads:
    @pytest.mark.parametrize(
        "payload",
        [
            lambda posts: {
                "edges": [{"node": post} for post in posts],
                "size": len(posts),
                "first": posts[0],
            },
            lambda posts: Feed([Edge(post) for post in posts], len(posts), posts[0]),
        ],
        ids=["dicts", "dataclasses"],
    )
    async def test_have_the_objects_in_them_prepared(self, execute, payload):
        schema = bound(query_of("feed", lambda s: payload(s.scalars(PUBLISHED).all())))

        with count_statements(execute.engine) as statements:
            result = await execute(
                schema,
                "{ feed { size edges { node { author { username } } }"
                " first { tags { name } } } }",
            )

        feed = result["data"]["feed"]
        assert feed["size"] == 4
        assert feed["edges"][2] == {"node": {"author": {"username": "bob"}}}
        assert feed["first"] == {"tags": [{"name": "x"}]}
        statements.expect(3)

    async def test_may_name_their_fields_by_aliases(self, execute):
        feed = ObjectType("Feed")
        feed.set_alias("edges", "rows")
        edge = ObjectType("Edge")
        edge.set_alias("node", "post")
        query = query_of(
            "feed", lambda s: {"rows": [{"post": p} for p in s.scalars(PUBLISHED)]}
        )

        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(query, feed, edge),
                "{ feed { edges { node { author { username } } } } }",
            )
        assert result["data"]["feed"]["edges"][0] == {
            "node": {"author": {"username": "ada"}}
        }
        statements.expect(2)


class TestResolversBelowLists:
    @staticmethod
    def user_type(name, resolver):
        users = ObjectType("User")
        users.set_field(name, resolver)
        return users

    async def test_of_one_object_each_are_prepared_together(self, execute):
        def resolve_latest(user, info):
            return on(info, lambda s: s.get(Post, {1: 2, 2: 4}[user.id]))

        query = query_of("published", lambda s: s.scalars(PUBLISHED).all())
        schema = bound(query, self.user_type("latest", resolve_latest))

        with count_statements(execute.engine) as statements:
            result = await execute(
                schema, "{ published { author { latest { tags { name } } } } }"
            )

        assert result["data"]["published"][0] == {
            "author": {"latest": {"tags": [{"name": "x"}, {"name": "y"}]}}
        }
        # Whether the session still has a post is between it and the resolver.
        tags = [one for one in statements if "tags" in one.sql]
        assert len(tags) == 1, statements

    async def test_of_lists_are_prepared_together(self, execute):
        def resolve_recent(user, info):
            stmt = PUBLISHED.where(Post.author_id == user.id)
            return on(info, lambda s: s.scalars(stmt).all())

        query = query_of("published", lambda s: s.scalars(PUBLISHED).all())
        schema = bound(query, self.user_type("recent", resolve_recent))

        with count_statements(execute.engine) as statements:
            result = await execute(
                schema, "{ published { author { recent { title tags { name } } } } }"
            )

        assert result["data"]["published"][2] == {
            "author": {"recent": [{"title": "d", "tags": []}]}
        }
        tags = [one for one in statements if "tags" in one.sql]
        assert len(tags) == 1, statements

    async def test_that_raise_for_one_object_leave_the_others(self, execute):
        def resolve_latest(user, _):
            if user.id == 1:
                msg = f"no latest of {user.username}"
                raise ValueError(msg)
            return user.posts and {"title": "own"}

        query = query_of("published", lambda s: s.scalars(PUBLISHED).all())
        types = [
            SQLAlchemyObjectType(
                "User", User, requires={"latest": ["posts", "username"]}
            ),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Tag", Tag),
        ]
        own = self.user_type("latest", resolve_latest)
        schema = executable(SDL, query, *types, own)
        result = await execute(schema, "{ published { author { latest { title } } } }")

        assert [one["author"] for one in result["data"]["published"]] == [
            {"latest": None},
            {"latest": None},
            {"latest": {"title": "own"}},
            None,
        ]
        assert [error["path"] for error in result["errors"]] == [
            ["published", 0, "author", "latest"],
            ["published", 1, "author", "latest"],
        ]
        assert {error["message"] for error in result["errors"]} == {"no latest of ada"}

    async def test_are_called_once_for_each_field(self, execute):
        called = []

        def resolve_latest(user, _):
            called.append(user.username)

        query = query_of("published", lambda s: s.scalars(PUBLISHED).all())
        schema = bound(query, self.user_type("latest", resolve_latest))
        await execute(schema, "{ published { id author { id latest { id } } } }")

        # One author of two posts is two objects in the answer, but one for the loaders.
        assert called == ["ada", "ada", "bob"]


class TestMutations:
    @staticmethod
    def schema():
        mutation = MutationType()

        @mutation.field("rename")
        def resolve_rename(_, info, to):
            def work(session):
                user = session.get(User, 1)
                user.username = to
                session.flush()
                return user

            return on(info, work)

        @mutation.field("current")
        def resolve_current(_, info):
            return on(info, lambda session: session.get(User, 1))

        @mutation.field("publish")
        def resolve_publish(_, info):
            def work(session):
                post = session.get(Post, 3)
                post.author = session.get(User, 2)
                session.flush()
                return {"post": post, "ok": True}

            return on(info, work)

        @mutation.field("ping")
        def resolve_ping(_, info):
            connection = lambda s: s.connection().exec_driver_sql(  # noqa: E731
                "UPDATE posts SET author_id = 2"
            )
            return on(info, lambda s: connection(s) and "pong")

        return bound(None, mutation)

    async def test_give_prepared_objects(self, execute):
        with count_statements(execute.engine) as statements:
            result = await execute(
                self.schema(),
                'mutation { rename(to: "eve") { username posts { tags { name } } } }',
            )

        posts = [{"tags": [{"name": "x"}]}, {"tags": [{"name": "x"}, {"name": "y"}]}]
        assert result["data"]["rename"] == {
            "username": "eve",
            "posts": [*posts, {"tags": []}],
        }
        statements.expect(4)

    async def test_have_their_payload_looked_through_once(self, execute, monkeypatch):
        looked_at = []

        def is_complete(objects, plan):
            looked_at.append([type(one) for one in objects])
            return actual(objects, plan)

        actual = results.is_complete
        monkeypatch.setattr(results, "is_complete", is_complete)
        with count_statements(execute.engine) as statements:
            result = await execute(
                self.schema(), "mutation { publish { post { tags { name } } } }"
            )

        assert result["data"]["publish"] == {"post": {"tags": []}}
        assert looked_at == [[Post]]
        statements.expect(4)

    async def test_see_what_those_before_them_wrote(self, execute):
        result = await execute(
            self.schema(),
            """mutation {
              a: rename(to: "eve") { posts { id } }
              publish { ok post { author { username posts { id } } } }
              b: rename(to: "mia") { username posts { id } }
            }""",
        )

        assert "errors" not in result
        assert [post["id"] for post in result["data"]["a"]["posts"]] == ["1", "2", "3"]
        assert result["data"]["publish"] == {
            "ok": True,
            "post": {
                "author": {"username": "bob", "posts": [{"id": "3"}, {"id": "4"}]}
            },
        }
        assert result["data"]["b"] == {
            "username": "mia",
            "posts": [{"id": "1"}, {"id": "2"}],
        }

    async def test_that_return_no_objects_count_as_writes(self, execute):
        result = await execute(
            self.schema(),
            """mutation {
              a: current { posts { id } }
              ping
              b: current { posts { id } }
            }""",
        )

        assert len(result["data"]["a"]["posts"]) == 3
        assert result["data"]["ping"] == "pong"
        assert result["data"]["b"]["posts"] == []


@pytest.mark.parametrize("execute", ["graphql_sync", "graphql"], indirect=True)
@pytest.mark.parametrize("order", [("all", "published"), ("published", "all")])
async def test_root_fields_see_what_their_own_statements_say(execute, order):
    """A row that both give is the same object only while somebody has it."""
    some = with_loader_criteria(Post, Post.title == "b")
    statements_of = {
        "all": select(User).order_by(User.id),
        "published": select(User).order_by(User.id).options(some),
    }
    query = QueryType()
    for name, stmt in statements_of.items():

        def resolve(_, info, stmt=stmt):
            return run(info.context["session"], lambda sync: sync.scalars(stmt).all())

        query.set_field(name, resolve)
    types = SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Post", Post)
    schema = executable(
        "type Query { all: [User!]! published: [User!]! }"
        "type User { posts: [Post!]! } type Post { title: String! }",
        query,
        *types,
    )
    document = " ".join(f"{name} {{ posts {{ title }} }}" for name in order)
    with count_statements(execute.engine) as statements:
        result = await execute(schema, f"{{ {document} }}")

    def titles(name):
        return [
            [post["title"] for post in user["posts"]] for user in result["data"][name]
        ]

    assert titles("published") == [
        [t for t in row if t == "b"] for row in titles("all")
    ]
    assert any(len(row) > 1 for row in titles("all"))
    statements.expect(4)


async def test_a_field_of_two_types_is_wrapped_once(execute):
    """Binding one type after the other wraps a resolver that is there already."""
    called = []

    def resolve_post(_, info):
        called.append(1)
        return on(info, lambda s: s.get(Post, 1))

    query = QueryType()
    query.set_field("post", resolve_post)
    result = await execute(bound(query), "{ post { title } }")

    assert result == {"data": {"post": {"title": "a"}}}
    assert called == [1]


class ReadOnly(dict):
    """A mapping that a resolver gives, and nobody may change."""

    def __setitem__(self, key, value):
        msg = f"Do not set {key!r}."
        raise TypeError(msg)


async def test_a_dictionary_of_a_resolver_is_left_as_it_is(execute):
    def work(session):
        posts = session.scalars(PUBLISHED).all()
        feed.update({"size": len(posts), "edges": [ReadOnly(node=p) for p in posts]})
        return feed

    feed = {}
    schema = bound(query_of("feed", work))
    with count_statements(execute.engine) as statements:
        result = await execute(
            schema, "{ feed { first { title } edges { node { tags { name } } } } }"
        )

    assert "errors" not in result
    names = [
        [tag["name"] for tag in edge["node"]["tags"]]
        for edge in result["data"]["feed"]["edges"]
    ]
    assert names == [["x"], ["x", "y"], [], []]
    assert result["data"]["feed"]["first"] is None
    assert feed.keys() == {"size", "edges"}
    statements.expect(2)


async def test_without_a_registry_results_are_as_they_are(execute):
    schema = bound(query_of("published", lambda s: s.scalars(PUBLISHED).all()))
    context = {"session": execute.session}

    result = await execute(schema, "{ published { title } }", context=context)
    assert [one["title"] for one in result["data"]["published"]] == ["a", "b", "d", "e"]


def test_leading_types_are_those_with_a_bound_type_anywhere_below():
    schema = build_schema(
        """
        type Query { page: Page info: Info any: Any either: Either loop: Loop }
        type Page { info: Info edges: [Edge!]! }
        type Edge { page: Page node: Post }
        type Post { id: ID }
        type Info { count: Int }
        interface Any { id: ID }
        type One implements Any { id: ID page: Page }
        union Either = Info | Loop
        type Loop { next: Loop info: Info }
        """
    )
    fields = schema.query_type.fields
    # Whichever is asked first: an edge leads back to its page before it does to a post.
    for first in ("Edge", "Page"):
        leading = Leading(schema, {"Post": None})
        assert leading.leads(schema.type_map[first])
        assert {name for name, one in fields.items() if leading.leads(one.type)} == {
            "page",
            "any",
        }


class TestSiblings:
    """Without an event loop, a resolver is called for all objects of a list ahead."""

    DOCUMENT = "{ things { ... on User { latest { title } } ... on Post { title } } }"

    async def test_of_other_types_are_not_resolved(self, execute):
        called = []

        def latest(user, info):
            called.append(type(user).__name__)
            return on(info, lambda s: s.get(Post, {1: 3, 2: 4}[user.id]))

        users = ObjectType("User")
        users.set_field("latest", latest)
        things = query_of(
            "things", lambda s: [*s.scalars(select(User)), *s.scalars(select(Post))]
        )

        result = await execute(bound(things, users), self.DOCUMENT)

        assert result["data"]["things"][:2] == [
            {"latest": {"title": "c"}},
            {"latest": {"title": "d"}},
        ]
        assert called == ["User", "User"]

    async def test_of_one_model_are_told_apart_by_the_type_resolver(self, execute):
        called = []
        sdl = """
        type Query { things: [Thing] }
        union Thing = Short | Long
        type Short { id: ID size: Size }
        type Long { id: ID size: Size }
        type Size { of: Post }
        type Post { title: String }
        """
        thing = UnionType("Thing", lambda post, *_: "Long" if post.id > 2 else "Short")
        long = ObjectType("Long")

        @long.field("size")
        def resolve_size(post, info):
            called.append(post.id)
            return {"of": post}

        schema = executable(
            sdl,
            query_of("things", lambda s: s.scalars(select(Post)).all()),
            thing,
            long,
            SQLAlchemyObjectType("Short", Post, aliases={"size": lambda *_: None}),
            SQLAlchemyObjectType("Long", Post),
            SQLAlchemyObjectType("Post", Post),
        )
        result = await execute(
            schema, "{ things { ... on Long { size { of { title } } } } }"
        )

        assert [thing.get("size") for thing in result["data"]["things"]] == [
            None,
            None,
            {"of": {"title": "c"}},
            {"of": {"title": "d"}},
            {"of": {"title": "e"}},
        ]
        assert called == [3, 4, 5]

    async def test_have_a_path_of_their_own_each(self, execute):
        seen = []

        def tags(post, info):
            seen.append((post.id, info.path.as_list()))
            return post.tags

        posts = ObjectType("Post")
        posts.set_field("tags", tags)
        query = query_of("published", lambda s: s.scalars(PUBLISHED).all())

        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(query, posts),
                "{ published { author { posts { own: tags { name } } } } }",
            )

        assert "errors" not in result
        places = {0: [1, 2, 3], 1: [1, 2, 3], 2: [4]}
        assert sorted(seen, key=lambda one: one[1][1:]) == [
            (post_id, ["published", n, "author", "posts", m, "own"])
            for n, ids in places.items()
            for m, post_id in enumerate(ids)
        ]
        statements.expect(4)

    async def test_at_another_path_of_one_fragment_are_none(self, execute):
        users = ObjectType("User")
        users.set_field(
            "recent",
            lambda user, info: on(
                info,
                lambda s: s.scalars(
                    select(Post).where(Post.author_id == user.id).order_by(Post.id)
                ).all(),
            ),
        )
        sdl = SDL.replace("post: Post\n", "users(id: ID!): [User!]!\n")
        query = QueryType()
        query.set_field(
            "users",
            lambda _, info, id: on(  # the argument's name
                info, lambda s: s.scalars(select(User).where(User.id == int(id))).all()
            ),
        )
        schema = executable(
            sdl,
            query,
            users,
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Tag", Tag),
        )
        document = """
        { a: users(id: 1) { ...Recent } b: users(id: 2) { ...Recent } }
        fragment Recent on User { recent { title } }
        """

        with count_statements(execute.engine) as statements:
            result = await execute(schema, document)

        assert "errors" not in result
        titles = {
            key: [post["title"] for user in users for post in user["recent"]]
            for key, users in result["data"].items()
        }
        assert titles == {"a": ["a", "b", "c"], "b": ["d"]}
        statements.expect(4)

    async def test_have_arguments_of_their_own_each(self, execute):
        def recent(user, info, filter):  # the argument's name
            title = filter.pop("title")
            return on(
                info,
                lambda s: s.scalars(
                    select(Post).where(Post.author_id == user.id, Post.title == title)
                ).all(),
            )

        users = ObjectType("User")
        users.set_field("recent", recent)
        sdl = SDL.replace("recent: ", "recent(filter: Filter!): ")
        sdl = sdl.replace("post: Post\n", "users: [User!]!\n")
        schema = executable(
            f"{sdl} input Filter {{ title: String }}",
            query_of("users", lambda s: s.scalars(select(User)).all()),
            users,
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Tag", Tag),
        )

        result = await execute(
            schema, '{ users { recent(filter: {title: "d"}) { title } } }'
        )

        assert "errors" not in result
        found = [one["recent"] for one in result["data"]["users"]]
        assert found == [[], [{"title": "d"}]]

    async def test_left_out_or_changed_by_middleware_are_none(self, engine):
        """What a resolver gave ahead is for its object and arguments only."""
        posts = ObjectType("Post")
        seen = []

        @posts.field("tags")
        def resolve_tags(post, info, least=0):
            seen.append((post.id, least))
            return [tag for tag in post.tags if tag.id >= least]

        def middleware(next_, obj, info, /, **kwargs):
            if info.field_name == "tags" and obj.id == 2:
                kwargs = {"least": 2}
            result = next_(obj, info, **kwargs)
            if info.field_name == "posts":
                return [post for post in result if post.id != 1]
            return result

        schema = executable(
            SDL.replace("tags: ", "tags(least: Int): "),
            query_of("post", lambda s: s.get(Post, 3)),
            posts,
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Tag", Tag),
        )
        TypeRegistry.of(schema).limit = DepthLimit(4)
        with Session(engine) as session:
            _, result = graphql_sync(
                schema,
                {"query": "{ post { author { posts { id tags { name } } } } }"},
                context_value={"session": session},
                extensions=[SQLAlchemyDataLoaderExtension],
                middleware=[middleware],
            )

        assert "errors" not in result
        assert result["data"]["post"]["author"]["posts"] == [
            {"id": "2", "tags": [{"name": "y"}]},
            {"id": "3", "tags": []},
        ]
        assert (2, 2) in seen

    @pytest.mark.parametrize("keeps_nodes", [True, False], ids=["kept", "parsed anew"])
    async def test_of_another_operation_are_none(self, execute, keeps_nodes):
        users = ObjectType("User")
        users.set_field(
            "recent",
            lambda user, info, first: on(
                info,
                lambda s: s.scalars(
                    select(Post).where(Post.author_id == user.id).limit(first)
                ).all(),
            ),
        )
        sdl = SDL.replace("recent: ", "recent(first: Int!): ")
        sdl = sdl.replace("post: Post\n", "users: [User!]!\n")
        schema = executable(
            sdl,
            query_of("users", lambda s: s.scalars(select(User)).all()),
            users,
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Tag", Tag),
        )
        documents = DocumentCache()
        session = execute.session
        context = {"session": session, "loader_registry": LoaderRegistry(session)}
        options = {"query_parser": documents.parse} if keeps_nodes else {}

        lengths = []
        for first in (1, 3, 2):
            result = await execute(
                schema,
                "query ($n: Int!) { users { recent(first: $n) { tags { name } } } }",
                variables={"n": first},
                context=context,
                **options,
            )
            lengths.append([len(user["recent"]) for user in result["data"]["users"]])

        assert lengths == [[1, 1], [3, 1], [2, 1]]

    async def test_below_a_list_see_what_variables_include(self, execute):
        """What a field needs is decided anew where `@include` decides otherwise."""
        query = query_of("published", lambda s: s.scalars(PUBLISHED).all())
        schema = bound(query)
        documents = DocumentCache()
        session = execute.session
        context = {"session": session, "loader_registry": LoaderRegistry(session)}
        document = """query ($all: Boolean!) {
          published { author { username posts @include(if: $all) { title } } }
        }"""

        for is_asked in (False, True, False):
            session.expunge_all()
            with count_statements(execute.engine) as statements:
                result = await execute(
                    schema,
                    document,
                    variables={"all": is_asked},
                    context=context,
                    query_parser=documents.parse,
                )
            assert "errors" not in result
            author = result["data"]["published"][0]["author"]
            assert ("posts" in author) is is_asked
            statements.expect(3 if is_asked else 2)


class TestArguments:
    NAMES = ("obj", "parent", "info", "self", "resolver", "kwargs", "owner")

    async def test_may_have_any_name(self, execute):
        declared = f"({' '.join(f'{name}: Int' for name in self.NAMES)})"
        sdl = SDL.replace("published:", f"published{declared}:")
        sdl = sdl.replace("latest:", f"latest{declared}:")
        given = f"({' '.join(f'{name}: 1' for name in self.NAMES)})"
        query, users = QueryType(), ObjectType("User")
        asked = []

        def published(_, i, /, **arguments):
            asked.append(tuple(arguments))
            return on(i, lambda s: s.scalars(PUBLISHED).all())

        def latest(user, i, /, **arguments):
            asked.append(tuple(arguments))
            return user.posts[0]

        query.set_field("published", published)
        users.set_field("latest", latest)
        schema = executable(
            sdl,
            query,
            users,
            SQLAlchemyObjectType("User", User, requires={"latest": ["posts"]}),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Tag", Tag),
        )
        result = await execute(
            schema,
            f"{{ published{given} {{ author {{ username "
            f"posts {{ title }} latest{given} {{ title }} }} }} }}",
        )

        assert "errors" not in result
        assert result["data"]["published"][0]["author"] == {
            "username": "ada",
            "posts": [{"title": title} for title in "abc"],
            "latest": {"title": "a"},
        }
        assert set(asked) == {self.NAMES}


class Page:
    """What applications return for a page: no collection, or one behind Python code."""

    def __init__(self, posts):
        self._posts = posts

    def __iter__(self):
        return iter(self._posts)


class PropertyFeed(Page):
    @property
    def edges(self):
        return [{"node": post} for post in self._posts]

    @property
    def first(self):
        return self._posts[0]


class MethodFeed(Page):
    def edges(self, info):
        return [{"node": post} for post in self._posts]

    def first(self, info):
        return self._posts[0]


class TestWhatPythonCodeGives:
    SELECTION = "title author { username posts { title } } tags { name }"

    @pytest.mark.parametrize(
        "result_of",
        [
            lambda session: session.query(Post).filter(Post.id < 4),
            lambda session: Page(session.query(Post).filter(Post.id < 4).all()),
            lambda session: {p.id: p for p in session.scalars(PUBLISHED)}.values(),
            lambda session: filter(None, session.scalars(PUBLISHED)),
        ],
        ids=["Query", "page with __iter__", "values of a dict", "filter"],
    )
    async def test_is_prepared_if_it_can_be_iterated(self, execute, result_of):
        if execute.way == "AsyncSession":
            pytest.skip("what is iterated later needs a Session")
        schema = bound(query_of("published", result_of))

        with count_statements(execute.engine) as statements:
            result = await execute(schema, f"{{ published {{ {self.SELECTION} }} }}")

        assert "errors" not in result
        first = result["data"]["published"][0]
        assert first["author"]["posts"] == [{"title": title} for title in "abc"]
        statements.expect(4)

    @pytest.mark.parametrize("feed", [PropertyFeed, MethodFeed])
    async def test_of_a_page_is_prepared(self, execute, feed):
        schema = bound(query_of("feed", lambda s: feed(s.scalars(PUBLISHED).all())))
        document = (
            f"{{ feed {{ edges {{ node {{ {self.SELECTION} }} }}"
            f" first {{ {self.SELECTION} }} }} }}"
        )
        for _ in range(2):
            execute.session.expunge_all()
            with count_statements(execute.engine) as statements:
                result = await execute(schema, document)

            assert "errors" not in result
            nodes = [edge["node"] for edge in result["data"]["feed"]["edges"]]
            assert [node["title"] for node in nodes] == ["a", "b", "d", "e"]
            assert nodes[1]["author"]["posts"] == [{"title": t} for t in "abc"]
            assert nodes[1]["tags"] == [{"name": "x"}, {"name": "y"}]
            assert result["data"]["feed"]["first"] == nodes[0]
            statements.expect(4)

    async def test_of_a_page_is_read_once(self, execute):
        reads = []

        class Feed(PropertyFeed):
            @property
            def edges(self):
                reads.append("edges")
                return super().edges

        schema = bound(query_of("feed", lambda s: Feed(s.scalars(PUBLISHED).all())))
        await execute(schema, "{ feed { edges { node { author { id } } } } }")

        assert reads == ["edges"]

    @pytest.mark.parametrize("is_eager", [True, False], ids=["eager", "manual"])
    async def test_of_a_mapped_class_is_prepared(self, execute, monkeypatch, is_eager):
        def drafts(user):
            return [post for post in user.posts if not post.is_published]

        def recent(user, info):
            return user.posts[::-1]

        monkeypatch.setattr(User, "drafts", property(drafts), raising=False)
        monkeypatch.setattr(User, "recent", recent, raising=False)
        sdl = SDL.replace("latest: Post", "latest: Post drafts: [Post!]!")
        types = [
            SQLAlchemyObjectType(
                "User", User, requires={"drafts": ["posts"], "recent": ["posts"]}
            ),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Tag", Tag),
        ]
        sdl = sdl.replace("names: [String]", "users: [User!]!")
        query = query_of("users", lambda s: s.scalars(select(User)).all())
        if is_eager:
            query = SQLAlchemyQueryType(types)
        schema = executable(sdl, query, *types)

        with count_statements(execute.engine) as statements:
            result = await execute(
                schema,
                """{ users {
                  drafts { title tags { name } } recent { tags { name } }
                } }""",
            )

        assert result["data"]["users"] == [
            {
                "drafts": [{"title": "c", "tags": []}],
                "recent": [
                    {"tags": []},
                    {"tags": [{"name": "x"}, {"name": "y"}]},
                    {"tags": [{"name": "x"}]},
                ],
            },
            {"drafts": [], "recent": [{"tags": []}]},
        ]
        # Without an event loop each field loads when its turn comes.
        statements.expect(4 if execute.way == "graphql_sync" else 3)

    async def test_of_rows_is_prepared(self, execute):
        rows = select(Post, Post.title.label("cursor")).order_by(Post.id)
        edges = ObjectType("Edge")
        edges.set_alias("node", "Post")
        feed = ObjectType("Feed")
        feed.set_field(
            "edges", lambda _, info: on(info, lambda s: s.execute(rows).all())
        )
        schema = bound(query_of("feed", lambda s: {}), feed, edges)

        with count_statements(execute.engine) as statements:
            result = await execute(
                schema, "{ feed { edges { cursor node { author { username } } } } }"
            )

        assert result["data"]["feed"]["edges"][3] == {
            "cursor": "d",
            "node": {"author": {"username": "bob"}},
        }
        statements.expect(2)


class TestObjectsOfAnotherClass:
    """A resolver gives them for a bound type: they are read by their own mapping."""

    @pytest.fixture(autouse=True)
    def old_rows(self, rows, engine):
        with Session(engine) as session:
            session.add_all(
                [
                    OldPost(
                        id=n,
                        title=f"old {n}",
                        editor_id=3 - n,
                        tags=[OldTag(name=f"o{n}"), OldTag(name=f"p{n}")],
                    )
                    for n in (1, 2)
                ]
            )
            session.commit()

    OLD = select(OldPost).order_by(OldPost.id)
    DOCUMENT = "{ published { title author { username } tags { name } } }"
    ANSWER = (
        {
            "title": "old 1",
            "author": {"username": "bob"},
            "tags": [{"name": "o1"}, {"name": "p1"}],
        },
        {
            "title": "old 2",
            "author": {"username": "ada"},
            "tags": [{"name": "o2"}, {"name": "p2"}],
        },
    )

    async def test_are_prepared(self, execute):
        schema = bound(query_of("published", lambda s: s.scalars(self.OLD).all()))

        with count_statements(execute.engine) as statements:
            result = await execute(schema, self.DOCUMENT)

        assert result == {"data": {"published": list(self.ANSWER)}}
        statements.expect(3)

    async def test_may_lack_columns(self, execute):
        old = self.OLD.options(load_only(OldPost.id))
        schema = bound(query_of("published", lambda s: s.scalars(old).all()))

        with count_statements(execute.engine) as statements:
            result = await execute(schema, self.DOCUMENT)

        assert result == {"data": {"published": list(self.ANSWER)}}
        statements.expect(4)

    async def test_may_be_among_those_of_the_class(self, execute):
        mixed = query_of(
            "published", lambda s: [*s.scalars(self.OLD), *s.scalars(PUBLISHED)]
        )

        with count_statements(execute.engine) as statements:
            result = await execute(bound(mixed), self.DOCUMENT)

        assert result["data"]["published"][:2] == list(self.ANSWER)
        assert result["data"]["published"][2:] == [
            {"title": "a", "author": {"username": "ada"}, "tags": [{"name": "x"}]},
            {
                "title": "b",
                "author": {"username": "ada"},
                "tags": [{"name": "x"}, {"name": "y"}],
            },
            {"title": "d", "author": {"username": "bob"}, "tags": []},
            {"title": "e", "author": None, "tags": []},
        ]
        # The two authors are in the session.
        statements.expect(5)

    async def test_below_a_list_are_loaded_in_batches(self, execute):
        old = select(OldPost).order_by(OldPost.id)
        users = ObjectType("User")
        users.set_field(
            "recent",
            lambda user, info: on(
                info, lambda s: s.scalars(old.filter_by(editor_id=user.id)).all()
            ),
        )
        schema = bound(query_of("post", lambda s: s.get(Post, 4)), users)

        with count_statements(execute.engine) as statements:
            result = await execute(
                schema, "{ post { author { recent { title tags { name } } } } }"
            )

        assert result["data"]["post"]["author"]["recent"] == [
            {"title": "old 1", "tags": [{"name": "o1"}, {"name": "p1"}]}
        ]
        statements.expect(4)

    async def test_are_what_a_resolver_of_a_field_is_prepared_for(self, execute):
        posts = ObjectType("Post")
        posts.set_field("tags", lambda post, info: post.tags[:1])
        schema = bound(
            query_of("published", lambda s: s.scalars(self.OLD).all()), posts
        )

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ published { title tags { name } } }")

        assert result["data"]["published"] == [
            {"title": "old 1", "tags": [{"name": "o1"}]},
            {"title": "old 2", "tags": [{"name": "o2"}]},
        ]
        statements.expect(2)

    async def test_that_lack_an_attribute_have_none(self, execute):
        schema = bound(query_of("post", lambda s: s.get(Tag, 1)))

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ post { title author { username } } }")

        assert result == {"data": {"post": {"title": None, "author": None}}}
        statements.expect(1)


class TestErrors:
    @pytest.mark.parametrize(
        "selection", ["tags { name }", "author { posts { tags { name } } }"]
    )
    async def test_of_the_database_are_told_without_a_registry(
        self, execute, engine, selection
    ):
        with engine.begin() as connection:
            post_tags.drop(connection)
        sdl = SDL.replace("published:", "all: [Post!]! published:")
        types = [
            SQLAlchemyObjectType("User", User, max_depth=9),
            SQLAlchemyObjectType("Post", Post, max_depth=9),
            SQLAlchemyObjectType("Tag", Tag, max_depth=9),
        ]
        schema = executable(sdl, SQLAlchemyQueryType(types), *types)

        result = await execute(
            schema, f"{{ all {{ {selection} }} }}", context={"session": execute.session}
        )

        told, *others = [error["message"] for error in result["errors"]]
        assert "no such table" in told
        # One failure is told once, and referred to by every other field.
        assert set(others) <= {
            "Post.tags was not loaded: its batch failed, see the first error."
        }

    # What the driver would have awaited, where nothing can wait.
    @pytest.mark.filterwarnings("ignore:.*never awaited:RuntimeWarning")
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    async def test_of_a_coroutine_that_reads_what_is_not_loaded_say_what_to_do(
        self, execute
    ):
        if execute.way == "graphql_sync":
            pytest.skip("a synchronous execution has no coroutines")
        users = ObjectType("User")

        @users.field("latest")
        async def latest(user, info):
            return user.posts[-1]

        query = query_of("post", lambda s: s.get(Post, 1))
        # pytest keeps what is logged, and with it the error and the coroutine.
        logger = logging.Logger("of nobody")
        result = await execute(
            bound(query, users),
            "{ post { author { latest { title } } } }",
            logger=logger,
        )

        if execute.way == "graphql":
            assert result["data"]["post"]["author"] == {"latest": {"title": "c"}}
            return
        assert result["data"]["post"]["author"] == {"latest": None}
        assert [error["message"] for error in result["errors"]] == [
            "The resolver of 'User.latest' is a coroutine and reads an attribute that "
            "is not loaded, which an AsyncSession cannot load there. Declare all that "
            "it reads on the type: `requires={'latest': […]}`."
        ]
        gc.collect()  # that coroutine

    async def test_of_a_coroutine_with_an_object_of_a_closed_session_say_it_too(
        self, execute
    ):
        if execute.way == "graphql_sync":
            pytest.skip("a synchronous execution has no coroutines")
        users = ObjectType("User")

        @users.field("latest")
        async def latest(user, info):
            raise DetachedInstanceError

        query = query_of("post", lambda s: s.get(Post, 1))
        result = await execute(
            bound(query, users), "{ post { author { latest { title } } } }"
        )

        assert [error["message"] for error in result["errors"]] == [
            "The resolver of 'User.latest' is a coroutine and reads an attribute that "
            "is not loaded, which an object of a closed session cannot load there. "
            "Declare all that it reads on the type: `requires={'latest': […]}`."
        ]
