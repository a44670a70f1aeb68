"""The one place for what versions do differently, or what SQLAlchemy does not tell.

Each function says why public API does not answer, or which versions differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, is_not
from typing import Any

import sqlalchemy
from graphql import GraphQLArgument, Undefined
from sqlalchemy import Select
from sqlalchemy.ext import mutable
from sqlalchemy.orm import (
    ColumnProperty,
    CompositeProperty,
    LoaderCriteriaOption,
    Mapper,
    MapperProperty,
)

__all__ = [
    "Clauses",
    "clauses_of",
    "coerced_variables",
    "criteria_given_to",
    "criteria_on",
    "has_contains_eager",
    "has_default",
    "is_query_expression",
    "is_textual_label",
    "lazy_of_all",
    "loader_paths",
    "parts_of_select",
    "runs_code_at_load",
    "selects_union_beside_table",
    "textual_label",
]


def coerced_variables(info: Any) -> Mapping[str, Any]:
    """Return the request's variables by name.

    `info.variable_values` is that mapping on graphql-core 3.2, and has it on 3.3.
    """
    values = info.variable_values
    coerced: Mapping[str, Any] = getattr(values, "coerced", values)
    return coerced


def criteria_given_to(option: Any) -> tuple[Any, ...]:
    """Return the criteria of a loader option, as `selectinload(User.posts.and_(…))`."""
    elements = getattr(option, "context", ())
    criteria: tuple[Any, ...] = (
        getattr(elements[0], "_extra_criteria", ()) if elements else ()
    )
    return criteria


def has_default(argument: GraphQLArgument) -> bool:
    """Tell whether the schema gives *argument* a value where a client does not.

    `default_value` on graphql-core 3.2, and one of both on 3.3.
    """
    default = getattr(argument, "default", None)
    return default is not None or argument.default_value is not Undefined


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


def criteria_on(stmt: Any) -> list[Any]:
    """Return the `with_loader_criteria` options on *stmt*.

    They hold for the whole of a statement, and not where it is a part of another one.
    """
    options = getattr(stmt, "_with_options", ())
    return [one for one in options if isinstance(one, LoaderCriteriaOption)]


def lazy_of_all(stmt: Any) -> str:
    """Return the `lazy` that options on *stmt* give all relationships, "" if none do.

    `subqueryload("*")` and `Load(Post).subqueryload("*")` give `"subquery"`. As above,
    there is no public way to ask.
    """
    found = ""
    for option in getattr(stmt, "_with_options", ()):
        elements = getattr(option, "context", ())
        parts = [(one.path.path[1:], one.strategy) for one in elements]
        of_all = (getattr(option, "path", ()), getattr(option, "strategy", ()))
        for path, strategy in parts or [of_all]:
            if len(path) == 1 and str(path[0]).startswith("relationship:"):
                found = str(dict(strategy or ()).get("lazy", found))
    return found


@dataclass(frozen=True, slots=True)
class Clauses:
    """The clauses of a SELECT."""

    select: Select[Any]
    is_distinct: bool
    is_for_update: bool
    order_by: Sequence[Any]
    group_by: Sequence[Any]
    affixes: Sequence[Any]
    """Text behind SELECT or at the end, and syntax extensions (SQLAlchemy 2.1)."""
    options: Sequence[Any]


def runs_code_at_load(mapper: Mapper[Any]) -> bool:
    """Tell whether the application listens to objects of *mapper* being loaded.

    `event.contains` asks for one function; nothing public asks for any. Those that
    SQLAlchemy adds for mutable values and composites read what is loaded alone.
    """
    events = mapper.class_manager.dispatch
    return any(
        getattr(listener, "__module__", "") not in _LISTENERS_OF_SQLALCHEMY
        for name in ("load", "refresh")
        for listener in getattr(events, name, ())
    )


_LISTENERS_OF_SQLALCHEMY = (mutable.__name__, CompositeProperty.__module__)


def clauses_of(stmt: Any) -> Clauses | None:
    """Return the clauses of *stmt*, `None` if it is no SELECT.

    A `Select` has public methods that add to its clauses, and none that give them; a
    `lambda_stmt()` has none that gives the `Select`.
    """
    select = getattr(stmt, "_resolved", stmt)
    if not isinstance(select, Select):
        return None
    distinct, for_update, order_by, group_by, prefixes, suffixes, options = _CLAUSES(
        select
    )
    return Clauses(
        select,
        bool(distinct),
        for_update is not None,
        order_by,
        group_by,
        (*prefixes, *suffixes, *_extensions_of(select)),
        options,
    )


def _extensions_of(select: Select[Any]) -> Iterator[Any]:
    for point in ("pre_columns", "post_select", "post_criteria", "post_body"):
        extension = getattr(select, f"_{point}_clause", None)
        if extension is not None:
            yield extension


_CLAUSES = attrgetter(
    "_distinct",
    "_for_update_arg",
    "_order_by_clauses",
    "_group_by_clauses",
    "_prefixes",
    "_suffixes",
    "_with_options",
)


def parts_of_select(select: Select[Any]) -> list[Any]:
    """Return what *select* is made of, as its `get_children()` does.

    That asks each of thirty clauses, which takes as long as to make the statement. Most
    have none but these few; one that has another, or an SQLAlchemy that does not say
    which there are, is asked so.
    """
    if not _CLAUSES_OF_SELECT or any(map(is_not, _OTHERS(select), _DEFAULTS)):
        return list(select.get_children())
    columns, criteria, order_by, limit, offset = _USUAL(select)
    parts = [*columns, *criteria, *order_by]
    parts += [one for one in (limit, offset) if one is not None]
    tables: dict[Any, None] = {}
    for part in (*columns, *criteria):
        tables.update(dict.fromkeys(part._from_objects))  # noqa: SLF001  # see above
    return [*parts, *tables]


_NAMES_OF_USUAL = (
    "_raw_columns",
    "_where_criteria",
    "_order_by_clauses",
    "_limit_clause",
    "_offset_clause",
)
_WITHOUT_PARTS = (
    "_correlate_mode",
    "_label_style",
    "_annotations",
    "_with_options",
    "_propagate_attrs",
    "dialect_options",
)
_CLAUSES_OF_SELECT = dict(getattr(Select, "_traverse_internals", ()))
_NAMES_OF_OTHERS = {"_from_obj", "_setup_joins", *_CLAUSES_OF_SELECT}.difference(
    _NAMES_OF_USUAL, _WITHOUT_PARTS
)
_USUAL = attrgetter(*_NAMES_OF_USUAL)
_OTHERS = attrgetter(*_NAMES_OF_OTHERS)
_DEFAULTS = [getattr(Select, name, None) for name in _NAMES_OF_OTHERS]


def is_textual_label(class_: type[Any]) -> bool:
    """Tell whether *class_* is that of the name in `order_by("name")`: it is private.

    SQLAlchemy looks the name up among the columns that the statement selects.
    """
    return getattr(class_, "__visit_name__", "") == "textual_label_reference"


def textual_label(clause: Any) -> str:
    """Return the name in `order_by("name")`, else nothing."""
    return str(clause.element) if is_textual_label(type(clause)) else ""


def has_contains_eager(stmt: Any) -> bool:
    """Tell whether loader options on *stmt* read collections from its own joins.

    Options have no public way to tell what they do.
    """
    return any(
        "eager_from_alias" in element.local_opts
        for option in getattr(stmt, "_with_options", ())
        for element in getattr(option, "context", ())
    )


selects_union_beside_table = sqlalchemy.__version__.startswith("2.0.")
"""Whether a class that is read from a union of concrete tables is selected beside its
own table, without a condition between the two: 2.0 does, 2.1 does not."""
