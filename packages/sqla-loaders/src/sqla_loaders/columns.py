"""The columns that objects lack, loaded for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, Session
from sqlalchemy.orm.attributes import set_committed_value

from sqla_selection import LoadPlan
from sqla_selection.mapping import plain_columns

from ._compat import state_of
from .gate import columns_of
from .terms import Terms, terms_of_refresh

__all__ = ["is_whole", "lacking_columns", "load_columns", "persistent_state"]


def persistent_state(obj: Any) -> InstanceState[Any] | None:
    """Return the state of *obj* if it is a mapped object that the database knows."""
    state = state_of(obj)
    return state if state is not None and state.has_identity else None


def lacking_columns(objects: Iterable[Any], plan: LoadPlan) -> list[Any]:
    """Return those of *objects* that lack a column that *plan* says, on this level."""
    wanted = plan.stored_attributes
    return [
        obj
        for obj in objects
        if not getattr(obj, "__dict__", _NOTHING).keys() >= wanted
    ]


def is_whole(obj: Any) -> bool:
    """Tell whether every plain column of *obj* is loaded."""
    state = inspect(obj)
    return bool(state.dict.keys() >= plain_columns(state.mapper))


def load_columns(
    session: Session, objects: Iterable[Any], plan: LoadPlan, *, savepoint: bool
) -> None:
    """Load the columns that *objects* lack of *plan*, on this level.

    One statement for all objects that were loaded on the same terms. An object of no
    session gets copies.
    """
    wanted = plan.stored_attributes
    groups: dict[Terms, dict[tuple[Any, ...], list[InstanceState[Any]]]] = {}
    missing: set[str] = set()
    for obj in lacking_columns(objects, plan):
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


_NOTHING: Any = {}
