"""Mapped classes → the names of their types, with interfaces over inheritance.

Rows of a class that has subclasses are shown as an interface of its name. Where the
class has rows of its own, too, those are of an object type beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Mapper

from .sketch import FieldSketch, TypeSketch
from .words import pascal_case, unused

__all__ = ["Hierarchy"]

FieldsOf = Callable[[Mapper[Any]], Sequence[FieldSketch]]


class Hierarchy:
    """The types that a set of mapped classes is shown as.

    Args:
        mappers: The classes.
        taken: Names that are no longer free.
    """

    def __init__(self, mappers: Iterable[Mapper[Any]], taken: Iterable[str]) -> None:
        self.mappers = tuple(mappers)
        self._taken = set(taken)
        self.below = {
            mapper: tuple(
                one
                for one in mapper.self_and_descendants
                if one is not mapper and one in self.mappers
            )
            for mapper in self.mappers
        }
        """Class → the subclasses that are shown."""
        self.shown = {mapper: self._name_of(mapper) for mapper in self.mappers}
        """Class → the type that its rows are, subclasses among them."""
        self.objects = {
            mapper: self._name_of(mapper, "Base") if self.below[mapper] else shown
            for mapper, shown in self.shown.items()
            if not self.below[mapper] or _has_own_rows(mapper)
        }
        """Class → the object type of its own rows."""

    def _name_of(self, mapper: Mapper[Any], prefix: str = "") -> str:
        name = unused(prefix + pascal_case(mapper.class_.__name__), self._taken)
        self._taken.add(name)
        return name

    def types(self, fields_of: FieldsOf) -> tuple[TypeSketch, ...]:
        """Return the types, interfaces before those that implement them.

        Args:
            fields_of: Returns the fields of a class; relationships lead to classes of
                this hierarchy, and are of the types in `shown`.
        """
        fields = {mapper: tuple(fields_of(mapper)) for mapper in self.mappers}
        common = {
            mapper: tuple(
                field
                for field in fields[mapper]
                if all(_has(fields[one], field) for one in below)
            )
            for mapper, below in self.below.items()
            if below
        }
        common = {mapper: own for mapper, own in common.items() if own}
        found = []
        for mapper in self.mappers:
            above = tuple(one for one in mapper.iterate_to_root() if one in common)
            if mapper in common:
                found.append(
                    TypeSketch(
                        self.shown[mapper],
                        mapper,
                        _with(common[mapper], [common[one] for one in above[1:]]),
                        tuple(self.shown[one] for one in above[1:]),
                        is_interface=True,
                    )
                )
            if mapper in self.objects:
                found.append(
                    TypeSketch(
                        self.objects[mapper],
                        mapper,
                        fields[mapper],
                        tuple(self.shown[one] for one in above),
                    )
                )
        return tuple(one for one in found if one.fields)


def _has(fields: Iterable[FieldSketch], wanted: FieldSketch) -> bool:
    """Tell whether a subclass has the field with the same type."""
    return any(
        one.name == wanted.name
        and replace(one, column=None) == replace(wanted, column=None)
        for one in fields
    )


def _with(
    own: tuple[FieldSketch, ...], inherited: Iterable[tuple[FieldSketch, ...]]
) -> tuple[FieldSketch, ...]:
    """Return *own* with the fields of interfaces that are implemented."""
    names = {one.name for one in own}
    more = {one.name: one for fields in inherited for one in fields}
    return (*own, *(one for name, one in more.items() if name not in names))


def _has_own_rows(mapper: Mapper[Any]) -> bool:
    if mapper.polymorphic_abstract:
        return False
    return mapper.polymorphic_on is None or mapper.polymorphic_identity is not None
