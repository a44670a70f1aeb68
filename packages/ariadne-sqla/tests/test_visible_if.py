"""Field visibility: what a viewer may not see of a row is on no way to it."""

from base64 import urlsafe_b64decode

import pytest
from ariadne import make_executable_schema
from ariadne.contrib.federation import make_federated_schema
from graphql import GraphQLError, parse
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    mapped_column,
    relationship,
    synonym,
)

from ariadne_sqla import (
    ConfigurationError,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    auto_eager_load,
)
from sqla_loaders import serialized

from .viewing import FUNCTIONS, PATHS, Asking

SDL = """
type Query {
  users(filter: UserFilter, orderBy: [UserOrder!], email: String): [User!]!
  pages(orderBy: [UserOrder!], filter: UserFilter, first: Int, after: String): Users!
  posts(filter: PostFilter, orderBy: [PostOrder!]): [Post!]!
  me: Me public: [Public!]! own: [User!]!
}
type User {
  id: ID! name: String email: String mail: String shout: String loud: String
  salary: Int! shown: String masked: String
  posts(filter: PostFilter, orderBy: [PostOrder!]): [Post!] postPages(first: Int): Posts
}
type Me { email: String salary: Int! }
type Public { name: String email: String }
type Post {
  id: ID! title: String author: User authorEmail: String authorMails: [String]
}
type Users { nodes: [User!]! edges: [UserEdge!]! totalCount: Int! pageInfo: PageInfo! }
type UserEdge { node: User! cursor: String! }
type Posts { nodes: [Post!]! totalCount: Int! }
type PageInfo { endCursor: String }
input UserFilter {
  name: Text email: Text mail: Text shout: Text posts: SomePosts or: [UserFilter!]
}
input SomePosts { some: PostFilter none: PostFilter }
input PostFilter { title: Text author: UserFilter }
input Text { eq: String startsWith: String }
input UserOrder { name: Direction email: Direction shout: Direction }
input PostOrder { title: Direction author: UserOrder }
enum Direction { ASC DESC }
"""


class Base(DeclarativeBase):
    pass


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped["User"] = relationship(back_populates="posts")
    readers: Mapped[list["User"]] = relationship(
        primaryjoin="Post.author_id == User.id",
        foreign_keys="User.id",
        uselist=True,
        viewonly=True,
    )
    author_mails = association_proxy("readers", "email")


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    salary: Mapped[int]
    mail = synonym("email")
    posts: Mapped[list[Post]] = relationship(back_populates="author", order_by=Post.id)

    @hybrid_property
    def loud(self):
        return self.email + "!"


User.shout = column_property(func.upper(User.__table__.c.email))


KEYED = """
type Query { users: [User!]! }
type User @key(fields: "id") @key(fields: "email") {
  id: ID! name: String email: String
}
"""
SAYS_NOTHING = (
    "`visible_if` 'rule' gave {}, which says nothing. Return `True` or `False`"
)


def is_admin(info):
    info.context["asked"].append("is_admin")
    return info.context["viewer"] == "admin"


async def later(user, info):
    return user.id > 0


def made(visible_if=None, *, me=None, policy=None):
    if visible_if is None:
        visible_if = {"email": is_admin, "salary": is_admin, "shown": is_admin}
    types = [
        SQLAlchemyObjectType(
            "User",
            User,
            visible_if=visible_if,
            policy=policy,
            aliases={"postPages": "posts"},
            requires={"masked": ["email"], "shown": ["name"]},
            page_size=2,
        ),
        SQLAlchemyObjectType("Me", User, visible_if=me or {}),
        SQLAlchemyObjectType("Public", User),
        SQLAlchemyObjectType(
            "Post",
            Post,
            aliases={"authorEmail": "author.email"},
        ),
    ]
    query = SQLAlchemyQueryType(types, max_depth=6)

    @types[0].field("shown")
    def shown(user, info):
        info.context["asked"].append("shown")
        return user.name

    @types[0].field("masked")
    def masked(user, info):
        return user.email[0]

    @query.field("own")
    def own(_, info):
        session = info.context["session"]
        stmt = auto_eager_load(select(User).order_by(User.id), info, User)
        if isinstance(session, AsyncSession):

            async def load():
                async with serialized(session):
                    return (await session.scalars(stmt)).unique().all()

            return load()
        return session.scalars(stmt).unique().all()

    return make_executable_schema(SDL, query, *types)


