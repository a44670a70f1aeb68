"""Decides what a selection needs: `plan(selection, …)` gives the `LoadPlan`.

All decisions about loading live here, for every path that carries a plan out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import GraphQLField
from sqlalchemy.orm import Mapper, RelationshipProperty

from ._compat import multiplies_by_selectinload
from .attributes import (
    Needs,
    attribute_named,
    local_attributes,
    needs_of,
    plain_columns,
)
from .config import LoadStrategy, TypeConfig, TypeRegistry
from .errors import DepthLimitError
from .mapping import correlated, further_tables, has_one_row
from .plan import Carrier, LoadPlan, RelationshipPlan
from .selection import Selection

__all__ = ["DepthLimit", "merge", "needs_of_field", "plan", "plan_field"]

_NEEDS_NO_LOAD = "noload"
_BATCH_ONLY = ("dynamic", "write_only")


@dataclass(frozen=True, slots=True)
class DepthLimit:
    """How many levels a query may nest, and the GraphQL type that says so."""

    max_depth: int
    set_by: str

    def narrowed(self, config: TypeConfig) -> DepthLimit:
        """Return the stricter of this limit and that of *config*."""
        if config.max_depth < self.max_depth:
            return DepthLimit(config.max_depth, config.name)
        return self

    def check(self, depth: int) -> None:
        """Raise `DepthLimitError` if *depth* is beyond the limit."""
        if depth > self.max_depth:
            msg = (
                f"Query depth {depth} exceeds max_depth={self.max_depth} "
                f"(set by {self.set_by!r})."
            )
            raise DepthLimitError(msg)


def plan(
    selection: Selection,
    mapper: Mapper[Any],
    types: TypeRegistry,
    *,
    limit: DepthLimit | None = None,
) -> LoadPlan:
    """Return what *selection* needs of rows of *mapper*.

    Args:
        selection: What is asked of each row.
        mapper: What the rows are selected from. A concrete GraphQL type whose model is
            a subclass of it is planned for rows of that subclass; one whose model is
            unrelated contributes nothing.
        types: The configurations. A GraphQL type without one is read by names alone.
        limit: The depth allowed from here on, counting this level as 1. `None` is no
            limit, of the types below neither.

    Raises:
        DepthLimitError: The selection nests deeper than *limit*, or than the
            `max_depth` of a type that it passes.
    """
    key = (selection.key, mapper, limit)
    decided: LoadPlan | None = types.plans.get(key)
    if decided is None:
        level = _Level(mapper)
        _Planner(types).select(level, selection, limit, depth=1)
        decided = level.frozen()
        types.plans.put(key, decided)
    return decided


def plan_field(
    mapper: Mapper[Any],
    config: TypeConfig,
    name: str,
    definition: GraphQLField,
    selection: Selection | None,
    types: TypeRegistry,
    *,
    reads: str | None = None,
) -> LoadPlan:
    """Return what one field needs of its owner, a row of *mapper*, and below.

    For an object that was not prepared: no depth limit applies, as the levels above it
    are not known.

    Args:
        reads: The path that is read, whatever the field's resolver and hint say: it
            may be wrapped by another resolver.
    """
    level = _Level(mapper)
    needs = (
        needs_of_field(mapper, config, name, definition)
        if reads is None
        else needs_of(mapper, reads)
    )
    _Planner(types).select_needs(level, needs, selection, config.strategies.get(name))
    return level.frozen()


def merge(one: LoadPlan, other: LoadPlan) -> LoadPlan:
    """Return a plan that loads what *one* and *other* load of the same mapper."""
    level = _Level(one.mapper)
    level.absorb(one)
    level.absorb(other)
    return level.frozen()


def needs_of_field(
    mapper: Mapper[Any], config: TypeConfig, name: str, definition: GraphQLField
) -> Needs:
    """Return what the field *name* of the type takes to be resolved.

    A resolver of the user's own needs what its `requires` hint says; without a hint it
    may read any plain column. One on a field that names a relationship reads that: so
    what is asked below is planned too. One that was put around what reads an attribute
    reads that attribute, and what its hint says.
    """
    path = config.reads(name, definition)
    is_known, runs_code = path is not None, config.runs_code(definition)
    if path is None or path == name:
        path = config.aliases.get(name) or attribute_named(mapper, name)
    read = Needs() if path is None else needs_of(mapper, path)
    hint = config.requires.get(name)
    if hint is None:
        if is_known and not runs_code and path is not None:
            return read
        plain = Needs(plain_columns(mapper))
        return read | plain if is_known or read.target else plain
    needs = Needs()
    for hinted in hint:
        needs |= _closed(mapper, needs_of(mapper, hinted))
    if (is_known and runs_code) or (read.target and path in hint):
        needs |= read
    return needs


def _closed(mapper: Mapper[Any], needs: Needs) -> Needs:
    """Return *needs* with the plain columns of its target, for code that reads them."""
    if not needs.target:
        return needs
    for key in needs.target:
        mapper = mapper.relationships[key].mapper
    below = Needs(plain_columns(mapper))
    for key in reversed(needs.target):
        below = below.below(key)
    return Needs(needs.attributes, needs.relationships) | below


@dataclass(frozen=True, slots=True)
class _Planner:
    types: TypeRegistry
    _selected: set[tuple[_Level, bytes, DepthLimit | None, int]] = field(
        default_factory=set
    )
    """What was planned for already, by the keys of the selections."""

    def select(
        self,
        level: _Level,
        selection: Selection,
        limit: DepthLimit | None,
        depth: int,
    ) -> None:
        # Concrete types share what is asked below their fields, and often the level:
        # to walk that again for each of them would take exponential time.
        same = (level, selection.key, limit, depth)
        if same in self._selected:
            return
        self._selected.add(same)
        for type_name, fields in selection.fields.items():
            config = self.types.get(type_name)
            narrowed = limit and (limit.narrowed(config) if config else limit)
            if narrowed is not None and fields:  # else nothing is asked of that type
                narrowed.check(depth)
            config = config or TypeConfig(type_name, level.mapper.class_)
            place = level.for_rows_of(config.mapper)
            if place is None and len(selection.fields) == 1:
                # Rows of another class are shown as that type: by their own mapping.
                config, place = replace(config, model=level.mapper.class_), level
            if place is None:
                continue
            place.type_names[type_name] = None
            for one in fields.values():
                if one.definition is None:  # __typename
                    continue
                self.select_needs(
                    place,
                    needs_of_field(place.mapper, config, one.name, one.definition),
                    one.selection,
                    config.strategies.get(one.name),
                    response_key=one.response_key,
                    limit=narrowed,
                    depth=depth,
                )

    def select_needs(
        self,
        level: _Level,
        needs: Needs,
        selection: Selection | None,
        strategy: LoadStrategy | None,
        *,
        response_key: str = "",
        limit: DepthLimit | None = None,
        depth: int = 1,
    ) -> None:
        """Plan for a field of *level*: what it needs, and what is asked below it."""
        if selection is None:
            level.require(_closed(level.mapper, needs))
            return
        level.require(needs)
        if needs.target:
            target = level.descend(needs.target, response_key, strategy)
            self.select(target, selection, limit, depth + 1)


@dataclass(eq=False, slots=True)
class _Level:
    """A level of a plan while it is being decided."""

    mapper: Mapper[Any]
    base: _Level | None = None
    """The level of the class that this one is a subclass of, where rows mix."""
    attributes: set[str] = field(default_factory=set)
    relationships: dict[str, _Relationship] = field(default_factory=dict)
    subclasses: dict[Mapper[Any], _Level] = field(default_factory=dict)
    type_names: dict[str, None] = field(default_factory=dict)

    def for_rows_of(self, mapper: Mapper[Any]) -> _Level | None:
        """Return the level for rows of *mapper* among the rows of this one."""
        if self.mapper.isa(mapper):
            return self
        if mapper.isa(self.mapper):
            if mapper not in self.subclasses:
                self.subclasses[mapper] = _Level(mapper, base=self)
            return self.subclasses[mapper]
        return None

    def require(self, needs: Needs) -> None:
        for key in needs.attributes:
            if self.base is not None and key in self.base.mapper.column_attrs:
                self.base.attributes.add(key)
            else:
                self.attributes.add(key)
        for key, below in needs.relationships:
            self.relate(key).require(below)

    def descend(
        self, path: Iterable[str], response_key: str, strategy: LoadStrategy | None
    ) -> _Level:
        level = self
        for key in path:
            level = level.relate(key, response_key, strategy)
        return level

    def relate(
        self, key: str, response_key: str = "", strategy: LoadStrategy | None = None
    ) -> _Level:
        """Return the target level of the relationship *key*, planned from now on."""
        if self.base is not None and key in self.base.mapper.relationships:
            return self.base.relate(key, response_key, strategy)
        planned = self.relationships.get(key)
        if planned is None:
            prop = self.mapper.relationships[key]
            planned = self.relationships[key] = _Relationship(prop, _Level(prop.mapper))
            self.require(Needs(frozenset(local_attributes(self.mapper, prop))))
            if _fills_by_columns(prop):
                planned.target.attributes |= plain_columns(prop.mapper)
        planned.strategy = planned.strategy or strategy
        if response_key:
            planned.fields[response_key] = None
        return planned.target

    def absorb(self, other: LoadPlan) -> None:
        self.attributes |= other.attributes
        self.type_names |= dict.fromkeys(other.type_names)
        for key, planned in other.relationships.items():
            target = self.relate(key, strategy=planned.strategy)
            self.relationships[key].fields |= dict.fromkeys(planned.fields)
            target.absorb(planned.target)
        for subclass in other.subclasses:
            place = self.for_rows_of(subclass.mapper)
            assert place is not None
            place.absorb(subclass)

    def frozen(self) -> LoadPlan:
        return LoadPlan(
            self.mapper,
            frozenset(self.attributes)
            | {self.mapper.get_property_by_column(c).key for c in self._keys()},
            {
                key: planned.frozen(self)
                for key, planned in self.relationships.items()
                if planned.is_loaded
            },
            tuple(level.frozen() for level in self.subclasses.values()),
            tuple(self.type_names),
        )

    def _keys(self) -> Iterable[Any]:
        return () if self.base is not None else self.mapper.primary_key


@dataclass(slots=True)
class _Relationship:
    """A relationship of a level while it is being decided."""

    prop: RelationshipProperty[Any]
    target: _Level
    strategy: LoadStrategy | None = None
    fields: dict[str, None] = field(default_factory=dict)

    @property
    def is_loaded(self) -> bool:
        """Whether there is anything to load: `lazy="noload"` says that there is not."""
        return self.strategy is not None or self.prop.lazy != _NEEDS_NO_LOAD

    def frozen(self, owner: _Level) -> RelationshipPlan:
        target = self.target.frozen()
        carrier, why = self._carrier(owner, target)
        return RelationshipPlan(
            self.prop, carrier, target, self.strategy, tuple(self.fields), why
        )

    def _carrier(self, owner: _Level, target: LoadPlan) -> tuple[Carrier, str]:
        if self.prop.lazy in _BATCH_ONLY:
            return "batch", (
                f"It is mapped lazy={self.prop.lazy!r}, which no loader option fills."
            )
        base = owner.base
        if base is not None and owner.mapper in base.mapper.with_polymorphic_mappers:
            return "batch", (
                "It belongs to a subclass whose rows the base's own SELECT reads."
            )
        if self.strategy is not None:
            return "strategy", "The type's strategies say so."
        if further_tables(self.prop):
            return "batch", "Its join names tables that no loader option selects from."
        if multiplies_by_selectinload(self.prop.mapper):
            return "batch", (
                "SQLAlchemy 2.0 gives each owner the rows of all with selectinload."
            )
        if self.prop.uselist:
            return "selectinload", (
                "A collection: one SELECT … IN does not multiply its owner's rows."
            )
        if target.subclasses or base is not None:
            return "selectinload", (
                "A scalar of an inheritance tree: each subclass has its own SELECT."
            )
        if not has_one_row(self.prop):
            return "selectinload", (
                "A scalar that may have several rows: joined, it would multiply its "
                "owner's."
            )
        if correlated(target.mapper) & target.loaded:
            return "selectinload", (
                "A scalar whose columns have subqueries: joined, those would correlate "
                "to its owner's table."
            )
        return "joinedload", "A scalar: joined into the statement of its owner."


def _fills_by_columns(prop: RelationshipProperty[Any]) -> bool:
    """Tell whether putting objects into the collection may read their columns.

    A keyed or ordering collection does, and a set of objects with a hash of their own.
    """
    factory = prop.collection_class
    if factory is None or factory is list:
        return False
    hash_of_target: Any = prop.mapper.class_.__hash__
    return factory is not set or hash_of_target is not object.__hash__
