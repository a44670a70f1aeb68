"""The load plan: which attributes and relationships a selection needs, per level.

A plan is a value, and says what is needed: nothing of how it is loaded. It is decided
in `planner`; `carriers` tells what of it one statement carries out. What is below a
relationship is decided when it is needed: a plan costs what is done with it, however
much was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from sqlalchemy.orm import Mapper, RelationshipProperty

from ._compat import criteria_given_to
from .asked import Asked, AskedArguments
from .asked_connections import AskedConnection
from .config import MAX_LEVELS, LoadStrategy
from .mapping import Loading, always_loaded, loading_of, plain_columns, whole_because
from .reading import Reading

__all__ = ["Edge", "FieldPlan", "LoadPlan", "RelationshipPlan", "Source"]


class Source(Protocol):
    """What a plan is decided by, when somebody asks."""

    def plan(self) -> LoadPlan:
        """Return the plan."""

    def fields(self) -> Mapping[str, tuple[FieldPlan, ...]]:
        """Return the fields that are asked, by the GraphQL type."""

    def tells_classes_apart(self) -> bool:
        """Tell whether something is asked of rows of a subclass only."""


class Edge(NamedTuple):
    """What tells the relationships of one level apart."""

    relationship: RelationshipProperty[Any]
    window: AskedArguments | None = None
    """The arguments that choose among its rows, as a client wrote them."""
    chosen_by: LoadStrategy | None = None
    """The strategy of the field, where that leaves some of its rows out."""
    is_guarded: bool = False
    """Whether a policy may leave some of its rows out."""

    def kept_by(self, window: Hashable = None) -> Hashable:
        """Return what its rows are kept by beside the attribute, `None` for its value.

        Args:
            window: What the arguments mean.
        """
        if self.chosen_by is None and not self.is_guarded:
            return window
        return (window, self.chosen_by, self.is_guarded)


@dataclass(frozen=True, eq=False)
class LoadPlan:
    """What to load of one mapped class, and below it."""

    mapper: Mapper[Any]
    """The mapper that this level selects from."""
    attributes: frozenset[str]
    """Keys of the column attributes to load. Primary keys load always."""
    edges: tuple[RelationshipPlan, ...] = ()
    """The relationships to load, and what of their targets: one for each `Edge`."""
    subclasses: tuple[LoadPlan, ...] = ()
    """What to load for rows of a subclass only, one plan for each."""
    type_names: tuple[str, ...] = ()
    """The GraphQL types that asked for it."""
    base: Mapper[Any] | None = None
    """The mapper of the level that this one is a subclass of, where rows mix."""
    key: Hashable = field(default_factory=object, repr=False)
    """Made of all that the plan was decided by: plans with equal keys are equal."""
    max_levels: int = field(default=MAX_LEVELS, repr=False)
    """How many levels one statement may carry out."""
    _source: Source | None = field(default=None, repr=False)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, LoadPlan) and self.key == other.key)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.key)

    @cached_property
    def fields(self) -> Mapping[str, tuple[FieldPlan, ...]]:
        """GraphQL type → the fields that are asked of rows that are shown as it.

        Columns and edges follow from them, and from what the mapping adds: keys, what
        relationships join on, what reads a row to find its type.
        """
        return {} if self._source is None else self._source.fields()

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
            key
            for key in self.attributes
            if loading_of(columns[key]) is not Loading.NOTHING
        )

    def edge(self, key: str, window: AskedArguments | None = None) -> RelationshipPlan:
        """Return the plan of the relationship *key*, asked with *window*.

        Raises:
            KeyError: This level has no such edge.
        """
        for below in self.edges:
            if below.key == key and below.window == window:
                return below
        raise KeyError(key)

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
            below = [edge.target for edge in level.edges]
            waiting += reversed([*below, *level.subclasses])


@dataclass(frozen=True, eq=False)
class RelationshipPlan:
    """One relationship to load, and what of its target."""

    relationship: RelationshipProperty[Any]
    _target: LoadPlan | Source = field(repr=False)
    strategy: LoadStrategy | None = None
    """The developer's loader function, if the type has one for it."""
    fields: tuple[str, ...] = ()
    """The response keys that asked for it."""
    window: AskedArguments | None = None
    """See `Edge`. `None`: all rows, in the relationship's order."""
    chosen_by: LoadStrategy | None = None
    """See `Edge`."""
    connection: AskedConnection | None = None
    """What is asked of connections that show its rows; the ways are from the owner."""
    is_guarded: bool = False
    """See `Edge`."""

    @property
    def key(self) -> str:
        """The name of the relationship on its owner."""
        return self.relationship.key

    @property
    def ways(self) -> tuple[tuple[str, ...], ...]:
        """The response keys that lead from the owner to the rows."""
        if self.connection is not None:
            return self.connection.ways
        return tuple((name,) for name in self.fields)

    @cached_property
    def edge(self) -> Edge:
        """What tells it apart from the other relationships of its level."""
        return Edge(self.relationship, self.window, self.chosen_by, self.is_guarded)

    @cached_property
    def kept_by(self) -> Hashable:
        """What its rows are kept by where no window chooses, see `Edge.kept_by`."""
        return self.edge.kept_by()

    @property
    def criteria(self) -> tuple[Any, ...]:
        """The conditions of the strategy, by which rows are left out."""
        if self.strategy is None:
            return ()
        attribute = getattr(self.relationship.parent.class_, self.key)
        return criteria_given_to(self.strategy(attribute))

    @cached_property
    def tells_classes_apart(self) -> bool:
        """Whether something is asked of rows of a subclass of the target only."""
        target = self._target
        return not isinstance(target, LoadPlan) and target.tells_classes_apart()

    @cached_property
    def target(self) -> LoadPlan:
        """What to load of the target: decided now, if it was not before.

        Raises:
            QueryTooLargeError: The plan has as many levels as it may.
        """
        if isinstance(self._target, LoadPlan):
            return self._target
        return self._target.plan()


@dataclass(frozen=True, eq=False)
class FieldPlan:
    """One response key that is asked of a GraphQL type."""

    response_key: str
    name: str
    """The name of the field in the schema."""
    reading: Reading | None = None
    """What it reads; `None` for `__typename`."""
    arguments: AskedArguments | None = None
    """What chooses among its rows: with the reading's path it is the edge."""
    pages: tuple[Asked, ...] = ()
    """What is asked of a connection itself, as the client asked it."""
    _below: Callable[[], LoadPlan | None] | None = field(default=None, repr=False)

    @cached_property
    def below(self) -> LoadPlan | None:
        """What is asked of what it gives, if that is of a mapped class.

        Of this response key alone: other fields may lead to the same rows.
        """
        return None if self._below is None else self._below()