@pytest.fixture
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        ada = User(id=1, name="Ada", email="ada@x", salary=10)
        eve = User(id=2, name="Eve", email="eve@x", salary=20)
        session.add_all(
            [
                ada,
                eve,
                Post(id=1, title="a", author=ada),
                Post(id=2, title="b", author=eve),
            ]
        )
        session.commit()


@pytest.fixture
def ask(execute, rows):
    known = Asking(execute, made)

    async def ask(document, viewer="ada", *, route="eager", **options):
        result = await known(document, viewer, route=route, **options)
        ask.asked, ask.statements = known.asked, known.statements
        session = execute.session
        sync = session.sync_session if isinstance(session, AsyncSession) else session
        sync.expunge_all()
        return result

    return ask


DOCUMENT = """{
  users { name email mail shout loud shown }
  posts { authorEmail authorMails author { id email } }
  public { name email }
  own { posts { author { email } } email }
  pages(first: 2) { nodes { email } edges { node { email } } }
}"""


def answer_to_document(mails):
    ada, eve = mails or (None, None)
    by_name = {"Ada": ada, "Eve": eve}

    def made_of(mail, made):
        return None if mail is None else made(mail)

    return {
        "users": [
            {
                "name": name,
                "email": mail,
                "mail": mail,
                "shout": made_of(mail, str.upper),
                "loud": made_of(mail, lambda one: one + "!"),
                "shown": made_of(mail, lambda one: one[:3].title()),
            }
            for name, mail in by_name.items()
        ],
        "posts": [
            {
                "authorEmail": mail,
                "authorMails": made_of(mail, lambda one: [one]),
                "author": {"id": id_, "email": mail},
            }
            for id_, mail in (("1", ada), ("2", eve))
        ],
        "public": [{"name": name, "email": mail} for name, mail in by_name.items()],
        "own": [
            {"posts": [{"author": {"email": mail}}], "email": mail}
            for mail in (ada, eve)
        ],
        "pages": {
            "nodes": [{"email": ada}, {"email": eve}],
            "edges": [{"node": {"email": ada}}, {"node": {"email": eve}}],
        },
    }


@pytest.mark.parametrize(("route", "options"), PATHS)
async def test_a_hidden_field_is_null_on_every_path_and_is_not_read(
    ask, route, options
):
    hidden = {"data": answer_to_document(None)}
    seen = {"data": answer_to_document(("ada@x", "eve@x"))}
    parsed = parse(DOCUMENT)  # once, as servers do that keep documents
    options = {**options, "query_parser": lambda *_: parsed}
    schema = made()
    for viewer, expected in (("admin", seen), ("ada", hidden), ("admin", seen)):
        asked = await ask(DOCUMENT, viewer, schema=schema, route=route, **options)

        assert asked == expected, ask.statements
        assert ask.asked.count("is_admin") == 1
        if route == "eager":
            reads = ".email" in " ".join(map(str, ask.statements))
            assert reads is (viewer == "admin"), ask.statements


@pytest.mark.parametrize(("route", "options"), PATHS)
async def test_a_hidden_field_that_must_not_be_null_is_an_error(ask, route, options):
    document = "{ me { email salary } }"
    schema = made(me={"email": lambda info: True})
    result = await ask(document, schema=schema, route=route, **options)

    assert result["data"] == {"me": None}
    assert [one["message"] for one in result["errors"]] == [
        "Me.salary is not for this viewer to see. Do not ask for it."
    ]
    result = await ask(document, "admin", schema=schema, route=route, **options)
    assert result == {"data": {"me": {"email": "ada@x", "salary": 10}}}
    result = await ask("{ me { email } }", schema=schema, route=route, **options)
    assert result == {"data": {"me": {"email": "ada@x"}}}


