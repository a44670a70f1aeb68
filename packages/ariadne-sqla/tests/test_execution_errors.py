"""What is no fit for functions: graphql-core's answer, with its errors, to the byte."""

import json

import pytest
from ariadne import (
    EnumType,
    InterfaceType,
    MutationType,
    ScalarType,
    SchemaDirectiveVisitor,
    make_executable_schema,
)
from graphql import default_field_resolver
from sqlalchemy.orm import Session

from ariadne_sqla import (
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from sqla_selection.testing import count_statements

from .blog import Base, Post, Tag, User

pytestmark = pytest.mark.usefixtures("by_objects")

SDL = """
directive @loud on FIELD_DEFINITION
scalar Odd
scalar Nothing
enum Name { U1 U2 }
interface Named { name: String }
union Any = User | Post
type Query {
  posts: [Post!]! nullable: [Post] users: [User!] own: [User!]! any: [Any!]!
  named: [Named] tags: [Tag!]!
}
type Mutation { rename(id: Int!, name: String!): Payload! }
type Payload { user: User! problem: String }
type User implements Named {
  id: ID! name: String known: Name nameOnly: Name! posts: [Post!]! maybe: [Post]
}
type Post {
  id: ID! title: String! odd: Odd oddOnly: Odd! number: Int numberOnly: Int!
  nothing: Nothing nothingOnly: Nothing! author: User! loudly: String! @loud
  tags: [Tag!]! own: String!
}
type Tag { id: Int! name: Boolean float: Float }
"""


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        tags = [Tag(id=n, name=f"{n}") for n in (1, 2, 2**31)]
        session.add_all(tags)
        session.add_all(
            User(
                id=n,
                name=f"u{n}",
                posts=[Post(title=f"p{n}{m}", tags=tags[:m]) for m in range(n)],
            )
            for n in (1, 2, 3)
        )
        session.commit()


def odd(value):
    if value % 2 == 0:
        raise ValueError(value)
    return value


class Loud(SchemaDirectiveVisitor):
    def visit_field_definition(self, field, object_type):
        resolver = field.resolve or default_field_resolver
        field.resolve = lambda obj, info, **given: resolver(obj, info, **given).upper()


def own(post, info):
    if post.id % 3 == 0:
        raise RuntimeError(post.id)
    return f"own {post.title}"


def answered(work):
    """Return a resolver that gives what *work* makes with a synchronous session."""

    def resolve(_, info, /, **given):
        session = info.context["session"]
        if hasattr(session, "sync_session"):
            return session.run_sync(lambda sync: work(sync, **given))
        return work(session, **given)

    return resolve


@answered
def rename(session, id, name):
    user = session.get(User, id)
    user.name = "nobody"
    session.flush()
    user.name = name
    session.commit()
    return {"user": user}


@pytest.fixture
def schema():
    ids = dict.fromkeys(("odd", "oddOnly", "nothing", "nothingOnly"), "id")
    titles = dict.fromkeys(("number", "numberOnly", "loudly"), "title")
    post = SQLAlchemyObjectType("Post", Post, aliases={**ids, **titles})
    post.set_field("own", own)
    user = SQLAlchemyObjectType(
        "User", User, aliases={"known": "name", "nameOnly": "name", "maybe": "posts"}
    )
    types = [user, post, SQLAlchemyObjectType("Tag", Tag, aliases={"float": "id"})]
    query = SQLAlchemyQueryType(types)
    query.set_field("nullable", answered(posts_and_nothing))
    query.set_field("own", lambda *_: [{"name": "dict", "id": 7, "posts": []}, None])
    query.set_field("any", answered(users_and_posts))
    query.set_field("named", answered(lambda session: session.query(User).all()))
    mutation = MutationType()
    mutation.set_field("rename", rename)
    named = InterfaceType("Named", lambda user, *_: "User" if user.id != 2 else None)
    return make_executable_schema(
        SDL,
        query,
        mutation,
        named,
        ScalarType("Odd", serializer=odd),
        ScalarType("Nothing", serializer=lambda value: value if value > 2 else None),
        EnumType("Name", {"U1": "u1", "U2": "u2"}),
        *types,
        directives={"loud": Loud},
    )


def posts_and_nothing(session):
    posts = session.query(Post).order_by(Post.id).all()
    return [posts[0], None, *posts[1:], Post(id=99), ValueError("no post")]


def users_and_posts(session):
    return [*session.query(User).all(), *session.query(Post).all(), Tag(id=1)]


@pytest.fixture
def both(execute):
    """Execute with and without the class, and return the answers as JSON."""

    async def both(schema, document, **options):
        answers = []
        for class_ in (None, SQLAlchemyExecutionContext):
            execute.session.expunge_all()
            with count_statements(execute.engine) as statements:
                answer = await execute(
                    schema, document, execution_context_class=class_, **options
                )
            answers.append((json.dumps(answer), len(statements)))
        assert answers[1] == answers[0]
        return json.loads(answers[0][0])

    return both


@pytest.mark.parametrize(
    "document",
    [
        # values that a scalar or an enum does not take
        "{ posts { id odd } }",
        "{ posts { id oddOnly } }",
        "{ posts { number title numberOnly } }",
        "{ posts { nothing } }",
        "{ users { posts { nothingOnly id } } }",
        "{ users { name known } }",
        "{ users { nameOnly id } }",
        "{ tags { id } }",
        "{ tags { name float } }",
        "{ posts { tags { name } title } }",
        # errors on several levels, and how far they go up
        "{ users { known maybe { odd oddOnly author { known nameOnly } } } }",
        "{ users { maybe { author { posts { oddOnly } } } name } }",
        "{ a: users { maybe { oddOnly } } b: posts { odd } }",
        # nulls and other things in a list
        "{ nullable { id title } }",
        "{ nullable { id author { name } } }",
        # resolvers of the application's own, beside and below
        "{ posts { title own odd } }",
        "{ users { maybe { own id tags { name } } } }",
        # types that cannot be told
        "{ any { __typename ... on User { name known } ... on Post { oddOnly } } }",
        "{ named { __typename name } }",
        # no object of the library's
        "{ own { id name } }",
    ],
)
async def test_errors_are_the_same(both, schema, document):
    answer = await both(schema, document)

    assert answer["errors"]


@pytest.mark.parametrize(
    "document",
    [
        "{ posts { loudly id } }",
        "{ users { known @include(if: false) posts { title @skip(if: true) id } } }",
        "{ users { ...A ...B } } fragment A on User { posts { id } name }"
        " fragment B on User { id posts { title id t: title } }",
        "{ users { posts { id } posts { author { id } } posts { author { name } } } }",
        "{ users { ... on Named { name } ... on User { name id } } }",
        "{ users { ...on User @include(if: true) { id } ...A @skip(if: true) } }"
        " fragment A on User { name }",
        'mutation { rename(id: 1, name: "u2") { user { name known posts { id } } } }',
        "{ __schema { queryType { name fields { name } } } users { __typename } }",
    ],
)
async def test_data_is_the_same(both, schema, document):
    answer = await both(schema, document)

    assert "errors" not in answer


async def test_variables_decide_each_time(both, schema):
    document = "query ($with: Boolean!) { users { id name @include(if: $with) } }"
    for wanted in (True, False, True):
        answer = await both(schema, document, variables={"with": wanted})

        assert ("name" in answer["data"]["users"][0]) is wanted


@pytest.mark.parametrize("route", ["fallback", "lazy"])
async def test_what_is_not_loaded_is_loaded_by_its_resolver(both, schema, route):
    with use_route(route):
        answer = await both(schema, "{ users { posts { author { name } } } }")

    assert "errors" not in answer


async def test_is_type_of_is_asked_for_each_object(both, schema):
    schema.type_map["Post"].is_type_of = lambda post, _: post.id != 2
    answer = await both(schema, "{ users { maybe { title } } }")

    assert len(answer["errors"]) == 1
    assert "Expected value of type 'Post'" in answer["errors"][0]["message"]


async def test_without_loaders_in_the_context(execute, schema):
    context = {"session": execute.session}
    document = "{ users { name posts { title author { id } } } }"
    usual = await execute(schema, document, context=dict(context))
    answer = await execute(
        schema,
        document,
        context=dict(context),
        execution_context_class=SQLAlchemyExecutionContext,
    )

    assert answer == usual
    assert "errors" not in answer
