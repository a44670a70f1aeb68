"""What is recorded of a request, as values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from graphql.pyutils import Path

from sqla_loaders import PageWork
from sqla_selection import LoadPlan

__all__ = [
    "LAZY_HINT",
    "LazyLoad",
    "PlansOfResults",
    "RecordedStatement",
    "ResolverTime",
    "RunningField",
    "hint",
    "hint_of_select",
    "plans_of_results",
    "running_at",
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

    @property
    def is_below_a_list(self) -> bool:
        """Tell whether its object is one of several."""
        return any(isinstance(key, int) for key in self.path)


@dataclass(slots=True)
class RecordedStatement:
    """A statement, and what it was run for."""

    index: int
    sql: str
    parameters: Any
    path: tuple[str | int, ...]
    field: str
    route: str
    """That of its `Cause`; without one `"lazy"` for what SQLAlchemy loads by itself,
    and `"manual"` for a statement of the application's."""
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
    """What was loaded for one object: an attribute that it read, or a SELECT."""

    path: tuple[str | int, ...]
    field: str
    attribute: str
    """As `Post.author`; the model that a resolver selected."""
    hint: str


@dataclass(slots=True)
class ResolverTime:
    """How often the resolver of a field was called, and how long it took in all."""

    calls: int = 0
    seconds: float = 0.0
    """What it waited for is in it, such as the batch of its siblings."""


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


LAZY_HINT = "On the lazy route nothing is loaded ahead: take another one."
"""What is said of a load that was asked for by the route."""


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


def hint_of_select(running: RunningField) -> str:
    """Return what to do where a resolver runs a statement for each object."""
    type_name, _, field_name = running.name.partition(".")
    return (
        f"The resolver of {running.name} runs a statement for each object of a list. "
        f"Map what it gives, as a relationship or a `column_property` of the model of "
        f"{type_name!r}, and take the resolver out: an alias names it "
        f"(aliases={{{field_name!r}: …}}). Or load it for all objects at once, by "
        "`get_loader` of `LoaderRegistry` or a DataLoader of your own."
    )


@contextmanager
def running_at(path: Path) -> Iterator[None]:
    """Let the running field run for another place in the response, if one is noted."""
    running = running_field.get()
    if running is None:
        yield
        return
    token = running_field.set(replace(running, path=tuple(path.as_list())))
    try:
        yield
    finally:
        running_field.reset(token)
