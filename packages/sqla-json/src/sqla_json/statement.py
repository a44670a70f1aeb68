"""A shape as SQL: one expression, which is the JSON of one row of an entity.

What is related is a subquery in it, about the row around it, or is joined to the rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, literal, null, or_, select

from sqla_selection.load_plan import Edge

from .declining import Declining
from .decoding import PageDecoder, VariantDecoder
from .dialects import JsonDialect
from .joined import At, Joins, below, grouped
from .leaves import leaf_form
from .made import made_form
from .now import Now, Row
from .pages import Written, page_json
from .related import RelatedRows, ordered_rows, related_rows
from .shape import (
    LeafShape,
    MadeShape,
    NullShape,
    ObjectShape,
    PageShape,
    PolymorphicShape,
    RelatedShape,
    RowShape,
    TypeNameShape,
)
from .variants import place_of, row_of

__all__ = ["json_of", "page_of"]


def json_of(shape: RowShape, at: At, dialect: JsonDialect, now: Now) -> Written:
    """Return the JSON of a row, which may take what is joined to it.

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
    return _Writer(dialect, now).row(shape, at)


def page_of(
    page: PageShape,
    node: RowShape,
    rows: RelatedRows,
    dialect: JsonDialect,
    now: Now,
) -> Written:
    """Return the connection that shows *rows*, each as *node*.

    Raises:
        Declining: The database has no form for it.
        Exception: What a policy or a function of the application raises.
    """
    if not dialect.has_pages:
        why = f"{dialect.name} has no form for the page of a connection."
        raise Declining(why)
    write = _Writer(dialect, now).apart
    return page_json(page, node, rows, dialect, now.scope, write)


