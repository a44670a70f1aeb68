"""A shape as SQL: one expression, which is the JSON of one row of an entity.

What is related is a subquery in it, about the row around it. The condition is the one
that SQLAlchemy makes of the relationship for an alias of the target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import FromClause, Join, case, inspect, or_, select
from sqlalchemy.orm import RelationshipProperty, aliased
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql import visitors
from sqlalchemy.sql.schema import Column

from .declining import Declining
from .dialects import JsonDialect
from .leaves import leaf_form
from .shape import (
    LeafShape,
    ObjectShape,
    RelatedShape,
    TypeNameShape,
    key_attributes,
)

__all__ = ["json_of"]


def json_of(shape: ObjectShape, entity: Any, dialect: JsonDialect) -> Any:
    """Return the JSON of a row of *entity*: a class, or an alias of it.

    Raises:
        Declining: The database has no exact form for something of it.
    """
    return _Writer(dialect).object(shape, _Row.of(entity))


class _Row(NamedTuple):
    """What an object is written of."""

    entity: Any
    """The class, or an alias of it: what relationships start from."""
    column: Callable[[str], Any]
    """Attribute → its column there."""

    @classmethod
    def of(cls, entity: Any) -> _Row:
        """Return a row of *entity*, as it is mapped."""
        return cls(entity, partial(getattr, entity))

    @property
    def tables(self) -> list[FromClause]:
        """What it is selected from."""
        return list(_tables(inspect(self.entity).selectable))


class _Writer:
    def __init__(self, dialect: JsonDialect) -> None:
        self._dialect = dialect

    def object(self, shape: ObjectShape, row: _Row) -> Any:
        """Return the object, or the token where a value in it is none of its field."""
        most = self._dialect.most_fields
        if len(shape.fields) > most:
            why = (
                f"{len(shape.fields)} fields of {shape.mapper.class_.__name__} are "
                f"more than {most}, which is what the database takes in one object."
            )
            raise Declining(why)
        pairs: list[tuple[str, Any]] = []
        wrong: list[Any] = []
        for field in shape.fields:
            if isinstance(field, TypeNameShape):
                value = self._dialect.key(field.type_name)
            elif isinstance(field, LeafShape):
                column = row.column(field.attribute)
                form = leaf_form(field, self._dialect)
                value = form.value(column)
                wrong += form.wrong(column)
            else:
                value = self._related(field, row)
            pairs.append((field.response_key, value))
        made = self._dialect.object(pairs)
        if not wrong:
            return made
        return self._dialect.nested(
            case((or_(*wrong), self._dialect.token), else_=made)
        )

    def _related(self, field: RelatedShape, owner: _Row) -> Any:
        prop, shape = field.relationship, field.target
        target = _Row.of(aliased(prop.mapper.class_, flat=True))
        on = getattr(owner.entity, prop.key).of_type(target.entity)
        froms = _froms(prop, owner, target, on)
        if not field.is_list:
            stmt = select(self.object(shape, target)).select_from(target.entity)
            value = self._subquery(stmt.where(on), owner)
            return self._dialect.or_token(value) if field.is_required else value
        order_by = _order_by(prop, target.entity, froms)
        if order_by and not self._dialect.orders_inside:
            return self._of_ordered_rows(shape, owner, target, on, order_by)
        made = self._dialect.array(self.object(shape, target), order_by)
        return self._subquery(select(made).select_from(target.entity).where(on), owner)

    def _of_ordered_rows(
        self, shape: ObjectShape, owner: _Row, target: _Row, on: Any, order_by: Any
    ) -> Any:
        """Return the array of the rows of a SELECT that orders them."""
        mapper = shape.mapper
        names = shape.attributes() or [key_attributes(mapper)[0]]
        labels = {name: f"_{place}" for place, name in enumerate(names)}
        columns = [target.column(name).label(label) for name, label in labels.items()]
        rows = select(*columns).select_from(target.entity).where(on)
        rows = rows.order_by(*order_by).correlate(*owner.tables)
        ordered = rows.subquery()
        row = _Row(
            aliased(mapper.class_, ordered), lambda name: ordered.c[labels[name]]
        )
        made = self._dialect.array(self.object(shape, row), ())
        return self._dialect.nested(select(made).select_from(ordered).scalar_subquery())

    def _subquery(self, stmt: Any, owner: _Row) -> Any:
        stmt = stmt.correlate(*owner.tables)
        return self._dialect.nested(stmt.scalar_subquery())


def _froms(
    prop: RelationshipProperty[Any], owner: _Row, target: _Row, on: Any
) -> Sequence[FromClause]:
    """Return what the condition *on* is about, beside the owner.

    Raises:
        Declining: A table that is neither of both, nor between them.
    """
    keys = map(target.column, key_attributes(prop.mapper))
    stmt = select(*keys).where(on).correlate(*owner.tables)
    found = [table for one in stmt.get_final_froms() for table in _tables(one)]
    found = [table for table in found if table not in owner.tables]
    for table in found:
        is_between = prop.secondary is not None and table.is_derived_from(
            prop.secondary
        )
        if table not in target.tables and not is_between:
            why = f"{prop} names {table}, which is none of its own tables."
            raise Declining(why)
    return found


def _tables(selectable: FromClause) -> Iterator[FromClause]:
    """Yield what a FROM is made of: the tables of a class that joins some."""
    if isinstance(selectable, Join):
        yield from _tables(selectable.left)
        yield from _tables(selectable.right)
    else:
        yield selectable


def _order_by(
    prop: RelationshipProperty[Any], target: Any, froms: Sequence[FromClause]
) -> list[Any]:
    """Return the order of the relationship, about *target* and what is joined to it."""

    def of_alias(element: Any, **_: Any) -> Any:
        if not isinstance(element, Column):
            return None
        try:
            key = prop.mapper.get_property_by_column(element).key
            return getattr(target, key).expression
        except UnmappedColumnError:
            pass
        for table in froms:
            found = table.corresponding_column(element)
            if found is not None:
                return found
        why = f"{prop} is ordered by {element}, which is none of its own tables."
        raise Declining(why)

    return [
        visitors.replacement_traverse(clause, {}, of_alias)
        for clause in prop.order_by or ()
    ]
