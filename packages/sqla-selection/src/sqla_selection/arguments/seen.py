"""What arguments may not be about: attributes that are hidden from the viewer.

A filter or an order by one would tell of its values by which rows come, in which order
and how many. So it is an error, whatever the rows have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy.orm import Mapper

from ..type_registry import TypeRegistry
from .errors import ArgumentError, ArgumentPath
from .shapes import OrderKey

__all__ = ["EVERYTHING", "Hides", "check_attribute", "check_order_key", "hidden_in"]

Hides: TypeAlias = Callable[[Mapper[Any], str], bool]
"""Tells whether the attribute at a dotted path from a mapper is hidden."""


def EVERYTHING(mapper: Mapper[Any], path: str) -> bool:  # noqa: N802  # a default
    """Tell that nothing is hidden."""
    return False


def hidden_in(info: Any) -> Hides:
    """Return what tells what is hidden from the viewer of a request."""
    seen = TypeRegistry.of(info.schema).viewing(info)
    return EVERYTHING if seen is None else seen.hides


def check_attribute(
    hides: Hides, mapper: Mapper[Any], name: str, path: ArgumentPath
) -> None:
    """Check that *name* may be asked about.

    Raises:
        ArgumentError: It may not.
    """
    if hides(mapper, name):
        raise ArgumentError(path, "is about what this viewer may not see.")


def check_order_key(
    hides: Hides, mapper: Mapper[Any], key: OrderKey, path: ArgumentPath
) -> None:
    """Check that rows of *mapper* may be ordered by *key*.

    Raises:
        ArgumentError: They may not.
    """
    if isinstance(key.source, str):
        check_attribute(hides, mapper, ".".join((*key.path, key.source)), path)
