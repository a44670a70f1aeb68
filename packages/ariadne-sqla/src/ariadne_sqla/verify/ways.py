"""Asking one query: as lazy loading answers it, and as the library does."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import warnings
from contextlib import suppress
from typing import Any, NamedTuple

import ariadne
from graphql import GraphQLError, graphql_sync
from sqlalchemy import Engine, event
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import ORMExecuteState, Session

from sqla_loaders.extension import SQLAlchemyDataLoaderExtension
from sqla_selection.testing import Statement, count_statements

from ..execution_context import SQLAlchemyExecutionContext
from ..routes import Route, use_route
from .database import attach
from .naive import naive_context, naive_middleware
from .subject import AskedRoot, Subject
from .tables import tables_of

__all__ = ["Answer", "Asker", "Mode"]

Mode = str
"""`"graphql_sync"`, `"graphql"` (in an event loop), or `"AsyncSession"`; `"json"` and
`"closures"` are `"graphql_sync"` with `SQLAlchemyExecutionContext`: as the database's
JSON where that can be had, and by functions alone."""
_TIMEOUT = 30.0  # seconds
_SEVERAL = "Multiple rows returned with uselist=False"
_VARIABLES = {"yes": True, "no": False}
_quiet = logging.getLogger("ariadne_sqla.verify.quiet")
_quiet.propagate = False
_quiet.addHandler(logging.NullHandler())


class Answer(NamedTuple):
    """What came of one query."""

    rows: Any
    """Of the root field, as JSON has it."""
    error: str | None
    statements: tuple[Statement, ...]
    is_ambiguous: bool = False
    """Whether a relationship to one row found several: then any of them is right."""
    of_code: int = 0
    """Statements of lazy loading's answer that code ran, and not SQLAlchemy for it."""

    @property
    def fetched(self) -> int:
        """Rows that all statements fetched."""
        return sum(one.rows or 0 for one in self.statements)


class Asker:
    """Asks queries of a subject in a database.

    Args:
        subject: What is asked.
        engine: The database.
        is_own: Whether it is the tool's own: then it has an asynchronous engine, too.
    """

    def __init__(self, subject: Subject, engine: Engine, *, is_own: bool) -> None:
        self.subject = subject
        self.engine = engine
        self._middleware = naive_middleware(subject)
        self._loop = asyncio.new_event_loop()
        self._async_engine: Any = None
        if is_own:
            with suppress(ImportError):
                self._async_engine = self._made_async()

    @property
    def modes(self) -> tuple[Mode, ...]:
        """How queries can be executed."""
        own = ("graphql_sync", "json", "closures", "graphql")
        return own if self._async_engine is None else (*own, "AsyncSession")

    def _made_async(self) -> Any:
        import aiosqlite  # noqa: F401 - to tell that it is missing
        from sqlalchemy.ext.asyncio import create_async_engine

        url = self.engine.url.set(drivername="sqlite+aiosqlite")
        made = create_async_engine(url)
        attach(made.sync_engine, tables_of(self.subject.mappers))
        return made

    def close(self) -> None:
        """Give back what was opened."""
        if self._async_engine is not None:
            self._loop.run_until_complete(self._async_engine.dispose())
        self._loop.close()

    def naive(self, document: str) -> Answer:
        """Return the answer of lazy loading."""
        of_code: list[None] = []

        def executed(state: ORMExecuteState) -> None:
            if not (state.is_relationship_load or state.is_column_load):
                of_code.append(None)

        with (
            warnings.catch_warnings(record=True) as caught,
            count_statements(self.engine) as statements,
            Session(self.engine) as session,
        ):
            warnings.simplefilter("always", SAWarning)
            event.listen(session, "do_orm_execute", executed)
            result = graphql_sync(
                self.subject.schema,
                document,
                context_value=naive_context(self.subject, session),
                variable_values=_variables(document),
                middleware=[self._middleware],
            )
        several = any(_SEVERAL in str(one.message) for one in caught)
        error = None if not result.errors else result.errors[0].message
        rows = None if error or result.data is None else _as_json(result.data["rows"])
        return Answer(rows, error, tuple(statements), several, len(of_code))

    def ask(self, document: str, root: AskedRoot, mode: Mode) -> Answer:
        """Return the answer of the library, on the path of *root*."""
        route: Route = "objects" if mode == "closures" else "eager"
        if root.path == "fallback":
            route = "fallback"
        data = {"query": document, "variables": _variables(document)}
        engine = self.engine if mode != "AsyncSession" else self._async_engine
        with (
            warnings.catch_warnings(),
            use_route(route),
            count_statements(engine) as statements,
        ):
            warnings.simplefilter("ignore")
            try:
                result = self._answer(data, mode)
            except Exception as raised:  # what no answer tells
                message = f"{type(raised).__name__}: {raised}"
                result = {"errors": [{"message": message}]}
            if mode == "AsyncSession":
                # A lazy load that it forbids leaves a coroutine, and Python warns of
                # that when it goes: let it go while nobody listens.
                gc.collect(1)
        sent = tuple(statements)
        if result.get("errors"):
            return Answer(None, result["errors"][0]["message"], sent)
        return Answer(_as_json(result["data"]["rows"]), None, sent)

    def _answer(self, data: Any, mode: Mode) -> Any:
        options: dict[str, Any] = {
            "extensions": [SQLAlchemyDataLoaderExtension],
            "logger": _quiet,
            "query_validator": _taken_for_valid,
        }
        schema, context_of = self.subject.schema, self.subject.context_of
        if mode == "AsyncSession":
            return self._run(self._in_async_session(data, options))
        with Session(self.engine) as session:
            options["context_value"] = context_of(session)
            if mode == "graphql":
                return self._run(ariadne.graphql(schema, data, **options))[1]
            if mode != "graphql_sync":
                options["execution_context_class"] = SQLAlchemyExecutionContext
            return ariadne.graphql_sync(schema, data, **options)[1]

    async def _in_async_session(self, data: Any, options: dict[str, Any]) -> Any:
        from sqlalchemy.ext.asyncio import AsyncSession

        async with AsyncSession(self._async_engine) as session:
            context = self.subject.context_of(session)
            _, answer = await ariadne.graphql(
                self.subject.schema, data, context_value=context, **options
            )
            return answer

    def _run(self, coroutine: Any) -> Any:
        return self._loop.run_until_complete(asyncio.wait_for(coroutine, _TIMEOUT))


def _taken_for_valid(*_: Any, **__: Any) -> list[GraphQLError]:
    """Find nothing: lazy loading has answered the same query."""
    return []


def _variables(document: str) -> dict[str, bool]:
    head = document.partition("{")[0]
    return {name: value for name, value in _VARIABLES.items() if f"${name}:" in head}


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))
