import asyncio
from threading import Thread

import pytest
from ariadne import make_executable_schema
from sqlalchemy.orm import Session

from ariadne_sqla import SQLAlchemyObjectType, SQLAlchemyQueryType, use_route
from ariadne_sqla.routes import current_route
from sqla_loaders.testing import count_statements

from .blog import Base, Post, User

user_type = SQLAlchemyObjectType("User", User)
post_type = SQLAlchemyObjectType("Post", Post)
schema = make_executable_schema(
    """
    type Query { users: [User!]! user(id: ID): User }
    type User { name: String posts: [Post!]! }
    type Post { title: String author: User }
    """,
    SQLAlchemyQueryType([user_type, post_type]),
    user_type,
    post_type,
)


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            User(id=number, name=f"{number}", posts=[Post(title="a"), Post(title="b")])
            for number in range(1, 6)
        )
        session.commit()


@pytest.mark.parametrize(
    ("route", "count"),
    [
        ("eager", 2),
        ("fallback", 2),
        ("lazy", 1 + 5),
    ],
)
async def test_each_route_gives_the_same_answer(execute, route, count):
    with use_route(route), count_statements(execute.engine) as statements:
        result = await execute(schema, "{ users { name posts { title } } }")

    assert result == {
        "data": {
            "users": [
                {"name": f"{number}", "posts": [{"title": "a"}, {"title": "b"}]}
                for number in range(1, 6)
            ]
        }
    }
    statements.expect(count)


@pytest.mark.parametrize("route", ["eager", "fallback", "lazy"])
async def test_each_route_filters_and_gives_single_objects(execute, route):
    with use_route(route):
        result = await execute(
            schema, "{ user(id: 3) { name posts { author { name } } } }"
        )

    assert result == {
        "data": {"user": {"name": "3", "posts": [{"author": {"name": "3"}}] * 2}}
    }


@pytest.mark.parametrize("route", ["fallback", "lazy"])
async def test_other_routes_load_whole_rows(execute, route):
    with use_route(route), count_statements(execute.engine) as statements:
        await execute(schema, "{ users { name } }")

    statements.expect(1)
    assert "users.id, users.name" in statements[0].sql


async def test_the_fallback_needs_the_registry(execute):
    with use_route("fallback"):
        result = await execute(
            schema, "{ user { name } }", context={"session": execute.session}
        )

    [error] = result["errors"]
    assert error["message"].startswith("LoaderRegistry not found in context")


def test_a_route_is_in_force_in_its_block_only():
    assert current_route() == "eager"
    with use_route("lazy"):
        assert current_route() == "lazy"
        with use_route("fallback"):
            assert current_route() == "fallback"
        assert current_route() == "lazy"
    assert current_route() == "eager"


def test_a_route_ends_with_an_error():
    with pytest.raises(ZeroDivisionError), use_route("lazy"):
        _ = 1 / 0

    assert current_route() == "eager"


def test_a_route_is_of_its_thread():
    seen = []
    with use_route("lazy"):
        thread = Thread(target=lambda: seen.append(current_route()))
        thread.start()
        thread.join()

    assert seen == ["eager"]


async def test_a_route_is_of_its_task():
    async def look(route):
        with use_route(route):
            await asyncio.sleep(0)
            return current_route()

    assert await asyncio.gather(look("lazy"), look("fallback")) == ["lazy", "fallback"]
    assert current_route() == "eager"
