# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__

from functools import wraps

import pytest
from ariadne import (
    InterfaceType,
    ObjectType,
    QueryType,
    SchemaDirectiveVisitor,
    UnionType,
    make_executable_schema,
)
from graphql import default_field_resolver
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    registry,
    relationship,
    selectinload,
    subqueryload,
    synonym,
)

from ariadne_sqla import (
    AmbiguousTypeWarning,
    ConfigurationError,
    LoaderRegistry,
    MissingRegistryError,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from sqla_loaders import run
from sqla_loaders.testing import count_statements


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    name = None  # resolvers of some tests give it

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    first_name: Mapped[str] = mapped_column(default="First")
    last_name: Mapped[str] = mapped_column(default="Last")
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )
    login = synonym("username")
    writings = synonym("posts")

    @property
    def initials(self):
        return self.first_name[0] + self.last_name[0]


class Post(Base):
    __tablename__ = "posts"
    writer = None  # resolvers of some tests give it

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="…")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Dog(Animal):
    __mapper_args__ = {"polymorphic_identity": "dog"}


class Puppy(Dog):
    __mapper_args__ = {"polymorphic_identity": "puppy"}


class Cat(Animal):
    __mapper_args__ = {"polymorphic_identity": "cat"}


Base.registry.configure()

SDL = """
type Query { users: [User!]! posts: [Post!]! }
type User {
  id: ID!
  username: String!
  firstName: String!
  name: String
  initials: String
  posts: [Post!]!
}
type Post { id: ID! title: String body: String author: User writer: User }
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
            ]
        )
        session.commit()


def bound(sdl, *bindables, user=None, post=None, **options):
    """A schema with root fields for User and Post, and more bindables."""
    user = user or SQLAlchemyObjectType("User", User)
    post = post or SQLAlchemyObjectType("Post", Post)
    query = SQLAlchemyQueryType([user, post])
    return make_executable_schema(sdl, query, user, post, *bindables, **options)


class TestAttributes:
    async def test_are_read_by_name_and_by_snake_case(self, execute):
        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(SDL), "{ users { id username firstName initials name } }"
            )

        assert result["data"]["users"][0] == {
            "id": "1",
            "username": "ada",
            "firstName": "First",
            "initials": "FL",
            "name": None,
        }
        statements.expect(1)

    async def test_of_relationships_are_read_without_a_statement_of_their_own(
        self, execute
    ):
        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(SDL), "{ posts { author { username posts { title } } } }"
            )

        assert result["data"]["posts"][2] == {
            "author": {"username": "bob", "posts": [{"title": "c"}]}
        }
        statements.expect(2)

    async def test_may_be_of_classes_that_are_mapped_later(self):
        mapping = registry()

        @mapping.mapped
        class Early:
            __tablename__ = "early"
            id: Mapped[int] = mapped_column(primary_key=True)
            late_id: Mapped[int] = mapped_column(ForeignKey("late.id"))
            late: Mapped["Late"] = relationship()

        early = SQLAlchemyObjectType("Early", Early, aliases={"label": "late.name"})
        query = SQLAlchemyQueryType([early])

        @mapping.mapped
        class Late:
            __tablename__ = "late"
            id: Mapped[int] = mapped_column(primary_key=True)
            name: Mapped[str]

        make_executable_schema(
            "type Query { early: [Early] } type Early { id: ID label: String }",
            query,
            early,
        )

    async def test_are_bound_to_each_schema(self, execute):
        user = SQLAlchemyObjectType("User", User, aliases={"name": "username"})
        post = SQLAlchemyObjectType("Post", Post)
        one = bound(SDL, user=user, post=post)
        other = bound(SDL, user=user, post=post)

        for schema in (one, other, one):
            result = await execute(schema, "{ users { name posts { title } } }")
            assert result["data"]["users"][1] == {
                "name": "bob",
                "posts": [{"title": "c"}],
            }


class TestAliases:
    async def test_name_a_column_a_relationship_or_a_path(self, execute):
        schema = bound(
            """
            type Query { posts: [Post!]! }
            type Post { headline: String writer: User writerName: String }
            type User { called: String works: [Post!]! signIn: String }
            """,
            post=SQLAlchemyObjectType(
                "Post",
                Post,
                aliases={
                    "headline": "title",
                    "writer": "author",
                    "writerName": "author.username",
                },
            ),
            user=SQLAlchemyObjectType(
                "User",
                User,
                aliases={"called": "username", "works": "writings", "signIn": "login"},
            ),
        )

        with count_statements(execute.engine) as statements:
            result = await execute(
                schema,
                "{ posts { headline writerName"
                " writer { called signIn works { headline } } } }",
            )

        assert result["data"]["posts"][2] == {
            "headline": "c",
            "writerName": "bob",
            "writer": {"called": "bob", "signIn": "bob", "works": [{"headline": "c"}]},
        }
        statements.expect(2)

    async def test_may_be_resolvers(self, execute):
        def resolve_name(user, info):
            return f"{info.field_name} of {user.username}"

        user = SQLAlchemyObjectType("User", User, aliases={"name": resolve_name})

        with count_statements(execute.engine) as statements:
            result = await execute(bound(SDL, user=user), "{ users { name } }")

        assert [one["name"] for one in result["data"]["users"]] == [
            "name of ada",
            "name of bob",
        ]
        statements.expect(1)

    async def test_take_the_place_of_an_attribute_of_that_name(self, execute):
        user = SQLAlchemyObjectType("User", User, aliases={"username": "first_name"})
        result = await execute(bound(SDL, user=user), "{ users { username } }")

        assert result["data"]["users"][0] == {"username": "First"}

    def test_that_are_callable_are_evaluated_once_when_a_schema_is_bound(self):
        calls = []

        def aliases():
            calls.append(1)
            return {"name": "username"}

        user = SQLAlchemyObjectType("User", User, aliases=aliases)
        assert calls == []

        bound(SDL, user=user)
        assert calls == [1]
        bound(SDL, user=user)
        assert calls == [1]
        assert user.aliases == {"name": "username"}

    async def test_that_are_callable_work_as_a_dict_does(self, execute):
        user = SQLAlchemyObjectType("User", User, aliases=lambda: {"name": "username"})

        with count_statements(execute.engine) as statements:
            result = await execute(bound(SDL, user=user), "{ users { name } }")
        assert result["data"]["users"][0] == {"name": "ada"}
        statements.expect(1)
        assert "first_name" not in statements[0].sql

    def test_may_be_for_arguments_alone(self):
        user = SQLAlchemyObjectType("User", User, aliases={"called": "username"})

        sdl = SDL.replace("users:", "users(called: String):")
        assert sdl != SDL
        bound(sdl, user=user)


class TestOwnResolvers:
    """A resolver of the application's own always wins, whoever bound it."""

    @staticmethod
    def own(bindable):
        @bindable.field("username")
        def resolve_username(user, _):
            return user.username.upper()

        @bindable.field("posts")
        def resolve_posts(user, _):
            return [{"id": user.id * 10, "title": "own"}]

        return bindable

    DOCUMENT = "{ users { username posts { id title } } }"
    EXPECTED = {"username": "ADA", "posts": [{"id": "10", "title": "own"}]}

    async def assert_own(self, execute, schema):
        with count_statements(execute.engine) as statements:
            result = await execute(schema, self.DOCUMENT)
        assert result["data"]["users"][0] == self.EXPECTED
        # The resolver of `posts` may read the relationship of that name.
        statements.expect(2)

    async def test_of_the_type_itself(self, execute):
        user = self.own(SQLAlchemyObjectType("User", User))

        await self.assert_own(execute, bound(SDL, user=user))

    async def test_of_the_type_itself_over_an_alias(self, execute):
        user = SQLAlchemyObjectType(
            "User", User, aliases={"username": "first_name", "posts": "posts"}
        )

        await self.assert_own(execute, bound(SDL, user=self.own(user)))

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_of_another_object_type(self, execute, is_before):
        own = self.own(ObjectType("User"))
        user = SQLAlchemyObjectType("User", User, aliases={"username": "first_name"})
        query = SQLAlchemyQueryType([user])
        order = (own, user) if is_before else (user, own)

        await self.assert_own(execute, make_executable_schema(SDL, query, *order))

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_of_an_interface(self, execute, is_before):
        own = self.own(InterfaceType("Named", lambda *_: "User"))
        user = SQLAlchemyObjectType("User", User, aliases={"username": "first_name"})
        query = SQLAlchemyQueryType([user])
        order = (own, user) if is_before else (user, own)
        sdl = SDL.replace("type User {", "type User implements Named {")
        sdl += "interface Named { username: String! posts: [Post!]! }"

        await self.assert_own(execute, make_executable_schema(sdl, query, *order))

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_of_an_object_type_over_those_of_an_interface(
        self, execute, is_before
    ):
        interface = InterfaceType("Named", lambda *_: "User")
        interface.set_field("username", lambda *_: "of the interface")
        own = self.own(ObjectType("User"))
        user = SQLAlchemyObjectType("User", User)
        query = SQLAlchemyQueryType([user])
        order = (interface, own, user) if is_before else (user, own, interface)
        sdl = SDL.replace("type User {", "type User implements Named {")
        sdl += "interface Named { username: String! }"

        await self.assert_own(execute, make_executable_schema(sdl, query, *order))

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_set_as_an_alias_of_ariadne(self, execute, is_before):
        own = ObjectType("User")
        own.set_alias("username", "first_name")
        own.set_alias("name", "login")
        user = SQLAlchemyObjectType("User", User, aliases={"name": "last_name"})
        query = SQLAlchemyQueryType([user])
        order = (own, user) if is_before else (user, own)
        schema = make_executable_schema(SDL, query, *order)

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ users { username name } }")
        assert result["data"]["users"][0] == {"username": "First", "name": "ada"}
        statements.expect(1)
        assert "last_name" not in statements[0].sql

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_set_as_an_alias_of_a_relationship(self, execute, is_before):
        own = ObjectType("Post")
        own.set_alias("writer", "author")
        user = SQLAlchemyObjectType("User", User)
        post = SQLAlchemyObjectType("Post", Post)
        query = SQLAlchemyQueryType([user, post])
        order = (own, post, user) if is_before else (user, post, own)
        schema = make_executable_schema(SDL, query, *order)

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ posts { writer { username } } }")
        assert result["data"]["posts"][0] == {"writer": {"username": "ada"}}
        statements.expect(1)

    @pytest.mark.parametrize("keeps_name", [True, False])
    async def test_of_a_schema_directive(self, execute, keeps_name):
        def shortened(value):
            return value.upper() if isinstance(value, str) else value[:1]

        async def shortened_later(value):
            return shortened(await value)

        class Short(SchemaDirectiveVisitor):
            def visit_field_definition(self, field, object_type):
                resolver = field.resolve or default_field_resolver

                def resolve(obj, info, **kwargs):
                    value = resolver(obj, info, **kwargs)
                    if info.is_awaitable(value):
                        return shortened_later(value)
                    return shortened(value)

                field.resolve = wraps(resolver)(resolve) if keeps_name else resolve
                return field

        sdl = SDL.replace("username: String!", "username: String! @short")
        sdl = sdl.replace("posts: [Post!]!\n", "posts: [Post!]! @short\n")
        sdl = "directive @short on FIELD_DEFINITION" + sdl
        schema = bound(sdl, directives={"short": Short})

        result = await execute(schema, "{ users { username posts { title } } }")
        assert result["data"]["users"] == [
            {"username": "ADA", "posts": [{"title": "a"}]},
            {"username": "BOB", "posts": [{"title": "c"}]},
        ]

    async def test_of_a_root_field(self, execute):
        query = QueryType()
        query.set_field("users", lambda *_: [{"id": 5, "username": "own"}])

        result = await execute(bound(SDL, query), "{ users { id username } }")
        assert result["data"]["users"] == [{"id": "5", "username": "own"}]


