"""Carries a load plan out as loader options: the eager path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any

from graphql import get_named_type, is_abstract_type, is_leaf_type
from sqlalchemy import inspect
from sqlalchemy.orm import (
    Mapper,
    RelationshipProperty,
    defaultload,
    defer,
    joinedload,
    lazyload,
    load_only,
    selectin_polymorphic,
    selectinload,
    undefer,
)

from ._compat import lazy_of_all, loader_paths
from .attributes import LOADED_BY_MAPPING, plain_columns
from .carriers import carrier_of
from .config import DepthLimit, LoadStrategy, TypeConfig, TypeRegistry, mapper_of
from .errors import QueryTooLargeError
from .lookahead import lookahead
from .mapping import comparable, entity_of_target, has_text, tables_of
from .plan import LoadPlan, RelationshipPlan
from .planner import plan
from .selection import collect
from .statement import PLAIN, Form, form_of

__all__ = [
    "MAX_TABLES",
    "Options",
    "auto_eager_load",
    "entity_of",
    "options_for",
    "options_for_columns",
    "options_on",
    "with_options",
]

MAX_TABLES = 32
"""Tables in a statement that to-ones are joined to: databases take 61 or more."""
_NEVER = "noload"


def auto_eager_load(
    query: Any,
    info: Any,
    model: type[Any],
    strategies: Mapping[str, LoadStrategy] | None = None,
    aliases: Mapping[str, str] | None = None,
    max_depth: int | None = None,
    type_registry: Mapping[Any, Any] | None = None,
    *,
    path: str | Sequence[str] = (),
) -> Any:
    """Return *query* with loader options for what the client asked below this field.

    The statement then loads the columns that the selection needs, plus keys, and every
    relationship that it names: scalars joined into the statement, each collection by
    one further `SELECT … IN` for each relationship and level. Loader options that are
    on *query* already stay and win.

    Args:
        query: A `select()` of *model*, or of an alias of it.
        info: The `GraphQLResolveInfo` of the running resolver.
        model: The mapped class that the statement selects.
        strategies: GraphQL field → loader function, for the first level.
        aliases: GraphQL field → attribute, for the first level. Both are used before
            those of the type's own configuration.
        max_depth: How many levels the selection may nest, this one included. By
            default what the field's type allows, or the schema; a type on the way that
            says less narrows it.
        type_registry: Configurations of types below, by GraphQL type name or by model,
            in place of those that were bound to the schema.
        path: Plan for a nested field of the resolver's own result instead, as
            `"edges.node"`.

    Raises:
        DepthLimitError: The selection nests deeper than *max_depth*, or than a type on
            the way allows.
        FragmentCycleError: A fragment spreads itself.
        QueryTooLargeError: The statement would take options for more than
            `TypeRegistry.max_levels` levels.
        ConfigurationError: *model* is not mapped.
        SelectionPathError: *path* names a field that the schema does not have.
    """
    if not path and is_leaf_type(get_named_type(info.return_type)):
        return query  # as a count: nothing is selected below it
    types = TypeRegistry.of(info.schema)
    if type_registry:
        named = [_config(value) for value in type_registry.values()]
        types = TypeRegistry(
            [*types.values(), *named], limit=types.limit, max_levels=types.max_levels
        )
    if strategies or aliases or path or type_registry:
        selection = collect(info, path)
        type_name = selection.type.name
        if strategies or aliases:
            types = types.overridden(
                selection.fields, model, strategies or {}, aliases or {}
            )
        planned = plan(
            selection,
            mapper_of(model, type_name),
            types,
            limit=_limit(max_depth, selection.type, info, types),
        )
    else:
        type_ = get_named_type(info.return_type)
        limit = _limit(max_depth, type_, info, types)
        planned = lookahead(info, mapper_of(model, type_.name), types, limit=limit)
    return with_options(query, planned)


def _limit(
    max_depth: int | None, type_: Any, info: Any, types: TypeRegistry
) -> DepthLimit:
    """Return the limit that a call gives, or else the one of the type it is about."""
    limit = types.limit_of(
        [one.name for one in info.schema.get_possible_types(type_)]
        if is_abstract_type(type_)
        else [type_.name]
    )
    if max_depth is None:
        return limit
    given = DepthLimit(max_depth, "auto_eager_load")
    if max_depth > limit.max_depth and info.path.prev is None:
        # It holds for what else is done below the field, too.
        TypeRegistry.of(info.schema).raised_limits.put(info.path, given)
    return given


def _config(value: Any) -> TypeConfig:
    return value if isinstance(value, TypeConfig) else value.config


def with_options(
    query: Any,
    planned: LoadPlan,
    *,
    entity: Any = None,
    joined_only: bool = False,
) -> Any:
    """Return *query* with the loader options that carry out *planned*.

    Args:
        query: A `select()` of the plan's mapper or of an alias of it.
        planned: What to load.
        entity: What *query* selects the plan's mapper as, if you know it; it is looked
            up in the statement otherwise.
        joined_only: Leave collections and subclasses to batches of the caller's, and
            take only what is part of the statement itself.
    """
    options = options_on(query, planned, entity=entity, joined_only=joined_only)
    return query.options(*options.options)


@dataclass(frozen=True, slots=True)
class Options:
    """Loader options for one statement."""

    options: tuple[Any, ...]
    are_enough: bool
    """Whether nothing that could be part of the statement is left to batches.

    What the application's own options load may be less than what is asked."""
    why: str
    """Why the statement is not joined to or pruned as the plan says, if so."""


