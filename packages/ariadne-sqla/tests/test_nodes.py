import enum
import uuid
from base64 import b64encode
from datetime import date
from typing import ClassVar

import pytest
from ariadne import ObjectType, graphql_sync, make_executable_schema
from ariadne.contrib.federation import make_federated_schema
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ariadne_sqla import (
    AmbiguousTypeWarning,
    ArgumentLimits,
    ConfigurationError,
    GlobalId,
    GlobalIdError,
    SQLAlchemyNodeType,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    from_global_id,
    to_global_id,
    use_route,
)
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_hidden: Mapped[bool] = mapped_column(default=False)
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.title"
    )


class Post(Base):
    __tablename__ = "posts"

    token: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
    revisions: Mapped[list["Revision"]] = relationship(order_by="Revision.number")


class Revision(Base):
    __tablename__ = "revisions"

    post_token: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("posts.token"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


class Tag(Base):
    __tablename__ = "tags"

    name: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class Animal(Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    __mapper_args__: ClassVar = {
        "polymorphic_on": "kind",
        "polymorphic_identity": "animal",
    }


class Dog(Animal):
    __tablename__ = "dogs"
    __mapper_args__: ClassVar = {"polymorphic_identity": "dog"}

    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    barks: Mapped[bool] = mapped_column(default=True)


SDL = """
    type Query {
        node(id: ID!): Node
        nodes(ids: [ID!]!): [Node]!
        users(id: ID, filter: UserFilter): [User!]!
        posts(authorId: ID, token: [ID!], filter: PostFilter): [Post!]!
        animals: [Animal!]!
        tags: [Tag!]!
        somebody: User
    }
    interface Node { id: ID! }
    type User implements Node { id: ID! name: String! posts: [Post!]! }
    type Post implements Node {
        id: ID! token: ID! title: String! author: User! revisions: [Revision!]!
    }
    type Revision implements Node { id: ID! number: Int! text: String! }
    type Tag implements Node { id: ID! name: String! count: Int! }
    type Animal implements Node { id: ID! }
    type Dog implements Node { id: ID! barks: Boolean! }
    input UserFilter { id: ID posts: PostListFilter }
    input PostListFilter { some: PostFilter }
    input PostFilter { authorId: IDFilter author: UserFilter }
    input IDFilter { eq: ID in: [ID!] isNull: Boolean }
"""
MODELS = {one.__name__: one for one in (User, Post, Revision, Tag, Animal, Dog)}
TOKENS = [uuid.UUID(int=number) for number in (1, 2, 3)]


def make_schema(sdl=SDL, *more, node_type=None, limits=None, models=MODELS):
    types = [SQLAlchemyObjectType(name, model) for name, model in models.items()]
    query = SQLAlchemyQueryType(types, limits=limits, max_depth=4)
    return make_executable_schema(
        sdl, query, node_type or SQLAlchemyNodeType(), *types, *more
    )


@pytest.fixture(scope="module")
def schema():
    return make_schema()


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            [
                User(id=1, name="ada"),
                User(id=2, name="bob"),
                User(id=3, name="eve", is_hidden=True),
                *(
                    Post(token=token, title=f"post {number}", author_id=author)
                    for number, (token, author) in enumerate(
                        zip(TOKENS, (1, 1, 2), strict=True)
                    )
                ),
                Revision(post_token=TOKENS[0], number=1, text="first"),
                Revision(post_token=TOKENS[0], number=2, text="second"),
                Tag(name="a:b%c/é"),
                Dog(id=1),
                Animal(id=2),
            ]
        )
        session.commit()


async def ask(execute, schema, document, *, statements, **variables):
    with count_statements(execute.engine) as sent:
        result = await execute(schema, document, variables=variables)
    assert statements is None or len(sent) == statements, sent
    return result


NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id %s } }"


async def test_fields_give_global_ids_that_find_the_same_objects(execute, schema):
    result = await ask(
        execute,
        schema,
        """{ users { id posts { id revisions { id } } } animals { id } tags { id } }""",
        statements=5,
    )
    assert "errors" not in result
    data = result["data"]
    assert [from_global_id(user["id"]) for user in data["users"]] == [
        ("User", ("1",)),
        ("User", ("2",)),
        ("User", ("3",)),
    ]
    [post, *_] = data["users"][0]["posts"]
    assert from_global_id(post["id"]) == ("Post", (str(TOKENS[0]),))
    revision = post["revisions"][1]["id"]
    assert from_global_id(revision) == ("Revision", (str(TOKENS[0]), "2"))
    ids = [
        revision,
        data["animals"][1]["id"],
        data["users"][1]["id"],
        data["animals"][0]["id"],
        data["tags"][0]["id"],
        post["id"],
    ]
    execute.session.expunge_all()
    result = await ask(execute, schema, NODES % "", ids=ids, statements=6)
    assert "errors" not in result
    names = ["Revision", "Animal", "User", "Dog", "Tag", "Post"]
    assert result["data"]["nodes"] == [
        {"__typename": name, "id": id_} for name, id_ in zip(names, ids, strict=True)
    ]


