"""A plan, compiled for one database: the expression, and what Python decodes of it.

Kept with the plan, and so as long as that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLOutputType,
    GraphQLSchema,
)
from sqlalchemy import Dialect, Select, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import RelationshipProperty

from sqla_selection import LoadPlan
from sqla_selection.arguments import Scope, Window, Windows
from sqla_selection.statement import PLAIN, Form

from .asked_rows import asked_rows, check_rows
from .declining import Declined, Declining, declining
from .decoding import Decoders
from .dialects import JsonDialect
from .pages import Written
from .prepared import (
    MOST,
    NotKept,
    Prepared,
    Request,
    is_same_sql,
    request_of,
)
from .reads import AskedPage, Reads
from .related import Now, Targets, rows_of_root
from .shape import (
    NullShape,
    ObjectShape,
    PageShape,
    PolymorphicShape,
    RelatedShape,
    RowShape,
    key_attributes,
)
from .shaping import page_of_root, shape_of
from .statement import json_of, page_of

__all__ = ["TOO_DEEP", "Compiled", "compiled"]

TOO_DEEP = "It is nested deeper than the database or SQLAlchemy can go."
"""How deep that is takes to try: the parser of SQLite has a stack of a hundred symbols,
and Python counts who calls."""


@dataclass(frozen=True, eq=False, slots=True)
class Compiled:
    """What a plan is on one database."""

    plan: LoadPlan
    shape: RowShape
    """What stands in the JSON of a row of the plan's class."""
    dialect: JsonDialect
    relationships: frozenset[RelationshipProperty[Any]]
    """Whose targets are in it."""
    resolvers: tuple[tuple[GraphQLField, Any], ...]
    """The fields that are read, with the resolvers that do nothing else."""
    type_resolvers: tuple[tuple[GraphQLAbstractType, Any], ...]
    """The interfaces and unions whose types a row's class tells, with what tells them
    where objects are made."""
    hidden: frozenset[tuple[str, str]]
    """The fields, of type and field, that are null as the viewer may not see them."""
    is_of_request: bool
    """Whether policies or arguments below say which rows are in it."""
    page: PageShape | None
    """What is asked of the connection that shows the rows, if one does."""
    kept: Written | None
    """The JSON, where nothing of it is of one request."""
    targets: Targets
    prepared: dict[Any, Prepared | None] = field(default_factory=dict)
    """What is kept for requests that differ in values alone; `None` where nothing can
    be."""
    refused: list[str] = field(default_factory=list)
    """Why it could not be run, once that was tried."""

    def is_of_now(self) -> bool:
        """Tell whether the fields have the resolvers that they were compiled with."""
        return all(one.resolve is resolver for one, resolver in self.resolvers) and all(
            one.resolve_type is resolver for one, resolver in self.type_resolvers
        )

    @property
    def keys(self) -> list[Any]:
        """The attributes that tell rows of the plan's class apart."""
        mapper = self.plan.mapper
        return [getattr(mapper.class_, name) for name in key_attributes(mapper)]

    def gives_one_row(self, form: Form) -> bool:
        """Tell whether the database may give all rows of a statement as one text.

        Drivers and SQLAlchemy take longer for a thousand rows than a database.
        """
        most = self.dialect.most_joined
        return form is PLAIN and self.page is None and self.shape.levels() <= most

    def on(
        self,
        stmt: Select[Any],
        *columns: Any,
        in_one_row: bool = False,
        windows: Windows | None = None,
        window: Window | None = None,
    ) -> ToRun:
        """Return what is to be run for *stmt*, a `select()` of the plan's class.

        Of a connection it is one row.

        Args:
            stmt: The rows.
            columns: What is selected beside, always the same for equal statements.
            in_one_row: Whether the JSON of all rows is wanted as one text, with commas
                between them, NULL where there are none. See `gives_one_row`.
            windows: What may be seen, and what arguments mean, in one request.
            window: What is asked of the rows, where a connection shows them.

        Raises:
            Declining: The rows that are asked are not known to be these.
            Exception: What a policy or a function of the application raises.
        """
        rows = asked_rows(self.shape, windows, self.targets)
        request = None if self.page is not None else request_of(stmt, rows)
        if request is not None:
            prepared = self._prepared_for(request, columns, in_one_row)
            if prepared is not None:
                return ToRun(prepared.stmt, prepared.decoders, request.values)
        check_rows(self.shape, rows, stmt)
        scope = Scope() if windows is None else windows.scope
        now = Now(self.targets, rows, scope, windows, stmt)
        if self.page is None:
            return ToRun(*self._selected(stmt, columns, in_one_row, now), {})
        assert window is not None
        of_root = rows_of_root(stmt, self.plan.mapper.class_, window, self.dialect, now)
        found = page_of(self.page, self.shape, of_root, self.dialect, now)
        return ToRun(select(self.dialect.text(found.json)), found.decoders, {})

    def _prepared_for(
        self, request: Request, columns: Sequence[Any], in_one_row: bool
    ) -> Prepared | None:
        """Return the statement that is kept for requests like *request*, if one can be.

        Raises:
            Declining: The rows that are asked are not known to be these.
        """
        key = (len(columns), in_one_row, request.key)
        if key not in self.prepared:
            prepared: Prepared | None = None
            check_rows(self.shape, request.rows, request.stmt)
            with suppress(NotKept):
                prepared = self._prepare(request, columns, in_one_row)
            while len(self.prepared) >= MOST:
                self.prepared.pop(next(iter(self.prepared)), None)
            self.prepared[key] = prepared
            return prepared
        return self.prepared[key]

    def _prepare(
        self, request: Request, columns: Sequence[Any], in_one_row: bool
    ) -> Prepared:
        stmt, now = request.without_values(self.targets)
        prepared = self._selected(stmt, columns, in_one_row, now)
        if request.may_be_copied_wrongly:
            with_values = replace(now, asked=request.rows, root=request.stmt)
            written = self._selected(request.stmt, columns, in_one_row, with_values)
            if not is_same_sql(written.stmt, prepared.stmt, self.dialect.dialect):
                raise NotKept
        return prepared

    def _selected(
        self, stmt: Any, columns: Sequence[Any], in_one_row: bool, now: Now
    ) -> Prepared:
        """Return *stmt* with the JSON of its rows, written for *now*."""
        written = self.kept
        if written is None:
            written = json_of(self.shape, self.plan.mapper.class_, self.dialect, now)
        text = self.dialect.text(written.json)
        selected = stmt.with_only_columns(text, *columns, maintain_column_froms=True)
        if in_one_row:
            rows = selected.with_only_columns(
                text.label("row"), maintain_column_froms=True
            )
            selected = select(self.dialect.joined(rows.subquery().c.row))
        return Prepared(selected, written.decoders)


class ToRun(NamedTuple):
    """What answers one request."""

    stmt: Select[Any]
    decoders: Decoders
    """What Python does to each row, empty where it is finished."""
    values: Mapping[str, Any]
    """What *stmt* has by names."""


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
    targets = Targets()
    written = json_of(shape, plan.mapper.class_, made_by, Now(targets))
    json = made_by.text(written.json)
    try:
        select(json).select_from(plan.mapper.class_).compile(dialect=dialect)
    except SQLAlchemyError as error:
        why = f"SQLAlchemy does not compile it: {error}"
        raise Declining(why) from error
    except RecursionError as error:
        raise Declining(TOO_DEEP) from error
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
        None if is_of_request else written,
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
