"""Ready-made scalars for what columns hold and GraphQL has no type of its own for.

    from ariadne_sqla.scalars import scalars

    make_executable_schema(type_defs, query, *object_types, scalars)

`scalars` binds those that the schema has. Each is a bindable of Ariadne by itself, too.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable
from contextlib import suppress
from operator import methodcaller
from typing import Any

from ariadne import ScalarType, SchemaBindable
from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema

from sqla_selection.parsing import PARSERS

__all__ = [
    "SCALARS",
    "SQLAlchemyScalars",
    "big_int_scalar",
    "date_scalar",
    "datetime_scalar",
    "decimal_scalar",
    "duration_scalar",
    "json_scalar",
    "scalars",
    "serializes_nothing",
    "time_scalar",
    "uuid_scalar",
]


def _reader(kind: type[Any], name: str) -> Callable[[Any], Any]:
    """Return what reads a client's text, or number, as a value of Python."""
    parse = PARSERS[kind]

    def read(value: Any) -> Any:
        is_text = isinstance(value, str)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        try:
            if is_text or (is_number and kind in (int, decimal.Decimal)):
                return parse(str(value))
        except (ValueError, ArithmeticError):
            pass
        msg = f"{value!r} is no {name}."
        raise GraphQLError(msg)

    return read


def _scalar(name: str, kind: type[Any], serializer: Callable[[Any], Any]) -> ScalarType:
    return ScalarType(name, serializer=serializer, value_parser=_reader(kind, name))


def _seconds(value: Any) -> datetime.timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            return datetime.timedelta(seconds=value)
    msg = f"{value!r} is no Duration."
    raise GraphQLError(msg)


_iso = methodcaller("isoformat")

big_int_scalar = _scalar("BigInt", int, str)
"""`BigInt`, an integer beyond 32 bits: as text, which JavaScript does not round."""

date_scalar = _scalar("Date", datetime.date, _iso)
"""`Date`: ISO 8601, as `"2024-02-29"`."""

datetime_scalar = _scalar("DateTime", datetime.datetime, _iso)
"""`DateTime`: ISO 8601, as `"2024-02-29T12:00:00+00:00"`. `Z` is read too."""

decimal_scalar = _scalar("Decimal", decimal.Decimal, str)
"""`Decimal`: as text, which keeps all digits. Numbers are read too."""

duration_scalar = ScalarType(
    "Duration",
    serializer=datetime.timedelta.total_seconds,
    value_parser=_seconds,
)
"""`Duration`: seconds, as a number."""

json_scalar = ScalarType("JSON", serializer=lambda value: value)
"""`JSON`: any value, as the column holds it."""

time_scalar = _scalar("Time", datetime.time, _iso)
"""`Time`: ISO 8601, as `"12:00:00"`."""

uuid_scalar = _scalar("UUID", uuid.UUID, str)
"""`UUID`: its usual text, as `"00000000-0000-0000-0000-000000000001"`."""

SCALARS: dict[str, ScalarType] = {
    scalar.name: scalar
    for scalar in (
        big_int_scalar,
        date_scalar,
        datetime_scalar,
        decimal_scalar,
        duration_scalar,
        json_scalar,
        time_scalar,
        uuid_scalar,
    )
}
"""All of them, by name."""


class SQLAlchemyScalars(SchemaBindable):
    """Binds those scalars of a schema that are here, and that nothing has bound.

    A scalar that is bound before or after it, by an application of its own, wins.
    """

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        """Bind each scalar of the schema by its name."""
        for name, scalar in SCALARS.items():
            type_ = schema.type_map.get(name)
            if isinstance(type_, GraphQLScalarType) and serializes_nothing(type_):
                scalar.bind_to_schema(schema)


scalars = SQLAlchemyScalars()
"""The bindable for all of them."""


def serializes_nothing(type_: GraphQLScalarType) -> bool:
    """Tell that a scalar gives values as they are: nothing has bound a serializer."""
    return type_.serialize is GraphQLScalarType.serialize
