import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, sessionmaker

from sqla_loaders import LoaderRegistry, serialized
from sqla_loaders.testing import count_statements

pytest.importorskip("ariadne")

from ariadne import QueryType, graphql, graphql_sync, make_executable_schema
from ariadne.extensions import ExtensionManager
from ariadne.types import Extension
from graphql import MiddlewareManager

from sqla_loaders.extension import SQLAlchemyDataLoaderExtension

from .blog import Base, Post, User

query = QueryType()
schema = make_executable_schema(
    "type Query { registry: Boolean titles(of: [Int!]!): [String!]! }", query
)


@query.field("registry")
def resolve_registry(_, info):
    return isinstance(info.context.get("loader_registry"), LoaderRegistry)


@query.field("titles")
async def resolve_titles(_, info, of):
    loader = info.context["loader_registry"].get_loader(User.posts.property)
    found = await asyncio.gather(*(loader.load(key) for key in of))
    return [post.title for posts in found for post in posts]


query.bind_to_schema(schema)


@pytest.fixture(autouse=True)
def rows(file_engine):
    Base.metadata.create_all(file_engine)
    with Session(file_engine) as session:
        session.add_all(
            [User(id=1, posts=[Post(title="a")]), User(id=2, posts=[Post(title="b")])]
        )
        session.commit()


@pytest.fixture
def session(file_engine):
    with Session(file_engine) as session:
        yield session


def started(extension, context):
    """The context as resolvers see it."""
    manager = ExtensionManager([extension], context)
    with manager.request():
        return dict(context)


class TestExtensions:
    @pytest.mark.parametrize(
        "extension", [SQLAlchemyDataLoaderExtension, SQLAlchemyDataLoaderExtension()]
    )
    def test_may_be_the_class_or_an_instance(self, session, extension):
        context = started(extension, {"session": session})

        registry = context["loader_registry"]
        assert type(registry) is LoaderRegistry
        assert registry.session is session

    def test_take_keys_and_a_class(self, session):
        class Registry(LoaderRegistry):
            pass

        extension = SQLAlchemyDataLoaderExtension(
            session_key="db", registry_key="loaders", registry_class=Registry
        )
        context = started(extension, {"db": session})

        assert type(context["loaders"]) is Registry
        assert context.keys() == {"db", "loaders"}

    def test_take_keywords_only(self):
        with pytest.raises(TypeError):
            SQLAlchemyDataLoaderExtension("db")

    def test_of_an_instance_are_not_shared_by_requests(self, session):
        configured = SQLAlchemyDataLoaderExtension(session_key="db")
        one = ExtensionManager([configured], {"db": session})
        other = ExtensionManager([configured], {"db": session})

        [first], [second] = one.extensions, other.extensions
        assert first is not configured
        assert second is not first
        assert isinstance(first, SQLAlchemyDataLoaderExtension)
        assert (first.session_key, second.session_key) == ("db", "db")

    def test_give_each_request_a_registry_of_its_own(self, session):
        configured = SQLAlchemyDataLoaderExtension()
        one = started(configured, {"session": session})
        other = started(configured, {"session": session})

        assert one["loader_registry"] is not other["loader_registry"]

    def test_of_a_subclass_keep_their_class(self, session):
        class Own(SQLAlchemyDataLoaderExtension):
            def request_started(self, context):
                super().request_started(context)
                context["own"] = True

        assert started(Own(), {"session": session})["own"]


class TestCost:
    def test_is_nothing_for_a_field(self):
        extension = SQLAlchemyDataLoaderExtension()

        assert extension.resolve is None
        assert Extension.resolve is not None
        manager = MiddlewareManager(extension)
        assert manager.get_field_resolver(resolve_registry) is resolve_registry

    def test_leaves_resolvers_as_they_are_beside_other_middlewares(self, session):
        called = []

        def middleware(resolver, *args, **kwargs):
            called.append(resolver)
            return resolver(*args, **kwargs)

        graphql_sync(
            schema,
            {"query": "{ registry }"},
            context_value={"session": session},
            extensions=[SQLAlchemyDataLoaderExtension],
            middleware=[middleware],
        )

        assert called == [resolve_registry]


