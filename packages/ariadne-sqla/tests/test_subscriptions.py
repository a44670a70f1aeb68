import asyncio

import pytest
from ariadne import SubscriptionType, make_executable_schema, subscribe
from graphql import parse
from graphql.pyutils import Path
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from ariadne_sqla import (
    LoaderRegistry,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemySubscriptionType,
)
from sqla_loaders.testing import count_statements
from sqla_selection import TypeRegistry, auto_eager_load
from sqla_selection.cache import RootFieldMap

from .blog import Base, Post, User

SDL = """
    type Query { x: Int }
    type Subscription { users: [User!] user: User number: Int }
    type User { name: String! posts(limit: Int): [Post!]! }
    type Post { title: String! author: User! }
"""
DOCUMENT = "subscription { users { name posts { title author { name } } } }"


@pytest.fixture
def write(engine):
    def write(title):
        with Session(engine) as session:
            session.add_all([Post(title=title, author_id=key) for key in (1, 2)])
            session.commit()

    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([User(id=1, name="a"), User(id=2, name="b")])
        session.commit()
    return write


@pytest.fixture(params=["Session", "AsyncSession"])
async def session(request, engine, async_engine):
    if request.param == "AsyncSession":
        async with AsyncSession(async_engine) as session:
            yield session
    else:
        with Session(engine) as session:
            yield session


@pytest.fixture
def used(session, engine, async_engine):
    """The engine that the session uses."""
    return async_engine if isinstance(session, AsyncSession) else engine


async def all_users(_, info):
    """Give the users, by the session of the context."""
    context = info.context
    rows = (context.get("session") or context.get("db")).scalars(
        select(User).order_by(User.id)
    )
    return (await rows if asyncio.iscoroutine(rows) else rows).all()


def make_schema(source, subscription=None, *, is_first=False):
    subscription = subscription or SubscriptionType()
    for name in ("users", "user", "number"):
        subscription.set_source(name, source)
    subscription.set_field("users", all_users)
    subscription.set_field("user", lambda event, _: event)
    subscription.set_field("number", lambda event, _: event)
    bound = [SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Post", Post)]
    bindables = [subscription, *bound] if is_first else [*bound, subscription]
    return make_executable_schema(SDL, *bindables)


async def events_of(schema, context, document=DOCUMENT):
    ok, events = await subscribe(schema, {"query": document}, context_value=context)
    assert ok, events
    return events


def answer(*titles):
    return {
        "users": [
            {
                "name": name,
                "posts": [{"title": one, "author": {"name": name}} for one in titles],
            }
            for name in ("a", "b")
        ]
    }


class TestEvents:
    @pytest.mark.parametrize("is_first", [False, True])
    @pytest.mark.parametrize("is_coroutine", [False, True])
    async def test_are_answered_from_the_rows_of_their_time(
        self, session, used, write, is_first, is_coroutine
    ):
        async def source(_, info):
            for title in ("one", "two", "three"):
                write(title)
                yield title

        async def coroutine(_, info):
            await asyncio.sleep(0)
            return source(_, info)

        schema = make_schema(coroutine if is_coroutine else source, is_first=is_first)
        events = await events_of(schema, {"session": session})
        seen = []
        for titles in (["one"], ["one", "two"], ["one", "two", "three"]):
            with count_statements(used) as sent:
                event = await anext(events)
            assert event.errors is None
            assert event.data == answer(*titles)
            seen.append(len([one for one in sent if "SELECT" in one.sql]))
        await events.aclose()

        assert seen == [2, 2, 2]

    async def test_hold_no_connection_while_the_next_is_waited_for(
        self, session, used, write
    ):
        checked_out = []

        async def source(_, info):
            for number in range(3):
                checked_out.append(used.pool.checkedout())
                yield number

        events = await events_of(make_schema(source), {"session": session})
        async for event in events:
            assert event.errors is None

        assert checked_out == [0, 0, 0]
        assert used.pool.checkedout() == 0

    async def test_have_a_registry_each_that_is_closed(self, session, write):
        async def source(_, info):
            for number in range(2):
                yield number

        context = {"session": session}
        events = await events_of(
            make_schema(source), context, "subscription { number }"
        )
        registries = []
        async for event in events:
            assert event.data == {"number": len(registries)}
            registries.append(context["loader_registry"])

        assert registries[0] is not registries[1]
        assert all(one.is_closed for one in registries)

    async def test_may_be_objects_of_the_session(self, session, write):
        async def source(_, info):
            for title in ("one", "two"):
                write(title)
                user = info.context["session"].get(User, 1)
                yield await user if asyncio.iscoroutine(user) else user

        events = await events_of(
            make_schema(source),
            {"session": session},
            "subscription { user { name posts { title } } }",
        )
        seen = [event.data["user"]["posts"] async for event in events]

        assert seen == [[{"title": "one"}], [{"title": "one"}, {"title": "two"}]]

    async def test_have_the_registry_class_of_the_application(self, session, write):
        class Registry(LoaderRegistry):
            pass

        async def source(_, info):
            yield 1

        first = Registry(session)
        context = {"session": session, "loader_registry": first}
        events = await events_of(make_schema(source), context)
        async for event in events:
            assert event.errors is None
            assert type(context["loader_registry"]) is Registry
            assert context["loader_registry"] is not first

    @pytest.mark.parametrize("is_raised_once", [False, True])
    async def test_may_go_as_deep_as_a_call_in_their_own_source_says(
        self, session, write, monkeypatch, is_raised_once
    ):
        write("one")
        monkeypatch.setattr(RootFieldMap, "max_size", 1)

        async def source(_, info):
            def raise_limit():
                if info.context["is_admin"]:
                    auto_eager_load(select(User), info, User, max_depth=4)

            async def events():
                for number in range(2):
                    if not is_raised_once:
                        raise_limit()
                    yield number

            raise_limit()
            return events()

        document = parse(
            "subscription { users { posts { author { posts { title } } } } }"
        )
        schema = make_schema(source)
        refused = []
        for is_admin in (False, True, False):
            context = {"session": session, "is_admin": is_admin}
            ok, events = await subscribe(
                schema,
                {"query": "kept"},
                context_value=context,
                query_parser=lambda *_: document,
            )
            refused.append(not ok)
            if ok:
                async for event in events:
                    assert event.errors is None
                    other = Path(None, "other", "")
                    TypeRegistry.of(schema).raised_limits.put(other, 9)

        assert refused == [True, False, True]


class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "message"),
        [
            (
                "{ users { posts { author { posts { title } } } } }",
                "Query depth 4 exceeds max_depth=3 (the default).",
            ),
            (
                "{ users { posts(limit: -1) { title } } }",
                "Argument 'limit' of 'users.posts' is -1. It must not be negative.",
            ),
        ],
    )
    async def test_are_one_error_before_the_first_event(
        self, session, used, write, query, message
    ):
        closed = []

        class Events:
            def __aiter__(self):
                return self

            async def __anext__(self):
                raise AssertionError

            async def aclose(self):
                closed.append(True)

        async def source(_, info):
            return Events()

        schema = make_schema(source)
        engine = used.sync_engine if isinstance(session, AsyncSession) else used
        with count_statements(engine) as statements:
            ok, errors = await subscribe(
                schema,
                {"query": f"subscription {query}"},
                context_value={"session": session},
            )

        assert not ok
        assert [error["message"] for error in errors] == [message]
        assert closed == [True]
        statements.expect(0)


