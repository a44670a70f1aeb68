"""The page of one relationship for many owners → one SELECT, as a database is best at.

Every form reads the same rows; they differ in time by two orders of magnitude. Where a
form is not proven for a mapping, `row_number()` is what is always right.

The rows of each statement are the target, the parts of the owner's key, and for a
connection the values that the order is by, the primary key last. Within an owner they
are in order, from the end where the window counts from there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import ARRAY, bindparam, func, literal, select, true, union_all
from sqlalchemy.orm import RelationshipProperty, aliased

from sqla_selection.arguments import (
    Position,
    Scope,
    Window,
    beyond,
    order_key_of_another,
)
from sqla_selection.given_names import name_of_no_table, subquery_of

from .page_parts import KEYS, PageDialect, PageParts, is_asked, labelled

__all__ = ["PageDialect", "PageQuery", "PageStatement"]

_BRANCHES = 128
"""Owners of one `UNION ALL`: beyond, MariaDB is as fast with a window function."""
_BRANCHES_ONCE = 16
"""The same of a statement that is not kept: half a millisecond makes each branch."""


@dataclass(frozen=True)
class PageStatement:
    """One statement, and how it is run and read."""

    form: str
    """`one`, `in`, `lateral`, `in-limit`, `union`, `window`, `count` or `exists`."""
    stmt: Any
    key_length: int
    """How many columns are the parts of the owner's key."""
    entity: Any = None
    """What loader options are for: the target, or an alias of it."""
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PageQuery(PageParts):
    """The statements for one relationship and one window."""

    is_kept: bool = False
    """Whether its statements are made once, for all requests."""

    @classmethod
    def of(
        cls,
        prop: RelationshipProperty[Any],
        window: Window,
        dialect: PageDialect,
        scope: Scope = Scope(),  # noqa: B008  # frozen
        *,
        has_owner: bool = True,
    ) -> PageQuery:
        """Return the query, made once where nothing of it belongs to the request.

        What clients sent is not kept: it is theirs, and seldom sent twice.
        """
        is_anyones = scope.visible is Scope.visible and not window.has_functions
        if is_anyones and not window.has_values:
            return _query(prop, window, dialect, has_owner)
        return cls(prop, window, dialect, scope, has_owner)

    def knowing(self, keys: Sequence[Hashable]) -> PageQuery:
        """Return the query for *keys*, which may have NULL in a part."""
        if any(isinstance(key, tuple) and None in key for key in keys):
            return replace(self, with_null=tuple(keys))
        return self

    def statement(self, keys: Sequence[Hashable]) -> PageStatement:
        """Return the statement for the owners with *keys*, distinct and without NULL.

        For others ask what `knowing` gives.

        A connection with a limit has one row more for each owner: that tells whether
        there is a next page.
        """
        form = self._form(len(keys))
        if form == "union":
            # As many branches as a power of two, so that few statements are compiled.
            size = 1 << (len(keys) - 1).bit_length()
            padded = [*keys, *[None] * (size - len(keys))]
            parameters = {f"k{index}": key for index, key in enumerate(padded)}
            return self._made(form, size, parameters)
        if form == "one":
            [key] = keys
            parts = key if isinstance(key, tuple) else (key,)
            parameters = {f"k{index}": part for index, part in enumerate(parts)}
            return self._made(form, 0, parameters)
        return self._made(form, 0, self._parameters(keys))

    def _parameters(self, keys: Sequence[Hashable]) -> dict[str, Any]:
        return {} if self.with_null else {KEYS: list(keys)}

    def total(self, keys: Sequence[Hashable]) -> PageStatement:
        """Return the statement for how many rows each owner has without the page.

        Its rows are the parts of the key, and the number; an owner without rows has
        none.
        """
        return self._made("count", 0, self._parameters(keys))

    def others(
        self, keys: Sequence[Hashable], position: Position, *, backward: bool
    ) -> PageStatement:
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
        if self.key_is_unique:
            key = self.key_of(self.owner)
            inner = self.of_owner(key[0], self.owner, literal(1))
            inner = self.ordering.joined(inner).where(condition)
            stmt = select(*key).where(is_asked(key), inner.exists())
        else:
            stmt = self.joined(*self.own_key)
            stmt = self.ordering.joined(stmt).where(condition).distinct()
        length = len(self.query.key_attributes)
        parameters = self._parameters(keys)
        return PageStatement("exists", stmt, length, parameters=parameters)

    def _form(self, owners: int) -> str:
        window, dialect = self.window, self.dialect
        if window.limit is None and not window.offset:
            return "in"
        if self.may_repeat or self.with_null:
            return "window"
        if owners == 1:
            return "one"
        if len(self.query.key_attributes) > 1:
            return "window"
        if dialect.has_lateral and (
            (self.remote and dialect.has_unnest) or self.key_is_unique
        ):
            return "lateral"
        if (
            dialect.has_limit_in_subquery
            and self.key_is_unique
            and len(self.primary_key) == 1
            and order_key_of_another(self.prop, window.order) is None
        ):
            return "in-limit"
        most = _BRANCHES if self.is_kept else _BRANCHES_ONCE
        if dialect.has_cheap_branches and owners <= most:
            return "union"
        return "window"

    def _made(self, form: str, size: int, parameters: dict[str, Any]) -> PageStatement:
        made = self._statements.get((form, size))
        if made is None:
            made = self._statements[form, size] = _FORMS[form](self, size)
        stmt, entity = made
        length = len(self.query.key_attributes)
        return PageStatement(form, stmt, length, entity, parameters)

    @cached_property
    def _statements(self) -> dict[tuple[str, int], tuple[Any, Any]]:
        return {}


