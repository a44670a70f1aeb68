"""Row policies: what a viewer may not see is on no way to it."""

import asyncio
from contextlib import nullcontext
from typing import ClassVar

import pytest
from ariadne import MutationType, graphql_sync, make_executable_schema
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    object_session,
    relationship,
    selectinload,
)
from sqlalchemy.pool import StaticPool

from ariadne_sqla import (
    ConfigurationError,
    HiddenNonNullWarning,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyNodeType,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    public,
    to_global_id,
    use_route,
    visible,
)
from sqla_loaders import LoaderRegistry, serialized
from sqla_loaders.testing import count_statements

from .blog import Base, Post, Tag, User
from .viewing import FUNCTIONS, Asking

SDL = """
type Query {
  users(filter: UserFilter, orderBy: [UserOrder!]): [User!]!
  user(id: ID): User
  posts(filter: PostFilter, orderBy: [PostOrder!], limit: Int, offset: Int): [Post!]!
  post(id: ID): Post
  own: [Post]! one: Post wrapped: Wrapped
}
type Mutation { write(id: ID!): Payload }
type Wrapped { post: Post posts: [Post!] }
type Payload { post: Post }
type User {
  id: ID! name: String
  posts(filter: PostFilter, orderBy: [PostOrder!], limit: Int): [Post!]!
  postsConnection(orderBy: [PostOrder!], first: Int, after: String): PostConnection!
  latest: Post
}
type Post {
  id: ID! title: String author: User authorName: String byline: String
  tags(filter: TagFilter): [Tag!]!
}
type Tag { id: ID! name: String posts: [Post!]! }
type PostConnection {
  nodes: [Post!]! edges: [PostEdge!]! pageInfo: PageInfo! totalCount: Int!
}
type PostEdge { node: Post! cursor: String! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! endCursor: String }
input UserFilter { name: StringFilter posts: PostsFilter }
input PostsFilter { some: PostFilter none: PostFilter every: PostFilter }
input PostFilter { title: StringFilter author: UserFilter }
input TagFilter { posts: PostsFilter }
input StringFilter { eq: String startsWith: String }
input PostOrder { title: Direction longText: Direction author: UserOrder }
input UserOrder { name: Direction }
enum Direction { ASC DESC }
"""


def visible_posts(post, info):
    if info.context["viewer"] == "admin":
        return True
    if info.context["viewer"] == "nobody":
        return False
    return ~post.title.startswith("hidden")


def visible_users(user, info):
    return True if info.context["viewer"] == "admin" else user.name != "Eve"


def made(sdl=SDL, *, post=visible_posts, user=visible_users, tag=None, **options):
    query = SQLAlchemyQueryType(
        types := [
            SQLAlchemyObjectType("User", User, policy=user),
            SQLAlchemyObjectType(
                "Post",
                Post,
                policy=post,
                aliases={"authorName": "author.name"},
                requires={"byline": ["author.name"]},
            ),
            SQLAlchemyObjectType("Tag", Tag, policy=tag),
        ],
        **options,
    )
    for name, resolver in OWN.items():
        query.set_field(name, resolver)
    mutation = MutationType()

    @mutation.field("write")
    def write(_, info, *, id):
        return {"post": loaded(info, select(Post).where(Post.id == int(id)), one=True)}

    @types[0].field("latest")
    def latest(user, info):
        stmt = select(Post).where(Post.author_id == user.id)
        return loaded(info, stmt.order_by(Post.id.desc()).limit(1), one=True)

    @types[1].field("byline")
    def byline(post, info):
        return f"by {post.author.name}" if post.author else "by nobody"

    return make_executable_schema(sdl, query, mutation, *types)


def loaded(info, stmt, *, one=False):
    session = info.context["session"]

    def result(rows):
        return rows.first() if one else rows.all()

    if isinstance(session, AsyncSession):

        async def load():
            async with serialized(session):
                return result(await session.scalars(stmt))

        return load()
    return result(session.scalars(stmt))


