"""The machinery in resolvers of one's own, without Ariadne."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema, graphql_sync
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from sqla_loaders import connection
from sqla_selection import TypeConfig, TypeRegistry
from sqla_selection.arguments import (
    ArgumentLimits,
    FilterConfig,
    Vocabulary,
    asked_of,
    paged,
    wanted_of,
)
from sqla_selection.testing import count_statements

from .blog import MODELS, Base, Post
from .test_semantics import rows

SCHEMA = build_schema(
    """
    type Query {
      posts(filter: PostFilter, orderBy: [PostOrder!], limit: Int = 3): [Post!]!
      postPages(filter: PostFilter, orderBy: [PostOrder!], first: Int, after: String,
                last: Int, before: String): PostConnection!
    }
    type Post { id: ID! title: String views: Int }
    type PostConnection { edges: [PostEdge!]! pageInfo: PageInfo! totalCount: Int! }
    type PostEdge { node: Post! cursor: String! }
    type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! endCursor: String }
    input PostFilter { views: IntFilter title: StringFilter loud: Boolean
                       comments: CommentListFilter not: PostFilter }
    input CommentListFilter { some: CommentFilter none: CommentFilter }
    input CommentFilter { body: StringFilter }
    input IntFilter { eq: Int ne: Int lt: Int isNull: Boolean }
    input StringFilter { eq: String contains: String }
    enum PostOrder { TITLE_ASC VIEWS_DESC }
    """
)
TypeRegistry.of(SCHEMA).add(TypeConfig("Post", MODELS["Post"]))
VOCABULARY = Vocabulary.of(
    SCHEMA,
    [FilterConfig("PostFilter", functions={"loud": lambda post, *_: post.views > 2})],
)
LIMITS = ArgumentLimits(conditions=8)


def resolve_posts(_: Any, info: Any, **arguments: Any) -> Any:
    session = info.context
    window = asked_of(info, Post, vocabulary=VOCABULARY, limits=LIMITS)
    dialect = session.get_bind().dialect.name
    return session.scalars(paged(select(Post), window, Post, dialect)).all()


def resolve_pages(_: Any, info: Any, **arguments: Any) -> Any:
    window = asked_of(info, Post, vocabulary=VOCABULARY, limits=LIMITS, page_size=3)
    page: Any = connection(info.context, select(Post), window, wanted=wanted_of(info))
    return page.as_connection()


assert SCHEMA.query_type is not None
SCHEMA.query_type.fields["posts"].resolve = resolve_posts
SCHEMA.query_type.fields["postPages"].resolve = resolve_pages


@pytest.fixture
def session() -> Any:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(rows())
        session.commit()
        yield session
    engine.dispose()


def answer(session: Any, query: str, **variables: Any) -> tuple[Any, int]:
    """Return the data, and how many statements ran."""
    with count_statements(session.get_bind()) as sent:
        result = graphql_sync(
            SCHEMA, query, context_value=session, variable_values=variables
        )
    assert result.errors is None, result.errors
    return result.data, len(sent)


def test_aliases_of_one_field_ask_for_themselves(session: Any) -> None:
    data, count = answer(
        session,
        """
        query ($q: String, $views: Int = 3) {
          all: posts(filter: {title: {eq: $q}}) { id }
          some: posts(filter: {views: {eq: $views}}, orderBy: TITLE_ASC) { id }
          loud: posts(filter: {not: {loud: true}}) { id }
          last: posts(orderBy: [VIEWS_DESC], limit: 1) { id }
        }
        """,
    )
    assert data == {
        "all": [{"id": "1"}, {"id": "2"}, {"id": "3"}],
        "some": [{"id": "2"}, {"id": "4"}],
        "loud": [{"id": "1"}, {"id": "3"}],
        "last": [{"id": "4"}],
    }
    assert count == 4


def test_a_connection_computes_what_is_selected(session: Any) -> None:
    data, count = answer(session, "{ postPages { totalCount } }")
    assert (data, count) == ({"postPages": {"totalCount": 4}}, 1)
    data, count = answer(
        session,
        """
        { postPages(first: 1) { ...Page pageInfo { hasNextPage } } }
        fragment Page on PostConnection { edges { cursor node { id } } }
        """,
    )
    [edge] = data["postPages"]["edges"]
    assert (edge["node"], data["postPages"]["pageInfo"]) == (
        {"id": "1"},
        {"hasNextPage": True},
    )
    assert count == 1
    data, count = answer(
        session,
        """
        query ($after: String) { postPages(after: $after) {
          totalCount edges { node { id } } pageInfo { hasPreviousPage endCursor } } }
        """,
        after=edge["cursor"],
    )
    page = data["postPages"]
    assert [one["node"]["id"] for one in page["edges"]] == ["2", "3", "4"]
    assert (page["totalCount"], page["pageInfo"]["hasPreviousPage"]) == (4, True)
    assert count == 3


def test_an_error_is_on_the_field_before_any_statement(session: Any) -> None:
    with count_statements(session.get_bind()) as sent:
        result = graphql_sync(
            SCHEMA,
            "{ mine: posts(limit: -1) { id } }",
            context_value=session,
        )
    assert result.errors is not None
    [error] = result.errors
    assert error.message == "Argument 'limit' is -1. It must not be negative."
    assert error.path == ["mine"]
    assert error.extensions == {"argument": "limit"}
    sent.expect(0)


def test_what_is_no_connection_has_nothing_to_select(session: Any) -> None:
    seen: list[Any] = []

    def resolver(_: Any, info: Any, **arguments: Any) -> list[Any]:
        seen.append(info)
        return []

    assert SCHEMA.query_type is not None
    field = SCHEMA.query_type.fields["posts"]
    field.resolve = resolver
    try:
        answer(session, "{ posts { id } }")
    finally:
        field.resolve = resolve_posts
    with pytest.raises(TypeError) as caught:
        wanted_of(seen[0])
    assert str(caught.value) == "'Post' is no connection of a type that is bound."