@pytest.mark.parametrize("route", ["eager", "fallback", "lazy"])
async def test_a_type_is_one_statement_and_each_level_below_one_more(
    execute, schema, route
):
    below = "... on User { name posts { title author { name } } } ... on Tag { name }"
    ids = [to_global_id("User", 2), to_global_id("Tag", "a:b%c/é")]
    ids += [to_global_id("User", 1), to_global_id("User", 2)]
    # The lazy route loads row by row, and what is let go of once more.
    statements = None if route == "lazy" else 3
    with use_route(route):
        result = await ask(
            execute, schema, NODES % below, ids=ids, statements=statements
        )
    assert "errors" not in result
    ada = [{"title": f"post {n}", "author": {"name": "ada"}} for n in (0, 1)]
    bob = {
        "__typename": "User",
        "id": ids[0],
        "name": "bob",
        "posts": [{"title": "post 2", "author": {"name": "bob"}}],
    }
    assert result["data"]["nodes"] == [
        bob,
        {"__typename": "Tag", "id": ids[1], "name": "a:b%c/é"},
        {"__typename": "User", "id": ids[2], "name": "ada", "posts": ada},
        bob,
    ]


async def test_one_node_is_one_statement_and_null_if_it_is_unknown(execute, schema):
    document = """query ($id: ID!) { node(id: $id) { id ... on User { name } } }"""
    id_ = to_global_id("User", 1)
    result = await ask(execute, schema, document, id=id_, statements=1)
    assert result == {"data": {"node": {"id": id_, "name": "ada"}}}
    id_ = to_global_id("User", 99)
    result = await ask(execute, schema, document, id=id_, statements=1)
    assert result == {"data": {"node": None}}
    id_ = to_global_id("Dog", 2)  # an animal, but no dog
    result = await ask(execute, schema, document, id=id_, statements=1)
    assert result == {"data": {"node": None}}


MALFORMED = {
    "1": "'1' is no global id.",
    "": "'' is no global id.",
    "VXNlcg==": "'VXNlcg==' is no global id.",
    "VXNlcjox!": "'VXNlcjox!' is no global id.",
    "VXNlcjp": "'VXNlcjp' is no global id.",
    b64encode(b"User:\xff").decode(): "is no global id.",
    to_global_id("Usr", 1): "'VXNyOjE=' is the id of a 'Usr', which is no node.",
    to_global_id("Query", 1): "is the id of a 'Query', which is no node.",
    to_global_id("User", 1, 2): "is no id of a 'User': its key has other parts.",
    to_global_id("User", "x"): "is no id of a 'User': it is not an integer.",
    to_global_id("Post", "1"): "is no id of a 'Post': it is not a UUID.",
    "A" * 2_000: "AAA… is no global id.",
}


@pytest.mark.parametrize(("id_", "message"), MALFORMED.items())
async def test_what_is_no_global_id_is_an_error_of_its_place_alone(
    execute, schema, id_, message
):
    known = to_global_id("User", 1)
    result = await ask(execute, schema, NODES % "", ids=[known, id_], statements=1)
    assert result["data"]["nodes"] == [{"__typename": "User", "id": known}, None]
    [error] = result["errors"]
    assert error["path"] == ["nodes", 1]
    assert error["message"].endswith(message)
    document = "query ($id: ID!) { node(id: $id) { id } }"
    result = await ask(execute, schema, document, id=id_, statements=0)
    assert result["data"] == {"node": None}
    assert [one["message"] for one in result["errors"]] == [error["message"]]


async def test_no_more_ids_than_the_limits_allow(execute):
    schema = make_schema(limits=ArgumentLimits(values=2))
    ids = [to_global_id("User", number) for number in (1, 2, 3)]
    result = await ask(execute, schema, NODES % "", ids=ids, statements=0)
    assert result["data"] is None
    [error] = result["errors"]
    assert error["message"] == "Argument 'ids' has 3 values; 2 are allowed."


async def test_arguments_and_filters_take_global_ids_and_keys(execute, schema):
    ada, post = to_global_id("User", 1), to_global_id("Post", TOKENS[1])
    document = """query ($ada: ID!, $bob: ID!, $post: ID!, $token: ID!) {
        users(id: $ada) { name }
        raw: users(id: 1) { name }
        posts(authorId: $ada) { title }
        tokens: posts(token: [$post, $token]) { title }
        either: posts(filter: {authorId: {in: [$ada, 2]}}) { title }
        nested: users(filter: {posts: {some: {author: {id: $bob}}}}) { name }
    }"""
    result = await ask(
        execute,
        schema,
        document,
        ada=ada,
        bob=to_global_id("User", 2),
        post=post,
        token=str(TOKENS[2]),
        statements=6,
    )
    assert "errors" not in result
    assert result["data"] == {
        "users": [{"name": "ada"}],
        "raw": [{"name": "ada"}],
        "posts": [{"title": "post 0"}, {"title": "post 1"}],
        "tokens": [{"title": "post 1"}, {"title": "post 2"}],
        "either": [{"title": f"post {n}"} for n in range(3)],
        "nested": [{"name": "bob"}],
    }