def wrapped(_, info):
    found = loaded(info, select(Post).order_by(Post.id))

    def put(posts):
        return {"post": posts[1], "posts": posts}

    if isinstance(found, list):
        return put(found)

    async def later():
        return put(await found)

    return later()


OWN = {
    "own": lambda _, info: loaded(info, select(Post).order_by(Post.id)),
    "one": lambda _, info: loaded(info, select(Post).where(Post.id == 2), one=True),
    "wrapped": wrapped,
}


@pytest.fixture
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        ada, eve = User(id=1, name="Ada"), User(id=2, name="Eve")
        red, blue = Tag(id=1, name="red"), Tag(id=2, name="blue")
        session.add_all(
            [
                Post(id=1, title="a", author=ada, tags=[red]),
                Post(id=2, title="hidden b", author=ada, tags=[red, blue]),
                Post(id=3, title="c", author=eve, tags=[blue]),
                Post(id=4, title="hidden d", author=eve, tags=[]),
            ]
        )
        session.commit()


@pytest.fixture
def ask(execute, rows):
    return Asking(execute, made)


@pytest.mark.filterwarnings("ignore::ariadne_sqla.HiddenNonNullWarning")
@pytest.mark.parametrize(
    ("document", "ada", "admin", "statements"),
    [
        (
            "{ posts { id } }",
            {"posts": [{"id": "1"}, {"id": "3"}]},
            {"posts": [{"id": str(n)} for n in range(1, 5)]},
            1,
        ),
        ("{ post(id: 2) { id } }", {"post": None}, {"post": {"id": "2"}}, 1),
        (
            "{ users { name posts { id } } }",
            {"users": [{"name": "Ada", "posts": [{"id": "1"}]}]},
            {
                "users": [
                    {"name": "Ada", "posts": [{"id": "1"}, {"id": "2"}]},
                    {"name": "Eve", "posts": [{"id": "3"}, {"id": "4"}]},
                ]
            },
            2,
        ),
        (
            "{ posts(limit: 2) { id author { name } authorName byline } }",
            {
                "posts": [
                    {
                        "id": "1",
                        "author": {"name": "Ada"},
                        "authorName": "Ada",
                        "byline": "by Ada",
                    },
                    {
                        "id": "3",
                        "author": None,
                        "authorName": None,
                        "byline": "by nobody",
                    },
                ]
            },
            {
                "posts": [
                    {
                        "id": n,
                        "author": {"name": "Ada"},
                        "authorName": "Ada",
                        "byline": "by Ada",
                    }
                    for n in "12"
                ]
            },
            1,
        ),
        (
            '{ users(filter: {posts: {some: {title: {startsWith: "hid"}}}}) { id } }',
            {"users": []},
            {"users": [{"id": "1"}, {"id": "2"}]},
            1,
        ),
        (
            '{ posts(filter: {author: {name: {eq: "Eve"}}}) { id } }',
            {"posts": []},
            {"posts": [{"id": "3"}, {"id": "4"}]},
            1,
        ),
        (
            "{ posts(orderBy: [{author: {name: DESC}}, {title: ASC}]) { id } }",
            {"posts": [{"id": "1"}, {"id": "3"}]},
            {"posts": [{"id": n} for n in "3412"]},
            1,
        ),
        (
            "{ users { postsConnection(first: 1) "
            "{ totalCount pageInfo { hasNextPage } nodes { id } } } }",
            {
                "users": [
                    {
                        "postsConnection": {
                            "totalCount": 1,
                            "pageInfo": {"hasNextPage": False},
                            "nodes": [{"id": "1"}],
                        }
                    }
                ]
            },
            {
                "users": [
                    {
                        "postsConnection": {
                            "totalCount": 2,
                            "pageInfo": {"hasNextPage": True},
                            "nodes": [{"id": n}],
                        }
                    }
                    for n in "13"
                ]
            },
            3,
        ),
        (
            "{ own { id } }",
            {"own": [{"id": "1"}, {"id": "3"}]},
            {"own": [{"id": n} for n in "1234"]},
            2,
        ),
        ("{ one { id author { name } } }", {"one": None}, None, 2),
        (
            "{ wrapped { post { id } posts { id } } }",
            {"wrapped": {"post": None, "posts": [{"id": "1"}, {"id": "3"}]}},
            None,
            2,
        ),
        ("{ users { latest { id } } }", {"users": [{"latest": None}]}, None, 3),
    ],
)
async def test_what_may_not_be_seen_is_on_no_way(ask, document, ada, admin, statements):
    result = await ask(document)

    assert result == {"data": ada}, ask.statements
    assert len(ask.statements) == statements, ask.statements
    if admin is not None:
        assert await ask(document, "admin") == {"data": admin}, ask.statements
    nobody = await ask(document, "nobody")
    assert "errors" not in nobody, nobody


