import gc
import uuid
from weakref import ref

import pytest
from ariadne.contrib.federation import (
    FederatedInterfaceType,
    FederatedObjectType,
    make_federated_schema,
)
from sqlalchemy import ForeignKey, event
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
)

from ariadne_sqla import SQLAlchemyObjectType, SQLAlchemyQueryType, use_route
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements


class Base(DeclarativeBase):
    pass


class Organization(Base):
    __tablename__ = "organizations"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]


class User(Base):
    __tablename__ = "users"
    nick = None  # resolvers of some tests give it

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    number: Mapped[int | None]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    organization: Mapped[Organization | None] = relationship()
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.title"
    )


class Post(Base):
    __tablename__ = "posts"

    token: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")


SDL = """
    type Query { users: [User!]! }
    interface Node { id: ID! }
    type User implements Node
        @key(fields: "id")
        @key(fields: "email")
        @key(fields: "organization { code } number")
        @key(fields: "nick") {
        id: ID! name: String! email: String! number: Int nick: String
        organization: Organization posts: [Post!]!
    }
    type Post @key(fields: "token") { token: ID! title: String! author: User! }
    type Organization { code: String! }
"""


def types():
    return [
        SQLAlchemyObjectType("User", User),
        SQLAlchemyObjectType("Post", Post),
        SQLAlchemyObjectType("Organization", Organization),
    ]


def federated(*bindables, before=()):
    bound = types()
    query = SQLAlchemyQueryType(bound)
    return make_federated_schema(SDL, *before, query, *bound, *bindables)


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        one, other = Organization(code="a"), Organization(code="b")
        for number in (1, 2, 3):
            user = User(
                id=number,
                name=f"user {number}",
                email=f"{number}@example.org",
                number=number,
                organization=one if number < 3 else other,
            )
            user.posts = [
                Post(token=uuid.UUID(int=10 * number + i), title=f"{number}.{i}")
                for i in (1, 2)
            ]
            session.add(user)
        session.commit()


@pytest.fixture
def entities(execute):
    """Ask for the entities of representations; count the statements."""

    async def entities(schema, selection, *representations, statements):
        with count_statements(execute.engine) as sent:
            result = await execute(
                schema,
                "query ($all: [_Any!]!) { _entities(representations: $all) { "
                f"__typename {selection} }} }}",
                variables={"all": list(representations)},
            )
        sent.expect(statements)
        return result

    return entities


def user(**key):
    return {"__typename": "User", **key}


ID_NAME = "... on User { id name }"


