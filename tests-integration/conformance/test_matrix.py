"""Every mapping, on both paths, in every mode, on every database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from anyio import to_thread
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, sessionmaker

from . import runner, table
from .case import Case, Query, Reflected
from .cases import CASES

Cell = tuple[Query, str, str]
"""A query, the path and the mode."""

THREE_TIMES = (2, 3)
"""The generations that triple the rows."""


class Proof:
    """A case on one database: what is expected, and what each cell gives."""

    def __init__(
        self, case: Case, database: Any, subtests: pytest.Subtests
    ) -> None:
        self.case = case
        self.database = database
        self.engine: Engine = database.engine
        self.schemas = runner.schemas(case)
        self._naive = runner.naive_schema(case)
        self._subtests = subtests
        self._expected: dict[str, runner.Answer] = {}
        self._sent: dict[tuple[str, str, str], int] = {}

    def sessions(self) -> Callable[[], Any]:
        """The session factory of the application, with its listeners."""
        options: dict[str, Any] = {}
        sync_class = type("ApplicationSession", (Session,), {})
        if self.case.listen is not None:
            self.case.listen(sync_class)
        if self.database.is_async:
            options["class_"] = type(
                "ApplicationAsyncSession",
                (AsyncSession,),
                {"sync_session_class": sync_class},
            )
        else:
            options["class_"] = sync_class
        factory: Callable[[], Any] = self.database.session_factory(**options)
        return factory

    def fill(self, *generations: int) -> None:
        with Session(self.engine) as session:
            for generation in generations:
                self.case.seed(session, generation)
            session.commit()

    def expect(self) -> None:
        """Ask the naive resolvers."""
        sync_class = type("ApplicationSession", (Session,), {})
        if self.case.listen is not None:
            self.case.listen(sync_class)
        sessions = sessionmaker(self.engine, class_=sync_class)
        for query in self.case.queries:
            answer = runner.answer_sync(self._naive, query, sessions)
            assert not answer.errors, answer.errors
            nothing = runner.nothing_given(answer.data)
            assert nothing == set(query.empty), f"{query.document} proves too little."
            self._expected[query.document] = answer

    def cells(self, mode: str) -> Iterator[Cell]:
        for query in self.case.queries:
            for path in query.paths:
                yield query, path, mode

    def check(self, cell: Cell, answer: runner.Answer) -> None:
        query, path, mode = cell
        key = (query.document, path, mode)
        expected = self._expected[query.document]
        runner.compare(self.case, query, expected, answer)
        before = self._sent.get(key)
        runner.check_statements(query, path, expected, answer, before)
        self._sent[key] = len(answer.statements)

    @contextmanager
    def cell(self, cell: Cell) -> Iterator[None]:
        """Report a cell on its own, and put it into the table."""
        query, path, mode = cell
        where = (self.case.mapping, path)
        label = f"{path}, {mode}, query {self.case.queries.index(query) + 1}"
        with self._subtests.test(label):
            try:
                yield
            except BaseException:
                table.failed(*where, f"{self.database.driver} {mode}")
                raise
            table.passed(*where, self._sent[query.document, path, mode])

    def run_sync(self, sessions: Callable[[], Any]) -> None:
        for cell in self.cells("graphql_sync"):
            query, path, _ = cell
            with self.cell(cell):
                schema = self.schemas[path]
                self.check(cell, runner.answer_sync(schema, query, sessions))

    async def run_async(self, sessions: Callable[[], Any], mode: str) -> None:
        engine = self.database.counted_engine
        for cell in self.cells(mode):
            query, path, _ = cell
            with self.cell(cell):
                schema = self.schemas[path]
                answer = await runner.answer_async(schema, query, sessions, engine)
                self.check(cell, answer)


@pytest.mark.parametrize("case", CASES, ids=[case.mapping for case in CASES])
async def test_mapping_gives_the_naive_answer(
    case: Case | Reflected, database: Any, subtests: pytest.Subtests
) -> None:
    if isinstance(case, Reflected):
        case = case.build(database.engine)
    case.metadata.create_all(database.engine)
    proof = Proof(case, database, subtests)
    sessions = proof.sessions()
    for generations in ((1,), THREE_TIMES):
        proof.fill(*generations)
        proof.expect()
        if database.is_async:
            await proof.run_async(sessions, "AsyncSession")
        else:
            # A worker thread has no event loop, as a WSGI server has none.
            await to_thread.run_sync(proof.run_sync, sessions)
            await proof.run_async(sessions, "Session in a loop")
