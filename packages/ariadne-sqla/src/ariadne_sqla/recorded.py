"""What is recorded of a request, as values."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqla_loaders import PageWork
from sqla_selection import LoadPlan

__all__ = [
    "LazyLoad",
    "PlansOfResults",
    "RecordedStatement",
    "RunningField",
    "hint",
    "plans_of_results",
    "running_field",
]


@dataclass(frozen=True, slots=True)
class RunningField:
    """The field whose resolver runs now."""

    path: tuple[str | int, ...]
    name: str
    """As `Post.author`."""
    has_own_resolver: bool
    type_name: str
    """The GraphQL type of what it gives."""


@dataclass(slots=True)
class RecordedStatement:
    """A statement, and what it was run for."""

    index: int
    sql: str
    parameters: Any
    path: tuple[str | int, ...]
    field: str
    route: str
    relationship: str | None
    attribute: str | None = None
    """What SQLAlchemy itself loads with it, lazily or by a loader option."""
    duration: float | None = None
    """Seconds until the driver answered; `None` if it failed."""
    rows: int | None = None
    """Rows fetched so far, or changed."""
    explain: list[str] | None = None
    page: PageWork | None = None
    """What it does, if arguments choose its rows."""


@dataclass(frozen=True, slots=True)
class LazyLoad:
    """An attribute that SQLAlchemy loaded for one object, when it was read."""

    path: tuple[str | int, ...]
    field: str
    attribute: str
    hint: str


running_field: ContextVar[RunningField | None] = ContextVar(
    "running_field", default=None
)

PlansOfResults: TypeAlias = dict[
    tuple[str | int, ...], list[tuple[tuple[str, ...], LoadPlan]]
]
"""Response path of a field → what is asked of the objects that it gave, by the response
keys that lead to them."""

plans_of_results: ContextVar[PlansOfResults | None] = ContextVar(
    "plans_of_results", default=None
)
"""Is filled while somebody records."""


def hint(running: RunningField | None, attribute: str) -> str:
    """Return what would have loaded *attribute* ahead."""
    if running is None:
        return "It was read outside of any field."
    type_name, _, field_name = running.name.partition(".")
    name = attribute.partition(".")[2] or "…"
    if running.has_own_resolver:
        return (
            f"The resolver of {running.name} reads it: declare "
            f"requires={{{field_name!r}: [{name!r}]}} on the type {type_name!r}, with "
            "all else that it reads, or load it in the field's own statement."
        )
    return (
        f"{running.name} reads it in Python: declare requires={{{field_name!r}: "
        f"[{name!r}]}} on the type {type_name!r}, with all else that it reads."
    )