async def test_a_filter_below_what_has_no_policy_asks_only_what_is_seen(ask):
    asked = 'filter: {posts: {some: {title: {startsWith: "hid"}}}}'
    document = f"{{ posts {{ tags({asked}) {{ name }} }} }}"

    result = await ask(document)

    assert result == {"data": {"posts": [{"tags": []}, {"tags": []}]}}, ask.statements
    assert len(ask.statements) == 2, ask.statements
    result = await ask(document, "admin")
    assert result["data"]["posts"][0] == {"tags": [{"name": "red"}]}


async def test_the_cursor_of_a_hidden_row_is_that_of_one_that_is_gone(ask):
    def document(after=""):
        asked = f"orderBy: [{{longText: ASC}}], first: 5{after}"
        return f"{{ users {{ postsConnection({asked}) {{ edges {{ cursor }} }} }} }}"

    result = await ask(document(), "admin")
    first = result["data"]["users"][0]["postsConnection"]["edges"]
    hidden = first[1]["cursor"]

    result = await ask(document(f', after: "{hidden}"'))

    assert result["data"] is None
    assert "is the cursor of a row that is gone" in result["errors"][0]["message"]
    assert "errors" not in await ask(document(f', after: "{hidden}"'), "admin")


async def test_a_policy_that_says_nothing_shows_nothing(ask):
    schema = made(post=lambda post, info: None)

    result = await ask("{ posts { id } users { name posts { id } } }", schema=schema)

    assert result["data"] is None
    assert "gave None, which says nothing" in result["errors"][0]["message"]
    assert "Post" in result["errors"][0]["message"]


async def test_what_a_policy_raises_is_the_error_of_the_field(ask):
    def broken(post, info):
        msg = "who are you?"
        raise RuntimeError(msg)

    document = "{ users { name latest { id } } one { id } }"
    result = await ask(document, schema=made(post=broken))

    assert result["data"] == {"users": [{"name": "Ada", "latest": None}], "one": None}
    assert {error["message"] for error in result["errors"]} == {"who are you?"}
    assert len(ask.statements) == 3, ask.statements


async def test_a_policy_is_asked_once_for_each_entity(ask):
    asked = []

    def counted(post, info):
        asked.append(post)
        return visible_posts(post, info)

    document = "{ a: posts { id } b: posts { id author { posts { id } } } own { id } }"
    await ask(document, schema=made(post=counted))

    assert asked == [Post], ask.statements


async def test_none_is_no_statement(ask):
    document = "{ posts { id } users { name posts { id } } }"

    result = await ask(document, "nobody")

    assert result == {"data": {"posts": [], "users": [{"name": "Ada", "posts": []}]}}
    assert len(ask.statements) == 1, ask.statements


@pytest.mark.parametrize("options", [{}, FUNCTIONS], ids=["", "functions"])
@pytest.mark.parametrize("route", ["eager", "fallback", "lazy"])
async def test_what_the_session_has_is_no_answer(ask, route, options):
    document = (
        "{ users { name posts { id tags { name } } } post(id: 3) { id author { id } } }"
    )
    kept = await preloaded(ask)

    with use_route(route):
        result = await ask(document, **options)

    assert result == {
        "data": {
            "users": [
                {"name": "Ada", "posts": [{"id": "1", "tags": [{"name": "red"}]}]}
            ],
            "post": {"id": "3", "author": None},
        }
    }, ask.statements
    assert [len(user.__dict__["posts"]) for user in kept] == [2, 2]


