"""What filters, orders and pages mean, said once more: over loaded objects, in Python.

It knows no more than the mapping and the words of the arguments, so it serves models of
any kind. Nothing of it comes from the packages that it is compared with.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key
from typing import Any

from conformance.naive import lazily, values
from sqlalchemy import inspect

Compare = Callable[[Any, Any], int]


def matches(row: Any, asked: Mapping[str, Any]) -> bool:
    """Tell whether *row* is one of those that the filter *asked* is for."""
    return all(_field(row, name, value) for name, value in asked.items())


def _field(row: Any, name: str, value: Any) -> bool:
    if name == "and":
        return all(matches(row, one) for one in value)
    if name == "or":
        return any(matches(row, one) for one in value)
    if name == "not":
        return not matches(row, value)
    if name == "loud":
        known = row.views is not None
        return known and (row.views > 2 if value else row.views <= 2)
    relationship = inspect(type(row)).relationships.get(_snake_case(name))
    if relationship is None:
        held = getattr(row, _snake_case(name))
    else:
        held = related(row, relationship.key)
    if relationship is not None and relationship.uselist:
        found = {
            "some": lambda part: any(matches(one, part) for one in held),
            "none": lambda part: not any(matches(one, part) for one in held),
            "every": lambda part: all(matches(one, part) for one in held),
        }
        return all(found[key](part) for key, part in value.items())
    if relationship is not None:
        return held is not None and matches(held, value)
    held = str(held) if name == "id" else held
    if not isinstance(value, dict):
        return bool(held is None if value is None else held == value)
    return all(_compares(held, key, one) for key, one in value.items())


def _snake_case(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).lower()


def _compares(held: Any, operator: str, value: Any) -> bool:
    if isinstance(held, enum.Enum):
        held = held.name
    if operator == "isNull":
        return (held is None) is value
    if operator == "ne":
        return bool(held != value)
    if operator == "notIn":
        return held not in value
    if held is None:
        return False
    return bool(_OPERATORS[operator](held, value))


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda held, value: held == value,
    "in": lambda held, value: held in value,
    "lt": lambda held, value: held < value,
    "lte": lambda held, value: held <= value,
    "gt": lambda held, value: held > value,
    "gte": lambda held, value: held >= value,
    "contains": lambda held, value: value in held,
    "startsWith": lambda held, value: held.startswith(value),
    "endsWith": lambda held, value: held.endswith(value),
    "icontains": lambda held, value: value.lower() in held.lower(),
    "istartsWith": lambda held, value: held.lower().startswith(value.lower()),
    "iendsWith": lambda held, value: held.lower().endswith(value.lower()),
}


def in_order(rows: Sequence[Any], order: Sequence[str], dialect: str) -> list[Any]:
    """Return *rows* as the values of an order enum say, the primary key last."""
    return sorted(rows, key=cmp_to_key(comparing(order, dialect)))


def comparing(order: Sequence[str], dialect: str, *, is_total: bool = True) -> Compare:
    """Return how two rows compare: below 0 where the first one comes first.

    Without *is_total*, rows that only the primary key tells apart are equal.
    """
    large = dialect == "postgresql"
    keys: list[tuple[Callable[[Any], Any], bool, bool]] = []
    for item in order:
        name, ascending, rest = item.partition("_ASC")
        descending = not ascending
        if descending:
            name, _, rest = item.partition("_DESC")
        first = rest == "_NULLS_FIRST" if rest else large is descending
        keys.append((_reader(name), descending, first))
    if is_total:
        keys.append((key_of, bool(keys) and keys[-1][1], False))

    def compared(one: Any, other: Any) -> int:
        for read, descending, first in keys:
            left, right = read(one), read(other)
            if left == right:
                continue
            if left is None or right is None:
                return -1 if (left is None) is first else 1
            return -1 if (left < right) is not descending else 1
        return 0

    return compared


def key_of(row: Any) -> tuple[Any, ...]:
    """Return the primary key of *row*."""
    return tuple(inspect(type(row)).primary_key_from_instance(row))


def _reader(name: str) -> Callable[[Any], Any]:
    def read(row: Any) -> Any:
        if name == "LOUDNESS":
            return None if row.views is None else row.views * 2
        return _read(row, name.lower())

    return read


def _read(row: Any, name: str) -> Any:
    """Return the column *name*, or that of a related row: `author_username`."""
    if row is None or name in inspect(type(row)).column_attrs:
        return None if row is None else getattr(row, name)
    for prop in inspect(type(row)).relationships:
        if name.startswith(f"{prop.key}_"):
            return _read(related(row, prop.key), name.removeprefix(f"{prop.key}_"))
    raise LookupError(name)


def related(row: Any, relationship: str) -> Any:
    """Return the rows of a relationship as a list, or the one row, however it loads."""
    prop = inspect(type(row)).relationships[relationship]
    if prop.lazy in {"raise", "raise_on_sql"}:
        return lazily(row, prop)
    value = getattr(row, relationship)
    return values(row, value) if prop.uselist else value


def default_order(owner: Any, relationship: str) -> Compare | None:
    """Return the order of the mapping, which must be total; None if it has none."""
    if not inspect(type(owner)).relationships[relationship].order_by:
        return None
    places = {id(row): n for n, row in enumerate(related(owner, relationship))}
    return lambda one, other: places[id(one)] - places[id(other)]


@dataclass(frozen=True)
class Asked:
    """The arguments of one list, or of one connection."""

    filter: Mapping[str, Any] | None = None
    order: tuple[str, ...] = ()
    limit: int | None = None
    """`limit`, `first` or `last`."""
    offset: int = 0
    after: Any = None
    """The row of the cursor."""
    before: Any = None
    is_backward: bool = False
    """Whether the limit counts from the end."""

    def at(self, side: str, position: Any) -> Asked:
        """Return the same `after` or `before` a position."""
        if side == "after":
            return replace(self, after=position)
        return replace(self, before=position)


@dataclass(frozen=True)
class Chosen:
    """What there is to be answered."""

    rows: list[Any]
    total: int
    has_next: bool
    has_previous: bool


def chosen(
    rows: Sequence[Any], asked: Asked, dialect: str, compare: Compare | None = None
) -> Chosen:
    """Return what *asked* chooses of *rows*.

    *compare* is the order where none is asked; the primary key if it is not given.
    """
    if asked.order or compare is None:
        compare = comparing(asked.order, dialect)
    found = [one for one in rows if not asked.filter or matches(one, asked.filter)]
    every = sorted(found, key=cmp_to_key(compare))
    within = [
        one
        for one in every
        if (asked.after is None or compare(one, asked.after) > 0)
        and (asked.before is None or compare(one, asked.before) < 0)
    ]
    at_or_before = asked.after is not None and any(
        compare(one, asked.after) <= 0 for one in every
    )
    at_or_after = asked.before is not None and any(
        compare(one, asked.before) >= 0 for one in every
    )
    limit = len(within) if asked.limit is None else asked.limit
    more = len(within) - asked.offset > limit
    if asked.is_backward:
        page = within[max(0, len(within) - limit) :]
        return Chosen(page, len(every), at_or_after, more)
    page = within[asked.offset : asked.offset + limit]
    has_previous = at_or_before or asked.offset > 0
    return Chosen(page, len(every), more, has_previous)
