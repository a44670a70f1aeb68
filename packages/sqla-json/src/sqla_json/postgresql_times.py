"""Dates, times and intervals of PostgreSQL, as its drivers make them.

What is written is the same whatever `DateStyle`, `IntervalStyle` and `TimeZone` say.
What Python does not have (infinity, years before Christ, 24:00) is told by a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Text,
    cast,
    extract,
    func,
    literal,
    literal_column,
    or_,
    type_coerce,
)

from .dialects import Form

__all__ = ["as_date", "as_datetime", "as_interval", "as_time", "instant_form"]

_DATE, _TIME = "YYYY-MM-DD", "HH24:MI:SS.US"
_DATETIME = f'{_DATE}"T"{_TIME}'


def as_date(_: Any) -> Form:
    """Return how a day is written."""
    return _formatted(_DATE), _not_in_years, date.fromisoformat


def as_datetime(_: Any) -> Form:
    """Return how a time of a day is written, which is in no zone."""
    return _formatted(_DATETIME), _not_in_years, datetime.fromisoformat


def as_time(_: Any) -> Form:
    """Return how a time of any day is written."""
    return _formatted(_TIME), _is_midnight_after, time.fromisoformat


def as_interval(_: Any) -> Form:
    """Return how a length of time is written: in microseconds."""

    def microseconds(column: Any) -> Any:
        return cast(extract("epoch", column) * 1_000_000, BigInteger())

    return microseconds, _has_months, _interval


def instant_form(type_: Any, driver: str) -> Form | None:
    """Return how an instant is written: in UTC, and the zone the driver has it in."""
    if not isinstance(type_, DateTime):
        return None  # a time of any day in a zone, which nobody should use
    if driver == "asyncpg":
        return _at_utc, _instant_not_in_years, _utc
    if driver in ("psycopg", "psycopg_async"):
        return _at_utc_with_zone, _instant_not_in_years, _in_zone
    return None


def _formatted(text: str) -> Callable[[Any], Any]:
    return lambda column: func.to_char(column, literal(text, Text()))


def _utc_of(column: Any) -> Any:
    return func.timezone(literal("UTC", Text()), column)


def _at_utc(column: Any) -> Any:
    return _formatted(_DATETIME)(_utc_of(column))


def _at_utc_with_zone(column: Any) -> Any:
    zone = func.current_setting(literal("TimeZone", Text()))
    return type_coerce(_at_utc(column), Text()).concat(" ").concat(zone)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def _in_zone(text: str) -> datetime:
    at_utc, _, name = text.partition(" ")
    return _utc(at_utc).astimezone(_zone(name))


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    """Return what psycopg has for the zone of a connection.

    Raises:
        ZoneInfoNotFoundError: Python does not have it. psycopg would take UTC then.
    """
    return timezone.utc if name == "UTC" else ZoneInfo(name)


def _interval(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)


def _not_in_years(column: Any) -> Sequence[Any]:
    """Return when a date is none of Python's: before Christ, or infinite."""
    first, last = (literal(one, Date()) for one in (date.min, date.max))
    on = type_coerce(cast(column, Date()), Date())
    return [or_(on < first, on > last)]


def _instant_not_in_years(column: Any) -> Sequence[Any]:
    """Return that with a day to spare, as a zone may have another year."""
    day = timedelta(days=1)
    first, last = (literal(one, Date()) for one in (date.min + day, date.max - day))
    on = type_coerce(cast(_utc_of(column), Date()), Date())
    return [or_(on < first, on > last)]


def _is_midnight_after(column: Any) -> Sequence[Any]:
    return [column == literal_column("TIME '24:00'")]


def _has_months(column: Any) -> Sequence[Any]:
    """Return when an interval has months, which each driver takes for other days.

    A year is of months, and an infinite interval of neither.
    """
    months = extract("year", column) * 12 + extract("month", column)
    return [func.coalesce(months != 0, column.is_not(None))]
