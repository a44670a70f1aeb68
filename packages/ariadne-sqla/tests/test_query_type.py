# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__

import asyncio
import enum
import re
import warnings
from dataclasses import dataclass
from typing import Any

import pytest
from ariadne import MutationType, ObjectType, QueryType, graphql, graphql_sync
from ariadne import make_executable_schema as executable
from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    String,
    Table,
    create_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Load,
    Mapped,
    Session,
    aliased,
    composite,
    contains_eager,
    immediateload,
    lazyload,
    load_only,
    mapped_column,
    raiseload,
    relationship,
    sessionmaker,
    subqueryload,
)

from ariadne_sqla import (
    ConfigurationError,
    LoaderRegistry,
    MissingSessionError,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    UnboundFieldWarning,
    UnfilteredFieldWarning,
    auto_eager_load,
    use_route,
)
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
    username: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )
    all_posts: DynamicMapped["Post"] = relationship(viewonly=True, order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags, order_by="Tag.id")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Missing(Base):
    __tablename__ = "missing"

    id: Mapped[int] = mapped_column(primary_key=True)


SDL = """
type Query {
  users: [User!]!
  maybe: [User]
  one: User
  strict: User!
  user(id: ID!): User
  posts: [Post!]!
  missing: [Missing]
  version: String
}
type User { id: ID! username: String! posts: [Post!]! all_posts: [Post!]! }
type Post { id: ID! title: String author: User tags: [Tag!]! }
type Tag { name: String }
type Missing { id: ID }
"""


@pytest.fixture(autouse=True)
def rows(engine):
    tables = [one for one in Base.metadata.sorted_tables if one.name != "missing"]
    Base.metadata.create_all(engine, tables=tables)
    with Session(engine) as session:
        session.add_all(
            [
                User(
                    id=number,
                    username=f"user {number}",
                    posts=[
                        Post(id=number * 10 + place, title="t", tags=[Tag(name="x")])
                        for place in (1, 2)
                    ],
                )
                for number in (1, 2, 3)
            ]
        )
        session.commit()


MODELS = {"User": User, "Post": Post, "Tag": Tag, "Missing": Missing}


def types(**options):
    return [
        SQLAlchemyObjectType(name, model, **options) for name, model in MODELS.items()
    ]


@pytest.fixture
def schema():
    bindables = types()
    return executable(SDL, SQLAlchemyQueryType(bindables), *bindables)


IDS = [{"id": "1"}, {"id": "2"}, {"id": "3"}]


class TestRootFields:
    async def test_that_are_lists_give_all_rows(self, execute, schema):
        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ users { id } maybe { id } }")

        assert result == {"data": {"users": IDS, "maybe": IDS}}
        statements.expect(2)

    async def test_that_are_single_give_the_first_row(self, execute, schema):
        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ one { id } strict { id } }")

        assert result == {"data": {"one": IDS[0], "strict": IDS[0]}}
        statements.expect(2)
        assert all("LIMIT" in statement.sql for statement in statements)

    async def test_that_are_single_give_null_without_rows(self, execute, schema):
        result = await execute(schema, "{ user(id: 99) { id posts { id } } }")

        assert result == {"data": {"user": None}}

    async def test_that_are_single_load_whole_collections(self, execute, schema):
        result = await execute(schema, "{ user(id: 2) { posts { id } } }")

        assert result["data"]["user"]["posts"] == [{"id": "21"}, {"id": "22"}]

    async def test_take_one_statement_for_each_collection_and_level(
        self, execute, schema
    ):
        with count_statements(execute.engine) as statements:
            result = await execute(
                schema, "{ posts { title author { username } tags { name } } }"
            )

        assert result["data"]["posts"][0] == {
            "title": "t",
            "author": {"username": "user 1"},
            "tags": [{"name": "x"}],
        }
        statements.expect(2)
        assert "email" not in statements[0].sql

    async def test_of_other_types_are_left_alone(self, execute, schema):
        assert await execute(schema, "{ version }") == {"data": {"version": None}}
        assert schema.query_type.fields["version"].resolve is None

    async def test_beside_each_other_share_the_session(self, execute, schema):
        result = await execute(
            schema, "{ a: users { id } b: posts { tags { name } } c: users { id } }"
        )

        assert "errors" not in result
        assert result["data"]["a"] == result["data"]["c"] == IDS

    async def test_load_what_no_option_fills_with_the_requests_loaders(
        self, execute, schema
    ):
        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ users { all_posts { id } } }")

        assert [len(one["all_posts"]) for one in result["data"]["users"]] == [2, 2, 2]
        statements.expect(2)

    async def test_may_be_bound_to_two_schemas(self, execute):
        bindables = types()
        query = SQLAlchemyQueryType(bindables)
        for _ in range(2):
            schema = executable(SDL, query, *bindables)
            assert await execute(schema, "{ users { id } }") == {"data": {"users": IDS}}

    async def test_need_no_bound_object_types(self, execute):
        schema = executable(SDL, SQLAlchemyQueryType(types()))

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ users { id posts { title } } }")
        assert result["data"]["users"][0] == {"id": "1", "posts": [{"title": "t"}] * 2}
        statements.expect(2)


