"""Carries a load plan out as loader options on a statement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Executable, inspect
from sqlalchemy.orm import Mapper, selectin_polymorphic

from ._compat import lazy_of_all, loader_paths
from .carriers import joins_entities, takes_more_statements
from .entity_joins import EntityJoin
from .load_plan import LoadPlan
from .mapping import plain_columns, tables_of
from .option_builder import OptionBuilder
from .room import MAX_TABLES, Room
from .statement import PLAIN, Form, form_of

__all__ = [
    "MAX_TABLES",
    "Options",
    "entity_of",
    "options_for",
    "options_for_columns",
    "options_for_whole",
    "options_of",
    "options_on",
    "with_options",
]


Q = TypeVar("Q", bound=Executable)


def with_options(
    query: Q,
    plan: LoadPlan,
    *,
    entity: Any = None,
) -> Q:
    """Return *query* with the loader options that carry out *plan*.

    Args:
        query: A `select()` of the plan's mapper or of an alias of it.
        plan: What to load.
        entity: What *query* selects the plan's mapper as, if you know it; it is looked
            up in the statement otherwise.
    """
    options = options_on(query, plan, entity=entity)
    return query.options(*options.options)


@dataclass(frozen=True, slots=True)
class Options:
    """Loader options for one statement."""

    options: tuple[Any, ...]
    are_enough: bool
    """Whether nothing of the plan is left to batches.

    What the application's own options load may be less than what is asked."""
    why: str
    """Why the statement is not joined to or pruned as the plan says, if so."""
    joins: tuple[EntityJoin, ...] = ()
    """What is to be joined to the statement, where that was asked for."""


def options_on(
    query: Any,
    plan: LoadPlan,
    *,
    entity: Any = None,
    joined_only: bool = False,
    joins_nothing: bool = False,
    form: Form | None = None,
    with_entities: bool = False,
) -> Options:
    """Return the options that carry out *plan* on *query*: see `with_options`.

    With *joined_only* collections and subclasses are left to batches of the caller's,
    and only what is part of the statement itself is taken. A *query* whose *entity* is
    known is plain, unless its *form* says otherwise. A caller that joins entities to
    it, and reads them from its rows, takes it *with_entities*.
    """
    if joins_nothing:
        form = Form("The session has another database for a related class.")
        entity = entity or entity_of(query, plan.mapper)
        taken = loader_paths(query)
        return _options(plan, entity, taken, joined_only=joined_only, form=form)
    if form is None:
        form = form_of(query) if entity is None else _PLAIN_WITH_OPTIONS
    if entity is None:
        entity = entity_of(query, plan.mapper)
    taken, lazy = _NO_PATHS, ""
    if form is not PLAIN:  # which has none
        taken, lazy = loader_paths(query), lazy_of_all(query)
    with_entities = with_entities and not taken and _takes_entities(plan, form)
    if entity is not plan.mapper.class_ or taken:
        return _options(
            plan,
            entity,
            taken,
            joined_only=joined_only,
            form=form,
            lazy=lazy,
            with_entities=with_entities,
        )
    # What is left are few: they are made once for the plan.
    key = (options_on, joined_only, form, lazy, with_entities)
    known: Options | None = plan.made.get(key)
    if known is None:
        known = plan.made[key] = _options(
            plan,
            entity,
            taken,
            joined_only=joined_only,
            form=form,
            lazy=lazy,
            with_entities=with_entities,
        )
    return known


_NO_PATHS: frozenset[tuple[str, ...]] = frozenset()
_PLAIN_WITH_OPTIONS = PLAIN._replace(has_options=True)


def _takes_entities(plan: LoadPlan, form: Form) -> bool:
    """Tell whether entities may be joined to a statement of that form for *plan*.

    Not where the application says itself what is loaded, or rows are compared.
    """
    is_plain = not (form.joins_nothing or form.is_distinct or form.has_options)
    return is_plain and joins_entities(plan)


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
    plan: LoadPlan,
    entity: Any = None,
    *,
    joined_only: bool = False,
    joins_nothing: bool = False,
) -> tuple[Any, ...]:
    """Return the options that carry out *plan* on a `select()` of *entity*.

    By default that is the class. With *joins_nothing* the statement stays without
    further tables. See `with_options`.
    """
    return options_of(
        plan, entity, joined_only=joined_only, joins_nothing=joins_nothing
    ).options


def options_of(
    plan: LoadPlan,
    entity: Any = None,
    *,
    joined_only: bool = False,
    joins_nothing: bool = False,
    with_entities: bool = False,
) -> Options:
    """Return the same, and what is to be joined: see `options_on`.

    They are made once for the plan, and for the last alias: a page has one of its own.
    """
    form = Form("The relationship has SQL text.") if joins_nothing else PLAIN
    with_entities = with_entities and _takes_entities(plan, form)
    entity = entity or plan.mapper.class_
    is_class = isinstance(entity, type)
    key = (options_of, is_class, joined_only, joins_nothing, with_entities)
    known: tuple[Any, Options] | None = plan.made.get(key)
    if known is None or known[0] is not entity:
        options = _options(
            plan,
            entity,
            frozenset(),
            joined_only=joined_only,
            form=form,
            with_entities=with_entities,
        )
        known = plan.made[key] = (entity, options)
    return known[1]


@lru_cache(maxsize=1000)
def options_for_columns(
    mapper: Mapper[Any], attributes: frozenset[str]
) -> tuple[Any, ...]:
    """Return the options that load these column attributes of a class and no more."""
    return options_for(LoadPlan(mapper, attributes), joined_only=True)


def _options(
    plan: LoadPlan,
    entity: Any,
    taken: frozenset[tuple[str, ...]],
    *,
    joined_only: bool,
    form: Form,
    lazy: str = "",
    with_entities: bool = False,
) -> Options:
    joins: list[EntityJoin] = []
    builder = OptionBuilder(
        taken, joined_only, form.is_whole, lazy, joins if with_entities else None
    )
    tables = form.tables or tables_of(plan.mapper)
    room = Room(
        0 if form.joins_nothing else MAX_TABLES - tables - len(taken), form.is_distinct
    )
    options = tuple(builder.level(plan, entity, (), room))
    are_enough = not joined_only or not (
        room.was_short or taken or takes_more_statements(plan)
    )
    why = form.joins_nothing if room.was_short else ""
    why = " ".join(filter(None, (why, form.is_whole)))
    return Options(options, are_enough, why, tuple(joins))


def options_for_whole(entity: Any) -> list[Any]:
    """Return the options of a SELECT of *entity* that make rows of subclasses whole.

    One statement more for each subclass that has columns of its own and rows among
    those that are found, where the base's own SELECT does not read them. None for an
    alias, which has no polymorphic loading.
    """
    mapper = inspect(entity)
    if not isinstance(mapper, Mapper):
        return []
    apart = [
        one.class_
        for one in mapper.self_and_descendants
        if one not in mapper.with_polymorphic_mappers
        and not one.concrete
        and not plain_columns(one) <= plain_columns(mapper)
    ]
    return [selectin_polymorphic(mapper.class_, apart)] if apart else []