async def preloaded(ask):
    """Load all rows and relationships into the session, as another viewer would."""
    options = selectinload(User.posts).selectinload(Post.tags)
    stmt = select(User).options(options, selectinload(User.posts, Post.author))
    found = ask.session.scalars(stmt)
    return (found if isinstance(ask.session, Session) else await found).all()


async def test_an_asynchronous_policy_is_awaited_once(ask, execute):
    asked = []

    async def later(post, info):
        asked.append(post)
        await asyncio.sleep(0)
        return ~post.title.startswith("hidden")

    schema = made(post=later)
    document = """{
      posts { id } users(filter: {posts: {some: {}}}) { posts { id } } own { id }
    }"""
    result = await ask(document, schema=schema)

    if execute.way == "graphql_sync":
        assert "cannot await" in result["errors"][0]["message"]
        return
    assert result == {
        "data": {
            "posts": [{"id": "1"}, {"id": "3"}],
            "users": [{"posts": [{"id": "1"}]}],
            "own": [{"id": "1"}, {"id": "3"}],
        }
    }
    assert asked == [Post]


async def test_an_asynchronous_policy_of_two_types_is_asked_for_each(ask, execute):
    async def not_the_second(entity, info):
        return entity.id != 2

    schema = made(post=not_the_second, user=not_the_second)
    result = await ask("{ users { id } posts { id } own { id } }", schema=schema)

    if execute.way == "graphql_sync":
        assert "cannot await" in result["errors"][0]["message"]
        return
    posts = [{"id": "1"}, {"id": "3"}, {"id": "4"}]
    assert result == {"data": {"users": [{"id": "1"}], "posts": posts, "own": posts}}


async def test_what_a_mutation_gives_is_trusted_and_what_is_below_is_not(ask):
    document = "mutation { write(id: 4) { post { id author { name } tags { id } } } }"

    result = await ask(document)

    assert result == {
        "data": {"write": {"post": {"id": "4", "author": None, "tags": []}}}
    }, ask.statements


async def test_what_a_property_finds_is_looked_at(ask, execute, monkeypatch):
    if execute.way == "AsyncSession":
        pytest.skip("A property cannot wait.")
    pinned = property(lambda user: object_session(user).get(Post, 2))
    monkeypatch.setattr(User, "pinned", pinned, raising=False)
    schema = made(f"{SDL} extend type User {{ pinned: Post }}")

    for viewer, found in [("ada", None), ("admin", {"id": "2"})]:
        result = await ask("{ users { pinned { id } } }", viewer, schema)

        assert all(one == {"pinned": found} for one in result["data"]["users"])
        assert len(ask.statements) <= 3, ask.statements


async def test_a_trusted_field_is_shown_as_it_is(ask):
    schema = made(trusted=["own", "wrapped"])

    result = await ask(
        "{ own { id } wrapped { post { id } } one { id } }", schema=schema
    )

    assert result == {
        "data": {
            "own": [{"id": n} for n in "1234"],
            "wrapped": {"post": {"id": "2"}},
            "one": None,
        }
    }


@pytest.mark.parametrize("route", ["eager", "fallback", "lazy"])
@pytest.mark.parametrize("given", [list, iter, tuple, set])
async def test_whatever_a_resolver_gives_is_looked_through(ask, execute, route, given):
    schema = made()

    async def later(_, info):
        return given(await loaded(info, select(Post)))

    def at_once(_, info):
        return given(loaded(info, select(Post)))

    is_async = execute.way == "AsyncSession"
    schema.query_type.fields["own"].resolve = later if is_async else at_once
    with use_route(route):
        result = await ask("{ own { id } users { latest { id } } }", schema=schema)

    assert sorted(post["id"] for post in result["data"]["own"]) == ["1", "3"]
    assert result["data"]["users"] == [{"latest": None}]


