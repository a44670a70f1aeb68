"""What is joined to rows for what is below them, in place of a subquery for each row.

A database that runs a subquery anew for each row around it takes longer for that than
for all else. The target of each row is a join. The lists of all rows are made at once:
a SELECT that is grouped by their key, with all that is below it joined in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Join, Select, Table, and_, func, inspect, literal_column, select
from sqlalchemy.orm import Mapper, aliased

from sqla_selection.keys import key_attributes
from sqla_selection.statement import gives_each_row_once, order_of

from .dialects import JsonDialect
from .now import Row
from .related import RelatedRows
from .shape import RowShape

__all__ = ["FEW", "At", "Joins", "below", "grouped", "joined_root"]

FEW = 100
"""The rows of a page to which nothing is joined: so many take as long without."""


class Joins:
    """What is joined to one SELECT."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[tuple[Any, Any, Any]] = []

    def add(self, owner: Row, target: Any, on: Any) -> None:
        """Join *target* to the rows of *owner*, of which each has one or none."""
        self._parts.append((owner.source, target, on))

    def to(self, stmt: Any) -> Any:
        """Return *stmt* with all that is joined to it."""
        for owner, target, on in self._parts:
            stmt = stmt.outerjoin_from(owner, target, on)
        return stmt


class At(NamedTuple):
    """A row that is written, and the SELECT around it."""

    row: Row
    joins: Joins | None = None
    """Where what is below may be joined; `None` where all of it is subqueries."""
    takes_lists: bool = False
    """Whether lists may be joined: the SELECT is run once, and not for each row of
    another."""
    is_all: bool = True
    """Whether it has all rows of the class, or such as meet conditions of their own."""
    conditions: Sequence[Any] = ()
    """What they meet, besides what their FROM says."""

    @property
    def mapper(self) -> Mapper[Any]:
        """What it is a row of."""
        mapper: Mapper[Any] = inspect(self.row.entity).mapper
        return mapper

    @property
    def keys(self) -> list[Any]:
        """The columns that tell rows apart."""
        return [self.row.column(name) for name in key_attributes(self.mapper)]

    def joined(self, stmt: Any) -> Any:
        """Return *stmt*, the SELECT, with what is joined."""
        return stmt if self.joins is None else self.joins.to(stmt)

    def joins_list(self, rows: RelatedRows) -> bool:
        """Tell whether the lists of all rows are made at once."""
        return self.takes_lists and not rows.is_page and _has_one_of_each(self.mapper)


def below(at: At, rows: RelatedRows, condition: Any) -> At:
    """Return *rows*, which belong to the rows of *at*, in the same SELECT.

    Args:
        at: The owners.
        rows: Those of the relationship.
        condition: That of a filter, if one chooses among them.
    """
    if not at.takes_lists or (at.is_all and condition is None):
        return at._replace(row=rows.target)
    owners: Any = select(literal_column("1")).select_from(at.row.source)
    owners = owners.where(rows.filtered.whereclause, *at.conditions)
    found_by = owners.correlate(*rows.target.tables).exists()
    return at._replace(row=rows.target, is_all=False, conditions=(found_by,))


def grouped(
    at: At, rows: RelatedRows, array: Any, of_all: At, dialect: JsonDialect
) -> Any:
    """Return the list of each row of *at*, which is joined to them.

    Args:
        at: The owners.
        rows: Those of the relationship.
        array: Of one owner.
        of_all: The rows of all owners, in the SELECT that *array* is made in.
        dialect: Of the database.
    """
    assert at.joins is not None
    keys = at.keys
    labels = [key.label(f"_{place}") for place, key in enumerate(keys)]
    stmt = of_all.joined(rows.stmt.correlate(None)).select_from(at.row.source)
    stmt = stmt.add_columns(*labels, array.label("_array")).where(*at.conditions)
    of_each = stmt.group_by(*keys).subquery()
    pairs = zip(labels, keys, strict=True)
    on = and_(*(of_each.c[label.name] == key for label, key in pairs))
    at.joins.add(at.row, of_each, on)
    return func.coalesce(of_each.c["_array"], dialect.items())


def joined_root(
    stmt: Select[Any], shape: RowShape, *, is_large_page: bool
) -> tuple[Any, At] | None:
    """Return the rows of *stmt* as what something is joined to, `None` where not.

    Args:
        stmt: A `select()` of the class of *shape*.
        shape: What is asked of each row.
        is_large_page: Whether it is limited to more rows than `FEW`.
    """
    class_ = shape.mapper.class_
    every = stmt.limit(None).offset(None) if is_large_page else stmt
    if not _has_one_of_each(shape.mapper) or not gives_each_row_once(every, class_):
        return None
    at = At(Row.of(class_), Joins(), takes_lists=True)
    if stmt.whereclause is None and not is_large_page:
        return stmt.order_by(*at.keys), at
    # Its conditions may take long: they are asked once. A page is cut out first.
    names = list(dict.fromkeys([*key_attributes(shape.mapper), *shape.attributes()]))
    places = {name: f"_{place}" for place, name in enumerate(names)}
    columns = [at.row.column(name).label(places[name]) for name in names]
    found = stmt.with_only_columns(*columns, maintain_column_froms=True)
    is_ordered = bool(order_of(stmt))
    if is_ordered:
        rows = found.subquery()
        found = select(*rows.c, func.row_number().over().label("_place"))
    chosen = found.cte()
    row = Row(aliased(class_, chosen), lambda name: chosen.c[places[name]])
    at = at._replace(row=row, is_all=False)
    order_by = [chosen.c["_place"]] if is_ordered else at.keys
    return select().select_from(chosen).order_by(*order_by), at


def _has_one_of_each(mapper: Mapper[Any]) -> bool:
    """Tell whether no two rows of *mapper* have one key, by the key of its table."""
    table = mapper.base_mapper.local_table
    if not isinstance(table, Table) or not isinstance(mapper.selectable, Table | Join):
        return False
    keys = {*table.primary_key.columns}
    return bool(keys) and keys <= {*mapper.primary_key}
