"""One value that a client sent → a value that the column can be compared with.

It is the only place that converts: what a database refuses to compare must not reach
it, and what it would compare wrongly (an aware time with a naive column) neither.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import ARRAY, JSON, Enum, Integer, SmallInteger
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["Convert", "UnfitValueError", "converted", "is_opaque", "python_type_of"]

Convert = Callable[[Any, TypeEngine[Any]], Any]
"""A function as `converted`."""


class UnfitValueError(ValueError):
    """A value is nothing that a column could hold; the message says what it holds."""


def converted(value: Any, type_: TypeEngine[Any]) -> Any:
    """Return *value* as the Python type of a column of *type_*: the ID `"7"` as 7.

    A time with an offset becomes UTC where the column has no time zones.

    Raises:
        UnfitValueError: The column could not hold it.
    """
    if value is None:
        return None
    if isinstance(type_, Enum) and type_.enum_class is not None:
        return _member(type_.enum_class, value)
    kind = python_type_of(type_)
    convert = _CONVERTERS.get(kind) if kind is not None else None
    if convert is None:
        return value
    name, function = convert
    try:
        result = function(value)
        if isinstance(result, datetime.datetime) and result.tzinfo is not None:
            result = _in_zone_of(result, type_)
        if isinstance(result, int) and isinstance(type_, Integer):
            _check_width(result, type_)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise UnfitValueError(name) from error
    return result


def python_type_of(type_: TypeEngine[Any]) -> type[Any] | None:
    """Return the Python type of a column's values, `None` where it is not known.

    A `TypeDecorator` says itself what it takes, whatever it is stored as.
    """
    try:
        kind: type[Any] = type_.python_type
    except NotImplementedError:  # SQLAlchemy 2.0; 2.1 says `object`
        return None
    return None if kind is object else kind


def is_opaque(type_: TypeEngine[Any]) -> bool:
    """Tell whether values have no order or equality that all databases share."""
    known = type_.impl if isinstance(type_, TypeDecorator) else type_
    return isinstance(known, JSON | ARRAY) or python_type_of(type_) in (dict, list)


def _member(enum_class: type[enum.Enum], value: Any) -> enum.Enum:
    if isinstance(value, enum_class):
        return value
    try:
        return enum_class[value]
    except (KeyError, TypeError):
        pass
    try:
        return enum_class(value)
    except ValueError as error:
        names = ", ".join(enum_class.__members__)
        msg = f"one of {names}"
        raise UnfitValueError(msg) from error


def _in_zone_of(value: datetime.datetime, type_: TypeEngine[Any]) -> datetime.datetime:
    if getattr(type_, "timezone", False) or isinstance(type_, TypeDecorator):
        return value
    return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)


def _check_width(value: int, type_: Integer) -> None:
    bits = 16 if isinstance(type_, SmallInteger) else 64
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise OverflowError(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError(value)
    number = int(value)
    if isinstance(value, float | decimal.Decimal) and number != value:
        raise ValueError(value)
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError(value)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    if "\x00" in text:  # PostgreSQL has no such string
        raise ValueError(value)
    text.encode()  # half of a surrogate pair is no text
    return text


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(value)
    return number


def _decimal(value: Any) -> decimal.Decimal:
    number = (
        value if isinstance(value, decimal.Decimal) else decimal.Decimal(str(value))
    )
    if not number.is_finite():
        raise ValueError(value)
    return number


def _uuid(value: Any) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))


def _date(value: Any) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    return datetime.date.fromisoformat(value)


def _datetime(value: Any) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    if value.endswith("Z"):  # not known to Python 3.10
        value = f"{value[:-1]}+00:00"
    return datetime.datetime.fromisoformat(value)


def _time(value: Any) -> datetime.time:
    if isinstance(value, datetime.time):
        return value
    return datetime.time.fromisoformat(value)


def _duration(value: Any) -> datetime.timedelta:
    if isinstance(value, datetime.timedelta):
        return value
    raise TypeError(value)


_CONVERTERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    int: ("an integer that the column holds", _integer),
    str: ("a text that the column holds", _text),
    float: ("a number", _number),
    bool: ("a boolean", _boolean),
    uuid.UUID: ("a UUID", _uuid),
    decimal.Decimal: ("a decimal number", _decimal),
    datetime.date: ("a date in ISO 8601", _date),
    datetime.datetime: ("a date and time in ISO 8601", _datetime),
    datetime.time: ("a time in ISO 8601", _time),
    datetime.timedelta: ("a duration", _duration),
}
