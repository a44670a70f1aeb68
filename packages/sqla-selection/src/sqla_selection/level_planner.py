"""Decides the levels of one plan, each when somebody goes there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from graphql import GraphQLCompositeType
from sqlalchemy.orm import Mapper

from .asked import Asked, AskedField
from .attributes import needs_of_filling, whole
from .cache import Weight
from .config import TypeConfig
from .errors import QueryTooLargeError
from .levels import Demand, Level, Relationship
from .load_plan import FieldPlan, LoadPlan, RelationshipPlan
from .needs import Needs
from .reading import Reading, chosen_by, needs_of_type, reading_of_field
from .type_registry import TypeRegistry

__all__ = ["LevelPlanner"]


class _TypeAsked(NamedTuple):
    """What is asked of rows of one level where they are shown as one GraphQL type."""

    config: TypeConfig
    fields: tuple[AskedField, ...]
    declared: tuple[GraphQLCompositeType, ...]
    """The types of the fields that lead to the level."""


@dataclass(frozen=True, slots=True)
class _Demanded:
    """The source of a level: what is demanded of it."""

    planner: LevelPlanner
    mapper: Mapper[Any]
    demands: tuple[Needs | Demand, ...]

    def plan(self) -> LoadPlan:
        return self.planner.level(self.mapper, self.demands)

    def fields(self) -> dict[str, tuple[FieldPlan, ...]]:
        return self.planner.fields(self.mapper, self.demands)

    def tells_classes_apart(self) -> bool:
        return self.planner.tell_classes_apart(self.mapper, self.demands)


@dataclass(frozen=True, slots=True)
class LevelPlanner:
    """Decides the levels of one plan."""

    types: TypeRegistry
    weight: Weight
    _levels: WeakValueDictionary[Hashable, LoadPlan] = field(
        default_factory=WeakValueDictionary
    )
    """What is decided, by what it was decided by."""

    def level(self, mapper: Mapper[Any], demands: Iterable[Needs | Demand]) -> LoadPlan:
        """Return the plan for rows of *mapper* of which all *demands* are made."""
        demands = tuple(demands)
        key = (self.types.edition, mapper, frozenset(demands))
        decided = self._levels.get(key)
        if decided is None:
            self._count()
            level = Level(mapper)
            self._decide(level, demands)
            source = _Demanded(self, mapper, demands)
            decided = self._levels[key] = self._frozen(level, key, source)
        return decided

    def _count(self) -> None:
        self.weight.add_level()
        if self.weight.levels > self.types.max_levels:
            raise QueryTooLargeError(self.types.max_levels)

    def _decide(self, level: Level, demands: tuple[Needs | Demand, ...]) -> None:
        for demand in demands:
            if isinstance(demand, Needs):
                level.require(demand)
            elif demand.path:
                level.ask(demand)
        for asked in self._asked_of(level.mapper, demands):
            rows = level.for_rows_of(asked.config.mapper)
            if rows is not None:
                rows.type_names[asked.config.name] = None
                for declared in asked.declared:
                    rows.require(needs_of_type(rows.mapper, asked.config, declared))
                _decide_fields(rows, asked)

    def _asked_of(
        self, mapper: Mapper[Any], demands: tuple[Needs | Demand, ...]
    ) -> Iterator[_TypeAsked]:
        """Yield what *demands* ask of rows of *mapper*, for each GraphQL type."""
        own = [one for one in demands if isinstance(one, Demand) and not one.path]
        declared = tuple(dict.fromkeys(demand.asked.type for demand in own))
        fields: dict[str, dict[AskedField, None]] = {}
        for demand in own:
            for type_name, of_type in demand.asked.fields.items():
                fields.setdefault(type_name, {}).update(dict.fromkeys(of_type))
        for type_name, asked in fields.items():
            config = self.types.get(type_name) or TypeConfig(type_name, mapper.class_)
            is_related = config.mapper.isa(mapper) or mapper.isa(config.mapper)
            if not is_related and len(fields) == 1:
                # Rows of another class are shown as that type: by their own mapping.
                config = replace(config, model=mapper.class_)
            yield _TypeAsked(config, tuple(asked), declared)

    def fields(
        self, mapper: Mapper[Any], demands: tuple[Needs | Demand, ...]
    ) -> dict[str, tuple[FieldPlan, ...]]:
        """Return the fields that *demands* ask of rows of *mapper*, for each type."""
        return {
            asked.config.name: tuple(self._fields_of(rows_of, asked))
            for asked in self._asked_of(mapper, demands)
            for rows_of in (_rows_of(mapper, asked.config.mapper),)
            if rows_of is not None
        }

    def _fields_of(self, mapper: Mapper[Any], asked: _TypeAsked) -> Iterator[FieldPlan]:
        nodes: dict[tuple[str, str], list[AskedField]] = {}
        for one in asked.fields:
            nodes.setdefault((one.response_key, one.name), []).append(one)
        for (response_key, name), merged in nodes.items():
            first = merged[0]
            if first.definition is None:
                yield FieldPlan(response_key, name)
                continue
            reading = reading_of_field(mapper, asked.config, name, first.definition)
            below = partial(self._below, mapper, reading, merged)
            pages = tuple(one.page for one in merged if one.page is not None)
            yield FieldPlan(response_key, name, reading, first.arguments, pages, below)

    def _below(
        self, mapper: Mapper[Any], reading: Reading, merged: list[AskedField]
    ) -> LoadPlan | None:
        """Return the plan of what is asked below one response key, and no other."""
        below = [Demand(one.below) for one in merged if one.below is not None]
        if not below or not reading.needs.target:
            return None
        for key in reading.needs.target:
            prop = mapper.relationships[key]
            mapper = prop.mapper
        return self.level(mapper, (needs_of_filling(prop), *below))

    def _frozen(
        self,
        level: Level,
        key: Hashable,
        source: _Demanded | None = None,
    ) -> LoadPlan:
        keys = () if level.base is not None else level.mapper.primary_key
        return LoadPlan(
            level.mapper,
            frozenset(level.attributes)
            | {level.mapper.get_property_by_column(column).key for column in keys},
            tuple(
                self._frozen_edge(related)
                for related in level.relationships.values()
                if related.is_loaded
            ),
            tuple(
                self._frozen(subclass, (key, mapper))
                for mapper, subclass in level.subclasses.items()
            ),
            tuple(level.type_names),
            None if level.base is None else level.base.mapper,
            key,
            self.types.max_levels,
            source,
        )

    def _frozen_edge(self, related: Relationship) -> RelationshipPlan:
        edge, demands = related.edge, tuple(related.demands)
        mapper = edge.relationship.mapper
        return RelationshipPlan(
            edge.relationship,
            _Demanded(self, mapper, demands),
            related.strategy,
            tuple(related.fields),
            edge.window,
            edge.chosen_by,
            related.connection,
            self.types.policies.guards(mapper),
        )

    def tell_classes_apart(
        self, mapper: Mapper[Any], demands: Iterable[Needs | Demand]
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


def _rows_of(mapper: Mapper[Any], own: Mapper[Any]) -> Mapper[Any] | None:
    """Return the mapper of rows of *own* among rows of *mapper*, if there are any."""
    if mapper.isa(own):
        return mapper
    return own if own.isa(mapper) else None


def _decide_fields(level: Level, asked: _TypeAsked) -> None:
    known: dict[str, Needs] = {}
    config = asked.config
    for field_ in asked.fields:
        if field_.definition is None:  # __typename
            continue
        name = field_.name
        needs = known.get(name)
        if needs is None:
            reading = reading_of_field(level.mapper, config, name, field_.definition)
            needs = known[name] = reading.needs
            level.require(whole(level.mapper, needs) if field_.below is None else needs)
        if field_.below is not None and needs.target:
            level.ask(
                Demand(
                    field_.below,
                    needs.target,
                    field_.response_key,
                    config.strategies.get(name),
                    field_.arguments,
                    chosen_by(
                        level.mapper, config, name, field_.definition, needs.target
                    ),
                    field_.connection,
                )
            )
