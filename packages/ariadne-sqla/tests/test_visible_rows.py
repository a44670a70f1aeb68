"""A row by its key, if the viewer may see it."""

import pytest
from ariadne import MutationType, QueryType, make_executable_schema
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
)

from ariadne_sqla import (
    LoaderRegistry,
    SQLAlchemyNodeType,
    SQLAlchemyObjectType,
    get_visible,
    public,
    to_global_id,
)
from sqla_loaders.testing import count_statements

from . import blog
from .blog import Post, User

SDL = """
type Query { post(id: ID): Post needed(id: ID!): Post revision(id: ID!): Revision }
type Mutation { rename(id: ID!): Post }
interface Node { id: ID! }
type Post implements Node { id: ID! title: String author: User }
type User implements Node { id: ID! name: String }
type Revision implements Node { id: ID! text: String }
"""


class Base(DeclarativeBase):
    pass


class Revision(Base):
    __tablename__ = "revisions"

    post_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


def visible_posts(post, info):
    return {"nobody": False, "admin": True}.get(
        info.context["viewer"], ~post.title.startswith("hidden")
    )


async def awaited_posts(post, info):
    return visible_posts(post, info)


def resolve_post(_, info, *, id=None):
    return get_visible(info.context["session"], Post, id, info)


def resolve_needed(_, info, *, id):
    return get_visible(info.context["session"], Post, id, info, required=True)


def resolve_revision(_, info, *, id):
    id = id.split("/") if "/" in id else id
    return get_visible(info.context["session"], Revision, id, info, name="revision")


def resolve_rename(_, info, *, id):
    session = info.context["session"]
    if isinstance(session, AsyncSession):
        return rename_async(session, id, info)
    post = get_visible(session, Post, id, info, required=True)
    post.title = "hidden now"
    session.commit()
    return post


async def rename_async(session, id, info):
    post = await get_visible(session, Post, id, info, required=True)
    post.title = "hidden now"
    await session.commit()
    return post


def make_schema(policy=visible_posts):
    query, mutation = QueryType(), MutationType()
    query.set_field("post", resolve_post)
    query.set_field("needed", resolve_needed)
    query.set_field("revision", resolve_revision)
    mutation.set_field("rename", resolve_rename)
    types = [
        SQLAlchemyObjectType("Post", Post, policy=policy),
        SQLAlchemyObjectType("User", User, policy=public),
        SQLAlchemyObjectType("Revision", Revision),
        SQLAlchemyNodeType(),
    ]
    return make_executable_schema(SDL, query, mutation, *types)


@pytest.fixture
def ask(execute, engine):
    blog.Base.metadata.create_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        ada = User(id=1, name="Ada")
        session.add(Post(id=1, title="a", author=ada))
        session.add(Post(id=2, title="hidden b", author=ada))
        session.add(Revision(post_id=1, number=2, text="second"))
        session.commit()

    async def ask(document, viewer="ada", *, is_over=False, **options):
        registry = LoaderRegistry(execute.session)
        if is_over:
            registry.close()
        context = {
            "session": execute.session,
            "loader_registry": registry,
            "viewer": viewer,
        }
        schema = make_schema(**options)
        with count_statements(execute.engine) as ask.statements:
            return await execute(schema, document, context=context)

    ask.execute = execute
    return ask


@pytest.mark.parametrize(
    ("id", "viewer", "post"),
    [
        ("1", "ada", {"title": "a"}),
        ("2", "ada", None),
        ("2", "admin", {"title": "hidden b"}),
        ("3", "admin", None),
        (to_global_id("Post", 1), "ada", {"title": "a"}),
    ],
)
async def test_a_row_is_given_to_who_may_see_it(ask, id, viewer, post):
    answer = await ask(f'{{ post(id: "{id}") {{ title }} }}', viewer)

    assert answer == {"data": {"post": post}}
    ask.statements.expect(1)


@pytest.mark.parametrize(
    ("id", "viewer"), [("null", "ada"), ("1", "nobody")], ids=["no id", "no row"]
)
async def test_nothing_is_asked_where_no_row_can_be(ask, id, viewer):
    assert await ask(f"{{ post(id: {id}) {{ title }} }}", viewer) == {
        "data": {"post": None}
    }
    ask.statements.expect(0)


