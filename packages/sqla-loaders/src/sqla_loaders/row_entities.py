"""Targets that come beside their owners, in the rows of one statement.

A batch asks for what a policy may hide of a scalar, as that is no value of the owner's
attribute. Where the statement of the owners can have it as an entity beside them (see
`sqla_selection.entity_joins`), it is read here from its rows, and kept where a batch
would have kept it. So the batch finds it there, and what cannot stand in the statement
is still asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from sqlalchemy import inspect
from sqlalchemy.orm import RelationshipProperty, Session

from sqla_selection import Visibility
from sqla_selection.entity_joins import (
    EntityJoin,
    means_the_same_joined,
    tables_of_class,
)
from sqla_selection.load_plan import Edge
from sqla_selection.visibility import hides_all

from ._compat import states_of
from .listening import has_hooks
from .on_owners import reader_of
from .relationship import RelationshipQuery
from .terms import NO_TERMS, Terms, terms_of_each
from .values import EdgeValues

__all__ = ["EntitiesOf", "RowEntities", "takes_entities"]


def takes_entities(session: Session, terms: Terms) -> bool:
    """Tell whether a statement on *session* may have entities beside its rows.

    Not where hooks or criteria of the application's filter the statements of targets.
    """
    return not (terms.options or terms.criteria or has_hooks(session))


class _Loaders(Protocol):
    visibility: Visibility | None

    def values_of(
        self, prop: RelationshipProperty[Any], window: Hashable = None
    ) -> EdgeValues: ...


@dataclass(frozen=True)
class RowEntities:
    """What keeps targets that come beside their owners, in one request."""

    visibility: Visibility
    """Tells which rows may be seen."""
    values_of: Callable[[RelationshipProperty[Any], Hashable], EdgeValues]
    """Returns where the targets of an edge are kept."""

    @classmethod
    def of(cls, loaders: _Loaders | None) -> RowEntities | None:
        """Return what keeps them, `None` where nothing may be hidden."""
        if loaders is None or loaders.visibility is None:
            return None
        return cls(loaders.visibility, loaders.values_of)

    def condition(
        self, join: EntityJoin, tables: frozenset[Any], *, takes_subqueries: bool
    ) -> Any:
        """Return by what the alias of *join* is joined, `None` if a batch has to ask.

        An error is the field's, for which the batch meets it again. Where all is
        hidden, the batch needs no statement.
        """
        if not join.is_beside:
            return join.condition
        try:
            seen = self.visibility.of(join.alias)
        except Exception:
            return None
        if seen is None:
            return join.condition
        if hides_all(seen) or not means_the_same_joined(
            seen,
            join,
            tables,
            takes_subqueries=takes_subqueries
            and not self.visibility.is_awaited(join.relationship.mapper),
        ):
            return None
        return join.condition.and_(seen)


class _Placed(NamedTuple):
    """A join that is part of the statement."""

    join: EntityJoin
    condition: Any
    owner: int | None
    """The place of the join that its owner comes by; `None` for the row's own."""


@dataclass
class EntitiesOf:
    """What is joined to one statement."""

    _request: RowEntities | None
    _placed: list[_Placed] = field(default_factory=list)

    @classmethod
    def joined(
        cls,
        request: RowEntities | None,
        joins: Iterable[EntityJoin],
        between: Any = None,
        *,
        takes_subqueries: bool = True,
    ) -> EntitiesOf:
        """Return what of *joins* is joined to one statement.

        Args:
            request: What keeps it.
            joins: See `sqla_selection.options.Options.joins`.
            between: What else the statement selects from without an alias.
            takes_subqueries: Whether a policy may have some.
        """
        found = cls(request)
        for join in joins:
            owner = inspect(join.owner)
            tables = frozenset(() if between is None else (between,))
            if not owner.is_aliased_class:
                tables |= tables_of_class(owner.mapper)
            found._add(join, None, tables, takes_subqueries=takes_subqueries)
        return found

    def _add(
        self,
        join: EntityJoin,
        owner: int | None,
        tables: frozenset[Any],
        *,
        takes_subqueries: bool,
    ) -> None:
        """Add *join*, and what is joined to it, if its condition may stand there."""
        assert self._request is not None
        condition = self._request.condition(
            join, tables, takes_subqueries=takes_subqueries
        )
        if condition is None:
            return
        place = len(self._placed)
        self._placed.append(_Placed(join, condition, owner))
        for one in join.below:
            self._add(one, place, tables, takes_subqueries=takes_subqueries)

    def on(self, stmt: Any) -> Any:
        """Return *stmt*, which selects the owners first, with the entities behind."""
        for join, condition, _ in self._placed:
            stmt = stmt.join(condition, isouter=True)
            if join.is_beside:
                names = RelationshipQuery.of(join.relationship).key_attributes
                key = [getattr(join.owner, name) for name in names]
                stmt = stmt.add_columns(join.alias, *key).options(*join.options)
        return stmt

    def taken(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Keep the entities of *rows*, and return the rows without them."""
        if not self._placed or not rows:
            return rows
        columns = list(zip(*rows, strict=True))
        queries = [RelationshipQuery.of(one.join.relationship) for one in self._placed]
        widths = [
            1 + len(query.key_attributes) if one.join.is_beside else 0
            for one, query in zip(self._placed, queries, strict=True)
        ]
        own = place = len(columns) - sum(widths)
        found: list[Sequence[Any]] = []
        for (join, _, by), width in zip(self._placed, widths, strict=True):
            owners = columns[0] if by is None else found[by]
            if width:
                target, *key = columns[place : place + width]
                self._keep(join.relationship, owners, key, target)
                found.append(target)
            else:
                read = reader_of(join.relationship, otherwise=lambda _: None)
                found.append(list(map(read, owners)))
            place += width
        return list(zip(*columns[:own], strict=True))

    def _keep(
        self,
        prop: RelationshipProperty[Any],
        owners: Sequence[Any],
        key: Sequence[Sequence[Any]],
        targets: Sequence[Any],
    ) -> None:
        assert self._request is not None
        values = self._request.values_of(prop, Edge(prop, is_guarded=True).kept_by())
        keys = key[0] if len(key) == 1 else list(zip(*key, strict=True))
        each = terms_of_each(states_of(owners), prop)
        before, kept = NO_TERMS, values.kept_on(NO_TERMS)
        # The keys are those of the rows: an object of the session may have another.
        converted = values.query.owner_key.converted_each(keys)
        for terms, one, target in zip(each, converted, targets, strict=True):
            if terms is not before:
                before, kept = terms, values.kept_on(terms)
            if not values.query.is_empty(one):
                kept[one] = target
