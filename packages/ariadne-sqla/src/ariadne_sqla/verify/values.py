"""A value for a column, by its type: one of a few, or one that no other row has."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import JSON, Dialect, Enum
from sqlalchemy.sql.schema import Column
from sqlalchemy.types import TypeDecorator, TypeEngine

from sqla_selection.coercion import python_type_of

from .modelled import modelled

__all__ = ["value_for"]

_WORDS = ("alpha", "beta", "Beta", "gamma ray", "é", "x", "omega 7")
_FEW = 5
_UTC = datetime.timezone.utc
_STORED = (
    str,
    bytes,
    memoryview,
    int,
    float,
    decimal.Decimal,
    datetime.date,
    datetime.time,
)
"""What a driver stores."""


def value_for(
    column: Column[Any],
    number: int,
    random: Random,
    dialect: Dialect,
    *,
    differs: bool,
    refused: int = 0,
) -> Any:
    """Return a value that the column takes, `None` where none is found.

    Args:
        column: What it is for.
        number: Counts the rows of the table, from 0.
        random: Decides.
        dialect: The database's.
        differs: Whether no other row may have it.
        refused: How many kinds of values its class refuses to load: those are passed
            over.
    """
    n = number if differs else random.randrange(_FEW)
    type_ = column.type
    if not (isinstance(type_, TypeDecorator) or _has_parts(type_) or refused):
        return _of_type(type_, n, differs=differs)
    values = _taken(type_, n, dialect, differs=differs)
    return next(islice(values, refused, None), None)


def _has_parts(type_: TypeEngine[Any]) -> bool:
    """Tell whether values are of a type that some databases have no column for."""
    return not isinstance(type_, JSON) and python_type_of(type_) in (list, dict)


def _of_type(type_: TypeEngine[Any], n: int, *, differs: bool) -> Any:
    if isinstance(type_, Enum):
        values = [*(type_.enum_class or type_.enums)]
        return values[n % len(values)] if values else None
    kind = dict if isinstance(type_, JSON) else python_type_of(type_)
    kinds = () if kind is None else kind.__mro__
    make = next((_MAKERS[one] for one in kinds if one in _MAKERS), None)
    if make is None:
        return f"value {n}"
    value = make(n)
    if isinstance(value, str):
        length = getattr(type_, "length", None)
        value = f"{n} {_WORDS[n % len(_WORDS)]}" if differs else _WORDS[n % len(_WORDS)]
        return value[:length] if length else value
    return value


def _taken(
    type_: TypeEngine[Any], n: int, dialect: Dialect, *, differs: bool
) -> Iterator[Any]:
    """Yield values that a type takes, those that it gives back as they are first."""
    changed = []
    for value in _candidates(type_, n, differs=differs):
        try:
            impl = type_.dialect_impl(dialect)
            bind = impl.bind_processor(dialect)
            back = impl.result_processor(dialect, None)
            stored = bind(value) if bind else value
            given = back(stored) if back else stored
        except Exception:  # noqa: S112 - whatever the application raises for it
            continue
        if not isinstance(stored, _STORED) or given is None:
            continue
        if given == value:
            yield value
        else:
            changed.append(value)
    yield from changed


def _candidates(type_: TypeEngine[Any], n: int, *, differs: bool) -> Iterator[Any]:
    if isinstance(type_, TypeDecorator):
        yield from modelled(type_, n)
        kind = python_type_of(type_)
        if kind in _MAKERS:
            yield _MAKERS[kind](n)
    stored = type_
    while isinstance(stored, TypeDecorator):
        stored = stored.impl_instance
    yield _of_type(stored, n, differs=differs)
    yield {"key": n}
    yield [f"item {n}"]
    yield f"value {n}"
    yield n + 1
    yield _moment(n).replace(tzinfo=_UTC)
    yield uuid.UUID(int=n + 1)
    yield b"%d" % n
    yield f'{{"key": {n}}}'
    yield f'["item {n}"]'
    yield f"https://example.org/{n}"
    yield _moment(n).isoformat()
    yield {}
    yield []


def _moment(n: int) -> datetime.datetime:
    return datetime.datetime(2020, 1, 1, 5) + datetime.timedelta(days=n)


_MAKERS: dict[type[Any], Callable[[int], Any]] = {
    bool: lambda n: n % 2 == 0,
    int: lambda n: n + 1,
    float: lambda n: n + 0.5,
    decimal.Decimal: lambda n: decimal.Decimal(n) + decimal.Decimal("0.25"),
    str: lambda n: f"value {n}",
    bytes: lambda n: b"b%d" % n,
    datetime.datetime: _moment,
    datetime.date: lambda n: _moment(n).date(),
    datetime.time: lambda n: datetime.time(n % 24, 30),
    datetime.timedelta: lambda n: datetime.timedelta(hours=n),
    uuid.UUID: lambda n: uuid.UUID(int=n + 1),
    dict: lambda n: {"key": n, "nested": {"item": None}},
    list: lambda n: [n],
}
