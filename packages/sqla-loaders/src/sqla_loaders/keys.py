"""The condition that a row has one of many keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, tuple_

__all__ = ["is_one_of"]


def is_one_of(columns: Sequence[Any], keys: Sequence[Hashable]) -> ColumnElement[bool]:
    """Return the condition that *columns* are one of *keys*.

    A key is a tuple where there are several columns, and a value where there is one.
    `None` in a part of a tuple is NULL: one term more for each set of such parts.
    """
    if len(columns) == 1:
        found: ColumnElement[bool] = columns[0].in_(keys)
        return found
    by_nulls: defaultdict[tuple[bool, ...], list[Any]] = defaultdict(list)
    for key in keys:
        assert isinstance(key, tuple)
        by_nulls[tuple([part is None for part in key])].append(key)
    return or_(*(_among(columns, some, nulls) for nulls, some in by_nulls.items()))


def _among(
    columns: Sequence[Any], keys: list[tuple[Any, ...]], nulls: tuple[bool, ...]
) -> ColumnElement[bool]:
    if not any(nulls):
        return tuple_(*columns).in_(keys)
    null = [
        column.is_(None)
        for column, is_null in zip(columns, nulls, strict=True)
        if is_null
    ]
    places = [place for place, is_null in enumerate(nulls) if not is_null]
    if not places:
        return and_(*null)
    rest = [tuple([key[place] for place in places]) for key in keys]
    others = [columns[place] for place in places]
    if len(places) == 1:
        return and_(*null, others[0].in_([value for (value,) in rest]))
    return and_(*null, tuple_(*others).in_(rest))