async def test_a_statement_of_ones_own_asks_what_is_visible(ask):
    schema = made(trusted=["own"])
    own = schema.query_type.fields["own"]
    own.resolve = lambda _, info: loaded(info, select(Post).where(visible(Post, info)))

    result = await ask("{ own { id } }", schema=schema)

    assert result == {"data": {"own": [{"id": "1"}, {"id": "3"}]}}
    assert len(ask.statements) == 1, ask.statements


async def test_a_dict_of_a_type_with_a_policy_is_refused(ask):
    schema = made()
    schema.query_type.fields["one"].resolve = lambda *_: {"id": 2}

    result = await ask("{ one { id } }", schema=schema)

    assert result["data"] == {"one": None}
    assert "Query.one gave a dict for Post" in result["errors"][0]["message"]


async def test_loaders_of_another_request_are_refused(execute, rows):
    registry = LoaderRegistry(execute.session)
    schema = made()
    for viewer in ("admin", "ada"):
        context = {
            "session": execute.session,
            "loader_registry": registry,
            "viewer": viewer,
        }
        result = await execute(schema, "{ post(id: 2) { id } }", context=context)

    assert result["data"] == {"post": None}
    assert "belongs to another request" in result["errors"][0]["message"]


async def test_policies_need_a_registry(execute, rows):
    context = {"session": execute.session, "viewer": "ada"}

    result = await execute(made(), "{ post(id: 1) { id } }", context=context)

    assert result["data"] == {"post": None}
    assert "LoaderRegistry not found" in result["errors"][0]["message"]


def test_types_of_one_model_have_one_policy():
    types = [
        SQLAlchemyObjectType("Post", Post, policy=visible_posts),
        SQLAlchemyObjectType("Draft", Post, policy=public),
    ]
    sdl = "type Query { posts: [Post!]! } type Post { id: ID! } type Draft { id: ID! }"

    with pytest.raises(ConfigurationError, match="'Post' and 'Draft' show 'Post'"):
        make_executable_schema(sdl, *types)


def test_a_type_without_a_policy_may_be_refused():
    with pytest.raises(ConfigurationError, match="Tag has no policy"):
        made(require_policy=True)

    made(require_policy=True, tag=public)


@pytest.mark.parametrize("bound_beside", [False, True])
def test_a_type_that_is_not_bound_may_be_refused(bound_beside):
    sdl = """
    type Query { posts: [Post!]! }
    type Post { title: String author: User }
    type User { name: String }
    """
    post = SQLAlchemyObjectType("Post", Post, policy=public)
    query = SQLAlchemyQueryType([post], require_policy=True)
    user = SQLAlchemyObjectType("User", User, policy=public)
    more = [user] if bound_beside else []

    with (
        nullcontext()
        if bound_beside
        else pytest.raises(
            ConfigurationError, match=r"Post\.author shows rows of 'User', which has no"
        )
    ):
        make_executable_schema(sdl, query, *more)


class Homes(DeclarativeBase):
    pass


class Pet(Homes):
    __tablename__ = "pets"
    __mapper_args__: ClassVar = {"polymorphic_on": "kind", "polymorphic_abstract": True}
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"))


class Cat(Pet):
    __mapper_args__: ClassVar = {"polymorphic_identity": "cat"}


class Dog(Pet):
    __mapper_args__: ClassVar = {"polymorphic_identity": "dog"}


class Home(Homes):
    __tablename__ = "homes"
    id: Mapped[int] = mapped_column(primary_key=True)
    pets: Mapped[list[Pet]] = relationship(order_by=Pet.id)


PETS = """
type Query { homes: [Home!]! }
type Home { id: ID! pets: [Pet!]! }
interface Pet { id: ID! }
type Cat implements Pet { id: ID! }
type Dog implements Pet { id: ID! }
"""


