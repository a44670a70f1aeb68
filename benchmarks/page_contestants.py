"""Who is measured with a page of each owner: statements alone, and whole requests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import import_module
from time import perf_counter
from typing import Any

from ariadne import QueryType, make_executable_schema
from graphql import GraphQLSchema
from sqlalchemy import Engine, bindparam, select, text

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)
from sqla_loaders.testing import count_statements

from .ariadne_contestant import AriadneContestant
from .contestant import Answer, Contestant, Skipped, to_json
from .databases import Database
from .pages import (
    BY_HAND,
    FIRST,
    OWNERS,
    PAGE,
    ROW_NUMBER,
    STATEMENT_BY_HAND,
    STATEMENT_OF_OURS,
    STATEMENT_ROW_NUMBER,
    TYPE_DEFS,
    Book,
    Shelf,
)
from .workloads import Workload

OURS = "ariadne-sqla"
REQUEST_BY_HAND = "Ariadne, resolvers by hand"


TIMES = 3
"""How often a statement alone runs for one time, which is the best of them."""


class Statement(Contestant):
    """One statement for the pages of all owners, timed from sending to its last row."""

    workloads = frozenset({"page"})
    sql: Any
    parameters: Any

    async def answer(self, workload: Workload) -> Answer:
        assert isinstance(self.database.engine, Engine)
        with self.database.engine.connect() as connection:
            # The driver alone: nothing is compiled, no row becomes an object.
            cursor = connection.connection.cursor()
            seconds = float("inf")
            for _ in range(TIMES):
                began = perf_counter()
                cursor.execute(self.sql, self.parameters)
                rows = cursor.fetchall()
                seconds = min(seconds, perf_counter() - began)
            cursor.close()
        return Answer(to_json({"data": _answer(rows)}), seconds)

    async def prepare(self, sql: str) -> None:
        """Take over the text that SQLAlchemy sends for *sql*."""
        keys = list(range(1, OWNERS + 1))
        stmt = text(sql)
        if "IN :keys" in sql:
            stmt = stmt.bindparams(bindparam("keys", expanding=True))
        engine = self.database.engine
        assert isinstance(engine, Engine)
        with engine.connect() as connection, count_statements(engine) as sent:
            connection.execute(stmt, {"keys": keys})
        self.sql, self.parameters = sent[-1].sql, sent[-1].parameters


class ByHand(Statement):
    name = STATEMENT_BY_HAND

    async def start(self) -> None:
        await self.prepare(BY_HAND[self.database.kind])


class RowNumber(Statement):
    name = STATEMENT_ROW_NUMBER

    async def start(self) -> None:
        await self.prepare(ROW_NUMBER)


class OfAriadneSqla(Statement):
    """The statement that a request sends."""

    name = STATEMENT_OF_OURS

    async def start(self) -> None:
        request = AriadneSqla(self.database)
        await request.start()
        with count_statements(self.database.engine) as sent:
            await request.answer(PAGE)
        self.sql, self.parameters = sent[-1].sql, sent[-1].parameters


def _answer(rows: Iterable[Any]) -> Any:
    found: dict[int, list[Any]] = {key: [] for key in range(1, OWNERS + 1)}
    for book, title, position, shelf in rows:
        found[shelf].append({"id": str(book), "title": title, "position": position})
    return {
        "shelves": [
            # A page may have one row more, which tells whether there is a next one.
            {"id": str(key), "name": f"Shelf {key}", "books": books[:FIRST]}
            for key, books in found.items()
        ]
    }


class AriadneSqla(AriadneContestant):
    name = OURS
    workloads = frozenset({"page"})
    extensions = (SQLAlchemyDataLoaderExtension,)

    def make_schema(self) -> GraphQLSchema:
        types = [
            SQLAlchemyObjectType("Shelf", Shelf),
            SQLAlchemyObjectType("Book", Book),
        ]
        return make_executable_schema(TYPE_DEFS, SQLAlchemyQueryType(types), *types)


class AriadneByHand(AriadneContestant):
    """A resolver that runs the statement by hand, and gives its rows as dicts."""

    name = REQUEST_BY_HAND
    workloads = frozenset({"page"})

    def make_schema(self) -> GraphQLSchema:
        query = QueryType()
        stmt = text(BY_HAND[self.database.kind])
        if self.database.kind == "sqlite":
            stmt = stmt.bindparams(bindparam("keys", expanding=True))

        @query.field("shelves")
        def resolve(_: Any, info: Any) -> Any:
            session = info.context["session"]
            shelves = [
                {"id": key, "name": name, "books": []}
                for key, name in session.execute(select(Shelf.id, Shelf.name))
            ]
            by_key = {shelf["id"]: shelf["books"] for shelf in shelves}
            for book, title, position, shelf in session.execute(
                stmt, {"keys": [*by_key]}
            ):
                by_key[shelf].append({"id": book, "title": title, "position": position})
            return shelves

        return make_executable_schema(TYPE_DEFS, query)


def find_page_contestants() -> tuple[list[type[Contestant]], list[Skipped]]:
    """Return those that are installed, and why the others are not measured."""
    found = [ByHand, OfAriadneSqla, RowNumber, AriadneByHand, AriadneSqla]
    skipped = []
    for module in ("strawchemy", "strawberry_django", "postgraphile"):
        try:
            peer = import_module(f"{__package__}.page_peers.{module}")
        except ImportError as error:
            skipped.append(Skipped(module, f"page: {error}"))
        else:
            found += peer.CONTESTANTS
    return found, skipped


async def pages_expected(database: Database) -> Any:
    """Ask the statement by hand."""
    reference = ByHand(database)
    await reference.start()
    return json.loads((await reference.answer(PAGE)).text)["data"]
