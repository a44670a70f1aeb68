"""Rows of several classes: which class a row is of, and what a subclass has of it.

A row of an interface or a union is one of an inheritance tree. Its discriminator tells
its class, as it tells SQLAlchemy; what only a subclass has is in the row of the
subclass with the same key, which is this row, or one that is joined to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import CHAR, Enum, Integer, String, case, select
from sqlalchemy.orm import Mapper, aliased
from sqlalchemy.sql.schema import Column

from sqla_selection.keys import key_attributes
from sqla_selection.mapping import has_attribute

from .declining import Declining
from .dialects import JsonDialect
from .leaves import is_of_sqlalchemy
from .now import Row
from .shape import (
    LeafShape,
    MadeShape,
    ObjectShape,
    PolymorphicShape,
    RelatedShape,
)

__all__ = ["discriminator_of", "identities_of", "of_base", "place_of", "row_of"]


def discriminator_of(mapper: Mapper[Any]) -> str:
    """Return the attribute that tells the class of a row of *mapper*.

    Raises:
        Declining: It is no column that is mapped.
    """
    column = mapper.polymorphic_on
    if isinstance(column, Column) and column in mapper.columns.values():
        key = mapper.get_property_by_column(column).key
        if has_attribute(mapper, key):
            return key
    name = mapper.class_.__name__
    why = f"The class of a row of {name} is told by what is no attribute."
    raise Declining(why)


def identities_of(mapper: Mapper[Any]) -> dict[Any, Mapper[Any]]:
    """Return what the discriminator of rows of *mapper* may be → their class."""
    return {
        identity: mapped
        for identity, mapped in mapper.polymorphic_map.items()
        if mapped.isa(mapper)
    }


def of_base(shape: ObjectShape, base: Mapper[Any]) -> ObjectShape | None:
    """Return what is asked of a subclass as what rows of *base* have, if it is."""
    fields = [_of_base(field, shape.mapper, base) for field in shape.fields]
    if None in fields:
        return None
    return replace(shape, mapper=base, fields=tuple(fields))


def _of_base(field: Any, mapper: Mapper[Any], base: Mapper[Any]) -> Any:
    if isinstance(field, LeafShape):
        prop = base.column_attrs.get(field.attribute)
        columns = mapper.column_attrs[field.attribute].columns
        if prop is None or prop.columns[0] not in columns:
            return None
        return replace(field, column_type=prop.columns[0].type)
    if isinstance(field, MadeShape):
        # The key of a row of a subclass is that of the base; what else is not.
        is_key = set(field.columns) <= set(key_attributes(base))
        return field if is_key else None
    if isinstance(field, RelatedShape):
        is_same = base.relationships.get(field.relationship.key) is field.relationship
        return field if is_same else None
    return field


def place_of(shape: PolymorphicShape, dialect: JsonDialect) -> _Place:
    """Return how the place of the variant of a row is written, from its discriminator.

    Raises:
        Declining: No exact form of that is known.
    """
    assert shape.discriminator is not None
    declared = shape.mapper.column_attrs[shape.discriminator].columns[0].type
    type_ = declared.dialect_impl(dialect.dialect)
    if is_of_sqlalchemy(declared) and is_of_sqlalchemy(type_):
        if isinstance(type_, Integer):
            found = _of_integers(shape.places)
        else:
            found = _of_texts(shape.places, declared, type_, dialect)
        if found is not None:
            return found
    name = shape.mapper.class_.__name__
    why = f"{name}.{shape.discriminator}, which tells the class of a row, is of "
    why += f"{declared!r}, which has no exact form on {dialect.name}."
    raise Declining(why)


_Place = tuple[Callable[[Any], Any], Callable[[Any], Any]]
"""The discriminator → the place of the variant as text, and → when it is wrong."""


def _of_integers(places: Mapping[Any, int]) -> _Place | None:
    if any(type(identity) is not int for identity in places):
        return None

    def place(column: Any) -> Any:
        pairs = {identity: str(place) for identity, place in places.items()}
        return case(pairs, value=column)

    return place, lambda _: ()


def _of_texts(
    places: Mapping[Any, int], declared: Any, type_: Any, dialect: JsonDialect
) -> _Place | None:
    if not isinstance(type_, String):
        return None
    process = type_.result_processor(dialect.dialect, None)
    stored: Any = type_.enums if isinstance(type_, Enum) else places
    if process is not None and not isinstance(type_, Enum):
        return None
    names: dict[str, str] = {}
    for text in stored:
        if not isinstance(text, str) or "\0" in text:
            return None
        if isinstance(declared, CHAR) and len(text) != declared.length:
            return None  # a driver gives it with blanks, and SQL has none
        identity = process(text) if process else text
        if identity in places:
            names[text] = str(places[identity])
    form = dialect.text_as_one_of(names) if names else None
    return None if form is None else form[:2]


def row_of(mapper: Mapper[Any], base: Mapper[Any], row: Row) -> tuple[Any, Row]:
    """Return a SELECT, of nothing as yet, of what a subclass has of *row*, and its row.

    Args:
        mapper: Of the subclass.
        base: What *row* is a row of.
        row: The row around it.
    """
    target = Row.of(aliased(mapper.class_, flat=True))
    same = [
        row.column(base.get_property_by_column(key).key)
        == target.column(mapper.get_property_by_column(key).key)
        for key in base.primary_key
    ]
    stmt = select().select_from(target.entity).where(*same)
    return stmt.correlate(*row.tables), target
