import pytest
from graphql import execute_sync, parse
from sqlalchemy import create_engine

from sqla_selection.testing import count_statements


@pytest.fixture
def info_of():
    """Run a document, and return the info of its first root field."""

    def info_of(schema, document, **variables):
        seen = []

        def resolver(_, info, **__):
            seen.append(info)

        execute_sync(
            schema,
            parse(document),
            variable_values=variables,
            field_resolver=resolver,
        )
        return seen[0]

    return info_of


@pytest.fixture
def engine():
    engine = create_engine("sqlite://")
    yield engine
    engine.dispose()


@pytest.fixture
def statements(engine):
    """Collect the statements that are sent to the database inside a block."""
    return lambda: count_statements(engine)
