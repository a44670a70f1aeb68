"""Asks a schema for the first root field: as JSON, and by objects."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    build_schema,
    get_named_type,
    graphql_sync,
)
from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import Session

from sqla_json import Compiled, Declined, JsonAnswer, Reads, answer_on, compiled
from sqla_selection import DepthLimit, TypeConfig, TypeRegistry, lookahead
from sqla_selection.statement import PLAIN, form_of
from sqla_selection.testing import Statements, count_statements

DATABASES = ["sqlite", "psycopg", "pymysql"]
"""The statement is the same on every driver of a database."""


@dataclass
class Asked:
    """What came of asking in both ways."""

    answer: JsonAnswer | Declined
    data: Any
    """What graphql-core makes of the objects, whatever is lazily loaded for them."""
    errors: Sequence[GraphQLError] | None
    statements: Statements
    """Those of the answer."""


def schema_of(
    sdl: str, models: Mapping[str, type], *, depth: int = 10, **configs: Any
) -> GraphQLSchema:
    """A schema whose types show *models*, by their names."""
    schema = build_schema(sdl)
    types = TypeRegistry.of(schema)
    types.limit = DepthLimit(depth)
    for name, model in models.items():
        types.add(TypeConfig(name, model, **configs.get(name, {})))
    return schema


def ask(
    session: Session,
    schema: GraphQLSchema,
    document: str,
    stmt: Select[Any] | None = None,
    *,
    is_plain: bool = True,
    limit: int | None = None,
    reads: Reads | None = None,
    are_loaded: bool = True,
) -> Asked:
    """Answer the only root field of a document in both ways, or as JSON only."""
    answers: list[tuple[JsonAnswer | Declined, Statements]] = []
    types = TypeRegistry.of(schema)
    engine = session.get_bind().engine

    def resolve(_: Any, info: Any, **__: Any) -> Any:
        if stmt is None:
            mapper = inspect(types[get_named_type(info.return_type).name].model)
            # MariaDB reads rows in the order of whatever index it takes.
            rows = select(mapper.class_).order_by(*mapper.primary_key)
        else:
            mapper = inspect(stmt.column_descriptions[0]["entity"])
            rows = stmt
        is_list = str(info.return_type).startswith("[")
        with count_statements(engine) as statements:
            made = compiled(
                lookahead(info, mapper, types),
                info.return_type,
                schema,
                engine.dialect,
                reads or Reads(),
            )
            answer: JsonAnswer | Declined
            if isinstance(made, Compiled):
                form = PLAIN if is_plain else form_of(rows)
                answer = answer_on(
                    session, rows, made, is_list=is_list, form=form, limit=limit
                )
            else:
                answer = made
        answers.append((answer, statements))
        if not are_loaded:
            return [] if is_list else None
        objects = session.scalars(rows).unique().all()
        return objects if is_list else next(iter(objects), None)

    assert schema.query_type is not None
    for definition in schema.query_type.fields.values():
        definition.resolve = resolve
    result = graphql_sync(schema, document)
    (data,) = (result.data or {"": None}).values()
    ((answer, statements),) = answers
    return Asked(answer, data, result.errors, statements)


def same(
    session: Session,
    schema: GraphQLSchema,
    document: str,
    stmt: Select[Any] | None = None,
    **options: Any,
) -> Any:
    """Check that both ways give the same, by one statement; return it."""
    asked = ask(session, schema, document, stmt, **options)
    assert not asked.errors, asked.errors
    assert isinstance(asked.answer, JsonAnswer), asked.answer
    value = asked.answer.value()
    # Text, as 1 and 1.0 are equal, and as dicts are in whatever order.
    assert json.dumps(value) == json.dumps(asked.data), (value, asked.data)
    assert json.dumps(json.loads(asked.answer.text)) == json.dumps(asked.data)
    asked.statements.expect(1)
    return value


def sent(
    session: Session,
    schema: GraphQLSchema,
    document: str,
    stmt: Select[Any] | None = None,
    **options: Any,
) -> str:
    """Return the SQL of the statement that gives the JSON."""
    asked = ask(session, schema, document, stmt, **options)
    assert isinstance(asked.answer, JsonAnswer), asked.answer
    (statement,) = asked.statements
    return statement.sql


def why_not(
    session: Session,
    schema: GraphQLSchema,
    document: str,
    stmt: Select[Any] | None = None,
    **options: Any,
) -> str:
    """Return why there is no JSON, which no statement was sent for."""
    asked = ask(session, schema, document, stmt, **options)
    assert isinstance(asked.answer, Declined), asked.answer
    asked.statements.expect(int(asked.answer.is_of_the_rows))
    return asked.answer.why