@pytest.mark.parametrize(
    ("argument", "where"),
    [
        ("authorId: $id", "'authorId'"),
        ("filter: {authorId: {eq: $id}}", "'filter.authorId.eq'"),
    ],
)
async def test_an_id_of_another_type_is_refused(execute, schema, argument, where):
    document = f"query ($id: ID!) {{ posts({argument}) {{ title }} }}"
    id_ = to_global_id("Tag", 1)
    result = await ask(execute, schema, document, id=id_, statements=0)
    assert result["data"] is None
    assert [one["message"] for one in result["errors"]] == [
        f"Argument {where} is {id_!r}, which is not an id of User."
    ]


async def test_nodes_start_from_the_base_query_without_its_limit(execute):
    class VisibleUsers(SQLAlchemyObjectType):
        def get_base_query(self, info, /, *, limit=1, **kwargs):
            stmt = select(User).where(~User.is_hidden)
            return stmt.order_by(User.name.desc()).limit(limit)

    sdl = """
        type Query { nodes(ids: [ID!]!): [Node]! }
        interface Node { id: ID! }
        type User implements Node { id: ID! name: String! }
    """
    users = VisibleUsers("User", User)
    schema = make_executable_schema(
        sdl, SQLAlchemyQueryType([users]), users, SQLAlchemyNodeType()
    )
    ids = [to_global_id("User", number) for number in (1, 2, 3)]
    document = NODES % "... on User { name }"
    result = await ask(execute, schema, document, ids=ids, statements=1)
    assert "errors" not in result
    names = [node and node["name"] for node in result["data"]["nodes"]]
    assert names == ["ada", "bob", None]


def test_a_base_query_that_demands_arguments_is_refused():
    class OfTenant(SQLAlchemyObjectType):
        def get_base_query(self, info, /, tenant):
            return select(User)

    sdl = """
        type Query { node(id: ID!): Node }
        interface Node { id: ID! }
        type User implements Node { id: ID! }
    """
    with pytest.raises(ConfigurationError) as caught:
        make_executable_schema(sdl, OfTenant("User", User), SQLAlchemyNodeType())
    assert str(caught.value) == (
        "The `get_base_query` of 'User' demands arguments, and a row that is found by "
        "its global id has none: missing a required argument: 'tenant'. Give them "
        "defaults."
    )


def test_two_nodes_of_one_model_are_refused():
    sdl = """
        type Query { node(id: ID!): Node }
        interface Node { id: ID! }
        type User implements Node { id: ID! }
        type Me implements Node { id: ID! }
    """
    with (
        pytest.warns(AmbiguousTypeWarning),
        pytest.raises(ConfigurationError) as caught,
    ):
        make_executable_schema(
            sdl,
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Me", User),
            SQLAlchemyNodeType(),
        )
    assert str(caught.value) == (
        "'User' and 'Me' both show User and implement 'Node': a row would have two "
        "global ids. Let one of them implement it."
    )


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        (
            "type Query { a: Int } interface Nodes { id: ID! }",
            "'Node' is no interface of the schema. Did you mean 'Nodes'? Global ids "
            "need `interface Node { id: ID! }`.",
        ),
        (
            "type Query { a: Int } interface Node { id: Int! }",
            "'Node' has no `id: ID!`. Global ids need `interface Node { id: ID! }`.",
        ),
    ],
)
def test_a_schema_without_the_interface_is_refused(sdl, message):
    with pytest.raises(ConfigurationError) as caught:
        make_executable_schema(sdl, SQLAlchemyNodeType())
    assert str(caught.value) == message


async def test_arguments_that_are_not_given_find_nothing(execute):
    sdl = SDL.replace("node(id: ID!)", "node(id: ID)").replace(
        "nodes(ids: [ID!]!)", "nodes(ids: [ID])"
    )
    schema = make_schema(sdl)
    document = "{ node { id } nodes { id } some: nodes(ids: [null]) { id } }"
    result = await ask(execute, schema, document, statements=0)
    assert result["data"] == {"node": None, "nodes": [], "some": [None]}
    assert [one["message"] for one in result["errors"]] == [
        "None is no global id.",
        "None is no global id.",
    ]


