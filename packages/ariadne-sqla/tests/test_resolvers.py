import asyncio
import gc
from types import SimpleNamespace

import pytest
from ariadne import ObjectType, QueryType, graphql, graphql_sync
from ariadne import make_executable_schema as executable
from sqlalchemy import ForeignKey, String
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    Session,
    WriteOnlyMapped,
    attribute_keyed_dict,
    mapped_column,
    relationship,
    synonym,
)

from ariadne_sqla import (
    LoaderRegistry,
    SQLAlchemyDataLoader,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from ariadne_sqla.completing import completed
from ariadne_sqla.request import is_async
from sqla_loaders.testing import count_statements
from sqla_selection import LoadPlan, RelationshipPlan


class Base(DeclarativeBase):
    type_annotation_map = {str: String(50)}  # noqa: RUF012  # MariaDB wants a length


class User(Base):
    __tablename__ = "users"
    forgotten = None  # resolvers of some tests give it

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    biography: Mapped[str] = mapped_column(default="long", deferred=True)
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )
    by_title: Mapped[dict[str, "Post"]] = relationship(
        collection_class=attribute_keyed_dict("title"),
        order_by="Post.id",
        viewonly=True,
    )
    as_set: Mapped[set["Post"]] = relationship(viewonly=True)
    dynamic: DynamicMapped["Post"] = relationship(viewonly=True, order_by="Post.id")
    write_only: WriteOnlyMapped["Post"] = relationship(
        viewonly=True, order_by="Post.id"
    )
    titles = association_proxy("posts", "title")
    login = synonym("username")

    @property
    def post_count(self):
        return len(self.posts)

    def greeting(self, info, name="you"):
        return f"{self.username} greets {name} in {info.field_name}"


class Post(Base):
    __tablename__ = "posts"

    writer = writer_name = None  # aliases of some tests
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")


SDL = """
type Query { users: [User!]! posts: [Post!]! post: Post }
type User {
  id: ID!
  username: String
  login: String
  biography: String
  forgotten: Boolean
  titles: [String!]
  postCount: Int
  greeting(name: String): String
  posts: [Post!]!
  by_title: [Post!]!
  as_set: [Post!]!
  dynamic: [Post!]!
  write_only: [Post!]!
}
type Post { id: ID! title: String author: User writer: User writerName: String }
"""


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            [
                User(
                    id=1,
                    username="ada",
                    posts=[Post(id=1, title="a"), Post(id=2, title="b")],
                ),
                User(id=2, username="bob", posts=[Post(id=3, title="c")]),
                Post(id=4, title="d"),
            ]
        )
        session.commit()


def bound(*bindables, forgets=()):
    """A schema in which `forgotten` makes an object of the session unprepared."""
    users = ObjectType("User")
    users.set_field("forgotten", forget(forgets))
    types = [
        SQLAlchemyObjectType("User", User),
        SQLAlchemyObjectType(
            "Post", Post, aliases={"writer": "author", "writerName": "author.username"}
        ),
    ]
    return executable(SDL, SQLAlchemyQueryType(types), *types, users, *bindables)


def returning(field, value):
    query = QueryType()
    query.set_field(field, lambda *_: value)
    return query


def rows_of(names, *values):
    return IteratorResult(SimpleResultMetaData(names), iter(values)).all()


