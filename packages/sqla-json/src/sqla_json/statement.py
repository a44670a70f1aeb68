"""A shape as SQL: one expression, which is the JSON of one row of an entity.

What is related is a subquery in it, about the row around it. The condition is the one
that SQLAlchemy makes of the relationship for an alias of the target.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import FromClause, Join, case, inspect, or_, select
from sqlalchemy.orm import RelationshipProperty, aliased
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql import visitors
from sqlalchemy.sql.schema import Column

from .declining import Declining
from .dialects import JsonDialect
from .leaves import leaf_form
from .shape import LeafShape, ObjectShape, RelatedShape, TypeNameShape

__all__ = ["json_of"]


def json_of(shape: ObjectShape, entity: Any, dialect: JsonDialect) -> Any:
    """Return the JSON of a row of *entity*: a class, or an alias of it.

    Raises:
        Declining: The database has no exact form for something of it.
    """
    return _Writer(dialect).object(shape, entity)


class _Writer:
    def __init__(self, dialect: JsonDialect) -> None:
        self._dialect = dialect

    def object(self, shape: ObjectShape, entity: Any) -> Any:
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
                column = getattr(entity, field.attribute)
                form = leaf_form(field, self._dialect)
                value = form.value(column)
                wrong += form.wrong(column)
            else:
                value = self._related(field, entity)
            pairs.append((field.response_key, value))
        made = self._dialect.object(pairs)
        return case((or_(*wrong), self._dialect.token), else_=made) if wrong else made

    def _related(self, field: RelatedShape, owner: Any) -> Any:
        prop, shape = field.relationship, field.target
        target = aliased(prop.mapper.class_, flat=True)
        on = getattr(owner, prop.key).of_type(target)
        if not field.is_list:
            stmt = select(self.object(shape, target)).select_from(target).where(on)
            value = self._subquery(stmt, owner)
            return self._dialect.or_token(value) if field.is_required else value
        rows = select(target).where(on)
        order_by = _order_by(prop, target, rows.get_final_froms())
        if self._dialect.orders_inside or not order_by:
            made = self._dialect.array(self.object(shape, target), order_by)
            stmt = select(made).select_from(target).where(on)
            return self._subquery(stmt, owner)
        names = shape.attributes() or [_any_attribute(prop)]
        columns = [getattr(target, name) for name in names]
        rows = select(*columns).select_from(target).where(on).order_by(*order_by)
        rows = rows.correlate(*_tables(inspect(owner).selectable))
        ordered = aliased(prop.mapper.class_, rows.subquery())
        made = self._dialect.array(self.object(shape, ordered), ())
        return self._dialect.nested(select(made).select_from(ordered).scalar_subquery())

    def _subquery(self, stmt: Any, owner: Any) -> Any:
        stmt = stmt.correlate(*_tables(inspect(owner).selectable))
        return self._dialect.nested(stmt.scalar_subquery())


def _any_attribute(prop: RelationshipProperty[Any]) -> str:
    mapper = prop.mapper
    return mapper.get_property_by_column(mapper.primary_key[0]).key


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
