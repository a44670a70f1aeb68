"""The page of one relationship for many owners → one SELECT, as a database is best at.

Every form reads the same rows; they differ in time by two orders of magnitude. Where a
form is not proven for a mapping, `row_number()` is what is always right.

The rows of each statement are the target, the parts of the owner's key, and the values
that the order is by, the primary key last. Within an owner they are in order, from the
end where the window counts from there.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import RelationshipProperty, aliased

from sqla_selection.arguments import (
    Ordering,
    Position,
    Scope,
    Window,
    beyond,
    condition_of,
    ordering_of,
    within,
)
from sqla_selection.attributes import may_repeat

from .relationship import RelationshipQuery

__all__ = ["PageDialect", "PageQuery", "PageStatement"]

_BRANCHES = 128
"""Owners of one `UNION ALL`: beyond, MariaDB is as fast with a window function."""


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
class PageStatement:
    """One statement, and how its rows are read."""

    form: str
    """`one`, `in`, `lateral`, `in-limit`, `union` or `window`."""
    stmt: Select[Any]
    key_length: int
    """How many columns are the parts of the owner's key."""
    ordering: Ordering


@dataclass(frozen=True)
class PageQuery:
    """The statements for one relationship and one window."""

    prop: RelationshipProperty[Any]
    window: Window
    dialect: PageDialect
    scope: Scope = Scope()  # noqa: RUF009  # frozen

    @cached_property
    def query(self) -> RelationshipQuery:
        """How the relationship is joined, and what an owner's key is."""
        return RelationshipQuery.of(self.prop)

    @property
    def may_repeat(self) -> bool:
        """Whether one owner may have the same target in several rows."""
        return may_repeat(self.prop)

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

    def statement(self, keys: Sequence[Hashable]) -> PageStatement:
        """Return the statement for the owners with *keys*, distinct and without NULL.

        Where the window has a limit, it is one row more for each owner: that tells
        whether there is a next page.
        """
        window, dialect = self.window, self.dialect
        if window.limit is None and not window.offset:
            return self._in(keys)
        if self.may_repeat:
            return self._row_number(keys)
        if len(keys) == 1:
            return self._one(keys[0])
        if len(self.query.key_attributes) > 1:
            return self._row_number(keys)
        if dialect.has_lateral and (self._is_direct or self._key_is_unique):
            return self._lateral(keys)
        if (
            dialect.has_limit_in_subquery
            and self._key_is_unique
            and (len(self._primary_key) == 1)
        ):
            return self._in_limit(keys)
        if dialect.has_cheap_branches and len(keys) <= _BRANCHES:
            return self._union(keys)
        return self._row_number(keys)

    def total(self, keys: Sequence[Hashable]) -> Any:
        """Return the statement for how many rows each owner has without the page.

        Its rows are the parts of the key, and the number; an owner without rows has
        none.
        """
        columns = self._own_key
        labels = _labelled("k", columns)
        if not self.may_repeat:
            stmt = self._joined(keys, *labels, func.count())
            return stmt.group_by(*columns)
        row = _labelled("p", self._primary_key)
        pairs = self._joined(keys, *labels, *row).distinct().subquery()
        parts = [pairs.c[label.name] for label in labels]
        return select(*parts, func.count()).group_by(*parts)

    def others(
        self, keys: Sequence[Hashable], position: Position, *, backward: bool
    ) -> Any:
        """Return the statement for which owners have rows on the other side.

        That is at *position* or after it, or before it if *backward*. Its rows are the
        parts of the key.
        """
        condition = beyond(
            self.ordering,
            position,
            self.window.order,
            self.target,
            self.dialect.name,
            self.scope,
            backward=backward,
            inclusive=True,
        )
        if self._key_is_unique and len(keys) > 1:
            key = self._key_of(self._owner)
            inner = self._of_owner(key[0], self._owner, literal(1))
            inner = self.ordering.joined(inner).where(condition)
            return select(*key).where(_is_in(key, keys), inner.exists())
        stmt = self._joined(keys, *self._own_key)
        return self.ordering.joined(stmt).where(condition).distinct()

    # The forms

    def _in(self, keys: Sequence[Hashable]) -> PageStatement:
        stmt = self._placed(self._joined(keys, self.target, *self._own_columns))
        clauses = self.ordering.clauses(backward=self.window.is_backward)
        return self._made("in", stmt.order_by(*clauses))

    def _one(self, key: Hashable) -> PageStatement:
        stmt = self._placed(self._joined([key], self.target, *self._own_columns))
        return self._made("one", self._limited(stmt))

    def _lateral(self, keys: Sequence[Hashable]) -> PageStatement:
        if self._is_direct and self.dialect.has_unnest:
            [column] = self._remote
            many = bindparam(None, list(keys), ARRAY(column.type), unique=True)
            owners: Any = func.unnest(many).table_valued("k").render_derived("owners")
            key, conditions = owners.c.k, []
        else:
            owners = self._owner
            [key] = self._key_of(owners)
            conditions = [key.in_(keys)]
        rows = self._page_of(key, owners).lateral("page")
        stmt = self._from_rows(rows, [key]).select_from(owners).join(rows, true())
        stmt = stmt.join(self.target, self._same_row(rows)).where(*conditions)
        return self._made("lateral", self._ordered_by(stmt, rows))

    def _in_limit(self, keys: Sequence[Hashable]) -> PageStatement:
        owner = self._owner
        key = self._key_of(owner)
        [primary_key] = self._primary_key
        page = self._of_owner(key[0], owner, primary_key)
        page = self._limited(self._placed(page))
        stmt = select(self.target, *key, *self._sort_values).select_from(owner)
        stmt = stmt.join(self.target, primary_key.in_(page))
        stmt = self.ordering.joined(stmt).where(_is_in(key, keys))
        clauses = self.ordering.clauses(backward=self.window.is_backward)
        return self._made("in-limit", stmt.order_by(*clauses))

    def _union(self, keys: Sequence[Hashable]) -> PageStatement:
        # As many branches as a power of two, so that few statements are compiled.
        size = 1 << (len(keys) - 1).bit_length()
        [type_] = [column.type for column in self._key_columns]
        branches = []
        for key in [*keys, *[None] * (size - len(keys))]:
            value = literal(key, type_)
            branches.append(self._page_of(value, None, value.label("k")))
        rows = union_all(*branches).subquery("page")
        stmt = self._from_rows(rows, [rows.c.k]).select_from(rows)
        stmt = stmt.join(self.target, self._same_row(rows))
        return self._made("union", self._ordered_by(stmt, rows))

    def _row_number(self, keys: Sequence[Hashable]) -> PageStatement:
        window = self.window
        named = _labelled("k", self._own_key)
        stmt = self._placed(self._joined(keys, *named, *self._row))
        if self.may_repeat:
            stmt = stmt.distinct()
        pairs = stmt.subquery("pairs")
        parts = [pairs.c[one.name] for one in named]
        ordering = self._ordering_of_rows(pairs)
        place = func.row_number().over(
            partition_by=parts, order_by=ordering.clauses(backward=window.is_backward)
        )
        rows = select(pairs, place.label("place")).subquery("page")
        stmt = self._from_rows(rows, [rows.c[one.name] for one in named])
        stmt = stmt.select_from(rows).join(self.target, self._same_row(rows))
        if window.offset:
            stmt = stmt.where(rows.c.place > window.offset)
        if window.limit is not None:
            stmt = stmt.where(rows.c.place <= window.offset + window.limit + 1)
        return self._made("window", stmt.order_by(rows.c.place))

    # What they are made of

    @cached_property
    def _remote(self) -> list[Any]:
        """The columns that equal the parts of the key, if the owner is left out."""
        return self.query._remote or []  # noqa: SLF001  # of this package

    @property
    def _is_direct(self) -> bool:
        return bool(self._remote)

    @cached_property
    def _owner(self) -> Any:
        return aliased(self.prop.parent.class_, flat=True)

    def _key_of(self, owner: Any) -> list[Any]:
        return [getattr(owner, name) for name in self.query.key_attributes]

    @property
    def _key_columns(self) -> list[Any]:
        return self._remote or self._key_of(self.prop.parent.class_)

    @cached_property
    def _key_is_unique(self) -> bool:
        """Whether the key is the owner's primary key, so that no owner has it twice."""
        mapper = self.prop.parent
        keys = [mapper.get_property_by_column(one).key for one in mapper.primary_key]
        return len(keys) == 1 and keys == list(self.query.key_attributes)

    @cached_property
    def _primary_key(self) -> list[Any]:
        mapper = self.prop.mapper
        return [
            getattr(self.target, mapper.get_property_by_column(column).key)
            for column in mapper.primary_key
        ]

    @cached_property
    def _sort_values(self) -> list[Any]:
        return [
            key.expression.label(f"s{index}")
            for index, key in enumerate(self.ordering.keys)
        ]

    @property
    def _row(self) -> list[Any]:
        """What stands for a row in a subquery: its key and its sort values."""
        return [*_labelled("p", self._primary_key), *self._sort_values]

    @property
    def _own_key(self) -> list[Any]:
        """The parts of the key in a statement of `_joined`."""
        return self._remote or self._key_of(self._owner)

    @property
    def _own_columns(self) -> list[Any]:
        return [*self._own_key, *self._sort_values]

    def _joined(self, keys: Sequence[Hashable], *columns: Any) -> Any:
        """Return *columns* of all targets of *keys* that the filter holds for."""
        stmt = select(*columns)
        if self._is_direct:
            stmt = self._with_secondary(stmt)
        else:
            stmt = stmt.select_from(self._owner)
            stmt = stmt.join(getattr(self._owner, self.prop.key))
        return self._conditioned(stmt).where(_is_in(self._own_key, keys))

    def _of_owner(self, key: Any, owners: Any, *columns: Any) -> Any:
        """Return *columns* of the targets of one owner, whose *key* is of *owners*."""
        stmt = select(*columns)
        if self._is_direct:
            stmt = self._with_secondary(stmt).where(self._remote[0] == key)
        else:
            again = aliased(self.prop.parent.class_, flat=True)
            stmt = stmt.select_from(again).join(getattr(again, self.prop.key))
            stmt = stmt.where(self._key_of(again)[0] == key)
        stmt = self._conditioned(stmt)
        return stmt if owners is None else stmt.correlate(owners)

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

    def _placed(self, stmt: Any) -> Any:
        """Return *stmt* after `after` and before `before`."""
        stmt = self.ordering.joined(stmt)
        condition = within(
            self.window, self.ordering, self.target, self.dialect.name, self.scope
        )
        return stmt if condition is None else stmt.where(condition)

    def _limited(self, stmt: Any) -> Any:
        window = self.window
        stmt = stmt.order_by(*self.ordering.clauses(backward=window.is_backward))
        if window.limit is not None:
            stmt = stmt.limit(window.limit + 1)
        return stmt.offset(window.offset) if window.offset else stmt

    def _page_of(self, key: Any, owners: Any, *columns: Any) -> Any:
        stmt = self._of_owner(key, owners, *self._row, *columns)
        return self._limited(self._placed(stmt))

    def _from_rows(self, rows: Any, key: Sequence[Any]) -> Any:
        values = [rows.c[one.name] for one in self._sort_values]
        return select(self.target, *key, *values)

    def _same_row(self, rows: Any) -> ColumnElement[bool]:
        return and_(
            *(
                column == rows.c[f"p{index}"]
                for index, column in enumerate(self._primary_key)
            )
        )

    def _ordering_of_rows(self, rows: Any) -> Ordering:
        keys = [
            replace(key, expression=rows.c[f"s{index}"])
            for index, key in enumerate(self.ordering.keys)
        ]
        return replace(self.ordering, keys=tuple(keys), joins=())

    def _ordered_by(self, stmt: Any, rows: Any) -> Any:
        ordering = self._ordering_of_rows(rows)
        return stmt.order_by(*ordering.clauses(backward=self.window.is_backward))

    def _made(self, form: str, stmt: Any) -> PageStatement:
        return PageStatement(form, stmt, len(self.query.key_attributes), self.ordering)


def _labelled(prefix: str, columns: Sequence[Any]) -> list[Any]:
    return [column.label(f"{prefix}{index}") for index, column in enumerate(columns)]


def _is_in(columns: Sequence[Any], keys: Sequence[Hashable]) -> ColumnElement[bool]:
    column = columns[0] if len(columns) == 1 else tuple_(*columns)
    if len(keys) == 1 and len(columns) == 1:
        equal: ColumnElement[bool] = column == keys[0]
        return equal
    found: ColumnElement[bool] = column.in_(keys)
    return found
