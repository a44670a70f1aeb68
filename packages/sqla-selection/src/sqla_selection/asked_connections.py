"""What is asked of a connection: of the rows of its page, and about the page.

A connection is no value of a mapped class. What is asked of its nodes is asked of the
rows of the relationship, by whatever fields of the connection they are reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from graphql import FieldNode, SelectionSetNode, get_named_type

if TYPE_CHECKING:
    from .arguments.shapes import ConnectionShape

__all__ = ["AskedConnection", "Wanted", "asked_of_connection"]

Included: TypeAlias = Callable[[Any, Sequence[SelectionSetNode]], Iterable[FieldNode]]
"""The field nodes that selection sets ask of an object type."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a connection was selected, so that nothing else is computed."""

    rows: bool = True
    """Edges, nodes, cursors, or what their number says of the page."""
    previous: bool = False
    """`hasPreviousPage`."""
    next: bool = False
    """`hasNextPage`."""
    total: bool = False

    def __or__(self, other: Wanted) -> Wanted:
        return Wanted(
            self.rows or other.rows,
            self.previous or other.previous,
            self.next or other.next,
            self.total or other.total,
        )


class AskedConnection(NamedTuple):
    """What is asked of one connection."""

    wanted: Wanted
    ways: tuple[tuple[str, ...], ...]
    """The response keys that lead from it to its rows: `("edges", "node")`."""

    def merged(self, other: AskedConnection | None) -> AskedConnection:
        """Return what both ask."""
        if other is None:
            return self
        ways = tuple(dict.fromkeys((*self.ways, *other.ways)))
        return AskedConnection(self.wanted | other.wanted, ways)


def asked_of_connection(
    shape: ConnectionShape,
    type_: Any,
    selection_sets: Sequence[SelectionSetNode],
    included: Included,
) -> tuple[AskedConnection, tuple[SelectionSetNode, ...]]:
    """Return what is asked of a connection, and what of its rows.

    Args:
        shape: The structure of the connection.
        type_: Its type.
        selection_sets: What is asked of it.
        included: See `Included`.
    """
    below: list[SelectionSetNode] = []
    ways: dict[tuple[str, ...], None] = {}
    of_page: set[str] = set()
    rows = total = False

    def inside(node: FieldNode) -> Iterator[FieldNode]:
        assert node.selection_set is not None
        inner = get_named_type(type_.fields[node.name.value].type)
        yield from included(inner, (node.selection_set,))

    def lead(node: FieldNode, *before: FieldNode) -> None:
        assert node.selection_set is not None
        below.append(node.selection_set)
        ways[tuple(_response_key(one) for one in (*before, node))] = None

    for node in included(type_, selection_sets):
        name = node.name.value
        if name == shape.nodes:
            rows = True
            lead(node)
        elif name == shape.edges:
            rows = True
            for one in inside(node):
                if one.name.value == shape.node:
                    lead(one, node)
        elif name == shape.page_info:
            of_page |= {one.name.value.replace("_", "").lower() for one in inside(node)}
        elif name == shape.total_count:
            total = True
    of_page.discard("typename")
    wanted = Wanted(
        rows or bool(of_page),
        "haspreviouspage" in of_page,
        "hasnextpage" in of_page,
        total,
    )
    return AskedConnection(wanted, tuple(ways)), tuple(below)


def _response_key(node: FieldNode) -> str:
    return (node.alias or node.name).value