class TestConvertedNames:
    async def test_are_planned_as_others_are(self, execute):
        schema = bound(SDL, convert_names_case=True)

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ posts { author { firstName } } }")
        assert result["data"]["posts"][0] == {"author": {"firstName": "First"}}
        statements.expect(1)

    async def test_by_a_converter_of_ones_own_are_those_that_count(self, execute):
        schema = bound(
            """
            type Query { users: [User!]! }
            type User { uSERNAME: String }
            """,
            post=SQLAlchemyObjectType("User", User),
            convert_names_case=lambda name, *_: name.lower(),
        )

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ users { uSERNAME } }")
        assert result["data"]["users"][0] == {"uSERNAME": "ada"}
        statements.expect(1)


class TestRequires:
    @pytest.fixture
    def loaded(self):
        """What the resolver of `name` finds loaded."""
        return []

    @pytest.fixture
    def schema(self, loaded):
        def schema(requires):
            user = SQLAlchemyObjectType("User", User, requires=requires)

            @user.field("name")
            def resolve_name(user, _):
                loaded.append(set(vars(user)) - {"_sa_instance_state"})
                return "own"

            return bound(SDL, user=user)

        return schema

    ALL = {"id", "username", "first_name", "last_name"}

    @pytest.mark.parametrize(
        ("requires", "expected"),
        [
            (None, ALL),
            ({"name": ["username"]}, {"id", "username"}),
            ({"name": []}, {"id"}),
            ({"*": ["username"]}, {"id", "username"}),
            ({"*": ["last_name"], "name": ["username"]}, {"id", "username"}),
            ({"name": ["initials"]}, ALL),
            ({"name": ["posts.title", "login"]}, {"id", "username", "posts"}),
        ],
    )
    async def test_say_what_a_resolver_reads(
        self, execute, schema, loaded, requires, expected
    ):
        result = await execute(schema(requires), "{ users { name } }")

        assert result == {"data": {"users": [{"name": "own"}] * 2}}
        assert loaded == [expected, expected]

    async def test_say_what_a_plain_property_reads(self, execute):
        user = SQLAlchemyObjectType(
            "User", User, requires={"initials": ["first_name", "last_name"]}
        )

        with count_statements(execute.engine) as statements:
            result = await execute(bound(SDL, user=user), "{ users { initials } }")
        assert result["data"]["users"][0] == {"initials": "FL"}
        statements.expect(1)
        assert "username" not in statements[0].sql

    async def test_of_a_type_are_for_resolvers_alone(self, execute):
        user = SQLAlchemyObjectType("User", User, requires={"*": []})
        user.set_field("name", lambda *_: "own")

        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(SDL, user=user), "{ users { name initials posts { title } } }"
            )

        assert result["data"]["users"][1] == {
            "name": "own",
            "initials": "FL",
            "posts": [{"title": "c"}],
        }
        statements.expect(2)

    async def test_of_a_relationship_do_not_keep_it_from_loading(self, execute):
        user = SQLAlchemyObjectType("User", User, requires={"posts": ["username"]})
        result = await execute(bound(SDL, user=user), "{ users { posts { title } } }")

        assert result["data"]["users"][1] == {"posts": [{"title": "c"}]}

    async def test_load_relationships_for_all_at_once(self, execute):
        user = SQLAlchemyObjectType("User", User, requires={"name": ["posts.title"]})
        user.set_field("name", lambda user, _: user.posts[-1].title)

        with count_statements(execute.engine) as statements:
            result = await execute(bound(SDL, user=user), "{ users { name } }")
        assert [one["name"] for one in result["data"]["users"]] == ["b", "c"]
        statements.expect(2)


