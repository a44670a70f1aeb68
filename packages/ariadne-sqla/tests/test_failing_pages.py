"""Pages whose statement fails: one statement, one full error, short ones for others."""

import pytest
from ariadne import QueryType, make_executable_schema
from sqlalchemy import literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from ariadne_sqla import (
    SQLAlchemyFilterType,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from sqla_loaders.testing import count_statements

from .blog import Base, Post, Tag, User

SDL = """
type Query { users: [User!]! own: [User!]! rows: [User!]!
             pages(filter: PostFilter, first: Int): PostConnection }
type User {
  id: ID!
  posts(filter: PostFilter, limit: Int): [Post!]
  postsConnection(filter: PostFilter, first: Int): PostConnection
}
type Post { id: ID! title: String }
type PostConnection { nodes: [Post!] totalCount: Int }
input PostFilter { broken: Boolean }
"""


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for owner in (1, 2, 3):
            posts = [Post(id=10 * owner + n, title=f"{n}") for n in range(3)]
            session.add(User(id=owner, name=f"{owner}", posts=posts))
        session.commit()


@pytest.fixture
def schema(execute):
    def broken(post, value, info):
        return literal_column("nowhere") == 1 if value else True

    def own(_, info):
        session, stmt = info.context["session"], select(User).order_by(User.id)
        if isinstance(session, AsyncSession):

            async def found():
                return (await session.scalars(stmt)).all()

            return found()
        return session.scalars(stmt).all()

    query = QueryType()
    query.set_field("own", own)
    query.set_field("rows", lambda *_: [{"id": n} for n in (1, 2, 3)])
    types = [
        SQLAlchemyObjectType("User", User),
        SQLAlchemyObjectType("Post", Post),
        SQLAlchemyObjectType("Tag", Tag),
        SQLAlchemyFilterType("PostFilter", functions={"broken": broken}),
    ]
    sdl = SDL + "type Tag { id: ID! }"
    return make_executable_schema(sdl, query, SQLAlchemyQueryType(types[:3]), *types)


SHORT = "User.posts was not loaded: its batch failed, see the first error."


@pytest.mark.parametrize("route", ["eager", "fallback"])
@pytest.mark.parametrize("root", ["users", "own", "rows"])
@pytest.mark.parametrize(
    ("field", "empty"),
    [
        ("posts(filter: {broken: true}, limit: 1) { id }", None),
        ("posts: postsConnection(filter: {broken: true}) { nodes { id } }", None),
        ("posts: postsConnection(filter: {broken: true}) { totalCount }", None),
    ],
)
async def test_one_statement_fails_for_all_owners(
    execute, schema, route, root, field, empty
):
    document = f"{{ {root} {{ id {field} good: posts(limit: 1) {{ id }} }} }}"
    with use_route(route), count_statements(execute.engine) as statements:
        result = await execute(schema, document)
    assert result["data"][root] == [
        {"id": f"{n}", "posts": empty, "good": [{"id": f"{n}0"}]} for n in (1, 2, 3)
    ]
    full, *others = [error["message"] for error in result["errors"]]
    assert "nowhere" in full
    assert others == [SHORT] * 2
    statements.expect(3 - (root == "rows"))


async def test_a_connection_of_a_root_field_fails_once(execute, schema):
    with count_statements(execute.engine) as statements:
        result = await execute(
            schema, "{ pages(filter: {broken: true}) { nodes { id } totalCount } }"
        )
    [error] = result["errors"]
    assert "nowhere" in error["message"]
    assert result["data"] == {"pages": None}
    statements.expect(1)
