"""A plan, compiled for one database: the expression, and what Python decodes of it.

Kept with the plan, and so as long as that is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from graphql import GraphQLField, GraphQLOutputType, GraphQLSchema
from sqlalchemy import Dialect, Select, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import RelationshipProperty

from sqla_selection import LoadPlan
from sqla_selection.arguments import Windows

from .declining import Declined, Declining, declining
from .dialects import JsonDialect
from .leaves import leaf_form
from .mariadb import MariaDBJson
from .postgresql import PostgreSQLJson
from .related import Now, tables_of
from .shape import (
    LeafShape,
    ObjectShape,
    RelatedShape,
    key_attributes,
    shape_of,
)
from .sqlite import SQLiteJson
from .statement import json_of

__all__ = ["TOO_DEEP", "Compiled", "Decoders", "compiled"]

TOO_DEEP = "It is nested deeper than the database or SQLAlchemy can go."
"""How deep that is takes to try: the parser of SQLite has a stack of a hundred symbols,
and Python counts who calls."""

Decoders: TypeAlias = "Mapping[str, Callable[[Any], Any] | Decoders]"
"""Response key → what decodes the value there, or what is below."""


_DIALECTS: Mapping[str, type[JsonDialect]] = {
    "sqlite": SQLiteJson,
    "postgresql": PostgreSQLJson,
    "mariadb": MariaDBJson,
    "mysql": MariaDBJson,  # both names are of either database
}


@dataclass(frozen=True, eq=False, slots=True)
class Compiled:
    """What a plan is on one database."""

    plan: LoadPlan
    shape: ObjectShape
    """What stands in the JSON of a row of the plan's class."""
    dialect: JsonDialect
    decoders: Decoders
    """What Python does to it, empty where it is finished."""
    relationships: frozenset[RelationshipProperty[Any]]
    """Whose targets are in it."""
    resolvers: tuple[tuple[GraphQLField, Any], ...]
    """The fields that are read, with the resolvers that do nothing else."""
    is_of_request: bool
    """Whether policies or arguments below say which rows are in it."""
    kept: Any
    """The expression, as it is where nothing of it is of one request."""
    refused: list[str] = field(default_factory=list)
    """Why it could not be run, once that was tried."""

    def is_of_now(self) -> bool:
        """Tell whether the fields have the resolvers that they were compiled with."""
        return all(one.resolve is resolver for one, resolver in self.resolvers)

    @property
    def keys(self) -> list[Any]:
        """The attributes that tell rows of the plan's class apart."""
        mapper = self.plan.mapper
        return [getattr(mapper.class_, name) for name in key_attributes(mapper)]

    def on(
        self, stmt: Select[Any], *columns: Any, windows: Windows | None = None
    ) -> Select[Any]:
        """Return *stmt*, a `select()` of the plan's class, with the JSON of its rows.

        Args:
            stmt: The rows.
            columns: What is selected beside.
            windows: What may be seen, and what arguments mean, in one request.

        Raises:
            Declining: The rows that are asked are not known to be these.
            Exception: What a policy or a function of the application raises.
        """
        json = self.kept
        if self.is_of_request:
            around = [one for part in stmt.get_final_froms() for one in tables_of(part)]
            json = _json(self.shape, self.dialect, Now(windows, frozenset(around)))
        return stmt.with_only_columns(json, *columns, maintain_column_froms=True)


def compiled(
    plan: LoadPlan,
    type_: GraphQLOutputType,
    schema: GraphQLSchema,
    dialect: Dialect,
) -> Compiled | Declined:
    """Return what *plan* is on *dialect*, or why it is nothing there.

    The answer is kept with the plan.

    Args:
        plan: What is asked of the rows, see `sqla_selection.lookahead`.
        type_: The GraphQL type of the field that gives them.
        schema: Its schema, whose types are bound: see `sqla_selection.TypeRegistry`.
        dialect: Of the engine.
    """
    known = plan.made.setdefault(compiled, {})
    # What a database is, is known once one connection was made.
    key = (str(type_), dialect, getattr(dialect, "server_version_info", None))
    answer: Compiled | Declined | None = known.get(key)
    if answer is None:
        answer = known[key] = _compile(plan, type_, schema, dialect)
    return answer


@declining
def _compile(
    plan: LoadPlan,
    type_: GraphQLOutputType,
    schema: GraphQLSchema,
    dialect: Dialect,
) -> Compiled:
    made_by = _json_dialect(dialect)
    shape = shape_of(plan, type_, schema)
    related = list(shape.all_related())
    json = _json(shape, made_by, Now())
    try:
        select(json).select_from(plan.mapper.class_).compile(dialect=dialect)
    except SQLAlchemyError as error:
        why = f"SQLAlchemy does not compile it: {error}"
        raise Declining(why) from error
    except RecursionError as error:
        raise Declining(TOO_DEEP) from error
    return Compiled(
        plan,
        shape,
        made_by,
        _decoders(shape, made_by),
        frozenset(one.relationship for one in related),
        tuple((one, one.resolve) for one in shape.all_definitions()),
        any(one.is_guarded or one.arguments is not None for one in related),
        json,
    )


def _json(shape: ObjectShape, dialect: JsonDialect, now: Now) -> Any:
    return dialect.text(json_of(shape, shape.mapper.class_, dialect, now))


def _json_dialect(dialect: Dialect) -> JsonDialect:
    known = _DIALECTS.get(dialect.name)
    if known is None:
        why = f"How {dialect.name} makes JSON is not known."
        raise Declining(why)
    made_by = known(dialect)
    made_by.check()
    return made_by


def _decoders(shape: ObjectShape, dialect: JsonDialect) -> Decoders:
    decoders: dict[str, Any] = {}
    for one in shape.fields:
        decoder: Any = None
        if isinstance(one, LeafShape):
            decoder = leaf_form(one, dialect).decode
        elif isinstance(one, RelatedShape):
            decoder = _decoders(one.target, dialect)
        if decoder:
            decoders[one.response_key] = decoder
    return decoders