class TestObjectTypes:
    SDL = """
        type Query { posts: [Post!]! }
        type Post { heading: String! author: User tags: [Tag!]! }
        type User { username: String! }
        type Tag { name: String! }
    """
    DOCUMENT = "{ posts { heading author { username } tags { name } } }"
    ANSWER = (
        {
            "heading": "a",
            "author": {"username": "ada"},
            "tags": [{"name": "one"}, {"name": "two"}],
        },
        {"heading": "b", "author": {"username": "ada"}, "tags": []},
    )

    @staticmethod
    def types(**options):
        return [
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Post", Post, aliases={"heading": "title"}, **options),
            SQLAlchemyObjectType("Tag", Tag),
        ]

    @pytest.fixture
    def rows(self, engine):
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            ada = User(id=1, username="ada")
            tags = [Tag(id=1, name="one"), Tag(id=2, name="two")]
            session.add(Post(id=1, title="a", author=ada, tags=tags))
            session.add(Post(id=2, title="b", author=ada))
            session.commit()

    @pytest.mark.parametrize("listed", ["once", "before", "behind", "anew"])
    async def test_are_bound_with_the_query_type(self, execute, rows, listed):
        types = self.types()
        query = SQLAlchemyQueryType(types)
        bindables = {
            "once": [query],
            "before": [*types, query],
            "behind": [query, *types],
            "anew": [query, *self.types()],
        }[listed]
        schema = executable(self.SDL, *bindables)

        for route, statements in (("objects", 2), ("fallback", 3)):
            execute.session.expunge_all()
            with count_statements(execute.engine) as sent, use_route(route):
                result = await execute(schema, self.DOCUMENT)

            assert result == {"data": {"posts": [*self.ANSWER]}}
            sent.expect(statements)

    async def test_have_resolvers_of_the_applications_own(self, execute, rows):
        types, post = self.types(), ObjectType("Post")
        types[0].set_field("username", lambda user, _: user.username.upper())
        post.set_field("heading", lambda post, _: f"{post.title}!")
        schema = executable(self.SDL, SQLAlchemyQueryType(types), post)

        with count_statements(execute.engine) as sent:
            result = await execute(schema, "{ posts { heading author { username } } }")

        author = {"username": "ADA"}
        assert result["data"]["posts"] == [
            {"heading": "a!", "author": author},
            {"heading": "b!", "author": author},
        ]
        sent.expect(1)

    @pytest.mark.parametrize(
        ("setting", "options"),
        [
            ("requires", {"requires": {"heading": ["title"]}}),
            ("max_depth", {"max_depth": 5}),
            ("page_size", {"page_size": 5}),
            ("policy", {"policy": lambda post, info: True}),
            ("strategies", {"strategies": {"tags": subqueryload}}),
            ("visible_if", {"visible_if": {"heading": lambda info: True}}),
        ],
    )
    def test_say_the_same_where_they_are_listed_twice(self, setting, options):
        query, others = SQLAlchemyQueryType(self.types()), self.types(**options)
        message = (
            "The type 'Post' is bound by two object types, which have different "
            f"`{setting}`. Give `SQLAlchemyQueryType` and `make_executable_schema` the "
            "same one, or one of them alone."
        )

        for bindables in ([query, *others], [*others, query]):
            with pytest.raises(ConfigurationError, match=f"^{re.escape(message)}$"):
                executable(self.SDL, *bindables)

    def test_of_one_name_have_one_base_query(self):
        class Sorted(SQLAlchemyObjectType):
            def get_base_query(self, info, **_):
                return select(Post).order_by(Post.title)

        first, second = self.types(), self.types()
        second[1] = Sorted("Post", Post, aliases={"heading": "title"})

        with pytest.raises(ConfigurationError, match="different `get_base_query`"):
            executable(self.SDL, SQLAlchemyQueryType([*first, *second]))


class TestOwnResolvers:
    async def test_set_on_the_query_type_win(self, execute):
        query = SQLAlchemyQueryType(types())
        query.set_field("users", lambda *_: [{"id": 7}])

        result = await execute(executable(SDL, query), "{ users { id } maybe { id } }")
        assert result == {"data": {"users": [{"id": "7"}], "maybe": IDS}}

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_of_another_query_type_win(self, execute, is_before):
        own = QueryType()
        own.set_field("users", lambda *_: [{"id": 7}])
        bindables = types()
        query = SQLAlchemyQueryType(bindables)
        order = [own, query] if is_before else [query, own]

        schema = executable(SDL, *order, *bindables)
        result = await execute(schema, "{ users { id } }")
        assert result == {"data": {"users": [{"id": "7"}]}}


class TestReturnedValues:
    """What has not to be waited for is returned at once."""

    async def test_on_a_session_are_rows_also_under_an_event_loop(self, engine, schema):
        resolver = schema.query_type.fields["users"].resolve
        seen = []

        def spy(*args, **kwargs):
            seen.append(resolver(*args, **kwargs))
            return seen[-1]

        schema.query_type.fields["users"].resolve = spy
        with Session(engine) as session:
            ok, _ = await graphql(
                schema,
                {"query": "{ users { id } }"},
                context_value={"session": session},
            )
        assert ok
        assert [user.id for user in seen[0]] == [1, 2, 3]

    async def test_on_an_async_session_are_awaitable(self, async_engine, schema):
        seen = []
        resolver = schema.query_type.fields["users"].resolve

        def spy(*args, **kwargs):
            seen.append(resolver(*args, **kwargs))
            return seen[-1]

        schema.query_type.fields["users"].resolve = spy
        async with AsyncSession(async_engine) as session:
            await graphql(
                schema,
                {"query": "{ users { id } }"},
                context_value={"session": session},
            )
        assert hasattr(seen[0], "__await__")


class TestSessionFromContext:
    DOCUMENT = "{ users { id } version }"
    MESSAGE = (
        "Session not found in context under key 'session'. Put one there in "
        "`context_value`, as that which `SQLAlchemySessionMiddleware` keeps in the "
        "state of a request, or override `get_session_from_context`."
    )

    async def test_may_be_elsewhere(self, execute):
        class Elsewhere(SQLAlchemyQueryType):
            @staticmethod
            def get_session_from_context(context):
                return context["request"]["db"]

        result = await execute(
            executable(SDL, Elsewhere(types())),
            self.DOCUMENT,
            context={"request": {"db": execute.session}},
        )
        assert result["data"]["users"] == IDS

    @pytest.mark.parametrize("context", [{}, {"session": None}, {"db": 1}])
    async def test_that_is_missing_is_an_error_at_the_field(
        self, execute, schema, context
    ):
        result = await execute(schema, "{ maybe { id } version }", context=context)

        assert result["data"] == {"maybe": None, "version": None}
        [error] = result["errors"]
        assert error["message"] == self.MESSAGE
        assert error["path"] == ["maybe"]
        assert error["locations"] == [{"line": 1, "column": 3}]

    def test_that_is_missing_is_a_runtime_error(self):
        for context in ({}, None, object()):
            with pytest.raises(MissingSessionError) as error:
                SQLAlchemyQueryType.get_session_from_context(context)
            assert str(error.value) == self.MESSAGE

    async def test_that_is_async_is_refused_by_a_synchronous_execution(
        self, async_engine, schema
    ):
        context = {"session": AsyncSession(async_engine)}
        _, result = graphql_sync(
            schema, {"query": "{ maybe { id } }"}, context_value=context
        )

        assert result["data"] == {"maybe": None}
        [error] = result["errors"]
        assert error["message"] == (
            "Query.maybe cannot be answered on an AsyncSession by a synchronous "
            "execution (WSGI, `graphql_sync`). Use a Session there."
        )
        assert error["path"] == ["maybe"]