@pytest.mark.parametrize("is_first", [True, False])
async def test_the_order_of_bindables_does_not_matter(execute, is_first):
    sdl = """
        type Query { fetch(id: ID!): Entity entities(ids: [ID!]!): [Entity]! }
        interface Entity { id: ID! }
        type User implements Entity { id: ID! name: String! }
    """
    users = SQLAlchemyObjectType("User", User)
    bindables = [SQLAlchemyQueryType([users]), users]
    bindables.insert(0 if is_first else 2, SQLAlchemyNodeType("Entity"))
    schema = make_executable_schema(sdl, *bindables)
    id_ = to_global_id("User", 1)
    document = f'{{ fetch(id: "{id_}") {{ id }} entities(ids: ["{id_}"]) {{ id }} }}'
    result = await ask(execute, schema, document, statements=2)
    assert result == {"data": {"fetch": {"id": id_}, "entities": [{"id": id_}]}}


async def test_resolvers_of_the_application_stay(execute):
    user = ObjectType("User")
    user.set_field("id", lambda obj, _: f"user-{obj.id}")
    schema = make_schema(SDL, user)
    result = await ask(execute, schema, "{ users { id } }", statements=1)
    assert result["data"]["users"][0] == {"id": "user-1"}


async def test_an_object_without_a_row_has_the_id_of_its_key(execute):
    given = [User(id=7, name="new"), {"id": 8, "name": "plain"}]
    query = ObjectType("Query")
    query.set_field("somebody", lambda *_: given.pop(0))
    schema = make_schema(SDL, query)
    for key in (7, 8):
        result = await ask(execute, schema, "{ somebody { id } }", statements=0)
        assert result == {"data": {"somebody": {"id": to_global_id("User", key)}}}


def test_representations_of_a_federated_schema_have_global_ids(engine):
    sdl = """
        type Query { node(id: ID!): Node }
        interface Node { id: ID! }
        type User implements Node @key(fields: "id") { id: ID! name: String! }
    """
    users = SQLAlchemyObjectType("User", User)
    schema = make_federated_schema(
        sdl, SQLAlchemyQueryType([users]), users, SQLAlchemyNodeType()
    )
    id_ = to_global_id("User", 2)
    document = f"""{{
        _entities(representations: [{{__typename: "User", id: "{id_}"}}]) {{
            ... on User {{ id name }}
        }}
    }}"""
    with Session(engine) as session, count_statements(engine) as sent:
        context = {"session": session, "loader_registry": LoaderRegistry(session)}
        _, result = graphql_sync(schema, {"query": document}, context_value=context)
    assert result == {"data": {"_entities": [{"id": id_, "name": "bob"}]}}
    assert len(sent) == 1, sent


class Colour(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ((7,), "T:7"),
        (("a:b%",), "T:a%3Ab%25"),
        (("é",), "T:é"),
        ((1, "x"), "T:1:x"),
        ((Colour.RED,), "T:RED"),
        ((b"\x01\xff",), "T:01ff"),
        ((date(2026, 1, 2),), "T:2026-01-02"),
        ((TOKENS[0],), f"T:{TOKENS[0]}"),
    ],
)
def test_a_global_id_is_base64_of_type_and_key(key, text):
    global_id = to_global_id("T", *key)
    assert global_id == b64encode(text.encode(), b"-_").decode()
    type_name, read = from_global_id(global_id)
    assert type_name == "T"
    assert to_global_id("T", *read) == global_id
    assert from_global_id(global_id.rstrip("=")) == GlobalId("T", read)


class Painting(Base):
    __tablename__ = "paintings"

    colour: Mapped[Colour] = mapped_column(primary_key=True)
    name: Mapped[str]


async def test_a_member_of_an_enum_is_a_key(execute, engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Painting(colour=Colour.RED, name="The Red Studio"))
        session.commit()
    sdl = """
        type Query { node(id: ID!): Node }
        interface Node { id: ID! }
        type Painting implements Node { id: ID! name: String! }
    """
    schema = make_executable_schema(
        sdl,
        SQLAlchemyQueryType([]),
        SQLAlchemyObjectType("Painting", Painting),
        SQLAlchemyNodeType(),
    )
    id_ = to_global_id("Painting", Colour.RED)

    with count_statements(execute.engine) as sent:
        result = await execute(
            schema, f'{{ node(id: "{id_}") {{ id ... on Painting {{ name }} }} }}'
        )

    assert result == {"data": {"node": {"id": id_, "name": "The Red Studio"}}}
    sent.expect(1)


def test_what_has_no_text_is_in_no_global_id():
    with pytest.raises(TypeError, match=r"cannot hold 1\.5, a float"):
        to_global_id("T", 1.5)


def test_from_global_id_takes_anything_that_a_client_may_send():
    for value in (None, 1, [], "é", "====", "VXNlcjox\n"):
        with pytest.raises(GlobalIdError):
            from_global_id(value)
