"""Decides what a selection needs: `plan(selection, …)` gives the `LoadPlan`.

All decisions about loading live here, for every path that carries a plan out. A level
is decided by what all fields that lead to it ask together, whatever their response
keys; the levels below it when somebody goes there. What asks the same of the same
mapper is decided once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from graphql import GraphQLCompositeType, GraphQLField
from sqlalchemy.orm import Mapper, RelationshipProperty

from ._compat import multiplies_by_selectinload
from .attributes import (
    Needs,
    local_attributes,
    needs_of,
    needs_of_filling,
    whole,
)
from .cache import Weight
from .config import DepthLimit, LoadStrategy, TypeConfig, TypeRegistry
from .depth import check_depth
from .errors import QueryTooLargeError
from .keys import finds_null, may_have_null_in_key
from .mapping import (
    classes_without,
    compares_types,
    correlated,
    further_tables,
    has_one_row,
    orders_after_outer_join,
)
from .plan import Carrier, LoadPlan, RelationshipPlan, merge
from .reading import needs_of_field, needs_of_type
from .selection import Asked, AskedField, Selection

__all__ = ["DepthLimit", "merge", "needs_of_field", "plan", "plan_field", "plan_key"]

_NEEDS_NO_LOAD = "noload"
_BATCH_ONLY = ("dynamic", "write_only")


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
    asked = selection.asked
    if limit is not None:
        check_depth(asked, types, mapper=mapper, limit=limit)
    key = plan_key(selection, mapper)
    decided: LoadPlan | None = types.plans.get(key)
    if decided is None:
        planner = _Planner(types, Weight(asked.size))
        decided = planner.level(mapper, (_Demand(asked),))
        types.plans.put(key, decided, planner.weight)
    return decided


def plan_key(selection: Selection, mapper: Mapper[Any]) -> Hashable:
    """Return what the plan of *selection* is kept under in `TypeRegistry.plans`."""
    return selection.asked.key, mapper


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
    needs = (
        needs_of_field(mapper, config, name, definition)
        if reads is None
        else needs_of(mapper, reads)
    )
    planner = _Planner(types, Weight())
    if selection is None:
        return planner.level(mapper, (whole(mapper, needs),))
    own = needs.own
    if not needs.target:
        return planner.level(mapper, (own,))
    strategy = config.strategies.get(name)
    below = _Demand(selection.asked, needs.target, strategy=strategy)
    return planner.level(mapper, (own, below))


class _Demand(NamedTuple):
    """What is asked of a level, or of one that is reached from it."""

    asked: Asked
    path: tuple[str, ...] = ()
    """The relationships that lead to the level it is asked of."""
    response_key: str = ""
    strategy: LoadStrategy | None = None


@dataclass(frozen=True, slots=True)
class _Planner:
    """Decides the levels of one plan, each when it is needed."""

    types: TypeRegistry
    weight: Weight
    _levels: WeakValueDictionary[Hashable, LoadPlan] = field(
        default_factory=WeakValueDictionary
    )
    """What is decided, by what it was decided by."""

    def level(
        self, mapper: Mapper[Any], demands: Iterable[Needs | _Demand]
    ) -> LoadPlan:
        """Return the plan for rows of *mapper* of which all *demands* are made."""
        key = (self.types.edition, mapper, frozenset(demands))
        decided = self._levels.get(key)
        if decided is None:
            self._count()
            level = _Level(mapper)
            self._decide(level, demands)
            decided = self._levels[key] = level.frozen(self, key)
        return decided

    def _count(self) -> None:
        self.weight.add_level()
        if self.weight.levels > self.types.max_levels:
            raise QueryTooLargeError(self.types.max_levels)

    def _decide(self, level: _Level, demands: Iterable[Needs | _Demand]) -> None:
        asked: dict[str, dict[AskedField, None]] = {}
        declared: dict[GraphQLCompositeType, None] = {}
        for demand in demands:
            if isinstance(demand, Needs):
                level.require(demand)
            elif demand.path:
                level.ask(demand)
            else:
                declared[demand.asked.type] = None
                for type_name, fields in demand.asked.fields.items():
                    asked.setdefault(type_name, {}).update(dict.fromkeys(fields))
        for type_name, of_type in asked.items():
            config = self.types.get(type_name)
            config = config or TypeConfig(type_name, level.mapper.class_)
            place = level.for_rows_of(config.mapper)
            if place is None and len(asked) == 1:
                # Rows of another class are shown as that type: by their own mapping.
                config, place = replace(config, model=level.mapper.class_), level
            if place is not None:
                place.type_names[type_name] = None
                for one in declared:
                    place.require(needs_of_type(place.mapper, config, one))
                self._decide_fields(place, config, of_type)

    @staticmethod
    def _decide_fields(
        level: _Level, config: TypeConfig, fields: Iterable[AskedField]
    ) -> None:
        known: dict[str, Needs] = {}
        for asked in fields:
            if asked.definition is None:  # __typename
                continue
            name = asked.name
            needs = known.get(name)
            if needs is None:
                needs = needs_of_field(level.mapper, config, name, asked.definition)
                known[name] = needs
                level.require(
                    whole(level.mapper, needs) if asked.below is None else needs
                )
            if asked.below is not None and needs.target:
                strategy = config.strategies.get(name)
                level.ask(
                    _Demand(asked.below, needs.target, asked.response_key, strategy)
                )

    def is_polymorphic(
        self, mapper: Mapper[Any], demands: Iterable[Needs | _Demand]
    ) -> bool:
        """Tell whether *demands* tell rows of subclasses of *mapper* apart."""
        return any(
            bool(demand.subclasses)
            if isinstance(demand, Needs)
            else not demand.path and self._names_subclass(mapper, demand.asked)
            for demand in demands
        )

    def _names_subclass(self, mapper: Mapper[Any], asked: Asked) -> bool:
        return any(
            own is not mapper and own.isa(mapper)
            for type_name in asked.fields.keys() & self.types.keys()
            for own in (self.types[type_name].mapper,)
        )

    def loads_one_of(
        self,
        attributes: frozenset[str],
        mapper: Mapper[Any],
        demands: Iterable[Needs | _Demand],
    ) -> bool:
        """Tell whether a statement for *demands* loads one of these attributes."""
        if not attributes:
            return False
        level = _Level(mapper)
        self._decide(level, demands)
        loaded = LoadPlan(mapper, frozenset(level.attributes), {}).loaded
        return bool(attributes & loaded)


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
            self.relate(key).demands[below] = None
        for mapper, of_subclass in needs.subclasses:
            rows = self.for_rows_of(mapper)
            if rows is not None:
                rows.require(of_subclass)

    def ask(self, demand: _Demand) -> None:
        """Plan for what is asked at the end of the demand's path."""
        asked, (key, *rest), response_key, strategy = demand
        planned = self.relate(key, response_key, strategy)
        below = _Demand(asked)
        if rest:
            below = _Demand(asked, tuple(rest), response_key, strategy)
        planned.demands[below] = None

    def relate(
        self, key: str, response_key: str = "", strategy: LoadStrategy | None = None
    ) -> _Relationship:
        """Return the relationship *key*, planned from now on."""
        if self.base is not None and (
            self.base.mapper.relationships.get(key) is self.mapper.relationships[key]
        ):
            return self.base.relate(key, response_key, strategy)
        planned = self.relationships.get(key)
        if planned is None:
            prop = self.mapper.relationships[key]
            planned = self.relationships[key] = _Relationship(prop)
            self.require(Needs(frozenset(local_attributes(self.mapper, prop))))
            planned.demands[needs_of_filling(prop)] = None
        planned.strategy = planned.strategy or strategy
        if response_key:
            planned.fields[response_key] = None
        return planned

    def frozen(self, planner: _Planner, key: Hashable) -> LoadPlan:
        return LoadPlan(
            self.mapper,
            frozenset(self.attributes)
            | {self.mapper.get_property_by_column(c).key for c in self._keys()},
            {
                name: planned.frozen(self, planner)
                for name, planned in self.relationships.items()
                if planned.is_loaded
            },
            tuple(
                level.frozen(planner, (key, mapper))
                for mapper, level in self.subclasses.items()
            ),
            tuple(self.type_names),
            key,
            planner.types.max_levels,
        )

    def _keys(self) -> Iterable[Any]:
        return () if self.base is not None else self.mapper.primary_key