def options_on(
    query: Any,
    planned: LoadPlan,
    *,
    entity: Any = None,
    joined_only: bool = False,
    joins_nothing: bool = False,
    form: Form | None = None,
) -> Options:
    """Return the options that carry out *planned* on *query*: see `with_options`.

    A *query* whose *entity* is known is plain, unless its *form* says otherwise.
    """
    if joins_nothing:
        form = Form("The session has another database for a related class.")
        entity = entity or entity_of(query, planned.mapper)
        taken = loader_paths(query)
        return _options(planned, entity, taken, joined_only=joined_only, form=form)
    if form is None:
        form = form_of(query) if entity is None else PLAIN
    if entity is None:
        entity = entity_of(query, planned.mapper)
    taken, lazy = loader_paths(query), lazy_of_all(query)
    if entity is not planned.mapper.class_ or taken:
        return _options(
            planned, entity, taken, joined_only=joined_only, form=form, lazy=lazy
        )
    # What is left are few: they are made once for the plan.
    key = (options_on, joined_only, form, lazy)
    known: Options | None = planned.made.get(key)
    if known is None:
        known = planned.made[key] = _options(
            planned, entity, taken, joined_only=joined_only, form=form, lazy=lazy
        )
    return known


def entity_of(query: Any, mapper: Mapper[Any]) -> Any:
    """Return what *query* selects *mapper* as: the class, or an alias of it."""
    for description in query.column_descriptions:
        inspected = inspect(description["entity"], raiseerr=False)
        if (
            inspected is not None
            and inspected.is_aliased_class
            and inspected.mapper.isa(mapper)
        ):
            return description["entity"]
    return mapper.class_


def options_for(
    planned: LoadPlan,
    entity: Any = None,
    *,
    joined_only: bool = False,
    joins_nothing: bool = False,
) -> tuple[Any, ...]:
    """Return the options that carry out *planned* on a `select()` of *entity*.

    By default that is the class. With *joins_nothing* the statement stays without
    further tables. See `with_options`.
    """
    return _options_for(
        planned, entity, joined_only=joined_only, joins_nothing=joins_nothing
    ).options


@lru_cache(maxsize=1000)
def options_for_columns(
    mapper: Mapper[Any], attributes: frozenset[str]
) -> tuple[Any, ...]:
    """Return the options that load these column attributes of a class and no more."""
    return options_for(LoadPlan(mapper, attributes), joined_only=True)


