"""What one statement may be joined to, and how much.

A database takes so many tables, and one that has DISTINCT compares every column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import RelationshipProperty

from .joins import has_text
from .load_plan import LoadPlan
from .mapping import comparable, tables_of

__all__ = ["MAX_TABLES", "Room", "leads_to_class", "room_below"]

MAX_TABLES = 32
"""Tables in a statement that to-ones are joined to: databases take 61 or more."""


@dataclass(slots=True)
class Room:
    """How many tables one statement may still be joined to."""

    tables: int
    is_distinct: bool = False
    """Whether the statement compares what is joined to it."""
    was_short: bool = False

    def takes(self, target: LoadPlan) -> bool:
        """Take the room for rows of *target*, if there is enough."""
        needed = tables_of(target.mapper)
        if needed > self.tables or (
            self.is_distinct and not target.loaded <= comparable(target.mapper)
        ):
            self.was_short = True
            return False
        self.tables -= needed
        return True


def room_below(relationship: RelationshipProperty[Any]) -> Room:
    """Return the room in a statement that SQLAlchemy makes for *relationship*."""
    if has_text(relationship):
        return Room(0)
    tables = tables_of(relationship.mapper) + tables_of(relationship.parent) + 1
    return Room(MAX_TABLES - tables)


def leads_to_class(relationship: RelationshipProperty[Any]) -> bool:
    """Tell whether an alias of the target's class can stand for what it leads to.

    Another alias is something else; so may be that of a class that is selected with the
    tables of its subclasses.
    """
    is_class = not inspect(relationship.entity).is_aliased_class
    return is_class and not relationship.mapper.with_polymorphic_mappers
