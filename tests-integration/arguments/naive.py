"""What filters and orders mean, said once more: over loaded objects, in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cmp_to_key
from typing import Any

from .blog import Kind

LISTS = ("posts", "published", "comments", "replies", "tags")
OBJECTS = ("author", "parent", "post")
NAMES = {"createdAt": "created_at", "isPublished": "is_published"}


def matches(row: Any, asked: dict[str, Any]) -> bool:
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
    if name in OBJECTS:
        other = getattr(row, name)
        return other is not None and matches(other, value)
    if name in LISTS:
        others = getattr(row, name)
        found = {
            "some": lambda part: any(matches(one, part) for one in others),
            "none": lambda part: not any(matches(one, part) for one in others),
            "every": lambda part: all(matches(one, part) for one in others),
        }
        return all(found[key](part) for key, part in value.items())
    held = getattr(row, NAMES.get(name, name))
    held = str(held) if name == "id" else held
    if not isinstance(value, dict):
        return bool(held is None if value is None else held == value)
    return all(_compares(held, key, one) for key, one in value.items())


def _compares(held: Any, operator: str, value: Any) -> bool:
    if isinstance(held, Kind):
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
    """Return *rows* as the values of `PostOrder` say, the primary key last."""
    large = dialect == "postgresql"
    keys = []
    for item in order:
        name, _, rest = item.partition("_ASC")
        descending = not _
        if descending:
            name, _, rest = item.partition("_DESC")
        first = rest == "_NULLS_FIRST" if rest else large is descending
        keys.append((_reader(name), descending, first))
    keys.append((lambda row: row.id, bool(keys) and keys[-1][1], False))

    def compared(one: Any, other: Any) -> int:
        for read, descending, first in keys:
            left, right = read(one), read(other)
            if left == right:
                continue
            if left is None or right is None:
                return -1 if (left is None) is first else 1
            return -1 if (left < right) is not descending else 1
        return 0

    return sorted(rows, key=cmp_to_key(compared))


def _reader(name: str) -> Callable[[Any], Any]:
    path = {
        "AUTHOR_USERNAME": ("author", "username"),
        "PARENT_AUTHOR_USERNAME": ("parent", "author", "username"),
        "CREATED_AT": ("created_at",),
        "IS_PUBLISHED": ("is_published",),
    }.get(name, (name.lower(),))

    def read(row: Any) -> Any:
        if name == "LOUDNESS":
            return None if row.views is None else row.views * 2
        for one in path:
            row = None if row is None else getattr(row, one)
        return row

    return read
