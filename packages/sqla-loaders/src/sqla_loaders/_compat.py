"""The one place where this package reads what SQLAlchemy has no public name for."""

from __future__ import annotations

from typing import Any
from weakref import ref

from sqlalchemy.orm import InstanceState, LoaderCriteriaOption

__all__ = ["criteria_in", "load_options_of", "reference_to", "state_of"]


def load_options_of(state: InstanceState[Any] | None) -> tuple[Any, ...]:
    """Return the options that the object was loaded with, and passes on.

    SQLAlchemy keeps them in `InstanceState.load_options`, which has no documented
    counterpart.
    """
    options: tuple[Any, ...] = getattr(state, "load_options", ())
    return options


def criteria_in(options: tuple[Any, ...]) -> tuple[LoaderCriteriaOption, ...]:
    """Return the `with_loader_criteria` options in those of an object.

    SQLAlchemy's lazy loading applies them to what it loads from the object.
    """
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


def reference_to(state: InstanceState[Any]) -> ref[Any]:
    """Return a weak reference to the object of *state*.

    SQLAlchemy has one of its own in `InstanceState.obj`: one object less for each row.
    """
    known = getattr(state, "obj", None)
    return known if isinstance(known, ref) else ref(state.object)
