"""What the database wrote stands in the response as it is, under ASGI and WSGI."""

import io
import json

import pytest
from ariadne import make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.wsgi import GraphQL as WSGIGraphQL
from sqlalchemy.orm import Session

import sqla_json
from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyHTTPHandler,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    SQLAlchemyWSGI,
)

from .blog import Base, Post, User

SDL = """
type Query { users: [User!]! user(id: ID): User own: User }
type User { id: ID! name: String! shout: String posts: [Post!]! }
type Post { title: String }
"""
NAME = 'é"\\ \u2028 \U0001f600 </script>'
QUERIES = [
    "{ users { id name posts { title } } }",
    '{ a: users { id } user(id: "1") { name } none: user(id: "9") { id } own { id } }',
    "{ users { shout } b: users { name } }",
    "{ own { id } users { id }",
]


@pytest.fixture
def session(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(id=1, name=NAME, posts=[Post(title="x"), Post(title=NAME)]))
        session.add(User(id=2, name=""))
        session.commit()
        yield session


@pytest.fixture
def schema():
    user = SQLAlchemyObjectType("User", User)

    @user.field("shout")
    def shout(obj, info):
        raise ValueError(obj.name)

    query = SQLAlchemyQueryType([user, SQLAlchemyObjectType("Post", Post)])
    query.set_field("own", lambda *_: None)
    types = [user, SQLAlchemyObjectType("Post", Post)]
    return make_executable_schema(SDL, query, *types)


@pytest.fixture
def parsed(monkeypatch):
    """How often a text of the database was parsed."""
    found = []
    value = sqla_json.JsonAnswer.value
    monkeypatch.setattr(
        sqla_json.JsonAnswer, "value", lambda one: found.append(one) or value(one)
    )
    return found


def options(session):
    return {
        "context_value": {"session": session},
        "execution_context_class": SQLAlchemyExecutionContext,
        "logger": "ariadne_sqla.test",
    }


@pytest.mark.parametrize("query", QUERIES)
async def test_the_response_is_the_same_under_asgi(query, schema, session, parsed):
    httpx = pytest.importorskip("httpx")

    async def answer(handler):
        app = GraphQL(schema, http_handler=handler, **options(session))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://t"
        ) as client:
            response = await client.post("/", json={"query": query})
        return response.status_code, response.headers["content-type"], response.json()

    spliced = await answer(
        SQLAlchemyHTTPHandler(extensions=[SQLAlchemyDataLoaderExtension])
    )
    assert not parsed
    assert json.dumps(spliced) == json.dumps(await answer(None))


@pytest.mark.parametrize("query", QUERIES)
def test_the_response_is_the_same_under_wsgi(query, schema, session, parsed):
    def answer(kind):
        app = kind(schema, **options(session))
        body = json.dumps({"query": query}).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        begun = []
        (text,) = app(environ, lambda *head: begun.extend(head))
        return begun, json.loads(text)

    spliced = answer(SQLAlchemyWSGI)
    assert not parsed
    assert json.dumps(spliced) == json.dumps(answer(WSGIGraphQL))