class TestStrategies:
    async def test_are_used_for_their_relationship(self, execute):
        user = SQLAlchemyObjectType("User", User, strategies={"posts": subqueryload})

        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(SDL, user=user), "{ users { posts { title } } }"
            )
        assert result["data"]["users"][1] == {"posts": [{"title": "c"}]}
        statements.expect(2)
        assert " IN (" not in statements[1].sql


class TestStrategiesThatLeaveRowsOut:
    """Their rows are the field's value, and not the attribute's."""

    SDL = """
        type Query { users: [User!]! readers: [Reader!]! own: [Reader!]! }
        type User { id: ID! posts: [Post!]! titles: String! }
        type Reader { id: ID! posts: [Post!]! first: [Post!]! }
        type Post { title: String! author: User! }
    """
    ALL = [{"title": "a"}, {"title": "b"}], [{"title": "c"}]
    SOME = [{"title": "b"}], []

    @pytest.fixture
    def schema(self):
        def rows(_, info):
            stmt = select(User).order_by(User.id)
            return run(info.context["session"], lambda sync: sync.scalars(stmt).all())

        def only_b(posts):
            return selectinload(posts.and_(Post.title == "b"))

        user = SQLAlchemyObjectType("User", User, requires={"titles": ["posts.title"]})
        user.set_field("titles", lambda user, _: "".join(p.title for p in user.posts))
        reader = SQLAlchemyObjectType(
            "Reader", User, aliases={"first": "posts"}, strategies={"posts": only_b}
        )
        types = user, reader, SQLAlchemyObjectType("Post", Post)
        query = SQLAlchemyQueryType(types)
        query.set_field("own", rows)
        return make_executable_schema(self.SDL, query, *types)

    @pytest.mark.parametrize(
        ("document", "expected", "count"),
        [
            ("{ readers { posts { title } } }", [SOME], 2),
            ("{ own { posts { title } } }", [SOME], 2),
            (
                "{ readers { posts { title } } users { posts { title } } }",
                [SOME, ALL],
                4,
            ),
            (
                "{ users { posts { title } } readers { posts { title } } }",
                [ALL, SOME],
                4,
            ),
            ("{ own { posts { title } } users { posts { title } } }", [SOME, ALL], 4),
            ("{ users { posts { title } } own { posts { title } } }", [ALL, SOME], 4),
        ],
    )
    async def test_do_so_for_their_type_only(
        self, execute, schema, document, expected, count
    ):
        with count_statements(execute.engine) as statements:
            result = await execute(schema, document)

        assert "errors" not in result
        assert [
            tuple(owner["posts"] for owner in owners)
            for owners in result["data"].values()
        ] == expected
        statements.expect(count)

    @pytest.mark.parametrize("field", ["readers", "own"])
    async def test_do_so_beside_fields_that_read_all(self, execute, schema, field):
        with count_statements(execute.engine) as statements:
            result = await execute(
                schema,
                f"{{ {field} {{ posts {{ title }} first {{ title }} }} }}",
            )

        assert result["data"][field] == [
            {"posts": some, "first": every}
            for some, every in zip(self.SOME, self.ALL, strict=True)
        ]
        statements.expect(3)

    async def test_have_what_is_below_them_in_batches(self, execute, schema):
        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ own { posts { author { id titles } } } }")

        [ada, bob] = result["data"]["own"]
        assert ada["posts"] == [{"author": {"id": "1", "titles": "ab"}}]
        assert bob["posts"] == []
        statements.expect(3)

    async def test_need_no_registry_where_a_root_field_loads(self, execute, schema):
        with count_statements(execute.engine) as statements:
            result = await execute(
                schema,
                "{ readers { posts { title } } users { posts { title } } }",
                context={"session": execute.session},
            )

        assert [
            tuple(one["posts"] for one in rows) for rows in result["data"].values()
        ] == [
            self.SOME,
            self.ALL,
        ]
        statements.expect(4)

    async def test_are_found_without_asking_the_loaders_for_each_owner(
        self, execute, schema
    ):
        class Counting(LoaderRegistry):
            asked = 0

            def complete_all(self, *args, **kwargs):
                self.asked += 1
                return super().complete_all(*args, **kwargs)

        loaders = Counting(execute.session)
        result = await execute(
            schema,
            "{ readers { posts { title } } }",
            context={"session": execute.session, "loader_registry": loaders},
        )

        assert [one["posts"] for one in result["data"]["readers"]] == [*self.SOME]
        assert loaders.asked == 0

    async def test_do_so_on_the_lazy_route(self, execute, schema):
        with use_route("lazy"):
            result = await execute(
                schema, "{ users { posts { title } } readers { posts { title } } }"
            )

        assert [
            tuple(one["posts"] for one in rows) for rows in result["data"].values()
        ] == [self.ALL, self.SOME]

    async def test_set_the_attribute_for_a_resolver_that_reads_it(self, execute):
        def only_b(posts):
            return selectinload(posts.and_(Post.title == "b"))

        user = SQLAlchemyObjectType("User", User, strategies={"posts": only_b})
        user.set_field("posts", lambda user, _: user.posts[:1])
        with count_statements(execute.engine) as statements:
            result = await execute(
                bound(SDL, user=user), "{ users { posts { title } } }"
            )

        assert [one["posts"] for one in result["data"]["users"]] == [*self.SOME]
        statements.expect(2)


