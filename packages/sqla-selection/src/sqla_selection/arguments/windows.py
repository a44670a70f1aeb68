"""What the arguments of one field ask of a list, as a value.

Equal windows share one load: a window is what rows are kept under, beside the
relationship and the owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .filters import Filter, has_functions
from .shapes import Expression, OrderKey

__all__ = ["Position", "Window"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page starts or ends: a row, by what a cursor says of it."""

    key: tuple[Any, ...]
    """The primary key."""
    values: tuple[Any, ...] | None = None
    """The values that the order is by; `None` where SQL looks them up."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of a list, in which order."""

    filter: Filter | None = None
    order: tuple[OrderKey, ...] = ()
    """Without one, rows come as the relationship or the statement says."""
    limit: int | None = None
    offset: int = 0
    after: Position | None = None
    before: Position | None = None
    is_backward: bool = False
    """Whether the limit counts from the end: `last`."""
    is_connection: bool = False
    """Whether rows have cursors."""

    @property
    def has_functions(self) -> bool:
        """Whether functions of the application are asked, who may read the request."""
        return has_functions(self.filter) or any(
            not isinstance(key.source, str | Expression) for key in self.order
        )

    @property
    def has_values(self) -> bool:
        """Whether it has values of a client, beside the size of a page."""
        return (
            self.filter is not None or self.after is not None or self.before is not None
        )

    @property
    def is_page(self) -> bool:
        """Whether it is about some of the rows, so that the order must be total."""
        return (
            self.is_connection
            or self.limit is not None
            or self.offset > 0
            or self.after is not None
            or self.before is not None
        )
