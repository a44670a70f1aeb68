"""Asks a schema for the first root field: as JSON, and by objects."""

import json
from dataclasses import dataclass

from graphql import build_schema, get_named_type, graphql_sync
from sqlalchemy import Select, inspect, select

from sqla_json import Declined, Reads, answer_on, compiled
from sqla_selection import DepthLimit, TypeConfig, TypeRegistry, lookahead
from sqla_selection.statement import PLAIN, form_of
from sqla_selection.testing import count_statements

DATABASES = ["sqlite", "psycopg", "pymysql"]
"""The statement is the same on every driver of a database."""


@dataclass
class Asked:
    answer: object
    """A `JsonAnswer`, or why there is none."""
    data: object
    """What graphql-core makes of the objects, whatever is lazily loaded for them."""
    errors: object
    statements: object
    """Those of the answer."""


def schema_of(sdl, models, *, depth=10, **configs):
    """A schema whose types show *models*, by their names."""
    schema = build_schema(sdl)
    types = TypeRegistry.of(schema)
    types.limit = DepthLimit(depth)
    for name, model in models.items():
        types.add(TypeConfig(name, model, **configs.get(name, {})))
    return schema


def ask(
    session, schema, document, stmt=None, *, is_plain=True, reads=None, are_loaded=True
):
    """Answer the only root field of a document in both ways, or as JSON only."""
    asked = Asked(None, None, None, None)
    types = TypeRegistry.of(schema)
    engine = session.get_bind()

    def resolve(_, info, **__):
        rows = stmt
        if isinstance(stmt, Select):
            mapper = inspect(stmt.column_descriptions[0]["entity"])
        else:
            mapper = inspect(types[get_named_type(info.return_type).name].model)
        if stmt is None:  # MariaDB reads rows in the order of whatever index it takes
            rows = select(mapper.class_).order_by(*mapper.primary_key)
        is_list = str(info.return_type).startswith("[")
        with count_statements(engine) as asked.statements:
            asked.answer = compiled(
                lookahead(info, mapper, types),
                info.return_type,
                schema,
                engine.dialect,
                reads or Reads(),
            )
            if not isinstance(asked.answer, Declined):
                asked.answer = answer_on(
                    session,
                    rows,
                    asked.answer,
                    is_list=is_list,
                    form=PLAIN if is_plain else form_of(rows),
                )
        if not are_loaded:
            return [] if is_list else None
        objects = session.scalars(rows).unique().all()
        return objects if is_list else next(iter(objects), None)

    for definition in schema.query_type.fields.values():
        definition.resolve = resolve
    result = graphql_sync(schema, document)
    (asked.data,) = (result.data or {None: None}).values()
    asked.errors = result.errors
    return asked


def same(session, schema, document, stmt=None, **options):
    """Check that both ways give the same, by one statement; return it."""
    asked = ask(session, schema, document, stmt, **options)
    assert not asked.errors, asked.errors
    assert not isinstance(asked.answer, Declined), asked.answer.why
    value = asked.answer.value()
    # Text, as 1 and 1.0 are equal, and as dicts are in whatever order.
    assert json.dumps(value) == json.dumps(asked.data), (value, asked.data)
    assert json.dumps(json.loads(asked.answer.text)) == json.dumps(asked.data)
    asked.statements.expect(1)
    return value


def why_not(session, schema, document, stmt=None, **options):
    """Return why there is no JSON, which no statement was sent for."""
    asked = ask(session, schema, document, stmt, **options)
    assert isinstance(asked.answer, Declined), asked.answer
    asked.statements.expect(int(asked.answer.is_of_the_rows))
    return asked.answer.why
