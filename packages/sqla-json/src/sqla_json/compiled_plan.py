"""A plan that is compiled for one database: what answers each request.

Kept with the plan, and so as long as that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from graphql import GraphQLAbstractType, GraphQLField
from sqlalchemy import Select, select
from sqlalchemy.orm import RelationshipProperty

from sqla_selection import LoadPlan
from sqla_selection.arguments import Scope, Window, Windows
from sqla_selection.statement import PLAIN, Form

from .asked_rows import asked_rows, check_rows
from .decoding import Decoders
from .dialects import JsonDialect
from .joined import At, joined_root
from .now import Now, Row, Targets
from .pages import Written
from .prepared import (
    MOST,
    NotKept,
    Prepared,
    Request,
    is_same_sql,
    request_of,
)
from .related import rows_of_root
from .shape import PageShape, RowShape, key_attributes
from .statement import json_of, page_of

__all__ = ["Compiled", "ToRun"]


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
        joined = None
        if in_one_row and self.dialect.joins and self.relationships:
            joined = joined_root(stmt, self.shape)
        if joined is not None:
            stmt, at = joined
            written = json_of(self.shape, at, self.dialect, now)
            stmt = at.joined(stmt)
        else:
            at = At(Row.of(self.plan.mapper.class_))
            written = self.kept or json_of(self.shape, at, self.dialect, now)
        text = self.dialect.text(written.json)
        if in_one_row:
            text = text.label("row")
        selected = stmt.with_only_columns(text, *columns, maintain_column_froms=True)
        if in_one_row:
            selected = select(self.dialect.joined(selected.subquery().c.row))
        return Prepared(selected, written.decoders)


class ToRun(NamedTuple):
    """What answers one request."""

    stmt: Select[Any]
    decoders: Decoders
    """What Python does to each row, empty where it is finished."""
    values: Mapping[str, Any]
    """What *stmt* has by names."""