ASKED_ABOUT = [
    ('{ users(filter: {email: {eq: "eve@x"}}) { id } }', "filter.email"),
    ('{ users(filter: {or: [{mail: {eq: "a"}}]}) { id } }', "filter.or[0].mail"),
    ('{ users(filter: {shout: {startsWith: "E"}}) { id } }', "filter.shout"),
    ('{ users(email: "eve@x") { id } }', "email"),
    ("{ users(orderBy: [{name: ASC}, {email: DESC}]) { id } }", "orderBy[1]"),
    ("{ users(orderBy: [{shout: DESC}]) { id } }", "orderBy[0]"),
    ('{ posts(filter: {author: {email: {eq: "x"}}}) { id } }', "filter.author.email"),
    ("{ posts(orderBy: [{author: {email: ASC}}]) { id } }", "orderBy[0]"),
    (
        '{ users(filter: {posts: {some: {author: {email: {eq: "x"}}}}}) { id } }',
        "filter.posts.some.author.email",
    ),
    ('{ pages(filter: {email: {startsWith: "e"}}) { totalCount } }', "filter.email"),
    ("{ pages(orderBy: [{email: ASC}]) { pageInfo { endCursor } } }", "orderBy[0]"),
]
BELOW = [
    ("posts(orderBy: [{author: {email: ASC}}])", "orderBy[0]"),
    ('posts(filter: {author: {email: {eq: "x"}}})', "filter.author.email"),
]


async def test_nothing_is_asked_about_a_hidden_field(ask):
    schema = made()
    for document, argument in ASKED_ABOUT:
        result = await ask(document, schema=schema)

        message = f"Argument {argument!r} is about what this viewer may not see."
        assert [one["message"] for one in result["errors"]] == [message], result
        assert len(ask.statements) == 0
        assert "errors" not in await ask(document, "admin", schema=schema)


@pytest.mark.parametrize("field", ["users", "own"])
async def test_nothing_is_asked_about_a_hidden_field_below(ask, field):
    schema = made()
    for asked, argument in BELOW:
        document = f"{{ {field} {{ {asked} {{ id }} }} }}"
        result = await ask(document, schema=schema)

        message = (
            f"Argument {argument!r} of '{field}.posts' is about what this viewer may "
            "not see."
        )
        assert [one["message"] for one in result["errors"]] == [message], result
        assert len(ask.statements) == 0
        assert "errors" not in await ask(document, "admin", schema=schema)


async def test_a_row_is_not_looked_for_by_a_hidden_key(ask):
    user = SQLAlchemyObjectType("User", User, visible_if={"email": is_admin})
    schema = make_federated_schema(KEYED, SQLAlchemyQueryType([user]), user)
    entity = '{_entities(representations: [{__typename: "User", email: "ada@x"}])'
    document = f"{entity} {{ ... on User {{ name }} }} }}"
    result = await ask(document, schema=schema)

    assert [one["message"] for one in result["errors"]] == [
        "The key 'email' of 'User' is not for this viewer to see, and so not to ask by."
    ]
    assert len(ask.statements) == 0
    result = await ask(document, "admin", schema=schema)
    assert result == {"data": {"_entities": [{"name": "Ada"}]}}


async def test_a_cursor_never_has_what_not_everybody_may_see(ask):
    document = "{ pages(first: 1, orderBy: [{email: ASC}]) { pageInfo { endCursor } } }"
    cursor = (await ask(document, "admin"))["data"]["pages"]["pageInfo"]["endCursor"]
    next_page = document.replace("first: 1", f'after: "{cursor}"')
    after = next_page.replace("pageInfo { endCursor }", "nodes { id }")

    assert b"ada" not in urlsafe_b64decode(cursor + "==")
    assert await ask(after, "admin") == {"data": {"pages": {"nodes": [{"id": "2"}]}}}


async def test_a_hidden_relationship_is_not_loaded_nor_asked_about(ask):
    schema = made({"posts": is_admin})
    document = "{ users { name posts { id } postPages { totalCount } } }"
    result = await ask(document, schema=schema)

    row = {"posts": None, "postPages": None}
    assert result == {"data": {"users": [{"name": "Ada"} | row, {"name": "Eve"} | row]}}
    assert len(ask.statements) == 1, ask.statements
    result = await ask(document, "admin", schema=schema)
    assert result["data"]["users"][0]["posts"] == [{"id": "1"}]
    by_posts = '{ users(filter: {posts: {some: {title: {eq: "a"}}}}) { id } }'
    result = await ask(by_posts, schema=schema)
    assert "may not see" in result["errors"][0]["message"]


