"""The one place where this package reads what SQLAlchemy has no public name for."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import InstanceState, LoaderCriteriaOption

__all__ = ["criteria_of", "state_of"]


def criteria_of(state: InstanceState[Any]) -> tuple[LoaderCriteriaOption, ...]:
    """Return the `with_loader_criteria` options that the object was loaded with.

    SQLAlchemy's lazy loading applies them to what it loads from the object. It keeps
    them in `InstanceState.load_options`, which has no documented counterpart.
    """
    options = getattr(state, "load_options", ())
    if not options:
        return ()
    return tuple(
        option
        for option in options
        if isinstance(option, LoaderCriteriaOption) and option.propagate_to_loaders
    )


def state_of(obj: Any) -> InstanceState[Any] | None:
    """Return the state of a mapped object, `None` for anything else.

    That is `sqlalchemy.inspect(obj, raiseerr=False)`, which costs five times as much:
    it shows where a batch completes thousands of objects.
    """
    state = getattr(obj, "_sa_instance_state", None)
    return state if isinstance(state, InstanceState) else None
