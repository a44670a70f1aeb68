"""What a filter asks, as a value: neither GraphQL nor SQL.

Two filters that ask the same are equal, so that a load can be shared by them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = [
    "AllOf",
    "AnyOf",
    "Applied",
    "Compared",
    "Filter",
    "Operator",
    "Opposite",
    "Quantifier",
    "Related",
    "frozen",
    "has_functions",
    "together",
]

Operator: TypeAlias = Literal[
    "eq",
    "ne",
    "lt",
    "lte",
    "gt",
    "gte",
    "in",
    "notIn",
    "isNull",
    "contains",
    "startsWith",
    "endsWith",
    "icontains",
    "istartsWith",
    "iendsWith",
]
Quantifier: TypeAlias = Literal["one", "some", "none", "every"]


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these hold. Without parts it is no condition."""

    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these holds, at least."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    """Holds for exactly those rows that *part* does not hold for."""

    part: Filter


@dataclass(frozen=True, slots=True)
class Compared:
    """A column compares so with a value."""

    attribute: str
    operator: Operator
    value: Any = field(compare=False)
    """Converted to the column's type; a tuple of such for `in` and `notIn`, where
    `None` stands for NULL; a boolean for `isNull`."""
    key: Hashable = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", frozen(self.value))


@dataclass(frozen=True, slots=True)
class Related:
    """So many related rows are such: the one, some of them, none, every one."""

    relationship: str
    quantifier: Quantifier
    part: Filter


@dataclass(frozen=True, slots=True)
class Applied:
    """What a function of the application says of a value."""

    name: str
    function: Callable[[Any, Any, Any], Any]
    """`(entity, value, info)` → condition."""
    value: Any = field(compare=False)
    key: Hashable = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", frozen(self.value))


Filter: TypeAlias = AllOf | AnyOf | Opposite | Compared | Related | Applied


def has_functions(filter_: Filter | None) -> bool:
    """Tell whether a function of the application is asked."""
    if isinstance(filter_, AllOf | AnyOf):
        return any(map(has_functions, filter_.parts))
    if isinstance(filter_, Opposite | Related):
        return has_functions(filter_.part)
    return isinstance(filter_, Applied)


def together(*parts: Filter | None) -> Filter | None:
    """Return the filter that asks all of *parts*, `None` where there are none."""
    some = tuple(part for part in parts if part is not None and part != AllOf())
    if len(some) > 1:
        return AllOf(some)
    return some[0] if some else None


def frozen(value: Any) -> Hashable:
    """Return what tells *value*, a coerced value of any input type, from others."""
    if isinstance(value, dict):
        return tuple((key, frozen(one)) for key, one in value.items())
    if isinstance(value, list | tuple):
        return ("list", *map(frozen, value))
    try:
        hash(value)
    except TypeError:
        return (type(value), repr(value))
    return (type(value), value)
