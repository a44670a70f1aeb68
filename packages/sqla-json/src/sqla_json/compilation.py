"""A plan for one database: what it is there, or why it is nothing."""

from __future__ import annotations

from graphql import GraphQLOutputType, GraphQLSchema
from sqlalchemy import Dialect

from sqla_selection import LoadPlan

from .compiled_plan import Compiled
from .declining import Declined, Declining, declining
from .dialects import JsonDialect
from .joined import At
from .now import Now, Row, Targets
from .reads import AskedPage, Reads
from .shape import (
    NullShape,
    ObjectShape,
    PolymorphicShape,
    RelatedShape,
    RowShape,
)
from .shaping import page_of_root, shape_of
from .statement import json_of

__all__ = ["TOO_DEEP", "compiled"]

TOO_DEEP = "It is nested deeper than the database or SQLAlchemy can go."
"""How deep that is takes to try: the parser of SQLite has a stack of a hundred symbols,
and Python counts who calls."""


def compiled(
    plan: LoadPlan,
    type_: GraphQLOutputType,
    schema: GraphQLSchema,
    dialect: Dialect,
    reads: Reads = Reads(),  # noqa: B008  # frozen
    page: AskedPage | None = None,
) -> Compiled | Declined:
    """Return what *plan* is on *dialect*, or why it is nothing there.

    The answer is kept with the plan.

    Args:
        plan: What is asked of the rows, see `sqla_selection.lookahead`.
        type_: The GraphQL type of the field that gives them.
        schema: Its schema, whose types are bound: see `sqla_selection.TypeRegistry`.
        dialect: Of the engine.
        reads: Tells which resolvers do nothing but read, always the same of a schema.
        page: What is asked of the connection that the field gives, if it gives one.
    """
    known = plan.made.setdefault(compiled, {})
    # What a database is, is known once one connection was made.
    version = getattr(dialect, "server_version_info", None)
    key = (str(type_), dialect, version, None if page is None else page.asked.key)
    answer: Compiled | Declined | None = known.get(key)
    if answer is None:
        answer = known[key] = _compile(plan, type_, schema, dialect, reads, page)
    return answer


@declining
def _compile(
    plan: LoadPlan,
    type_: GraphQLOutputType,
    schema: GraphQLSchema,
    dialect: Dialect,
    reads: Reads,
    asked: AskedPage | None,
) -> Compiled:
    made_by = _json_dialect(dialect)
    page = None if asked is None else page_of_root(asked, type_, schema, reads)
    if asked is not None and page is not None:
        type_ = schema.type_map[asked.structure.node_type]  # type: ignore[assignment]
    shape: RowShape
    if page is not None and not page.has_nodes:
        shape = ObjectShape(plan.mapper, ())
    else:
        shape = shape_of(plan, type_, schema, reads)
    parts = list(shape.parts())
    related = [one for one in parts if isinstance(one, RelatedShape)]
    targets = Targets(related)
    written = json_of(shape, At(Row.of(plan.mapper.class_)), made_by, Now(targets))
    is_of_request = page is not None or any(
        one.is_guarded or one.arguments is not None for one in related
    )
    pages = [one.page for one in related if one.page is not None]
    if page is not None:
        pages.append(page)
    objects = [one for one in parts if isinstance(one, ObjectShape)]
    definitions = [one for part in objects for one in part.definitions]
    definitions += [one for part in pages for one in part.definitions]
    abstract = [one.abstract for one in parts if isinstance(one, PolymorphicShape)]
    return Compiled(
        plan,
        shape,
        made_by,
        frozenset(one.relationship for one in related),
        tuple((one, one.resolve) for one in definitions),
        tuple((one, one.resolve_type) for one in abstract),
        frozenset(
            (one.type_name, one.name) for one in parts if isinstance(one, NullShape)
        ),
        is_of_request,
        page,
        written,
        targets,
    )


def _json_dialect(dialect: Dialect) -> JsonDialect:
    """Return how *dialect* makes JSON.

    What SQLAlchemy has of the other databases takes long to import, and is not.
    """
    made_by: JsonDialect
    if dialect.name == "sqlite":
        from .sqlite import SQLiteJson

        made_by = SQLiteJson(dialect)
    elif dialect.name == "postgresql":
        from .postgresql import PostgreSQLJson

        made_by = PostgreSQLJson(dialect)
    elif dialect.name in ("mariadb", "mysql"):  # both names are of either database
        from .mariadb import MariaDBJson

        made_by = MariaDBJson(dialect)
    else:
        why = f"How {dialect.name} makes JSON is not known."
        raise Declining(why)
    made_by.check()
    return made_by
