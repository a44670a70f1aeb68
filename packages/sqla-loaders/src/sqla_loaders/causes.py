"""What statements are run for, said to whoever watches them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

__all__ = ["Cause", "cause_of_statements", "causing", "observer_of_work"]


@dataclass(frozen=True, slots=True)
class Cause:
    """What a statement is run for: it tells an observer whose statement it sees."""

    route: str
    """`"eager"`, `"fallback"` or `"lazy"`."""
    path: tuple[str | int, ...] = ()
    """The response path of the field."""
    field: str = ""
    """The field, as `"Query.users"`."""
    relationship: str | None = None
    """The relationship that a batch loads, as `"User.posts"`."""
    plan: Any = None
    """The `LoadPlan` that is carried out."""
    why: str = ""
    """Why this route, one sentence."""


cause_of_statements: ContextVar[Cause | None] = ContextVar(
    "cause_of_statements", default=None
)
"""What the statements that run now are for; `None` outside of this project's work."""

observer_of_work: ContextVar[Callable[[Cause], AbstractContextManager[Any]] | None] = (
    ContextVar("observer_of_work", default=None)
)
"""Is entered around each piece of work of the request, for tracing."""


class causing:  # noqa: N801  # it is used as a function
    """Say what the statements in a `with` block are for."""

    __slots__ = ("_cause", "_token")

    def __init__(self, cause: Cause | None) -> None:
        self._cause = cause

    def __enter__(self) -> None:
        self._token = cause_of_statements.set(self._cause)

    def __exit__(self, *_: object) -> None:
        cause_of_statements.reset(self._token)
