"""The same on PostgreSQL: what is hidden is without influence on generated queries.

In one world, as a database of the server is one test's. Rows without an order come in
any, so that lists are compared as sets; their order is looked at on SQLite.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from ariadne import graphql, graphql_sync
from sqlalchemy import text

from ariadne_sqla import SQLAlchemyExecutionContext
from sqla_loaders import LoaderRegistry

from . import generated
from .world import TABLES, Features, Viewer, World, world_of

pytestmark = pytest.mark.filterwarnings("ignore::ariadne_sqla.HiddenNonNullWarning")

FEATURES = Features(author="level", item="owner", book="level", fields="level")
SEEDS = range(3)
DOCUMENTS = 10


@pytest.mark.parametrize("database", ["psycopg", "asyncpg"], indirect=True)
async def test_what_is_hidden_is_without_influence(database: Any) -> None:
    world = world_of(FEATURES)
    world.base.metadata.create_all(database.engine)
    shown = 0
    for seed in SEEDS:
        random = Random(seed)  # noqa: S311
        viewer, rows = generated.viewer(random), generated.rows(random)
        hidden = generated.hidden(world, rows, viewer)
        others = [
            generated.scrambled(random, rows, hidden),
            generated.absent(rows, hidden),
        ]
        documents = [
            generated.document(random, world.schema, []) for _ in range(DOCUMENTS)
        ]
        expected = await answers(database, world, rows, documents, viewer)
        shown += sum('"errors"' not in one for one in expected)
        for one in others:
            other = generated.with_other_fields(random, world, one, viewer)
            found = await answers(database, world, other, documents, viewer)
            about = f"{viewer}\n{rows}\n{hidden}"
            for document, before, after in zip(documents, expected, found, strict=True):
                assert before == after, f"seed {seed}: {document}\n{about}"
    assert shown > len(SEEDS) * DOCUMENTS // 4, "Errors prove little."


async def answers(
    database: Any, world: World, rows: Any, documents: list[str], viewer: Viewer
) -> list[str]:
    """Return the answers to *documents* when the database has those rows."""
    put(database, world, rows)
    return [
        await answer(database, world, document, viewer, is_closed=bool(number % 2))
        for number, document in enumerate(documents)
    ]


async def answer(
    database: Any, world: World, document: str, viewer: Viewer, *, is_closed: bool
) -> str:
    session = database.session_factory()()
    context = {
        "session": session,
        "loader_registry": LoaderRegistry(session),
        "viewer": viewer,
    }
    options: dict[str, Any] = {"context_value": context}
    if is_closed:
        options["execution_context_class"] = SQLAlchemyExecutionContext
    data = {"query": document}
    if database.is_async:
        _, result = await graphql(world.schema, data, **options)
        await session.close()
    else:
        _, result = graphql_sync(world.schema, data, **options)
        session.close()
    return json.dumps(in_any_order(result))


def in_any_order(value: Any) -> Any:
    """Return *value* with its lists sorted."""
    if isinstance(value, list):
        return sorted(map(in_any_order, value), key=json.dumps)
    if isinstance(value, dict):
        return {key: in_any_order(one) for key, one in value.items()}
    return value


def put(database: Any, world: World, rows: Any) -> None:
    """Replace the rows; what is absent may be referred to."""
    tables = world.base.metadata.tables
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"TRUNCATE {', '.join(tables)}"))
        books = [
            {"id": one["id"], "pages": one["pages"]}
            for one in rows["item"]
            if one["kind"] == "book"
        ]
        for name, of_table in {**rows, "book": books}.items():
            given = [
                {key: one[key] for key in one if key in tables[name].c}
                for one in of_table
            ]
            if given:
                connection.execute(tables[name].insert(), given)
    assert set(rows) == {*TABLES, "item_tag"}
