"""Values of one field for all objects of a list: null and lists, a column at a time.

graphql-core completes value by value, by the type of the field. Here all values of a
column are completed by one function, made of that type once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain, repeat
from typing import Any, TypeAlias

from graphql import GraphQLList, GraphQLNonNull, Undefined, get_nullable_type

__all__ = [
    "Column",
    "Completion",
    "Loaded",
    "NotWhole",
    "Present",
    "Unfit",
    "completion_of",
    "never_waits",
    "rows_of",
]

Column: TypeAlias = list[Any]
"""What one field has for each object, or what that is completed to."""
Loaded: TypeAlias = Mapping[str, Any]
"""What one object has, by name."""
Completion: TypeAlias = Callable[[Column, Any], Column]
"""Completes values of a type, or raises `Unfit`. It is given an `info` of the request.
"""
Present: TypeAlias = Callable[[Column, set[type], Any], Column]
"""Does that for values that are all there; it is given their classes, too."""


class Unfit(Exception):  # noqa: N818  # no error: graphql-core sees to it
    """There is something that only graphql-core completes as it does."""


class NotWhole(Unfit):
    """Something is asked that no attribute has: it is the same for all objects."""


def never_waits(kind: type) -> bool:
    """Tell whether objects of a class are neither awaited nor raised."""
    is_raised = issubclass(kind, BaseException)
    return not (is_raised or hasattr(kind, "__await__") or hasattr(kind, "gi_frame"))


def completion_of(type_: Any, base: Present) -> Completion:
    """Return what completes values of *type_*, whose named type *base* completes."""
    nullable = get_nullable_type(type_)
    present = base
    if isinstance(nullable, GraphQLList):
        present = partial(_lists, completion_of(nullable.of_type, base))
    if isinstance(type_, GraphQLNonNull):
        return partial(_without_null, present)
    return partial(_with_null, present)


_NOTHING = type(None)
_UNDEFINED = type(Undefined)


def _without_null(present: Present, values: Column, info: Any) -> Column:
    kinds = set(map(type, values))
    if _NOTHING in kinds or _UNDEFINED in kinds:
        raise Unfit
    return present(values, kinds, info)


def _with_null(present: Present, values: Column, info: Any) -> Column:
    kinds = set(map(type, values))
    if _UNDEFINED in kinds:
        raise Unfit
    if _NOTHING not in kinds:
        return present(values, kinds, info)
    kinds.remove(_NOTHING)
    done = iter(present([one for one in values if one is not None], kinds, info))
    return [None if one is None else next(done) for one in values]


def _lists(items: Completion, values: Column, kinds: set[type], info: Any) -> Column:
    if not all(issubclass(kind, list | tuple | set | frozenset) for kind in kinds):
        raise Unfit
    done = items(list(chain.from_iterable(values)), info)
    found = []
    start = 0
    for value in values:
        end = start + len(value)
        found.append(done[start:end])
        start = end
    return found


def rows_of(
    keys: Sequence[str], columns: Sequence[Column], length: int
) -> list[dict[str, Any]]:
    """Return the objects of a response whose *keys* have these *columns*.

    The few keys that most objects have are written out: that takes half the time.
    """
    rows = zip(*columns, strict=True)
    match keys:
        case ():
            return [{} for _ in range(length)]
        case (a,):
            return [{a: one} for (one,) in rows]
        case a, b:
            return [{a: one, b: two} for one, two in rows]
        case a, b, c:
            return [{a: one, b: two, c: three} for one, two, three in rows]
        case a, b, c, d:
            return [{a: p, b: q, c: r, d: s} for p, q, r, s in rows]
        case _:
            return list(map(dict, map(zip, repeat(keys), rows)))
