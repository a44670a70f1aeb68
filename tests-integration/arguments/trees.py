"""Generated queries of nested lists, and the answers of the Python reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from .generated import Words, filters
from .naive import Asked, Chosen, chosen, comparing, default_order, matches, related
from .paths import literal


@dataclass(frozen=True)
class Listing:
    """One field of a query, whose arguments choose among the rows of a relationship."""

    alias: str
    field: str
    type_name: str
    """Of its rows."""
    relationship: str
    kind: str
    """`list`, `pages` or `one`."""
    asked: Asked
    wants_total: bool = False
    wants_flags: bool = False
    below: tuple[Listing, ...] = ()

    def text(self) -> str:
        """Return the field as a document has it."""
        asked, sizes = self.asked, ("limit", "limit")
        if self.kind == "pages":
            sizes = ("first", "last")
        given = {
            "filter": literal(asked.filter) if asked.filter is not None else None,
            "orderBy": f"[{' '.join(asked.order)}]" if asked.order else None,
            sizes[asked.is_backward]: asked.limit,
            "offset": asked.offset or None,
            "after": f'"{asked.after}"' if asked.after else None,
            "before": f'"{asked.before}"' if asked.before else None,
        }
        arguments = " ".join(
            f"{name}: {value}" for name, value in given.items() if value is not None
        )
        below = " ".join(["id", *(one.text() for one in self.below)])
        if self.kind == "pages":
            below = f"edges {{ cursor node {{ {below} }} }}"
            below += " totalCount" if self.wants_total else ""
            below += (
                " pageInfo { hasNextPage hasPreviousPage }" if self.wants_flags else ""
            )
        given_text = f"({arguments})" if arguments else ""
        return f"{self.alias}: {self.field}{given_text} {{ {below} }}"

    @property
    def statements(self) -> int:
        """How many statements it takes at most, with what is below, on any rows."""
        number = 1 + self.wants_total
        position = self.asked.before if self.asked.is_backward else self.asked.after
        number += self.wants_flags and position is not None
        return number + sum(one.statements for one in self.below)


@st.composite
def listings(
    draw: Any, words: Words, owner: str, depth: int = 2
) -> tuple[Listing, ...]:
    """Draw fields of the type *owner*, nested up to *depth*."""
    many = [
        (name, kind)
        for name in words.lists[owner]
        for kind in ("list", "pages")
        if kind == "list" or name not in words.unpaged
    ]
    choices = [*many, *((name, "one") for name in words.objects[owner])]
    if not choices:
        return ()
    chosen = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=2))
    return tuple(
        draw(listing(words, owner, name, kind, f"f{number}", depth))
        for number, (name, kind) in enumerate(chosen)
    )


@st.composite
def listing(
    draw: Any, words: Words, owner: str, name: str, kind: str, alias: str, depth: int
) -> Listing:
    """Draw the arguments of one field, and what is below it."""
    target = (words.objects if kind == "one" else words.lists)[owner][name]
    asks = draw(st.none() | filters(target, 2, words=words))
    asked = Asked(asks)
    if kind != "one":
        asked = Asked(
            asks,
            tuple(draw(words.order_of(target))),
            draw(st.sampled_from((None, 0, 1, 2, 3))),
            draw(st.sampled_from((0, 0, 0, 1))) if kind == "list" else 0,
            is_backward=kind == "pages" and draw(st.booleans()),
        )
        if asked.limit is None:
            asked = replace(asked, is_backward=False)
    below = draw(listings(words, target, depth - 1)) if depth > 1 else ()
    return Listing(
        alias,
        words.connections.get(name, f"{name}Pages") if kind == "pages" else name,
        target,
        words.relationships.get((owner, name), name),
        kind,
        asked,
        kind == "pages" and draw(st.booleans()),
        kind == "pages" and draw(st.booleans()),
        below,
    )


@dataclass(frozen=True)
class Reference:
    """Compares answers with what Python says of the rows."""

    dialect: str
    identity: Callable[[Any], Any]
    """How a row is known in an answer."""

    def check(self, listings: Sequence[Listing], owner: Any, answer: Any) -> None:
        """Fail unless *answer* is that of *owner*, on all levels."""
        __tracebackhide__ = True
        assert answer["id"] == self.identity(owner)
        for one in listings:
            self._check(one, owner, answer[one.alias])

    def chosen(self, listing: Listing, owner: Any) -> Chosen:
        """Return what a field should have for *owner*."""
        rows = related(owner, listing.relationship)
        compare = default_order(owner, listing.relationship)
        return chosen(rows, listing.asked, self.dialect, compare)

    def _check(self, listing: Listing, owner: Any, answer: Any) -> None:
        __tracebackhide__ = True
        if listing.kind == "one":
            row = related(owner, listing.relationship)
            asks = listing.asked.filter
            if row is None or not (asks is None or matches(row, asks)):
                assert answer is None, listing.text()
            else:
                self.check(listing.below, row, answer)
            return
        expected = self.chosen(listing, owner)
        found = answer
        if listing.kind == "pages":
            found = [edge["node"] for edge in answer["edges"]]
            if listing.wants_total:
                assert answer["totalCount"] == expected.total, listing.text()
            if listing.wants_flags:
                info = answer["pageInfo"]
                assert info["hasNextPage"] is expected.has_next, listing.text()
                assert info["hasPreviousPage"] is expected.has_previous, listing.text()
        known = {self.identity(one): one for one in expected.rows}
        ids = [one["id"] for one in found]
        if (
            listing.kind == "pages"
            or listing.asked.limit is not None
            or listing.asked.offset
        ):
            assert ids == [*known], listing.text()
        else:
            # Nothing says the order of rows that are equal in what is asked.
            assert sorted(map(str, ids)) == sorted(map(str, known)), listing.text()
            if listing.asked.order:
                compare = comparing(listing.asked.order, self.dialect, is_total=False)
                pairs = pairwise(known[one] for one in ids)
                assert all(compare(*two) <= 0 for two in pairs), listing.text()
        for one in found:
            self.check(listing.below, known[one["id"]], one)
