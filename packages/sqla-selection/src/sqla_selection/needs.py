"""What reading an attribute takes: a value, decided in `attributes`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Mapper

__all__ = ["Needs"]


@dataclass(frozen=True, slots=True)
class Needs:
    """What reading an attribute takes, on one level and below it."""

    attributes: frozenset[str] = frozenset()
    """Keys of column attributes of this level."""
    relationships: tuple[tuple[str, Needs], ...] = ()
    """Relationships to load, each with what is read of its target."""
    target: tuple[str, ...] = ()
    """Where the attribute leads to other mapped objects: the relationships on the way
    to them, so that a selection below the field can be planned there."""
    subclasses: tuple[tuple[Mapper[Any], Needs], ...] = ()
    """What rows of a subclass need beside, which have something else of that name."""

    def __or__(self, other: Needs) -> Needs:
        return Needs(
            self.attributes | other.attributes,
            (*self.relationships, *other.relationships),
            self.target or other.target,
            (*self.subclasses, *other.subclasses),
        )

    @property
    def own(self) -> Needs:
        """The same without what is at the end of `target`."""
        return replace(self, target=())

    def below(self, relationship: str) -> Needs:
        """Return the same needs seen from the owner of *relationship*."""
        if self.target:
            rest = self.own
            nested = ((relationship, rest),) if rest != Needs() else ()
            return Needs(frozenset(), nested, (relationship, *self.target))
        return Needs(relationships=((relationship, self),))
