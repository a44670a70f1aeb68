"""Scalars and enums as the response has them, a whole column at a time.

What graphql-core would do with each value is done with all of them: where the type of
the values says that nothing changes, they are only looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from graphql import GraphQLLeafType, Undefined

from ._compat import is_specified, serializer_of
from .columns import Column, Present, Unfit, never_waits

__all__ = ["leaf_column"]

_INTS = -(2**31), 2**31 - 1


def leaf_column(type_: GraphQLLeafType) -> Present:
    """Return the function that completes values of a scalar or an enum.

    It is given values without `None`, and their classes. It raises `Unfit` where
    graphql-core would have an error.
    """
    serialized = _serialized_by(serializer_of(type_))
    look_at = _LOOK_AT.get(type_.name) if is_specified(type_) else None
    if look_at is None:
        return serialized

    def complete(values: Column, kinds: set[type], info: Any) -> Column:
        done = look_at(values, kinds)
        return serialized(values, kinds, info) if done is None else done

    return complete


def _serialized_by(
    serialize: Callable[[Any], Any],
) -> Present:
    def complete(values: Column, kinds: set[type], _: Any) -> Column:
        if any(not never_waits(kind) for kind in kinds):
            raise Unfit
        try:
            done = [serialize(value) for value in values]
        except Exception as error:
            raise Unfit from error
        if any(one is None or one is Undefined for one in done):
            raise Unfit
        return done

    return complete


def _of_strings(values: Column, kinds: set[type]) -> Column | None:
    return values if kinds == {str} else None


def _of_ids(values: Column, kinds: set[type]) -> Column | None:
    if kinds == {int}:
        return list(map(str, values))
    return _of_strings(values, kinds)


def _of_ints(values: Column, kinds: set[type]) -> Column | None:
    low, high = _INTS
    is_plain = kinds == {int} and low <= min(values) and max(values) <= high
    return values if is_plain else None


def _of_floats(values: Column, kinds: set[type]) -> Column | None:
    return values if kinds == {float} and all(map(isfinite, values)) else None


def _of_booleans(values: Column, kinds: set[type]) -> Column | None:
    return values if kinds == {bool} else None


_LOOK_AT: dict[str, Callable[[Column, set[type]], Column | None]] = {
    "Boolean": _of_booleans,
    "Float": _of_floats,
    "ID": _of_ids,
    "Int": _of_ints,
    "String": _of_strings,
}