class _Writer:
    def __init__(self, dialect: JsonDialect, now: Now) -> None:
        self._dialect = dialect
        self._now = now

    def row(self, shape: RowShape, at: At) -> Written:
        """Return what a row is shown as, or the token where it is no such thing."""
        if isinstance(shape, PolymorphicShape):
            return self._one_of(shape, at)
        return self._object(shape, at)

    def apart(self, shape: RowShape, row: Row) -> Written:
        """Return the same, where nothing may be joined to the row."""
        return self.row(shape, At(row))

    def _one_of(self, shape: PolymorphicShape, at: At) -> Written:
        """Return the object of the type that the class of the row has.

        Where Python finishes one, each is in an object with the place of its type.
        """
        dialect = self._dialect
        if shape.discriminator is None:
            (variant,) = shape.variants
            return self._variant(variant, shape, at)
        place, wrong_if = place_of(shape, dialect)
        told = at.row.column(shape.discriminator)
        written = [self._variant(one, shape, at) for one in shape.variants]
        values = [one.json for one in written]
        decoders: Any = {}
        if any(one.decoders for one in written):
            decoders = VariantDecoder([one.decoders for one in written])
            values = [
                dialect.object([(str(number), dialect.nested(value))])
                for number, value in enumerate(values)
            ]
        branches = {str(number): value for number, value in enumerate(values)}
        made = case(branches, value=place(told), else_=dialect.token)
        wrong = wrong_if(told)
        if wrong:
            made = case((or_(*wrong), dialect.token), else_=made)
        return Written(made, decoders)

    def _variant(self, variant: ObjectShape, of: PolymorphicShape, at: At) -> Written:
        if variant.mapper is of.mapper:
            return self._object(variant, at)
        stmt, target = row_of(variant.mapper, of.mapper, at.row)
        inside = self._inside(target)
        made, decoders = self._object(variant, inside)
        found = inside.joined(stmt).add_columns(made).scalar_subquery()
        return Written(self._dialect.or_token(found), decoders)

    def _inside(self, row: Row) -> At:
        """Return a row in a subquery, which is run for each row around it."""
        return At(row, Joins() if self._dialect.joins else None)

    def _object(self, shape: ObjectShape, at: At) -> Written:
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
        decoders: dict[str, Any] = {}
        for field in shape.fields:
            decoder: Any = None
            if isinstance(field, TypeNameShape):
                value = self._dialect.name_of(field.type_name)
            elif isinstance(field, NullShape):
                value = null()
            elif isinstance(field, LeafShape):
                column = at.row.column(field.attribute)
                form = leaf_form(field, self._dialect)
                value, decoder = form.value(column), form.decode
                wrong += form.wrong(column)
            elif isinstance(field, MadeShape):
                columns = [at.row.column(one) for one in field.columns]
                made, wrong_if, decoder = made_form(field, columns, self._dialect)
                value = self._dialect.nested(made)
                wrong += wrong_if
            else:
                value, decoder = self._related(field, at)
            pairs.append((field.response_key, value))
            if decoder:
                decoders[field.response_key] = decoder
        made = self._dialect.object(pairs)
        if wrong:
            made = case((or_(*wrong), self._dialect.token), else_=made)
        return Written(made, decoders)

    def _related(self, field: RelatedShape, at: At) -> Written:
        rows = related_rows(field, at.row, self._dialect, self._now)
        if field.page is not None:
            return self._page(field, field.page, rows)
        nothing = self._dialect.token if field.is_required else null()
        if rows is None:
            return Written(self._dialect.items() if field.is_list else nothing, {})
        if rows.is_page and not (field.is_list and self._dialect.has_pages):
            why = f"{self._dialect.name} has no form for the page of {field.where}."
            raise Declining(why)
        if field.is_list:
            return self._list(field, rows, at)
        if at.joins is not None and rows.ordering is None:
            at.joins.add(at.row, rows.target.entity, rows.stmt.whereclause)
            made, decoders = self.row(field.target, self._below(field, rows, at))
            is_there = rows.target.anchor.is_not(None)
            return Written(case((is_there, made), else_=nothing), decoders)
        inside = self._inside(rows.target)
        made, decoders = self.row(field.target, inside)
        value = inside.joined(rows.stmt).add_columns(made).scalar_subquery()
        if field.is_required:
            value = self._dialect.or_token(value)
        return Written(self._dialect.nested(value), decoders)

    def _list(self, field: RelatedShape, rows: RelatedRows, at: At) -> Written:
        shape, dialect = field.target, self._dialect
        if at.joins_list(rows):
            of_all = self._below(field, rows, at)._replace(joins=Joins())
            made, decoders = self.row(shape, of_all)
            array = dialect.array(made, [*rows.order_by, *of_all.keys])
            return Written(grouped(at, rows, array, of_all, dialect), decoders)
        if rows.is_page or (rows.order_by and not dialect.orders_inside):
            ordered, row = ordered_rows(rows, rows.stmt, shape)
            made, decoders = self.apart(shape, row)
            every = select().select_from(ordered)
            return Written(dialect.array_of(every, made, ()), decoders)
        inside = self._inside(rows.target)
        made, decoders = self.row(shape, inside)
        stmt = inside.joined(rows.stmt)
        return Written(dialect.array_of(stmt, made, rows.order_by), decoders)

    def _below(self, field: RelatedShape, rows: RelatedRows, at: At) -> At:
        return below(at, rows, self._now.rows(field).condition)

    def _page(
        self, field: RelatedShape, page: PageShape, rows: RelatedRows | None
    ) -> Written:
        if not self._dialect.has_pages:
            why = f"{self._dialect.name} has no form for the page of {field.where}."
            raise Declining(why)
        windows, dialect, scope = self._now.windows, self._dialect, self._now.scope
        if rows is None:
            assert windows is not None
            window = windows.of(Edge(field.relationship, field.arguments))
            made = dialect.items(dialect.items(), literal(0), null(), null())
            decoder = PageDecoder(page, field.target.mapper, window, {}, ())
            return Written(made, decoder)
        if windows is None:  # what is compiled ahead: is there a form of it?
            self.apart(field.target, rows.target)
            return Written(null(), {})
        return page_json(page, field.target, rows, dialect, scope, self.apart)
