"""What converts a value to each Python type, within the range of the column.

Each converter takes the value, the column's type on the dialect, and the dialect.
"""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Dialect, Float, SmallInteger
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.types import TypeEngine

from .parsing import PARSERS

__all__ = ["ANY", "CONVERTERS", "NAMES", "UnfitValueError", "check_text", "uuid_of"]


class _AnyDialect(DefaultDialect):
    name = "any"


ANY = _AnyDialect()
"""Stands for the database where it is not known which one it will be."""


class UnfitValueError(ValueError):
    """A column cannot hold a value. The message says what it holds: "an integer"."""


def _integer(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> int:
    number = PARSERS[int](value) if isinstance(value, str) else int(value)
    if not isinstance(value, str) and number != value:
        raise ValueError(value)
    limits = _integers_of(type_, dialect)
    if limits is not None and not limits[0] <= number <= limits[1]:
        msg = f"an integer between {limits[0]} and {limits[1]}"
        raise UnfitValueError(msg)
    return number


def _integers_of(type_: TypeEngine[Any], dialect: Dialect) -> tuple[int, int] | None:
    """Return the least and the greatest integer, `None` where they are not known."""
    if dialect.name == "sqlite":
        bits = 64
    elif dialect is ANY:
        bits = 16 if isinstance(type_, SmallInteger) else 64
    elif dialect.name not in _SIZED_INTEGERS:
        return None
    elif isinstance(type_, BigInteger):
        bits = 64
    elif isinstance(type_, SmallInteger):
        bits = 16
    else:
        bits = {"TINYINT": 8, "MEDIUMINT": 24}.get(type(type_).__name__, 32)
    if getattr(type_, "unsigned", False) and dialect.name in ("mysql", "mariadb"):
        return 0, 2**bits - 1
    if bits == 8 and dialect.name == "mssql":
        return 0, 255
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def _float(value: Any, type_: Any, dialect: Dialect) -> float:
    number = PARSERS[float](value) if isinstance(value, str) else float(value)
    if not math.isfinite(number):
        msg = "a finite number"
        raise UnfitValueError(msg)
    if _is_float(type_):
        is_single = (type_.precision or 53) <= 24 and dialect.name != "sqlite"
        if is_single and abs(number) > _GREATEST_SINGLE:
            msg = "a number of single precision"
            raise UnfitValueError(msg)
    else:
        _check_digits(decimal.Decimal(number), type_, dialect)
    return number


def _is_float(type_: Any) -> bool:
    # SQLAlchemy 2.0 has a type for psycopg that is only named like one.
    return isinstance(type_, Float) or type_.__visit_name__ == "float"


def _decimal(value: Any, type_: Any, dialect: Dialect) -> decimal.Decimal:
    if isinstance(value, str):
        number = PARSERS[decimal.Decimal](value)
    elif isinstance(value, decimal.Decimal):
        number = value
    else:
        number = decimal.Decimal(str(value))
    if not number.is_finite():
        msg = "a finite number"
        raise UnfitValueError(msg)
    if _is_float(type_):
        _float(number, type_, dialect)
    else:
        _check_digits(number, type_, dialect)
    return number or decimal.Decimal(0)  # which has no exponent


def _check_digits(number: decimal.Decimal, type_: Any, dialect: Dialect) -> None:
    """Refuse more digits before the point than the column has.

    More of them behind it match nothing, or are rounded, as the database does it.
    """
    digits = _DIGITS
    if type_.precision is not None and dialect.name != "sqlite" and dialect is not ANY:
        digits = type_.precision - (type_.scale or 0)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent < -_DECIMALS:
        msg = f"a decimal number of at most {_DECIMALS} digits behind the point"
        raise UnfitValueError(msg)
    if number and number.adjusted() >= digits:
        msg = f"a decimal number of at most {digits} digits before the point"
        raise UnfitValueError(msg)


def _string(value: Any, _: TypeEngine[Any], dialect: Dialect) -> str:
    if not isinstance(value, _STRINGABLE) or isinstance(value, bool):
        raise TypeError(value)
    text = str(value)
    check_text(text, dialect)
    return text


def check_text(text: str, dialect: Dialect) -> None:
    """Raise `UnfitValueError` for characters that no text column holds on *dialect*."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        msg = "a string of whole Unicode characters"
        raise UnfitValueError(msg) from error
    if "\0" in text and (dialect.name == "postgresql" or dialect is ANY):
        msg = "a string without NUL characters"
        raise UnfitValueError(msg)


def _boolean(value: Any, *_: Any) -> bool:
    if isinstance(value, str):
        value = PARSERS[bool](value)
    if value not in (0, 1):
        raise ValueError(value)
    return bool(value)


def uuid_of(value: Any) -> uuid.UUID:
    """Return the UUID that *value* is, or is the text of."""
    if isinstance(value, uuid.UUID):
        return value
    try:
        parsed: uuid.UUID = PARSERS[uuid.UUID](str(value))
    except ValueError as error:
        raise UnfitValueError(NAMES[uuid.UUID]) from error
    return parsed


def _datetime(value: Any, type_: Any, _: Dialect) -> datetime.datetime:
    """Return the moment in UTC: without an offset where the column keeps none.

    A value without an offset is taken as UTC.
    """
    if isinstance(value, str):
        value = PARSERS[datetime.datetime](value)
    elif not isinstance(value, datetime.datetime):
        if not isinstance(value, datetime.date):
            raise TypeError(value)
        value = datetime.datetime.combine(value, datetime.time())
    moment: datetime.datetime = value
    if moment.tzinfo is not None:
        moment = moment.astimezone(_UTC)
    return moment.replace(tzinfo=_UTC if type_.timezone else None)


def _date(value: Any, *_: Any) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    return datetime.date.fromisoformat(value)


def _time(value: Any, type_: Any, _: Dialect) -> datetime.time:
    if not isinstance(value, datetime.time):
        value = PARSERS[datetime.time](value)
    time: datetime.time = value
    if time.tzinfo is None or getattr(type_, "timezone", False):
        return time
    # Any day will do: what is beyond midnight is the time of another one.
    moment = datetime.datetime.combine(datetime.date(2000, 1, 2), time)
    return moment.astimezone(_UTC).time()


def _interval(value: Any, _: Any, dialect: Dialect) -> datetime.timedelta:
    if not isinstance(value, datetime.timedelta):
        raise TypeError(value)
    if dialect.name not in ("postgresql", "oracle"):
        datetime.datetime(1970, 1, 1) + value  # so it is stored there
    return value


def _bytes(value: Any, *_: Any) -> bytes:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise TypeError(value)
    return bytes(value)


_UTC = datetime.timezone.utc
_SIZED_INTEGERS = ("default", "postgresql", "mysql", "mariadb", "mssql")
_GREATEST_SINGLE = 3.4028235e38
_DIGITS = 131_072
_DECIMALS = 16_383
"""Of a NUMERIC of PostgreSQL, before and behind the point."""
_STRINGABLE = (
    str,
    int,
    float,
    decimal.Decimal,
    uuid.UUID,
    datetime.date,
    datetime.time,
)

CONVERTERS: dict[type | None, Callable[[Any, Any, Dialect], Any]] = {
    int: _integer,
    str: _string,
    float: _float,
    bool: _boolean,
    bytes: _bytes,
    decimal.Decimal: _decimal,
    datetime.date: _date,
    datetime.datetime: _datetime,
    datetime.time: _time,
    datetime.timedelta: _interval,
}
NAMES: dict[type | None, str] = {
    int: "an integer",
    str: "a string",
    float: "a number",
    bool: "a boolean",
    bytes: "binary data",
    uuid.UUID: "a UUID",
    decimal.Decimal: "a decimal number",
    datetime.date: "a date in ISO 8601",
    datetime.datetime: "a date and time in ISO 8601",
    datetime.time: "a time in ISO 8601",
    datetime.timedelta: "a duration",
}