class TestTwoTypesOnOneModel:
    async def test_have_their_own_settings(self, execute):
        public = SQLAlchemyObjectType("PublicUser", User, aliases={"name": "username"})
        private = SQLAlchemyObjectType("User", User, aliases={"name": "last_name"})
        schema = make_executable_schema(
            """
            type Query { users: [User!]! publicUsers: [PublicUser!]! }
            type User { name: String }
            type PublicUser { name: String }
            """,
            SQLAlchemyQueryType([public, private]),
            public,
            private,
        )

        result = await execute(schema, "{ users { name } publicUsers { name } }")
        assert result["data"]["users"][0] == {"name": "Last"}
        assert result["data"]["publicUsers"][0] == {"name": "ada"}


class TestBaseQuery:
    async def test_is_called_with_info_and_the_arguments(self, execute):
        called = []

        class Filtered(SQLAlchemyObjectType):
            def get_base_query(self, info, **kwargs):
                called.append((info.field_name, kwargs))
                return super().get_base_query(info, **kwargs).where(User.id > 1)

        user = Filtered("User", User)
        schema = make_executable_schema(
            "type Query { users(search: String): [User!]! } type User { id: ID! }",
            SQLAlchemyQueryType([user]),
            user,
        )

        result = await execute(schema, '{ users(search: "x") { id } }')
        assert result == {"data": {"users": [{"id": "2"}]}}
        assert called == [("users", {"search": "x"})]

    def test_selects_the_model(self):
        stmt = SQLAlchemyObjectType("User", User).get_base_query(None)

        assert str(stmt) == str(select(User))


