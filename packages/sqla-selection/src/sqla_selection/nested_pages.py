"""The fields of a query whose arguments choose rows, one below the other.

What they ask is looked at before any statement of the query runs: whether it means
something, and how many rows the pages have together, which is the product of their
sizes. So it does not matter how a level is loaded, and by whose resolver.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from .arguments import ArgumentError, ArgumentLimits, RowLimitError, Windows
from .asked import Asked, AskedField
from .collector import Consulted
from .load_plan import Edge
from .reading import chosen_by, reading_of_field
from .remembered import remember, remembered, root_of
from .type_registry import TypeRegistry

__all__ = ["NestedPages", "check_pages", "pages_below", "pages_of_root"]


class _PagedField(NamedTuple):
    """A field that chooses rows, or one that such fields are below."""

    name: str
    """The response key."""
    edge: Edge | None
    """The relationship and its arguments, if it is one whose arguments choose."""
    below: int
    """The place of what is asked below it."""


NestedPages: TypeAlias = tuple[tuple[_PagedField, ...], ...]
"""One group of fields for each selection set, each behind those below it."""

_NOTHING = 0
"""The place of a group without fields."""


def pages_of_root(info: Any, types: TypeRegistry) -> NestedPages:
    """Return the pages below the field of the operation that *info* is in."""
    consulted = Consulted()
    root = root_of(info, consulted)
    if root is None:
        return ((),)
    for known in remembered(types, root.nodes, "pages", info):
        pages: NestedPages = known
        return pages
    pages = pages_below(root.asked, types)
    remember(types, root.nodes, "pages", info, consulted, pages)
    return pages


def pages_below(asked: Asked, types: TypeRegistry) -> NestedPages:
    """Return the pages below *asked*: each selection set is walked once."""
    groups: list[tuple[_PagedField, ...]] = [()]
    places: dict[int, int] = {}
    waiting = [asked]
    while waiting:  # and no recursion: what is asked nests as deep as a document
        one = waiting[-1]
        lacking = [
            field.below
            for _, field in _fields_of(one)
            if field.below is not None and id(field.below) not in places
        ]
        waiting += lacking
        if not lacking:
            waiting.pop()
            if id(one) not in places:
                group = tuple(_group(one, types, places))
                places[id(one)] = len(groups) if group else _NOTHING
                groups += [group] if group else []
    return tuple(groups)


def _fields_of(asked: Asked) -> Iterator[tuple[str, AskedField]]:
    for type_name, fields in asked.fields.items():
        for field in fields:
            yield type_name, field


def _group(
    asked: Asked, types: TypeRegistry, places: dict[int, int]
) -> Iterator[_PagedField]:
    for type_name, field in _fields_of(asked):
        below = _NOTHING if field.below is None else places[id(field.below)]
        edge = _edge_of(type_name, field, types)
        if edge is not None or below != _NOTHING:
            yield _PagedField(field.response_key, edge, below)


def _edge_of(type_name: str, field: AskedField, types: TypeRegistry) -> Edge | None:
    config = types.get(type_name)
    if field.arguments is None or field.definition is None or config is None:
        return None
    mapper = config.mapper
    path = reading_of_field(mapper, config, field.name, field.definition).needs.target
    if len(path) != 1:
        return None
    strategy = chosen_by(mapper, config, field.name, field.definition, path)
    return Edge(mapper.relationships[path[0]], field.arguments, strategy)


def check_pages(
    pages: NestedPages,
    windows: Windows,
    limits: ArgumentLimits,
    root: str,
    size: int | None = None,
) -> None:
    """Check what *pages* ask, before any statement.

    Args:
        pages: Those below one field of the operation.
        windows: What their arguments mean.
        limits: What is allowed.
        root: The response key of that field.
        size: How many rows its own page has, if it has one.

    Raises:
        ArgumentError: Arguments mean nothing, or ask for more than is allowed.
    """
    most: list[int] = []  # rows of the pages in each group, and below, for one row
    for group in pages:
        rows = 1
        for field in group:
            own = 1
            if field.edge is not None:
                try:
                    own = _rows(windows.of(field.edge).limit)
                except ArgumentError as error:
                    path = root, *_path_to(field, pages)
                    raise error.asked_at(path) from None
            rows = max(rows, own * most[field.below])
        most.append(rows)
    total = _rows(size) * most[-1]
    if limits.max_rows is not None and total > limits.max_rows:
        path = root, *_longest(pages, windows, most)
        raise RowLimitError(path, total, limits.max_rows)


def _rows(size: int | None) -> int:
    """Return by what a page multiplies rows; a list without a size does not count."""
    return 1 if size is None else max(1, size)


def _path_to(wanted: _PagedField, pages: NestedPages) -> tuple[str, ...]:
    """Return the response keys of one way to a field."""
    path: tuple[str, ...] = (wanted.name,)
    group = next(group for group in pages if any(one is wanted for one in group))
    for place, above in enumerate(pages):
        if group is not pages[-1]:
            for field in above:
                if pages[field.below] is group and place > 0:
                    path, group = (field.name, *path), above
                    break
    return path


def _longest(pages: NestedPages, windows: Windows, most: list[int]) -> Iterator[str]:
    """Yield the response keys of the way on which the pages have the most rows."""
    place = len(pages) - 1
    while pages[place] and most[place] > 1:
        for field in pages[place]:
            own = 1 if field.edge is None else _rows(windows.of(field.edge).limit)
            if own * most[field.below] == most[place]:
                yield field.name
                place = field.below
                break