async def turns():
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


class TestRequests:
    def test_have_a_registry_without_an_event_loop(self, session):
        ok, result = graphql_sync(
            schema,
            {"query": "{ registry }"},
            context_value={"session": session},
            extensions=[SQLAlchemyDataLoaderExtension],
        )

        assert ok
        assert result == {"data": {"registry": True}}

    async def test_batch_what_resolvers_load(self, any_session):
        with count_statements(any_session.bind) as statements:
            ok, result = await graphql(
                schema,
                {"query": "{ a: titles(of: [1]) b: titles(of: [2, 1]) }"},
                context_value={"session": any_session},
                extensions=[SQLAlchemyDataLoaderExtension],
            )

        assert ok
        assert result == {"data": {"a": ["a"], "b": ["b", "a"]}}
        statements.expect(1)

    def test_end_with_their_registry_closed(self, session):
        context = {"session": session}
        graphql_sync(
            schema,
            {"query": "{ registry }"},
            context_value=context,
            extensions=[SQLAlchemyDataLoaderExtension],
        )

        assert context["loader_registry"].is_closed

    async def test_that_are_cancelled_leave_nothing_behind(self, async_engine):
        async with AsyncSession(async_engine) as session:
            context = {"session": session}
            before = asyncio.all_tasks()

            async def request():
                return await graphql(
                    schema,
                    {"query": "{ titles(of: [1]) }"},
                    context_value=context,
                    extensions=[SQLAlchemyDataLoaderExtension],
                )

            async with serialized(session):
                task = asyncio.create_task(request())
                await turns()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await turns()
                assert asyncio.all_tasks() == before

            assert context["loader_registry"].is_closed
            assert len((await session.scalars(select(Post))).all()) == 2
        assert async_engine.pool.checkedout() == 0


class TestMissingSession:
    MESSAGE = (
        "There is no SQLAlchemy session in the GraphQL context under {!r}. Put one "
        "there in `context_value`, or tell "
        "`SQLAlchemyDataLoaderExtension(session_key=…)` where it is."
    )

    @pytest.mark.parametrize("context", [{}, {"session": None}, None, object()])
    def test_leaves_what_asks_nothing_of_the_database(self, context):
        ok, result = graphql_sync(
            schema,
            {"query": "{ __typename }"},
            context_value=context,
            extensions=[SQLAlchemyDataLoaderExtension],
        )

        assert ok
        assert result == {"data": {"__typename": "Query"}}

    async def test_is_an_error_of_the_field_that_loads(self):
        _, result = await graphql(
            schema,
            {"query": "{ registry titles(of: [1]) }"},
            context_value={},
            extensions=[SQLAlchemyDataLoaderExtension],
        )

        [error] = result["errors"]
        assert error["message"] == self.MESSAGE.format("session")
        assert error["path"] == ["titles"]

    async def test_names_the_key_that_was_asked_for(self, session):
        _, result = await graphql(
            schema,
            {"query": "{ titles(of: [1]) }"},
            context_value={"session": session},
            extensions=[
                SQLAlchemyDataLoaderExtension(
                    session_key="db", registry_key="loader_registry"
                )
            ],
        )

        [error] = result["errors"]
        assert error["message"] == self.MESSAGE.format("db")

    async def test_is_told_where_something_else_is_in_its_place(self, file_engine):
        _, result = await graphql(
            schema,
            {"query": "{ titles(of: [1]) }"},
            context_value={"session": sessionmaker(file_engine)},
            extensions=[SQLAlchemyDataLoaderExtension],
        )

        [error] = result["errors"]
        assert "is no session: it is of the class 'sessionmaker'" in error["message"]


class TestContext:
    def test_needs_no_get_method(self, session):
        class Context:
            def __init__(self, **items):
                self.items = items

            def __getitem__(self, key):
                return self.items[key]

            def __setitem__(self, key, value):
                self.items[key] = value

        context = Context(session=session)
        graphql_sync(
            schema,
            {"query": "{ __typename }"},
            context_value=context,
            extensions=[SQLAlchemyDataLoaderExtension],
        )

        assert context["loader_registry"].is_closed