class TestRegistryFromContext:
    DOCUMENT = "{ users { posts { title } } }"

    @staticmethod
    def manual(object_type):
        query = QueryType()
        query.set_field("users", lambda *_: [{"id": 1}])
        return make_executable_schema(
            SDL, query, object_type("User", User), object_type("Post", Post)
        )

    async def test_may_be_elsewhere(self, execute):
        class Elsewhere(SQLAlchemyObjectType):
            @staticmethod
            def get_loader_registry_from_context(context):
                return context["loaders"]

        result = await execute(
            self.manual(Elsewhere),
            self.DOCUMENT,
            context={"loaders": LoaderRegistry(execute.session)},
        )
        assert result["data"]["users"][0]["posts"] == [{"title": "a"}, {"title": "b"}]

    @pytest.mark.parametrize("context", [{}, {"loader_registry": None}])
    async def test_that_is_missing_is_an_error_at_the_field(self, execute, context):
        context["session"] = execute.session
        result = await execute(
            self.manual(SQLAlchemyObjectType), self.DOCUMENT, context=context
        )

        [error] = result["errors"]
        assert error["message"] == (
            "LoaderRegistry not found in context under key 'loader_registry'. Add "
            "`SQLAlchemyDataLoaderExtension` to `extensions`, put "
            "`LoaderRegistry(session)` into the context, or override "
            "`get_loader_registry_from_context`."
        )
        assert error["path"] == ["users", 0, "posts"]
        assert error["locations"] == [{"line": 1, "column": 11}]

    def test_that_is_missing_is_a_runtime_error(self):
        get = SQLAlchemyObjectType.get_loader_registry_from_context

        for context in ({}, None, object()):
            with pytest.raises(MissingRegistryError):
                get(context)


