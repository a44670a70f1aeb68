"""What the arguments of fields may ask, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import Parameter, signature
from typing import Any

from graphql import GraphQLField, GraphQLSchema, is_non_null_type, is_object_type
from sqlalchemy.orm import Mapper

from sqla_selection.arguments import ArgumentsShape
from sqla_selection.arguments.shapes import (
    ColumnField,
    FilterShape,
    LogicField,
    OrderShape,
    RelationField,
)

from ..bound import bound_to
from ..chosen_rows import shape_of_field
from ..ownership import application_resolver
from .findings import Code, Finding
from .indexes import Indexes
from .schema_fields import BoundField, columns_at

__all__ = ["check_bounds", "check_costs", "check_parameters", "shapes_of"]


def shapes_of(
    schema: GraphQLSchema, fields: list[BoundField]
) -> Iterator[tuple[str, GraphQLField, ArgumentsShape]]:
    """Yield the fields that this library reads the arguments of, with what they ask."""
    roots = schema.query_type.fields if schema.query_type else {}
    for name, shape_of in bound_to(schema).root_shapes.items():
        definition = roots.get(name)
        if definition is not None and application_resolver(definition) is None:
            yield f"Query.{name}", definition, shape_of(definition)
    for field in fields:
        shape = shape_of_field(field.name, field.definition)
        if shape is not None:
            yield field.coordinate, field.definition, shape


def check_parameters(schema: GraphQLSchema) -> Iterator[Finding]:
    """Find arguments that the application's resolver has no parameter for."""
    for type_ in schema.type_map.values():
        if not is_object_type(type_) or type_.name.startswith("__"):
            continue
        for name, definition in type_.fields.items():
            resolver = application_resolver(definition)
            if resolver is None or not definition.args:
                continue
            try:
                parameters = signature(resolver).parameters.values()
            except (TypeError, ValueError):  # a function of C
                continue
            kinds = {parameter.kind for parameter in parameters}
            if Parameter.VAR_KEYWORD in kinds:
                continue
            known = {parameter.name for parameter in parameters}
            for argument, given in definition.args.items():
                if (given.out_name or argument) not in known:
                    yield Finding(
                        "unknown-argument",
                        f"{type_.name}.{name}({argument}:)",
                        "The field's resolver has no parameter for it: whoever gives "
                        "the argument gets an error.",
                        f"Add a parameter {given.out_name or argument!r} to "
                        f"{getattr(resolver, '__qualname__', resolver)}, or take the "
                        "argument out.",
                    )


def check_bounds(
    where: str, shape: ArgumentsShape | None, *, is_list: bool
) -> Iterator[Finding]:
    """Find a list, or a connection, that may have any number of rows."""
    if not is_list or (shape is not None and shape.max_page_size is not None):
        return
    yield Finding(
        "unbounded-list",
        where,
        "Nothing says how many rows it may give at most: one query may read the whole "
        "table, on each level again.",
        "Give it `limit` and its type max_page_size, or make it a connection.",
    )


def check_costs(
    shape: ArgumentsShape, where: str, definition: GraphQLField, indexes: Indexes
) -> Iterator[Finding]:
    """Find filters and orders that no index leads.

    Args:
        shape: What the arguments of a field may ask.
        where: The field.
        definition: The same.
        indexes: What there is.
    """
    mapper = shape.mapper
    # One column with an index is enough where its argument is always there.
    is_narrow = any(
        is_non_null_type(definition.args[column.name].type)
        and indexes.lead(columns_at(mapper, column.attribute)[:1])
        for _, column in shape.columns
    )
    for _, column in () if is_narrow else shape.columns:
        of = f"{where}({column.name}:)"
        yield from _led("filter-index", of, mapper, column.attribute, indexes)
    if shape.filter is not None:
        yield from _of_filter(shape.filter[2], indexes, set())
    if shape.order is not None:
        yield from _of_order(shape.order[2], indexes, set())


def _of_filter(
    shape: FilterShape, indexes: Indexes, seen: set[FilterShape]
) -> Iterator[Finding]:
    if shape in seen:
        return
    seen.add(shape)
    for field in shape.fields.values():
        if isinstance(field, ColumnField):
            where, attribute = f"{shape.type_name}.{field.name}", field.attribute
            yield from _led("filter-index", where, shape.mapper, attribute, indexes)
        elif isinstance(field, RelationField):
            for *_, target in field.parts:
                yield from _of_filter(target, indexes, seen)
        elif isinstance(field, LogicField):
            yield from _of_filter(field.target, indexes, seen)


def _of_order(
    shape: OrderShape, indexes: Indexes, seen: set[OrderShape]
) -> Iterator[Finding]:
    if shape in seen:
        return
    seen.add(shape)
    found: dict[tuple[Any, ...], Finding] = {}
    keys = {**shape.keys, **{name: one.key for name, one in shape.choices.items()}}
    for name, key in keys.items():
        if key is not None and isinstance(key.source, str):
            path = ".".join((*key.path, key.source))
            where = f"{shape.type_name}.{name}"
            for finding in _led("order-index", where, shape.mapper, path, indexes):
                found.setdefault((shape.mapper, path), finding)
    yield from found.values()
    for choice in shape.choices.values():
        if choice.target is not None:
            yield from _of_order(choice.target, indexes, seen)


def _led(
    code: Code, where: str, mapper: Mapper[Any], path: str, indexes: Indexes
) -> Iterator[Finding]:
    columns = columns_at(mapper, path)[:1]
    if indexes.lead(columns):
        return
    statement = indexes.statement(columns)
    yield Finding(
        code,
        where,
        f"No index leads {columns[0].table.name}.{columns[0].name}: to filter or to "
        "order by it the whole table is read.",
        f"{statement}; or take it out.",
        statement,
    )
