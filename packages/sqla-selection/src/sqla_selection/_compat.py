"""The one place for what versions do differently, or what SQLAlchemy does not tell.

Each function says why public API does not answer, or which versions differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy
from sqlalchemy.orm import ColumnProperty, Mapper, MapperProperty

__all__ = [
    "coerced_variables",
    "is_query_expression",
    "loader_paths",
    "multiplies_by_selectinload",
]


def coerced_variables(info: Any) -> Mapping[str, Any]:
    """Return the request's variables by name.

    `info.variable_values` is that mapping on graphql-core 3.2, and has it on 3.3.
    """
    values = info.variable_values
    coerced: Mapping[str, Any] = getattr(values, "coerced", values)
    return coerced


def is_query_expression(prop: ColumnProperty[Any]) -> bool:
    """Tell whether *prop* is mapped with `query_expression()`.

    Nothing public sets such an attribute apart from any other `column_property`;
    `strategy_key` is what SQLAlchemy's own loaders decide by.
    """
    return prop.strategy_key == (("query_expression", True),)


def loader_paths(stmt: Any) -> frozenset[tuple[str, ...]]:
    """Return the attribute paths that loader options on *stmt* are about already.

    `select(Post).options(joinedload(Post.author).defer(User.name))` gives
    `{("author",), ("author", "name")}`. SQLAlchemy refuses a statement that has two
    different loader options for one path, and has no public way to ask which are there.
    """
    return frozenset(_paths(getattr(stmt, "_with_options", ())))


def _paths(options: Any) -> Iterator[tuple[str, ...]]:
    for option in options:
        for element in getattr(option, "context", ()):
            keys = tuple(
                part.key
                for part in getattr(element.path, "path", ())
                if isinstance(part, MapperProperty)
            )
            if keys:
                yield keys


def multiplies_by_selectinload(mapper: Mapper[Any]) -> bool:
    """Tell whether `selectinload` gives each owner the rows of all of them.

    SQLAlchemy 2.0 selects concrete inheritance, which it reads from a union of the
    tables, beside the base's own table, without a condition between the two. 2.1 does
    not.
    """
    return (
        sqlalchemy.__version__.startswith("2.0.")
        and len(mapper.with_polymorphic_mappers) > 1
        and any(one.concrete for one in mapper.self_and_descendants)
    )