class TestUnpreparedObjects:
    """An object lacks what a plan had loaded: it is loaded again, in a batch."""

    @pytest.mark.parametrize(
        ("field", "forgets", "expected"),
        [
            ("username", ["username"], ["ada", "bob"]),
            ("login", ["username"], ["ada", "bob"]),
            ("biography", ["biography"], ["long", "long"]),
            ("titles", ["posts"], [["a", "b"], ["c"]]),
            ("posts { title }", ["posts"], [["a", "b"], ["c"]]),
            ("posts { author { username } }", ["posts"], [["ada", "ada"], ["bob"]]),
            ("by_title { title }", ["by_title"], [["a", "b"], ["c"]]),
            ("dynamic { title }", ["username"], [["a", "b"], ["c"]]),
            ("write_only { title }", ["username"], [["a", "b"], ["c"]]),
        ],
    )
    async def test_are_loaded_again(self, execute, field, forgets, expected):
        schema = bound(forgets=forgets)

        with count_statements(execute.engine) as statements:
            result = await execute(schema, f"{{ users {{ forgotten x: {field} }} }}")

        assert "errors" not in result
        assert [shown(user["x"]) for user in result["data"]["users"]] == expected
        first = len(statements)
        with count_statements(execute.engine) as statements:
            await execute(schema, f"{{ users {{ x: {field} }} }}")
        # Without an event loop each object is loaded when its turn comes.
        assert first - len(statements) <= (4 if execute.way == "graphql_sync" else 2)

    async def test_of_a_set_are_loaded_again(self, execute):
        result = await execute(
            bound(forgets=["as_set"]), "{ users { forgotten as_set { title } } }"
        )

        titles = [sorted(shown(user["as_set"])) for user in result["data"]["users"]]
        assert titles == [["a", "b"], ["c"]]

    async def test_are_loaded_in_one_statement_under_an_event_loop(self, execute):
        schema = bound(forgets=["username", "posts"])

        with count_statements(execute.engine) as statements:
            result = await execute(
                schema, "{ users { forgotten username posts { title } } }"
            )
        assert result["data"]["users"][0] == {
            "forgotten": True,
            "username": "ada",
            "posts": [{"title": "a"}, {"title": "b"}],
        }
        per_batch = 2 if execute.way == "graphql_sync" else 1
        statements.expect(2 + 2 * per_batch)

    @pytest.mark.parametrize(
        ("field", "name", "planned"),
        [("username", "username", 1), ("posts { title }", "posts", 2)],
    )
    async def test_of_one_answer_are_loaded_together(
        self, execute, field, name, planned
    ):
        forgotten = []

        def forget_all(_, info):
            session = info.context["session"]
            sync = getattr(session, "sync_session", session)
            if not forgotten:
                forgotten.extend(one for one in sync if isinstance(one, User))
                for user in forgotten:
                    sync.expire(user, [name])
            return True

        types = [
            SQLAlchemyObjectType("User", User, requires={"forgotten": []}),
            SQLAlchemyObjectType("Post", Post),
        ]
        types[0].set_field("forgotten", forget_all)
        schema = executable(SDL, SQLAlchemyQueryType(types), *types)

        with count_statements(execute.engine) as statements:
            result = await execute(schema, f"{{ users {{ forgotten {field} }} }}")
        assert "errors" not in result
        assert len(forgotten) == 2
        statements.expect(planned + 1)

    async def test_without_a_registry_read_columns_one_by_one(self, execute):
        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(forgets=["username"]),
                "{ users { forgotten username } }",
                context={"session": execute.session},
            )

        assert [user["username"] for user in result["data"]["users"]] == ["ada", "bob"]
        statements.expect(1 + 2)

    async def test_without_a_registry_have_no_relationships(self, execute):
        result = await execute(
            bound(forgets=["posts"]),
            "{ users { forgotten posts { title } } }",
            context={"session": execute.session},
        )

        error = result["errors"][0]
        assert error["message"].startswith("LoaderRegistry not found in context")
        assert error["path"] == ["users", 0, "posts"]


def shown(value):
    if isinstance(value, list):
        return [shown(one) for one in value]
    if isinstance(value, dict):
        return shown(next(iter(value.values())))
    return value


