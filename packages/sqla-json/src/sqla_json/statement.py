"""A shape as SQL: one expression, which is the JSON of one row of an entity.

What is related is a subquery in it, about the row around it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, null, or_, select
from sqlalchemy.orm import aliased

from .declining import Declining
from .dialects import JsonDialect
from .leaves import leaf_form
from .related import Now, RelatedRows, Row, related_rows
from .shape import (
    LeafShape,
    ObjectShape,
    RelatedShape,
    TypeNameShape,
    key_attributes,
)

__all__ = ["json_of"]


def json_of(shape: ObjectShape, entity: Any, dialect: JsonDialect, now: Now) -> Any:
    """Return the JSON of a row of *entity*: a class, or an alias of it.

    Raises:
        Declining: The database has no exact form for something of it.
        Exception: What a policy or a function of the application raises.
    """
    levels = shape.levels()
    if dialect.most_levels is not None and levels > dialect.most_levels:
        why = (
            f"{levels} objects and lists in each other are more than "
            f"{dialect.most_levels}, which is what {dialect.name} reads as JSON."
        )
        raise Declining(why)
    return _Writer(dialect, now).object(shape, Row.of(entity))


class _Writer:
    def __init__(self, dialect: JsonDialect, now: Now) -> None:
        self._dialect = dialect
        self._now = now

    def object(self, shape: ObjectShape, row: Row) -> Any:
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
        return case((or_(*wrong), self._dialect.token), else_=made) if wrong else made

    def _related(self, field: RelatedShape, owner: Row) -> Any:
        rows = related_rows(field, owner, self._dialect, self._now)
        if rows is None:
            nothing = self._dialect.token if field.is_required else null()
            return self._dialect.no_rows() if field.is_list else nothing
        if rows.is_page and not (field.is_list and self._dialect.has_pages):
            why = f"{self._dialect.name} has no form for the page of {field.where}."
            raise Declining(why)
        if not field.is_list:
            stmt = rows.stmt.add_columns(self.object(field.target, rows.target))
            value = stmt.scalar_subquery()
            if field.is_required:
                value = self._dialect.or_token(value)
            return self._dialect.nested(value)
        orders_inside = self._dialect.orders_inside or not rows.order_by
        if rows.is_page or not orders_inside:
            return self._of_ordered_rows(field.target, rows)
        made = self.object(field.target, rows.target)
        return self._dialect.array_of(rows.stmt, made, rows.order_by)

    def _of_ordered_rows(self, shape: ObjectShape, rows: RelatedRows) -> Any:
        """Return the array of the rows of a SELECT that orders them."""
        mapper = shape.mapper
        names = shape.attributes() or [key_attributes(mapper)[0]]
        labels = {name: f"_{place}" for place, name in enumerate(names)}
        columns = [rows.target.column(name).label(labels[name]) for name in names]
        ordered = rows.paged(*columns).subquery()
        row = Row(aliased(mapper.class_, ordered), lambda name: ordered.c[labels[name]])
        every = select().select_from(ordered)
        return self._dialect.array_of(every, self.object(shape, row), ())
