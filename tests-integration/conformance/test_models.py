"""Generated models have the naive answer on every path, in bounded statements."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from anyio import to_thread
from graphql import FieldNode, OperationDefinitionNode, parse, validate
from hypothesis import HealthCheck, Phase, assume, given, settings
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from sqla_loaders.testing import count_statements

from . import runner
from .bound import Bound
from .case import Case, Query
from .models.world import World, worlds

VARIABLES = {"yes": True, "no": False}
EXAMPLES = int(os.environ.get("SQLA_TEST_EXAMPLES", "40"))
"""Models for each mode; thousands for a long run, which draws others each time."""

ONLY = [name for name in os.environ.get("SQLA_TEST_SHAPES", "").split(",") if name]
"""The shapes to draw from; all of them by default."""

STATEMENTS_OF_CODE = 6
"""How many statements a field with code of its own may take, on each level."""

MODES = [("sqlite", "graphql_sync"), ("sqlite", "loop"), ("aiosqlite", "loop")]


@pytest.fixture
def quick(database: Any) -> Any:
    """A database that keeps its journal in memory."""

    @event.listens_for(database.engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = MEMORY")

    return database


@contextmanager
def made(world: World, database: Any, mode: str) -> Iterator[Case]:
    """The case of a world, while its classes and its tables exist."""
    try:
        case = world.case(in_loop=mode == "loop")
        case.metadata.create_all(database.engine)
        try:
            yield case
        finally:
            case.metadata.drop_all(database.engine)
    finally:
        world.dispose()


def alone(case: Case, database: Any, query: Query) -> int:
    """What the statements of the root fields take by themselves."""
    total = 0
    with Session(database.engine) as session:
        for root in roots(query):
            name = root.removeprefix("all").removeprefix("one")
            declared = next(one for one in case.types if one.name == name)
            rows = (
                case.roots[root].statement() if root in case.roots else declared.rows()
            )
            with count_statements(database.engine) as sent:
                session.scalars(rows).unique().all()
            session.expunge_all()
            total += len(sent) - 1
    return total


def rows_of(case: Case, root: str) -> Any:
    """The statement of a root field."""
    if root in case.roots:
        return case.roots[root].statement()
    name = root.removeprefix("all").removeprefix("one")
    return next(one for one in case.types if one.name == name).rows()


def roots(query: Query) -> list[str]:
    operation = parse(query.document).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    selections = operation.selection_set.selections
    return [node.name.value for node in selections if isinstance(node, FieldNode)]


async def check(world: World, database: Any, mode: str, ask: Any) -> None:
    """Ask every document of one and of three generations of rows, on every path."""
    with made(world, database, mode) as case:
        sent: dict[tuple[str, str], int] = {}
        for generations in ((0,), (1, 2)):
            with Session(database.engine) as session:
                for generation in generations:
                    case.seed(session, generation)
                session.commit()
            for document in world.documents:
                asked = Asked(world, case, document, database)
                for path, schema in runner.schemas(case).items():
                    query, more = asked.of(path)
                    sessions = runner.sessions(database, query, path)
                    answer = await ask(schema, query, sessions)
                    runner.compare(case, query, asked.naive, answer)
                    at_most = sent.get((document, path))
                    if at_most is not None:
                        at_most += more
                    runner.check_statements(query, path, asked.naive, answer, at_most)
                    sent[document, path] = len(answer.statements) - more


class Asked:
    """A document, its naive answer, and how many statements other ones may take."""

    def __init__(self, world: World, case: Case, document: str, database: Any) -> None:
        schema = runner.naive_schema(case)
        parsed = parse(document)
        assert not validate(schema, parsed)
        query = Query(document, 0, variables=VARIABLES)
        self.document = document
        self.naive = runner.answer_sync(schema, query, sessionmaker(database.engine))
        assume(not self.naive.errors)
        # What the application's own options load, or leave to be completed.
        self._own = sum(
            "options(" in world.sketch.roots.get(root[3:], "") for root in roots(query)
        )
        self._code = STATEMENTS_OF_CODE * world.asks_code(document)
        self._alone = alone(case, database, query)
        self._bounds = {
            path: int(Bound(case, schema, parsed, VARIABLES, path))
            for path in runner.schemas(case)
        }

    def of(self, path: str) -> tuple[Query, int]:
        """The query, and its statements that may grow with the rows."""
        more = self._alone if path == "fallback" else 0
        bound = self._bounds[path] + more + self._own + self._code
        return Query(self.document, bound, variables=VARIABLES), more


@pytest.mark.filterwarnings("ignore:Multiple rows returned with uselist=False")
@pytest.mark.parametrize(("database", "mode"), MODES, indirect=["database"])
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="SQLA_TEST_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(worlds(ONLY))
async def test_generated_model_has_the_naive_answer(
    quick: Any, mode: str, world: World
) -> None:
    async def ask(schema: Any, query: Query, sessions: Any) -> runner.Answer:
        if mode == "graphql_sync":
            return await to_thread.run_sync(runner.answer_sync, schema, query, sessions)
        return await runner.answer_async(schema, query, sessions, quick.counted_engine)

    await check(world, quick, mode, ask)
