"""Pages of owners, and of rows, whose composite key has NULL in a part."""

from __future__ import annotations

from typing import Any

import pytest
from ariadne import QueryType, graphql, graphql_sync, make_executable_schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)
from sqla_loaders.testing import count_statements

from .cases.composite_keys import Floor, Part, Room, Stay, seed_parts

SDL = """
type Query { rooms(first: Int, after: String): RoomConnection! stays: [Stay!]!
             own: [Stay!]! }
type Room {
  name: String! notes: String
  stays(limit: Int, filter: StayFilter): [Stay!]!
  ofNumber(orderBy: [StayOrder!], limit: Int): [Stay!]!
  pages(first: Int, after: String): StayConnection!
}
type Floor { name: String! }
type Stay {
  nights: Int! room(filter: RoomFilter): Room named_room(filter: RoomFilter): Room
  floor(name: String): Floor
}
type RoomConnection { edges: [RoomEdge!]! totalCount: Int! pageInfo: PageInfo! }
type RoomEdge { node: Room! cursor: String! }
type StayConnection { nodes: [Stay!]! totalCount: Int! pageInfo: PageInfo! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! endCursor: String }
input RoomFilter { notes: StringFilter }
input StringFilter { contains: String }
input StayFilter { nights: IntFilter }
input IntFilter { gte: Int }
enum StayOrder { NIGHTS_DESC }
"""


def own(_: Any, info: Any) -> Any:
    session = info.context["session"]
    stmt = select(Stay).order_by(Stay.id)
    found = session.scalars(stmt)
    if isinstance(session, Session):
        return found.all()

    async def awaited() -> Any:
        return (await found).all()

    return awaited()


@pytest.fixture
def ask(database: Any) -> Any:
    Part.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        seed_parts(session, 1)
        session.commit()
    types = [
        SQLAlchemyObjectType(
            "Room", Room, aliases={"ofNumber": "of_number", "pages": "of_number"}
        ),
        SQLAlchemyObjectType("Floor", Floor),
        SQLAlchemyObjectType("Stay", Stay),
    ]
    query = QueryType()
    query.set_field("own", own)
    schema = make_executable_schema(SDL, query, SQLAlchemyQueryType(types), *types)

    async def ask(document: str, number: int, **variables: Any) -> Any:
        session = database.session_factory()()
        try:
            options: Any = {
                "context_value": {"session": session},
                "extensions": [SQLAlchemyDataLoaderExtension],
            }
            data = {"query": document, "variables": variables}
            with count_statements(database.counted_engine) as sent:
                if database.is_async:
                    _, result = await graphql(schema, data, **options)
                else:
                    _, result = graphql_sync(schema, data, **options)
            assert "errors" not in result, result["errors"]
            sent.expect(number)
            return result["data"]
        finally:
            closing = session.close()
            if closing is not None:
                await closing

    return ask


@pytest.mark.parametrize("root", ["stays", "own"])
async def test_a_filter_leaves_the_rows_that_the_mapping_finds(
    ask: Any, root: str
) -> None:
    """What lazy loading finds by a NULL in the key, arguments find as well."""
    data = await ask(
        f"""{{ {root} {{
          every: room {{ notes }} some: room(filter: {{notes: {{contains: "n"}}}})
            {{ notes }}
          named: named_room(filter: {{notes: {{contains: "N"}}}}) {{ notes }}
          floor {{ name }} one: floor(name: "h100/None") {{ name }}
        }} }}""",
        6,
    )
    rows = data[root]
    assert [one["some"] for one in rows] == [one["every"] for one in rows]
    assert [one["every"] and one["every"]["notes"] for one in rows] == [
        "n1",
        "nNone",
        None,
        "n1",
    ]
    assert [one["one"] for one in rows] == [None, {"name": "h100/None"}, None, None]


async def test_owners_with_null_in_their_key_have_pages(ask: Any) -> None:
    data = await ask(
        """{ rooms { edges { node { notes
          some: ofNumber(limit: 1, orderBy: [NIGHTS_DESC]) { nights }
          every: ofNumber(orderBy: [NIGHTS_DESC]) { nights }
          stays(limit: 1) { nights }
          pages(first: 1) { nodes { nights } totalCount pageInfo { hasNextPage } }
        } } } }""",
        6,
    )
    rooms = {one["node"]["notes"]: one["node"] for one in data["rooms"]["edges"]}
    assert rooms.keys() == {"n1", "nNone", "n2"}
    for notes in ("n1", "nNone"):
        assert rooms[notes]["some"] == [{"nights": 3}]
        assert [one["nights"] for one in rooms[notes]["every"]] == [3, 1, 0]
        assert rooms[notes]["pages"] == {
            "nodes": [{"nights": 0}],
            "totalCount": 3,
            "pageInfo": {"hasNextPage": True},
        }
    assert rooms["n2"]["every"] == [{"nights": 2}]
    # A join finds no NULL, and neither does lazy loading of a collection.
    assert [rooms[notes]["stays"] for notes in ("n1", "nNone", "n2")] == [
        [{"nights": 0}],
        [],
        [],
    ]


async def test_rows_with_null_in_their_key_are_walked(ask: Any) -> None:
    document = """query ($after: String) { rooms(first: 1, after: $after) {
      edges { node { notes } } pageInfo { endCursor hasNextPage hasPreviousPage } } }"""
    found: list[str] = []
    after, more = None, True
    while more:
        data = await ask(document, 1 if after is None else 2, after=after)
        page = data["rooms"]
        found += [one["node"]["notes"] for one in page["edges"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert sorted(found) == ["n1", "n2", "nNone"]
