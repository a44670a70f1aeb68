"""Brings objects that are there already up to a load plan: the fallback's work.

What an object lacks of the plan is loaded for all objects of its level at once: one
statement for columns (one more for each subclass), one for each relationship.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from sqlalchemy.orm import RelationshipProperty, Session

from sqla_selection import LoadPlan, RelationshipPlan
from sqla_selection.carriers import is_joined

from ._compat import state_of
from .columns import load_columns
from .loader import SQLAlchemyDataLoader
from .values import has_repeated, members, reader_of, scalars_on

__all__ = ["Loaders", "complete", "is_complete"]


class Loaders(Protocol):
    """Who has the loaders of a request."""

    savepoints: bool

    def get_loader(
        self, relation_prop: RelationshipProperty[Any]
    ) -> SQLAlchemyDataLoader:
        """Return the loader for *relation_prop*."""


def complete(
    session: Session, objects: Iterable[Any], plan: LoadPlan, loaders: Loaders
) -> None:
    """Load what *objects* lack of *plan*, on this level and below.

    Objects that are not mapped (a resolver that returns dicts) get their relationships
    into *loaders*. Objects that were never saved are left as they are.
    """
    distinct = {id(obj): obj for obj in objects if obj is not None}
    if not distinct:
        return
    _complete(session, list(distinct.values()), plan, loaders)


def _complete(
    session: Session, objects: list[Any], plan: LoadPlan, loaders: Loaders
) -> None:
    load_columns(session, objects, plan, savepoint=loaders.savepoints)
    for edge in plan.edges:
        _load_relationship(session, objects, plan, edge, loaders)
    for subclass in plan.subclasses:
        model = subclass.mapper.class_
        rows = [obj for obj in objects if isinstance(obj, model)]
        if rows:
            _complete(session, rows, subclass, loaders)


def _load_relationship(
    session: Session,
    objects: list[Any],
    plan: LoadPlan,
    edge: RelationshipPlan,
    loaders: Loaders,
) -> None:
    targets = _joined_targets(objects, plan, edge)
    if targets is None:
        loader = loaders.get_loader(edge.relationship)
        if not loader.is_batched_here:
            return
        targets = loader.load_now(
            session, objects, edge.target, edge.criteria, edge.edge.kept_by()
        )
    if targets:
        complete(session, targets, edge.target, loaders)


def _joined_targets(
    objects: Iterable[Any], plan: LoadPlan, edge: RelationshipPlan
) -> list[Any] | None:
    """Return the targets of a scalar that is joined, `None` if an object lacks it."""
    if not is_joined(plan, edge):
        return None
    return scalars_on(objects, edge.relationship, edge.edge.kept_by(edge.window))


def is_complete(objects: Iterable[Any], plan: LoadPlan) -> bool:
    """Tell whether *objects* themselves have all of *plan*, on every level."""
    wanted = plan.stored_attributes
    below: list[tuple[RelationshipPlan, Callable[[Any], Any], list[Any]]] = [
        (edge, reader_of(edge.relationship, edge.edge.kept_by(edge.window)), [])
        for edge in plan.edges
    ]
    for obj in objects:
        loaded = getattr(obj, "__dict__", {})
        if not loaded.keys() >= wanted and not all(
            key in loaded or _has_code_as(obj, key) for key in wanted
        ):
            return False
        for edge, read, targets in below:
            try:
                of_one = members(read(obj))
            except (KeyError, AttributeError):
                if _has_code_as(obj, edge.key):
                    continue
                return False
            if has_repeated(edge.relationship, of_one):
                return False
            targets.extend(of_one)
    # A plan is decided as far as somebody goes: only for what is there.
    return all(
        is_complete(targets, edge.target) for edge, _, targets in below if targets
    ) and all(
        is_complete([o for o in objects if isinstance(o, sub.mapper.class_)], sub)
        for sub in plan.subclasses
    )


def _has_code_as(obj: Any, key: str) -> bool:
    """Tell whether the class of *obj* has code in place of what its base has mapped."""
    state = state_of(obj)
    return state is not None and key not in state.mapper.attrs
