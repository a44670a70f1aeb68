"""A request that ended before all its fields did: they run nothing from then on."""

import asyncio

import pytest
from ariadne import graphql, make_executable_schema
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ariadne_sqla import (
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from sqla_loaders import LoaderRegistry, serialized
from sqla_loaders.testing import count_statements

from .blog import Base, User
from .viewing import PATHS

SDL = """
type Query { users: [User!]! own: [User!]! }
type User { name: String posts: [Post!]! }
type Post { title: String }
"""


async def own(_, info):
    session = info.context["session"]
    async with serialized(session):
        users = (await session.scalars(select(User))).all()
    # As when the error of another field has ended the request meanwhile.
    info.context["loader_registry"].close()
    return users


def made():
    query = SQLAlchemyQueryType([user := SQLAlchemyObjectType("User", User)])
    query.set_field("own", own)
    return make_executable_schema(SDL, query, user)


@pytest.fixture
async def session(async_engine):
    async with async_engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(async_engine) as session:
        session.add_all([User(name="Ada"), User(name="Eve")])
        await session.commit()
        yield session


def asked(document, session, options):
    registry = LoaderRegistry(session)
    context = {"session": session, "loader_registry": registry}
    schema, data = made(), {"query": document}
    return registry, graphql(schema, data, context_value=context, **options)


@pytest.mark.parametrize(("route", "options"), PATHS)
async def test_a_field_that_waits_for_the_session_runs_nothing(
    async_engine, session, route, options
):
    document = "{ users { name posts { title } } }"
    registry, answer = asked(document, session, options)
    with count_statements(async_engine) as statements, use_route(route):
        async with serialized(session):
            task = asyncio.create_task(answer)
            for _ in range(20):
                await asyncio.sleep(0)
            registry.close()
        _, result = await task

    assert [one["message"] for one in result["errors"]] == [
        "Cannot load Query.users: the request of this loader is over."
    ]
    statements.expect(0)
    assert async_engine.pool.checkedout() == 0


@pytest.mark.parametrize(("route", "options"), PATHS)
async def test_nothing_is_run_for_what_a_resolver_gave(
    async_engine, session, route, options
):
    _, answer = asked("{ own { name posts { title } } }", session, options)
    with count_statements(async_engine) as statements, use_route(route):
        _, result = await answer

    assert {one["message"].partition(": ")[2] for one in result["errors"]} == {
        "the request of this loader is over."
    }
    statements.expect(1)
