"""Asks a schema on each path: how the session is, and what it has loaded before."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from ariadne import graphql, graphql_sync
from sqlalchemy import create_engine, event, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session, selectinload

from ariadne_sqla import DocumentCache, SQLAlchemyExecutionContext, use_route
from sqla_loaders import LoaderRegistry

from .world import Viewer, World

__all__ = ["Ask", "Databases"]

_unheard = logging.getLogger("policies.unheard")
_unheard.disabled = True  # what is logged is kept until the test ends: see `put`


@dataclass(frozen=True)
class Ask:
    """One path of an answer."""

    way: str
    """`graphql_sync`, `graphql` or `AsyncSession`."""
    route: Any
    is_preloaded: bool
    is_closed: bool
    """Whether the answer is completed by functions, see `closures`."""
    is_kept: bool = False
    """Whether the document is parsed once for all databases, see `DocumentCache`."""

    @classmethod
    def of(cls, random: Random) -> Ask:
        """Choose a path."""
        way = random.choice(["graphql_sync", "graphql_sync", "graphql", "AsyncSession"])
        route = random.choice(["eager", "eager", "fallback", "lazy"])
        chances = [random.random() for _ in range(3)]
        return cls(way, route, chances[0] < 0.5, chances[1] < 0.3, chances[2] < 0.5)


class Databases:
    """A SQLite database for each variant of the rows of a world."""

    def __init__(self, directory: Path, world: World) -> None:
        self.world = world
        self._directory = directory
        self._known: dict[str, tuple[Any, Any]] = {}
        self._documents = DocumentCache()
        self._valid: set[str] = set()

    def engines(self, variant: str) -> tuple[Any, Any]:
        """Return the engine, and the one of asynchronous sessions."""
        if variant not in self._known:
            path = self._directory / f"{variant}.db"
            engine = create_engine(f"sqlite:///{path}")
            asynchronous = create_async_engine(
                f"sqlite+aiosqlite:///{path}", pool_timeout=300
            )
            for one in (engine, asynchronous.sync_engine):

                @event.listens_for(one, "connect")
                def do_not_wait(connection: Any, _: Any) -> None:
                    cursor = connection.cursor()
                    cursor.execute("PRAGMA synchronous = OFF")
                    cursor.execute("PRAGMA journal_mode = MEMORY")
                    cursor.close()

            self.world.base.metadata.drop_all(engine)  # those of another world
            self.world.base.metadata.create_all(engine)
            self._known[variant] = engine, asynchronous
        return self._known[variant]

    def put(self, variant: str, rows: Any) -> None:
        """Replace the rows of a database.

        graphql-core 3.3 cancels the siblings of a field that fails. SQLAlchemy gives up
        the connection of a statement that is cancelled, but SQLite keeps its lock until
        the cursor is gone, which the traceback of the error holds.
        """
        gc.collect()
        engine, _ = self.engines(variant)
        tables = self.world.base.metadata.tables
        with engine.begin() as connection:
            for table in tables.values():
                connection.execute(table.delete())
            for name, of_table in rows.items():
                table = tables[name]
                given = [
                    {key: one[key] for key in one if key in table.c} for one in of_table
                ]
                if given:
                    connection.execute(table.insert(), given)
            books = [one for one in rows["item"] if one["kind"] == "book"]
            if "book" in tables and books:
                table = tables["book"]
                given = [{"id": one["id"], "pages": one["pages"]} for one in books]
                connection.execute(table.insert(), given)

    async def dispose(self) -> None:
        """Close all connections."""
        for engine, asynchronous in self._known.values():
            engine.dispose()
            await asynchronous.dispose()

    async def answer(
        self, variant: str, document: str, viewer: Viewer, ask: Ask
    ) -> str:
        """Return the answer as text, errors and all."""
        engine, asynchronous = self.engines(variant)
        if ask.way == "AsyncSession":
            async with AsyncSession(asynchronous) as session:
                kept = []
                if ask.is_preloaded:
                    kept = [
                        (await session.scalars(stmt)).unique().all()
                        for stmt in self._everything
                    ]
                answer = await self._executed(document, viewer, ask, session)
                del kept
                return answer
        with Session(engine) as session:
            kept = []
            if ask.is_preloaded:
                kept = [
                    session.scalars(stmt).unique().all() for stmt in self._everything
                ]
            answer = await self._executed(document, viewer, ask, session)
            del kept
            return answer

    @cached_property
    def _everything(self) -> list[Any]:
        """Statements for all rows with all relationships, as an admin's request."""
        return [
            select(model).options(
                *(
                    selectinload(getattr(model, key))
                    for key in model.__mapper__.relationships.keys()  # noqa: SIM118
                )
            )
            for model in self.world.models.values()
        ]

    async def _executed(
        self, document: str, viewer: Viewer, ask: Ask, session: Any
    ) -> str:
        context = {
            "session": session,
            "loader_registry": LoaderRegistry(session),
            "viewer": viewer,
        }
        data = {"query": document}
        options: dict[str, Any] = {"context_value": context, "logger": _unheard}
        if ask.is_closed:
            options["execution_context_class"] = SQLAlchemyExecutionContext
        if ask.is_kept:
            options["query_parser"] = self._documents.parse
            options["query_validator"] = self._documents.validate
        elif document in self._valid:
            options["query_validator"] = _find_no_errors
        schema = self.world.schema
        with use_route(ask.route):
            if ask.way == "graphql_sync":
                is_valid, result = graphql_sync(schema, data, **options)
            else:
                before = asyncio.all_tasks()
                is_valid, result = await graphql(schema, data, **options)
                # An error of one field ends an answer before the others are done.
                # They go on, and begin more: on SQLite a statement of theirs that is
                # not read to its end would lock whoever writes the next rows.
                while "errors" in result and (others := asyncio.all_tasks() - before):
                    await asyncio.wait(others)
        if is_valid:
            self._valid.add(document)
        return json.dumps(result)


def _find_no_errors(*_: Any, **__: Any) -> list[Any]:
    """Validate a document of which it is known that it is valid."""
    return []
