"""What statements are run for, said to whoever watches them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from sqla_selection.arguments import Window

__all__ = [
    "Cause",
    "PageWork",
    "about_page",
    "cause_of_statements",
    "causing",
    "do_because",
    "observer_of_work",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageWork:
    """What one statement about chosen rows does."""

    form: str
    """How it finds them: `plain` at the root, else as `PageStatement.form` says."""
    window: Window
    owners: int | None = None
    """How many objects its rows are for, `None` at the root."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a statement is run for: it tells an observer whose statement it sees."""

    route: str
    """What answers: `"json"`, `"eager"`, `"fallback"` or `"lazy"`; `"objects"` where
    that was asked for, and rows are found by their keys."""
    path: tuple[str | int, ...] = ()
    """The response path of the field."""
    field: str = ""
    """The field, as `"Query.users"`."""
    relationship: str | None = None
    """The relationship that a batch loads, as `"User.posts"`."""
    plan: Any = None
    """The `LoadPlan` that is carried out."""
    why: str = ""
    """Why this route, in sentences."""
    page: PageWork | None = None
    """What a statement does whose rows arguments choose."""


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


def do_because(
    cause: Cause | None, work: Callable[[Session], T], session: Session
) -> T:
    """Return what *work* gives on *session*, a piece of the request's work."""
    observer = observer_of_work.get()
    with causing(cause):
        if observer is None or cause is None:
            return work(session)
        with observer(cause):
            return work(session)


def about_page(form: str, window: Window, owners: int | None = None) -> causing:
    """Say what the statement in a `with` block does, beside what it is for."""
    cause = cause_of_statements.get()
    if cause is not None:
        cause = replace(cause, page=PageWork(form, window, owners))
    return causing(cause)