def test_a_policy_of_each_class_below_an_abstract_one_is_enough():
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Homes.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Home(pets=[Cat(), Dog()]))
        session.commit()
    types = [
        SQLAlchemyObjectType("Home", Home, policy=public),
        SQLAlchemyObjectType("Cat", Cat, policy=lambda _pet, _info: False),
        SQLAlchemyObjectType("Dog", Dog, policy=public),
    ]
    query = SQLAlchemyQueryType(types, require_policy=True)
    schema = make_executable_schema(PETS, query)

    with Session(engine) as session, count_statements(engine) as statements:
        _, answer = graphql_sync(
            schema,
            {"query": "{ homes { pets { __typename id } } }"},
            context_value={"session": session},
            extensions=[SQLAlchemyDataLoaderExtension],
        )

    assert answer == {"data": {"homes": [{"pets": [{"__typename": "Dog", "id": "2"}]}]}}
    statements.expect(2)


def test_the_class_below_an_abstract_one_that_has_no_policy_is_named():
    types = [
        SQLAlchemyObjectType("Home", Home, policy=public),
        SQLAlchemyObjectType("Cat", Cat, policy=public),
    ]
    query = SQLAlchemyQueryType(types, require_policy=True)

    with pytest.raises(
        ConfigurationError,
        match=r"Home\.pets shows rows of 'Dog', .* Bind 'Dog' to an object type "
        "that is a 'Pet'",
    ):
        make_executable_schema(PETS, query)


def test_a_field_that_leads_to_a_type_that_is_not_bound_may_be_trusted():
    sdl = """
    type Query { posts: [Post!]! }
    type Post { title: String author: User }
    type User { name: String }
    """
    post = SQLAlchemyObjectType("Post", Post, policy=public, trusted=["author"])

    make_executable_schema(sdl, SQLAlchemyQueryType([post], require_policy=True))


def test_a_field_that_is_trusted_is_there():
    with pytest.raises(ConfigurationError, match="'Query' has no field 'won'"):
        made(trusted=["won"])


def test_a_non_null_field_to_what_may_be_hidden_is_warned_of():
    with pytest.warns(HiddenNonNullWarning, match="Post.author is User!"):
        made(SDL.replace("author: User a", "author: User! a"))


class Family(DeclarativeBase):
    pass


class Person(Family):
    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    __mapper_args__ = {  # noqa: RUF012
        "polymorphic_on": "kind",
        "polymorphic_identity": "person",
    }


class Employee(Person):
    __mapper_args__: ClassVar = {"polymorphic_identity": "employee"}


FAMILY = """
type Query { people: [Human!]! staff: [Employee!]! node(id: ID!): Node }
interface Human { name: String! }
interface Node { id: ID! }
type Person implements Human & Node { id: ID! name: String! }
type Employee implements Human & Node { id: ID! name: String! }
"""


@pytest.mark.parametrize(
    ("person", "employee", "people", "staff"),
    [
        (None, "b", ["a", "c", "d"], ["c"]),
        ("b", None, ["a", "c", "d"], ["c"]),
        ("d", "b", ["a", "c"], ["c"]),
        (None, "bc", ["a", "d"], []),
    ],
)
async def test_policies_of_a_hierarchy_add_up(
    ask, execute, engine, person, employee, people, staff
):
    def without(names):
        if names is None:
            return None
        return lambda entity, info: entity.name.not_in(list(names))

    Family.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Person(id=1, name="a"), Employee(id=2, name="b")])
        session.add_all([Employee(id=3, name="c"), Person(id=4, name="d")])
        session.commit()
    types = [
        SQLAlchemyObjectType("Person", Person, policy=without(person)),
        SQLAlchemyObjectType("Employee", Employee, policy=without(employee)),
    ]
    schema = make_executable_schema(
        FAMILY, SQLAlchemyQueryType(types), SQLAlchemyNodeType(), *types
    )

    result = await ask("{ people { name } staff { name } }", schema=schema)

    assert result == {
        "data": {
            "people": [{"name": name} for name in people],
            "staff": [{"name": name} for name in staff],
        }
    }, ask.statements
    assert len(ask.statements) == 2, ask.statements
    for number, name in enumerate("abcd", start=1):
        kind = "Employee" if name in "bc" else "Person"
        document = f'{{ node(id: "{to_global_id(kind, number)}") {{ id }} }}'
        result = await ask(document, schema=schema)
        assert (result["data"]["node"] is not None) is (name in people)