class TestDepth:
    DEEP = "maybe { posts { author { posts { id } } } }"

    async def test_beyond_the_limit_is_an_error_at_its_field(self, execute, schema):
        with count_statements(execute.engine) as statements:
            result = await execute(schema, f"{{\n  {self.DEEP}\n  one {{ id }}\n}}")

        assert result["data"] == {"maybe": None, "one": {"id": "1"}}
        [error] = result["errors"]
        assert error["message"] == "Query depth 4 exceeds max_depth=3 (the default)."
        assert error["path"] == ["maybe"]
        assert error["locations"] == [{"line": 2, "column": 3}]
        statements.expect(1)

    async def test_is_limited_by_the_type_of_the_field(self, execute):
        schema = executable(SDL, SQLAlchemyQueryType(types(max_depth=4)))
        result = await execute(schema, f"{{ {self.DEEP} }}")
        assert "errors" not in result

        schema = executable(SDL, SQLAlchemyQueryType(types(max_depth=2)))
        result = await execute(schema, f"{{ {self.DEEP} }}")
        assert result["errors"][0]["message"] == (
            "Query depth 3 exceeds max_depth=2 (set by 'User')."
        )

    async def test_has_one_default_for_the_schema(self, execute):
        schema = executable(SDL, SQLAlchemyQueryType(types(), max_depth=4))
        result = await execute(schema, f"{{ {self.DEEP} }}")
        assert "errors" not in result

        schema = executable(SDL, SQLAlchemyQueryType(types(), max_depth=2))
        result = await execute(schema, f"{{ {self.DEEP} }}")
        assert result["errors"][0]["message"] == (
            "Query depth 3 exceeds max_depth=2 (set by 'SQLAlchemyQueryType')."
        )

    async def test_of_a_type_goes_before_the_default_of_the_schema(self, execute):
        for max_depth, is_refused in ((4, False), (2, True)):
            query = SQLAlchemyQueryType(types(max_depth=max_depth), max_depth=3)
            result = await execute(executable(SDL, query), f"{{ {self.DEEP} }}")
            assert ("errors" in result) is is_refused

    async def test_is_narrowed_by_a_type_below(self, execute):
        bindables = [
            SQLAlchemyObjectType("User", User, max_depth=9),
            SQLAlchemyObjectType("Post", Post, max_depth=2),
        ]
        schema = executable(SDL, SQLAlchemyQueryType(bindables))
        result = await execute(schema, f"{{ {self.DEEP} }}")

        assert result["errors"][0]["message"] == (
            "Query depth 3 exceeds max_depth=2 (set by 'Post')."
        )

    async def test_is_not_read_from_what_is_skipped(self, execute, schema):
        result = await execute(
            schema,
            "query ($no: Boolean!) { users { id posts @include(if: $no)"
            " { author { posts { id } } } } }",
            variables={"no": False},
        )

        assert result == {"data": {"users": IDS}}


class TestFailingStatements:
    async def test_are_errors_at_their_field(self, execute, schema):
        result = await execute(schema, "{ users { id }\n missing { id } }")

        assert result["data"] == {"users": IDS, "missing": None}
        [error] = result["errors"]
        assert "no such table: missing" in error["message"]
        assert error["path"] == ["missing"]
        assert error["locations"] == [{"line": 2, "column": 2}]

    async def test_leave_the_session_to_what_comes_after(self, execute, schema):
        result = await execute(schema, "{ missing { id } users { posts { id } } }")

        assert len(result["data"]["users"]) == 3


class TestSessionFactory:
    @pytest.fixture
    def opened(self):
        return []

    def factory(self, maker, opened):
        def factory():
            opened.append(maker())
            return opened[-1]

        return factory

    def schema(self, factory):
        bindables = types()
        query = SQLAlchemyQueryType(bindables, session_factory=factory)
        return executable(SDL, query, *bindables)

    DOCUMENT = (
        "{ users { username posts { title } } posts { id author { username } }"
        " all: users { all_posts { id } } }"
    )

    def test_gives_each_root_field_a_session_that_is_closed(self, engine, opened):
        schema = self.schema(self.factory(sessionmaker(engine), opened))
        with Session(engine) as session:
            context = {"session": session, "loader_registry": LoaderRegistry(session)}
            ok, result = graphql_sync(
                schema, {"query": self.DOCUMENT}, context_value=context
            )
            assert not session.in_transaction()

        assert ok, result
        assert "errors" not in result
        assert len(opened) == 3
        assert not any(one.in_transaction() for one in opened)
        assert engine.pool.checkedout() == 0

    async def test_takes_an_async_sessionmaker(self, async_engine, opened):
        schema = self.schema(self.factory(async_sessionmaker(async_engine), opened))
        async with AsyncSession(async_engine) as session:
            context = {"session": session, "loader_registry": LoaderRegistry(session)}
            ok, result = await graphql(
                schema, {"query": self.DOCUMENT}, context_value=context
            )

        assert ok, result
        assert result["data"]["users"][0] == {
            "username": "user 1",
            "posts": [{"title": "t"}] * 2,
        }
        assert [len(one["all_posts"]) for one in result["data"]["all"]] == [2, 2, 2]
        assert len(opened) == 3
        assert async_engine.pool.checkedout() == 0

    async def test_lets_root_fields_load_at_once(self, async_engine, opened):
        schema = self.schema(self.factory(async_sessionmaker(async_engine), opened))
        at_once = []
        event.listen(
            async_engine.sync_engine,
            "checkout",
            lambda *_: at_once.append(async_engine.pool.checkedout()),
        )
        _, result = await graphql(
            schema, {"query": "{ users { id } one { id } maybe { id } }"}
        )

        assert result["data"]["users"] == IDS
        assert max(at_once) > 1

    async def test_closes_the_session_of_a_field_that_fails(self, async_engine, opened):
        schema = self.schema(self.factory(async_sessionmaker(async_engine), opened))
        _, result = await graphql(schema, {"query": "{ missing { id } maybe { id } }"})

        assert result["data"] == {"missing": None, "maybe": IDS}
        assert async_engine.pool.checkedout() == 0

    async def test_tells_who_holds_the_connection_that_it_waited_for(self, engine):
        url = engine.url.set(drivername="sqlite+aiosqlite")
        pool = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.05)
        bindables = types()
        query = SQLAlchemyQueryType(bindables, session_factory=async_sessionmaker(pool))

        @query.field("maybe")
        async def resolve_maybe(_, info):
            return (await info.context["session"].scalars(select(User))).all()

        schema = executable(SDL, query, *bindables)
        async with AsyncSession(pool) as session:
            context = {"session": session, "loader_registry": LoaderRegistry(session)}
            _, result = await graphql(
                schema,
                {"query": "{ maybe { id } users { id } }"},
                context_value=context,
            )
        await pool.dispose()

        [error] = result["errors"]
        assert error["message"] == (
            "Query.users got no connection in time. Its session is one of "
            "`session_factory`, and another resolver of this request holds a "
            "connection on the session of the context. Leave room for both in the "
            "pool, or end that transaction in the resolver."
        )
        assert error["path"] == ["users"]

    async def test_leaves_the_error_of_a_pool_that_others_emptied(self, engine):
        url = engine.url.set(drivername="sqlite+aiosqlite")
        pool = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.05)
        schema = self.schema(async_sessionmaker(pool))
        async with pool.connect(), AsyncSession(pool) as session:
            context = {"session": session, "loader_registry": LoaderRegistry(session)}
            _, result = await graphql(
                schema, {"query": "{ maybe { id } }"}, context_value=context
            )
        await pool.dispose()

        assert result["data"] == {"maybe": None}
        assert "QueuePool limit of size 1" in result["errors"][0]["message"]

    async def test_is_not_asked_where_the_request_holds_a_connection(
        self, async_engine, opened
    ):
        schema = self.schema(self.factory(async_sessionmaker(async_engine), opened))
        async with AsyncSession(async_engine) as session:
            await session.execute(select(User))
            context = {"session": session, "loader_registry": LoaderRegistry(session)}
            _, result = await graphql(
                schema,
                {"query": "{ users { id } one { id } }"},
                context_value=context,
            )

        assert result["data"]["users"] == IDS
        assert opened == []

    async def test_gives_detached_objects(self, async_engine, opened):
        schema = self.schema(self.factory(async_sessionmaker(async_engine), opened))
        seen = []
        schema.type_map["User"].fields["username"].resolve = lambda user, _: (
            seen.append(inspect(user)) or user.username
        )
        await graphql(schema, {"query": "{ users { username } }"})

        assert all(state.detached for state in seen)
        assert len(seen) == 3


