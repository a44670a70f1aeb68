"""Every mapping, on both paths, in every mode, on every database and driver."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
from anyio import to_thread
from graphql import GraphQLSchema
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from . import runner, table
from .case import Case, Query, Reflected
from .cases import FAMILIES

Cell = tuple[Query, str, str, runner.Completion]
"""A query, the path and the mode, and who makes the response."""

SYNCHRONOUS = {"aiosqlite": "sqlite", "asyncpg": "psycopg", "aiomysql": "pymysql"}
"""The other driver that a case is asked with, on the tables and the rows of the first:
their naive answer is one."""

CLOSURES = {("sqlite", "graphql_sync"), ("aiosqlite", "AsyncSession")}
"""The drivers and modes that each query is asked on once more, completed by functions:
they know nothing of the database."""

JSON_DRIVERS = {"sqlite", "psycopg", "pymysql"}
"""One of each database, on which the statement is the JSON where it can be."""

FEW, THREE_TIMES, AT_ONCE = (1,), (2, 3), (1, 2)
"""Generations of rows. On SQLite each path is asked on a few, in one mode, and then on
three times as many in each: none may send more statements for them. The servers have
rows of two generations at once, as that is no matter of the database."""


class Proof:
    """A case on one database: what is expected, and what each cell gives."""

    def __init__(self, case: Case, database: Any, subtests: pytest.Subtests) -> None:
        self.case = case
        synchronous = SYNCHRONOUS[database.driver]
        self._databases = dict.fromkeys(
            runner.MODES, replace(database, driver=synchronous, async_engine=None)
        )
        self._databases["AsyncSession"] = database
        self._naive = runner.naive_schema(case)
        self._subtests = subtests
        self._expected: dict[str, runner.Answer] = {}
        self._sent: dict[tuple[str, ...], int] = {}
        """Query, path and completion → the statements that it took last."""
        # The sessions of the application, with its listeners.
        session_class = type("ApplicationSession", (Session,), {})
        if case.listen is not None:
            case.listen(session_class)
        self._session_class = session_class

    async def run(self, modes: Sequence[str]) -> None:
        """Ask the naive resolvers, then every path in these modes."""
        naive_sessions: sessionmaker[Session] = sessionmaker(
            self._databases["graphql_sync"].engine, class_=self._session_class
        )
        for query in self.case.queries:
            answer = runner.answer_sync(self._naive, query, naive_sessions)
            assert not answer.errors, answer.errors
            nothing = runner.nothing_given(answer.data)
            assert nothing == set(query.empty), f"{query.document} proves too little."
            if query.first is not None:
                assert runner.first_given(answer.data) == query.first
            self._expected[query.document] = answer
        for mode in modes:
            if mode == "graphql_sync":
                # A worker thread has no event loop, as a WSGI server has none.
                await to_thread.run_sync(self._run_sync, mode)
            else:
                await self._run_async(mode)

    def _run_sync(self, mode: str) -> None:
        for cell in self._cells(mode):
            query, _, _, completion = cell
            with self._reported(cell):
                schema, sessions = self._schema(cell), self._sessions(cell)
                answer = runner.answer_sync(
                    schema, query, sessions, completion=completion
                )
                self._check(cell, answer)

    async def _run_async(self, mode: str) -> None:
        engine = self._databases[mode].counted_engine
        for cell in self._cells(mode):
            query, _, _, completion = cell
            with self._reported(cell):
                schema, sessions = self._schema(cell), self._sessions(cell)
                answer = await runner.answer_async(
                    schema, query, sessions, engine, completion=completion
                )
                self._check(cell, answer)

    def _cells(self, mode: str) -> Iterator[Cell]:
        driver = self._databases[mode].driver
        is_json = driver in JSON_DRIVERS and mode == "graphql_sync"
        for query in self.case.queries:
            for path in query.paths:
                yield query, path, mode, "graphql-core"
                if (driver, mode) in CLOSURES:
                    yield query, path, mode, "closures"
                if path == "eager" and is_json:
                    yield query, path, mode, "json"

    def _schema(self, cell: Cell) -> GraphQLSchema:
        _, path, *_ = cell
        return runner.schema_of(self.case, path)

    def _sessions(self, cell: Cell) -> Any:
        query, path, mode, _ = cell
        database = self._databases[mode]
        return runner.sessions(database, query, path, self._session_class)

    @staticmethod
    def _key(cell: Cell) -> tuple[str, ...]:
        query, path, _, completion = cell
        return query.document, path, completion

    def _check(self, cell: Cell, answer: runner.Answer) -> None:
        query, path, _, completion = cell
        key = self._key(cell)
        expected = self._expected[query.document]
        runner.compare(self.case, query, expected, answer)
        before = self._sent.get(key)
        runner.check_statements(query, path, expected, answer, before)
        self._sent[key] = len(answer.statements)
        if completion == "json":
            is_json = runner.check_json(query, expected, answer)
            table.note_json(self.case.mapping, query.document, is_json=is_json)

    @contextmanager
    def _reported(self, cell: Cell) -> Iterator[None]:
        """Report a cell on its own, and put it into the table."""
        query, path, mode, completion = cell
        column = path if completion == "graphql-core" else completion
        where = (self.case.mapping, column, self._databases[mode].driver)
        number = self.case.queries.index(query) + 1
        name = f"{self.case.mapping}, query {number}, {path}, {mode}"
        if completion != "graphql-core":
            name += f", {completion}"
        with self._subtests.test(f"{name}: {query.fault}" if query.fault else name):
            try:
                yield
            except BaseException:
                table.failed(*where, mode)
                raise
            table.passed(*where, self._sent[self._key(cell)])


def by_tables(
    family: Sequence[Case | Reflected], engine: Engine
) -> Iterator[Sequence[Case]]:
    """The cases that share tables and rows, while their tables exist."""
    built = (
        case.build(engine) if isinstance(case, Reflected) else case for case in family
    )
    for metadata, cases in groupby(built, lambda case: case.metadata):
        metadata.create_all(engine)
        yield list(cases)
        metadata.drop_all(engine)


@pytest.mark.parametrize("database", SYNCHRONOUS, indirect=True)
@pytest.mark.parametrize("family", FAMILIES)
async def test_mapping_gives_the_naive_answer(
    family: str, database: Any, subtests: pytest.Subtests
) -> None:
    for cases in by_tables(FAMILIES[family], database.engine):
        proofs = [Proof(case, database, subtests) for case in cases]
        steps: list[tuple[Sequence[int], Sequence[str]]] = [(AT_ONCE, runner.MODES)]
        if database.driver == "aiosqlite":
            steps = [(FEW, runner.MODES[:1]), (THREE_TIMES, runner.MODES)]
        for generations, modes in steps:
            with Session(database.engine) as session:
                for generation in generations:
                    cases[0].seed(session, generation)
                session.commit()
            for proof in proofs:
                await proof.run(modes)
