"""Which way a query is answered: the off switch for what this library does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, TypeAlias

__all__ = ["PLANNED_AHEAD", "Route", "current_route", "use_route"]

Route: TypeAlias = Literal["eager", "objects", "fallback", "lazy"]
"""A way to answer, see `use_route`."""

_route: ContextVar[Route] = ContextVar("ariadne_sqla_route", default="eager")


current_route: Callable[[], Route] = _route.get
"""Returns the route in force."""


PLANNED_AHEAD: tuple[Route, ...] = ("eager", "objects")
"""Where what is asked of a root field is planned before its statement."""


@contextmanager
def use_route(route: Route) -> Iterator[None]:
    """Answer what is executed in this block in another way, to compare.

    Args:
        route: `"eager"` plans ahead, the default. `"objects"` does too, and loads
            objects even where one statement could give the finished JSON.
            `"fallback"` plans nothing ahead: relationships are loaded in batches when
            they are reached. `"lazy"` is SQLAlchemy's own lazy loading, one statement
            for each object.
    """
    token = _route.set(route)
    try:
        yield
    finally:
        _route.reset(token)
