"""What Python does to the JSON of a row, at the places where it is not finished."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy.orm import Mapper

from sqla_loaders.connections import made_page
from sqla_selection.arguments import Window

from .leaves import WrongValue
from .shape import PageShape

__all__ = ["Decoders", "PageDecoder", "VariantDecoder", "decode"]

Decoders: TypeAlias = "Mapping[str, Decoders] | Callable[[Any], Any]"
"""What decodes a value, or response key → what decodes the value there."""


def decode(value: Any, decoders: Decoders) -> Any:
    """Return a value decoded: an object, each of a list, or what a function makes.

    Objects and lists are changed in place.
    """
    if callable(decoders):
        return decoders(value)
    if isinstance(value, list):
        for one in value:
            decode(one, decoders)
    elif value is not None:
        for key, decoder in decoders.items():
            value[key] = decode(value[key], decoder)
    return value


@dataclass(frozen=True, slots=True)
class VariantDecoder:
    """Decodes objects of several types, each of them in an object with its place."""

    variants: Sequence[Decoders]
    """What is done to those of each type, by its place."""

    def __call__(self, raw: Any) -> Any:
        """Return the object of the response, or the list of them, or null."""
        if isinstance(raw, list):
            return [self(one) for one in raw]
        if raw is None:
            return None
        ((place, value),) = raw.items()
        return decode(value, self.variants[int(place)])


@dataclass(frozen=True, slots=True)
class PageDecoder:
    """Makes a connection of what was found: its rows, the total and the other side."""

    shape: PageShape
    mapper: Mapper[Any]
    window: Window
    nodes: Decoders
    """What is done to the rows."""
    reads: Sequence[Callable[[Any], Any]]
    """What is done to the values of a cursor, where those were asked."""

    def __call__(self, raw: Any) -> Any:
        """Return what the response has.

        Raises:
            WrongValue: There are no rows, and the row of a cursor is gone.
        """
        rows, total, other, is_gone = raw
        if is_gone and not rows:
            raise WrongValue
        found = []
        for node, *values in rows:
            node = decode(node, self.nodes)
            of_cursor = [
                read(one) for read, one in zip(self.reads, values, strict=True)
            ]
            found.append((node, of_cursor))
        page = made_page(
            self.window, self.mapper, found, other=bool(other), total=total
        )
        return self.shape.pick(page.as_connection(self.shape.structure))
