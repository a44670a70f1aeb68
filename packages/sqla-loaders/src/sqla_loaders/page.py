"""A page of rows, as a client gets it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqla_selection.arguments import ConnectionShape
from sqla_selection.attribute_names import snake_case

__all__ = ["Page"]


@dataclass(frozen=True)
class Page:
    """Some rows of a list, in order."""

    rows: list[Any] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    """One for each row of a connection, none for those of a list."""
    has_next: bool | None = None
    has_previous: bool | None = None
    """`None` where it was not asked."""
    total: int | None = None
    """How many rows there are without the page, `None` where it was not asked."""

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the rows."""
        return iter(self.rows)

    def as_connection(self, shape: ConnectionShape | None = None) -> dict[str, Any]:
        """Return what GraphQL's default resolvers read, by the names of *shape*.

        In snake_case, too, which `convert_names_case` of Ariadne reads.
        """
        start = self.cursors[0] if self.cursors else None
        end = self.cursors[-1] if self.cursors else None
        info = {
            "hasNextPage": bool(self.has_next),
            "hasPreviousPage": bool(self.has_previous),
            "startCursor": start,
            "endCursor": end,
        }
        pairs = zip(self.rows, self.cursors, strict=True)
        node = (shape and shape.node) or "node"
        cursor = (shape and shape.cursor) or "cursor"
        found = {
            (shape and shape.edges) or "edges": [
                {node: row, cursor: text} for row, text in pairs
            ],
            (shape and shape.nodes) or "nodes": self.rows,
            (shape and shape.page_info) or "pageInfo": _in_both_cases(info),
            (shape and shape.total_count) or "totalCount": self.total,
        }
        return _in_both_cases(found)


def _in_both_cases(values: dict[str, Any]) -> dict[str, Any]:
    return {**{snake_case(name): value for name, value in values.items()}, **values}
