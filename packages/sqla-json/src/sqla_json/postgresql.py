"""JSON on PostgreSQL: `json`, as `jsonb` keeps no order of keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
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
)
from sqlalchemy.dialects.postgresql import INTERVAL, JSON, aggregate_order_by

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
    most_joined = 1000
    most_fields = 50  # 100 arguments

    @property
    def token(self) -> Any:
        """See `JsonDialect.token`."""
        return func.to_json(cast(self.key(TOKEN), Text()))

    def object(self, pairs: Sequence[tuple[str, Any]]) -> Any:
        """See `JsonDialect.object`."""
        arguments = [part for key, value in pairs for part in (self.key(key), value)]
        return func.json_build_object(*arguments)

    def array(self, value: Any, order_by: Sequence[Any]) -> Any:
        """See `JsonDialect.array`."""
        values = aggregate_order_by(value, *order_by) if order_by else value
        return func.coalesce(func.json_agg(values), func.json_build_array())

    def joined(self, text: Any) -> Any:
        """See `JsonDialect.joined`."""
        return func.string_agg(text, literal_column("','"))

    def items(self, *values: Any) -> Any:
        """See `JsonDialect.items`."""
        return func.json_build_array(*values)

    def text(self, value: Any) -> Any:
        """See `JsonDialect.text`."""
        return cast(value, Text())

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


def _float_as_json(column: Any) -> Any:
    """Return a double as JSON: with a point, as Python has it."""
    text = cast(column, Text())
    number = case((text.regexp_match("^-?[0-9]+$"), text.concat(".0")), else_=text)
    return cast(number, JSON())


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