def _options_for(
    planned: LoadPlan, entity: Any, *, joined_only: bool, joins_nothing: bool = False
) -> Options:
    """Return the options for a plan on nothing else, which are made once for it."""
    key = (_options_for, entity, joined_only, joins_nothing)
    known: Options | None = planned.made.get(key)
    if known is None:
        form = Form("The relationship has SQL text.") if joins_nothing else PLAIN
        entity = entity or planned.mapper.class_
        known = planned.made[key] = _options(
            planned, entity, frozenset(), joined_only=joined_only, form=form
        )
    return known


def _options(
    planned: LoadPlan,
    entity: Any,
    taken: frozenset[tuple[str, ...]],
    *,
    joined_only: bool,
    form: Form,
    lazy: str = "",
) -> Options:
    builder = _OptionBuilder(taken, joined_only, form.is_whole, lazy)
    tables = form.tables or tables_of(planned.mapper)
    room = _Room(
        0 if form.joins_nothing else MAX_TABLES - tables - len(taken), form.is_distinct
    )
    options = tuple(builder.level(planned, entity, (), room))
    are_enough = not joined_only or not (room.was_short or taken)
    why = form.joins_nothing if room.was_short else ""
    return Options(options, are_enough, " ".join(filter(None, (why, form.is_whole))))


@dataclass(slots=True)
class _Room:
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


def _room_below(relationship: RelationshipProperty[Any]) -> _Room:
    """Return the room in a statement that SQLAlchemy makes for *relationship*."""
    if has_text(relationship):
        return _Room(0)
    tables = tables_of(relationship.mapper) + tables_of(relationship.parent) + 1
    return _Room(MAX_TABLES - tables)


