"""A root field that one statement answers: what is known of it ahead of requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Select, inspect, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, Session, aliased

from sqla_loaders import AnySession
from sqla_selection import ConfigurationError, DepthLimit
from sqla_selection.arguments import (
    ArgumentsShape,
    Scope,
    Window,
    filtered,
    paged,
    rows_below,
    window_in,
)
from sqla_selection.options import entity_of
from sqla_selection.statement import has_contains_eager

from .arguments import Holder, conditions
from .bound import Bound, BoundSchema

__all__ = ["RootField", "Selected"]


class Selected(NamedTuple):
    """What a root field selects in one request."""

    stmt: Select[Any]
    entity: Any
    """The class, or the alias of it, that the statement selects."""
    is_plain: bool
    """Whether it is a `select()` of one class, filtered by its columns."""


@dataclass(frozen=True, eq=False)
class RootField:
    """A root field that is answered by one statement."""

    name: str
    is_list: bool
    schema: BoundSchema
    bound: Bound
    """The type that its rows are of, or one of several."""
    limit: DepthLimit
    session_in: Callable[[Any], AnySession]
    """Returns the session that is in a GraphQL context."""
    session_factory: Callable[[], Session | AsyncSession] | None = None
    """Makes a session of the field's own."""
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
        info: Any,
        shape: ArgumentsShape,
        arguments: dict[str, Any],
        session: AnySession,
    ) -> Selected:
        """Return the statement for the rows that *arguments* ask for.

        Args:
            info: Of the field, for the application's base query.
            shape: What they may ask.
            arguments: The arguments of the field by their Python names.
            session: Whose database the conditions are for.

        Raises:
            ArgumentValueError: A value is nothing that its column could hold.
            ArgumentError: An argument means nothing, or asks for too much.
            ConfigurationError: The base query does not take what the arguments ask.
        """
        stmt, entity = self._every, self.mapper.class_
        if self.base_query is not None:
            stmt = self.base_query(info, **arguments)
            entity = entity_of(stmt, self.mapper)
        filters = {key: column.attribute for key, column in shape.columns}
        if filters.keys() & arguments.keys():
            self._check_takes_conditions(stmt)
            holder = Holder.of(session, self.mapper)
            readers = {key: one.reads for key, one in shape.columns if one.reads}
            stmt = stmt.where(
                *conditions(entity, filters, arguments, self.where, holder, readers)
            )
        if self.base is not None:
            stmt = _only_rows_of(stmt, self.base, self.mappers)
        is_plain = self.base_query is None
        if shape.filter or shape.order or shape.sizes or shape.page_size:
            stmt, is_windowed = self._windowed(
                stmt, entity, info, shape, arguments, session
            )
            is_plain = is_plain and not is_windowed
        # Rows that `contains_eager` reads a collection from are rows of one object.
        if (
            self.base_query is not None
            and not self.is_list
            and not has_contains_eager(stmt)
            and hasattr(stmt, "limit")
        ):
            stmt = stmt.limit(1)
        return Selected(stmt, entity, is_plain)

    @cached_property
    def _every(self) -> Select[Any]:
        """The statement where no `get_base_query` is overridden: all, or the first."""
        stmt = select(self.mapper.class_)
        return stmt if self.is_list else stmt.limit(1)

    def _windowed(
        self,
        stmt: Any,
        entity: Any,
        info: Any,
        shape: ArgumentsShape,
        arguments: dict[str, Any],
        session: AnySession,
    ) -> tuple[Any, bool]:
        """Return *stmt* with filter, order and page, and whether it has any."""
        dialect = Holder.of(session, self.mapper).dialect
        others = replace(shape, columns=())  # which are conditions already
        limits = self.schema.limits
        window = window_in(info, others, arguments, limits=limits, dialect=dialect)
        rows_below(1, window.limit, limits, (info.field_name,))
        if window == _EVERYTHING:
            return stmt, False
        self._check_takes_conditions(stmt)
        scope = Scope(info=info)
        stmt = filtered(stmt, window, entity, scope)
        if self.base_query is not None and (window.order or window.is_page):
            stmt = _among_its_rows(stmt, entity, window, self.where)
        page = replace(window, filter=None)
        return paged(stmt, page, entity, dialect.name, scope), True

    def _check_takes_conditions(self, stmt: Any) -> None:
        if not hasattr(stmt, "where"):
            msg = (
                f"{self.where} cannot be filtered: the base query of "
                f"{self.bound.config.name!r} is a {type(stmt).__name__}, which takes "
                "no condition. Return a `select()`, or filter in `get_base_query` and "
                "give the argument a name that is no column's."
            )
            raise ConfigurationError(msg)


_EVERYTHING = Window()


def _among_its_rows(
    stmt: Select[Any], entity: Any, window: Window, where: str
) -> Select[Any]:
    """Return a base query that an order and a page may be put on.

    One that has a limit itself gives the rows that a client chooses among.
    """
    if has_contains_eager(stmt):
        msg = (
            f"{where} cannot be ordered or paged: its base query has `contains_eager`, "
            "where one object is several rows. Load the collection by `selectinload`."
        )
        raise ConfigurationError(msg)
    whole = stmt.limit(None).offset(None)
    if stmt.compare(whole):
        return stmt
    if window.offset and not stmt.compare(stmt.offset(None)):
        msg = (
            f"{where} cannot skip rows: its base query has an OFFSET itself. If that "
            "is the client's, give `get_base_query` a parameter of the argument's name."
        )
        raise ConfigurationError(msg)
    mapper = inspect(entity).mapper
    keys = [mapper.get_property_by_column(one).key for one in mapper.primary_key]
    limited = aliased(mapper.class_, stmt.subquery())
    chosen = select(*(getattr(limited, key) for key in keys))
    columns = [getattr(entity, key) for key in keys]
    one = columns[0] if len(keys) == 1 else tuple_(*columns)
    return whole.where(one.in_(chosen))


def _only_rows_of(
    stmt: Select[Any], base: Mapper[Any], mappers: Sequence[Mapper[Any]]
) -> Select[Any]:
    """Leave out rows of subclasses that the abstract type does not have."""
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
