"""Generated queries over generated rows have the naive answer on every path."""

import os
from itertools import product
from typing import Any

import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from . import runner
from .bound import Bound
from .case import Query
from .cases import everything
from .generated import documents, rows

CASE = everything.CASES[0]
NAIVE = runner.naive_schema(CASE)
VARIABLES = {"yes": True, "no": False}
EXAMPLES = int(os.environ.get("SQLA_TEST_EXAMPLES", "80"))
"""Examples, answered on every path in every mode; tens of thousands for a long run."""


@pytest.fixture
def emptied(database: Any) -> Any:
    """A database whose tables are there, with its journal in memory."""

    @event.listens_for(database.engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = MEMORY")

    everything.Base.metadata.create_all(database.engine)
    return database


def replace_rows(database: Any, generated: everything.Rows) -> None:
    with Session(database.engine) as session:
        for table in reversed(everything.Base.metadata.sorted_tables):
            session.execute(table.delete())
        everything.insert(session, generated)
        session.commit()


@pytest.mark.parametrize("database", ["aiosqlite"], indirect=True)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    # The rows are replaced for each example, and that is what the fixture is for.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(rows(), documents(NAIVE))
async def test_generated_query_has_the_naive_answer(
    emptied: Any, generated: everything.Rows, document: str
) -> None:
    parsed = parse(document)
    assert not validate(NAIVE, parsed)
    replace_rows(emptied, generated)
    query = Query(document, 0, variables=VARIABLES)
    naive = runner.answer_sync(NAIVE, query, sessionmaker(emptied.engine))
    assert not naive.errors, naive.errors
    for path, schema in runner.schemas(CASE).items():
        bound = int(Bound(CASE, NAIVE, parsed, VARIABLES, path))
        query = Query(document, bound, variables=VARIABLES)
        completions = runner.COMPLETIONS if path == "eager" else runner.COMPLETIONS[:2]
        for mode, completion in product(runner.MODES, completions):
            answer = await runner.answer_in(
                mode, emptied, schema, query, path, completion=completion
            )
            runner.compare(CASE, query, naive, answer)
            runner.check_statements(query, path, naive, answer)
            if completion == "json":
                runner.check_json(query, naive, answer)