async def test_what_the_session_has_loaded_is_no_answer(ask):
    session = ask.execute.session
    if isinstance(session, AsyncSession):
        loaded = await session.get(Post, 2)
    else:
        loaded = session.get(Post, 2)
    assert loaded.title == "hidden b"

    assert await ask('{ post(id: "2") { title } }') == {"data": {"post": None}}
    ask.statements.expect(1)


@pytest.mark.parametrize("id", ["2", "3"])
async def test_what_is_hidden_and_what_is_not_there_are_told_alike(ask, id):
    answer = await ask(f'{{ needed(id: "{id}") {{ title }} }}')

    [error] = answer["errors"]
    assert error["message"] == f"There is no Post with the id '{id}'."
    assert error["path"] == ["needed"]
    ask.statements.expect(1)


@pytest.mark.parametrize(
    ("id", "why"),
    [
        ("x", "an integer"),
        ("1.0", "an integer"),
        (to_global_id("User", 1), "an id of Post"),
        (to_global_id("Post", "x"), "an integer"),
    ],
)
async def test_what_is_no_id_is_told(ask, id, why):
    answer = await ask(f'{{ post(id: "{id}") {{ title }} }}')

    [error] = answer["errors"]
    assert error["message"].startswith("Argument 'id' is '")
    assert error["message"].endswith(f"', which is not {why}.")
    ask.statements.expect(0)


@pytest.mark.parametrize("id", ["1/2", to_global_id("Revision", 1, 2)])
async def test_a_key_of_several_columns_is_its_parts_or_a_global_id(ask, id):
    answer = await ask(f'{{ revision(id: "{id}") {{ text }} }}')

    assert answer == {"data": {"revision": {"text": "second"}}}
    ask.statements.expect(1)


@pytest.mark.parametrize(
    ("id", "why"),
    [
        ("1/2/3", "is ['1', '2', '3'], which is no key of 2 parts."),
        ("1", "is '1', which is not a global id."),
        (
            to_global_id("Revision", 1),
            f"is '{to_global_id('Revision', 1)}', which is no key of 2 parts.",
        ),
        (
            to_global_id("Post", 1),
            f"is '{to_global_id('Post', 1)}', which is not an id of Revision.",
        ),
    ],
)
async def test_what_is_no_key_of_several_columns_is_told(ask, id, why):
    answer = await ask(f'{{ revision(id: "{id}") {{ text }} }}')

    assert answer["errors"][0]["message"] == f"Argument 'revision' {why}"
    assert answer["errors"][0]["extensions"] == {"argument": "revision"}
    ask.statements.expect(0)


async def test_a_part_of_a_key_is_told_by_its_place(ask):
    answer = await ask('{ revision(id: "1/x") { text } }')

    message = "Argument 'revision[1]' is 'x', which is not an integer."
    assert answer["errors"][0]["message"] == message


async def test_a_mutation_shows_the_row_that_it_was_given(ask):
    answer = await ask('mutation { rename(id: "1") { title author { name } } }')

    assert answer == {
        "data": {"rename": {"title": "hidden now", "author": {"name": "Ada"}}}
    }
    # The row, the UPDATE, what the commit expired, and the author.
    ask.statements.expect(4)
    hidden = await ask('mutation { rename(id: "1") { title } }')
    assert hidden["errors"][0]["message"] == "There is no Post with the id '1'."


async def test_a_policy_that_is_a_coroutine_is_awaited(ask):
    if ask.execute.way == "graphql_sync":
        pytest.skip("nothing can be awaited there")
    for id, post in (("1", {"title": "a"}), ("2", None)):
        answer = await ask(f'{{ post(id: "{id}") {{ title }} }}', policy=awaited_posts)
        assert answer == {"data": {"post": post}}
        ask.statements.expect(1)


async def test_nothing_is_asked_when_the_request_is_over(ask):
    answer = await ask('{ post(id: "1") { title } }', is_over=True)

    assert answer["data"] == {"post": None}
    (error,) = answer["errors"]
    assert "the request of this loader is over" in error["message"]
    ask.statements.expect(0)
