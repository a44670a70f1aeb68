"""What the statements for the page of one relationship are made of."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, select, tuple_
from sqlalchemy.orm import RelationshipProperty

from sqla_selection.arguments import (
    Ordering,
    Scope,
    Window,
    condition_of,
    ordering_of,
    within,
)
from sqla_selection.given_names import alias_of
from sqla_selection.joins import may_repeat
from sqla_selection.keys import key_attributes, may_have_null_in_key
from sqla_selection.mapping import has_unjoined_union

from .keys import is_one_of
from .relationship import RelationshipQuery, condition_on, null_safe_condition

__all__ = [
    "KEYS",
    "PageDialect",
    "PageParts",
    "is_asked",
    "is_the_one",
    "labelled",
]

KEYS = "owner_keys"
"""The parameter for the owners' keys; their number is no part of a statement."""
_SORT = "sort_value_"
"""The name of what the order is by, beside the columns of any table."""


@dataclass(frozen=True)
class PageDialect:
    """What matters of a database for the form of a page."""

    name: str
    """SQLAlchemy's name of it."""
    has_lateral: bool = False
    has_unnest: bool = False
    has_limit_in_subquery: bool = False
    has_cheap_branches: bool = False

    @classmethod
    def of(cls, dialect: Any) -> PageDialect:
        """Return what matters of *dialect*, as `session.get_bind().dialect`."""
        name = dialect.name
        if name in ("mysql", "mariadb"):
            lateral = not getattr(dialect, "is_mariadb", name == "mariadb") and (
                getattr(dialect, "server_version_info", None) or ()
            ) >= (8, 0, 14)
            return cls(name, has_lateral=lateral, has_cheap_branches=not lateral)
        return cls(
            name,
            has_lateral=name == "postgresql",
            has_unnest=name == "postgresql",
            has_limit_in_subquery=name == "sqlite",
        )