class TestUnfilteredFields:
    """A field that gives just any row: `me` would be somebody."""

    SDL = """
    type Query { me: User any(username: String): User users: [User!]! pet: Pet }
    type User { id: ID! }
    type Post { id: ID! }
    interface Pet { name: String }
    type Dog implements Pet { name: String }
    """

    def test_are_warned_of_at_the_line_that_makes_the_schema(self):
        user, dog = SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Dog", Dog)
        with pytest.warns(UnfilteredFieldWarning) as caught:
            executable(self.SDL, SQLAlchemyQueryType([user, dog]), user, dog)

        assert [str(one.message) for one in caught] == [
            "Query.me gives the first row of 'User': it is no list, has no argument "
            "that names a column, and no resolver as yet. Bind its resolver before "
            "this query type, give it an argument, or let the type 'User' override "
            "`get_base_query`.",
            "Query.pet gives the first row of 'Dog': it is no list, has no argument "
            "that names a column, and no resolver as yet. Bind its resolver before "
            "this query type, give it an argument, or let the type 'Dog' override "
            "`get_base_query`.",
        ]
        assert {one.filename for one in caught} == {__file__}

    def test_can_be_made_an_error(self):
        query = SQLAlchemyQueryType([SQLAlchemyObjectType("User", User)])
        with warnings.catch_warnings():
            warnings.simplefilter("error", UnfilteredFieldWarning)
            with pytest.raises(UnfilteredFieldWarning, match=r"^Query\.me gives"):
                executable(self.SDL, query)

    async def test_are_bound_as_in_ariadne_contrib_sqlalchemy(self, execute):
        user = SQLAlchemyObjectType("User", User)
        schema = executable(self.SDL, SQLAlchemyQueryType([user]), user)

        result = await execute(schema, "{ me { id } }")
        assert result == {"data": {"me": {"id": "1"}}}

    def test_are_none_with_a_resolver_or_a_base_query(self):
        class Me(SQLAlchemyObjectType):
            def get_base_query(self, info, **kwargs):
                return select(User).where(User.id == info.context["user_id"])

        own = SQLAlchemyQueryType([SQLAlchemyObjectType("User", User)])
        own.set_field("me", lambda *_: None)
        with warnings.catch_warnings():
            warnings.simplefilter("error", UnfilteredFieldWarning)
            executable(self.SDL, SQLAlchemyQueryType([Me("User", User)]))
            executable(self.SDL, own)


class Info(Base):
    __tablename__ = "infos"

    id: Mapped[int] = mapped_column(primary_key=True)
    info: Mapped[str]


@pytest.mark.parametrize("argument", ["info", "self", "_", "obj", "parent"])
async def test_arguments_may_have_the_names_of_parameters(execute, engine, argument):
    with Session(engine) as session:
        session.add_all([Info(id=1, info="a"), Info(id=2, info="b")])
        session.commit()
    info_type = SQLAlchemyObjectType("Info", Info, aliases={argument: "info"})
    schema = executable(
        f"type Query {{ infos({argument}: String): [Info!]! }} "
        f"type Info {{ id: ID! {argument}: String }}",
        SQLAlchemyQueryType([info_type]),
        info_type,
    )

    result = await execute(schema, f'{{ infos({argument}: "b") {{ id }} }}')
    assert result == {"data": {"infos": [{"id": "2"}]}}


