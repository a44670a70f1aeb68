import pytest
from ariadne import QueryType
from ariadne import make_executable_schema as executable
from sqlalchemy import select
from sqlalchemy.orm import Session

from ariadne_sqla import SQLAlchemyObjectType, SQLAlchemyQueryType
from sqla_loaders import observer_of_work, run

pytest.importorskip("opentelemetry.sdk")

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ariadne_sqla.tracing import SQLAlchemyTracingExtension

from .blog import Base, Post, User

query = QueryType()


@query.field("published")
def resolve_published(_, info):
    return run(info.context["session"], lambda s: s.scalars(select(Post)).all())


types = [SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Post", Post)]
schema = executable(
    """
    type Query { users: [User!]! published: [Post!]! broken(id: ID): User }
    type User { id: ID posts: [Post!]! }
    type Post { id: ID author: User }
    """,
    SQLAlchemyQueryType(types),
    *types,
    query,
)


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(User(name="a", posts=[Post(title="b")]) for _ in range(2))
        session.commit()


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def extension(exporter):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return SQLAlchemyTracingExtension(tracer=provider.get_tracer("test"))


def shown(exporter):
    return [
        (span.name, dict(span.attributes)) for span in exporter.get_finished_spans()
    ]


async def test_a_planned_root_field_is_one_span(execute, exporter, extension):
    await execute(schema, "{ all: users { posts { id } } }", extensions=[extension])

    assert shown(exporter) == [
        (
            "sqla.eager Query.users",
            {
                "graphql.field.path": "all",
                "sqla.route": "eager",
                "sqla.relationship": "",
            },
        )
    ]


async def test_a_batch_is_a_span(execute, exporter, extension):
    await execute(schema, "{ published { author { id } } }", extensions=[extension])

    [(name, attributes)] = shown(exporter)
    assert name == "sqla.fallback Query.published"
    assert attributes["sqla.route"] == "fallback"
    assert attributes["graphql.field.path"] == "published"


async def test_a_failing_statement_is_a_span_with_an_error(
    execute, engine, exporter, extension
):
    Base.metadata.drop_all(engine)
    await execute(schema, "{ users { id } }", extensions=[extension])

    [span] = exporter.get_finished_spans()
    assert not span.status.is_ok
    assert span.events[0].name == "exception"


async def test_requests_without_the_extension_make_no_spans(
    execute, exporter, extension
):
    await execute(schema, "{ users { id } }", extensions=[extension])
    exporter.clear()
    await execute(schema, "{ users { id } }")

    assert shown(exporter) == []
    assert observer_of_work.get() is None


def test_costs_nothing_for_a_field(extension):
    assert extension.resolve is None


def test_each_request_has_an_extension_of_its_own(extension):
    one, other = extension(), extension()

    assert one is not other
    assert one is not extension


async def test_the_bare_class_uses_the_global_tracer(execute):
    result = await execute(
        schema, "{ users { id } }", extensions=[SQLAlchemyTracingExtension]
    )

    assert len(result["data"]["users"]) == 2
