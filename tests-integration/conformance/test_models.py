"""Generated models have the naive answer on every path, in bounded statements."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
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
"""How many models; thousands for a long run, which draws others each time."""

ONLY = [name for name in os.environ.get("SQLA_TEST_SHAPES", "").split(",") if name]
"""The shapes to draw from; all of them by default."""

STATEMENTS_OF_CODE = 6
"""How many statements a field with code of its own may take, on each level."""


@pytest.fixture
def quick(database: Any) -> Any:
    """A database that keeps its journal in memory."""

    @event.listens_for(database.engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = MEMORY")

    return database


@contextmanager
def made(world: World, database: Any) -> Iterator[None]:
    """Let the classes and the tables of a world exist."""
    try:
        world.build()
        world.metadata.create_all(database.engine)
        try:
            yield
        finally:
            world.metadata.drop_all(database.engine)
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


class Mode:
    """A way to ask, with schemas of its own: what they keep is known to no other."""

    def __init__(self, name: str, world: World, database: Any) -> None:
        self.name = name
        self.case = world.case(in_loop=name != "graphql_sync")
        self.database = database
        self._sent: dict[tuple[str, str], int] = {}

    async def check(self, asked: Asked) -> None:
        """Ask on every path, and hold it against the naive answer."""
        for path, schema in runner.schemas(self.case).items():
            query, more = asked.of(path)
            answer = await runner.answer_in(
                self.name, self.database, schema, query, path
            )
            runner.compare(self.case, query, asked.naive, answer)
            at_most = self._sent.get((asked.document, path))
            if at_most is not None:
                at_most += more
            runner.check_statements(query, path, asked.naive, answer, at_most)
            self._sent[asked.document, path] = len(answer.statements) - more


@pytest.mark.filterwarnings("ignore:Multiple rows returned with uselist=False")
@pytest.mark.parametrize("database", ["aiosqlite"], indirect=True)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="SQLA_TEST_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(worlds(ONLY))
async def test_generated_model_has_the_naive_answer(quick: Any, world: World) -> None:
    with made(world, quick):
        modes = [Mode(name, world, quick) for name in runner.MODES]
        case = world.case(in_loop=False)
        for generations in ((0,), (1, 2)):
            with Session(quick.engine) as session:
                for generation in generations:
                    case.seed(session, generation)
                session.commit()
            for document in world.documents:
                asked = Asked(world, case, document, quick)
                for mode in modes:
                    await mode.check(asked)
