"""The load plan: which attributes and relationships a selection needs, per level.

A plan is a value. It is decided in `planner`, carried out as loader options by
`options`, and as batches by the layer above. What is below a relationship is decided
when it is needed: a plan costs what is done with it, however much was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal

from sqlalchemy.orm import Mapper, RelationshipProperty

from ._compat import is_query_expression
from .attributes import plain_columns
from .config import MAX_LEVELS, LoadStrategy
from .mapping import always_loaded, whole_because

__all__ = ["Carrier", "LoadPlan", "RelationshipPlan", "merge"]

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
    key: Hashable = field(default_factory=object, repr=False)
    """Made of all that the plan was decided by: plans with equal keys are equal."""
    max_levels: int = field(default=MAX_LEVELS, repr=False)
    """How many levels one statement may carry out."""

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, LoadPlan) and self.key == other.key)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.key)

    @cached_property
    def made(self) -> dict[Any, Any]:
        """What executors made of this plan, which they keep as long as it."""
        return {}

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
        return bool(self.subclasses) or any(
            relationship.carrier != "joinedload" or relationship.target.needs_completion
            for relationship in self.relationships.values()
        )

    @cached_property
    def joins_collections(self) -> bool:
        """Whether loader options of the application's own may multiply rows."""
        return any(
            relationship.carrier == "strategy"
            or (
                relationship.carrier == "joinedload"
                and relationship.target.joins_collections
            )
            for relationship in self.relationships.values()
        )

    def levels(self) -> Iterator[LoadPlan]:
        """Yield this plan and every plan below it, each once: they are decided then."""
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            level = waiting.pop()
            if id(level) in seen:
                continue
            seen.add(id(level))
            yield level
            below = [one.target for one in level.relationships.values()]
            waiting += reversed([*below, *level.subclasses])


@dataclass(frozen=True, eq=False)
class RelationshipPlan:
    """How to load one relationship."""

    relationship: RelationshipProperty[Any]
    carrier: Carrier
    _target: LoadPlan | Callable[[], LoadPlan] = field(repr=False)
    strategy: LoadStrategy | None = None
    """The developer's loader function, where `carrier` is `"strategy"`."""
    fields: tuple[str, ...] = ()
    """The response keys that asked for it."""
    why: str = ""
    """Why it is loaded that way, one sentence."""

    @cached_property
    def target(self) -> LoadPlan:
        """What to load of the target: decided now, if it was not before.

        Raises:
            QueryTooLargeError: The plan has as many levels as it may.
        """
        if isinstance(self._target, LoadPlan):
            return self._target
        return self._target()


_STRONGEST: tuple[Carrier, ...] = ("batch", "strategy", "selectinload", "joinedload")


def merge(*plans: LoadPlan) -> LoadPlan:
    """Return a plan that loads what each of *plans*, of the same mapper, loads."""
    first, *others = distinct = list(dict.fromkeys(plans))
    if not others:
        return first
    relationships: dict[str, list[RelationshipPlan]] = {}
    subclasses: dict[Mapper[Any], list[LoadPlan]] = {}
    for one in distinct:
        for key, relationship in one.relationships.items():
            relationships.setdefault(key, []).append(relationship)
        for subclass in one.subclasses:
            subclasses.setdefault(subclass.mapper, []).append(subclass)
    return LoadPlan(
        first.mapper,
        frozenset().union(*(one.attributes for one in distinct)),
        {key: _merged(parts) for key, parts in relationships.items()},
        tuple(merge(*parts) for parts in subclasses.values()),
        tuple(dict.fromkeys(name for one in distinct for name in one.type_names)),
        ("merged", frozenset(one.key for one in distinct)),
        first.max_levels,
    )


def _merged(parts: list[RelationshipPlan]) -> RelationshipPlan:
    if len(parts) == 1:
        return parts[0]
    strongest = min(parts, key=lambda one: _STRONGEST.index(one.carrier))
    return RelationshipPlan(
        strongest.relationship,
        strongest.carrier,
        partial(_merged_target, parts),
        next((one.strategy for one in parts if one.strategy is not None), None),
        tuple(dict.fromkeys(name for one in parts for name in one.fields)),
        strongest.why,
    )


def _merged_target(parts: list[RelationshipPlan]) -> LoadPlan:
    return merge(*(one.target for one in parts))
