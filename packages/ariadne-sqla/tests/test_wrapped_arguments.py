"""Arguments of fields whose resolver has a function of the application's around it."""

from functools import partial, wraps

import pytest
from ariadne import ObjectType, SchemaDirectiveVisitor, make_executable_schema
from sqlalchemy.orm import Session

from ariadne_sqla import ConfigurationError, SQLAlchemyObjectType, SQLAlchemyQueryType
from sqla_loaders.testing import count_statements

from .blog import Base, Post, User

SDL = """
directive @noted on FIELD_DEFINITION
type Query { users(limit: Int): [User!]! @noted }
type User {
  id: ID!
  posts(title: String, limit: Int, offset: Int, loud: Boolean): [Post!]! @noted
  postsConnection(first: Int): PostConnection! @noted
}
type Post { id: ID! title: String }
type PostConnection { nodes: [Post!]! totalCount: Int! }
"""


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for owner in (1, 2):
            posts = [Post(id=10 * owner + n, title=f"{n}") for n in range(3)]
            session.add(User(id=owner, name=f"{owner}", posts=posts))
        session.commit()


def by_closure(original):
    @wraps(original)
    def resolve(obj, info, loud=None, **kwargs):
        return original(obj, info, **kwargs)

    return resolve


def by_partial(original):
    def resolve(original, obj, info, /, *, loud=None, **kwargs):
        return original(obj, info, **kwargs)

    return partial(resolve, original)


def by_object(original):
    class Wrapper:
        def __init__(self, inner):
            self.inner = inner

        def __call__(self, obj, info, *, loud=None, **kwargs):
            return self.inner(obj, info, **kwargs)

    return Wrapper(by_closure(original))


def by_method(original):
    class Wrapper:
        def resolve(self, obj, info, *, loud=None, **kwargs):
            return original(obj, info)  # what the client asks is in the document

    return Wrapper().resolve


def schema_of(wrap, *more, sdl=SDL):
    class Noted(SchemaDirectiveVisitor):
        def visit_field_definition(self, field, object_type):
            field.resolve = wrap(field.resolve)
            return field

    types = [
        SQLAlchemyObjectType("User", User),
        SQLAlchemyObjectType("Post", Post),
    ]
    query = SQLAlchemyQueryType(types)
    return make_executable_schema(
        sdl, query, *types, *more, directives={"noted": Noted}
    )


@pytest.mark.parametrize("wrap", [by_closure, by_partial, by_object, by_method])
async def test_they_choose_the_rows(execute, wrap):
    schema = schema_of(wrap, sdl=SDL.replace("users(limit: Int)", "users"))
    with count_statements(execute.engine) as statements:
        result = await execute(
            schema,
            """query ($n: Int = 1) { users {
              a: posts(limit: $n, loud: true) { id } b: posts(title: "2") { id }
              postsConnection(first: 1) { nodes { id } totalCount }
            } }""",
        )
    assert "errors" not in result, result["errors"]
    assert result["data"]["users"] == [
        {
            "a": [{"id": f"{owner}0"}],
            "b": [{"id": f"{owner}2"}],
            "postsConnection": {"nodes": [{"id": f"{owner}0"}], "totalCount": 3},
        }
        for owner in (1, 2)
    ]
    statements.expect(5)


@pytest.mark.parametrize(
    ("argument", "type_name", "field"),
    [("limt", "User", "posts"), ("limt", "Query", "users")],
)
def test_what_nobody_reads_is_an_error_of_the_schema(argument, type_name, field):
    sdl = SDL.replace(f"{field}(", f"{field}({argument}: Int, ")
    with pytest.raises(ConfigurationError) as raised:
        schema_of(by_closure, sdl=sdl)
    assert str(raised.value).startswith(
        f"'{type_name}.{field}({argument}:)' filters, orders or pages by no known name"
    )


def test_the_error_says_how_a_wrapper_takes_its_own():
    sdl = SDL.replace("loud: Boolean", "loud: Boolean, quiet: Boolean")
    with pytest.raises(ConfigurationError) as raised:
        schema_of(by_closure, sdl=sdl)
    assert str(raised.value).endswith(
        "If an argument is for your resolver around the field, give that a parameter "
        "of its name."
    )


async def test_a_wrapper_s_own_arguments_reach_it_on_root_fields(execute):
    seen = []

    def noting(original):
        def resolve(obj, info, why=None, **kwargs):
            seen.append(why)
            return original(obj, info, **kwargs)

        return resolve

    sdl = SDL.replace("users(", "users(why: String, ").replace(", loud: Boolean", "")
    schema = schema_of(noting, sdl=sdl)
    result = await execute(schema, '{ users(limit: 1, why: "so") { id } }')
    assert (result["data"], seen) == ({"users": [{"id": "1"}]}, ["so"])


async def test_values_that_a_wrapper_changes_are_an_error(execute):
    def capping(original):
        def resolve(obj, info, *, limit=None, **kwargs):
            return original(obj, info, limit=1, **kwargs)

        return resolve

    def changing(original):
        def resolve(obj, info, **kwargs):
            return original(obj, info, **{**kwargs, "offset": 1})

        return resolve

    sdl = SDL.replace(", loud: Boolean", "").replace("users(limit: Int)", "users")
    schema = schema_of(changing, sdl=sdl.replace("[User!]! @noted", "[User!]!"))
    result = await execute(schema, "{ users { posts(limit: 2) { id } } }")
    assert result["errors"][0]["message"] == (
        "User.posts is given another value for 'offset' by the resolver around it than "
        "by the query, whose values choose the rows. Let that resolver load the rows "
        "itself."
    )
    # Here `limit` is the wrapper's own, and nothing of the field's.
    sdl = sdl.replace("title: String, limit: Int, offset: Int", "limit: Int")
    schema = schema_of(capping, sdl=sdl.replace("[User!]! @noted", "[User!]!"))
    result = await execute(schema, "{ users { posts(limit: 2) { id } } }")
    assert len(result["data"]["users"][0]["posts"]) == 3


async def test_a_resolver_in_place_of_ours_keeps_its_arguments(execute):
    own = ObjectType("User")
    own.set_field("posts", lambda user, info, **kwargs: [{"title": f"{kwargs}"}])
    sdl = SDL.replace("loud: Boolean): [Post!]! @noted", "x: Int): [Post!]!")
    schema = schema_of(lambda original: original, own, sdl=sdl)
    result = await execute(schema, "{ users { posts(x: 1, limit: 2) { title } } }")
    assert result["data"]["users"][0]["posts"] == [{"title": "{'limit': 2, 'x': 1}"}]


KEPT = {}


async def test_a_hidden_wrapper_is_an_error_and_no_list_of_all(execute):
    def hiding(original):
        KEPT["posts"] = original

        def resolve(obj, info, **kwargs):
            return KEPT["posts"](obj, info, **kwargs)

        return resolve

    sdl = SDL.replace(", loud: Boolean", "").replace("users(limit: Int)", "users")
    sdl = sdl.replace("[User!]! @noted", "[User!]!")
    connection = "postsConnection(first: Int): PostConnection! @noted"
    schema = schema_of(hiding, sdl=sdl.replace(connection, ""))
    result = await execute(schema, "{ users { posts(limit: 2) { id } } }")
    assert result["errors"][0]["message"].startswith(
        "User.posts is given 'limit' by a resolver around it, which was not known"
    )
