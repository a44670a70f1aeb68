from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import GraphQLSchema, execute_sync, parse
from sqlalchemy import Engine, create_engine

from sqla_selection.testing import count_statements


@pytest.fixture
def info_of() -> Callable[..., Any]:
    """Run a document, and return the info of its first root field."""

    def info_of(schema: GraphQLSchema, document: str, **variables: Any) -> Any:
        seen: list[Any] = []

        def resolver(_: Any, info: Any, **__: Any) -> None:
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
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    yield engine
    engine.dispose()


@pytest.fixture
def statements(engine: Engine) -> Callable[[], Any]:
    """Collect the statements that are sent to the database inside a block."""
    return lambda: count_statements(engine)
