"""A plan that is compiled for one database: what answers each request.

Kept with the plan, and so as long as that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from graphql import GraphQLAbstractType, GraphQLField
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import RelationshipProperty

from sqla_selection import LoadPlan
from sqla_selection.arguments import Scope, Window, Windows
from sqla_selection.keys import key_attributes

from .asked_rows import asked_rows, check_rows
from .dialects import JsonDialect
from .joined import FEW, At, joined_root
from .now import AskedRows, Now, Row, Targets
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
from .shape import PageShape, RowShape
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
    ahead: Written
    """The JSON, as it is known ahead of requests."""
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

    def why_not_sql(self) -> str:
        """Return why SQLAlchemy does not compile the JSON, if it does not.

        To ask takes as long as to compile it for a statement. So it is asked when that
        has failed.
        """
        stmt = select(self.dialect.text(self.ahead.json))
        try:
            stmt.select_from(self.plan.mapper.class_).compile(
                dialect=self.dialect.dialect
            )
        except SQLAlchemyError as error:
            return f"SQLAlchemy does not compile it: {error}"
        return ""

    @property
    def keys(self) -> list[Any]:
        """The attributes that tell rows of the plan's class apart."""
        mapper = self.plan.mapper
        return [getattr(mapper.class_, name) for name in key_attributes(mapper)]

    def on(
        self,
        stmt: Select[Any],
        *,
        is_list: bool,
        is_plain: bool = True,
        limit: int | None = None,
        windows: Windows | None = None,
        window: Window | None = None,
        names: Mapping[str, Any] | None = None,
    ) -> ToRun:
        """Return what is to be run for *stmt*, a `select()` of the plan's class.

        Of a connection it is one row.

        Args:
            stmt: The rows.
            is_list: Whether all rows are asked, or the first.
            is_plain: Whether it is known to give no row twice.
            limit: How many rows *stmt* is limited to, where that is known.
            windows: What may be seen, and what arguments mean, in one request.
            window: What is asked of the rows, where a connection shows them.
            names: The values of the names that *stmt* has, where it is kept.

        Raises:
            Declining: The rows that are asked are not known to be these.
            Exception: What a policy or a function of the application raises.
        """
        form = _Form(is_list, is_plain, limit is not None and limit > FEW)
        rows: dict[int, AskedRows] = {}
        if self.is_of_request:
            rows = asked_rows(self.shape, windows, self.targets)
        request = None if self.page is not None else request_of(stmt, rows, names)
        if request is not None:
            prepared = self._prepared_for(request, form)
            if prepared is not None:
                return ToRun(prepared, request.values)
        check_rows(self.shape, rows, stmt)
        scope = Scope() if windows is None else windows.scope
        now = Now(self.targets, rows or None, scope, windows, stmt)
        if self.page is None:
            return ToRun(self._selected(stmt, form, now), names or {})
        assert window is not None
        of_root = rows_of_root(stmt, self.plan.mapper.class_, window, self.dialect, now)
        found = page_of(self.page, self.shape, of_root, self.dialect, now)
        return ToRun(
            Prepared(select(self.dialect.text(found.json)), found.decoders), {}
        )

    def _prepared_for(self, request: Request, form: _Form) -> Prepared | None:
        """Return the statement that is kept for requests like *request*, if one can be.

        Raises:
            Declining: The rows that are asked are not known to be these.
        """
        key = (form, request.key)
        if key not in self.prepared:
            prepared: Prepared | None = None
            check_rows(self.shape, request.rows, request.stmt)
            with suppress(NotKept):
                prepared = self._prepare(request, form)
            while len(self.prepared) >= MOST:
                self.prepared.pop(next(iter(self.prepared)), None)
            self.prepared[key] = prepared
            return prepared
        return self.prepared[key]

    def _prepare(self, request: Request, form: _Form) -> Prepared:
        stmt, now = request.without_values(self.targets)
        prepared = self._selected(stmt, form, now, is_kept=True)
        if request.may_be_copied_wrongly:
            with_values = replace(now, asked=request.rows or None, root=request.stmt)
            written = self._selected(request.stmt, form, with_values, is_kept=True)
            if not is_same_sql(written.stmt, prepared.stmt, self.dialect.dialect):
                raise NotKept
        return prepared

    def _selected(
        self, stmt: Any, form: _Form, now: Now, *, is_kept: bool = False
    ) -> Prepared:
        """Return *stmt* with the JSON of its rows, written for *now*."""
        at = At(Row.of(self.plan.mapper.class_))
        written = None if self.is_of_request else self.ahead
        is_joined = False
        # To look what the statement selects takes longer than to run it for one row.
        if is_kept and form.is_list and self.dialect.joins and self.relationships:
            joined = joined_root(stmt, self.shape, is_large_page=form.is_large_page)
            if joined is not None:
                is_joined, written = True, None
                stmt, at = joined
        if written is None:
            written = json_of(self.shape, at, self.dialect, now)
        text, keys = self.dialect.text(written.json), []
        gives_no_row_twice = form.is_plain or is_joined
        if not gives_no_row_twice:
            keys = self.keys
        is_one_row = form.is_list and gives_no_row_twice and self._may_be_one_row
        if is_one_row:
            text = text.label("row")
        selected = at.joined(stmt).with_only_columns(
            text, *keys, maintain_column_froms=True
        )
        if is_one_row:
            selected = select(self.dialect.joined(selected.subquery().c.row))
        return Prepared(selected, written.decoders, bool(keys))

    @property
    def _may_be_one_row(self) -> bool:
        """Whether the database may give all rows of a statement as one text.

        Drivers and SQLAlchemy take longer for a thousand rows than a database.
        """
        return self.shape.levels() <= self.dialect.most_joined


class _Form(NamedTuple):
    """What of a request says how its statement is written."""

    is_list: bool
    is_plain: bool
    """Whether it is known to give no row twice."""
    is_large_page: bool


class ToRun(NamedTuple):
    """What answers one request."""

    prepared: Prepared
    values: Mapping[str, Any]
    """What the statement has by names."""
