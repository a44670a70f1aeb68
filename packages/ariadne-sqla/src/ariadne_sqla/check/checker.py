"""A schema against its models: `check_schema` is the whole of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from inspect import getattr_static

from graphql import GraphQLSchema, get_nullable_type, is_list_type
from sqlalchemy import Engine

from sqla_selection import ConfigurationError

from ..bound import bound_to
from ..chosen_rows import shape_of_field
from ..ownership import application_resolver
from .arguments import check_bounds, check_costs, check_parameters, shapes_of
from .drift import check_database, check_deprecation
from .findings import Finding, without_silenced
from .indexes import Indexes, columns_of_batch
from .root_fields import check_root_fields
from .schema_fields import BoundField, bound_fields
from .values import check_nullability, check_values

__all__ = ["assert_no_findings", "check_schema", "finding_of"]

_COORDINATE = re.compile(r"'([\w.]+(?:\(\w+:\))?)'")


def check_schema(
    schema: GraphQLSchema,
    *,
    silence: Collection[str] = (),
    engine: Engine | None = None,
) -> list[Finding]:
    """Return what does not fit between a schema and the models that it is bound to.

    Non-null fields over what may be NULL, scalars and enums that do not fit, root
    fields that nothing answers, arguments that nothing reads, code without a hint,
    collections, filters and orders without an index, lists without a maximum, and
    drift. No row is read.

    Args:
        schema: An executable schema, with its bindables.
        silence: What to leave out: a code, or `"code:coordinate"`; `*` in a coordinate
            stands for anything. What silences nothing is a finding.
        engine: A database whose tables and indexes count, too. Its catalogue is read.
    """
    try:
        bound_to(schema).when_complete.do(schema)
        findings = [*_findings(schema, engine)]
    except ConfigurationError as error:
        findings = [finding_of(error)]
    return without_silenced(findings, silence)


def assert_no_findings(
    schema: GraphQLSchema,
    *,
    silence: Collection[str] = (),
    engine: Engine | None = None,
) -> None:
    """Fail a test with all findings, if there are any: see `check_schema`.

        def test_the_schema_fits_the_models():
            assert_no_findings(schema, silence=["unbounded-list:Query.countries"])

    Raises:
        AssertionError: There are findings; they are its message.
    """
    findings = check_schema(schema, silence=silence, engine=engine)
    if findings:
        listed = "\n\n".join(map(str, findings))
        msg = f"{len(findings)} findings in the schema:\n\n{listed}"
        raise AssertionError(msg)


def finding_of(error: ConfigurationError) -> Finding:
    """Return the error of a schema that could not be made, as a finding.

    It is the only one: what else there is shows when it is done.
    """
    text = str(error)
    match = _COORDINATE.search(text)
    coordinate = match[1] if match else ""
    return Finding(
        "unknown-argument" if coordinate.endswith(":)") else "configuration",
        coordinate,
        text,
        "The schema cannot be made before this is done.",
    )


def _findings(schema: GraphQLSchema, engine: Engine | None) -> Iterator[Finding]:
    fields = [*bound_fields(schema)]
    indexes = Indexes(engine)
    for field in fields:
        yield from check_nullability(field)
        yield from check_values(field)
        yield from check_deprecation(field)
        yield from _check_code(field)
        yield from _check_collection(field, indexes)
    for where, definition, shape in shapes_of(schema, fields):
        yield from check_costs(shape, where, definition, indexes)
        if where.startswith("Query."):
            is_list = is_list_type(get_nullable_type(definition.type))
            is_list = is_list or shape.connection is not None
            yield from check_bounds(where, shape, is_list=is_list)
    yield from check_parameters(schema)
    yield from check_root_fields(schema)
    if engine is not None:
        yield from check_database(fields, engine)


def _check_code(field: BoundField) -> Iterator[Finding]:
    """Find code that may read anything, as nothing says what it reads."""
    if field.name in field.config.requires:
        return
    is_property = isinstance(
        getattr_static(field.mapper.class_, field.path or "", None), property
    )
    if application_resolver(field.definition) is not None:
        if "*" in field.config.requires:
            return
        what = "A resolver of your own answers it"
    elif is_property:
        what = f"The property '{field.mapper.class_.__name__}.{field.path}' answers it"
    else:
        return
    yield Finding(
        "unplanned-code",
        field.coordinate,
        f"{what}, and nothing says what it reads: every plain column is loaded for it, "
        "and a relationship that it reaches is loaded object by object.",
        f"Write requires={{{field.name!r}: […]}} to the type, [] for nothing.",
    )


def _check_collection(field: BoundField, indexes: Indexes) -> Iterator[Finding]:
    prop = field.relationship
    if prop is None:
        return
    if prop.uselist:
        shape = shape_of_field(field.name, field.definition)
        yield from check_bounds(field.coordinate, shape, is_list=True)
    columns = columns_of_batch(prop)
    if columns and not indexes.lead(columns):
        table = columns[0].table.name
        names = ", ".join(column.name for column in columns)
        statement = indexes.statement(columns)
        yield Finding(
            "foreign-key-index",
            field.coordinate,
            f"No index of {table} leads {names}: to find the rows of some owners the "
            "whole table is read.",
            f"{statement}.",
            statement,
        )
