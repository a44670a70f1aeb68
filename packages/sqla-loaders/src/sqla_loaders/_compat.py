"""The one place where this package reads what SQLAlchemy has no public name for."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import InstanceState, LoaderCriteriaOption

__all__ = ["criteria_of"]


def criteria_of(state: InstanceState[Any]) -> tuple[LoaderCriteriaOption, ...]:
    """Return the `with_loader_criteria` options that the object was loaded with.

    SQLAlchemy's lazy loading applies them to what it loads from the object. It keeps
    them in `InstanceState.load_options`, which has no documented counterpart.
    """
    return tuple(
        option
        for option in getattr(state, "load_options", ())
        if isinstance(option, LoaderCriteriaOption) and option.propagate_to_loaders
    )