class TestErrors:
    """Each is raised when the schema is bound, not at the first request."""

    @staticmethod
    def message_of(object_type, sdl=SDL):
        query = SQLAlchemyQueryType([object_type])
        with pytest.raises(ConfigurationError) as error:
            make_executable_schema(sdl, object_type)
        with pytest.raises(ConfigurationError) as of_query:
            make_executable_schema(sdl, query)
        assert str(error.value) == str(of_query.value)
        return str(error.value)

    def test_name_a_type_that_the_schema_lacks(self):
        assert self.message_of(SQLAlchemyObjectType("Usr", User)) == (
            "SQLAlchemyObjectType('Usr', User) cannot be bound: the type 'Usr' is not "
            "defined in the schema. Did you mean 'User'?"
        )
        assert self.message_of(SQLAlchemyObjectType("Elsewhere", User)) == (
            "SQLAlchemyObjectType('Elsewhere', User) cannot be bound: the type "
            "'Elsewhere' is not defined in the schema."
        )

    @pytest.mark.parametrize(
        ("definition", "kind"),
        [
            ("interface Thing { id: ID }", "GraphQLInterfaceType"),
            ("union Thing = User", "GraphQLUnionType"),
            ("input Thing { id: ID }", "GraphQLInputObjectType"),
        ],
    )
    def test_name_a_type_that_is_no_object_type(self, definition, kind):
        message = self.message_of(
            SQLAlchemyObjectType("Thing", User), f"{SDL}\n{definition}"
        )

        assert message == (
            "SQLAlchemyObjectType('Thing', User) cannot be bound: 'Thing' is defined "
            f"in the schema, but as a {kind}. Bind the object types that implement or "
            "belong to it."
        )

    def test_name_a_model_that_is_not_mapped(self):
        class Plain:
            pass

        assert self.message_of(SQLAlchemyObjectType("User", Plain)) == (
            f"The model of 'User' is {Plain!r}, which is not a mapped class. "
            "Pass the class that SQLAlchemy maps."
        )

    def test_name_an_alias_for_nothing(self):
        user = SQLAlchemyObjectType("User", User, aliases={"name": "xyz"})

        assert self.message_of(user) == (
            "Alias 'name' of 'User' reads 'xyz', but 'User' has no attribute 'xyz'."
        )

    def test_name_a_strategy_for_nothing(self):
        user = SQLAlchemyObjectType("User", User, strategies={"nothing": subqueryload})

        assert self.message_of(user) == (
            "The strategy for 'nothing' of 'User' reads 'nothing', but 'User' has no "
            "attribute 'nothing'."
        )

    def test_name_a_hint_for_nothing(self):
        user = SQLAlchemyObjectType("User", User, requires={"name": ["posts.titel"]})

        assert self.message_of(user) == (
            "The hint for 'name' of 'User' reads 'posts.titel', but 'Post' has no "
            "attribute 'titel'. Did you mean 'title'?"
        )

    def test_name_a_resolver_for_a_field_that_the_type_lacks(self):
        user = SQLAlchemyObjectType("User", User)
        user.set_field("nothing", lambda *_: None)

        with pytest.raises(
            ValueError, match="Field nothing is not defined on type Use"
        ):
            make_executable_schema(SDL, user)


