"""Each reason of this package to answer no JSON, and the answer that is given then."""

import pytest
from ariadne import graphql_sync, make_executable_schema
from sqlalchemy import LargeBinary, TypeDecorator, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    mapped_column,
)

from ariadne_sqla import (
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    executors,
    use_route,
)
from ariadne_sqla.finished_json import finished_json
from ariadne_sqla.root_request import Declined
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements

from .blog import Base, Post, Tag, User

SDL = """
directive @defer(if: Boolean) on FRAGMENT_SPREAD | INLINE_FRAGMENT
type Query {
  users: [User!]!
  page(orderBy: [UserOrder!], first: Int, after: String): UserConnection!
}
type User { id: ID! name: String posts: [Post!]! }
type Post { title: String! }
type UserConnection { nodes: [User!]! pageInfo: PageInfo! totalCount: Int! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
input UserOrder { name: Direction }
enum Direction { ASC DESC }
"""


@pytest.fixture
def filled(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for n in (1, 2, 3):
            session.add(User(id=n, name=f"u{n}", posts=[Post(title=f"by {n}")]))
        session.add(Tag(name="t"))
        session.commit()
    return engine


def schema_of(user=SQLAlchemyObjectType, sdl=SDL, *further, **options):
    types = [user("User", User, **options), SQLAlchemyObjectType("Post", Post)]
    return make_executable_schema(sdl, SQLAlchemyQueryType(types), *types, *further)


@pytest.fixture
def declined(monkeypatch):
    """Gives why a field is no JSON, its data and statements: as by objects alone."""
    reasons = []

    def noting(request):
        answer = finished_json(request)
        if isinstance(answer, Declined):
            reasons.append(answer.why)
        return answer

    others = executors.EXECUTORS[1:]
    monkeypatch.setattr(executors, "EXECUTORS", (noting, *others))

    def ask(engine, schema, document):
        with Session(engine) as session, count_statements(engine) as statements:
            _, result = graphql_sync(
                schema,
                {"query": document},
                context_value={
                    "session": session,
                    "loader_registry": LoaderRegistry(session),
                },
                execution_context_class=SQLAlchemyExecutionContext,
            )
        assert "errors" not in result, result["errors"]
        return result["data"], len(statements)

    def declined(*asked):
        with use_route("objects"):
            usual = ask(*asked)
        reasons.clear()
        found = ask(*asked)
        assert found == usual
        return ["".join(reasons), *found]

    return declined


class First(SQLAlchemyObjectType):
    def get_base_query(self, info, **_):
        return select(User).where(User.id < 3)


class Alias(SQLAlchemyObjectType):
    def get_base_query(self, info, **_):
        alias = aliased(User)
        return select(alias).where(alias.id < 3).order_by(alias.id)


def test_a_page_among_the_rows_of_a_base_query(declined, filled):
    document = "{ page(first: 1) { nodes { name } totalCount } }"

    why, data, statements = declined(filled, schema_of(First), document)

    assert why == "No JSON: its pages are among the rows of a base query."
    assert data == {"page": {"nodes": [{"name": "u1"}], "totalCount": 2}}
    assert statements == 2


def test_an_alias_that_a_base_query_selects(declined, filled):
    why, data, statements = declined(
        filled, schema_of(Alias), "{ users { name posts { title } } }"
    )

    assert why == "No JSON: its base query selects an alias of the class."
    assert data["users"][1] == {"name": "u2", "posts": [{"title": "by 2"}]}
    assert statements == 2


def test_rows_of_which_none_may_be_seen(declined, filled):
    schema = schema_of(policy=lambda user, info: False)

    why, data, statements = declined(filled, schema, "{ users { name } }")

    assert why == "No JSON: no row may be seen, which takes no statement."
    assert data == {"users": []}
    assert statements == 0


def test_parts_that_are_asked_for_later(declined, filled):
    document = "{ users { name ... @defer(if: false) { posts { title } } } }"

    why, data, statements = declined(filled, schema_of(), document)

    assert why == "No JSON: parts of it are asked for later."
    assert data["users"][2] == {"name": "u3", "posts": [{"title": "by 3"}]}
    assert statements == 2


def test_a_cursor_of_a_value_that_json_cannot_have(declined, engine):
    class OtherBase(DeclarativeBase):
        pass

    class Key(TypeDecorator):
        impl = LargeBinary
        cache_ok = True

    class Item(OtherBase):
        __tablename__ = "items"
        key: Mapped[bytes] = mapped_column(Key, primary_key=True)
        name: Mapped[str]

    OtherBase.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Item(key=b"\xff", name="a"), Item(key=b"\xfe", name="b")])
        session.commit()
    types = [SQLAlchemyObjectType("Item", Item)]
    schema = make_executable_schema(
        """
        type Query { page(first: Int, after: String): ItemConnection! }
        type Item { name: String }
        type ItemConnection { nodes: [Item!]! pageInfo: PageInfo! }
        type PageInfo { hasNextPage: Boolean! endCursor: String }
        """,
        SQLAlchemyQueryType(types),
        *types,
    )

    why, data, statements = declined(
        engine, schema, "{ page(first: 1) { nodes { name } pageInfo { endCursor } } }"
    )

    assert why == "No JSON: A cursor of Item has a value of no exact form."
    assert data["page"]["nodes"] == [{"name": "b"}]
    assert data["page"]["pageInfo"]["endCursor"]
    assert statements == 1


def test_without_a_cursor_the_same_page_is_json(declined, filled):
    why, data, statements = declined(
        filled, schema_of(), "{ page(first: 1) { nodes { name } } }"
    )

    assert why == ""
    assert data == {"page": {"nodes": [{"name": "u1"}]}}
    assert statements == 1