async def test_the_json_of_one_statement_has_no_hidden_field(ask):
    schema = made()
    document = "{ users { name email posts { title } } }"
    result = await ask(document, schema=schema, **FUNCTIONS)

    assert result["data"]["users"][1] == {
        "name": "Eve",
        "email": None,
        "posts": [{"title": "b"}],
    }
    assert len(ask.statements) == 1, ask.statements
    await ask(document, "admin", schema=schema, **FUNCTIONS)
    assert len(ask.statements) == 1, ask.statements


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, SAYS_NOTHING.format("None") + ": is a `return` missing?"),
        (1, SAYS_NOTHING.format("1") + "."),
        (GraphQLError("Sign in."), "Sign in."),
    ],
)
@pytest.mark.parametrize(("route", "options"), PATHS[:2])
async def test_a_rule_that_says_nothing_shows_nothing(
    ask, answer, message, route, options
):
    def rule(info):
        if isinstance(answer, Exception):
            raise answer
        return answer

    schema = made({"email": rule})
    document = "{ users { id email } }"
    result = await ask(document, schema=schema, route=route, **options)

    assert result["data"] == {"users": [{"id": n, "email": None} for n in "12"]}
    assert [one["message"] for one in result["errors"]] == [message] * 2
    result = await ask('{ users(email: "x") { id } }', schema=schema)
    assert "may not see" in result["errors"][0]["message"]


@pytest.mark.parametrize("policy", [None, later])
@pytest.mark.parametrize(("route", "options"), PATHS)
async def test_a_rule_may_be_awaited_once(ask, execute, route, options, policy):
    async def rule(info):
        info.context["asked"].append("rule")
        return info.context["viewer"] == "admin"

    schema = made({"email": rule, "name": rule}, policy=policy)
    document = "{ users { email } own { name } me { email } }"
    result = await ask(document, "admin", schema=schema, route=route, **options)

    if execute.way == "graphql_sync":
        assert "cannot await" in result["errors"][0]["message"]
        assert "@x" not in str(result)
        assert ask.asked == []
        return
    assert result["data"]["me"] == {"email": "ada@x"}
    assert ask.asked == ["rule"]
    result = await ask(document, schema=schema, route=route, **options)
    assert result["data"]["own"] == [{"name": None}] * 2


async def test_code_of_the_application_reads_what_it_likes(ask):
    result = await ask("{ users { masked } }")

    assert result == {"data": {"users": [{"masked": "a"}, {"masked": "e"}]}}


def test_a_rule_is_for_a_field_of_the_type():
    with pytest.raises(ConfigurationError) as error:
        made({"emial": is_admin})
    assert str(error.value) == (
        "`visible_if` of 'User' names 'emial', no field of it. "
        "Did you mean 'email' or 'mail'?"
    )
    with pytest.raises(ConfigurationError, match="Give a function of `info`"):
        made({"email": True})


async def test_rules_need_a_registry(execute, rows):
    context = {"session": execute.session, "viewer": "ada", "asked": []}
    result = await execute(made(), "{ users { email } }", context=context)

    [error] = result["errors"]
    assert "LoaderRegistry not found" in error["message"]


class Menu(Base):
    __tablename__ = "menus"
    __mapper_args__ = {  # noqa: RUF012 - as SQLAlchemy reads it
        "polymorphic_on": "kind",
        "polymorphic_abstract": True,
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    names = association_proxy("dishes", "name")


class Lunch(Menu):
    __mapper_args__ = {"polymorphic_identity": "lunch"}  # noqa: RUF012 - as above

    dishes: Mapped[list["Dish"]] = relationship()


class Dish(Base):
    __tablename__ = "dishes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    menu_id: Mapped[int] = mapped_column(ForeignKey("menus.id"))


@pytest.mark.parametrize(("route", "options"), PATHS)
async def test_a_rule_holds_through_what_only_a_subclass_has(
    ask, engine, route, options
):
    with Session(engine) as session:
        session.add(Lunch(dishes=[Dish(name="soup")]))
        session.commit()
    types = [
        SQLAlchemyObjectType("Menu", Menu),
        SQLAlchemyObjectType("Dish", Dish, visible_if={"name": is_admin}),
    ]
    schema = make_executable_schema(
        "type Query { menus: [Menu] } type Menu { names: [String] } "
        "type Dish { name: String }",
        SQLAlchemyQueryType(types),
        *types,
    )

    answers = [
        await ask("{ menus { names } }", viewer, schema=schema, route=route, **options)
        for viewer in ("ada", "admin")
    ]

    names = [answer["data"]["menus"][0]["names"] for answer in answers]
    assert names == [None, ["soup"]]
    ask.statements.expect(2)
