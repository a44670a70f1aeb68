"""The load plan: which attributes and relationships a selection needs, per level.

A plan is a value. It is decided in `planner`, carried out as loader options by
`options`, and as batches by the layer above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from sqlalchemy.orm import Mapper, RelationshipProperty

from ._compat import is_query_expression
from .attributes import plain_columns
from .config import LoadStrategy
from .mapping import always_loaded, whole_because

__all__ = ["Carrier", "LoadPlan", "RelationshipPlan"]

Carrier = Literal["joinedload", "selectinload", "strategy", "batch"]
"""What carries out a relationship: a loader option, or a batch of its own."""


@dataclass(frozen=True, eq=False)
class LoadPlan:
    """What to load of one mapped class, and below it."""

    mapper: Mapper[Any]
    """The mapper that this level selects from."""
    attributes: frozenset[str]
    """Keys of the column attributes to load. Primary keys load always."""
    relationships: Mapping[str, RelationshipPlan]
    """Relationship key → how to load it, and what of its target."""
    subclasses: tuple[LoadPlan, ...] = ()
    """What to load for rows of a subclass only, one plan for each."""
    type_names: tuple[str, ...] = ()
    """The GraphQL types that asked for it."""

    @cached_property
    def is_pruned(self) -> bool:
        """Whether columns outside `attributes` stay unloaded: see `whole_because`."""
        return whole_because(self.mapper) is None

    @cached_property
    def loaded(self) -> frozenset[str]:
        """The attributes that a statement for this level loads, asked or not."""
        if self.is_pruned:
            return self.attributes | always_loaded(self.mapper)
        return self.attributes | plain_columns(self.mapper)

    @cached_property
    def stored_attributes(self) -> frozenset[str]:
        """Those of `attributes` that any statement can load.

        Not a `query_expression()`, which has a value only where the statement that
        selected the row gave it one.
        """
        columns = self.mapper.column_attrs
        return frozenset(
            key for key in self.attributes if not is_query_expression(columns[key])
        )

    @cached_property
    def needs_completion(self) -> bool:
        """Whether the plan takes more than one statement."""
        return any(
            level.subclasses
            or any(
                relationship.carrier != "joinedload"
                for relationship in level.relationships.values()
            )
            for level in self.levels()
        )

    @cached_property
    def joins_collections(self) -> bool:
        """Whether loader options of the application's own may multiply rows."""
        return any(
            relationship.carrier == "strategy"
            for level in self.levels()
            for relationship in level.relationships.values()
        )

    def levels(self) -> Iterator[LoadPlan]:
        """Yield this plan and every plan below it."""
        yield self
        for relationship in self.relationships.values():
            yield from relationship.target.levels()
        for subclass in self.subclasses:
            yield from subclass.levels()


@dataclass(frozen=True, eq=False)
class RelationshipPlan:
    """How to load one relationship."""

    relationship: RelationshipProperty[Any]
    carrier: Carrier
    target: LoadPlan
    strategy: LoadStrategy | None = None
    """The developer's loader function, where `carrier` is `"strategy"`."""
    fields: tuple[str, ...] = ()
    """The response keys that asked for it."""
    why: str = ""
    """Why it is loaded that way, one sentence."""
