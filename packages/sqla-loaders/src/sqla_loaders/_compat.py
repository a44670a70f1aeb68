"""The one place where this package reads what SQLAlchemy has no public name for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from weakref import ref

from sqlalchemy import Select
from sqlalchemy.orm import (
    InstanceState,
    Query,
    RelationshipProperty,
    Session,
)
from sqlalchemy.orm.strategy_options import Load

__all__ = [
    "as_column_load",
    "as_relationship_load",
    "as_top_level",
    "carried_in",
    "count_hooks",
    "criteria_of_lazy_load",
    "has_one_bind",
    "is_local",
    "load_options_of",
    "load_options_of_each",
    "references_to",
    "state_of",
    "states_of",
]

_STRATEGY_OPTIONS = Load.__mro__[1]
"""The base of what `joinedload`, `load_only("*")` and their like return."""


def load_options_of(state: InstanceState[Any] | None) -> tuple[Any, ...]:
    """Return the options that the object was loaded with, and passes on.

    SQLAlchemy keeps them in `InstanceState.load_options`, which has no documented
    counterpart.
    """
    options: tuple[Any, ...] = getattr(state, "load_options", ())
    return options


def load_options_of_each(
    states: Iterable[InstanceState[Any] | None],
) -> list[tuple[Any, ...]]:
    """Return the same for each of *states*."""
    return [getattr(state, "load_options", ()) for state in states]


def carried_in(options: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what lazy loading hands on of the options of an object.

    Criteria, `set_shard_id` and options of the application's own. Loader strategies are
    not among them: they are about paths from the class that the statement selected.
    """
    return tuple([one for one in options if not isinstance(one, _STRATEGY_OPTIONS)])


def criteria_of_lazy_load(
    state: InstanceState[Any] | None, key: str
) -> tuple[Any, ...]:
    """Return the criteria of a `lazyload(User.posts.and_(…))` on *state*.

    SQLAlchemy keeps them in the loader that it sets on the object, and nowhere public:
    as one condition, and as `None` or an empty tuple where an option gave the object
    another loader (`raiseload`) without any.
    """
    loader = getattr(state, "callables", {}).get(key)
    criteria = getattr(loader, "extra_criteria", None)
    if criteria is None:
        return ()
    return criteria if isinstance(criteria, tuple) else (criteria,)


def has_one_bind(session: Session) -> bool:
    """Tell whether *session* has the same database for all classes.

    `Session.binds` is there since SQLAlchemy 2.1; 2.0 keeps it to itself.
    """
    if type(session).get_bind is not Session.get_bind:
        return False
    return not getattr(session, "binds", getattr(session, "_Session__binds", None))


def count_hooks(session: Session, *, watchers: bool = False) -> int:
    """Return how many functions listen to the statements of *session*.

    `event.contains` asks for one function; nothing public asks for any. Those that say
    `only_watches` of themselves change nothing, and count as *watchers* only.
    """
    events = getattr(session, "dispatch", None)
    hooks = getattr(events, "do_orm_execute", ())
    if watchers:
        return len(hooks)
    return sum(not getattr(one, "only_watches", False) for one in hooks)


def is_local(element: Any) -> bool:
    """Tell whether lazy loading puts the owner's value for *element* of a condition.

    SQLAlchemy decides that when it configures the relationship, and notes it here only.
    """
    return "local" in getattr(element, "_annotations", ())


def as_relationship_load(
    stmt: Select[Any], prop: RelationshipProperty[Any]
) -> Select[Any]:
    """Let *stmt* look to `do_orm_execute` hooks like a lazy load of *prop*.

    `ORMExecuteState.is_relationship_load` has no setter. What hooks add to statements
    of the application alone, they must not add to ours.
    """
    return _with_compile_options(stmt, _options_of(prop))


def as_column_load(stmt: Select[Any]) -> Select[Any]:
    """Let *stmt* look to `do_orm_execute` hooks like the refresh of an object."""
    return _with_compile_options(stmt, _OPTIONS_OF_REFRESH)


def as_top_level(stmt: Any) -> Any:
    """Return *stmt* as it was before one of the two functions above."""
    return _with_compile_options(stmt, _DEFAULTS)


def _with_compile_options(stmt: Select[Any], options: Any) -> Select[Any]:
    replace = getattr(stmt, "_set_compile_options", None)
    if options is None or replace is None:
        return stmt
    marked: Select[Any] = replace(options)
    return marked


_DEFAULTS = getattr(Query, "_compile_options", None)
_OPTIONS_OF_REFRESH = _DEFAULTS and _DEFAULTS + {"_for_refresh_state": True}


@lru_cache(maxsize=1000)
def _options_of(prop: RelationshipProperty[Any]) -> Any:
    path = prop.parent._path_registry[prop]  # noqa: SLF001  # see above
    return _DEFAULTS and _DEFAULTS + {"_current_path": path}


def states_of(objects: Iterable[Any]) -> list[InstanceState[Any] | None]:
    """Return the state of each of *objects*, see `state_of`."""
    return [
        state
        if isinstance(state := getattr(obj, "_sa_instance_state", None), InstanceState)
        else None
        for obj in objects
    ]


def state_of(obj: Any) -> InstanceState[Any] | None:
    """Return the state of a mapped object, `None` for anything else.

    That is `sqlalchemy.inspect(obj, raiseerr=False)`, which costs five times as much:
    it shows where a batch completes thousands of objects.
    """
    state = getattr(obj, "_sa_instance_state", None)
    return state if isinstance(state, InstanceState) else None


def references_to(states: Iterable[InstanceState[Any]]) -> list[ref[Any]]:
    """Return a weak reference to the object of each of *states*.

    SQLAlchemy has one of its own in `InstanceState.obj`: one object less for each row.
    """
    return [
        known
        if isinstance(known := getattr(state, "obj", None), ref)
        else ref(state.object)
        for state in states
    ]