class TestPreparedObjects:
    @pytest.mark.parametrize(
        ("field", "expected"),
        [
            ("titles", ["a", "b"]),
            ("login", "ada"),
            ("biography", "long"),
            ("greeting", "ada greets you in greeting"),
            ('greeting(name: "me")', "ada greets me in greeting"),
            ("by_title { title }", ["a", "b"]),
            ("dynamic { title }", ["a", "b"]),
            ("write_only { title }", ["a", "b"]),
        ],
    )
    async def test_are_read(self, execute, field, expected):
        result = await execute(bound(), f"{{ users {{ x: {field} }} }}")

        assert shown(result["data"]["users"][0]["x"]) == expected

    async def test_give_null_where_a_path_ends(self, execute):
        result = await execute(
            bound(), "{ posts { writerName writer { username } author { id } } }"
        )

        assert result["data"]["posts"][2:] == [
            {"writerName": "bob", "writer": {"username": "bob"}, "author": {"id": "2"}},
            {"writerName": None, "writer": None, "author": None},
        ]

    async def test_of_a_property_that_loads_by_itself_still_answer(self, engine):
        with Session(engine) as session:
            _, result = await graphql(
                bound(),
                {"query": "{ users { postCount } }"},
                context_value={"session": session},
            )

        assert result == {"data": {"users": [{"postCount": 2}, {"postCount": 1}]}}

    # aiosqlite leaves a coroutine behind where SQLAlchemy refuses to wait.
    @pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    @pytest.mark.parametrize(
        "database", ["aiosqlite", "asyncpg", "aiomysql"], indirect=True
    )
    @pytest.mark.parametrize("reads", ["property", "resolver", "late"])
    async def test_of_such_a_property_answer_on_an_async_session(self, database, reads):
        Base.metadata.create_all(database.engine)
        with Session(database.engine) as session:
            session.add(User(id=1, username="ada", posts=[Post(title="a")]))
            session.commit()
        users = ObjectType("User")
        if reads != "property":
            users.set_field("postCount", lambda user, _: counted(user))

        def counted(user):
            return later(len(user.posts)) if reads == "late" else len(user.posts)

        async def later(value):
            return value

        async with AsyncSession(database.async_engine) as session:
            _, result = await graphql(
                bound(users),
                {"query": "{ users { postCount } }"},
                context_value={"session": session},
            )

        assert result == {"data": {"users": [{"postCount": 1}]}}
        gc.collect()  # that coroutine

    async def test_of_such_a_property_with_a_hint_need_no_more_statements(
        self, execute
    ):
        types = [
            SQLAlchemyObjectType("User", User, requires={"postCount": ["posts.id"]}),
            SQLAlchemyObjectType("Post", Post),
        ]
        schema = executable(SDL, SQLAlchemyQueryType(types), *types)

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ users { postCount } }")
        assert result == {"data": {"users": [{"postCount": 2}, {"postCount": 1}]}}
        statements.expect(2)


class TestForeignObjects:
    """Parents that are no mapped objects: what they have is read as it is."""

    @pytest.mark.parametrize(
        "parent",
        [
            {"id": 7, "title": "own", "author": {"username": "me"}},
            SimpleNamespace(id=7, title="own", author=SimpleNamespace(username="me")),
        ],
        ids=["dict", "object"],
    )
    async def test_have_their_own_values(self, execute, parent):
        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(returning("post", parent)),
                "{ post { id title author { username } writer { username }"
                " writerName } }",
            )

        assert result["data"]["post"] == {
            "id": "7",
            "title": "own",
            "author": {"username": "me"},
            "writer": {"username": "me"},
            "writerName": "me",
        }
        statements.expect(0)

    @pytest.mark.parametrize(
        "parent",
        [
            {"id": 7, "writer": {"username": "me"}, "writerName": "mine"},
            SimpleNamespace(
                id=7, writer=SimpleNamespace(username="me"), writerName="mine"
            ),
        ],
        ids=["dict", "object"],
    )
    async def test_may_have_them_by_the_names_of_the_fields(self, execute, parent):
        result = await execute(
            bound(returning("post", parent)),
            "{ post { writer { username } writerName title } }",
        )

        assert result["data"]["post"] == {
            "writer": {"username": "me"},
            "writerName": "mine",
            "title": None,
        }

    async def test_without_what_a_relationship_joins_on_are_an_error(self, execute):
        result = await execute(
            bound(returning("post", {"id": 7})), "{ post { author { id } } }"
        )

        assert result["data"] == {"post": {"author": None}}
        [error] = result["errors"]
        assert error["message"] == (
            "Post.author cannot be loaded for a dict without 'author_id': the "
            "relationship joins on 'author_id'. Return that from the resolver too, or "
            "return mapped objects."
        )
        assert error["path"] == ["post", "author"]

    @pytest.mark.parametrize("route", ["eager", "lazy"])
    @pytest.mark.parametrize("field", ["title", "author { id }"])
    async def test_that_are_rows_of_objects_are_an_error(self, execute, route, field):
        rows = rows_of(["Post"], (Post(title="a"),))
        with use_route(route):
            result = await execute(
                bound(returning("posts", rows)), f"{{ posts {{ {field} }} }}"
            )

        assert result["data"]["posts"] == [{field.partition(" ")[0]: None}]
        [error] = result["errors"]
        assert error["message"] == (
            "A resolver gave a Row(Post) for 'Post', and not an object in it: it has "
            f"no '{field.partition(' ')[0]}'. Return `session.scalars(select(…))`."
        )

    async def test_that_are_rows_of_columns_have_these(self, execute):
        rows = rows_of(["title", "author_id"], ("a", 1))
        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(returning("posts", rows)),
                "{ posts { title author { username } } }",
            )

        assert result["data"]["posts"] == [
            {"title": "a", "author": {"username": "ada"}}
        ]
        statements.expect(1)

    async def test_beside_such_a_parent_have_their_relationships(self, execute):
        parents = [{"id": 1, "author_id": 1}, {"id": 2}, {"id": 3, "author_id": 2}]
        result = await execute(
            bound(returning("posts", parents)), "{ posts { author { username } } }"
        )

        assert result["data"]["posts"] == [
            {"author": {"username": "ada"}},
            {"author": None},
            {"author": {"username": "bob"}},
        ]
        assert [error["path"] for error in result["errors"]] == [["posts", 1, "author"]]

    async def test_of_none_give_null(self, execute):
        result = await execute(
            bound(returning("posts", [{"id": 1, "author": None}])),
            "{ posts { author { username } writerName } }",
        )

        assert result["data"]["posts"] == [{"author": None, "writerName": None}]

    async def test_may_be_objects_that_were_never_saved(self, execute):
        user = User(username="new", posts=[Post(title="draft")])
        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(returning("users", [user])),
                "{ users { id: username posts { title } titles biography } }",
            )

        assert result["data"]["users"] == [
            {
                "id": "new",
                "posts": [{"title": "draft"}],
                "titles": ["draft"],
                "biography": None,
            }
        ]
        statements.expect(0)