@dataclass(frozen=True)
class PageParts:
    """One relationship and one window, in the words of one database."""

    prop: RelationshipProperty[Any]
    window: Window
    dialect: PageDialect
    scope: Scope = Scope()  # noqa: RUF009  # frozen
    has_owner: bool = True
    """Whether the owner's table is in the database of the target."""
    with_null: tuple[Hashable, ...] = ()
    """The owners' keys, where one has NULL in a part: no parameter equals NULL, so they
    are in the statement."""

    @cached_property
    def query(self) -> RelationshipQuery:
        """How the relationship is joined, and what an owner's key is."""
        return RelationshipQuery.of(self.prop)

    @cached_property
    def may_repeat(self) -> bool:
        """Whether one owner's key may have the same target in several rows.

        Where the owner is joined, that is also so if others have the same key.
        """
        own = set(key_attributes(self.prop.parent)) == set(self.query.key_attributes)
        return may_repeat(self.prop) or not (self.remote or own)

    @cached_property
    def target(self) -> Any:
        """What is selected: the class, or the alias that the relationship leads to."""
        return self.prop.entity.entity

    @cached_property
    def ordering(self) -> Ordering:
        """The order of the rows of one owner."""
        return ordering_of(
            self.window.order,
            self.target,
            self.dialect.name,
            self.scope,
            is_total=self.window.is_page,
        )

    @cached_property
    def remote(self) -> list[Any]:
        """The columns that equal the parts of the key, if the owner is left out."""
        return self.query.remote or []

    @cached_property
    def owner(self) -> Any:
        """An alias of the owner, where it is in the statement."""
        return alias_of(self.prop.parent)

    def key_of(self, owner: Any) -> list[Any]:
        """Return the parts of the key of *owner*."""
        return [getattr(owner, name) for name in self.query.key_attributes]

    @property
    def own_key(self) -> list[Any]:
        """The parts of the key in a statement of `joined`."""
        return self.remote or self.key_of(self.owner)

    @cached_property
    def key_is_unique(self) -> bool:
        """Whether the owner may be in the statement, by a key that no other has."""
        keys, own = self.query.key_attributes, key_attributes(self.prop.parent)
        return self.has_owner and len(keys) == 1 and keys == own

    @cached_property
    def primary_key(self) -> list[Any]:
        """The primary key of the target."""
        return [getattr(self.target, key) for key in key_attributes(self.prop.mapper)]

    @cached_property
    def sort_values(self) -> list[Any]:
        """What the order is by, named: cursors are made of it."""
        return labelled(_SORT, [key.expression for key in self.ordering.keys])

    @property
    def extra(self) -> int:
        """How many rows more tell whether there is a next page: a list does not say."""
        return int(self.window.is_connection)

    @property
    def cursor_values(self) -> list[Any]:
        """What of it is read with the rows: a list has no cursors."""
        return self.sort_values if self.window.is_connection else []

    @property
    def row(self) -> list[Any]:
        """What stands for a row in a subquery: its key and its sort values."""
        return [*labelled("p", self.primary_key), *self.sort_values]

    @cached_property
    def is_one_table(self) -> bool:
        """Whether the target is selected from its table as it is, column by column."""
        mapper = self.prop.mapper
        return (
            self.target is mapper.class_
            and mapper.polymorphic_on is None
            and not mapper.inherits
            and len(mapper.tables) == 1
            and mapper.local_table is mapper.tables[0]
            and all(
                len(prop.columns) == 1
                and getattr(prop.columns[0], "table", None) is mapper.local_table
                and not prop.columns[0].key.startswith(_SORT)
                for prop in mapper.column_attrs
            )
        )

    def joined(self, *columns: Any, one: bool = False) -> Any:
        """Return *columns* of all targets of the owners that the filter holds for."""
        stmt = select(*columns)
        if self.remote:
            stmt = self._with_secondary(stmt)
        elif self.with_null and self.query.is_null_safe:
            stmt = stmt.select_from(self.owner)
            stmt = stmt.join(self.target, null_safe_condition(self.owner, self.prop))
        else:
            stmt = self._with_owner(stmt, self.owner)
        if self.with_null:
            asked = is_one_of(self.own_key, self.with_null)
        else:
            asked = is_the_one(self.own_key) if one else is_asked(self.own_key)
        return self._conditioned(stmt).where(asked)

    def of_owner(self, key: Any, owners: Any, *columns: Any) -> Any:
        """Return *columns* of the targets of one owner, whose *key* is of *owners*."""
        stmt = select(*columns)
        if self.remote:
            stmt = self._with_secondary(stmt).where(self.remote[0] == key)
        else:
            again = alias_of(self.prop.parent)
            stmt = self._with_owner(stmt, again)
            stmt = stmt.where(self.key_of(again)[0] == key)
        stmt = self._conditioned(stmt)
        return stmt if owners is None else stmt.correlate(owners)

    def _with_owner(self, stmt: Any, owner: Any) -> Any:
        stmt, secondary = stmt.select_from(owner), self.prop.secondary
        if secondary is None or has_unjoined_union(self.prop.mapper):
            return stmt.join(getattr(owner, self.prop.key))
        # Not an alias of it: the mapping may order by its columns.
        stmt = stmt.join(secondary, condition_on(owner, self.prop))
        return stmt.join(self.target, self.prop.secondaryjoin)

    def _with_secondary(self, stmt: Any) -> Any:
        stmt = stmt.select_from(self.target)
        if self.prop.secondary is None:
            return stmt
        return stmt.join(self.prop.secondary, self.prop.secondaryjoin)

    def _conditioned(self, stmt: Any) -> Any:
        visible = self.scope.visible(self.target)
        if visible is not None:
            stmt = stmt.where(visible)
        if self.window.filter is not None:
            stmt = stmt.where(condition_of(self.window.filter, self.target, self.scope))
        return stmt

    def placed(self, stmt: Any) -> Any:
        """Return *stmt* after `after` and before `before`."""
        stmt = self.ordering.joined(stmt)
        condition = within(
            self.window, self.ordering, self.target, self.dialect.name, self.scope
        )
        return stmt if condition is None else stmt.where(condition)

    def limited(self, stmt: Any) -> Any:
        """Return *stmt* in order, with as many rows as the page needs."""
        window = self.window
        stmt = stmt.order_by(*self.ordering.clauses(backward=window.is_backward))
        if window.limit is not None:
            stmt = stmt.limit(window.limit + self.extra)
        return stmt.offset(window.offset) if window.offset else stmt

    def from_rows(self, rows: Any, key: Sequence[Any], entity: Any = None) -> Any:
        """Return the target, its owner's key and what the order is by, of *rows*."""
        values = [rows.c[one.name] for one in self.cursor_values]
        return select(entity or self.target, *key, *values)

    def same_row(self, rows: Any) -> ColumnElement[bool]:
        """Return the condition that the target is what *rows* is about."""
        places = [rows.c[f"p{index}"] for index in range(len(self.primary_key))]
        pairs = list(zip(self.primary_key, places, strict=True))
        if may_have_null_in_key(self.prop.mapper):
            return and_(*(one.is_not_distinct_from(other) for one, other in pairs))
        return and_(*(one == other for one, other in pairs))

    def ordering_of_rows(self, rows: Any) -> Ordering:
        """Return the order of the columns of a subquery."""
        keys = [
            replace(key, expression=rows.c[f"{_SORT}{index}"])
            for index, key in enumerate(self.ordering.keys)
        ]
        return replace(self.ordering, keys=tuple(keys), joins=())

    def ordered_by(self, stmt: Any, rows: Any) -> Any:
        """Return *stmt* in the order of the columns of a subquery."""
        ordering = self.ordering_of_rows(rows)
        return stmt.order_by(*ordering.clauses(backward=self.window.is_backward))


def labelled(prefix: str, columns: Sequence[Any]) -> list[Any]:
    """Return *columns*, named by their places."""
    return [column.label(f"{prefix}{index}") for index, column in enumerate(columns)]


def is_asked(columns: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition that a key is one of the parameter's."""
    column = columns[0] if len(columns) == 1 else tuple_(*columns)
    found: ColumnElement[bool] = column.in_(bindparam(KEYS, expanding=True))
    return found


def is_the_one(columns: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition that a key is the one of the parameters `k0`, `k1`."""
    return and_(
        *(column == bindparam(f"k{index}") for index, column in enumerate(columns))
    )
