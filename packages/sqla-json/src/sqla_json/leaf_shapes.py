"""Fields of columns: the shape of what one has, and of what is made of several."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLNonNull,
    GraphQLOutputType,
    get_nullable_type,
    is_leaf_type,
)
from sqlalchemy.orm import Mapper

from sqla_selection.load_plan import FieldPlan
from sqla_selection.mapping import Loading, loading_of
from sqla_selection.reading import ColumnRead

from .declining import Declining
from .reads import MadeOf
from .shape import LeafShape, MadeShape

__all__ = ["leaf_of", "made_of_columns"]


def leaf_of(
    mapper: Mapper[Any],
    field: FieldPlan,
    reading: ColumnRead,
    where: str,
    declared: GraphQLOutputType,
) -> LeafShape:
    """Return the shape of a field that gives what a column has.

    Raises:
        Declining: It is not that of each row.
    """
    type_ = get_nullable_type(declared)
    if not is_leaf_type(type_):
        why = f"{where} is a column, and no scalar or enum."
        raise Declining(why)
    if reading.needs.subclasses:
        why = f"{where} is something else on rows of a subclass."
        raise Declining(why)
    prop = mapper.column_attrs[reading.name]
    if loading_of(prop) is not Loading.SETTABLE:
        why = f"{where} is a `query_expression()`, which only the rows' statement sets."
        raise Declining(why)
    return LeafShape(
        field.response_key,
        where,
        reading.name,
        prop.columns[0].type,
        type_,
        isinstance(declared, GraphQLNonNull),
    )


def made_of_columns(
    mapper: Mapper[Any],
    field: FieldPlan,
    made_of: MadeOf,
    where: str,
    declared: GraphQLOutputType,
) -> MadeShape:
    """Return the shape of a field that is made of columns.

    Raises:
        Declining: It is no scalar or enum.
    """
    type_ = get_nullable_type(declared)
    if not is_leaf_type(type_):
        why = f"{where} is made of columns, and no scalar or enum."
        raise Declining(why)
    return MadeShape(
        field.response_key,
        where,
        {one: _column_type(mapper, one) for one in made_of.attributes},
        made_of.make,
        type_,
        isinstance(declared, GraphQLNonNull),
    )


def _column_type(mapper: Mapper[Any], attribute: str) -> Any:
    return mapper.column_attrs[attribute].columns[0].type
