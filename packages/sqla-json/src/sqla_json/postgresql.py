"""JSON on PostgreSQL: text, put together of what `to_json` makes of each value.

Its functions for objects look up how to write each value and each key again for each
row, which takes longer than all else. `jsonb` keeps no order of keys.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Dialect,
    Double,
    Enum,
    Integer,
    Numeric,
    String,
    Text,
    Time,
    Uuid,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import INTERVAL, JSON, aggregate_order_by
from sqlalchemy.sql.expression import Null

from .dialects import TOKEN, Form, JsonDialect, is_float
from .postgresql_times import (
    as_date,
    as_datetime,
    as_interval,
    as_time,
    instant_form,
)

__all__ = ["PostgreSQLJson"]

_NUMERIC = 1700
"""The number of `numeric` among the types of PostgreSQL."""


class PostgreSQLJson(JsonDialect):
    """PostgreSQL, by any driver."""

    name = "postgresql"
    orders_inside = True
    joins = True
    most_joined = 1000
    most_fields = 500  # as long an expression as SQLAlchemy goes through at ease

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self._texts: dict[str, Any] = {}
        """Each as one parameter, however often it is in a statement."""

    @property
    def token(self) -> Any:
        """See `JsonDialect.token`."""
        return self.name_of(TOKEN)

    def name_of(self, name: str) -> Any:
        """See `JsonDialect.name_of`."""
        return self._text(json.dumps(name))

    def _text(self, text: str) -> Any:
        return self._texts.setdefault(text, literal(text, _Written()))

    def object(self, pairs: Sequence[tuple[str, Any]]) -> Any:
        """See `JsonDialect.object`."""
        if not pairs:
            return _fixed("{}")
        parts: list[Any] = []
        for key, value in pairs:
            ahead = "," if parts else "{"
            parts += (self._text(f"{ahead}{json.dumps(key)}:"), _json(value))
        return _concatenated(*parts, _fixed("}"))

    def array(self, value: Any, order_by: Sequence[Any]) -> Any:
        """See `JsonDialect.array`."""
        comma: Any = _fixed(",")
        if order_by:
            comma = aggregate_order_by(comma, *order_by)
        joined = func.string_agg(_json(value), comma, type_=Text())
        array = _concatenated(_fixed("["), joined, _fixed("]"))
        return func.coalesce(array, _fixed("[]"))

    def joined(self, text: Any) -> Any:
        """See `JsonDialect.joined`."""
        return func.string_agg(text, _fixed(","))

    def items(self, *values: Any) -> Any:
        """See `JsonDialect.items`."""
        parts: list[Any] = []
        for value in values:
            parts += (_fixed("," if parts else "["), _json(value))
        return _concatenated(*parts, _fixed("]")) if parts else _fixed("[]")

    def text(self, value: Any) -> Any:
        """See `JsonDialect.text`."""
        return _json(value)

    def integer_as_text(self, column: Any) -> Any:
        """See `JsonDialect.integer_as_text`."""
        return _concatenated(_fixed('"'), _digits(column), _fixed('"'))

    def may_exceed_int(self, type_: Any) -> bool:
        """See `JsonDialect.may_exceed_int`."""
        return type(type_) is not Integer and isinstance(type_, BigInteger)

    def float_form(self, type_: Any) -> Form | None:
        """See `JsonDialect.float_form`."""
        if type_.precision is not None and type_.precision <= 24:
            return None  # what a driver makes of a `real` has more digits
        return _float_as_json, _no_finite, None

    def uuid_form(self, type_: Any) -> Form | None:
        """See `JsonDialect.uuid_form`."""
        return lambda column: cast(column, Text()), lambda _: (), None

    def text_as_one_of(self, names: Mapping[str, str]) -> Form | None:
        """See `JsonDialect.text_as_one_of`."""

        def text(column: Any) -> Any:
            return cast(column, Text()).collate("C")

        def value(column: Any) -> Any:
            pairs = {one: self.key(name) for one, name in names.items()}
            return case(pairs, value=text(column))

        return value, lambda column: [text(column).not_in([*names])], None

    def transport(self, type_: Any) -> Form | None:
        """See `JsonDialect.transport`."""
        if isinstance(type_, JSON):
            return self._json()
        for kind, form in _TRANSPORTS:
            if isinstance(type_, kind):
                if getattr(type_, "timezone", False):
                    return instant_form(type_, self.dialect.driver)
                return form(type_)
        return None

    def _json(self) -> Form | None:
        """See `JsonDialect._json`."""
        if getattr(self.dialect, "_json_deserializer", None) is not None:
            return None  # the application's own, which is given text
        return lambda column: column, lambda _: (), None

    def type_code(self, type_: Any) -> Any:
        """See `JsonDialect.type_code`."""
        return _NUMERIC if isinstance(type_, Numeric) else None


class _Written(Text):
    """JSON already."""

    cache_ok = True


def _fixed(text: str) -> Any:
    """Return a text of this module, and of nobody else."""
    return literal_column(f"'{text}'", _Written())


def _concatenated(first: Any, *others: Any) -> Any:
    return type_coerce(reduce(operator.add, others, first), _Written())


def _json(value: Any) -> Any:
    """Return a value as JSON, where NULL is `null`."""
    if isinstance(value, Null):
        return _fixed("null")
    if isinstance(value.type, Integer):
        value = _digits(value)
    elif not isinstance(value.type, _Written):
        value = cast(func.to_json(value), Text())
    return func.coalesce(value, _fixed("null"))


def _digits(column: Any) -> Any:
    """Return an integer as text: digits, whatever the column should have."""
    return cast(cast(column, BigInteger()), Text())


def _float_as_json(column: Any) -> Any:
    """Return a double as JSON: with a point, as Python has it."""
    text = cast(column, Text())
    number = case((text.regexp_match("^-?[0-9]+$"), text.concat(".0")), else_=text)
    return type_coerce(number, _Written())


def _no_finite(column: Any) -> Sequence[Any]:
    number: Any = cast(column, Double())
    largest: Any = literal(1.7976931348623157e308, Double())
    return [or_(number > largest, number < -largest)]  # NaN is more than any


def _as_it_is(_: Any) -> Form:
    return lambda column: column, lambda _: (), None


def _as_string(_: Any) -> Form:
    return lambda column: cast(column, Text()), lambda _: (), None


def _as_decimal(type_: Any) -> Form | None:
    if is_float(type_):
        return None
    return lambda column: cast(column, Text()), lambda _: (), Decimal


def _as_uuid(_: Any) -> Form:
    return lambda column: cast(column, Text()), lambda _: (), UUID


_TRANSPORTS: Sequence[tuple[Any, Callable[[Any], Form | None]]] = (
    (Boolean, _as_it_is),
    (Integer, _as_it_is),
    (Enum, _as_string),
    (String, _as_it_is),
    (Numeric, _as_decimal),
    (Uuid, _as_uuid),
    (DateTime, as_datetime),
    (Date, as_date),
    (Time, as_time),
    (INTERVAL, as_interval),
)
"""How each type is written, and what the driver makes of it."""
