"""The type of a column → a GraphQL scalar, and what each scalar is."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, LargeBinary, String
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from sqla_selection.coercion import python_type_of

__all__ = ["OPERATORS", "SCALARS", "scalar_of"]


SCALARS = {
    "BigInt": "An integer of up to 64 bits, as text.",
    "Date": "A date in ISO 8601.",
    "DateTime": "A date and time in ISO 8601.",
    "Decimal": "A decimal number, as text.",
    "Duration": "A duration in seconds.",
    "JSON": "Any JSON value.",
    "Time": "A time in ISO 8601.",
    "UUID": "A UUID.",
}
"""What GraphQL does not have itself: name → description. Bound by `scalars`."""

_EQUALITY = ("eq", "ne", "in", "notIn", "isNull")
_COMPARISON = (*_EQUALITY, "lt", "lte", "gt", "gte")
_TEXT = (*_EQUALITY, "contains", "startsWith", "endsWith", "icontains")

OPERATORS = {
    **dict.fromkeys(("Boolean", "ID", "UUID"), _EQUALITY),
    **dict.fromkeys(("BigInt", "Decimal", "Float", "Int"), _COMPARISON),
    **dict.fromkeys(("Date", "DateTime", "Duration", "Time"), _COMPARISON),
    "String": _TEXT,
}
"""What values of a scalar are compared by; JSON and lists are not compared."""

_BY_PYTHON: dict[type[Any], str] = {
    bool: "Boolean",
    int: "Int",
    float: "Float",
    str: "String",
    decimal.Decimal: "Decimal",
    datetime.datetime: "DateTime",
    datetime.date: "Date",
    datetime.time: "Time",
    datetime.timedelta: "Duration",
    uuid.UUID: "UUID",
    dict: "JSON",
    list: "JSON",
}


def scalar_of(type_: TypeEngine[Any]) -> str | None:
    """Return the GraphQL type of a column's values, `None` where none fits.

    `"[String!]"` for an array of one dimension. Binary data fits none.
    """
    if isinstance(type_, TypeDecorator):
        return _of_decorator(type_)
    if isinstance(type_, JSON):
        return "JSON"
    if isinstance(type_, ARRAY):
        item = scalar_of(type_.item_type)
        return f"[{item}]" if item and (type_.dimensions or 1) == 1 else "JSON"
    if isinstance(type_, LargeBinary | NullType):
        return None
    kind = python_type_of(type_)
    if kind is int and (
        isinstance(type_, BigInteger) or getattr(type_, "unsigned", False)
    ):
        return "BigInt"
    return None if kind is None else _BY_PYTHON.get(kind)


def _of_decorator(type_: TypeDecorator[Any]) -> str | None:
    """Return the scalar of an application's own type.

    What code makes of a stored text may be anything, unless the type says it.
    """
    impl = type_.impl
    stored: TypeEngine[Any] = impl() if isinstance(impl, type) else impl
    makes_anything = type(type_).process_result_value is not (
        TypeDecorator.process_result_value
    )
    says = type(type_).python_type is not TypeDecorator.python_type
    if says:
        return _BY_PYTHON.get(python_type_of(type_) or object, "JSON")
    if makes_anything and isinstance(stored, String | LargeBinary):
        return "JSON"
    return scalar_of(stored)