class TestRepresentations:
    async def test_are_loaded_with_what_is_asked_below(self, entities):
        result = await entities(
            federated(),
            "... on User { name posts { title author { email } } }",
            user(id="1"),
            user(id="2"),
            statements=2,
        )

        assert result == {
            "data": {
                "_entities": [
                    {
                        "__typename": "User",
                        "name": f"user {number}",
                        "posts": [
                            {
                                "title": f"{number}.{i}",
                                "author": {"email": f"{number}@example.org"},
                            }
                            for i in (1, 2)
                        ],
                    }
                    for number in (1, 2)
                ]
            }
        }

    async def test_keep_their_order_and_may_repeat(self, entities):
        result = await entities(
            federated(),
            ID_NAME,
            *(user(id=key) for key in ("3", 1, "3", "2")),
            statements=1,
        )

        found = [one["id"] for one in result["data"]["_entities"]]
        assert found == ["3", "1", "3", "2"]

    async def test_are_forgotten_with_the_loaders_of_their_request(
        self, execute, entities
    ):
        registry = LoaderRegistry(execute.session)
        context = {"session": execute.session, "loader_registry": registry}
        with count_statements(execute.engine) as sent:
            result = await execute(
                federated(),
                "query ($all: [_Any!]!) { _entities(representations: $all) "
                f"{{ {ID_NAME} }} }}",
                variables={"all": [user(id="1")]},
                context=context,
            )
        sent.expect(1)
        assert result["data"] == {"_entities": [{"id": "1", "name": "user 1"}]}
        known = ref(registry)
        del registry, context, result
        gc.collect()

        assert known() is None

    async def test_of_no_row_are_null(self, entities):
        result = await entities(
            federated(), ID_NAME, user(id="1"), user(id="99"), statements=1
        )

        first, second = result["data"]["_entities"]
        assert first["name"] == "user 1"
        assert second is None
        assert "errors" not in result

    async def test_with_a_null_key_are_null_without_a_statement(self, entities):
        result = await entities(federated(), ID_NAME, user(id=None), statements=0)

        assert result == {"data": {"_entities": [None]}}

    async def test_of_several_types_take_a_statement_each(self, entities):
        token = str(uuid.UUID(int=11))
        result = await entities(
            federated(),
            f"{ID_NAME} ... on Post {{ title author {{ name }} }}",
            user(id="2"),
            {"__typename": "Post", "token": token},
            user(id="1"),
            statements=2,
        )

        assert result["data"]["_entities"] == [
            {"__typename": "User", "id": "2", "name": "user 2"},
            {"__typename": "Post", "title": "1.1", "author": {"name": "user 1"}},
            {"__typename": "User", "id": "1", "name": "user 1"},
        ]

    async def test_may_have_any_key_of_the_type(self, entities):
        result = await entities(
            federated(),
            ID_NAME,
            user(email="2@example.org"),
            user(id="1"),
            user(organization={"code": "b"}, number=3),
            user(organization={"code": "a"}, number=3),
            statements=1,
        )

        found = [one and one["id"] for one in result["data"]["_entities"]]
        assert found == ["2", "1", "3", None]

    async def test_of_another_field_are_loaded_apart(self, execute):
        result = await execute(
            federated(),
            "query ($all: [_Any!]!) { a: _entities(representations: "
            f'[{{__typename: "User", id: 1}}]) {{ {ID_NAME} }} '
            "b: _entities(representations: $all)"
            f" {{ {ID_NAME} }} }}",
            variables={"all": [user(id=2)]},
        )

        assert result["data"]["a"][0]["name"] == "user 1"
        assert result["data"]["b"][0]["name"] == "user 2"

    async def test_are_loaded_anew_by_the_same_registry(self, execute):
        schema = federated()
        document = (
            "query ($all: [_Any!]!) { _entities(representations: $all)"
            f" {{ {ID_NAME} }} }}"
        )
        for key in (1, 2):
            result = await execute(schema, document, variables={"all": [user(id=key)]})
            assert result["data"]["_entities"][0]["name"] == f"user {key}"

    async def test_beyond_one_statement_take_another(self, entities, monkeypatch):
        monkeypatch.setattr("ariadne_sqla.holder.keys_per_statement", lambda *_: 2)
        keys = ("1", "2", "3")
        result = await entities(
            federated(), ID_NAME, *(user(id=key) for key in keys), statements=2
        )

        assert [one["id"] for one in result["data"]["_entities"]] == [*keys]

    @pytest.mark.parametrize("route", ["fallback", "lazy"])
    async def test_are_loaded_on_every_route(self, execute, route):
        with use_route(route):
            result = await execute(
                federated(),
                "query ($all: [_Any!]!) { _entities(representations: $all) "
                "{ ... on User { name posts { title } } } }",
                variables={"all": [user(id=2), user(id=1)]},
            )

        assert result["data"]["_entities"] == [
            {"name": f"user {n}", "posts": [{"title": f"{n}.1"}, {"title": f"{n}.2"}]}
            for n in (2, 1)
        ]