class TestBaseQueries:
    class Ordered(SQLAlchemyObjectType):
        def get_base_query(self, info, **kwargs):
            return select(User).where(User.id != 2).order_by(User.id.desc())

    async def test_are_what_a_field_starts_from(self, execute):
        user, post = self.Ordered("User", User), SQLAlchemyObjectType("Post", Post)
        schema = executable(SDL, SQLAlchemyQueryType([user, post]), user, post)
        result = await execute(schema, "{ users { id posts { id } } one { id } }")

        assert [user["id"] for user in result["data"]["users"]] == ["3", "1"]
        assert result["data"]["one"] == {"id": "3"}

    async def ask(self, execute, base_query, query, *, model=User):
        """Return the answer, and the statements that it took."""

        class Own(SQLAlchemyObjectType):
            def get_base_query(self, info, **kwargs):
                return base_query()

        bindables = [
            Own(name, one) if one is model else SQLAlchemyObjectType(name, one)
            for name, one in MODELS.items()
        ]
        schema = executable(SDL, SQLAlchemyQueryType(bindables), *bindables)
        with count_statements(execute.engine) as statements:
            return await execute(schema, query), statements

    @pytest.mark.parametrize("converts", [False, True])
    @pytest.mark.parametrize(
        ("document", "ids", "given"),
        [
            ("{ users(beforeId: 3) { id } }", ["1", "2"], {}),
            ("{ users(beforeId: 3, atMost: 1) { id } }", ["1"], {"atMost": 1}),
            ("{ users { id } }", ["1", "2", "3"], {}),
        ],
    )
    async def test_take_arguments_by_their_names_in_snake_case(
        self, execute, converts, document, ids, given
    ):
        seen = []

        class Own(SQLAlchemyObjectType):
            def get_base_query(self, info, *, before_id=None, **others):
                seen.append(others)
                at_most = others.get("at_most", others.get("atMost"))
                stmt = select(User).order_by(User.id).limit(at_most)
                return stmt if before_id is None else stmt.where(User.id < before_id)

        sdl = """
            type Query { users(beforeId: Int, atMost: Int): [User!]! }
            type User { id: ID! }
        """
        query = SQLAlchemyQueryType([Own("User", User)])
        schema = executable(sdl, query, convert_names_case=converts)

        with count_statements(execute.engine) as statements:
            result = await execute(schema, document)

        assert [user["id"] for user in result["data"]["users"]] == ids
        # What it has no parameter for has the name that Ariadne gives it.
        names = {"atMost": "at_most"} if converts else {}
        expected = {names.get(name, name): one for name, one in given.items()}
        assert seen
        assert all(one == expected for one in seen)
        statements.expect(1)

    async def test_keep_every_row_that_contains_eager_reads(self, execute):
        def base_query():
            stmt = select(User).join(User.posts).options(contains_eager(User.posts))
            return stmt.order_by(User.id, Post.id)

        query = "{ one { username posts { id } } }"
        result, statements = await self.ask(execute, base_query, query)

        posts = [{"id": "11"}, {"id": "12"}]
        assert result == {"data": {"one": {"username": "user 1", "posts": posts}}}
        statements.expect(1)

    @pytest.mark.parametrize(
        "option",
        [
            raiseload("*"),
            Load(User).raiseload("*"),
            raiseload(User.posts),
            raiseload(User.posts, sql_only=True),
            lazyload("*"),
            subqueryload("*"),
            immediateload("*"),
        ],
    )
    async def test_may_say_how_relationships_load(self, execute, option):
        def base_query():
            return select(User).options(option).order_by(User.id)

        query = "{ users { username posts { id author { id } } } }"
        result, statements = await self.ask(execute, base_query, query)

        own = {"author": {"id": "1"}}
        assert "errors" not in result
        assert result["data"]["users"][0] == {
            "username": "user 1",
            "posts": [{"id": "11", **own}, {"id": "12", **own}],
        }
        assert all("NULL" not in one.sql for one in statements)
        statements.expect(2)

    @pytest.mark.parametrize("field", ["one", "users"])
    async def test_may_be_statements_of_any_kind(self, execute, field):
        def base_query():
            return select(User).from_statement(text("SELECT * FROM users ORDER BY id"))

        query = f"{{ {field} {{ username posts {{ title author {{ id }} }} }} }}"
        result, statements = await self.ask(execute, base_query, query)

        assert "errors" not in result
        first = result["data"][field] if field == "one" else result["data"][field][0]
        post = {"title": "t", "author": {"id": "1"}}
        assert first == {"username": "user 1", "posts": [post, post]}
        statements.expect(2)

    async def test_that_take_no_condition_are_not_filtered(self, execute):
        def base_query():
            return select(User).from_statement(text("SELECT * FROM users ORDER BY id"))

        query = '{ user(id: "2") { username } }'
        result, statements = await self.ask(execute, base_query, query)

        assert result["errors"][0]["message"] == (
            "Query.user cannot be filtered: the base query of 'User' is a "
            "FromStatement, which takes no condition. Return a `select()`, or filter "
            "in `get_base_query` and give the argument a name that is no column's."
        )
        statements.expect(0)

    async def test_may_say_yield_per(self, execute):
        def base_query():
            return select(User).order_by(User.id).execution_options(yield_per=1)

        query = "{ users { id posts { id } } }"
        result, statements = await self.ask(execute, base_query, query)

        assert [user["id"] for user in result["data"]["users"]] == ["1", "2", "3"]
        statements.expect(2)

    @pytest.mark.parametrize(
        "change",
        [
            lambda stmt: stmt.order_by(text("title, id")),
            lambda stmt: stmt.where(text("id > 0")).order_by(Post.id),
            lambda stmt: stmt.group_by(Post.id).order_by(Post.id),
            lambda stmt: stmt.order_by(Post.id).with_for_update(),
        ],
        ids=["ordered by text", "filtered by text", "GROUP BY", "FOR UPDATE"],
    )
    async def test_that_forbid_a_join_are_completed_by_a_batch(self, execute, change):
        query = "{ posts { title author { username } } }"
        result, statements = await self.ask(
            execute, lambda: change(select(Post)), query, model=Post
        )

        assert [post["author"] for post in result["data"]["posts"]] == [
            {"username": f"user {number}"} for number in (1, 1, 2, 2, 3, 3)
        ]
        statements.expect(2)
        assert "JOIN" not in statements[0].sql

    async def test_are_not_passed_by_a_relationship(self, execute):
        user, post = self.Ordered("User", User), SQLAlchemyObjectType("Post", Post)
        schema = executable(SDL, SQLAlchemyQueryType([user, post]), user, post)
        result = await execute(schema, "{ posts { author { id } } }")

        authors = {one["author"]["id"] for one in result["data"]["posts"]}
        assert authors == {"1", "2", "3"}


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    toys: Mapped[list["Toy"]] = relationship()

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Toy(Base):
    __tablename__ = "toys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("animals.id"))


class Dog(Animal):
    __tablename__ = "dogs"
    friends = None  # resolvers of some tests give it

    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    trick: Mapped[str]

    __mapper_args__ = {"polymorphic_identity": "dog"}


class Cat(Animal):
    lives: Mapped[int | None]

    __mapper_args__ = {"polymorphic_identity": "cat"}


