"""From a resolver's `info` to what its field's arguments ask, in one's own resolver."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from graphql.execution.values import get_argument_values
from sqlalchemy import Dialect
from sqlalchemy.orm import Mapper

from .._compat import coerced_variables
from ..asked_connections import Wanted
from ..coercion import ANY
from ..config import mapper_of
from ..selection import Selection, collect
from .connections import connection_shape
from .given import window_of
from .limits import ArgumentLimits
from .recognition import arguments_shape
from .seen import hidden_in
from .shapes import ArgumentsShape, ConnectionShape, OrderKey
from .vocabulary import Vocabulary, plain
from .windows import Window

__all__ = [
    "Wanted",
    "asked_of",
    "selected_of",
    "shape_of",
    "wanted_of",
    "window_in",
]


def asked_of(
    info: Any,
    model: type[Any],
    *,
    vocabulary: Vocabulary | None = None,
    limits: ArgumentLimits = ArgumentLimits(),  # noqa: B008  # frozen
    ignoring: Collection[str] = (),
    page_size: int | None = None,
    max_page_size: int | None = None,
) -> Window:
    """Return what the arguments of the running resolver's field ask of *model*.

    Args:
        info: The `GraphQLResolveInfo` of the resolver.
        model: The mapped class that the field gives rows of.
        vocabulary: What names mean; by default what the bound types say.
        limits: What is allowed.
        ignoring: Python names of arguments that the resolver itself reads.
        page_size: Rows where the client gives no size.
        max_page_size: Rows that a client may ask for.

    Raises:
        ArgumentError: A value means nothing, or is more than allowed.
        ConfigurationError: An argument of the schema means nothing.
    """
    definition = info.parent_type.fields[info.field_name]
    shape = shape_of(
        info,
        mapper_of(model, info.field_name),
        vocabulary,
        ignoring=ignoring,
        page_size=page_size,
        max_page_size=max_page_size,
    )
    node = info.field_nodes[0]
    arguments = get_argument_values(definition, node, info.variable_values)
    return window_in(info, shape, arguments, limits=limits)


def window_in(
    info: Any,
    shape: ArgumentsShape,
    arguments: Mapping[str, Any],
    *,
    limits: ArgumentLimits = ArgumentLimits(),  # noqa: B008  # frozen
    dialect: Dialect = ANY,
    values_per_statement: int | None = None,
    default_order: Sequence[OrderKey] = (),
) -> Window:
    """Return what the coerced *arguments* of the running field ask, see `window_of`."""
    return window_of(
        shape,
        arguments,
        info.field_nodes[0],
        coerced_variables(info),
        limits=limits,
        dialect=dialect,
        values_per_statement=values_per_statement,
        default_order=default_order,
        hides=hidden_in(info),
    )


def shape_of(
    info: Any,
    mapper: Mapper[Any],
    vocabulary: Vocabulary | None = None,
    *,
    ignoring: Collection[str] = (),
    page_size: int | None = None,
    max_page_size: int | None = None,
) -> ArgumentsShape:
    """Return the shape of the running field's arguments, kept in the vocabulary."""
    vocabulary = vocabulary or Vocabulary.of(info.schema)
    coordinate = f"{info.parent_type.name}.{info.field_name}"
    key = (coordinate, mapper, frozenset(ignoring), page_size, max_page_size)
    shape = vocabulary.known.get(key)
    if not isinstance(shape, ArgumentsShape):
        shape = vocabulary.known[key] = arguments_shape(
            coordinate,
            info.parent_type.fields[info.field_name],
            mapper,
            vocabulary,
            ignoring=ignoring,
            page_size=page_size,
            max_page_size=max_page_size,
        )
    return shape


def wanted_of(info: Any, selection: Selection | None = None) -> Wanted:
    """Return what is selected of the connection that the running field gives.

    Raises:
        TypeError: The field gives no connection.
    """
    selection = selection or collect(info)
    names = Vocabulary.of(info.schema).shown
    shape = connection_shape(selection.type, names)
    if shape is None:
        msg = f"{selection.type.name!r} is no connection of a type that is bound."
        raise TypeError(msg)
    return selected_of(shape, selection)


def selected_of(shape: ConnectionShape, selection: Selection) -> Wanted:
    """Return what *selection* selects of a connection."""
    fields = selection.of(shape.type_name).values()
    of_page = {
        plain(below.name)
        for one in fields
        if one.name == shape.page_info and one.selection is not None
        for selected in one.selection.fields.values()
        for below in selected.values()
    }
    rows = any(one.name in (shape.edges, shape.nodes) for one in fields)
    return Wanted(
        rows or bool(of_page - {plain("__typename")}),
        "haspreviouspage" in of_page,
        "hasnextpage" in of_page,
        any(one.name == shape.total_count for one in fields),
    )
