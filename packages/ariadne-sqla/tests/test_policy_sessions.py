"""Policies where a request has several sessions, or a context several executions."""

import pytest
from ariadne import SubscriptionType, make_executable_schema, subscribe
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker

from ariadne_sqla import SQLAlchemyObjectType, SQLAlchemyQueryType
from sqla_loaders import LoaderRegistry, serialized
from sqla_loaders.testing import count_statements

from .blog import Base, Post, User

SDL = """
type Query { users: [User!]! posts(filter: PostFilter): [Post!]! }
type Subscription { users: [User] posts: [Post!] }
type User { id: ID! name: String posts: [Post!]! }
type Post { title: String longText: String author: User }
input PostFilter { longText: Text }
input Text { eq: String }
"""
FIELDS = {
    "users": "users { name posts { title } }",
    "posts": "posts { title longText author { name } }",
}
EVERYTHING = f"{{ {FIELDS['users']} {FIELDS['posts']} }}"


def is_admin(info):
    return info.context["viewer"] == "admin"


async def is_admin_later(info):
    return is_admin(info)


def visible_posts(post, info):
    return True if is_admin(info) else post.title != "hidden"


async def visible_users(user, info):
    return True if is_admin(info) else user.name != "Eve"


def types(user=visible_users, rule=is_admin_later):
    return [
        SQLAlchemyObjectType("User", User, policy=user),
        SQLAlchemyObjectType(
            "Post", Post, policy=visible_posts, visible_if={"longText": rule}
        ),
    ]


def everything(viewer):
    if viewer == "admin":
        ada, eve = {"name": "Ada"}, {"name": "Eve"}
        own, hidden = {"title": "a"}, {"title": "hidden"}
        text = {"longText": "long"}
        return {
            "users": [ada | {"posts": [own]}, eve | {"posts": [hidden]}],
            "posts": [own | text | {"author": ada}, hidden | text | {"author": eve}],
        }
    ada = {"name": "Ada"}
    seen = {"title": "a", "longText": None, "author": ada}
    return {"users": [ada | {"posts": [{"title": "a"}]}], "posts": [seen]}


@pytest.fixture
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        ada, eve = User(id=1, name="Ada"), User(id=2, name="Eve")
        session.add_all([Post(id=1, title="a", author=ada)])
        session.add_all([Post(id=2, title="hidden", author=eve)])
        session.commit()


async def test_sessions_of_root_fields_show_what_is_seen(execute, rows):
    is_waiting = execute.way != "graphql_sync"
    make = async_sessionmaker if execute.way == "AsyncSession" else sessionmaker
    factory = make(execute.engine)

    def user(user, info):
        return True if is_admin(info) else user.name != "Eve"

    given = types() if is_waiting else types(user, is_admin)
    query = SQLAlchemyQueryType(given, session_factory=factory)
    sdl = SDL.replace("type Subscription { users: [User] posts: [Post!] }", "")
    schema = make_executable_schema(sdl, query, *given)
    for viewer in ("ada", "admin", "ada"):
        context = {
            "session": execute.session,
            "loader_registry": LoaderRegistry(execute.session),
            "viewer": viewer,
        }
        with count_statements(execute.engine) as statements:
            result = await execute(schema, EVERYTHING, context=context)

        assert result == {"data": everything(viewer)}, statements
        statements.expect(3)


@pytest.fixture(params=["Session", "AsyncSession"])
async def session(request, engine, async_engine):
    if request.param == "AsyncSession":
        async with AsyncSession(async_engine) as session:
            yield session
    else:
        with Session(engine) as session:
            yield session


async def test_each_event_of_a_subscription_asks_anew(session, rows):
    """What a viewer may see can change while they are subscribed."""
    subscription = SubscriptionType()
    context = {"session": session, "viewer": "ada"}

    async def source(_, info):
        for viewer in ("ada", "admin", "ada"):
            context["viewer"] = viewer
            yield viewer

    async def loaded(info, model):
        given = info.context["session"]
        stmt = select(model).order_by(model.id)
        if isinstance(given, AsyncSession):
            async with serialized(given):
                return (await given.scalars(stmt)).all()
        return given.scalars(stmt).all()

    @subscription.field("users")
    async def users(_, info):
        return await loaded(info, User)

    @subscription.field("posts")
    async def posts(_, info):
        return await loaded(info, Post)

    for name in ("users", "posts"):
        subscription.set_source(name, source)
    given = types()
    schema = make_executable_schema(
        SDL, SQLAlchemyQueryType(given), subscription, *given
    )
    for name in ("users", "posts"):
        document = f"subscription {{ {FIELDS[name]} }}"
        ok, events = await subscribe(schema, {"query": document}, context_value=context)
        assert ok, events
        for viewer in ("ada", "admin", "ada"):
            event = await anext(events)

            assert event.errors is None, event.errors
            assert event.data == {name: everything(viewer)[name]}
        await events.aclose()
