"""What windows ask alike, save for values: names in the place of those.

A statement that is made for names can be kept, and run with the values of any window
that asks the same. That is so of comparisons with one value of a column whose type is
SQLAlchemy's own: there the Python type of a value says all that its SQL depends on.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from operator import is_
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, inspect
from sqlalchemy.orm import ColumnProperty
from sqlalchemy.sql import visitors

from .conditions import condition_of
from .filters import AllOf, AnyOf, Compared, Filter, Opposite
from .windows import Window

__all__ = ["Structure", "structure_of", "with_names"]

_OPERATORS = frozenset({"eq", "ne", "lt", "lte", "gt", "gte"})
"""What compares with one value, and whatever that is, as the same SQL."""


class Structure(NamedTuple):
    """What a window asks, without its values."""

    key: Hashable
    """Equal for windows that differ in values alone."""
    values: dict[str, Any]
    """Name → value."""


class _NotNamed(Exception):  # noqa: N818  # it is no error
    """The SQL depends on more than the structure."""


def structure_of(window: Window) -> Structure | None:
    """Return the structure of *window*, `None` if its SQL depends on more than that."""
    if window.is_page or any(
        key.path or not isinstance(key.source, str) for key in window.order
    ):
        return None
    values: list[Any] = []
    try:
        key = None if window.filter is None else _key(window.filter, values)
    except _NotNamed:
        return None
    named = {_name(place): value for place, value in enumerate(values)}
    return Structure((key, window.order), named)


def with_names(window: Window, entity: Any) -> Window | None:
    """Return *window*, which has a structure, with names in the place of values.

    `None` if that would not be the same SQL with the same values.

    Args:
        window: What is asked.
        entity: The mapped class that it is asked of.
    """
    if window.filter is None:
        return window
    compared = list(_compared(window.filter))
    columns = inspect(entity).column_attrs
    if not all(_is_plain(columns.get(one.attribute)) for one in compared):
        return None
    named = replace(window, filter=_named(window.filter, iter(range(len(compared)))))
    some, others = (list(_types(one.filter, entity)) for one in (window, named))
    return named if len(some) == len(others) and all(map(is_, some, others)) else None


def _name(place: int) -> str:
    return f"asked_{place}"


def _key(filter_: Filter, values: list[Any]) -> Hashable:
    if isinstance(filter_, Compared):
        operator, value = filter_.operator, filter_.value
        if operator == "isNull":
            return filter_.attribute, value
        # NULL, true and false are SQL of their own.
        if operator not in _OPERATORS or value is None or isinstance(value, bool):
            raise _NotNamed
        values.append(value)
        return filter_.attribute, operator, type(value)
    if isinstance(filter_, AllOf | AnyOf):
        return type(filter_), *(_key(one, values) for one in filter_.parts)
    if isinstance(filter_, Opposite):
        return Opposite, _key(filter_.part, values)
    raise _NotNamed


def _compared(filter_: Filter) -> Iterator[Compared]:
    """Yield what has a value, in the order of `_key`."""
    if isinstance(filter_, AllOf | AnyOf):
        for one in filter_.parts:
            yield from _compared(one)
    elif isinstance(filter_, Opposite):
        yield from _compared(filter_.part)
    elif isinstance(filter_, Compared) and filter_.operator != "isNull":
        yield filter_


def _named(filter_: Filter, places: Iterator[int]) -> Filter:
    if isinstance(filter_, AllOf | AnyOf):
        return replace(
            filter_, parts=tuple(_named(one, places) for one in filter_.parts)
        )
    if isinstance(filter_, Opposite):
        return Opposite(_named(filter_.part, places))
    if isinstance(filter_, Compared) and filter_.operator != "isNull":
        return replace(filter_, value=bindparam(_name(next(places)), required=True))
    return filter_


def _is_plain(prop: ColumnProperty[Any] | None) -> bool:
    """Tell whether nobody but SQLAlchemy says what comparing an attribute means."""
    return (
        prop is not None
        and prop.comparator_factory is ColumnProperty.Comparator
        and type(prop.columns[0].type).__module__.startswith("sqlalchemy.")
    )


def _types(filter_: Filter | None, entity: Any) -> Iterator[Any]:
    """Yield the types that the values of a filter are sent with."""
    assert filter_ is not None
    for part in visitors.iterate(condition_of(filter_, entity)):
        if isinstance(part, BindParameter):
            yield part.type