class TestEnds:
    async def test_of_a_client_that_goes_away_in_an_event(self, session, used, write):
        closed = []

        async def source(_, info):
            try:
                while True:
                    yield 1
            finally:
                closed.append(True)

        context = {"session": session}
        events = await events_of(make_schema(source), context)
        await anext(events)
        assert used.pool.checkedout() == 1
        await events.aclose()

        assert used.pool.checkedout() == 0
        assert context["loader_registry"].is_closed
        assert closed == [True]

    async def test_of_a_source_that_raises(self, session, used, write):
        async def source(_, info):
            await all_users(_, info)
            yield 1
            await all_users(_, info)
            msg = "No more."
            raise LookupError(msg)

        events = await events_of(make_schema(source), {"session": session})
        await anext(events)
        with pytest.raises(LookupError, match="No more"):
            await anext(events)

        assert used.pool.checkedout() == 0

    async def test_what_ran_before_the_first_event_holds_no_connection(
        self, session, used, write
    ):
        async def source(_, info):
            await all_users(_, info)

            async def events():
                assert used.pool.checkedout() == 0
                yield 1

            return events()

        events = await events_of(make_schema(source), {"session": session})

        assert used.pool.checkedout() == 0
        assert [event.errors async for event in events] == [None]


class TestContexts:
    async def test_may_have_other_keys(self, session, write):
        async def source(_, info):
            write("one")
            yield 1

        class ObjectType(SQLAlchemyObjectType):
            @staticmethod
            def get_loader_registry_from_context(context):
                return context["loaders"]

        subscription = SQLAlchemySubscriptionType(
            extension=SQLAlchemyDataLoaderExtension(
                session_key="db", registry_key="loaders"
            )
        )
        subscription.set_source("users", source)
        subscription.set_field("users", all_users)
        schema = make_executable_schema(
            SDL, subscription, ObjectType("User", User), ObjectType("Post", Post)
        )
        context = {"db": session}
        events = await events_of(schema, context)

        assert [event.data async for event in events] == [answer("one")]
        assert context.keys() == {"db", "loaders"}

    async def test_keep_the_savepoints_of_their_registry(self, session):
        seen = []

        async def source(_, info):
            yield 7

        def number(value, info):
            seen.append(info.context["loader_registry"].savepoints)
            return value

        subscription = SQLAlchemySubscriptionType()
        subscription.set_source("number", source)
        subscription.set_field("number", number)
        schema = make_executable_schema(
            SDL, subscription, SQLAlchemyObjectType("User", User)
        )
        registry = LoaderRegistry(session, savepoints=True)
        context = {"session": session, "loader_registry": registry}
        events = await events_of(schema, context, "subscription { number }")

        assert [event.data async for event in events] == [{"number": 7}]
        assert seen == [True]

    async def test_need_no_session_for_what_loads_nothing(self, write):
        async def source(_, info):
            yield 7

        schema = make_schema(source)
        for context in ({}, None):
            events = await events_of(schema, context, "subscription { number }")
            assert [event.data async for event in events] == [{"number": 7}]

    async def test_without_a_session_are_an_error_of_what_loads(self, engine, write):
        async def source(_, info):
            with Session(engine) as session:
                yield session.get(User, 1)

        events = await events_of(
            make_schema(source), {}, "subscription { user { posts { title } } }"
        )
        [event] = [event async for event in events]

        assert "no SQLAlchemy session in the GraphQL context" in str(event.errors[0])


async def test_a_source_that_is_none_is_told_by_graphql_core(write):
    try:
        _, errors = await subscribe(
            make_schema(lambda *_: 1), {"query": DOCUMENT}, context_value={}
        )
        message = errors[0]["message"]
    except TypeError as error:  # graphql-core 3.2
        message = str(error)

    assert message == "Subscription field must return AsyncIterable. Received: 1."
