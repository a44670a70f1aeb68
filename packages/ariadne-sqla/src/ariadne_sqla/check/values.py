"""Whether what a field reads is what its type says: its values, and whether it has any.

A scalar is tried with a value as the column gives it: so scalars of the application's
own are found out, too.
"""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_leaf_type,
    is_non_null_type,
)
from sqlalchemy import ARRAY, JSON, BigInteger, Enum
from sqlalchemy.orm import Mapper
from sqlalchemy.types import TypeEngine

from sqla_selection.coercion import makes_anything, python_type_of

from ..scaffold import always_has_target, enum_in
from .findings import Finding
from .schema_fields import BoundField, steps_of

__all__ = ["check_nullability", "check_values"]

_SAMPLES: dict[type[Any], Any] = {
    bool: True,
    int: 1,
    float: 1.5,
    str: "text",
    bytes: b"\xff",
    dict: {"key": "value"},
    list: ["item"],
    decimal.Decimal: decimal.Decimal("1.5"),
    datetime.datetime: datetime.datetime(2020, 1, 2, 3, 4, 5),
    datetime.date: datetime.date(2020, 1, 2),
    datetime.time: datetime.time(3, 4, 5),
    datetime.timedelta: datetime.timedelta(seconds=1),
    uuid.UUID: uuid.UUID(int=1),
}
_GREATEST = 2**40


def check_nullability(field: BoundField) -> Iterator[Finding]:
    """Find a non-null field over what may be missing."""
    if field.path is None or not is_non_null_type(field.definition.type):
        return
    for mapper, key in steps_of(field.mapper, field.path):
        where = f"'{mapper.class_.__name__}.{key}'"
        if key in mapper.relationships:
            prop = mapper.relationships[key]
            if prop.uselist:
                return
            if not always_has_target(prop):
                yield Finding(
                    "nullable-relationship",
                    field.coordinate,
                    f"No constraint says that {where} has a row. Where it has none, "
                    "the whole object is an error, and so is the list that it is in.",
                    "Take the ! off, or make its foreign key NOT NULL.",
                )
        elif key in mapper.column_attrs and _may_be_null(mapper, key):
            yield Finding(
                "nullable-column",
                field.coordinate,
                f"The column of {where} may be NULL. Where it is, the whole object is "
                "an error, and so is the list that it is in.",
                "Take the ! off, or make the column NOT NULL.",
            )


def _may_be_null(mapper: Mapper[Any], key: str) -> bool:
    """Tell whether a column may be NULL; no primary key is.

    SQLite calls those nullable that do not say otherwise, and so what is read from it.
    """
    return all(
        getattr(column, "nullable", False) and not column.primary_key
        for column in mapper.column_attrs[key].columns
    )


def check_values(field: BoundField) -> Iterator[Finding]:
    """Find a scalar that refuses what the column holds, and enums that differ."""
    named = get_named_type(field.definition.type)
    if not field.columns or not is_leaf_type(named):
        return
    column = field.columns[0]
    enum = enum_in(column.type)
    if enum is not None and is_enum_type(named):
        yield from _compare(field, named, enum)
        return
    if enum is None and is_enum_type(named):
        return  # of texts: which ones only the rows know
    sample = _sample_of(column.type)
    if sample is None:
        return
    type_: Any = get_nullable_type(field.definition.type)
    try:
        value = sample
        if isinstance(type_, GraphQLList) and isinstance(sample, list):
            value = [named.serialize(item) for item in sample]
        elif isinstance(type_, GraphQLList):
            _refuse_list()
        else:
            value = named.serialize(sample)
        json.dumps(value)
    except Exception as error:
        kind = type(sample).__name__
        what = f"{field.mapper.class_.__name__}.{field.path}"
        yield Finding(
            "scalar-mismatch",
            field.coordinate,
            f"{field.definition.type} cannot give what '{what}' holds, which is a "
            f"{kind} ({column.type!r}): {str(error).partition(chr(10))[0]}",
            "Give the field another scalar, or the scalar a serializer.",
        )


def _refuse_list() -> None:
    msg = "The column holds no list."
    raise TypeError(msg)


def _sample_of(type_: TypeEngine[Any]) -> Any:
    """Return a value as the column gives it, `None` where that is not known."""
    if makes_anything(type_):
        return None
    if isinstance(type_, JSON):
        return _SAMPLES[dict]
    if isinstance(type_, ARRAY):
        item = _sample_of(type_.item_type)
        return None if item is None else [item]
    if isinstance(type_, Enum):
        return next(iter(type_.enum_class or type_.enums), None)
    if isinstance(type_, BigInteger):
        return _GREATEST
    kind = python_type_of(type_)
    return None if kind is None else _SAMPLES.get(kind)


def _compare(
    field: BoundField, named: GraphQLEnumType, enum: Enum
) -> Iterator[Finding]:
    held = set(enum.enum_class or enum.enums)
    shown = {value.value for value in named.values.values()}
    names = {getattr(one, "name", one) for one in held - shown}
    never = {getattr(one, "name", one) for one in shown - held}
    if names:
        yield Finding(
            "enum-mismatch",
            field.coordinate,
            f"{named.name} has no value for {_listed(names)}, which the column may "
            "hold: such a row is an error.",
            f"Add it to {named.name}, or bind an EnumType to the enum of Python.",
        )
    if never:
        yield Finding(
            "enum-mismatch",
            field.coordinate,
            f"{named.name} has {_listed(never)}, which the column never holds: a "
            "filter by it finds nothing, or is an error.",
            f"Take it out of {named.name}, or bind an EnumType to the enum of Python.",
        )


def _listed(names: set[Any]) -> str:
    return ", ".join(sorted(map(repr, names)))
