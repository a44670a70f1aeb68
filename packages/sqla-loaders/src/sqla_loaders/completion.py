"""Brings objects that are there already up to a load plan: the fallback's work.

What an object lacks of the plan is loaded for all objects of its level at once: one
statement for columns (one more for each subclass), one for each relationship.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, RelationshipProperty, Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.collections import collection_adapter

from sqla_selection import LoadPlan, RelationshipPlan
from sqla_selection.carriers import is_joined
from sqla_selection.joins import may_repeat

from ._compat import criteria_given_to, state_of
from .gate import Terms, columns_of, terms_of_refresh

if TYPE_CHECKING:
    from .loader import SQLAlchemyDataLoader
    from .registry import LoaderRegistry

__all__ = [
    "complete",
    "has_repeated",
    "is_complete",
    "joined_in",
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
    _load_columns(session, objects, plan, savepoint=registry.savepoints)
    for edge in plan.edges:
        _load_relationship(session, objects, plan, edge, registry)
    for subclass in plan.subclasses:
        model = subclass.mapper.class_
        rows = [obj for obj in objects if isinstance(obj, model)]
        if rows:
            _complete(session, rows, subclass, registry)


def is_complete(objects: Iterable[Any], plan: LoadPlan) -> bool:
    """Tell whether *objects* have all of *plan*, on this level and below."""
    below: dict[str, tuple[RelationshipPlan, list[Any]]] = {
        edge.key: (edge, []) for edge in plan.edges
    }
    wanted = plan.stored_attributes | below.keys()
    for obj in objects:
        loaded = getattr(obj, "__dict__", {})
        if not all(key in loaded or _has_code_as(obj, key) for key in wanted):
            return False
        for key, (edge, values) in below.items():
            of_one = members(loaded.get(key))
            if has_repeated(edge.relationship, of_one):
                return False
            values.extend(of_one)
    # A plan is decided as far as somebody goes: only for what is there.
    return all(
        is_complete(values, edge.target) for edge, values in below.values() if values
    ) and all(
        is_complete([o for o in objects if isinstance(o, sub.mapper.class_)], sub)
        for sub in plan.subclasses
    )


def _has_code_as(obj: Any, key: str) -> bool:
    """Tell whether the class of *obj* has code in place of what its base has mapped."""
    state = state_of(obj)
    return state is not None and key not in state.mapper.attrs


def lacks_columns(obj: Any, plan: LoadPlan) -> bool:
    """Tell whether *obj* lacks a column that *plan* says, on this level."""
    loaded: dict[str, Any] = getattr(obj, "__dict__", {})
    return not loaded.keys() >= plan.stored_attributes


def has_repeated(prop: RelationshipProperty[Any], targets: Iterable[Any]) -> bool:
    """Tell whether *targets* have an object twice, which lazy loading leaves out."""
    if not may_repeat(prop) or not isinstance(targets, list):
        return False
    return len({id(target) for target in targets}) < len(targets)


def joined_in(
    objects: Iterable[Any], plan: LoadPlan
) -> Iterator[tuple[str, list[InstanceState[Any]]]]:
    """Yield each scalar that a statement for *plan* set, and its owners."""
    for edge in plan.edges:
        if is_joined(plan, edge):
            owners = [state for state in map(state_of, objects) if state is not None]
            yield edge.key, owners
            below = [state.dict.get(edge.key) for state in owners]
            yield from joined_in([one for one in below if one is not None], edge.target)


def persistent_state(obj: Any) -> InstanceState[Any] | None:
    """Return the state of *obj* if it is a mapped object that the database knows."""
    state = state_of(obj)
    return state if state is not None and state.has_identity else None


def _load_columns(
    session: Session, objects: list[Any], plan: LoadPlan, *, savepoint: bool
) -> None:
    """Load the columns that *objects* lack of *plan*.

    An object of no session gets copies.
    """
    wanted = plan.stored_attributes
    groups: dict[Terms, dict[tuple[Any, ...], list[InstanceState[Any]]]] = {}
    missing: set[str] = set()
    for obj in objects:
        if not lacks_columns(obj, plan):
            continue
        state = persistent_state(obj)
        if state is not None and state.mapper.isa(plan.mapper):
            assert state.identity is not None
            # A subclass may have a property in place of a column.
            own = wanted.intersection(state.mapper.column_attrs.keys())
            if own <= state.dict.keys():
                continue
            group = groups.setdefault(terms_of_refresh(state), {})
            group.setdefault(tuple(state.identity), []).append(state)
            missing |= own - state.dict.keys()
    for terms, lacking in groups.items():
        for row in columns_of(
            session,
            plan.mapper,
            list(lacking),
            missing,
            terms,
            savepoint=savepoint,
        ):
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
    plan: LoadPlan,
    edge: RelationshipPlan,
    registry: LoaderRegistry,
) -> None:
    targets = _joined_targets(objects, plan, edge)
    if targets is None:
        loader: SQLAlchemyDataLoader = registry.get_loader(edge.relationship)
        if not loader.is_batched_here:
            return
        targets = loader.load_now(session, objects, edge.target, _criteria_of(edge))
    if targets:
        complete(session, targets, edge.target, registry)


def _joined_targets(
    objects: Iterable[Any], plan: LoadPlan, edge: RelationshipPlan
) -> list[Any] | None:
    """Return the targets of a scalar that is joined, `None` if an object lacks it."""
    if not is_joined(plan, edge):
        return None
    try:
        return [obj.__dict__[edge.key] for obj in objects]
    except (KeyError, AttributeError):
        return None


def _criteria_of(edge: RelationshipPlan) -> tuple[Any, ...]:
    """Return what a strategy of the application's own says of the rows it loads."""
    if edge.strategy is None:
        return ()
    prop = edge.relationship
    return criteria_given_to(edge.strategy(getattr(prop.parent.class_, prop.key)))


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