class Own(SQLAlchemyDataLoader):
    """Loads its own way."""

    async def batch_load_fn(self, keys):
        found = await super().batch_load_fn(keys)
        return [list(reversed(one)) if isinstance(one, list) else one for one in found]


class OwnRegistry(LoaderRegistry):
    def get_loader(self, relation_prop, loader_class=Own):
        return super().get_loader(relation_prop, loader_class)


class TestLoaderClassesOfTheApplication:
    DOCUMENT = "{ users { forgotten posts { title } } }"

    async def test_load_their_own_way(self, execute):
        result = await execute(
            bound(forgets=["posts"]),
            self.DOCUMENT,
            context={
                "session": execute.session,
                "loader_registry": OwnRegistry(execute.session),
            },
        )

        assert [shown(user["posts"]) for user in result["data"]["users"]] == [
            ["b", "a"],
            ["c"],
        ]

    @pytest.mark.parametrize("forgets", [["author"], ["author", "author_id"]])
    async def test_get_the_key_of_an_object_that_lacks_it(self, execute, forgets):
        posts = ObjectType("Post")
        posts.set_field("title", forget(forgets))
        types = [
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Post", Post),
        ]
        schema = executable(SDL, SQLAlchemyQueryType(types), *types, posts)

        result = await execute(
            schema,
            "{ posts { title author { username } } }",
            context={
                "session": execute.session,
                "loader_registry": OwnRegistry(execute.session),
            },
        )
        assert [shown(post["author"]) for post in result["data"]["posts"]] == [
            "ada",
            "ada",
            "bob",
            None,
        ]

    def test_cannot_wait_in_a_synchronous_execution(self, engine):
        class Waiting(SQLAlchemyDataLoader):
            async def batch_load_fn(self, keys):
                await asyncio.sleep(0)
                return [[] for _ in keys]

        class Registry(LoaderRegistry):
            def get_loader(self, relation_prop, loader_class=Waiting):
                return super().get_loader(relation_prop, loader_class)

        with Session(engine) as session:
            _, result = graphql_sync(
                bound(forgets=["posts"]),
                {"query": self.DOCUMENT},
                context_value={
                    "session": session,
                    "loader_registry": Registry(session),
                },
            )

        assert result["errors"][0]["message"] == (
            "Waiting.batch_load_fn waits for something, but this execution is "
            "synchronous. Use a `Session`, or serve the schema under ASGI."
        )
        assert result["errors"][0]["path"] == ["users", 0, "posts"]