@lru_cache(maxsize=512)
def _query(
    prop: RelationshipProperty[Any],
    window: Window,
    dialect: PageDialect,
    has_owner: bool,
) -> PageQuery:
    return PageQuery(prop, window, dialect, has_owner=has_owner, is_kept=True)


# Each form gives a statement, and the entity that it selects.


def _all(of: PageQuery, size: int) -> tuple[Any, Any]:
    stmt = of.placed(of.joined(of.target, *of.own_key, *of.cursor_values))
    clauses = of.ordering.clauses(backward=of.window.is_backward)
    return stmt.order_by(*clauses), of.target


def _one(of: PageQuery, size: int) -> tuple[Any, Any]:
    columns = (of.target, *of.own_key, *of.cursor_values)
    return of.limited(of.placed(of.joined(*columns, one=True))), of.target


def _lateral(of: PageQuery, size: int) -> tuple[Any, Any]:
    of = replace(of, scope=replace(of.scope, is_lateral=True))
    if of.remote and of.dialect.has_unnest:
        many = bindparam(KEYS, type_=ARRAY(of.remote[0].type))
        name = name_of_no_table(of.prop.mapper)
        owners: Any = func.unnest(many).table_valued("k").render_derived(name=name)
        key, conditions = owners.c.k, []
    else:
        owners = of.owner
        [key] = of.key_of(owners)
        conditions = [is_asked([key])]
    # Reading the row again by its key takes as long as finding it.
    columns = list(of.prop.mapper.local_table.c) if of.is_one_table else of.row
    values = of.sort_values if of.is_one_table else []
    page = of.limited(of.placed(of.of_owner(key, owners, *columns, *values)))
    rows = subquery_of(page, of.prop.mapper, is_lateral=True)
    entity = aliased(of.target, rows) if of.is_one_table else of.target
    stmt = of.from_rows(rows, [key], entity).select_from(owners).join(rows, true())
    if not of.is_one_table:
        stmt = stmt.join(of.target, of.same_row(rows))
    return of.ordered_by(stmt.where(*conditions), rows), entity


def _in_limit(of: PageQuery, size: int) -> tuple[Any, Any]:
    key = of.key_of(of.owner)
    [primary_key] = of.primary_key
    page = of.limited(of.placed(of.of_owner(key[0], of.owner, primary_key)))
    stmt = select(of.target, *key, *of.cursor_values).select_from(of.owner)
    stmt = stmt.join(of.target, primary_key.in_(page))
    stmt = of.ordering.joined(stmt).where(is_asked(key))
    clauses = of.ordering.clauses(backward=of.window.is_backward)
    return stmt.order_by(*clauses), of.target


def _union(of: PageQuery, size: int) -> tuple[Any, Any]:
    [column] = of.remote or of.key_of(of.prop.parent.class_)
    branches = []
    for index in range(size):
        key = bindparam(f"k{index}", type_=column.type)
        page = of.limited(of.placed(of.of_owner(key, None, *of.row, key.label("k"))))
        # A subquery, as SQLAlchemy joins nothing to a union of SELECTs in brackets.
        branches.append(select(subquery_of(page, of.prop.mapper)))
    rows = subquery_of(union_all(*branches), of.prop.mapper)
    stmt = of.from_rows(rows, [rows.c.k]).select_from(rows)
    stmt = stmt.join(of.target, of.same_row(rows))
    return of.ordered_by(stmt, rows), of.target


def _window(of: PageQuery, size: int) -> tuple[Any, Any]:
    window = of.window
    named = labelled("k", of.own_key)
    stmt = of.placed(of.joined(*named, *of.row))
    if of.may_repeat:
        stmt = stmt.distinct()
    pairs = subquery_of(stmt, of.prop.mapper)
    parts = [pairs.c[one.name] for one in named]
    clauses = of.ordering_of_rows(pairs).clauses(backward=window.is_backward)
    place = func.row_number().over(partition_by=parts, order_by=clauses)
    rows = subquery_of(select(pairs, place.label("place")), of.prop.mapper)
    stmt = of.from_rows(rows, [rows.c[one.name] for one in named])
    stmt = stmt.select_from(rows).join(of.target, of.same_row(rows))
    if window.offset:
        stmt = stmt.where(rows.c.place > window.offset)
    if window.limit is not None:
        last = window.offset + window.limit + of.extra
        stmt = stmt.where(rows.c.place <= last)
    return stmt.order_by(rows.c.place), of.target


def _count(of: PageQuery, size: int) -> tuple[Any, Any]:
    labels = labelled("k", of.own_key)
    if not of.may_repeat:
        return of.joined(*labels, func.count()).group_by(*of.own_key), None
    row = labelled("p", of.primary_key)
    pairs = of.joined(*labels, *row).distinct().subquery()
    parts = [pairs.c[label.name] for label in labels]
    return select(*parts, func.count()).group_by(*parts), None


_FORMS: dict[str, Callable[[PageQuery, int], tuple[Any, Any]]] = {
    "in": _all,
    "one": _one,
    "lateral": _lateral,
    "in-limit": _in_limit,
    "union": _union,
    "window": _window,
    "count": _count,
}
