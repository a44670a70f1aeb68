"""A root field that one statement answers: what is known of it ahead of requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, Session

from sqla_loaders import AnySession
from sqla_selection import ConfigurationError, DepthLimit
from sqla_selection.arguments import (
    ArgumentsShape,
    OrderKey,
    Scope,
    Window,
    filtered,
    order_keys_of_statement,
    paged,
    window_in,
)
from sqla_selection.options import entity_of
from sqla_selection.statement import PLAIN, has_contains_eager
from sqla_selection.visibility import hides_all

from .base_queries import among_rows_of, each_row_once
from .bound import Bound, BoundSchema
from .holder import Holder
from .request import Request
from .selected import EVERYTHING, Kept, KeptStatements, Selected
from .wrappers import Parameters, parameters_of

__all__ = ["RootField"]


@dataclass(frozen=True, eq=False)
class RootField:
    """A root field that is answered by one statement."""

    name: str
    is_list: bool
    """Whether it gives many rows: a list of them, or a connection."""
    schema: BoundSchema
    bound: Bound
    """The type that its rows are of, or one of several."""
    limit: DepthLimit
    session_in: Callable[[Any], AnySession]
    """Returns the session that is in a GraphQL context."""
    session_for: Callable[[Any], Session | AsyncSession] | None = None
    """Makes a session of the field's own, for the `info` of a request."""
    base_query: Callable[..., Any] | None = None
    """The application's `get_base_query`, if that decides what is selected."""
    base: Mapper[Any] | None = None
    """The common base of an abstract field's types; `None` for an object type."""
    mappers: tuple[Mapper[Any], ...] = ()
    """The mappers whose rows an abstract field may give."""

    @cached_property
    def where(self) -> str:
        """The field, as `Query.users`."""
        return f"Query.{self.name}"

    @cached_property
    def mapper(self) -> Mapper[Any]:
        """The mapper whose rows are selected."""
        return self.base or self.bound.config.mapper

    def statement(
        self,
        request: Request,
        shape: ArgumentsShape,
        arguments: dict[str, Any],
        holder: Callable[[], Holder],
    ) -> Selected:
        """Return the statement for the rows that *arguments* ask for.

        Args:
            request: Of the field.
            shape: What they may ask.
            arguments: The arguments of the field by their Python names.
            holder: Returns the database that the conditions are for.

        Raises:
            ArgumentError: An argument means nothing, or asks for too much.
            ConfigurationError: The base query does not take what the arguments ask.
        """
        stmt, entity, base = self._every, self.mapper.class_, None
        if self.base_query is not None:
            stmt = base = self.base_query(request.info, **self._own.given(arguments))
            entity = entity_of(stmt, self.mapper)
            stmt = self._only_mine(stmt)
        is_all, is_empty = self.base_query is None, False
        seen = request.visible(entity)
        if seen is not None:
            self._check_takes_conditions(stmt)
            stmt = stmt.where(seen)
            is_all, is_empty = False, hides_all(seen)
        is_plain, window = is_all, EVERYTHING
        if not shape.is_empty:
            window = self._window(
                request.info, shape, arguments, holder(), stmt, entity
            )
        if shape.connection is not None:
            if self.base_query is not None:
                stmt = each_row_once(stmt, entity, self.where)
            return Selected(lambda: stmt, entity, is_plain, window, is_empty, base)
        if window is EVERYTHING:
            if is_all:
                return self._all
        else:
            # What columns are compared with names no other table.
            is_plain = is_plain and not (shape.filter or window.order)
            of, scope = holder(), request.scope
            make = partial(self._windowed, stmt, entity, window, of, scope)
            kept = self._kept(window, of, is_plain=is_plain) if is_all else None
            if kept is not None:
                return Selected(make, entity, is_plain, window, kept=kept)
            stmt = make()
        # Rows that `contains_eager` reads a collection from are rows of one object.
        if (
            self.base_query is not None
            and not self.is_list
            and not has_contains_eager(stmt)
            and hasattr(stmt, "limit")
        ):
            stmt = stmt.limit(1)
        return Selected(lambda: stmt, entity, is_plain, window, is_empty, base)

    def _kept(self, window: Window, holder: Holder, *, is_plain: bool) -> Kept | None:
        """Return the statement that is kept for windows like *window*, if one can be.

        For fields without a base query, where all rows may be seen.
        """

        def make(named: Window) -> Any:
            stmt, entity = self._every, self.mapper.class_
            return self._windowed(stmt, entity, named, holder, Scope())

        return self._statements.of(
            window, self.mapper.class_, holder, make, is_plain=is_plain
        )

    @cached_property
    def _statements(self) -> KeptStatements:
        return KeptStatements()

    @cached_property
    def _all(self) -> Selected:
        """What is selected where nothing is asked, and nothing hidden."""
        kept = Kept(self._every, PLAIN, {})
        return Selected(lambda: kept.stmt, self.mapper.class_, True, kept=kept)

    @cached_property
    def _own(self) -> Parameters:
        """What the application's `get_base_query` takes by name."""
        return parameters_of(self.base_query, 1)  # without `info`

    @cached_property
    def _every(self) -> Select[Any]:
        """The statement where no `get_base_query` is overridden: all, or the first."""
        stmt = self._only_mine(select(self.mapper.class_))
        return stmt if self.is_list else stmt.limit(1)

    def _only_mine(self, stmt: Select[Any]) -> Select[Any]:
        """Leave out rows of subclasses that an abstract field does not have."""
        if self.base is None:
            return stmt
        return _only_rows_of(stmt, self.base, self.mappers)

    def _windowed(
        self,
        stmt: Any,
        entity: Any,
        window: Window,
        holder: Holder,
        scope: Scope,
    ) -> Any:
        """Return *stmt* with filter, order and page."""
        self._check_takes_conditions(stmt)
        stmt = filtered(stmt, window, entity, scope)
        if not window.order and not window.is_page:
            return stmt
        if self.base_query is not None:
            stmt = among_rows_of(stmt, entity, window, self.where)
        page = replace(window, filter=None)
        return paged(stmt, page, entity, holder.dialect.name, scope)

    def _window(
        self,
        info: Any,
        shape: ArgumentsShape,
        arguments: dict[str, Any],
        holder: Holder,
        stmt: Any,
        entity: Any,
    ) -> Window:
        """Return what *arguments* ask of the rows.

        Of a connection in the order of the base query, if the client gives none.
        """
        order: tuple[OrderKey, ...] = ()
        if shape.connection is not None and self.base_query is not None:
            self._check_takes_conditions(stmt)
            if shape.order is None or not arguments.get(shape.order[0]):
                order = order_keys_of_statement(stmt, entity)
        window = window_in(
            info,
            shape,
            arguments,
            limits=self.schema.limits,
            dialect=holder.dialect,
            values_per_statement=holder.values_per_statement,
            default_order=order,
        )
        return EVERYTHING if window == EVERYTHING else window

    def _check_takes_conditions(self, stmt: Any) -> None:
        if not hasattr(stmt, "where"):
            msg = (
                f"{self.where} cannot be filtered: the base query of "
                f"{self.bound.config.name!r} is a {type(stmt).__name__}, which takes "
                "no condition. Return a `select()`, or filter in `get_base_query` and "
                "give the argument a name that is no column's."
            )
            raise ConfigurationError(msg)


def _only_rows_of(
    stmt: Select[Any], base: Mapper[Any], mappers: Sequence[Mapper[Any]]
) -> Select[Any]:
    """Return *stmt* with rows of the given mappers only."""
    every = {mapper for mapper in base.self_and_descendants if not _is_abstract(mapper)}
    wanted = {
        mapper for mapper in every if any(mapper.isa(allowed) for allowed in mappers)
    }
    if wanted == every or base.polymorphic_on is None:
        return stmt
    identities = sorted((mapper.polymorphic_identity for mapper in wanted), key=str)
    return stmt.where(base.polymorphic_on.in_(identities))


def _is_abstract(mapper: Mapper[Any]) -> bool:
    return bool(mapper.polymorphic_abstract)