class TestOwnResolversOnUnpreparedObjects:
    """They get what their hint says first, in one batch under an event loop."""

    @pytest.fixture
    def seen(self):
        return []

    @pytest.fixture
    def schema(self, seen):
        own = ObjectType("User")

        @own.field("login")
        def resolve_login(user, _):
            seen.append("biography" in vars(user))
            return user.username

        hint = {"login": ["biography", "username"]}
        types = [
            SQLAlchemyObjectType("User", User, requires=hint),
            SQLAlchemyObjectType("Post", Post),
        ]
        users = ObjectType("User")
        users.set_field("forgotten", forget(["biography"]))
        return executable(SDL, SQLAlchemyQueryType(types), *types, users, own)

    DOCUMENT = "{ users { forgotten login } }"
    LOGINS = [{"forgotten": True, "login": "ada"}, {"forgotten": True, "login": "bob"}]  # noqa: RUF012

    async def test_find_it_loaded(self, execute, schema, seen):
        with count_statements(execute.engine) as statements:
            result = await execute(schema, self.DOCUMENT)

        assert result["data"]["users"] == self.LOGINS
        assert seen == [True, True]
        statements.expect(1 + (2 if execute.way == "graphql_sync" else 1))

    async def test_without_a_registry_are_called_as_they_are(
        self, execute, schema, seen
    ):
        result = await execute(
            schema, self.DOCUMENT, context={"session": execute.session}
        )

        assert result["data"]["users"] == self.LOGINS
        assert seen == [False, False]

    async def test_on_the_lazy_route_are_called_as_they_are(
        self, execute, schema, seen
    ):
        with use_route("lazy"):
            result = await execute(schema, self.DOCUMENT)

        assert result["data"]["users"] == self.LOGINS
        assert seen == [False, False]

    async def test_of_objects_that_were_never_saved_are_called(self, execute):
        user = SQLAlchemyObjectType("User", User, requires={"login": ["biography"]})
        user.set_field("login", lambda one, _: one.username)
        schema = executable(SDL, returning("users", [User(username="new")]), user)

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ users { login } }")
        assert result["data"]["users"] == [{"login": "new"}]
        statements.expect(0)


def forget(names):
    """A resolver that makes an object of the session unprepared."""

    def resolve(obj, info):
        session = info.context["session"]
        getattr(session, "sync_session", session).expire(obj, names)
        return True

    return resolve


async def test_what_a_write_made_forgotten_is_loaded_again(execute):
    registry = LoaderRegistry(execute.session)
    values = registry.values_of(User.posts.property)
    target = LoadPlan(Post.__mapper__, frozenset({"id"}))
    relationship = RelationshipPlan(values.prop, target)
    plan = LoadPlan(User.__mapper__, frozenset({"id"}), (relationship,))
    parent, forgotten = {"id": 2}, []

    def read():
        if not forgotten:
            forgotten.append(registry.forget())
        return values.value_of(parent)

    [post] = await completed(parent, plan, registry, read)
    assert post.id == 3


class TestLazyRoute:
    @pytest.mark.parametrize("field", ["posts", "by_title", "dynamic", "write_only"])
    async def test_gives_the_rows_of_any_relationship(self, execute, field):
        with use_route("lazy"):
            result = await execute(bound(), f"{{ users {{ {field} {{ title }} }} }}")

        assert "errors" not in result
        assert [shown(user[field]) for user in result["data"]["users"]] == [
            ["a", "b"],
            ["c"],
        ]


def test_is_async_is_told_by_the_executor():
    def no(_):
        return False

    assert not is_async(SimpleNamespace(is_awaitable=no))
    assert is_async(SimpleNamespace(is_awaitable=lambda one: hasattr(one, "__await__")))


@pytest.mark.parametrize("way", ["sync", "async"])
async def test_is_async_is_told_right_by_graphql_core(way):
    seen = []
    query = QueryType()
    query.set_field("post", lambda _, info: seen.append(is_async(info)))
    schema = executable(SDL, query)
    if way == "sync":
        graphql_sync(schema, {"query": "{ post { id } }"})
    else:
        await graphql(schema, {"query": "{ post { id } }"})

    assert seen == [way == "async"]