class Friends(DeclarativeBase):
    pass


class Friendship(Friends):
    __tablename__ = "friendships"

    of_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    is_secret: Mapped[bool]


class Member(Friends):
    __tablename__ = "members"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    friends: Mapped[list["Member"]] = relationship(
        secondary="friendships",
        primaryjoin=id == Friendship.of_id,
        secondaryjoin=id == Friendship.to_id,
        viewonly=True,
    )
    best_friend: Mapped["Member | None"] = relationship(
        secondary="friendships",
        primaryjoin=id == Friendship.of_id,
        secondaryjoin=id == Friendship.to_id,
        viewonly=True,
        uselist=False,
    )


MEMBERS = """
type Query { members(filter: MemberFilter, orderBy: [MemberOrder!]): [Member!]! }
type Member { name: String! FIELDS }
type Friendship { isSecret: Boolean! }
input MemberFilter { name: Text friends: SomeMembers }
input SomeMembers { some: MemberFilter none: MemberFilter every: MemberFilter }
input Text { eq: String }
input MemberOrder { name: Direction ORDERS }
enum Direction { ASC DESC }
"""


def members(fields="", orders="", **options):
    def not_secret(friendship, info):
        return True if info.context["viewer"] == "admin" else ~friendship.is_secret

    sdl = MEMBERS.replace("FIELDS", fields).replace("ORDERS", orders)
    types = [
        SQLAlchemyObjectType("Member", Member, **options),
        SQLAlchemyObjectType("Friendship", Friendship, policy=not_secret),
    ]
    return make_executable_schema(sdl, SQLAlchemyQueryType(types), *types)


async def test_a_filter_asks_the_policy_of_the_rows_between(ask, engine):
    Friends.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Member(id=n, name=name) for n, name in enumerate("abc")])
        session.flush()
        session.add(Friendship(of_id=0, to_id=2, is_secret=True))
        session.add(Friendship(of_id=1, to_id=2, is_secret=False))
        session.add(Friendship(of_id=2, to_id=1, is_secret=True))
        session.commit()
    schema = members()
    for quantifier, seen, by_admin in (
        ('{some: {name: {eq: "c"}}}', "b", "ab"),
        ("{none: {}}", "ac", ""),
        ('{every: {name: {eq: "b"}}}', "ac", "c"),
        ('{some: {friends: {some: {name: {eq: "b"}}}}}', "", "ab"),
    ):
        document = f"{{ members(filter: {{friends: {quantifier}}}) {{ name }} }}"
        for viewer, names in (("ada", seen), ("admin", by_admin)):
            result = await ask(document, viewer, schema=schema)

            found = [one["name"] for one in result["data"]["members"]]
            assert found == [*names], ask.statements
            assert len(ask.statements) == 1


def test_what_cannot_ask_the_policy_of_the_rows_between_is_refused():
    with pytest.raises(ConfigurationError) as error:
        members("friends: [Member!]!")
    assert str(error.value).startswith(
        "'Member.friends' reads Member.friends, whose `secondary` is the table of "
        "'Friendship': its policy cannot be asked there."
    )
    with pytest.raises(ConfigurationError, match="whose `secondary` is the table of"):
        members("friendsFriend: Member", aliases={"friendsFriend": "friends.friends"})
    with pytest.raises(ConfigurationError) as error:
        members(orders="bestFriend: MemberOrder")
    assert str(error.value) == (
        "'MemberOrder.bestFriend' would order by 'Member.best_friend', whose "
        "`secondary` is the table of 'Friendship': its policy cannot be asked there. "
        "Give the order a function."
    )
