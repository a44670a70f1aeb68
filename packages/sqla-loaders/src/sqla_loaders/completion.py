"""Brings objects that are there already up to a load plan: the fallback's work.

What an object lacks of the plan is loaded for all objects of its level at once: one
statement for columns (one more for each subclass), one for each relationship.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, select, tuple_
from sqlalchemy.orm import InstanceState, RelationshipProperty, Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.collections import collection_adapter

from sqla_selection import LoadPlan, RelationshipPlan
from sqla_selection.mapping import may_repeat
from sqla_selection.options import options_for_columns

from ._compat import state_of
from .relationship import keys_per_statement

if TYPE_CHECKING:
    from .loader import SQLAlchemyDataLoader
    from .registry import LoaderRegistry

__all__ = [
    "complete",
    "has_repeated",
    "is_complete",
    "lacks_columns",
    "members",
    "persistent_state",
]


def complete(
    session: Session, objects: Iterable[Any], plan: LoadPlan, registry: LoaderRegistry
) -> None:
    """Load what *objects* lack of *plan*, on this level and below.

    Objects that are not mapped (a resolver that returns dicts) get their relationships
    into the loaders of *registry*. Objects that were never saved are left as they are.
    """
    distinct = {id(obj): obj for obj in objects if obj is not None}
    if not distinct:
        return
    _complete(session, list(distinct.values()), plan, registry)


def _complete(
    session: Session, objects: list[Any], plan: LoadPlan, registry: LoaderRegistry
) -> None:
    _load_columns(session, objects, plan)
    for planned in plan.relationships.values():
        _load_relationship(session, objects, planned, registry)
    for subclass in plan.subclasses:
        model = subclass.mapper.class_
        rows = [obj for obj in objects if isinstance(obj, model)]
        if rows:
            _complete(session, rows, subclass, registry)


def is_complete(objects: Iterable[Any], plan: LoadPlan) -> bool:
    """Tell whether *objects* have all of *plan*, on this level and below."""
    wanted = plan.stored_attributes | plan.relationships.keys()
    below: dict[str, list[Any]] = {key: [] for key in plan.relationships}
    for obj in objects:
        loaded = getattr(obj, "__dict__", {})
        if not all(key in loaded for key in wanted):
            return False
        for key, values in below.items():
            of_one = members(loaded[key])
            if has_repeated(plan.relationships[key].relationship, of_one):
                return False
            values.extend(of_one)
    return all(
        is_complete(values, plan.relationships[key].target)
        for key, values in below.items()
    ) and all(
        is_complete([o for o in objects if isinstance(o, sub.mapper.class_)], sub)
        for sub in plan.subclasses
    )


def lacks_columns(obj: Any, plan: LoadPlan) -> bool:
    """Tell whether *obj* lacks a column that *plan* says, on this level."""
    loaded: dict[str, Any] = getattr(obj, "__dict__", {})
    return not loaded.keys() >= plan.stored_attributes


def has_repeated(prop: RelationshipProperty[Any], targets: Iterable[Any]) -> bool:
    """Tell whether *targets* have an object twice, which lazy loading leaves out."""
    if not may_repeat(prop) or not isinstance(targets, list):
        return False
    return len({id(target) for target in targets}) < len(targets)


def persistent_state(obj: Any) -> InstanceState[Any] | None:
    """Return the state of *obj* if it is a mapped object that the database knows."""
    state = state_of(obj)
    return state if state is not None and state.has_identity else None


def _load_columns(session: Session, objects: list[Any], plan: LoadPlan) -> None:
    wanted = plan.stored_attributes
    lacking: dict[tuple[Any, ...], list[InstanceState[Any]]] = {}
    missing: set[str] = set()
    for obj in objects:
        if not lacks_columns(obj, plan):
            continue
        state = persistent_state(obj)
        if state is not None and state.mapper.isa(plan.mapper):
            assert state.identity is not None
            lacking.setdefault(tuple(state.identity), []).append(state)
            missing.update(key for key in wanted if key not in state.dict)
    if lacking:
        _refill(session, lacking, plan, missing)


def _refill(
    session: Session,
    lacking: dict[tuple[Any, ...], list[InstanceState[Any]]],
    plan: LoadPlan,
    missing: set[str],
) -> None:
    """Load the columns *missing* for the objects of these identities.

    SQLAlchemy fills only what is unloaded of an object that the session has. An object
    of no session, or of another one, gets copies.
    """
    mapper = plan.mapper
    keys = [
        getattr(mapper.class_, mapper.get_property_by_column(column).key)
        for column in mapper.primary_key
    ]
    key = keys[0] if len(keys) == 1 else tuple_(*keys)
    options = options_for_columns(mapper, frozenset(missing))
    identities = [
        identity[0] if len(identity) == 1 else identity for identity in lacking
    ]
    size = keys_per_statement(session, mapper, len(keys))
    for start in range(0, len(identities), size):
        stmt = select(mapper.class_).where(key.in_(identities[start : start + size]))
        for row in session.scalars(stmt.options(*options)).unique():
            found = inspect(row)
            for state in lacking.get(tuple(found.identity), ()):
                if state is not found:
                    _copy(found, state, missing)


def _copy(
    source: InstanceState[Any], target: InstanceState[Any], keys: Iterable[str]
) -> None:
    for key in keys:
        if key in source.dict and key not in target.dict:
            set_committed_value(target.obj(), key, source.dict[key])


def _load_relationship(
    session: Session,
    objects: list[Any],
    planned: RelationshipPlan,
    registry: LoaderRegistry,
) -> None:
    prop = planned.relationship
    loader: SQLAlchemyDataLoader = registry.get_loader(prop)
    if not loader.is_batched_here:
        return
    targets = loader.load_now(session, objects, planned.target)
    if targets:
        complete(session, targets, planned.target, registry)


def members(value: Any) -> Iterable[Any]:
    """Return the objects in the value of a relationship, whatever collects them."""
    if value is None:
        return ()
    if isinstance(value, list | tuple | set | frozenset):
        return value
    try:
        return tuple(collection_adapter(value))
    except AttributeError:
        return (value,)