@dataclass(slots=True)
class _Relationship:
    """A relationship of a level while it is being decided."""

    prop: RelationshipProperty[Any]
    demands: dict[Needs | _Demand, None] = field(default_factory=dict)
    """What is asked of the target."""
    strategy: LoadStrategy | None = None
    fields: dict[str, None] = field(default_factory=dict)

    @property
    def is_loaded(self) -> bool:
        """Whether there is anything to load: `lazy="noload"` says that there is not."""
        return self.strategy is not None or self.prop.lazy != _NEEDS_NO_LOAD

    def frozen(self, owner: _Level, planner: _Planner) -> RelationshipPlan:
        mapper, demands = self.prop.mapper, tuple(self.demands)
        carrier, why = self._carrier(owner, planner, demands)
        if carrier == "selectinload" and compares_types(self.prop):
            carrier = "batch"
            why = "Its join compares two types of columns, which selectinload does not."
        elif carrier == "selectinload" and orders_after_outer_join(self.prop):
            carrier = "batch"
            why = "selectinload outer-joins its owner: SQLite may lose its order."
        elif carrier == "selectinload" and may_have_null_in_key(self.prop.parent):
            carrier = "batch"
            why = "Its owner's key may have NULL in a part: selectinload misses that."
        target = partial(planner.level, mapper, demands)
        return RelationshipPlan(
            self.prop, carrier, target, self.strategy, tuple(self.fields), why
        )

    def _carrier(
        self, owner: _Level, planner: _Planner, demands: Sequence[Needs | _Demand]
    ) -> tuple[Carrier, str]:
        mapper = self.prop.mapper
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
        if classes_without(self.prop):
            return "batch", (
                "Subclasses have something else of that name, which options fill too."
            )
        if further_tables(self.prop):
            return "batch", "Its join names tables that no loader option selects from."
        if multiplies_by_selectinload(self.prop.mapper):
            return "batch", (
                "SQLAlchemy 2.0 gives each owner the rows of all with selectinload."
            )
        if finds_null(self.prop):
            return "batch", (
                "The target's key may have NULL in a part, which no join finds."
            )
        if self.prop.uselist:
            return "selectinload", (
                "A collection: one SELECT … IN does not multiply its owner's rows."
            )
        if base is not None or planner.is_polymorphic(mapper, demands):
            return "selectinload", (
                "A scalar of an inheritance tree: each subclass has its own SELECT."
            )
        if not has_one_row(self.prop):
            return "selectinload", (
                "A scalar that may have several rows: joined, it would multiply its "
                "owner's."
            )
        if planner.loads_one_of(correlated(mapper), mapper, demands):
            return "selectinload", (
                "A scalar whose columns have subqueries: joined, those would correlate "
                "to its owner's table."
            )
        return "joinedload", "A scalar: joined into the statement of its owner."
