"""A selection as a value: it can be printed, and made smaller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

__all__ = ["Asked", "Selection", "document_of", "parts_of", "smaller"]


@dataclass(frozen=True)
class Asked:
    """A field of a selection."""

    name: str
    below: Selection | None = None
    alias: str = ""
    directive: str = ""

    @property
    def key(self) -> str:
        """The name in the answer."""
        return self.alias or self.name

    def __str__(self) -> str:
        """Write it in GraphQL."""
        head = f"{self.alias}: {self.name}" if self.alias else self.name
        return " ".join(
            str(part) for part in (head, self.directive, self.below) if part
        )


@dataclass(frozen=True)
class Selection:
    """What is asked of objects of one type."""

    type: str
    fields: tuple[Asked, ...] = ()
    fragments: tuple[Selection, ...] = field(default=())
    """Selections on types that the objects may be of."""

    def __str__(self) -> str:
        """Write it in GraphQL."""
        fragments = (f"... on {one.type} {one}" for one in self.fragments)
        parts = [*map(str, self.fields), *fragments]
        return f"{{ {' '.join(['__typename', *parts])} }}"


def document_of(root: str, selection: Selection) -> str:
    """Return the query for a selection of the rows of a root field."""
    text = str(selection)
    used = [f"${name}: Boolean!" for name in ("yes", "no") if f"${name})" in text]
    head = f"query ({', '.join(used)}) " if used else ""
    return f"{head}{{ rows: {root} {text} }}"


def parts_of(selection: Selection) -> frozenset[str]:
    """Return what a selection asks for, on any level: types, and fields of types."""
    found = {selection.type}
    for one in selection.fields:
        found.add(f"{selection.type}.{one.name}")
        if one.below is not None:
            found |= parts_of(one.below)
    for fragment in selection.fragments:
        found |= parts_of(fragment)
    return frozenset(found)


def smaller(selection: Selection) -> Iterator[Selection]:
    """Yield copies of a selection that ask for less: for half, or for a piece less."""
    half = len(selection.fields) // 2
    if half > 1:
        yield replace(selection, fields=selection.fields[:half])
        yield replace(selection, fields=selection.fields[half:])
    for place in range(len(selection.fragments)):
        yield replace(selection, fragments=_without(selection.fragments, place))
    for place in range(len(selection.fields)):
        yield replace(selection, fields=_without(selection.fields, place))
    for place, one in enumerate(selection.fields):
        others: list[Asked] = []
        if one.alias or one.directive:
            others.append(replace(one, alias="", directive=""))
        if one.below is not None:
            others += [replace(one, below=less) for less in smaller(one.below)]
        for other in others:
            fields = (*selection.fields[:place], other, *selection.fields[place + 1 :])
            yield replace(selection, fields=fields)
    for place, fragment in enumerate(selection.fragments):
        for less in smaller(fragment):
            fragments = list(selection.fragments)
            fragments[place] = less
            yield replace(selection, fragments=tuple(fragments))


def _without(items: tuple[object, ...], place: int) -> tuple:  # type: ignore[type-arg]
    return (*items[:place], *items[place + 1 :])
