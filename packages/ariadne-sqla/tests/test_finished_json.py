"""Root fields whose statement is the finished JSON: the same, by one statement."""

import pytest
from ariadne import make_executable_schema
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker

from ariadne_sqla import (
    SQLAlchemyDebugExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from sqla_loaders.testing import count_statements

from .blog import Base, Post, Tag, User

SDL = """
type Query {
  users(name: String, id: [ID!]): [User!]!
  user(id: ID): User
  posts(limit: Int, offset: Int, orderBy: PostOrder, filter: PostFilter): [Post!]!
  own: [User!]!
}
type User { id: ID!, name: String!, posts: [Post!]! }
type Post { id: ID!, title: String!, longText: String, author: User!, tags: [Tag!]! }
type Tag { name: String! }
input PostOrder { title: Direction }
enum Direction { ASC DESC }
input PostFilter { title: StringFilter }
input StringFilter { contains: String }
"""


def bound(*bindables, user=SQLAlchemyObjectType, **options):
    types = [
        user("User", User),
        SQLAlchemyObjectType("Post", Post),
        SQLAlchemyObjectType("Tag", Tag),
    ]
    query = SQLAlchemyQueryType(types, **options)

    @query.field("own")
    def own(_, info):
        return []

    return make_executable_schema(SDL, query, *types, *bindables)


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        tags = [Tag(name="a"), Tag(name="b")]
        for n in (1, 2):
            posts = [Post(title=f"by {n}", tags=tags), Post(title=f"more by {n}")]
            session.add(User(id=n, name=f"{n}", posts=posts))
        session.commit()


@pytest.mark.parametrize(
    "document",
    [
        "{ users { id name posts { title tags { name } author { name } } } }",
        '{ users(name: "2") { posts { longText } } }',
        "{ users(id: [1, 2]) { __typename } }",
        '{ user(id: "2") { n: name posts { id } } }',
        '{ user(id: "7") { name } }',
        "{ posts(limit: 1, offset: 2, orderBy: {title: DESC}) { title } }",
        '{ posts(filter: {title: {contains: "more"}}) { title author { name } } }',
        "{ users { ...F posts { ...G } } } fragment F on User { name } "
        "fragment G on Post { title }",
    ],
)
async def test_one_statement_gives_the_same_answer(both, document):
    result = await both(document)

    assert "errors" not in result
    assert both.why == ["The statement is the finished JSON."]
    both.statements.expect(1)


async def test_variables_and_directives_are_those_of_the_request(both):
    document = """
    query ($name: String, $posts: Boolean!) {
      users(name: $name) { name posts @include(if: $posts) { id } }
    }
    """
    schema = bound()
    for name, posts in (("1", True), ("2", False), ("1", False)):
        result = await both(document, schema, variables={"name": name, "posts": posts})
        (user,) = result["data"]["users"]
        assert (user["name"], "posts" in user) == (name, posts)
        both.statements.expect(1)


async def test_each_root_field_is_one_statement(both):
    result = await both("{ a: users { name } own { name } b: users { id } }")

    assert list(result["data"]) == ["a", "own", "b"]
    both.statements.expect(2)


async def test_an_error_is_told_by_the_standard_path(both, execute, engine):
    execute.session.expunge_all()
    with engine.begin() as connection:
        connection.execute(text("UPDATE posts SET title = x'ff' WHERE id = 1"))
    result = await both("{ users { posts { title } } }")

    assert result["errors"][0]["path"] == ["users", 0, "posts", 0, "title"]
    assert both.why[0] == "The statement is the finished JSON."
    why = "No JSON: A row has a value that its field cannot give. The selection was"
    assert both.why[1].startswith(why)


async def test_a_resolver_below_is_called_as_ever(both):
    user = SQLAlchemyObjectType("User", User)

    async def resolve(obj, info):
        return obj.name * 2

    user.set_field("name", lambda obj, info: obj.name * 2)
    result = await both("{ users { name } }", bound(user=lambda *_: user))

    assert result["data"]["users"][0] == {"name": "11"}
    assert both.why[0].startswith("No JSON: User.name has a resolver of its own. ")
    both.statements.expect(1)


async def test_a_middleware_sees_each_field(both):
    seen = []

    def middleware(resolver, obj, info, **kwargs):
        seen.append(info.field_name)
        return resolver(obj, info, **kwargs)

    await both("{ users { name } }", middleware=[middleware])

    assert seen.count("name") == 4
    assert both.why[0] == "The selection was planned ahead."


async def test_the_base_query_is_asked_once(both):
    asked = []

    class First(SQLAlchemyObjectType):
        def get_base_query(self, info, **kwargs):
            asked.append(kwargs)
            return select(User).where(User.id == 1).order_by(User.name)

    result = await both("{ users { name posts { id } } }", bound(user=First))
    assert result["data"]["users"] == [
        {"name": "1", "posts": [{"id": "1"}, {"id": "2"}]}
    ]
    both.statements.expect(1)
    assert len(asked) == 2


async def test_changes_that_are_not_flushed_are_seen(execute):
    session = execute.session
    session.autoflush = False
    session.add(User(id=3, name="3"))
    result = await execute(
        bound(),
        "{ users { name } }",
        execution_context_class=SQLAlchemyExecutionContext,
        extensions=[SQLAlchemyDebugExtension()],
    )

    (field,) = result["extensions"]["sqla"]["fields"]
    assert field["why"].startswith("No JSON: The session has changes")


async def test_it_runs_on_the_sessions_of_the_field(both, execute):
    maker = async_sessionmaker if execute.way == "AsyncSession" else sessionmaker
    schema = bound(session_factory=maker(execute.engine))

    await both("{ users { name posts { id } } }", schema)
    assert both.why[0].startswith("The statement is the finished JSON. It runs on")


async def test_what_declines_is_loaded_on_the_sessions_of_the_field(both, execute):
    maker = async_sessionmaker if execute.way == "AsyncSession" else sessionmaker
    schema = bound(session_factory=maker(execute.engine))
    schema.type_map["User"].fields["name"].resolve = lambda user, _: user.name.upper()

    await both("{ users { name posts { id } } }", schema)
    assert both.why[0].startswith("No JSON: User.name")
    both.statements.expect(2)


async def test_the_switch_is_for_it_too(execute):
    options = {"execution_context_class": SQLAlchemyExecutionContext}
    with use_route("fallback"), count_statements(execute.engine) as statements:
        await execute(bound(), "{ users { posts { id } } }", **options)

    statements.expect(2)


async def test_defer_is_left_to_graphql_core(both):
    result = await both("{ users { name @include(if: true) } }")

    assert result["data"]["users"][0] == {"name": "1"}


async def test_without_the_execution_context_nothing_changes(execute):
    result = await execute(
        bound(), "{ users { name } }", extensions=[SQLAlchemyDebugExtension()]
    )

    (field,) = result["extensions"]["sqla"]["fields"]
    assert field["why"] == "The selection was planned ahead."


@pytest.mark.parametrize("route", ["objects", "fallback", "lazy"])
async def test_other_routes_give_the_same_without_it(execute, route):
    document = "{ users { id posts { title } } }"
    schema = bound()
    usual = await execute(schema, document)
    execute.session.expunge_all()
    options = {
        "execution_context_class": SQLAlchemyExecutionContext,
        "extensions": [SQLAlchemyDebugExtension(route=route)],
    }
    result = await execute(schema, document, **options)

    fields = result.pop("extensions")["sqla"]["fields"]
    assert result == usual
    assert not any("JSON" in field.get("why", "") for field in fields)