class TestAbstractTypes:
    SDL = """
    type Query { animals: [Animal!]! found: [Found!]! }
    interface Animal { name: String }
    type Dog implements Animal { name: String }
    type Cat implements Animal { name: String }
    type User { username: String }
    union Found = Dog | User
    """
    DOCUMENT = "{ animals { __typename name } }"

    @pytest.fixture(autouse=True)
    def animals(self, engine):
        with Session(engine) as session:
            session.add_all([Dog(name="Rex"), Cat(name="Tom"), Puppy(name="Pip")])
            session.commit()

    @pytest.fixture
    def types(self):
        return [
            SQLAlchemyObjectType("Dog", Dog),
            SQLAlchemyObjectType("Cat", Cat),
            SQLAlchemyObjectType("User", User),
        ]

    async def test_find_the_type_by_the_class_of_the_object(self, execute, types):
        query = SQLAlchemyQueryType(types)
        schema = make_executable_schema(self.SDL, query, *types)
        result = await execute(schema, self.DOCUMENT)

        assert result["data"]["animals"] == [
            {"__typename": "Dog", "name": "Rex"},
            {"__typename": "Cat", "name": "Tom"},
            {"__typename": "Dog", "name": "Pip"},
        ]

    async def test_of_a_union_do_so_too(self, execute, types):
        query = QueryType()
        query.set_field(
            "found",
            lambda *_: [User(username="new"), {"__typename": "Dog", "name": "Bo"}],
        )
        schema = make_executable_schema(self.SDL, query, *types)
        result = await execute(
            schema, "{ found { ... on User { username } ... on Dog { name } } }"
        )

        assert result == {"data": {"found": [{"username": "new"}, {"name": "Bo"}]}}

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_with_a_type_resolver_of_the_application_use_that(
        self, execute, types, is_before
    ):
        own = InterfaceType("Animal", lambda animal, *_: "Cat")
        order = [own, *types] if is_before else [*types, own]
        schema = make_executable_schema(self.SDL, SQLAlchemyQueryType(types), *order)
        result = await execute(schema, self.DOCUMENT)

        assert {one["__typename"] for one in result["data"]["animals"]} == {"Cat"}

    async def test_with_two_types_on_one_class_ask_for_a_type_resolver(self, execute):
        types = [SQLAlchemyObjectType("Dog", Dog), SQLAlchemyObjectType("Cat", Dog)]
        with pytest.warns(AmbiguousTypeWarning) as caught:
            schema = make_executable_schema(
                self.SDL, SQLAlchemyQueryType(types), *types
            )
        result = await execute(schema, self.DOCUMENT)

        assert str(caught[0].message) == (
            "'Animal' has no type resolver as yet, and a Dog may be any of Cat, Dog. "
            "Bind its type resolver before them."
        )
        assert {one.filename for one in caught} == {__file__}
        error = result["errors"][0]
        assert error["message"] == (
            "A Dog may be any of Dog, Cat: set a type resolver on 'Animal'."
        )
        assert error["path"] == ["animals", 0]

    async def test_with_an_object_of_no_type_say_so(self, execute, types):
        query = QueryType()
        query.set_field("found", lambda *_: [object()])
        union = UnionType("Found")
        schema = make_executable_schema(self.SDL, query, union, *types)
        result = await execute(schema, "{ found { __typename } }")

        assert "Found" in result["errors"][0]["message"]


def test_keyword_arguments_only():
    with pytest.raises(TypeError):
        SQLAlchemyObjectType("User", User, {})


def test_has_what_it_was_given():
    user = SQLAlchemyObjectType(
        "User",
        User,
        aliases={"a": "id"},
        strategies={"posts": subqueryload},
        max_depth=5,
        requires={"name": []},
    )

    assert (user.name, user.model, user.max_depth) == ("User", User, 5)
    assert (user.aliases, user.strategies, user.requires) == (
        {"a": "id"},
        {"posts": subqueryload},
        {"name": []},
    )
    assert SQLAlchemyObjectType("User", User).max_depth is None  # the schema's


def test_no_statement_runs_while_a_schema_is_bound(engine):
    with count_statements(engine) as statements:
        bound(SDL)

    statements.expect(0)


def test_arguments_in_each_others_places_are_an_error():
    with pytest.raises(ConfigurationError, match="the GraphQL type's name comes first"):
        SQLAlchemyObjectType(User, "User")
