"""A root field that one statement answers: what is known of it ahead of requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from graphql import GraphQLField
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, Session

from sqla_loaders import AnySession
from sqla_selection import ConfigurationError, DepthLimit
from sqla_selection.options import entity_of
from sqla_selection.statement import has_contains_eager

from .arguments import Holder, conditions, filtered_attribute
from .bound import Bound, BoundSchema

__all__ = ["RootField", "Selected"]


class Selected(NamedTuple):
    """What a root field selects in one request."""

    stmt: Select[Any]
    entity: Any
    """The class, or the alias of it, that the statement selects."""


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

    def filters_of(self, definition: GraphQLField) -> dict[str, str]:
        """Return Python name of an argument → attribute, of those that filter."""
        aliases = self.bound.config.aliases
        found = {}
        for name, argument in definition.args.items():
            attribute = filtered_attribute(self.mapper, aliases, name)
            if attribute is not None:
                found[argument.out_name or name] = attribute
        return found

    def statement(
        self,
        info: Any,
        filters: dict[str, str],
        arguments: dict[str, Any],
        session: AnySession,
    ) -> Selected:
        """Return the statement for the rows that *arguments* ask for.

        Args:
            info: Of the field, for the application's base query.
            filters: See `filters_of`.
            arguments: The arguments of the field by their Python names.
            session: Whose database the conditions are for.

        Raises:
            ArgumentValueError: A value is nothing that its column could hold.
            ConfigurationError: The base query takes no condition.
        """
        stmt, entity = self._every, self.mapper.class_
        if self.base_query is not None:
            stmt = self.base_query(info, **arguments)
            entity = entity_of(stmt, self.mapper)
        if filters.keys() & arguments.keys():
            self._check_takes_conditions(stmt)
            holder = Holder.of(session, self.mapper)
            stmt = stmt.where(
                *conditions(entity, filters, arguments, self.where, holder)
            )
        if self.base is not None:
            stmt = _only_rows_of(stmt, self.base, self.mappers)
        # Rows that `contains_eager` reads a collection from are rows of one object.
        if (
            self.base_query is not None
            and not self.is_list
            and not has_contains_eager(stmt)
            and hasattr(stmt, "limit")
        ):
            stmt = stmt.limit(1)
        return Selected(stmt, entity)

    @cached_property
    def _every(self) -> Select[Any]:
        """The statement where no `get_base_query` is overridden: all, or the first."""
        stmt = select(self.mapper.class_)
        return stmt if self.is_list else stmt.limit(1)

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
