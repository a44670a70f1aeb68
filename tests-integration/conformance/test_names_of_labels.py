"""Columns that have the names of what statements of ours select beside them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from ariadne import graphql_sync, make_executable_schema
from sqlalchemy import Column, Engine, ForeignKey, Integer, String, Table, insert
from sqlalchemy.orm import Session, registry, relationship

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)
from sqla_selection.testing import count_statements

LABELS = (
    *("sort_value_0", "sort_value_1", "k", "k0", "p0", "place", "row", "owner_keys"),
    *("_json", "_array", "_place", "_0", "_1", "_owner_0", "_cursor_0", "id_1"),
)
mapped = registry()


def table(name: str, *columns: Column[Any]) -> Table:
    named = [Column(label, String(40)) for label in LABELS]
    key = Column("id", Integer, primary_key=True)
    return Table(name, mapped.metadata, key, *columns, *named)


class Owner:
    pass


class Item:
    pass


owners = table("owners")
items = table("items", Column("owner_id", ForeignKey("owners.id")))
between = Table(
    "between",
    mapped.metadata,
    Column("owner_id", ForeignKey("owners.id"), primary_key=True),
    Column("item_id", ForeignKey("items.id"), primary_key=True),
)
mapped.map_imperatively(
    Owner,
    owners,
    properties={
        "items": relationship(Item, order_by=items.c.id, back_populates="owner"),
        "shared": relationship(Item, secondary=between, order_by=items.c.id),
    },
)
mapped.map_imperatively(
    Item, items, properties={"owner": relationship(Owner, back_populates="items")}
)

COLUMNS = " ".join(LABELS)
SDL = f"""
    type Query {{ owners: [Owner!]! owner(id: ID!): Owner items: [Item!]! }}
    type Owner {{
        id: ID! {" ".join(f"{label}: String" for label in LABELS)}
        items(orderBy: [ItemOrder!], limit: Int): [Item!]!
        shared(orderBy: [ItemOrder!], limit: Int): [Item!]!
        page(orderBy: [ItemOrder!], first: Int): ItemConnection!
    }}
    type Item {{
        id: ID! {" ".join(f"{label}: String" for label in LABELS)} owner: Owner
    }}
    enum ItemOrder {{ PLACE_DESC OWNER_PLACE_DESC ID_DESC }}
    type ItemConnection {{ edges: [ItemEdge!]! totalCount: Int! }}
    type ItemEdge {{ cursor: String! node: Item! }}
"""


FIELDS = [
    ("items", ["2468", "13579", ""], 2),
    ("items(orderBy: [PLACE_DESC], limit: 2)", ["86", "97", ""], 2),
    ("items(orderBy: [OWNER_PLACE_DESC, ID_DESC], limit: 2)", ["86", "97", ""], 2),
    ("shared", ["369", "147", "258"], 2),
    ("shared(orderBy: [PLACE_DESC], limit: 2)", ["96", "74", "85"], 2),
    ("page(orderBy: [PLACE_DESC], first: 1)", ["8", "9", ""], 3),
]
"""The field, the keys that it gives each owner, and the statements of the query."""


@pytest.fixture
def seeded(database: Any) -> Iterator[Any]:
    mapped.metadata.create_all(database.engine)

    def rows(kind: str, count: int) -> list[dict[str, Any]]:
        return [
            {"id": n, **{label: f"{kind} {n} {label}" for label in LABELS}}
            for n in range(1, count + 1)
        ]

    with Session(database.engine) as session:
        session.execute(insert(owners), rows("owner", 3))
        of_owners = [row | {"owner_id": 1 + row["id"] % 2} for row in rows("item", 9)]
        session.execute(insert(items), of_owners)
        pairs = [{"owner_id": 1 + n % 3, "item_id": n} for n in range(1, 10)]
        session.execute(insert(between), pairs)
        session.commit()
    yield database
    mapped.metadata.drop_all(database.engine)


@pytest.fixture
def schema() -> Any:
    types = [
        SQLAlchemyObjectType("Owner", Owner, aliases={"page": "items"}),
        SQLAlchemyObjectType("Item", Item),
    ]
    return make_executable_schema(SDL, SQLAlchemyQueryType(types), *types)


def check_columns(kind: str, row: dict[str, Any]) -> None:
    for label in LABELS:
        assert row[label] == f"{kind} {row['id']} {label}"


@pytest.mark.parametrize("database", ["sqlite", "psycopg", "pymysql"], indirect=True)
def test_a_column_is_not_taken_for_the_label_of_its_name(
    seeded: Any, schema: Any, subtests: pytest.Subtests
) -> None:
    contexts = (None, SQLAlchemyExecutionContext)
    for field, root, context_class in product(FIELDS, ("owners", "owner"), contexts):
        with subtests.test(field[0], root=root, context_class=context_class):
            check(seeded.engine, schema, context_class, root, *field)


def check(
    engine: Engine,
    schema: Any,
    context_class: Any,
    root: str,
    field: str,
    ids: list[str],
    count: int,
) -> None:
    item = f"id {COLUMNS} owner {{ id {COLUMNS} }}"
    below = f"totalCount edges {{ node {{ {item} }} }}" if "page" in field else item
    asked = root if root == "owners" else "owner(id: 1)"
    query = f"{{ found: {asked} {{ id {COLUMNS} below: {field} {{ {below} }} }} }}"
    with Session(engine) as session, count_statements(engine) as sent:
        _, response = graphql_sync(
            schema,
            {"query": query},
            context_value={"session": session},
            extensions=[SQLAlchemyDataLoaderExtension],
            execution_context_class=context_class,
        )

    assert "errors" not in response, response["errors"]
    found = response["data"]["found"]
    rows = found if root == "owners" else [found]
    expected = ids if root == "owners" else ids[:1]
    for row, its in zip(sorted(rows, key=lambda row: row["id"]), expected, strict=True):
        check_columns("owner", row)
        targets = row["below"]
        if "page" in field:
            targets = [edge["node"] for edge in targets["edges"]]
        assert "".join(one["id"] for one in targets) == its
        for one in targets:
            check_columns("item", one)
            check_columns("owner", one["owner"])
    assert len(sent) <= count
