import pytest
from ariadne import make_executable_schema
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker

from ariadne_sqla import (
    SQLAlchemyDebugExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from ariadne_sqla import executors as executors_module
from ariadne_sqla.root_request import Declined
from sqla_loaders.testing import count_statements

from .blog import Base, Post, User

SDL = """
type Query { users(name: String): [User!]! post(id: ID): Post }
type User { name: String posts: [Post!]! }
type Post { title: String author: User }
"""


def bound(**options):
    types = [SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Post", Post)]
    return make_executable_schema(SDL, SQLAlchemyQueryType(types, **options), *types)


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            User(id=n, name=f"{n}", posts=[Post(title=f"by {n}")]) for n in (1, 2)
        )
        session.commit()


def reasons(result):
    return [one["why"] for one in result["extensions"]["sqla"]["fields"]][:1]


def test_they_are_in_order_and_the_last_always_answers():
    assert [one.__name__ for one in executors_module.EXECUTORS] == [
        "finished_json",
        "eager",
        "batched",
        "lazy",
    ]


async def test_a_further_one_is_asked_first_and_may_answer(execute, monkeypatch):
    seen = []

    def fixed(asked):
        seen.append((asked.root.where, asked.arguments, asked.plan.type_names))
        if asked.arguments.get("name") != "nobody":
            return Declined("Somebody is asked for.")
        return []

    every = (fixed, *executors_module.EXECUTORS)
    monkeypatch.setattr(executors_module, "EXECUTORS", every)
    with count_statements(execute.engine) as statements:
        result = await execute(
            bound(),
            '{ a: users(name: "nobody") { name } b: users(name: "2") { name } }',
            extensions=[SQLAlchemyDebugExtension()],
        )

    assert result["data"] == {"a": [], "b": [{"name": "2"}]}
    statements.expect(1)
    assert seen == [
        ("Query.users", {"name": "nobody"}, ("User",)),
        ("Query.users", {"name": "2"}, ("User",)),
    ]
    why = [one["why"] for one in result["extensions"]["sqla"]["fields"]]
    assert why[1] == "Somebody is asked for. The selection was planned ahead."


async def test_what_arguments_filter_by_is_there_in_each_request(execute):
    schema = bound()
    for name in ("1", "2"):
        with count_statements(execute.engine) as statements:
            result = await execute(schema, f'{{ users(name: "{name}") {{ name }} }}')

        assert result == {"data": {"users": [{"name": name}]}}
        statements.expect(1)


class TestOwnSession:
    @pytest.fixture
    def schema(self, execute):
        is_async = execute.way == "AsyncSession"
        factory = async_sessionmaker if is_async else sessionmaker
        return bound(session_factory=factory(execute.engine))

    async def test_is_told(self, execute, schema):
        with count_statements(execute.engine) as statements:
            result = await execute(
                schema,
                "{ post(id: 1) { title } }",
                extensions=[SQLAlchemyDebugExtension()],
            )

        assert result["data"] == {"post": {"title": "by 1"}}
        statements.expect(1)
        assert reasons(result) == [
            "The selection was planned ahead. It runs on a session of its own."
        ]

    async def test_is_not_taken_by_a_request_that_holds_a_connection(
        self, execute, schema
    ):
        if execute.way == "AsyncSession":
            await execute.session.execute(select(User.id))
        else:
            execute.session.execute(select(User.id))
        with count_statements(execute.engine) as statements:
            result = await execute(
                schema,
                "{ post(id: 1) { title } }",
                extensions=[SQLAlchemyDebugExtension()],
            )

        assert result["data"] == {"post": {"title": "by 1"}}
        statements.expect(1)
        assert reasons(result) == [
            "The selection was planned ahead. It runs on the request's session, which "
            "is in a transaction."
        ]


@pytest.mark.parametrize(
    ("route", "declined", "count"),
    [
        ("eager", "", 2),
        ("fallback", "Planning ahead is switched off for this request.", 2),
        (
            "lazy",
            "Planning ahead is switched off for this request. So are batches. "
            "SQLAlchemy loads each relationship when it is read.",
            3,
        ),
    ],
)
async def test_each_gives_the_same_and_tells_why_none_before_it_did(
    execute, route, declined, count
):
    with use_route(route), count_statements(execute.engine) as statements:
        result = await execute(
            bound(),
            "{ users { name posts { title } } }",
            extensions=[SQLAlchemyDebugExtension(route=route)],
        )

    assert result["data"] == {
        "users": [{"name": f"{n}", "posts": [{"title": f"by {n}"}]} for n in (1, 2)]
    }
    statements.expect(count)
    assert reasons(result) == [declined or "The selection was planned ahead."]
