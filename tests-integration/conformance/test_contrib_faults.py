"""Faults of `ariadne.contrib.sqlalchemy` 1.1.1 that are no query of a mapping.

Those that are have a `fault` in the cases of the matrix, and `test_guide.py` has what
its guide promises.
"""

from typing import Any

import pytest
from ariadne import MutationType, QueryType, make_executable_schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from ariadne_sqla import SQLAlchemyObjectType, SQLAlchemyQueryType

from . import runner, table
from .case import Query
from .cases import one_to_many
from .cases.selections import Base, Post, Tag, User, seed

on_sqlite = pytest.mark.parametrize("database", ["sqlite", "aiosqlite"], indirect=True)


@pytest.fixture(params=runner.COMPLETIONS)
def completion(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def answered(completion: runner.Completion) -> Any:
    """Answers on a session of its own, without errors, in each way to complete."""

    async def answered(schema: Any, document: str, database: Any) -> runner.Answer:
        answer = await runner.answer_async(
            schema,
            Query(document, 0),
            database.session_factory(),
            database.counted_engine,
            completion=completion,
        )
        assert not answer.errors, answer.errors
        return answer

    return answered


# Who completes the response knows nothing of parameters.
@pytest.mark.parametrize(
    ("database", "completion"),
    [
        *((driver, "graphql-core") for driver in table.DATABASES),
        *(("sqlite", completion) for completion in runner.COMPLETIONS[1:]),
    ],
    indirect=True,
)
async def test_more_parents_than_the_driver_takes_parameters(
    database: Any, answered: Any
) -> None:
    parents = 33_000
    case = one_to_many.CASES[0]
    case.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        case.seed(session, 1)
        session.commit()
    query = QueryType()
    query.set_field("authors", lambda *_: [{"id": n} for n in range(parents)])
    schema = make_executable_schema(
        """
        type Query { authors: [Author!]! }
        type Author { books: [Book!]! }
        type Book { title: String! }
        """,
        query,
        *(
            SQLAlchemyObjectType(declared.name, declared.model)
            for declared in case.types[:3:2]
        ),
    )
    answer = await answered(schema, "{ authors { books { title } } }", database)
    authors = answer.data["authors"]
    assert len(authors) == parents
    assert {
        n: len(author["books"]) for n, author in enumerate(authors) if author["books"]
    } == {100: 2, 102: 2}
    # 32,766 parameters and 32,767, or 65,535 on the others.
    takes_fewer = database.driver in {"sqlite", "aiosqlite", "asyncpg"}
    assert len(answer.statements) == (2 if takes_fewer else 1)


BLOG = """
    type Query { posts: [Post!]! users: [User!]! user(id: ID!): User }
    type Mutation { rename(id: ID!, name: String!): Post! }
    type User { id: ID! user_name: String! posts: [Post!]! }
    type Post { id: ID! title: String! author: User tags: [Tag!]! }
    type Tag { id: ID! name: String! }
"""


@pytest.fixture
def blog(database: Any) -> Any:
    """A database with the rows of the blog of `cases.selections`."""
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        seed(session, 1)
        session.commit()
    return database


def object_types() -> list[SQLAlchemyObjectType]:
    return [
        SQLAlchemyObjectType("User", User),
        SQLAlchemyObjectType("Post", Post),
        SQLAlchemyObjectType("Tag", Tag),
    ]


@on_sqlite
async def test_read_after_a_mutation_sees_its_rows(blog: Any, answered: Any) -> None:
    mutation = MutationType()

    @mutation.field("rename")
    async def rename(_: Any, info: Any, id: str, name: str) -> Post:  # GraphQL's name
        session = info.context["session"]
        post: Post = await runner.finished(session.get(Post, int(id)))
        statement = select(User).join(User.posts).where(Post.id == int(id))
        author = (await runner.finished(session.execute(statement))).scalars().one()
        author.user_name = name
        await runner.finished(session.flush())
        return post

    schema = make_executable_schema(BLOG, mutation, *object_types())
    answer = await answered(
        schema,
        """mutation {
            a: rename(id: 100, name: "first") { author { user_name posts { title } } }
            b: rename(id: 101, name: "second") { author { user_name } }
            c: rename(id: 102, name: "third") { author { user_name } }
        }""",
        blog,
    )
    assert answer.data == {
        "a": {
            "author": {
                "user_name": "first",
                "posts": [{"title": "post 0"}, {"title": "post 1"}],
            }
        },
        "b": {"author": {"user_name": "second"}},
        "c": {"author": {"user_name": "third"}},
    }
    assert len(answer.statements) == 13


@on_sqlite
async def test_rows_added_by_a_mutation_are_in_the_next_read(
    blog: Any, answered: Any
) -> None:
    mutation = MutationType()

    @mutation.field("rename")
    async def add(_: Any, info: Any, id: str, name: str) -> Any:  # GraphQL's name
        session = info.context["session"]
        session.add(Post(id=int(id), title=name, body="", author_id=100))
        await runner.finished(session.flush())
        statement = select(Post).where(Post.id == 100)
        result = await runner.finished(session.execute(statement))
        return result.scalars().one()

    schema = make_executable_schema(BLOG, mutation, *object_types())
    answer = await answered(
        schema,
        """mutation {
            a: rename(id: 500, name: "new") { author { posts { title } } }
            b: rename(id: 501, name: "newer") { author { posts { title } } }
        }""",
        blog,
    )
    titles = [[p["title"] for p in answer.data[key]["author"]["posts"]] for key in "ab"]
    assert titles == [
        ["post 0", "post 1", "new"],
        ["post 0", "post 1", "new", "newer"],
    ]
    assert len(answer.statements) == 8


@on_sqlite
async def test_aliases_may_be_callables(blog: Any, answered: Any) -> None:
    user = SQLAlchemyObjectType(
        "User",
        User,
        aliases={"user_name": lambda user, info: f"name of {user.full_name}"},
    )
    types = [user, *object_types()[1:]]
    schema = make_executable_schema(BLOG, SQLAlchemyQueryType(types), *types)
    answer = await answered(schema, "{ users { user_name } }", blog)
    names = [user["user_name"] for user in answer.data["users"]]
    assert names == ["name of User 0", "name of User 1", "name of User 2"]
    assert len(answer.statements) == 1


async def test_single_object_root_fetches_one_row(
    blog: Any, answered: Any, completion: runner.Completion
) -> None:
    types = object_types()
    schema = make_executable_schema(
        BLOG.replace("user(id: ID!): User", "user: User"),
        SQLAlchemyQueryType(types),
        *types,
    )
    answer = await answered(schema, "{ user { user_name } }", blog)
    assert answer.data == {"user": {"user_name": "user0"}}
    assert len(answer.statements) == 1
    assert "LIMIT" in answer.statements[0]

    answer = await answered(
        schema,
        "{ user { user_name posts { title tags { name } author { id } } } }",
        blog,
    )
    assert len(answer.data["user"]["posts"]) == 2
    # The finished JSON is one statement.
    assert len(answer.statements) == (1 if completion == "json" else 3)
    assert "LIMIT" in answer.statements[0]
