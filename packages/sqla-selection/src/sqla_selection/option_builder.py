"""Makes loader options of a plan: what of it one statement carries out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from sqlalchemy.orm import (
    Mapper,
    RelationshipProperty,
    aliased,
    contains_eager,
    defaultload,
    defer,
    joinedload,
    lazyload,
    load_only,
    selectin_polymorphic,
    selectinload,
    undefer,
)

from .carriers import carrier_of, joins_entities
from .entity_joins import EntityJoin
from .errors import QueryTooLargeError
from .joins import entity_of_target
from .load_plan import LoadPlan, RelationshipPlan
from .mapping import (
    LOADED_BY_MAPPING,
    has_attribute,
    plain_columns,
    unmapped_discriminator,
    unset_expressions,
)
from .room import Room, leads_to_class, room_below

__all__ = ["OptionBuilder"]

_NEVER = "noload"


@dataclass(frozen=True, slots=True)
class OptionBuilder:
    """Makes the options of one statement."""

    taken: frozenset[tuple[str, ...]]
    """Paths that options on the statement are about already: those stay as they are."""
    joined_only: bool
    """Whether what takes a SELECT of its own is left to the caller."""
    is_whole: str = ""
    """Why the statement's own columns stay as they are."""
    lazy: str = ""
    """The `lazy` that an option on the statement gives every relationship."""
    joins: list[EntityJoin] | None = None
    """Where entities go that are to be joined beside the owners; `None`: none are."""
    levels: Iterator[int] = field(default_factory=lambda: count(1))
    """Counts them: a level that several ways lead to has options for each way."""

    def level(
        self, plan: LoadPlan, entity: Any, path: tuple[str, ...], room: Room
    ) -> Iterator[Any]:
        """Yield the options for *plan* at *path* of a statement with this *room*."""
        if next(self.levels) > plan.max_levels:
            raise QueryTooLargeError(plan.max_levels)
        is_pruned = plan.is_pruned and (bool(path) or not self.is_whole)
        yield from self._columns(plan, entity, path, is_pruned=is_pruned)
        for edge in plan.edges:
            yield from self._edge(plan, edge, entity, path, room)
        # Subclasses first: SQLAlchemy takes no option on the attribute of a subclass
        # before it knows that the subclass is loaded.
        yield from self._subclasses(plan, entity, path)
        if not path and isinstance(entity, type) and is_pruned:
            yield from self._inline_subclasses(plan)
        yield from self._unasked(plan, entity, path)

    def _columns(
        self, plan: LoadPlan, entity: Any, path: tuple[str, ...], *, is_pruned: bool
    ) -> Iterator[Any]:
        free = [
            getattr(entity, key)
            for key in sorted(plan.loaded)
            if (*path, key) not in self.taken
        ]
        unset = unset_expressions(plan.mapper)
        if is_pruned and free and not unset:
            yield load_only(*free)
            return
        # Plain ones are loaded, but for what an option of the application's leaves out.
        plain = frozenset() if is_pruned else plain_columns(plan.mapper)
        yield from (undefer(column) for column in free if column.key not in plain)
        if is_pruned and free:
            for prop in plan.mapper.column_attrs:
                is_left = prop.key not in plan.loaded and not prop.deferred
                if (
                    is_left
                    and prop.key not in unset
                    and (*path, prop.key) not in self.taken
                    and has_attribute(plan.mapper, prop.key)
                ):
                    yield defer(getattr(entity, prop.key))

    def _edge(
        self,
        plan: LoadPlan,
        edge: RelationshipPlan,
        owner: Any,
        path: tuple[str, ...],
        room: Room,
    ) -> Iterator[Any]:
        relationship = edge.relationship
        attribute = getattr(owner, relationship.key)
        path = (*path, relationship.key)
        carrier = carrier_of(plan, edge).technique
        below, builder = room, replace(self, joins=None)
        target = entity_of_target(relationship)
        if path in self.taken:
            option = defaultload(attribute)
        elif self.lazy == _NEVER:
            return
        elif carrier == "joinedload" and room.takes(edge.target):
            if self.joins is not None and _leads_to_entities(edge):
                yield self._joined(edge, owner, path, room)
                return
            # Whatever the mapping promises: an owner without its target stays.
            option = joinedload(attribute, innerjoin=False)
        elif carrier == "strategy":
            assert edge.strategy is not None
            option = edge.strategy(attribute)
        elif carrier in ("batch", "entity") or self.joined_only:
            if carrier == "entity" and self.joins is not None:
                self._join_beside(edge, owner, path, room)
            if self._loads_unasked(relationship):
                yield lazyload(attribute)
            return
        else:
            option = selectinload(attribute)
            below = room_below(relationship)
        options = list(builder.level(edge.target, target, path, below))
        yield option.options(*options) if options else option

    def _join_beside(
        self, edge: RelationshipPlan, owner: Any, path: tuple[str, ...], room: Room
    ) -> None:
        """Join the target of *edge* as an entity of its own, if there is room."""
        if room.takes(edge.target):
            self._join(edge, owner, path, room, is_beside=True)

    def _joined(
        self, edge: RelationshipPlan, owner: Any, path: tuple[str, ...], room: Room
    ) -> Any:
        """Return what `joinedload` does, by a join that entities can be joined to."""
        join, options = self._join(edge, owner, path, room, is_beside=False)
        return contains_eager(join.condition).options(*options)

    def _join(
        self,
        edge: RelationshipPlan,
        owner: Any,
        path: tuple[str, ...],
        room: Room,
        *,
        is_beside: bool,
    ) -> tuple[EntityJoin, tuple[Any, ...]]:
        assert self.joins is not None
        alias = aliased(edge.relationship.mapper.class_, flat=True)
        below: list[EntityJoin] = []
        builder = replace(self, joins=below)
        options = tuple(builder.level(edge.target, alias, path, room))
        own = options if is_beside else ()
        prop = edge.relationship
        join = EntityJoin(owner, prop, alias, is_beside, own, tuple(below))
        self.joins.append(join)
        return join, options

    def _loads_unasked(self, relationship: RelationshipProperty[Any]) -> bool:
        """Tell whether the statement loads *relationship* without being told to."""
        return (self.lazy or relationship.lazy) in LOADED_BY_MAPPING

    def _unasked(
        self, plan: LoadPlan, entity: Any, path: tuple[str, ...]
    ) -> Iterator[Any]:
        """Yield what keeps relationships that are mapped to load from loading."""
        owners = [(plan, entity)]
        if not self.joined_only:
            owners += [(level, level.mapper.class_) for level in _apart(plan, entity)]
        asked = {edge.key for level, _ in owners for edge in level.edges}
        for level, owner in owners:
            for key, prop in level.mapper.relationships.items():
                if (
                    self._loads_unasked(prop)
                    and key not in asked
                    and (level is plan or key not in plan.mapper.relationships)
                    and (*path, key) not in self.taken
                ):
                    yield lazyload(getattr(owner, key))
        if not path and isinstance(entity, type):
            yield from self._unasked_of_subclasses(plan, [level for level, _ in owners])

    def _unasked_of_subclasses(
        self, plan: LoadPlan, known: list[LoadPlan]
    ) -> Iterator[Any]:
        """Yield the same for the subclasses whose rows the statement may give.

        SQLAlchemy takes these options for what a statement selects itself only.
        """
        mappers = {level.mapper for level in known}
        for mapper in plan.mapper.self_and_descendants:
            if mapper in mappers:
                continue
            for key, prop in mapper.relationships.items():
                if (
                    self._loads_unasked(prop)
                    and prop.parent is mapper
                    and key not in plan.mapper.relationships
                    and (key,) not in self.taken
                ):
                    yield lazyload(getattr(mapper.class_, key))

    def _subclasses(
        self, plan: LoadPlan, entity: Any, path: tuple[str, ...]
    ) -> Iterator[Any]:
        apart = [] if self.joined_only else _apart(plan, entity)
        if apart:
            yield selectin_polymorphic(entity, [level.mapper.class_ for level in apart])
        for subclass in apart:
            yield from self._added_columns(plan, subclass.mapper, path)
            for edge in subclass.edges:
                room = room_below(edge.relationship)
                owner = subclass.mapper.class_
                yield from self._edge(subclass, edge, owner, path, room)

    def _inline_subclasses(self, plan: LoadPlan) -> Iterator[Any]:
        """Prune what the base's own SELECT reads of subclasses.

        It does so where the mapping says `with_polymorphic`. SQLAlchemy takes these
        options for what a statement selects itself only, not below a relationship.
        """
        for mapper in plan.mapper.with_polymorphic_mappers:
            if mapper is not plan.mapper and mapper.isa(plan.mapper):
                yield from self._added_columns(plan, mapper, ())

    def _added_columns(
        self, plan: LoadPlan, mapper: Mapper[Any], path: tuple[str, ...]
    ) -> Iterator[Any]:
        """Load what is asked of the columns that *mapper* adds to the plan's.

        An option on an attribute is about every class that inherits it: what rows of
        one of them need stays for all.
        """
        for prop in mapper.column_attrs:
            key = prop.key
            if key in plan.mapper.column_attrs or (*path, key) in self.taken:
                continue
            if not has_attribute(mapper, key):
                continue
            is_asked = any(
                key in subclass.attributes
                and (
                    mapper.isa(subclass.mapper)
                    or subclass.mapper.attrs.get(key) is prop
                )
                for subclass in plan.subclasses
            )
            if is_asked and prop.deferred:
                yield undefer(getattr(mapper.class_, key))
            elif (
                not is_asked
                and not prop.deferred
                and plan.is_pruned
                and key not in unset_expressions(mapper)
            ):
                yield defer(getattr(mapper.class_, key))


def _leads_to_entities(edge: RelationshipPlan) -> bool:
    """Tell whether entities may be joined to the target of *edge*, itself joined."""
    return leads_to_class(edge.relationship) and joins_entities(edge.target)


def _apart(plan: LoadPlan, entity: Any) -> list[LoadPlan]:
    """Return the subclasses whose rows are completed by a SELECT of their own.

    Not those that the base's own SELECT reads already, nor those of an alias, which has
    no polymorphic loading: SQLAlchemy takes no options on their attributes. Nor does it
    of a subclass that leaves out the discriminator.
    """
    if not isinstance(entity, type):
        return []
    inline = plan.mapper.with_polymorphic_mappers
    return [
        subclass
        for subclass in plan.subclasses
        if (subclass.attributes or subclass.edges)
        and subclass.mapper not in inline
        and not unmapped_discriminator(subclass.mapper)
    ]