class TestAbstractRootFields:
    SDL = """
    type Query {
      animals(name: String): [Animal!]!
      animal(name: String): Animal
      pets: [Pet!]!
    }
    interface Animal { name: String }
    type Dog implements Animal { name: String trick: String friends: [Animal!] }
    type Cat implements Animal { name: String lives: Int }
    type User { username: String }
    union Pet = Dog | Cat
    """

    @pytest.fixture(autouse=True)
    def animals(self, engine, rows):
        with Session(engine) as session:
            session.add_all(
                [
                    Dog(name="Rex", trick="sit"),
                    Cat(name="Tom", lives=9),
                    Animal(name="Who"),
                    Dog(name="Bo", trick="roll"),
                ]
            )
            session.commit()

    DOCUMENT = (
        "{ animals { __typename name ... on Dog { trick } ... on Cat { lives } } }"
    )

    def types(self):
        return [SQLAlchemyObjectType("Dog", Dog), SQLAlchemyObjectType("Cat", Cat)]

    @pytest.mark.parametrize("field", ["animals", "pets"])
    async def test_give_the_rows_of_their_types(self, execute, field):
        bindables = self.types()
        schema = executable(self.SDL, SQLAlchemyQueryType(bindables), *bindables)
        document = (
            f"{{ {field} {{"
            " ... on Dog { name trick } ... on Cat { name lives } } }"
        )

        with count_statements(execute.engine) as statements:
            result = await execute(schema, document)
        assert result == {
            "data": {
                field: [
                    {"name": "Rex", "trick": "sit"},
                    {"name": "Tom", "lives": 9},
                    {"name": "Bo", "trick": "roll"},
                ]
            }
        }
        assert len(statements) <= 3, statements

    async def test_filter_by_arguments(self, execute):
        bindables = self.types()
        schema = executable(self.SDL, SQLAlchemyQueryType(bindables), *bindables)
        result = await execute(
            schema,
            '{ animals(name: "Bo") { name } animal(name: "Tom") { __typename }'
            ' none: animal(name: "Who") { name } }',
        )

        assert result["data"] == {
            "animals": [{"name": "Bo"}],
            "animal": {"__typename": "Cat"},
            "none": None,
        }

    def test_have_no_arguments_that_nothing_uses(self):
        sdl = self.SDL.replace("animals(name", "animals(limits: Int, name")
        message = (
            r"^'Query\.animals\(limits:\)' filters, orders or pages by no known name, "
            r"and is no column of 'Animal'\. Did you mean 'limit'"
        )
        with pytest.raises(ConfigurationError, match=message):
            executable(sdl, SQLAlchemyQueryType(self.types()))

    async def test_are_left_alone_where_a_type_is_missing(self, execute):
        schema = executable(self.SDL, SQLAlchemyQueryType(self.types()[:1]))

        assert schema.query_type.fields["animals"].resolve is None

    async def test_are_left_alone_where_models_have_nothing_in_common(self):
        sdl = self.SDL.replace("union Pet = Dog | Cat", "union Pet = Dog | Cat | User")
        bindables = [*self.types(), SQLAlchemyObjectType("User", User)]
        schema = executable(sdl, SQLAlchemyQueryType(bindables))

        assert schema.query_type.fields["pets"].resolve is None
        assert schema.query_type.fields["animals"].resolve is not None

    def test_are_left_alone_where_they_would_pass_by_a_base_query(self):
        class Filtered(SQLAlchemyObjectType):
            def get_base_query(self, info, **kwargs):
                return super().get_base_query(info, **kwargs).where(Dog.trick != "sit")

        bindables = [Filtered("Dog", Dog), SQLAlchemyObjectType("Cat", Cat)]
        with pytest.warns(UnboundFieldWarning) as caught:
            schema = executable(self.SDL, SQLAlchemyQueryType(bindables))

        assert schema.query_type.fields["animals"].resolve is None
        assert str(caught[0].message) == (
            "Query.animals is not bound: Dog override `get_base_query`, which a "
            "statement over all types of 'Animal' would pass by. Give it a resolver "
            "that uses `auto_eager_load`."
        )

    async def test_use_the_base_query_of_the_common_model(self, execute):
        class Filtered(SQLAlchemyObjectType):
            def get_base_query(self, info, **kwargs):
                return super().get_base_query(info).where(Animal.name != "Bo")

        sdl = self.SDL + " type Other implements Animal { name: String }"
        bindables = [*self.types(), Filtered("Other", Animal)]
        schema = executable(sdl, SQLAlchemyQueryType(bindables), *bindables)
        result = await execute(schema, "{ animals { __typename name } }")

        assert result["data"]["animals"] == [
            {"__typename": "Dog", "name": "Rex"},
            {"__typename": "Cat", "name": "Tom"},
            {"__typename": "Other", "name": "Who"},
        ]

    async def test_may_select_an_alias_of_the_common_model(self, execute):
        class Aliased(SQLAlchemyObjectType):
            def get_base_query(self, info, **kwargs):
                alias = aliased(Animal)
                return select(alias).where(alias.name != "Bo").order_by(alias.id)

        sdl = """
        type Query { animals(name: String): [Beast!]! }
        interface Beast { name: String }
        type Other implements Beast { name: String }
        type Dog implements Beast { name: String }
        """
        bindables = [SQLAlchemyObjectType("Dog", Dog), Aliased("Other", Animal)]
        schema = executable(sdl, SQLAlchemyQueryType(bindables), *bindables)
        result = await execute(schema, "{ animals { __typename name } }")

        # A cat is an animal.
        assert result["data"]["animals"] == [
            {"__typename": "Dog", "name": "Rex"},
            {"__typename": "Other", "name": "Tom"},
            {"__typename": "Other", "name": "Who"},
        ]
        result = await execute(schema, '{ animals(name: "Tom") { name } }')
        assert result["data"]["animals"] == [{"name": "Tom"}]

    @pytest.mark.parametrize("is_reversed", [False, True])
    async def test_are_limited_in_depth_by_each_type(self, execute, is_reversed):
        sdl = """
        type Query { animals: [Animal!]! }
        interface Animal { name: String toys: [Toy!] }
        type Dog implements Animal { name: String toys: [Toy!] }
        type Cat implements Animal { name: String toys: [Toy!] }
        type Toy { name: String }
        """
        bindables = [
            SQLAlchemyObjectType("Dog", Dog, max_depth=2),
            SQLAlchemyObjectType("Cat", Cat, max_depth=1),
            SQLAlchemyObjectType("Toy", Toy, max_depth=9),
        ]
        if is_reversed:
            bindables.reverse()
        schema = executable(sdl, SQLAlchemyQueryType(bindables), *bindables)

        result = await execute(schema, "{ animals { ... on Dog { toys { name } } } }")
        assert "errors" not in result
        result = await execute(schema, "{ animals { toys { name } } }")
        assert result["errors"][0]["message"] == (
            "Query depth 2 exceeds max_depth=1 (set by 'Cat')."
        )


async def test_mutations_are_seen_by_the_fields_after_them(execute):
    """`registry.forget` also without the extension: the session knows of the write."""
    mutation = MutationType()

    @mutation.field("rename")
    def resolve_rename(_, info, id, to):
        def work(sync):
            user = sync.get(User, int(id))
            user.username = to
            sync.flush()
            return user

        session = info.context["session"]
        return session.run_sync(work) if hasattr(session, "run_sync") else work(session)

    bindables = types()
    schema = executable(
        SDL + "type Mutation { rename(id: ID!, to: String!): User }",
        SQLAlchemyQueryType(bindables),
        mutation,
        *bindables,
    )
    result = await execute(
        schema,
        """mutation {
          a: rename(id: 1, to: "one") { username posts { author { username } } }
          b: rename(id: 1, to: "two") { username posts { author { username } } }
        }""",
    )

    assert "errors" not in result
    for key, name in (("a", "one"), ("b", "two")):
        assert result["data"][key] == {
            "username": name,
            "posts": [{"author": {"username": name}}] * 2,
        }


async def test_requests_at_once_do_not_see_each_other(engine, schema):
    async def request(number):
        with Session(engine) as session:
            _, result = await graphql(
                schema,
                {
                    "query": "query ($id: ID!) { user(id: $id) { id posts { id } } }",
                    "variables": {"id": number},
                },
                context_value={"session": session},
                extensions=[SQLAlchemyDataLoaderExtension],
            )
        return result["data"]["user"]["posts"][0]["id"]

    found = await asyncio.gather(*(request(number) for number in (1, 2, 3) * 5))
    assert found == ["11", "21", "31"] * 5