class TestMalformedRepresentations:
    async def test_are_errors_of_their_entity_alone(self, entities):
        result = await entities(
            federated(), ID_NAME, user(id="x"), user(id="1"), user(), statements=1
        )

        assert [one and one["id"] for one in result["data"]["_entities"]] == [
            None,
            "1",
            None,
        ]
        assert {one["path"][1]: one["message"] for one in result["errors"]} == {
            0: "The key 'id' of a representation of 'User' is 'x', which is not an "
            "integer.",
            2: "The representation {'__typename': 'User'} of 'User' has no key that a "
            "row can be found by. Those are: 'id', 'email', 'organization { code } "
            "number'. What is not of columns ('nick') needs a `reference_resolver` of "
            "your own (`FederatedObjectType`).",
        }

    async def test_that_nest_no_object_are_errors(self, entities):
        result = await entities(
            federated(), ID_NAME, user(organization="a", number=1), statements=0
        )

        assert "has no key" in result["errors"][0]["message"]

    async def test_are_not_echoed_without_bound(self, entities):
        result = await entities(
            federated(), ID_NAME, user(id="x" * 10_000), statements=0
        )

        assert len(result["errors"][0]["message"]) < 300


class TestFailingStatements:
    async def test_are_told_once(self, execute):
        @event.listens_for(
            getattr(execute.session, "sync_session", execute.session), "do_orm_execute"
        )
        def fail(state):
            msg = "No rows today."
            raise LookupError(msg)

        result = await execute(
            federated(),
            "query ($all: [_Any!]!) { _entities(representations: $all) "
            f"{{ {ID_NAME} }} }}",
            variables={"all": [user(id=key) for key in (1, 2, 3)]},
        )

        assert result["data"] == {"_entities": [None] * 3}
        assert [one["message"] for one in result["errors"]] == [
            "No rows today.",
            *["This 'User' was not loaded: the error of another entity says why."] * 2,
        ]


class TestReferenceResolversOfTheApplication:
    @pytest.mark.parametrize("is_first", [False, True])
    async def test_win(self, execute, is_first):
        own = FederatedObjectType("User")

        @own.reference_resolver
        def resolve(_, info, reference):
            return User(id=reference["id"], name="own")

        schema = federated(before=[own]) if is_first else federated(own)
        result = await execute(
            schema,
            '{ _entities(representations: [{__typename: "User", id: 7}])'
            " { ... on User { id name } } }",
        )

        assert result == {"data": {"_entities": [{"id": "7", "name": "own"}]}}

    @pytest.mark.parametrize("is_first", [False, True])
    async def test_of_an_interface_win(self, execute, is_first):
        own = FederatedInterfaceType("Node")
        own.set_type_resolver(lambda *_: "User")

        @own.reference_resolver
        def resolve(_, info, reference):
            return User(id=reference["id"], name="own")

        schema = federated(before=[own]) if is_first else federated(own)
        result = await execute(
            schema,
            '{ _entities(representations: [{__typename: "User", id: 7}])'
            " { ... on User { id name } } }",
        )

        assert result == {"data": {"_entities": [{"id": "7", "name": "own"}]}}


class TestKeys:
    async def test_that_are_not_resolvable_are_left_alone(self, execute):
        bound = SQLAlchemyObjectType("User", User)
        schema = make_federated_schema(
            'extend schema @link(url: "https://specs.apollo.dev/federation/v2.0",'
            ' import: ["@key"]) type Query { x: Int }'
            ' type User @key(fields: "id", resolvable: false) { id: ID! }',
            bound,
        )

        assert "__resolve_reference__" not in schema.type_map["User"].extensions

    async def test_may_be_aliases(self, execute):
        bound = SQLAlchemyObjectType("User", User, aliases={"mail": "email"})
        schema = make_federated_schema(
            'type Query { x: Int } type User @key(fields: "mail")'
            " { mail: ID! name: String! }",
            bound,
        )
        result = await execute(
            schema,
            '{ _entities(representations: [{__typename: "User", mail:'
            ' "2@example.org"}]) { ... on User { mail name } } }',
        )

        assert result["data"]["_entities"] == [
            {"mail": "2@example.org", "name": "user 2"}
        ]
