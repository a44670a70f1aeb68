"""JSON on SQLite, whose columns may hold values of any type."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache, partial
from math import isfinite, ldexp
from random import Random
from typing import Any

from sqlalchemy import (
    Date,
    DateTime,
    Float,
    Integer,
    String,
    Time,
    and_,
    case,
    func,
    literal_column,
    or_,
    type_coerce,
)
from sqlalchemy.exc import DBAPIError

from .declining import Declining
from .dialects import Form, JsonDialect

__all__ = ["SQLiteJson"]

_LARGEST = 1.7976931348623157e308
_FLOAT = "%!.20g"
"""As many digits as tell a double from its neighbours, and what SQLite rounds."""


class SQLiteJson(JsonDialect):
    """SQLite from 3.38 on, which has JSON functions in every build."""

    name = "sqlite"
    orders_inside = False  # the aggregate takes an ORDER BY from 3.44 on
    most_joined = 4  # a subquery is about five symbols of a hundred, see `is_too_deep`
    most_fields = 63  # 127 arguments

    def check(self) -> None:
        """See `JsonDialect.check`."""
        version = self.dialect.server_version_info
        if version is not None and version < (3, 38):
            why = "SQLite before 3.38 has JSON functions in some builds only."
            raise Declining(why)
        if not _keeps_json():
            why = "This SQLite takes JSON for text where a subquery gives it."
            raise Declining(why)

    def is_too_deep(self, error: DBAPIError) -> bool:
        """See `JsonDialect.is_too_deep`."""
        return "parser stack overflow" in str(error.orig)

    def object(self, pairs: Sequence[tuple[str, Any]]) -> Any:
        """See `JsonDialect.object`."""
        arguments = [part for key, value in pairs for part in (self.key(key), value)]
        return func.json_object(*arguments)

    def array(self, value: Any, order_by: Sequence[Any]) -> Any:
        """See `JsonDialect.array`."""
        return func.json_group_array(value)

    def joined(self, text: Any) -> Any:
        """See `JsonDialect.joined`."""
        return func.group_concat(text, literal_column("','"))

    def items(self, *values: Any) -> Any:
        """See `JsonDialect.items`."""
        return func.json_array(*values)

    def no_integer(self, column: Any) -> Sequence[Any]:
        """See `JsonDialect.no_integer`."""
        return [_is_neither(column, "integer")]

    def no_string(self, column: Any) -> Sequence[Any]:
        """See `JsonDialect.no_string`."""
        return [_is_neither(column, "text")]

    def boolean_of(self, column: Any) -> Any:
        """See `JsonDialect.boolean_of`."""
        number = type_coerce(column, Integer())
        return case((number == 1, func.json("true")), (number == 0, func.json("false")))

    def no_boolean(self, column: Any) -> Sequence[Any]:
        """See `JsonDialect.no_boolean`."""
        number = type_coerce(column, Integer())
        return [and_(number != 0, number != 1)]

    def float_form(self, type_: Any) -> Form | None:
        """See `JsonDialect.float_form`."""
        if not _prints_floats():
            return None

        def wrong(column: Any) -> Sequence[Any]:
            return [
                _is_neither(column, "real"),
                _is_infinite(column),
            ]

        def value(column: Any) -> Any:
            # What it prints for NULL is 0.0.
            return case((func.typeof(column) == "real", _float_as_json(column)))

        return value, wrong, None

    def text_as_one_of(self, names: Mapping[str, str]) -> Form | None:
        """See `JsonDialect.text_as_one_of`."""

        def value(column: Any) -> Any:
            pairs = {text: self.key(name) for text, name in names.items()}
            return case(pairs, value=_text(column))

        def wrong(column: Any) -> Sequence[Any]:
            return [*self.no_string(column), _text(column).not_in([*names])]

        return value, wrong, None

    def transport(self, type_: Any) -> Form | None:
        """See `JsonDialect.transport`."""
        # SQLite itself has numbers and texts only: types are what SQLAlchemy makes.
        if not _prints_floats():
            return None
        is_time = isinstance(type_, Date | DateTime | Time)
        if is_time and getattr(self.dialect, "native_datetime", False):
            return None  # the driver decodes them

        def value(column: Any) -> Any:
            is_real = func.typeof(column) == "real"
            raw = type_coerce(column, String())
            return case((is_real, _float_as_json(column)), else_=raw)

        def wrong(column: Any) -> Sequence[Any]:
            return [
                func.typeof(column) == "blob",
                _is_infinite(column),
            ]

        return value, wrong, None


def _is_infinite(column: Any) -> Any:
    # Not by `abs`, which fails for the least integer.
    number = type_coerce(column, Float())
    beyond = or_(number > _LARGEST, number < -_LARGEST)
    return and_(func.typeof(column) == "real", beyond)


def _float_as_json(column: Any) -> Any:
    return func.json(func.printf(_FLOAT, type_coerce(column, Float())))


def _is_neither(column: Any, name: str) -> Any:
    """Return whether a value is neither of the type *name* nor NULL.

    Without a list of values, which SQLAlchemy writes anew each time it is run.
    """
    types: Any = literal_column(f"('{name}', 'null')")
    return func.typeof(column).op("NOT IN", is_comparison=True)(types)


def _text(column: Any) -> Any:
    """Return the text of a column, without its collation."""
    return type_coerce(column, String()).concat("")


@cache
def _keeps_json() -> bool:
    """Tell whether SQLite knows what is JSON where a subquery or CASE gives it."""
    found = _asked_of_library(
        """
        SELECT json_object(
            'a', CASE WHEN x THEN json_object('b', x) ELSE 't' END,
            'c', coalesce((SELECT json_object('d', x)), 't'),
            'e', (SELECT json_group_array(json_object('f', y))
                  FROM (SELECT x AS y UNION ALL SELECT 2 ORDER BY 1 DESC)),
            'g', CASE x WHEN 1 THEN json('true') END)
        FROM (SELECT 1 AS x)
        """
    )
    return bool(found == '{"a":{"b":1},"c":{"d":1},"e":[{"f":2},{"f":1}],"g":true}')


@cache
def _prints_floats() -> bool:
    """Tell whether SQLite prints each double so that it is read as the same one.

    Builds without a long double, before 3.43, do not. Some thousand are tried.
    """
    random = Random(1)  # noqa: S311  # the same numbers each time
    tried = [
        ldexp(random.getrandbits(53) + 1, random.randint(-1126, 970))
        for _ in range(4000)
    ]
    connection = sqlite3.connect(":memory:")
    try:
        ask = partial(connection.cursor().execute, f"SELECT printf('{_FLOAT}', ?)")
        return all(
            float(ask([one]).fetchone()[0]) == one for one in tried if isfinite(one)
        )
    finally:
        connection.close()


def _asked_of_library(text: str) -> Any:
    connection = sqlite3.connect(":memory:")
    try:
        return connection.cursor().execute(text).fetchone()[0]
    finally:
        connection.close()