async def test_a_bug_in_finding_the_registry_is_an_error_of_the_field(execute):
    class Elsewhere(SQLAlchemyObjectType):
        @staticmethod
        def get_loader_registry_from_context(context):
            return context["registries"]["main"]

    bindables = [
        Elsewhere("User", User),
        SQLAlchemyObjectType("Post", Post),
        SQLAlchemyObjectType("Tag", Tag),
    ]
    schema = executable(SDL, SQLAlchemyQueryType(bindables), *bindables)

    result = await execute(schema, "{ users { posts { id } } }")
    [error] = result["errors"]
    assert (error["message"], error["path"]) == ("'registries'", ["users"])


class Diary(Base):
    __tablename__ = "diaries"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(deferred=True)
    pages: Mapped[list["Page"]] = relationship(order_by="Page.id")

    @property
    def shout(self):
        # Not `self.secret`, which planning reads in the code and loads ahead.
        return vars(type(self))["secret"].__get__(self, type(self)).upper()


class Page(Base):
    __tablename__ = "pages"

    id: Mapped[int] = mapped_column(primary_key=True)
    diary_id: Mapped[int] = mapped_column(ForeignKey("diaries.id"))


class TestUnforeseenReadsBesideASessionFactory:
    """Objects of a session that is closed read what they lack on the context's."""

    SDL = """
    type Query { diaries: [Diary!]! }
    type Diary { shout: String count: Int }
    """

    @pytest.fixture
    def diaries(self, engine):
        with Session(engine) as session:
            session.add_all(
                Diary(id=one, secret=f"s{one}", pages=[Page(), Page()])
                for one in (1, 2, 3)
            )
            session.commit()

    @pytest.mark.parametrize("is_known", [False, True], ids=["new", "known"])
    @pytest.mark.parametrize(
        ("field", "values"),
        [("shout", ["S1", "S2", "S3"]), ("count", [2, 2, 2])],
    )
    async def test_load_as_on_one_session(
        self, execute, diaries, field, values, is_known
    ):
        asynchronous = execute.way == "AsyncSession"
        maker = (async_sessionmaker if asynchronous else sessionmaker)(execute.engine)
        diary = SQLAlchemyObjectType("Diary", Diary)
        diary.set_field("count", lambda diary, _: len(diary.pages))
        query = SQLAlchemyQueryType([diary], session_factory=maker)
        schema = executable(self.SDL, query, diary)
        if is_known:  # and then no transaction is open
            found = execute.session.get(Diary, 1)
            first = await found if asynchronous else found
            ended = execute.session.commit()
            if asynchronous:
                await ended
            assert first is not None

        with count_statements(execute.engine) as statements:
            result = await execute(schema, f"{{ diaries {{ {field} }} }}")

        assert "errors" not in result, result
        assert [one[field] for one in result["data"]["diaries"]] == values
        # As many as SQLAlchemy's lazy loading takes; one more to refresh the first.
        assert len(statements) in ((4, 5) if is_known else (4,))
        assert execute.engine.pool.checkedout() <= 1


class Mood(enum.Enum):
    GOOD = "+"


@dataclass
class Place:
    city: str
    street: str


class Holding(Base):
    """Columns whose values have attributes, and a class that finds its own."""

    __tablename__ = "holdings"

    id: Mapped[int] = mapped_column(primary_key=True)
    mood: Mapped[Mood]
    data: Mapped[Any] = mapped_column(JSON)
    unread: Mapped[str] = mapped_column(default="")
    place: Mapped[Place] = composite(
        mapped_column("city", String), mapped_column("street", String)
    )

    def __getattr__(self, name):
        if name == "nickname":
            return f"holding {self.id}"
        raise AttributeError(name)


@pytest.mark.parametrize("root", ["holdings", "own"])
async def test_aliases_go_on_behind_columns_and_composites(execute, engine, root):
    with Session(engine) as session:
        session.add(
            Holding(id=1, mood=Mood.GOOD, data={"a": {"b": 7}}, place=Place("x", "y"))
        )
        session.commit()
    holding = SQLAlchemyObjectType(
        "Holding",
        Holding,
        aliases={
            "sign": "mood.value",
            "deep": "data.a.b",
            "missing": "data.none.b",
            "city": "place.city",
            "nick": "nickname",
        },
    )
    query = SQLAlchemyQueryType([holding])

    @query.field("own")
    def resolve_own(_, info):
        stmt = select(Holding).options(load_only(Holding.id))
        if execute.way == "AsyncSession":
            return _all(info.context["session"], stmt)
        return info.context["session"].scalars(stmt).all()

    schema = executable(
        """
        type Query { holdings: [Holding!]! own: [Holding!]! }
        type Holding { sign: String deep: Int missing: Int city: String nick: String }
        """,
        query,
        holding,
    )

    with count_statements(execute.engine) as statements:
        result = await execute(schema, f"{{ {root} {{ sign deep missing city }} }}")
    assert result == {
        "data": {root: [{"sign": "+", "deep": 7, "missing": None, "city": "x"}]}
    }
    assert len(statements) == (1 if root == "holdings" else 2)
    assert "unread" not in statements[-1].sql

    result = await execute(schema, f"{{ {root} {{ nick }} }}")
    assert result == {"data": {root: [{"nick": "holding 1"}]}}


async def _all(session, stmt):
    return (await session.scalars(stmt)).all()


class TestTwoDatabases:
    """Users in one, posts in another: nothing can be joined."""

    @pytest.fixture(params=["binds", "get_bind"])
    def session(self, request, tmp_path):
        users, posts = (
            create_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("u", "p")
        )
        Base.metadata.create_all(users, tables=[User.__table__])
        Base.metadata.create_all(posts, tables=[Post.__table__])

        class Routing(Session):
            def get_bind(self, mapper=None, **_):
                return users if mapper.class_ is User else posts

        if request.param == "binds":
            session = Session(binds={User: users, Post: posts})
        else:
            session = Routing()
        session.add(User(id=1, username="ada"))
        session.add(Post(id=1, title="Notes", author_id=1))
        session.commit()
        with session:
            yield session
        users.dispose()
        posts.dispose()

    @pytest.mark.parametrize("root", ["posts", "own", "deep"])
    def test_are_read_by_a_statement_each(self, session, root):
        query = SQLAlchemyQueryType(
            types := [
                SQLAlchemyObjectType("User", User),
                SQLAlchemyObjectType("Post", Post),
            ]
        )
        query.set_field("own", lambda *_: session.scalars(select(Post)).all())
        query.set_field("deep", lambda *_: session.scalars(select(User)).all())
        sdl = """
            type Query { posts: [Post!]! own: [Post!]! deep: [User!]! }
            type User { username: String! posts: [Post!]! }
            type Post { title: String! author: User }
        """
        schema = executable(sdl, query, *types)
        post = "title author { username }"
        selection = f"posts {{ {post} }}" if root == "deep" else post
        with count_statements(session.get_bind(User.__mapper__)) as of_users:
            _, answer = graphql_sync(
                schema,
                {"query": f"{{ {root} {{ {selection} }} }}"},
                context_value={"session": session},
                extensions=[SQLAlchemyDataLoaderExtension],
            )

        found = [{"title": "Notes", "author": {"username": "ada"}}]
        assert answer == {
            "data": {root: [{"posts": found}] if root == "deep" else found}
        }
        of_users.expect(1)


