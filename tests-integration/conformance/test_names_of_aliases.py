"""Filters, orders and pages where a table has a name that SQLAlchemy gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ariadne import graphql_sync, make_executable_schema
from ariadne.contrib.federation import make_federated_schema
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)
from sqla_selection.testing import count_statements

from .cases.names import NAMED, Named

SDL = """
    type Query { events: [Event!]! parts(filter: PartFilter): [Part!]! }
    type Event {
        id: ID!
        parts(filter: PartFilter, orderBy: [PartOrder!], limit: Int): [Part!]!
        shown(filter: PartFilter, orderBy: [PartOrder!], limit: Int): [Part!]!
    }
    type Part { id: ID! event: Event shown_at(filter: EventFilter): [Event!]! }
    input EventFilter { id: IDFilter title: StringFilter shown: PartListFilter }
    input PartFilter {
        id: IDFilter event: EventFilter whole: PartFilter shown_at: EventListFilter
    }
    input PartListFilter { some: PartFilter none: PartFilter }
    input EventListFilter { some: EventFilter none: EventFilter }
    input StringFilter { eq: String }
    input IDFilter { eq: ID }
    enum PartOrder { ID_DESC EVENT_TITLE_ASC }
"""


QUERIES: list[tuple[str, Any, int]] = [
    ('parts(filter: { event: { title: { eq: "event 0" } } }) { id }', "024", 1),
    ('parts(filter: { event: { id: { eq: "101" } } }) { id }', "13", 1),
    ('parts(filter: { whole: { event: { id: { eq: "101" } } } }) { id }', "3", 1),
    (
        'parts(filter: { shown_at: { some: { title: { eq: "event 0" } } } }) { id }',
        "025",
        1,
    ),
    (
        'parts(filter: { shown_at: { none: { title: { eq: "event 0" } } } }) { id }',
        "134",
        1,
    ),
    ("events { id parts(orderBy: [ID_DESC], limit: 1) { id } }", ["4", "3", ""], 2),
    (
        'events { id parts(filter: { event: { id: { eq: "100" } } }, '
        "orderBy: [ID_DESC], limit: 2) { id } }",
        ["42", "", ""],
        2,
    ),
    (
        'events { id shown(filter: { event: { id: { eq: "100" } } }, '
        "orderBy: [ID_DESC], limit: 1) { id } }",
        ["2", "", "0"],
        2,
    ),
    (
        "events { id shown(orderBy: [ID_DESC], limit: 2) { id } }",
        ["52", "", "0"],
        2,
    ),
    (
        "events { id parts(orderBy: [EVENT_TITLE_ASC, ID_DESC], limit: 2) { id } }",
        ["42", "31", ""],
        2,
    ),
    (
        'parts(filter: { event: { shown: { some: { id: { eq: "105" } } } } }) { id }',
        "024",
        1,
    ),
]
"""The query, the last digits of the keys that it finds, and its statements."""


@pytest.fixture(params=NAMED)
def named(request: pytest.FixtureRequest) -> Named:
    return NAMED[request.param]


@pytest.fixture
def schema(named: Named) -> Any:
    types = [
        SQLAlchemyObjectType("Event", named.event),
        SQLAlchemyObjectType("Part", named.part),
    ]
    return make_executable_schema(SDL, SQLAlchemyQueryType(types), *types)


@pytest.fixture
def seeded(database: Any, named: Named) -> Iterator[Any]:
    named.base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        named.seed(session, 1)
        session.commit()
    yield database
    named.base.metadata.drop_all(database.engine)


@pytest.mark.parametrize("database", ["sqlite", "psycopg", "pymysql"], indirect=True)
def test_an_alias_is_not_taken_for_the_table_of_its_name(
    seeded: Any, schema: Any, subtests: pytest.Subtests
) -> None:
    for query, answer, count in QUERIES:
        for context_class in (None, SQLAlchemyExecutionContext):
            with subtests.test(query, context_class=context_class):
                check(seeded.engine, schema, context_class, query, answer, count)


def check(
    engine: Engine, schema: Any, context_class: Any, query: str, answer: Any, count: int
) -> None:
    with Session(engine) as session, count_statements(engine) as sent:
        _, response = graphql_sync(
            schema,
            {"query": f"{{ {query} }}"},
            context_value={"session": session},
            extensions=[SQLAlchemyDataLoaderExtension],
            execution_context_class=context_class,
        )

    assert "errors" not in response, response["errors"]
    [rows] = response["data"].values()
    if isinstance(answer, str):
        assert "".join(sorted(row["id"][-1] for row in rows)) == answer
    else:
        events = sorted(rows, key=lambda row: str(row["id"]))
        lists = [one.get("parts", one.get("shown")) for one in events]
        assert ["".join(part["id"][-1] for part in parts) for parts in lists] == answer
    sent.expect(count)


@pytest.mark.parametrize("database", ["sqlite", "psycopg", "pymysql"], indirect=True)
def test_a_key_of_a_related_row_is_found_by_an_alias_of_no_table(
    seeded: Any, named: Named
) -> None:
    types = [
        SQLAlchemyObjectType("Event", named.event),
        SQLAlchemyObjectType("Part", named.part),
    ]
    schema = make_federated_schema(
        """
        extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",
                            import: ["@key"])
        type Query { events: [Event!]! }
        type Event { title: String! }
        type Part @key(fields: "event { title } whole { title }") {
            id: ID! title: String! event: Event whole: Part
        }
        """,
        SQLAlchemyQueryType(types),
        *types,
    )
    representation = {
        "__typename": "Part",
        "event": {"title": "event 0"},
        "whole": {"title": "part 0"},
    }
    query = "query($of: [_Any!]!) { _entities(representations: $of) { ...P } } "
    with Session(seeded.engine) as session, count_statements(seeded.engine) as sent:
        _, response = graphql_sync(
            schema,
            {
                "query": query + "fragment P on Part { title }",
                "variables": {"of": [representation]},
            },
            context_value={"session": session},
            extensions=[SQLAlchemyDataLoaderExtension],
        )

    assert response == {"data": {"_entities": [{"title": "part 2"}]}}
    sent.expect(1)