@dataclass(frozen=True, slots=True)
class _OptionBuilder:
    taken: frozenset[tuple[str, ...]]
    """Paths that options on the statement are about already: those stay as they are."""
    joined_only: bool
    """Whether what takes a SELECT of its own is left to the caller."""
    is_whole: str = ""
    """Why the statement's own columns stay as they are."""
    lazy: str = ""
    """The `lazy` that an option on the statement gives every relationship."""
    levels: Iterator[int] = field(default_factory=lambda: count(1))
    """Counts them: a level that several ways lead to has options for each way."""

    def level(
        self, plan: LoadPlan, entity: Any, path: tuple[str, ...], room: _Room
    ) -> Iterator[Any]:
        if next(self.levels) > plan.max_levels:
            raise QueryTooLargeError(plan.max_levels)
        is_pruned = plan.is_pruned and (bool(path) or not self.is_whole)
        yield from self._columns(plan, entity, path, is_pruned=is_pruned)
        for edge in plan.edges:
            attribute = getattr(entity, edge.key)
            yield from self._edge(plan, edge, attribute, path, room)
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
        if is_pruned and free:
            yield load_only(*free)
        elif not is_pruned:
            plain = plain_columns(plan.mapper)
            yield from (undefer(column) for column in free if column.key not in plain)

    def _edge(
        self,
        plan: LoadPlan,
        edge: RelationshipPlan,
        attribute: Any,
        path: tuple[str, ...],
        room: _Room,
    ) -> Iterator[Any]:
        relationship = edge.relationship
        path = (*path, relationship.key)
        carrier = carrier_of(plan, edge).technique
        below = room
        if path in self.taken:
            option = defaultload(attribute)
        elif self.lazy == _NEVER:
            return
        elif carrier == "joinedload" and room.takes(edge.target):
            # Whatever the mapping promises: an owner without its target stays.
            option = joinedload(attribute, innerjoin=False)
        elif carrier == "strategy":
            assert edge.strategy is not None
            option = edge.strategy(attribute)
        elif carrier == "batch" or self.joined_only:
            if self._loads_unasked(relationship):
                yield lazyload(attribute)
            return
        else:
            option = selectinload(attribute)
            below = _room_below(relationship)
        entity = entity_of_target(relationship)
        options = list(self.level(edge.target, entity, path, below))
        yield option.options(*options) if options else option

    def _loads_unasked(self, relationship: RelationshipProperty[Any]) -> bool:
        """Tell whether the statement loads *relationship* without being told to."""
        return (self.lazy or relationship.lazy) in LOADED_BY_MAPPING

    def _unasked(
        self, plan: LoadPlan, entity: Any, path: tuple[str, ...]
    ) -> Iterator[Any]:
        """Yield what keeps relationships that are mapped to load from loading."""
        owners = [(plan, entity)]
        if not self.joined_only:
            owners += [(one, one.mapper.class_) for one in _apart(plan, entity)]
        asked = {edge.key for one, _ in owners for edge in one.edges}
        for one, owner in owners:
            for key, prop in one.mapper.relationships.items():
                if (
                    self._loads_unasked(prop)
                    and key not in asked
                    and (one is plan or key not in plan.mapper.relationships)
                    and (*path, key) not in self.taken
                ):
                    yield lazyload(getattr(owner, key))
        if not path and isinstance(entity, type):
            yield from self._unasked_of_subclasses(plan, [one for one, _ in owners])

    def _unasked_of_subclasses(
        self, plan: LoadPlan, known: list[LoadPlan]
    ) -> Iterator[Any]:
        """Yield the same for the subclasses whose rows the statement may give.

        SQLAlchemy takes these options for what a statement selects itself only.
        """
        mappers = {one.mapper for one in known}
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
            yield selectin_polymorphic(entity, [one.mapper.class_ for one in apart])
        for subclass in apart:
            yield from self._added_columns(
                plan, subclass.mapper, subclass.attributes, path
            )
            for edge in subclass.edges:
                attribute = getattr(subclass.mapper.class_, edge.key)
                room = _room_below(edge.relationship)
                yield from self._edge(subclass, edge, attribute, path, room)

    def _inline_subclasses(self, plan: LoadPlan) -> Iterator[Any]:
        """Prune what the base's own SELECT reads of subclasses.

        It does so where the mapping says `with_polymorphic`. SQLAlchemy takes these
        options for what a statement selects itself only, not below a relationship.
        """
        for mapper in plan.mapper.with_polymorphic_mappers:
            if mapper is not plan.mapper and mapper.isa(plan.mapper):
                asked = [
                    one.attributes
                    for one in plan.subclasses
                    if mapper.isa(one.mapper) or one.mapper.isa(mapper)
                ]
                yield from self._added_columns(
                    plan, mapper, frozenset().union(*asked), ()
                )

    def _added_columns(
        self,
        plan: LoadPlan,
        mapper: Mapper[Any],
        asked: frozenset[str],
        path: tuple[str, ...],
    ) -> Iterator[Any]:
        """Load those of the columns *asked* that *mapper* adds to the plan's."""
        for prop in mapper.column_attrs:
            key = prop.key
            if key in plan.mapper.column_attrs or (*path, key) in self.taken:
                continue
            if key in asked and prop.deferred:
                yield undefer(getattr(mapper.class_, key))
            elif key not in asked and not prop.deferred and plan.is_pruned:
                yield defer(getattr(mapper.class_, key))


def _apart(plan: LoadPlan, entity: Any) -> list[LoadPlan]:
    """Return the subclasses whose rows are completed by a SELECT of their own.

    Not those that the base's own SELECT reads already, nor those of an alias, which has
    no polymorphic loading: SQLAlchemy takes no options on their attributes.
    """
    if not isinstance(entity, type):
        return []
    inline = plan.mapper.with_polymorphic_mappers
    return [
        subclass
        for subclass in plan.subclasses
        if (subclass.attributes or subclass.edges) and subclass.mapper not in inline
    ]