class Reader(Base):
    __tablename__ = "readers"

    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship(secondary="loans", order_by="Book.id")
    cards: Mapped[list["Card"]] = relationship(back_populates="reader")


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)


class Card(Base):
    __tablename__ = "cards"

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[str] = mapped_column(String, ForeignKey("readers.id"))
    reader: Mapped[Reader] = relationship(back_populates="cards")


Table(
    "loans",
    Base.metadata,
    Column("reader_id", String, ForeignKey("readers.id"), primary_key=True),
    Column("book_id", String, ForeignKey("books.id"), primary_key=True),
)


@pytest.mark.parametrize("root", ["readers", "planned", "loaded"])
async def test_keys_of_another_type_than_the_column_they_refer_to(
    execute, engine, root
):
    """SQLite finds `1` and `"1"` equal; `selectinload` does not."""
    with Session(engine) as session:
        books = [Book(id=number) for number in (1, 2, 3)]
        session.add_all(
            [
                Reader(id=1, books=books[:2], cards=[Card(id=1)]),
                Reader(id=2, books=books[1:], cards=[Card(id=2), Card(id=3)]),
            ]
        )
        session.commit()
    types = [SQLAlchemyObjectType(one.__name__, one) for one in (Reader, Book, Card)]
    query = SQLAlchemyQueryType(types)

    @query.field("planned")
    @query.field("loaded")
    def resolve(_, info):
        stmt = select(Reader).order_by(Reader.id)
        if root == "planned":
            stmt = auto_eager_load(stmt, info, Reader)
        if execute.way == "AsyncSession":
            return _all(info.context["session"], stmt)
        return info.context["session"].scalars(stmt).all()

    schema = executable(
        """
        type Query { readers: [Reader!]! planned: [Reader!]! loaded: [Reader!]! }
        type Reader { id: ID! books: [Book!]! cards: [Card!]! }
        type Book { id: ID! }
        type Card { id: ID! reader: Reader! }
        """,
        query,
        *types,
    )
    document = f"{{ {root} {{ id books {{ id }} cards {{ id reader {{ id }} }} }} }}"

    with count_statements(execute.engine) as statements:
        result = await execute(schema, document)
    assert result == {
        "data": {
            root: [
                {
                    "id": "1",
                    "books": [{"id": "1"}, {"id": "2"}],
                    "cards": [{"id": "1", "reader": {"id": "1"}}],
                },
                {
                    "id": "2",
                    "books": [{"id": "2"}, {"id": "3"}],
                    "cards": [
                        {"id": "2", "reader": {"id": "2"}},
                        {"id": "3", "reader": {"id": "2"}},
                    ],
                },
            ]
        }
    }
    # What is one of them in SQL may be several: the card's reader is not joined.
    statements.expect(4)


class Member(Base):
    __tablename__ = "members"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column()

    __mapper_args__ = {
        "polymorphic_on": kind,
        "polymorphic_identity": "member",
        "with_polymorphic": "*",
    }

    meetings: Mapped[list["Meeting"]] = relationship(
        primaryjoin="and_(Member.id == Meeting.member_id, Meeting.number > 0)",
        order_by="Meeting.number.desc()",
        viewonly=True,
    )
    friends: Mapped[list["Member"]] = relationship(
        secondary="friendships",
        primaryjoin="Member.id == friendships.c.member_id",
        secondaryjoin="Member.id == friendships.c.friend_id",
        order_by="friendships.c.friend_id.desc()",
        viewonly=True,
    )


class Leader(Member):
    __tablename__ = "leaders"

    id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)

    __mapper_args__ = {"polymorphic_identity": "leader"}


class Meeting(Base):
    __tablename__ = "meetings"

    number: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))


friendships = Table(
    "friendships",
    Base.metadata,
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("friend_id", ForeignKey("members.id"), primary_key=True),
)


@pytest.mark.parametrize("root", ["members", "planned", "loaded"])
@pytest.mark.parametrize(
    ("field", "expected"), [("meetings", [3, 2, 1]), ("friends", [4, 3, 2])]
)
async def test_a_descending_order_below_one_owner_with_outer_joins(
    execute, engine, root, field, expected
):
    """SQLite leaves it out in the statement that `selectinload` makes."""
    with Session(engine) as session:
        session.add_all([Leader(id=1), Member(id=2), Member(id=3), Member(id=4)])
        session.flush()
        session.add_all([Meeting(number=number, member_id=1) for number in (1, 2, 3)])
        pairs = [{"member_id": 1, "friend_id": number} for number in (2, 3, 4)]
        session.execute(friendships.insert(), pairs)
        session.commit()
    first = select(Member).where(Member.id == 1)
    types = [SQLAlchemyObjectType(one.__name__, one) for one in (Member, Meeting)]

    query = SQLAlchemyQueryType(types)

    @query.field("planned")
    @query.field("loaded")
    def resolve(_, info):
        stmt = auto_eager_load(first, info, Member) if root == "planned" else first
        if execute.way == "AsyncSession":
            return _all(info.context["session"], stmt)
        return info.context["session"].scalars(stmt).all()

    schema = executable(
        """
        type Query {
          members(id: Int): [Member!]!
          planned: [Member!]!
          loaded: [Member!]!
        }
        type Member { id: Int! meetings: [Meeting!]! friends: [Member!]! }
        type Meeting { number: Int! }
        """,
        query,
        *types,
    )
    key = "number" if field == "meetings" else "id"
    asked = "members(id: 1)" if root == "members" else root

    with count_statements(execute.engine) as statements:
        result = await execute(schema, f"{{ {asked} {{ {field} {{ {key} }} }} }}")
    found = [{key: one} for one in expected]
    assert result == {"data": {root: [{field: found}]}}
    statements.expect(2)


@pytest.mark.parametrize("given", [ObjectType("User"), "User"])
def test_what_is_no_object_type_is_an_error(given):
    with pytest.raises(ConfigurationError, match="answers for `SQLAlchemyObjectType`s"):
        SQLAlchemyQueryType([given])
