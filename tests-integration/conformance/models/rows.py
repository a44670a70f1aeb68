"""The rows of a sketch: numbers that become keys of a generation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from .sketch import Sketch, Table, key_of

Rows = dict[str, list[dict[str, Any]]]
"""The rows of each table, by the keys of its columns."""


@dataclass
class Numbers:
    """Rows whose keys are numbers yet, so that there can be several generations."""

    sketch: Sketch
    kinds: dict[str, dict[int, Table]] = field(default_factory=dict)
    """The class of each row, by the name of its root class."""

    values: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    refs: dict[tuple[str, int], int | None] = field(default_factory=dict)
    """Where a link of a row goes."""

    pairs: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)

    def of(self, table: Table) -> list[int]:
        """The numbers of the rows that are objects of a class."""
        kinds = self.kinds[table.root.name]
        is_whole = table.base is None and not table.concrete
        return [n for n, kind in kinds.items() if is_whole or kind is table]

    def generation(self, generation: int) -> Rows:
        """The rows, with keys that no other generation has."""
        first = generation * 100
        rows: Rows = {}
        for table in self.sketch.tables:
            if table.single:
                continue
            rows[table.table_name] = [
                self._row(table, number, first) for number in self.of(table)
            ]
        for pairs in self.sketch.pairs:
            rows[pairs.name] = [
                {
                    **dict(
                        zip(
                            pairs.columns("left"),
                            key_of(pairs.left, first + left),
                            strict=True,
                        )
                    ),
                    **dict(
                        zip(
                            pairs.columns("right"),
                            key_of(pairs.right, first + right),
                            strict=True,
                        )
                    ),
                    "weight": weight,
                }
                for left, right, weight in self.pairs[pairs.name]
            ]
        return rows

    def _row(self, table: Table, number: int, first: int) -> dict[str, Any]:
        row = dict(
            zip(
                [part for part, _ in table.parts],
                key_of(table, first + number),
                strict=True,
            )
        )
        kind = self.kinds[table.root.name][number]
        if table.subclasses and not table.concrete:
            row["kind"] = kind.name
        for stored in [t for t in self.sketch.tables if t.stored is table]:
            values = self.values.get((stored.name, number), {})
            row |= {column: values.get(column) for column in stored.columns}
        for link in self.sketch.links:
            if link.owner.stored is not table:
                continue
            to = self.refs.get((link.name, number))
            key: Sequence[Any] = [None] * len(link.columns)
            if to is not None:
                key = key_of(link.target, first + to)
            row |= dict(zip(link.columns, key, strict=True))
        return row


VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(["a", "b", None]),
    "number": st.sampled_from([1, 2, 0, None]),
    "count": st.sampled_from([1, 2]),
}


def numbers(sketch: Sketch) -> Numbers:
    """Draw rows, few enough to meet each other often."""
    draw = sketch.draw
    drawn = Numbers(sketch)
    for root in [table for table in sketch.tables if table.base is None]:
        # Targets come before owners that must have one.
        needed = [
            link.target
            for link in sketch.links
            if link.owner is root and not link.nullable
        ]
        most = 4 if all(drawn.of(target) for target in needed) else 0
        drawn.kinds[root.name] = {
            n: draw(st.sampled_from([root, *root.subclasses]))
            for n in range(1, draw(st.integers(0, most)) + 1)
        }
    for table in sketch.tables:
        for number in drawn.of(table):
            drawn.values[table.name, number] = {
                column: draw(VALUES[kind]) for column, kind in table.columns.items()
            }
    for link in sketch.links:
        free = list(drawn.of(link.target))
        for number in drawn.of(link.owner):
            to = draw(st.sampled_from([*free, *([None] if link.nullable else [])]))
            drawn.refs[link.name, number] = to
            if link.unique and to is not None:
                free.remove(to)
    for pairs in sketch.pairs:
        left, right = drawn.of(pairs.left), drawn.of(pairs.right)
        drawn.pairs[pairs.name] = []
        if left and right:
            pair = st.tuples(st.sampled_from(left), st.sampled_from(right))
            drawn.pairs[pairs.name] = [
                (a, b, draw(st.sampled_from([0, 1])))
                for a, b in draw(st.lists(pair, max_size=6, unique=True))
            ]
    return drawn
